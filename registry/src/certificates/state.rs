//! States of a certificate: which are on record, which follow from dates, and what leads where.

use jiff::Timestamp;

use super::{About, Reason, Transition, TransitionKind};

/// A state that transitions lead to. The ones that dates bring are only in [`StateName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordedState {
    /// Waits for a second person of the agency.
    PendingReview,
    /// May be sealed.
    Approved,
    /// Sent back by review.
    Rejected,
    /// Given up before issue.
    CancelledBeforeIssue,
    /// Issued.
    Active,
    /// Rests.
    Suspended,
    /// Taken away as a penalty.
    Revoked,
    /// Ended on request or by cessation.
    Cancelled,
    /// Issued unlawfully.
    Withdrawn,
    /// Replaced by a newer version.
    Superseded,
}

impl RecordedState {
    /// The table of allowed transitions: where `kind` leads from `from`, `None` where it may not
    /// happen. `from` is `None` for a certificate that is not on record yet.
    pub fn after(from: Option<Self>, kind: &TransitionKind) -> Option<Self> {
        use RecordedState as S;
        use TransitionKind as T;
        let to = match (from, kind) {
            (None, T::Submit) => S::PendingReview,
            (None | Some(S::PendingReview), T::Approve) => S::Approved,
            (None, T::Import) => S::Active,
            (Some(S::PendingReview), T::Reject) => S::Rejected,
            (Some(S::PendingReview | S::Approved), T::CancelBeforeIssue) => S::CancelledBeforeIssue,
            (Some(S::Approved), T::Issue) => S::Active,
            // Suspending what is suspended sets another reason or end.
            (Some(S::Active | S::Suspended), T::Suspend { .. }) => S::Suspended,
            (Some(S::Suspended), T::Resume) => S::Active,
            (Some(S::Active | S::Suspended), T::Revoke) => S::Revoked,
            (Some(S::Active | S::Suspended), T::Cancel) => S::Cancelled,
            (Some(S::Active | S::Suspended), T::Withdraw) => S::Withdrawn,
            (Some(S::Active | S::Suspended), T::Supersede { .. }) => S::Superseded,
            _ => return None,
        };
        Some(to)
    }

    /// Every state, for stores and tests.
    pub const ALL: [Self; 10] = [
        Self::PendingReview,
        Self::Approved,
        Self::Rejected,
        Self::CancelledBeforeIssue,
        Self::Active,
        Self::Suspended,
        Self::Revoked,
        Self::Cancelled,
        Self::Withdrawn,
        Self::Superseded,
    ];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PendingReview => "pending_review",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::CancelledBeforeIssue => "cancelled_before_issue",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Cancelled => "cancelled",
            Self::Withdrawn => "withdrawn",
            Self::Superseded => "superseded",
        }
    }

    /// The word in Chinese messages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::PendingReview => "待审核",
            Self::Approved => "已批准",
            Self::Rejected => "审核未通过",
            Self::CancelledBeforeIssue => "颁发前已取消",
            Self::Active => "有效",
            Self::Suspended => "已暂停",
            Self::Revoked => "已吊销",
            Self::Cancelled => "已注销",
            Self::Withdrawn => "已撤销",
            Self::Superseded => "已被新版本取代",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A state as it is answered: on record, or brought by dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StateName {
    /// On record: not issued yet, given up, or ended.
    Recorded(RecordedState),
    /// Issued, and its first day has not come.
    NotYetValid,
    /// Issued, and within its days.
    Valid,
    /// Issued, and its last day is over.
    Expired,
}

impl StateName {
    /// Reads the word shown.
    pub fn parse(word: &str) -> Option<Self> {
        let by_date = [Self::NotYetValid, Self::Valid, Self::Expired];
        match RecordedState::parse(word) {
            // Shown as what its dates say.
            Some(RecordedState::Active) => None,
            Some(state) => Some(Self::Recorded(state)),
            None => by_date.into_iter().find(|name| name.as_str() == word),
        }
    }

    /// The word shown; `valid`, never `active`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recorded(state) => state.as_str(),
            Self::NotYetValid => "not_yet_valid",
            Self::Valid => "valid",
            Self::Expired => "expired",
        }
    }
}

/// The state of a certificate at one instant, as known at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State<'h> {
    /// Which.
    pub name: StateName,
    /// From when.
    pub since: Timestamp,
    /// The instant at which dates alone will end it; `None` where only a decision can.
    pub until: Option<Timestamp>,
    /// The transition that brought it; `None` where dates brought it.
    pub cause: Option<&'h Transition>,
}

impl State<'_> {
    /// Whether nothing but the electronic file has ended: the licence stands, and may be decided about.
    pub fn file_alone_ended(&self) -> bool {
        self.name == StateName::Recorded(RecordedState::Cancelled)
            && self
                .reason()
                .is_some_and(|reason| reason.about == About::File)
    }

    /// Whether a newer version may take its place: it holds or rests, or its file alone has ended.
    pub fn is_replaceable(&self) -> bool {
        use RecordedState::{Active, Suspended};
        matches!(self.name, StateName::Recorded(Active | Suspended)) || self.file_alone_ended()
    }

    /// The reason given for it.
    pub fn reason(&self) -> Option<&Reason> {
        self.cause.and_then(|transition| transition.reason.as_ref())
    }
}
