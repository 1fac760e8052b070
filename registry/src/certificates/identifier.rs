//! Certificate identifiers (GB/T 36904) with their check character (ISO 7064 MOD 37,36).

use std::fmt;

use ring::rand::SecureRandom;

use super::TypeCode;
use crate::units::{Checked, CodeFault, CreditCode, fold_width};

/// The object identifier arc under which all certificate identifiers stand.
const ROOT: &str = "1.2.156.3005.2";
const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Names one issued version of one certificate:
/// `1.2.156.3005.2.<type 21>.<agency 18>.<serial ≤60>.<version 3>.<check 1>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    type_code: TypeCode,
    agency: CreditCode,
    serial: Serial,
    version: Version,
    check: char,
}

impl Identifier {
    /// Makes an identifier; its check character follows from the parts.
    pub fn new(type_code: TypeCode, agency: CreditCode, serial: Serial, version: Version) -> Self {
        let check = check_character(&type_code, &agency, &serial, version);
        Self {
            type_code,
            agency,
            serial,
            version,
            check,
        }
    }

    /// Reads an identifier. A wrong check character, or a wrong check digit in the agency's code,
    /// is a warning: one large issuer computes it off by one, and its certificates are good.
    pub fn parse(text: &str) -> Result<Checked<Self>, CodeFault> {
        let text = fold_width(text);
        let rest = text
            .strip_prefix(ROOT)
            .and_then(|rest| rest.strip_prefix('.'));
        let parts: Vec<&str> = rest.ok_or(CodeFault::Shape)?.split('.').collect();
        let [type_code, agency, serial, version, check] = parts[..] else {
            return Err(CodeFault::Shape);
        };
        let type_code = TypeCode::parse_foreign(type_code)?;
        let agency = CreditCode::parse_foreign(agency)?;
        let serial = Serial::parse(serial)?;
        let version = Version::parse(version)?;
        let mut characters = check.chars();
        let (Some(check), None) = (characters.next(), characters.next()) else {
            return Err(CodeFault::Length { expected: "1" });
        };
        if !check.is_ascii_alphanumeric() {
            return Err(CodeFault::Alphabet);
        }
        let expected = check_character(&type_code, &agency.value, &serial, version);
        let wrong = (check != expected).then_some(CodeFault::CheckDigit);
        let value = Self {
            type_code,
            agency: agency.value,
            serial,
            version,
            check,
        };
        Ok(Checked {
            value,
            warning: wrong.or(agency.warning),
        })
    }

    /// Reads an identifier that this registry made: nothing about it may be wrong.
    pub fn parse_own(text: &str) -> Result<Self, CodeFault> {
        let Checked { value, warning } = Self::parse(text)?;
        match warning {
            None => Ok(value),
            Some(fault) => Err(fault),
        }
    }

    /// The identifier of the next version: same type, agency and serial, version one higher.
    /// `None` after version 999, where the certificate needs a new serial.
    pub fn next_version(&self) -> Option<Self> {
        let version = self.version.next()?;
        Some(Self::new(
            self.type_code.clone(),
            self.agency.clone(),
            self.serial.clone(),
            version,
        ))
    }

    /// The type's code.
    pub fn type_code(&self) -> &TypeCode {
        &self.type_code
    }

    /// The issuing agency's code. Of a foreign identifier its check digit may be wrong.
    pub fn agency(&self) -> &CreditCode {
        &self.agency
    }

    /// The serial, the same in every version.
    pub fn serial(&self) -> &Serial {
        &self.serial
    }

    /// The version.
    pub fn version(&self) -> Version {
        self.version
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            type_code,
            agency,
            serial,
            version,
            check,
        } = self;
        write!(f, "{ROOT}.{type_code}.{agency}.{serial}.{version}.{check}")
    }
}

/// The part of an identifier that names a certificate within type and agency: 1 to 60 of `0-9A-Z`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial(String);

impl Serial {
    /// Draws a serial: the year of issue and 16 random characters (82 bits). It is never made from
    /// number, holder or order, so it tells nothing; uniqueness is held by an index.
    pub fn draw(year: i16, random: &dyn SecureRandom) -> Result<Self, ring::error::Unspecified> {
        let mut serial = format!("{year:04}");
        while serial.len() < 20 {
            let mut bytes = [0; 32];
            random.fill(&mut bytes)?;
            // 252 is the largest multiple of 36 in a byte: above it the draw would lean to 0–3.
            let fair = bytes.into_iter().filter(|b| *b < 252);
            let letters = fair.map(|b| char::from(ALPHABET[usize::from(b % 36)]));
            serial.extend(letters.take(20 - serial.len()));
        }
        Ok(Self(serial))
    }

    /// Reads a serial.
    pub fn parse(text: &str) -> Result<Self, CodeFault> {
        if !(1..=60).contains(&text.len()) {
            return Err(CodeFault::Length {
                expected: "1 to 60",
            });
        }
        if !text.bytes().all(|b| ALPHABET.contains(&b)) {
            return Err(CodeFault::Alphabet);
        }
        Ok(Self(text.to_owned()))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The version of a certificate: 001 to 999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u16);

impl Version {
    /// 001, the version that is issued first.
    pub const FIRST: Self = Self(1);

