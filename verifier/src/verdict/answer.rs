//! The answer: what a verdict holds, how it reads as JSON.

use jiff::Timestamp;
use serde::Serialize;

use super::facts::{About, Acting, Copy, Entitlement, Freshness};
use super::outcome::{Advice, Code36906, Outcome};
use super::state::State;
use crate::report::{Finding, Indication, Level, SignerName, SubIndication};

/// The answer. Fields are read by its methods and by its JSON; only [`judge()`](super::judge()) makes one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    pub(super) outcome: Outcome,
    pub(super) basis: VerdictBasis,
    pub(super) code36906: Code36906,
    pub(super) advice: Advice,
    pub(super) seal: SealAnswer,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) authority: Option<Authority>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) copy: Option<CopyAnswer>,
    pub(super) disputed: bool,
    pub(super) freshness: Freshness,
    pub(super) findings: Vec<Finding>,
    #[serde(skip)]
    pub(super) alarm: Option<&'static str>,
}

/// What the answer rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictBasis {
    /// A file was examined and held against the record.
    File,
    /// Only the record was asked.
    Record,
}

/// The seal in the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum SealAnswer {
    /// No file was checked.
    NotRun(
        /// Always `not_run`.
        &'static str,
    ),
    /// The seal report's head.
    Examined {
        /// ETSI EN 319 102-1 indication; `null` without a signature.
        indication: Option<Indication>,
        /// ETSI EN 319 102-1 sub-indication.
        sub_indication: Option<SubIndication>,
        /// PAdES level.
        level: Level,
        /// /M, a claim.
        claimed_time: Option<Timestamp>,
        /// Proven by a time-stamp.
        proven_time: Option<Timestamp>,
        /// Who signed.
        signer: Option<SignerName>,
        /// `record` when the record proved that the file existed in time.
        #[serde(skip_serializing_if = "Option::is_none")]
        poe: Option<&'static str>,
    },
}

/// The state on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Which.
    pub state: State,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Until when, as far as known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Whether the file or the licence is at fault, where a decision brought the state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// Reason code; not for the anonymous.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the reason says; not for the anonymous.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_label: Option<String>,
    /// Who acted; not for the anonymous.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acting: Option<Acting>,
}

/// The authority of the agency on the day of issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Authority {
    /// Issuing agency.
    pub agency: String,
    /// Whether it might issue the type that day.
    pub entitlement: Entitlement,
}

/// What an annotated copy was made for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CopyAnswer {
    #[serde(flatten)]
    pub(super) copy: Copy,
}

impl Verdict {
    /// The answer in one word.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// What it rests on.
    pub fn basis(&self) -> VerdictBasis {
        self.basis
    }

    /// Codes of GB/T 36906.
    pub fn code36906(&self) -> Code36906 {
        self.code36906
    }

    /// What to do.
    pub fn advice(&self) -> Advice {
        self.advice
    }

    /// The seal.
    pub fn seal(&self) -> &SealAnswer {
        &self.seal
    }

    /// The state on record; `None` unless authentic.
    pub fn status(&self) -> Option<&Status> {
        self.status.as_ref()
    }

    /// The agency and its right; `None` unless authentic.
    pub fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    /// The annotated copy that the file is, when it is one.
    pub fn copy(&self) -> Option<&Copy> {
        self.copy.as_ref().map(|answer| &answer.copy)
    }

    /// Whether the record is or was in dispute without a clear end.
    pub fn disputed(&self) -> bool {
        self.disputed
    }

    /// How fresh the facts are.
    pub fn freshness(&self) -> &Freshness {
        &self.freshness
    }

    /// Every remark, worst first.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What the centre must be told at once, whoever asked.
    pub fn alarm(&self) -> Option<&'static str> {
        self.alarm
    }
}
