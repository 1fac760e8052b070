//! What the registry knows, as plain data. Identifiers are strings here; who fills it in answers for it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Everything on record that bears on one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Who asks: decides what the answer may show.
    pub asker: Asker,
    /// The instant that the question is about.
    pub at: Timestamp,
    /// How fresh the record is.
    pub freshness: Freshness,
    /// What was found.
    pub record: Record,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asker {
    /// Anyone, unidentified.
    Anonymous,
    /// The holder, or whom the holder delegated.
    Holder,
    /// A grantee whose grant covers this, by duty.
    ByDuty,
}

/// How old the facts may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshness {
    /// When they were read.
    pub as_of: Timestamp,
    /// Where they were read: `registry`, or a replica's name.
    pub source: String,
    /// How far the source may lag, in seconds.
    pub stale_at_most: u64,
}

/// What the registry found, by digest first, then by identifier, code or holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// It could not be asked.
    Unavailable,
    /// Nothing on record.
    Absent,
    /// On record, but the holder or the code that was asked with differs.
    Differs,
    /// On record.
    Found(Box<Certificate>),
}

/// One certificate on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Identifier (GB/T 36904), dotted.
    pub identifier: String,
    /// Issued here, or imported stock.
    pub basis: Basis,
    /// Every revision of the file and of its copies; none for imported stock without a file.
    pub files: Vec<RecordedFile>,
    /// From when it counts as issued.
    pub issued: Timestamp,
    /// First day of validity.
    pub effective: Date,
    /// Last day of validity, inclusive; `None` is 长期.
    pub expiring: Option<Date>,
    /// Every stored state that holds at [`Facts::at`]; none is active.
    pub standing: Vec<Standing>,
    /// Issuing agency's name.
    pub agency: String,
    /// Whether that agency might issue this type on the day of issue.
    pub entitlement: Entitlement,
    /// Whether the record is in dispute.
    pub dispute: Dispute,
}

/// How the certificate came on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Made here.
    Issued,
    /// Stock of an earlier system.
    Imported,
}

/// A file's bytes at one commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedFile {
    /// Length in bytes.
    pub length: u64,
    /// SHA-256 of exactly those bytes.
    pub sha256: [u8; 32],
    /// When they were committed: proof that they existed then.
    pub committed_at: Timestamp,
    /// Original or copy.
    pub kind: FileKind,
}

/// What a recorded file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileKind {
    /// A revision of the certificate's own file.
    Original,
    /// A revision of an annotated copy (加注件).
    Copy(Copy),
}

/// An annotated copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// What it was made for.
    pub purpose: String,
    /// Who may take it.
    pub receiver: String,
    /// Last day, inclusive.
    pub until: Date,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Why a copy no longer serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CopyEnd {
    /// Its period is over.
    Expired,
    /// The holder or the centre revoked it.
    Revoked,
}

/// A stored state other than active, with how it came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Which.
    pub state: StoredState,
    /// Since when.
    pub since: Timestamp,
    /// Until when, for a suspension with an end.
    pub until: Option<Timestamp>,
    /// What is at fault.
    pub about: Option<About>,
    /// Reason code of the type.
    pub reason: Option<String>,
    /// What the type says that this reason is.
    pub reason_label: Option<String>,
    /// Who acted on what basis.
    pub acting: Option<Acting>,
}

/// Whether the file or the licence is at fault: a file made in error says nothing against the holder's right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// The electronic file was made in error; the licence stands.
    File,
    /// The licence itself has ended or rests.
    Licence,
}

/// The authority behind a transition; it may differ from the issuing one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acting {
    /// Its name.
    pub authority: String,
    /// Its region code.
    pub region: String,
    /// The legal basis.
    pub legal_basis: String,
}

/// States that a transition stores. Expiry and a start still to come follow from the dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum StoredState {
    /// 撤销: the issue was unlawful.
    Withdrawn,
    /// 吊销: a penalty.
    Revoked,
    /// 注销: on request or cessation.
    Cancelled,
    /// A later version took its place.
    Superseded,
    /// 暂扣 or 停用.
    Suspended,
}

/// Whether the agency had the right on the day of issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entitlement {
    /// It had.
    Entitled,
    /// It had not.
    NotEntitled,
    /// Not on record (imported stock).
    NotRun,
}

/// Whether the record is in dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dispute {
    /// No.
    None,
    /// Under way.
    Open,
    /// Closed: the truth could not be determined.
    NotDeterminable,
}
