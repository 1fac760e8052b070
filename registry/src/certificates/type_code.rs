//! Codes of certificate types (GB/T 36902): who defines the type, and a number of theirs.

use std::fmt;

use crate::units::{CodeFault, CreditCode, fold_width};

/// 21 characters: credit code of the defining authority (18) and three digits or letters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct TypeCode(String);

impl TypeCode {
    /// Reads a code whose defining authority has a right check digit.
    pub fn parse(text: &str) -> Result<Self, CodeFault> {
        let code = Self::parse_foreign(text)?;
        CreditCode::parse(&code.0[..18])?;
        Ok(code)
    }

    /// Reads a code as it is met in identifiers of other systems: form only.
    pub fn parse_foreign(text: &str) -> Result<Self, CodeFault> {
        let code = fold_width(text);
        if !code
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        {
            return Err(CodeFault::Alphabet);
        }
        if code.len() != 21 {
            return Err(CodeFault::Length { expected: "21" });
        }
        Ok(Self(code))
    }

    /// The 21 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TypeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for TypeCode {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(from)?;
        Self::parse(&text).map_err(|fault| serde::de::Error::custom(format!("a type code {fault}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defining_authority_and_number() {
        assert!(TypeCode::parse("11990000MB99990094001").is_ok());
        assert_eq!(
            TypeCode::parse("11990000MB99990095001"),
            Err(CodeFault::CheckDigit)
        );
        assert_eq!(
            TypeCode::parse("11990000MB9999009400"),
            Err(CodeFault::Length { expected: "21" })
        );
        assert!(TypeCode::parse_foreign("11100000000013338W0A1").is_ok());
    }
}
