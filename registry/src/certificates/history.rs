//! A certificate's history and what follows from it: its state at any instant, as known at any
//! instant, and which transition may be added. Pure; the clock is an argument.

use jiff::Timestamp;

use super::{RecordedState, Standing, State, StateName, Transition, TransitionKind, Validity};

/// All transitions of one certificate in the order of their record. Nothing is ever taken out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History(Vec<Transition>);

/// Why a transition may not be recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The state on that instant does not allow it.
    #[error(
        "{kind} is not possible: at the instant it is to take effect the certificate is {state}"
    )]
    NotInThisState {
        /// What was asked.
        kind: &'static str,
        /// The state found.
        state: &'static str,
    },
    /// It counts from before its record, and no legal basis is given.
    #[error("a decision that counts from an earlier instant needs its legal basis")]
    BackDatedWithoutLegalBasis,
    /// Review counts from the instant of its record.
    #[error("{0} counts from the instant of its record; it cannot carry another")]
    NotDatable(&'static str),
    /// Nobody is named on whose decision it happens.
    #[error("{0} needs the authority that decides, with its region")]
    NoAuthority(&'static str),
    /// No reason is given.
    #[error("{0} needs a reason from the list of the type")]
    NoReason(&'static str),
    /// A suspension that is over when it begins.
    #[error("the suspension ends before it begins; check both dates")]
    EndsBeforeItBegins,
    /// The record carries a time before the one of the entry before it.
    #[error("the time of the record lies before the last entry; check the clock of the database")]
    RecordedOutOfOrder,
}

impl Refused {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::NotInThisState { kind, state } => {
                let state = RecordedState::parse(state).map_or("尚无记录", RecordedState::zh);
                format!("不能办理{}：生效之时该证照{state}", kind_zh(kind))
            }
            Self::BackDatedWithoutLegalBasis => "追溯生效的决定须写明法律依据".to_owned(),
            Self::NotDatable(kind) => {
                format!("{}自记录之时生效，不能另定时间", kind_zh(kind))
            }
            Self::NoAuthority(kind) => {
                format!("办理{}须写明作出决定的机关及其行政区划", kind_zh(kind))
            }
            Self::NoReason(kind) => format!("办理{}须给出类型所列的原因", kind_zh(kind)),
            Self::EndsBeforeItBegins => "暂停的结束早于开始；请核对两个日期".to_owned(),
            Self::RecordedOutOfOrder => "记录的时间早于上一条记录；请检查数据库的时钟".to_owned(),
        }
    }
}

fn kind_zh(kind: &str) -> &'static str {
    match kind {
        "submit" => "提交",
        "approve" => "批准",
        "reject" => "退回",
        "cancel_before_issue" => "颁发前取消",
        "issue" => "颁发",
        "import" => "存量导入",
        "suspend" => "暂停",
        "resume" => "恢复",
        "revoke" => "吊销",
        "cancel" => "注销",
        "withdraw" => "撤销",
        _ => "替换",
    }
}

/// The fold of a history up to an instant, before dates are looked at.
#[derive(Clone, Copy)]
struct Fold<'h> {
    state: RecordedState,
    since: Timestamp,
    until: Option<Timestamp>,
    cause: Option<&'h Transition>,
}

impl History {
    /// A history as the store holds it, in the order of record.
    pub fn from_record(transitions: Vec<Transition>) -> Self {
        Self(transitions)
    }

    /// The transitions in the order of record.
    pub fn transitions(&self) -> &[Transition] {
        &self.0
    }

