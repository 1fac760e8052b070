//! What may be sealed, and what has been planned. Neither can be made or copied elsewhere, so a
//! file cannot come into being that the registry did not approve, nor twice from one approval.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::digests::PlanDigests;
use super::replaces::Replaces;
use super::turns::Turn;
use crate::certificates::{
    Face, Holder, Identifier, Particulars, PersonReference, PrintedCode, Validity,
};
use crate::cipher::{DataKey, WrappedKey};
use crate::ids::Id;
use crate::types::PublishedType;
use crate::units::Unit;

/// A row that was checked and may be laid out. Made only by the registry; not `Clone`.
#[derive(Debug)]
pub struct Approved {
    pub(super) published: PublishedType,
    pub(super) agency: Arc<Unit>,
    pub(super) identifier: Identifier,
    pub(super) issued: Date,
    pub(super) validity: Validity,
    pub(super) content: Particulars,
    pub(super) file: FileInputs,
    pub(super) record: Record,
}

/// What the plan adds to the content; together they determine every byte of the file but the
/// signature.
#[derive(Debug)]
pub struct FileInputs {
    /// The file identifier, both parts of `/ID`.
    pub file_id: [u8; 16],
    /// The time that the file claims for its making.
    pub made_at: Timestamp,
    /// The code under the QR code.
    pub printed_code: PrintedCode,
    /// What the QR code holds: `https://<public>/v#<code>`.
    pub verify_url: String,
    /// Where its status is published.
    pub status: StatusPlace,
}

/// A place in a status list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusPlace {
    /// Address of the list.
    pub uri: String,
    /// Place in the list, below 2^20.
    pub index: u32,
    pub(super) list: u32,
}

/// Where it stands on record.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) certificate: Id,
    pub(super) plan: Id,
    pub(super) attempt: u32,
    pub(super) place: u64,
    pub(super) key: DataKey,
    pub(super) origin: Origin,
}

/// Whether it comes from a row or from a plan on record.
#[derive(Debug)]
pub(super) enum Origin {
    Row {
        /// To be stored with the certificate.
        wrapped: WrappedKey,
        /// Digest of type and values.
        digest: [u8; 32],
        group: Arc<GroupSpan>,
        /// The certificate whose place it takes; boxed, since few rows have one.
        replaces: Option<Box<Replaces>>,
    },
    Plan {
        /// The digests it was planned with; `None` for an attempt that was never laid out.
        digests: Option<PlanDigests>,
        /// Of what was decided about its certificate.
        decided: [u8; 32],
    },
}

/// The rows of one group.
#[derive(Debug)]
pub(super) struct GroupSpan {
    /// The group begins after this row.
    pub(super) after: u64,
    /// Its last row.
    pub(super) upto: u64,
    /// How many of its rows were approved.
    pub(super) approved: usize,
    /// When they may be planned; over when the last of them is gone.
    pub(super) turn: Turn,
}

/// An approved row whose plan is durable. Only against it does the registry take bytes.
#[derive(Debug)]
pub struct Planned {
    pub(super) identifier: Identifier,
    pub(super) certificate: Id,
    pub(super) plan: Id,
    pub(super) place: u64,
    pub(super) key: DataKey,
    pub(super) digests: PlanDigests,
    /// Of what was decided about its certificate.
    pub(super) decided: [u8; 32],
    pub(super) reservation: u64,
}

impl Approved {
    /// The type and template, as published.
    pub fn published(&self) -> &PublishedType {
        &self.published
    }

    /// The agency that issues it.
    pub fn agency(&self) -> &Unit {
        &self.agency
    }

    /// Its identifier (GB/T 36904).
    pub fn identifier(&self) -> &Identifier {
        &self.identifier
    }

    /// Its printed number.
    pub fn number(&self) -> &str {
        &self.content.number
    }

    /// Day of issue.
    pub fn issued(&self) -> Date {
        self.issued
    }

    /// First and last day.
    pub fn validity(&self) -> &Validity {
        &self.validity
    }

    /// Whose it is.
    pub fn holders(&self) -> &[Holder] {
        &self.content.holders
    }

    /// Other persons it names.
    pub fn persons(&self) -> &[PersonReference] {
        &self.content.persons
    }

    /// What it says.
    pub fn face(&self) -> &Face {
        &self.content.face
    }

    /// What the plan adds.
    pub fn file(&self) -> &FileInputs {
        &self.file
    }

    /// The row it comes from, counted as an editor or spreadsheet does.
    pub fn row(&self) -> u64 {
        self.record.place
    }

    /// The agency's own name of the row.
    pub fn reference(&self) -> &str {
        &self.content.reference
    }
}

impl Planned {
    /// Its identifier.
    pub fn identifier(&self) -> &Identifier {
        &self.identifier
    }

    /// The row it comes from.
    pub fn row(&self) -> u64 {
        self.place
    }

    /// The digests that its bytes must have.
    pub fn digests(&self) -> &PlanDigests {
        &self.digests
    }

    /// The number of the reservation under which it may be sealed.
    pub fn reservation(&self) -> u64 {
        self.reservation
    }
}
