//! One entry of a certificate's history.

use jiff::Timestamp;

use super::Identifier;
use crate::units::{ActingAuthority, Actor};

/// What happened, when it takes effect, when it was recorded, by whom and on what ground.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// What happened.
    pub kind: TransitionKind,
    /// From when it counts.
    pub effective_at: Timestamp,
    /// When the registry learned of it.
    pub recorded_at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// On whose decision; it may be another authority than the one that issued.
    pub authority: Option<ActingAuthority>,
    /// Why, by a code of the type.
    pub reason: Option<Reason>,
    /// The rule on which the decision stands.
    pub legal_basis: Option<String>,
    /// SHA-256 of the files that prove it.
    pub evidence: Vec<[u8; 32]>,
}

impl Transition {
    /// Whether the licence itself ends by it, or goes on in a newer version.
    pub(super) fn ends_licence(&self) -> bool {
        let about_licence = || {
            let reason = self.reason.as_ref();
            reason.is_some_and(|reason| reason.about == About::Licence)
        };
        match self.kind {
            TransitionKind::Revoke | TransitionKind::Cancel | TransitionKind::Withdraw => {
                about_licence()
            }
            TransitionKind::Supersede { .. } => true,
            _ => false,
        }
    }
}

/// What can happen to a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransitionKind {
    /// Entered, to be reviewed by another person of the agency.
    Submit,
    /// Approved by review, or entered under a type that asks for none.
    Approve,
    /// Sent back by review.
    Reject,
    /// Given up before it was issued.
    CancelBeforeIssue,
    /// Sealed and kept.
    Issue,
    /// Taken over from an earlier system, without a file.
    Import,
    /// 暂扣、停用: not to be relied on until resumed, or until the instant given.
    Suspend {
        /// The first instant after the suspension; `None` lasts until resumed.
        until: Option<Timestamp>,
    },
    /// 恢复: a suspension ends.
    Resume,
    /// 吊销: taken away as a penalty.
    Revoke,
    /// 注销: ended on request or by cessation.
    Cancel,
    /// 撤销: the issue was unlawful.
    Withdraw,
    /// 变更、延续: a newer version took its place.
    Supersede {
        /// The version that took its place.
        by: Identifier,
    },
}

/// A reason by a code of the type's list.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reason {
    /// The code.
    pub code: String,
    /// What is at fault: the file, or the licence itself.
    pub about: About,
}

/// Tells "file made in error" apart from "licence cancelled": the former says nothing against
/// the holder's right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// The electronic file was made wrongly; the licence stands.
    File,
    /// The licence itself has ended or rests.
    Licence,
}

impl About {
    /// The word stored and typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Licence => "licence",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::File, Self::Licence]
            .into_iter()
            .find(|about| about.as_str() == word)
    }
}

impl TransitionKind {
    /// The word stored and shown.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::CancelBeforeIssue => "cancel_before_issue",
            Self::Issue => "issue",
            Self::Import => "import",
            Self::Suspend { .. } => "suspend",
            Self::Resume => "resume",
            Self::Revoke => "revoke",
            Self::Cancel => "cancel",
            Self::Withdraw => "withdraw",
            Self::Supersede { .. } => "supersede",
        }
    }

    /// Reads a kind from its word and what it carries.
    pub(crate) fn from_parts(
        word: &str,
        until: Option<Timestamp>,
        by: Option<Identifier>,
    ) -> Option<Self> {
        let plain = [
            Self::Submit,
            Self::Approve,
            Self::Reject,
            Self::CancelBeforeIssue,
            Self::Issue,
            Self::Import,
            Self::Resume,
            Self::Revoke,
            Self::Cancel,
            Self::Withdraw,
        ];
        match (word, by) {
            ("suspend", None) => Some(Self::Suspend { until }),
            ("supersede", Some(by)) => Some(Self::Supersede { by }),
            _ => plain.into_iter().find(|kind| kind.as_str() == word),
        }
    }

    /// Whether an authority decides it about an issued certificate.
    pub fn is_decision(&self) -> bool {
        matches!(
            self,
            Self::Suspend { .. } | Self::Resume | Self::Revoke | Self::Cancel | Self::Withdraw
        )
    }

    /// Whether it must give a reason of the type's list.
    pub fn needs_reason(&self) -> bool {
        self.is_decision() && *self != Self::Resume
    }

    /// Whether it may take effect at another instant than that of its record.
    pub(super) fn may_be_dated(&self) -> bool {
        self.is_decision()
            || self.counts_from_day_of_issue()
            || matches!(self, Self::Supersede { .. })
    }

    /// What puts a certificate into the world: its ground for an earlier instant is the day of issue.
    pub(super) fn counts_from_day_of_issue(&self) -> bool {
        matches!(self, Self::Approve | Self::Issue | Self::Import)
    }
}
