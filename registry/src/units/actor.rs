//! Who acts: a person under a unit, written `PERSON@UNIT`.

use std::fmt;

use super::{CodeFault, CreditCode};

/// The account of a person or system within its unit: 1 to 64 of `a-z 0-9 . _ -`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(String);

impl PersonId {
    /// Reads an account name. It is no personal name, so it may stand in logs and the audit.
    pub fn parse(text: &str) -> Result<Self, CodeFault> {
        let allowed =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-');
        if !(1..=64).contains(&text.len()) {
            return Err(CodeFault::Length {
                expected: "1 to 64",
            });
        }
        if !text.bytes().all(allowed) {
            return Err(CodeFault::Alphabet);
        }
        Ok(Self(text.to_owned()))
    }

    /// The service itself, where no person acted.
    pub(crate) fn service() -> Self {
        Self("service".to_owned())
    }

    /// The account name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A person who acts for a unit. Every act on record names one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Actor {
    /// The account.
    pub person: PersonId,
    /// The unit for which it acts.
    pub unit: CreditCode,
}

impl Actor {
    /// Reads `PERSON@UNIT`, the unit by its credit code.
    pub fn parse(text: &str) -> Result<Self, CodeFault> {
        let (person, unit) = text.split_once('@').ok_or(CodeFault::Shape)?;
        Ok(Self {
            person: PersonId::parse(person)?,
            unit: CreditCode::parse(unit)?,
        })
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.person.0, self.unit)
    }
}

impl serde::Serialize for Actor {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Actor {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(from)?;
        Self::parse(&text).map_err(|fault| serde::de::Error::custom(format!("an actor {fault}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_acts_under_a_unit() {
        let actor = Actor::parse("li.wei@11990000MB99990094").unwrap();
        assert_eq!(actor.to_string(), "li.wei@11990000MB99990094");
        for bad in [
            "li.wei",
            "@11990000MB99990094",
            "Li@11990000MB99990094",
            "li@119",
        ] {
            assert!(Actor::parse(bad).is_err(), "{bad}");
        }
    }
}
