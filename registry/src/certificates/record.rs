//! A certificate on record, without what it says about people.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{History, Identifier, Name, State, TypeCode, Validity};
use crate::ids::Id;
use crate::units::CreditCode;

/// How a certificate came on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Made here, with a file.
    Issued,
    /// Stock of an earlier system, without a file.
    Imported,
}

/// One version of one certificate. It names nobody, so it may be handed out without a permit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// The record's own id: sorts by time, is a search's cursor, and stands in events.
    pub id: Id,
    /// Made here or imported.
    pub basis: Basis,
    /// Its identifier; of stock the one that the earlier system gave, if any.
    pub identifier: Option<Identifier>,
    /// Its type.
    pub type_code: TypeCode,
    /// The version of the type that it pins.
    pub type_version: u32,
    /// Who issued it.
    pub agency: CreditCode,
    /// Day of issue.
    pub issued: Date,
    /// First and last day.
    pub validity: Validity,
    /// Everything that happened to it.
    pub history: History,
}

impl Record {
    /// Its state at `at`, as far as it was known at `known_at`.
    pub fn state_at(&self, at: Timestamp, known_at: Timestamp) -> Option<State<'_>> {
        self.history.state_at(&self.validity, at, known_at)
    }

    /// Whether an identifier by which its row was found has another check character than the one that was
    /// given to it here. Of stock it is taken as the earlier system gave it.
    pub(crate) fn misspelt(&self, asked: &Identifier) -> bool {
        self.basis == Basis::Issued && self.identifier.as_ref() != Some(asked)
    }

    /// How it is named in messages and events, and may be asked for: as a [`Name`] reads it.
    pub fn name(&self) -> String {
        match &self.identifier {
            Some(identifier) => identifier.to_string(),
            None => Name::Record(self.id).to_string(),
        }
    }
}

/// A sealed file of a certificate at one commit; each is a prefix of the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRevision {
    /// Counts from 1.
    pub revision: u32,
    /// Bytes.
    pub length: u64,
    /// Digest of exactly those bytes.
    pub sha256: [u8; 32],
    /// When they were committed: proof that they existed then.
    pub kept_at: Timestamp,
}
