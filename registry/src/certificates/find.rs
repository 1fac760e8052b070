//! Finding one certificate by what a caller has of it.

use super::{
    Certificates, ClaimKind, FileRevision, HolderKind, Identifier, LookupKind, PrintedCode, Record,
    TypeCode,
};
use crate::cipher::Subject;
use crate::error::Result;
use crate::ids::Id;
use crate::store::records;
use crate::units::CreditCode;

/// What a caller has of a certificate.
#[derive(Debug, Clone, Copy)]
pub enum Key<'a> {
    /// Its identifier, to the last character; also one that an earlier system gave, as it gave it.
    Identifier(&'a Identifier),
    /// Its record's own id.
    Record(Id),
    /// Its printed number, unique within agency and type.
    Number {
        /// The type.
        type_code: &'a TypeCode,
        /// The issuing agency.
        agency: &'a CreditCode,
        /// The number as printed.
        number: &'a str,
    },
    /// The code under the QR code.
    PrintedCode(&'a PrintedCode),
    /// SHA-256 of the revisions that a file in hand begins with, any order: the file starts with
    /// the exact bytes of an issued revision if one of them is on record.
    FileRevisions(&'a [[u8; 32]]),
}

impl Certificates<'_> {
    /// The certificate of a key.
    pub async fn find(&self, key: Key<'_>) -> Result<Option<Record>> {
        let mut reader = self.registry.store().reader().await?;
        let vault = self.registry.vault();
        let id = match key {
            Key::Identifier(identifier) => records::by_identifier(&mut reader, identifier).await?,
            Key::Record(id) => Some(id),
            Key::Number {
                type_code,
                agency,
                number,
            } => {
                let (agency, type_code) = (agency.as_str(), type_code.as_str());
                let hashes = vault.hashes(Subject::Number {
                    agency,
                    type_code,
                    number,
                });
                records::by_claim(&mut reader, ClaimKind::Number, &hashes).await?
            }
            Key::PrintedCode(code) => {
                let hashes = vault.hashes(Subject::PrintedCode(code.as_str()));
                records::by_claim(&mut reader, ClaimKind::PrintedCode, &hashes).await?
            }
            Key::FileRevisions(digests) => {
                let mut found = None;
                for digest in digests {
                    found = records::by_file(&mut reader, digest).await?;
                    if found.is_some() {
                        break;
                    }
                }
                found
            }
        };
        let record = match id {
            Some(id) => records::by_id(&mut reader, id).await?,
            None => None,
        };
        // A wrong check character names nothing: what it guards against is another certificate than the
        // one that is meant (GB/T 36904).
        Ok(match key {
            Key::Identifier(asked) => record.filter(|record| !record.misspelt(asked)),
            _ => record,
        })
    }

    /// The identifier given here that differs from one that was asked in its check character alone, for
    /// those who may read the whole record.
    pub async fn meant_by(&self, asked: &Identifier) -> Result<Option<Identifier>> {
        let mut reader = self.registry.store().reader().await?;
        let Some(id) = records::by_identifier(&mut reader, asked).await? else {
            return Ok(None);
        };
        let record = records::by_id(&mut reader, id).await?;
        Ok(record
            .filter(|record| record.misspelt(asked))
            .and_then(|record| record.identifier))
    }

    /// Whether a person or organisation is a holder: compared by keyed hash, nothing is opened.
    pub async fn is_held_by(&self, record: &Record, kind: HolderKind, code: &str) -> Result<bool> {
        let kind = kind.code();
        let hashes = self
            .registry
            .vault()
            .hashes(Subject::HolderCode { kind, code });
        let mut reader = self.registry.store().reader().await?;
        records::has_lookup(&mut reader, record.id, LookupKind::HolderCode, &hashes).await
    }

    /// Every revision of its file, oldest first; none for imported stock.
    pub async fn files(&self, record: &Record) -> Result<Vec<FileRevision>> {
        records::files(&mut *self.registry.store().reader().await?, record.id).await
    }
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
