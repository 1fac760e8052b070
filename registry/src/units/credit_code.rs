//! Unified social credit codes (GB 32100-2015).

use std::fmt;

use super::code::{Checked, CodeFault, fold_width};

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [usize; 17] = [
    1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
];

/// A unified social credit code: 18 characters, the last one a check digit (GB 32100-2015).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct CreditCode(String);

impl CreditCode {
    /// Reads a code whose check digit is right; full-width and lower-case letters are folded.
    pub fn parse(text: &str) -> Result<Self, CodeFault> {
        let Checked { value, warning } = Self::parse_foreign(text)?;
        match warning {
            None => Ok(value),
            Some(fault) => Err(fault),
        }
    }

    /// Reads a code of another system: a letter outside the standard's alphabet or a wrong check
    /// digit is a warning, since issuers are known to compute it differently.
    pub fn parse_foreign(text: &str) -> Result<Checked<Self>, CodeFault> {
        let code = fold_width(text);
        if !code
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        {
            return Err(CodeFault::Alphabet);
        }
        if code.len() != 18 {
            return Err(CodeFault::Length { expected: "18" });
        }
        let warning = check(code.as_bytes()).err();
        Ok(Checked {
            value: Self(code),
            warning,
        })
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Follows the sum of GB 32100-2015, 4: alphabet of 31, weights 3^i mod 31.
fn check(code: &[u8]) -> Result<(), CodeFault> {
    let places: Option<Vec<usize>> = code
        .iter()
        .map(|c| ALPHABET.iter().position(|a| a == c))
        .collect();
    let places = places.ok_or(CodeFault::Alphabet)?;
    let sum: usize = places
        .iter()
        .zip(WEIGHTS)
        .map(|(place, weight)| place * weight)
        .sum();
    match places.last() {
        Some(&last) if last == (31 - sum % 31) % 31 => Ok(()),
        _ => Err(CodeFault::CheckDigit),
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for CreditCode {
    /// Strict: a file that a person writes names units by right codes.
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(from)?;
        Self::parse(&text)
            .map_err(|fault| serde::de::Error::custom(format!("a social credit code {fault}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<&str, CodeFault>) {
        let parsed = CreditCode::parse(text);
        assert_eq!(
            parsed.as_ref().map(CreditCode::as_str),
            expect.as_ref().map(|s| *s),
            "{text}"
        );
    }

    #[test]
    fn reads_what_the_standard_makes() {
        check("91350100M000100Y43", Ok("91350100M000100Y43"));
        check("11990000MB99990094", Ok("11990000MB99990094"));
        check(" 11990000mb9999017y", Ok("11990000MB9999017Y"));
        check(
            "１１９９００００ＭＢ９９９９００９４",
            Ok("11990000MB99990094"),
        );
    }

    #[test]
    fn refuses_what_it_does_not() {
        check("91350100M000100Y44", Err(CodeFault::CheckDigit));
        check("91350100M000100YO3", Err(CodeFault::Alphabet));
        check(
            "91350100M000100Y4",
            Err(CodeFault::Length { expected: "18" }),
        );
        check("91350100M000100Y４é", Err(CodeFault::Alphabet));
        check("", Err(CodeFault::Length { expected: "18" }));
    }

    #[test]
    fn foreign_codes_are_warned_about() {
        let foreign = CreditCode::parse_foreign("91350100M000100Y44").unwrap();
        assert_eq!(foreign.warning, Some(CodeFault::CheckDigit));
        assert!(CreditCode::parse_foreign("9135").is_err());
    }

    proptest::proptest! {
        #[test]
        fn one_wrong_character_is_noticed(place in 0usize..18, to in 0usize..31) {
            let mut code = *b"91350100M000100Y43";
            proptest::prop_assume!(code[place] != ALPHABET[to]);
            code[place] = ALPHABET[to];
            let text = String::from_utf8(code.to_vec()).unwrap();
            proptest::prop_assert_eq!(CreditCode::parse(&text), Err(CodeFault::CheckDigit));
        }

        #[test]
        fn never_panics(text in "\\PC*") {
            let _ = CreditCode::parse(&text);
        }
    }
}
