//! Codes of administrative divisions (GB/T 2260: 6 digits; GB/T 10114 adds town and village: 12).

use std::fmt;

use super::code::{CodeFault, fold_width};

/// A region of 6 or 12 digits. Whether it exists is not checked: divisions change every year.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct RegionCode(String);

impl RegionCode {
    /// Reads 6 or 12 digits, the first not 0; full-width digits are folded.
    pub fn parse(text: &str) -> Result<Self, CodeFault> {
        let code = fold_width(text);
        if !code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(CodeFault::Alphabet);
        }
        match code.len() {
            6 | 12 if !code.starts_with('0') => Ok(Self(code)),
            6 | 12 => Err(CodeFault::Shape),
            _ => Err(CodeFault::Length {
                expected: "6 or 12",
            }),
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for RegionCode {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(from)?;
        Self::parse(&text)
            .map_err(|fault| serde::de::Error::custom(format!("a region code {fault}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_or_twelve_digits() {
        for good in ["990100", "990100001002", "９９０１００"] {
            assert!(RegionCode::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "99010", "9901000", "99010A", "010000"] {
            assert!(RegionCode::parse(bad).is_err(), "{bad}");
        }
    }
}
