//! What a certificate says about people: sealed as one blob under the record's own key, found
//! again only by keyed hashes.

use super::{Face, Holder, LOOKUP_NAME_RULE, PersonReference, TypeCode};
use crate::cipher::{Content, DataKey, Hash, Subject, Vault};
use crate::error::{Error, Result};
use crate::types::TypeDefinition;
use crate::units::CreditCode;

/// Everything about a certificate that is erased with its key.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Particulars {
    /// The agency's own name of the row.
    #[serde(rename = "ref")]
    pub(crate) reference: String,
    /// The printed number.
    pub(crate) number: String,
    pub(crate) holders: Vec<Holder>,
    pub(crate) persons: Vec<PersonReference>,
    pub(crate) face: Face,
}

/// A keyed hash of a kind, with the version of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyedHash<K> {
    pub(crate) kind: K,
    pub(crate) version: u32,
    pub(crate) hash: Hash,
}

/// What one certificate alone may have (table `claims`); the number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClaimKind {
    Ref = 1,
    Number = 2,
    PrintedCode = 3,
}

/// By what certificates are found that may share it (table `lookups`); the number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookupKind {
    HolderCode = 1,
    HolderName = 2,
    SingleInstance = 3,
}

impl Particulars {
    /// Seals the blob of the record.
    pub(crate) fn seal(&self, key: &DataKey) -> Result<Vec<u8>> {
        let plain = serde_json::to_vec(self).map_err(|error| {
            Error::damaged(
                "证照内容无法写出",
                format!("particulars cannot be written: {error}"),
            )
        })?;
        key.seal(Content::Face, &plain)
    }

    /// Opens the blob of a record.
    pub(crate) fn open(key: &DataKey, sealed: Vec<u8>) -> Result<Self> {
        let plain = key.open(Content::Face, sealed)?;
        // The parser's own words could quote values.
        serde_json::from_slice(&plain)
            .map_err(|_| Error::damaged("证照内容无法读出", "particulars have another form"))
    }

    /// The hashes by which holders are found, under the newest key; with those that hold a holder
    /// to one certificate where the type says so.
    pub(crate) fn lookups(
        &self,
        vault: &Vault,
        definition: &TypeDefinition,
    ) -> Vec<KeyedHash<LookupKind>> {
        let type_code = definition.code.as_str();
        let mut found = Vec::new();
        for holder in &self.holders {
            let (kind, code) = (holder.kind().code(), holder.code());
            let name = holder.lookup_name();
            let name = Subject::HolderName {
                type_code,
                rule: LOOKUP_NAME_RULE,
                name: name.as_str(),
            };
            let by_code = Subject::HolderCode { kind, code };
            found.push(KeyedHash::of(vault, LookupKind::HolderCode, by_code));
            found.push(KeyedHash::of(vault, LookupKind::HolderName, name));
            if definition.single_instance {
                let only = Subject::SingleInstance {
                    type_code,
                    kind,
                    code,
                };
                found.push(KeyedHash::of(vault, LookupKind::SingleInstance, only));
            }
        }
        found
    }

    /// The hashes, under every live key, of which one certificate that has not ended may have each:
    /// of its holders, where the type says so. Locked before the record is asked.
    pub(crate) fn single_instance(&self, vault: &Vault, definition: &TypeDefinition) -> Vec<Hash> {
        if !definition.single_instance {
            return Vec::new();
        }
        let of_holder = |holder: &Holder| {
            vault.hashes(Subject::SingleInstance {
                type_code: definition.code.as_str(),
                kind: holder.kind().code(),
                code: holder.code(),
            })
        };
        let hashes = self.holders.iter().flat_map(of_holder);
        hashes.map(|(_, hash)| hash).collect()
    }

    /// The subjects that no other certificate may have: ref and number.
    pub(crate) fn claims<'a>(
        &'a self,
        agency: &'a CreditCode,
        type_code: &'a TypeCode,
    ) -> [(ClaimKind, Subject<'a>); 2] {
        let (agency, type_code) = (agency.as_str(), type_code.as_str());
        let name = &self.reference;
        let number = &self.number;
        [
            (
                ClaimKind::Ref,
                Subject::Ref {
                    agency,
                    type_code,
                    name,
                },
            ),
            (
                ClaimKind::Number,
                Subject::Number {
                    agency,
                    type_code,
                    number,
                },
            ),
        ]
    }
}

impl<K> KeyedHash<K> {
    /// The hash of a subject under the newest key.
    pub(crate) fn of(vault: &Vault, kind: K, subject: Subject<'_>) -> Self {
        let (version, hash) = vault.hash(subject);
        Self {
            kind,
            version,
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
            reference: "1".into(),
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
    }
}