    /// Reads three digits.
    pub fn parse(text: &str) -> Result<Self, CodeFault> {
        if text.len() != 3 {
            return Err(CodeFault::Length { expected: "3" });
        }
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(CodeFault::Alphabet);
        }
        text.parse()
            .ok()
            .and_then(Self::new)
            .ok_or(CodeFault::Shape)
    }

    /// The version of this number, if there can be one.
    pub fn new(number: u16) -> Option<Self> {
        (1..=999).contains(&number).then_some(Self(number))
    }

    /// The number.
    pub fn number(self) -> u16 {
        self.0
    }

    /// The version after this one.
    pub fn next(self) -> Option<Self> {
        Self::new(self.0 + 1)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

fn check_character(
    type_code: &TypeCode,
    agency: &CreditCode,
    serial: &Serial,
    version: Version,
) -> char {
    mod_37_36(&format!("{type_code}{agency}{serial}{version}"))
}

/// ISO 7064 MOD 37,36 (hybrid; GB/T 17710) over characters of `0-9A-Z`.
fn mod_37_36(text: &str) -> char {
    let mut product = 36;
    for b in text.bytes() {
        let place = ALPHABET.iter().position(|a| *a == b).unwrap_or_default();
        let sum = match (product + place) % 36 {
            0 => 36,
            sum => sum,
        };
        product = sum * 2 % 37;
    }
    char::from(ALPHABET[(37 - product) % 36])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<Option<CodeFault>, CodeFault>) {
        let parsed = Identifier::parse(text);
        if let Ok(checked) = &parsed {
            assert_eq!(checked.value.to_string(), text);
        }
        assert_eq!(parsed.map(|checked| checked.warning), expect, "{text}");
    }

    #[test]
    fn reads_identifiers_of_the_field() {
        assert_eq!(mod_37_36("A12425GABC1234002"), 'M');
        check(
            "1.2.156.3005.2.11990000MB99990094001.11990000MB99990094.2026000000000001.001.R",
            Ok(None),
        );
        check(
            "1.2.156.3005.2.11990000MB99990094001.11990000MB99990094.2026000000000001.002.P",
            Ok(None),
        );
        check(
            "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0",
            Ok(None),
        );
        check(
            "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
            Ok(None),
        );
    }

    #[test]
    fn warns_of_a_wrong_check_character() {
        let off = "1.2.156.3005.2.11990000MB99990094001.11990000MB99990094.2026000000000001.001.S";
        check(off, Ok(Some(CodeFault::CheckDigit)));
        assert_eq!(Identifier::parse_own(off), Err(CodeFault::CheckDigit));
    }

    #[test]
    fn refuses_another_shape() {
        let head = "1.2.156.3005.2.11990000MB99990094001.11990000MB99990094";
        check(head, Err(CodeFault::Shape));
        check(&format!("{head}.2026.000.R"), Err(CodeFault::Shape));
        check(
            &format!("{head}.2026.1.R"),
            Err(CodeFault::Length { expected: "3" }),
        );
        check(
            &format!("{head}.2026.001.RR"),
            Err(CodeFault::Length { expected: "1" }),
        );
        check(
            &format!("{head}..001.R"),
            Err(CodeFault::Length {
                expected: "1 to 60",
            }),
        );
        check("1.2.156.3005.3.a.b.c.001.R", Err(CodeFault::Shape));
    }

    #[test]
    fn the_next_version_keeps_the_serial() {
        let text = "1.2.156.3005.2.11990000MB99990094001.11990000MB99990094.2026000000000001.001.R";
        let first = Identifier::parse_own(text).unwrap();
        let second = first.next_version().unwrap();
        assert_eq!(second.serial(), first.serial());
        assert!(second.to_string().ends_with(".002.P"));
        assert_eq!(Version::new(999).unwrap().next(), None);
    }

    #[test]
    fn serials_are_random_and_begin_with_the_year() {
        let random = ring::rand::SystemRandom::new();
        let [one, two] = [0; 2].map(|_| Serial::draw(2026, &random).unwrap());
        assert_ne!(one, two);
        assert!(one.as_str().starts_with("2026"));
        assert_eq!(Serial::parse(one.as_str()).unwrap().as_str().len(), 20);
    }

    proptest::proptest! {
        #[test]
        fn what_is_made_is_read(serial in "[0-9A-Z]{1,60}", version in 1u16..=999) {
            let made = Identifier::new(
                TypeCode::parse("11990000MB99990094001").unwrap(),
                CreditCode::parse("11990000MB99990094").unwrap(),
                Serial::parse(&serial).unwrap(),
                Version::new(version).unwrap(),
            );
            proptest::prop_assert_eq!(Identifier::parse_own(&made.to_string()), Ok(made));
        }

        #[test]
        fn never_panics(text in "(1\\.2\\.156\\.3005\\.2\\.)?\\PC*") {
            let _ = Identifier::parse(&text);
        }
    }
}