    /// The state at `at`, as far as it was known at `known_at`; `None` where nothing was on
    /// record that counted by then.
    pub fn state_at(
        &self,
        validity: &Validity,
        at: Timestamp,
        known_at: Timestamp,
    ) -> Option<State<'_>> {
        self.fold(at, known_at)
            .map(|fold| fold.with_dates(validity, at))
    }

    /// From when it counts as issued, as known at `known_at`.
    pub fn issued_at(&self, known_at: Timestamp) -> Option<Timestamp> {
        let issue = |t: &&Transition| {
            t.recorded_at <= known_at
                && matches!(t.kind, TransitionKind::Issue | TransitionKind::Import)
        };
        self.0.iter().find(issue).map(|issue| issue.effective_at)
    }

    /// The state that transitions alone lead to, with its cause: no dates of validity.
    pub fn standing_at(&self, at: Timestamp, known_at: Timestamp) -> Option<State<'_>> {
        self.fold(at, known_at).map(Fold::without_dates)
    }

    /// What transitions alone say at `at`, as known at `known_at`: no dates of validity.
    pub fn recorded_at(&self, at: Timestamp, known_at: Timestamp) -> Option<RecordedState> {
        self.fold(at, known_at).map(|fold| fold.state)
    }

    /// Adds a transition if it may happen; says why where it may not.
    pub fn record(&mut self, transition: Transition) -> Result<(), Refused> {
        self.admit(&transition)?;
        self.0.push(transition);
        Ok(())
    }

    /// Whether a transition may be recorded next.
    pub fn admit(&self, next: &Transition) -> Result<(), Refused> {
        let word = next.kind.as_str();
        if self
            .0
            .last()
            .is_some_and(|last| next.recorded_at < last.recorded_at)
        {
            return Err(Refused::RecordedOutOfOrder);
        }
        if next.effective_at != next.recorded_at && !next.kind.may_be_dated() {
            return Err(Refused::NotDatable(word));
        }
        if next.kind.is_decision() && next.authority.is_none() {
            return Err(Refused::NoAuthority(word));
        }
        if next.kind.needs_reason() && next.reason.is_none() {
            return Err(Refused::NoReason(word));
        }
        let back_dated =
            next.effective_at < next.recorded_at && !next.kind.counts_from_day_of_issue();
        let has_basis = next
            .legal_basis
            .as_ref()
            .is_some_and(|basis| !basis.trim().is_empty());
        if back_dated && !has_basis {
            return Err(Refused::BackDatedWithoutLegalBasis);
        }
        if let TransitionKind::Suspend { until: Some(until) } = next.kind
            && until <= next.effective_at
        {
            return Err(Refused::EndsBeforeItBegins);
        }
        let before = self.fold(next.effective_at, next.recorded_at);
        match Fold::after(before, next) {
            Some(_) => Ok(()),
            None => Err(Refused::NotInThisState {
                kind: word,
                state: before.map_or("not on record", |fold| fold.state.as_str()),
            }),
        }
    }

    /// Applies, in the order in which they count, the transitions that count by `at` and were
    /// known by `known_at`. One that an earlier-counting, later-recorded decision has made
    /// impossible (a resume after a back-dated revocation) has no effect; it stays on record.
    fn fold(&self, at: Timestamp, known_at: Timestamp) -> Option<Fold<'_>> {
        let counts = |t: &&Transition| t.effective_at <= at && t.recorded_at <= known_at;
        let mut transitions: Vec<&Transition> = self.0.iter().filter(counts).collect();
        // Stable: what counts from the same instant keeps the order of record.
        transitions.sort_by_key(|transition| transition.effective_at);
        let mut fold: Option<Fold<'_>> = None;
        for transition in transitions {
            let before = fold.map(|fold| fold.lapsed(transition.effective_at));
            fold = Fold::after(before, transition)
                .map(|state| Fold::entered(state, transition))
                .or(before);
        }
        fold.map(|fold| fold.lapsed(at))
    }
}

impl<'h> Fold<'h> {
    /// Where a transition leads. That the file alone was cancelled as made in error does not keep an
    /// authority from ending the licence, nor a newer version from taking the place of the file.
    fn after(before: Option<Self>, next: &Transition) -> Option<RecordedState> {
        let licence_stands = before.is_some_and(|fold| fold.without_dates().file_alone_ended());
        let from = match before {
            Some(_) if licence_stands && next.ends_licence() => Some(RecordedState::Active),
            before => before.map(|fold| fold.state),
        };
        RecordedState::after(from, &next.kind)
    }

    fn entered(state: RecordedState, by: &'h Transition) -> Self {
        let until = match by.kind {
            TransitionKind::Suspend { until } => until,
            _ => None,
        };
        Self {
            state,
            since: by.effective_at,
            until,
            cause: Some(by),
        }
    }

    /// Ends a suspension whose time is over.
    fn lapsed(self, at: Timestamp) -> Self {
        match self.until {
            Some(until) if until <= at => Self {
                state: RecordedState::Active,
                since: until,
                until: None,
                cause: None,
            },
            _ => self,
        }
    }

    fn without_dates(self) -> State<'h> {
        State {
            name: StateName::Recorded(self.state),
            since: self.since,
            until: self.until,
            cause: self.cause,
        }
    }

    /// Looks at the dates: an ended certificate stays ended, expiry outranks a suspension, a
    /// suspension outranks a first day that has not come (the order of verdicts).
    fn with_dates(self, validity: &Validity, at: Timestamp) -> State<'h> {
        use RecordedState::{Active, Suspended};
        let by_dates = |name, since, until| State {
            name,
            since,
            until,
            cause: None,
        };
        match (self.state, validity.standing(at)) {
            (Active | Suspended, Standing::Expired) => {
                by_dates(StateName::Expired, validity.ends().unwrap_or(at), None)
            }
            (Active, Standing::NotYetValid) => {
                by_dates(StateName::NotYetValid, self.since, Some(validity.begins()))
            }
            (Active, Standing::Within) => State {
                name: StateName::Valid,
                since: self.since.max(validity.begins()),
                until: validity.ends(),
                cause: self.cause,
            },
            _ => self.without_dates(),
        }
    }
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
