//! The outcomes, what they mean in GB/T 36906, and what to do about them.

use serde::Serialize;

use super::state::State;

/// The answer to the question "is it authentic, and what is its state".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// `authentic_<state>`: the seal holds and the bytes are on record, or the record was asked.
    Authentic(State),
    /// As above, but the agency might not issue this type on that day.
    AuthenticUnentitled,
    /// An annotated copy whose period is over.
    CopyExpired,
    /// An annotated copy that was revoked.
    CopyRevoked,
    /// Forged, altered, or not what is on record.
    NotAuthentic,
    /// Nothing on record about it.
    Unknown,
    /// On record, but holder or code differ.
    Mismatch,
    /// Something needed was missing; ask again.
    CouldNotCheck,
}

impl Outcome {
    /// Stable name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Authentic(State::Withdrawn) => "authentic_withdrawn",
            Outcome::Authentic(State::Revoked) => "authentic_revoked",
            Outcome::Authentic(State::Cancelled) => "authentic_cancelled",
            Outcome::Authentic(State::Superseded) => "authentic_superseded",
            Outcome::Authentic(State::Expired) => "authentic_expired",
            Outcome::Authentic(State::Suspended) => "authentic_suspended",
            Outcome::Authentic(State::NotYetValid) => "authentic_not_yet_valid",
            Outcome::Authentic(State::Valid) => "authentic_valid",
            Outcome::AuthenticUnentitled => "authentic_unentitled",
            Outcome::CopyExpired => "copy_expired",
            Outcome::CopyRevoked => "copy_revoked",
            Outcome::NotAuthentic => "not_authentic",
            Outcome::Unknown => "unknown",
            Outcome::Mismatch => "mismatch",
            Outcome::CouldNotCheck => "could_not_check",
        }
    }

    /// Result of *verify information* (GB/T 36906).
    pub(super) const fn information(self) -> u8 {
        match self {
            Outcome::Authentic(State::Valid) => 0,
            Outcome::Authentic(State::NotYetValid) => 1,
            Outcome::Authentic(State::Suspended) => 2,
            Outcome::Authentic(_)
            | Outcome::AuthenticUnentitled
            | Outcome::CopyExpired
            | Outcome::CopyRevoked => 3,
            Outcome::CouldNotCheck => 4,
            Outcome::Unknown => 5,
            Outcome::Mismatch | Outcome::NotAuthentic => 6,
        }
    }

    pub(super) const fn is_authentic(self) -> bool {
        matches!(self, Outcome::Authentic(_) | Outcome::AuthenticUnentitled)
    }
}

impl Serialize for Outcome {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.name())
    }
}

/// Result codes of GB/T 36906.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Code36906 {
    /// *Verify information*: 0 valid, 1 not yet, 2 suspended, 3 ended, 4 could not check, 5 unknown, 6 wrong.
    pub information: u8,
    /// *Verify file*: 0 passed, 1 seal failed, 2 file failed; absent when no file was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<u8>,
}

/// What to do, never "refuse the person".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// It may be used.
    Use,
    /// Business goes on for whoever shows valid originals (duties, L §13).
    GoOnWithValidOriginals,
    /// Do not rely on it; ask for the current certificate.
    AskForCurrent,
    /// Do not rely on this file; ask for the original or look it up on record.
    DoNotRelyOnFile,
    /// Check again later, or ask the centre.
    CheckAgain,
    /// Ask the agency that is said to have issued it.
    AskAgency,
}
