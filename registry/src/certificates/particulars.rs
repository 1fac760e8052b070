//! What a certificate says about people: sealed as one blob under the record's own key, found
//! again only by keyed hashes.

use super::{Face, Holder, LOOKUP_NAME_RULE, PersonReference, TypeCode};
use crate::cipher::{Content, DataKey, Hash, Subject, Vault};
use crate::error::{Error, Result};
use crate::units::CreditCode;

/// Everything about a certificate that is erased with its key.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Particulars {
    /// The agency's own name of the row; none for stock of earlier systems without one.
    pub(crate) reference: Option<String>,
    /// The printed number.
    pub(crate) number: String,
    pub(crate) holders: Vec<Holder>,
    pub(crate) persons: Vec<PersonReference>,
    pub(crate) face: Face,
}

/// A keyed hash that one certificate alone may have (table `claims`), or that several may share
/// (table `lookups`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyedHash {
    pub(crate) kind: HashKind,
    pub(crate) key_version: u32,
    pub(crate) hash: Hash,
}

/// What was hashed; the number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HashKind {
    Reference = 1,
    Number = 2,
    PrintedCode = 3,
    HolderCode = 11,
    HolderName = 12,
}

impl Particulars {
    /// Seals the blob of the record.
    pub(crate) fn seal(&self, key: &DataKey) -> Result<Vec<u8>> {
        let plain = serde_json::to_vec(self)
            .map_err(|error| Error::Damaged(format!("particulars cannot be written: {error}")))?;
        key.seal(Content::Face, plain)
    }

    /// Opens the blob of a record.
    pub(crate) fn open(key: &DataKey, sealed: Vec<u8>) -> Result<Self> {
        let plain = key.open(Content::Face, sealed)?;
        // The parser's own words could quote values.
        serde_json::from_slice(&plain)
            .map_err(|_| Error::Damaged("particulars have another form".to_owned()))
    }

    /// The hashes by which holders are found, under the newest key.
    pub(crate) fn lookups(&self, vault: &Vault, type_code: &TypeCode) -> Vec<KeyedHash> {
        let of_holder = |holder: &Holder| {
            let name = holder.lookup_name();
            let code = Subject::HolderCode {
                kind: holder.kind().code(),
                code: holder.code(),
            };
            let name = Subject::HolderName {
                type_code: type_code.as_str(),
                rule: LOOKUP_NAME_RULE,
                name: name.as_str(),
            };
            [
                KeyedHash::of(vault, HashKind::HolderCode, code),
                KeyedHash::of(vault, HashKind::HolderName, name),
            ]
        };
        self.holders.iter().flat_map(of_holder).collect()
    }

    /// The hashes that no other certificate may have: number and, where there is one, ref.
    pub(crate) fn claims(
        &self,
        vault: &Vault,
        agency: &CreditCode,
        type_code: &TypeCode,
    ) -> Vec<KeyedHash> {
        let (agency, type_code) = (agency.as_str(), type_code.as_str());
        let number = Subject::Number {
            agency,
            type_code,
            number: &self.number,
        };
        let reference = self.reference.as_deref().map(|name| {
            let subject = Subject::Ref {
                agency,
                type_code,
                name,
            };
            KeyedHash::of(vault, HashKind::Reference, subject)
        });
        let number = KeyedHash::of(vault, HashKind::Number, number);
        [number].into_iter().chain(reference).collect()
    }
}

impl KeyedHash {
    /// The hash of a subject under the newest key.
    pub(crate) fn of(vault: &Vault, kind: HashKind, subject: Subject<'_>) -> Self {
        let (key_version, hash) = vault.hash(subject);
        Self {
            kind,
            key_version,
            hash,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificates::{FaceField, FieldValue, HolderKind};
    use jiff::civil::date;

    #[test]
    fn a_blob_opens_only_under_its_own_key_and_hides_what_it_holds() {
        let vault = crate::testing::vault();
        let kind = HolderKind::parse("111").unwrap();
        let holder = Holder::new(kind, "11010519491231002X", "张三", date(2026, 1, 1)).unwrap();
        let name = FaceField {
            name: "name".into(),
            value: FieldValue::Text("张三".into()),
        };
        let particulars = Particulars {
            reference: Some("1".into()),
            number: "示2026000001".into(),
            holders: vec![holder],
            persons: Vec::new(),
            face: Face::new(vec![name]),
        };
        let (key, _) = vault.new_key("one").unwrap();
        let (other, _) = vault.new_key("two").unwrap();
        let sealed = particulars.seal(&key).unwrap();
        assert!(!sealed.windows(6).any(|six| six == "张三".as_bytes()));
        assert!(Particulars::open(&key, sealed.clone()).unwrap() == particulars);
        assert!(Particulars::open(&other, sealed).is_err());

        let type_code = TypeCode::parse("11990000MB99990094006").unwrap();
        let agency = CreditCode::parse("11990000MB99990094").unwrap();
        assert_eq!(particulars.claims(&vault, &agency, &type_code).len(), 2);
        assert_eq!(particulars.lookups(&vault, &type_code).len(), 2);
    }
}
