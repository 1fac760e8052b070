//! Whose a certificate is, and the other persons it names.

use std::fmt;

use jiff::civil::Date;

use super::{CitizenId, LookupName, holder_kinds};
use crate::units::{CodeFault, CreditCode, fold_width};

/// A kind of identity code, by its row in the table.
#[derive(Clone, Copy)]
pub struct HolderKind(&'static holder_kinds::Row);

/// How the code of a kind is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KindCheck {
    /// GB 32100.
    CreditCode,
    /// GB 11643.
    CitizenId,
    /// Only characters: 1 to 40 letters, digits, `-`, `/`, brackets or Chinese characters.
    None,
}

impl HolderKind {
    /// The kind of a three-digit code.
    pub fn parse(text: &str) -> Result<Self, CodeFault> {
        let code = fold_width(text);
        let row = holder_kinds::KINDS.iter().find(|row| row.0 == code);
        row.map(Self).ok_or(CodeFault::Unknown)
    }

    /// The three digits.
    pub fn code(self) -> &'static str {
        self.0.0
    }

    /// Its name in Chinese, as certificates show it.
    pub fn name_zh(self) -> &'static str {
        self.0.1
    }

    /// Its name in English.
    pub fn name_en(self) -> &'static str {
        self.0.2
    }

    /// Whether it names a natural person.
    pub fn is_person(self) -> bool {
        self.0.3
    }

    /// How its codes are checked.
    pub fn check(self) -> KindCheck {
        self.0.4
    }

    /// Folds and checks a code of this kind.
    fn read(self, text: &str, today: Date) -> Result<String, CodeFault> {
        match self.check() {
            KindCheck::CreditCode => CreditCode::parse(text).map(|code| code.to_string()),
            KindCheck::CitizenId => CitizenId::parse(text, today).map(|id| id.as_str().to_owned()),
            KindCheck::None => {
                let code = fold_width(text);
                let allowed = |c: char| {
                    c.is_alphanumeric() || matches!(c, '-' | '/' | '(' | ')' | '〔' | '〕')
                };
                if !(1..=40).contains(&code.chars().count()) {
                    return Err(CodeFault::Length {
                        expected: "1 to 40",
                    });
                }
                if !code.chars().all(allowed) {
                    return Err(CodeFault::Alphabet);
                }
                Ok(code)
            }
        }
    }
}

impl PartialEq for HolderKind {
    fn eq(&self, other: &Self) -> bool {
        self.code() == other.code()
    }
}

impl Eq for HolderKind {}

impl fmt::Debug for HolderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HolderKind({})", self.code())
    }
}

impl serde::Serialize for HolderKind {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

impl<'de> serde::Deserialize<'de> for HolderKind {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(from)?;
        Self::parse(&text)
            .map_err(|fault| serde::de::Error::custom(format!("a holder kind {fault}")))
    }
}

/// A holder (持证主体): kind, checked code, name as it is printed.
///
/// Serialises for the sealed blob of its record; nowhere else.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Holder {
    kind: HolderKind,
    code: String,
    name: String,
}

impl Holder {
    /// Checks the code by its kind. The name is taken as it is; it was cleaned with its field.
    pub fn new(kind: HolderKind, code: &str, name: &str, today: Date) -> Result<Self, CodeFault> {
        let name = name.trim();
        if name.is_empty() {
            return Err(CodeFault::Length {
                expected: "1 or more",
            });
        }
        Ok(Self {
            kind,
            code: kind.read(code, today)?,
            name: name.to_owned(),
        })
    }

    /// The kind of code.
    pub fn kind(&self) -> HolderKind {
        self.kind
    }

    /// The code, folded.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The name as printed.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name as it is hashed for look-up.
    pub fn lookup_name(&self) -> LookupName {
        LookupName::of(&self.name)
    }
}

impl fmt::Debug for Holder {
    /// The kind only: names and codes stand in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Holder({}, ..)", self.kind.code())
    }
}

/// Another person that a face names: guardian, legal representative, mother.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PersonReference {
    /// The role's machine name, from the type.
    pub role: String,
    /// The name as printed.
    pub name: String,
    /// Kind and checked code, where the row gives one.
    pub code: Option<(HolderKind, String)>,
}

impl PersonReference {
    /// Checks the code by its kind.
    pub fn new(
        role: &str,
        name: &str,
        code: Option<(HolderKind, &str)>,
        today: Date,
    ) -> Result<Self, CodeFault> {
        let read = |(kind, code): (HolderKind, &str)| Ok((kind, kind.read(code, today)?));
        Ok(Self {
            role: role.to_owned(),
            name: name.trim().to_owned(),
            code: code.map(read).transpose()?,
        })
    }
}

impl fmt::Debug for PersonReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonReference({}, ..)", self.role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn check(kind: &str, code: &str, expect: Result<&str, CodeFault>) {
        let kind = HolderKind::parse(kind).unwrap();
        let holder = Holder::new(kind, code, "张三", date(2026, 1, 1));
        assert_eq!(
            holder.as_ref().map(Holder::code),
            expect.as_ref().map(|s| *s),
            "{code}"
        );
    }

    #[test]
    fn codes_are_checked_by_kind() {
        check("001", "11990000mb99990094", Ok("11990000MB99990094"));
        check("111", "11010519491231002x", Ok("11010519491231002X"));
        check("111", "110105194912310021", Err(CodeFault::CheckDigit));
        check("414", "Ｅ12345678", Ok("E12345678"));
        check("999", "示(2026)00001", Ok("示(2026)00001"));
        check("999", "a\u{202E}b", Err(CodeFault::Alphabet));
        check(
            "999",
            "",
            Err(CodeFault::Length {
                expected: "1 to 40",
            }),
        );
    }

    #[test]
    fn kinds_are_a_table() {
        assert_eq!(HolderKind::parse("042"), Err(CodeFault::Unknown));
        let mut codes: Vec<_> = holder_kinds::KINDS.iter().map(|row| row.0).collect();
        let rows = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), rows, "a code stands twice");
    }

    #[test]
    fn debug_names_nobody() {
        let kind = HolderKind::parse("111").unwrap();
        let holder = Holder::new(kind, "11010519491231002X", "张三", date(2026, 1, 1)).unwrap();
        assert_eq!(format!("{holder:?}"), "Holder(111, ..)");
    }
}
