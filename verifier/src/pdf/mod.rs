//! Everything the verifier knows of PDF: an own strict reader, the places of signatures, the positional rules,
//! and what may change after a signature.
//!
//! Not a PDF library: it draws nothing, repairs nothing and writes nothing; what a rule does not need is not read.
//! `seal` calls it with bytes from anyone; it calls nobody but the budget.

pub(crate) mod filter;
pub(crate) mod layout;
pub(crate) mod object;
pub(crate) mod parser;
pub(crate) mod revision;
pub(crate) mod xref;

use crate::report::{Finding, Severity, SubIndication};

/// What the grammar does not allow, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// Byte offset in the file, or in the decoded stream being read.
    pub(crate) at: usize,
    pub(crate) what: &'static str,
}

/// Why reading stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    Malformed(Malformed),
    /// The budget ran out (`limit.exceeded`).
    Limit(Finding),
}

impl From<Malformed> for Stop {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<Finding> for Stop {
    fn from(limit: Finding) -> Self {
        Self::Limit(limit)
    }
}

impl From<Stop> for Finding {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Limit(finding) => finding,
            Stop::Malformed(Malformed { at, what }) => Finding {
                code: "revision.malformed",
                severity: Severity::Failed,
                sub_indication: Some(SubIndication::FormatFailure),
                seen: format!("{what} (at byte {at})"),
                clause: "ISO 32000-1 7.5",
            },
        }
    }
}
