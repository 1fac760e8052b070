//! What an examination says: an ETSI EN 319 102-1 indication and the findings behind it.
//!
//! A report never says "valid": only [`crate::judge`] joins it with facts into a verdict.

pub mod words;

use jiff::Timestamp;
use serde::Serialize;

pub use words::words_of;

/// Main status indication (ETSI EN 319 102-1 §5.1.3). Ordered from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub enum Indication {
    /// Every check ran and passed.
    TotalPassed,
    /// Something needed is missing or cannot be decided; more evidence may change the answer.
    Indeterminate,
    /// A check failed; no further evidence can change the answer.
    TotalFailed,
}

/// Sub-indication (ETSI EN 319 102-1 table 5 and 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs)] // the names are the standard's own
pub enum SubIndication {
    // TOTAL-FAILED
    FormatFailure,
    HashFailure,
    SigCryptoFailure,
    Revoked,
    Expired,
    NotYetValid,
    // INDETERMINATE
    SigConstraintsFailure,
    ChainConstraintsFailure,
    CertificateChainGeneralFailure,
    CryptoConstraintsFailure,
    PolicyProcessingError,
    TimestampOrderFailure,
    NoSigningCertificateFound,
    NoCertificateChainFound,
    RevokedNoPoe,
    RevokedCaNoPoe,
    OutOfBoundsNoPoe,
    OutOfBoundsNotRevoked,
    CryptoConstraintsFailureNoPoe,
    NoPoe,
    TryLater,
    SignedDataNotFound,
    Generic,
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; the indication stands.
    Info,
    /// Odd, but allowed by the rulebook.
    Warning,
    /// The rule could not run; whether it would pass is unknown.
    NotRun,
    /// The rule could not reach a decision (INDETERMINATE).
    Indeterminate,
    /// The rule failed (TOTAL-FAILED).
    Failed,
}

/// One rule's remark. `code` is stable API (`room.what`, lower case).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Finding {
    /// Stable code, e.g. `byterange.gap_not_hex`.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// The sub-indication it argues for, when it lowers the indication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_indication: Option<SubIndication>,
    /// What was seen, for a person; holds no personal data.
    pub seen: String,
    /// The clause the rule comes from.
    pub clause: &'static str,
}

/// Which rulebook judged the file (design §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rulebook {
    /// A SignerInfo names a seal X.509 of the policy: one seal, then only DSS and DocTimeStamp.
    Issued,
    /// Any other signed PDF.
    Foreign,
}

/// PAdES baseline level that was reached (ETSI EN 319 142-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Level {
    /// Not a PAdES baseline signature (e.g. adbe.pkcs7.detached).
    #[serde(rename = "none")]
    None,
    /// Basic signature.
    #[serde(rename = "B-B")]
    BB,
    /// With a signature time-stamp.
    #[serde(rename = "B-T")]
    BT,
}

/// The X.509 that a SignerInfo names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignerName {
    /// RFC 4514 subject; identity-number extensions and attributes are left out.
    pub subject: String,
    /// RFC 4514 issuer.
    pub issuer: String,
    /// Serial number, lower-case hex.
    pub serial: String,
    /// SHA-256 of the DER, lower-case hex.
    pub sha256: String,
}

/// A prefix of the file that ends where a revision ends (`%%EOF` and its EOL included).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RevisionEnd {
    /// Length of the prefix in bytes.
    pub length: u64,
    /// SHA-256 of the prefix, lower-case hex in JSON.
    #[serde(serialize_with = "as_hex")]
    pub sha256: [u8; 32],
}

/// The answer on the seal alone. Of several signatures the worst speaks for the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SealReport {
    /// ETSI EN 319 102-1 indication; `None` when the file bears no signature (`seal.absent`).
    pub indication: Option<Indication>,
    /// ETSI EN 319 102-1 sub-indication.
    pub sub_indication: Option<SubIndication>,
    /// Which rulebook judged.
    pub rulebook: Rulebook,
    /// Baseline level reached.
    pub level: Level,
    /// /M of the signature dictionary: a claim, never a proof.
    pub claimed_time: Option<Timestamp>,
    /// genTime of a valid time-stamp.
    pub proven_time: Option<Timestamp>,
    /// Who signed, as the SignerInfo names it, proven or not.
    pub signer: Option<SignerName>,
    /// From and to when the signer's X.509 was good (validity, policy, not yet revoked), when its
    /// chain could be followed: proof of existence within lifts a `*_NO_POE`.
    #[serde(skip)]
    pub signer_good: Option<(Timestamp, Timestamp)>,
    /// Every remark, worst first.
    pub findings: Vec<Finding>,
    /// Every revision end, first to last.
    pub revisions: Vec<RevisionEnd>,
}

pub(crate) fn as_hex<S: serde::Serializer>(digest: &[u8; 32], out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&hex::encode(digest))
}
