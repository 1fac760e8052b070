//! How people name a certificate on record: by identifier, or by its record where stock has none.

use std::fmt;

use super::{Identifier, Key};
use crate::ids::Id;

const RECORD: &str = "record:";

/// The name of a certificate, as it is listed and asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// Its identifier (GB/T 36904).
    Identifier(Identifier),
    /// `record:<id>`: of stock to which the earlier system gave no identifier.
    Record(Id),
}

impl Name {
    /// Reads a name; a wrong check character of a foreign identifier is no reason not to look for it.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().strip_prefix(RECORD) {
            Some(id) => id.parse().ok().map(Self::Record),
            None => Identifier::parse(text.trim())
                .ok()
                .map(|checked| Self::Identifier(checked.value)),
        }
    }

    /// By what it is found.
    pub fn key(&self) -> Key<'_> {
        match self {
            Self::Identifier(identifier) => Key::Identifier(identifier),
            Self::Record(id) => Key::Record(*id),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identifier(identifier) => identifier.fmt(f),
            Self::Record(id) => write!(f, "{RECORD}{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back() {
        for text in [
            "1.2.156.3005.2.11990000MB99990094006.11990000MB99990094.OLD0001.001.A",
            "record:01KB3Z5T9V0000000000000000",
        ] {
            let read = Name::parse(&format!(" {text}\n")).unwrap();
            assert_eq!(read.to_string(), text);
        }
        for text in ["", "record:", "record:01KB3Z", "01KB3Z5T9V0000000000000000"] {
            assert_eq!(Name::parse(text), None, "{text:?}");
        }
    }
}
