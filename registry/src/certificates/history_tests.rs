//! Stories of single certificates, and properties of random histories.

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::certificates::{About, Identifier, Reason};
use crate::units::{ActingAuthority, Actor, CreditCode, RegionCode};

/// Hour `h` after the first issue of the stories, which lies within the validity.
fn hour(h: i64) -> Timestamp {
    "2026-06-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(h)
}

fn validity() -> Validity {
    Validity::new(date(2026, 1, 1), Some(date(2026, 12, 31))).unwrap()
}

fn transition(kind: TransitionKind, effective: i64, recorded: i64) -> Transition {
    let agency = CreditCode::parse("11990000MB99990094").unwrap();
    Transition {
        effective_at: hour(effective),
        recorded_at: hour(recorded),
        actor: Actor::parse("li.wei@11990000MB99990094").unwrap(),
        authority: kind.is_decision().then(|| ActingAuthority {
            code: agency,
            name: "示例市住房和城乡建设局".into(),
            region: RegionCode::parse("990100").unwrap(),
        }),
        reason: kind.needs_reason().then(|| Reason {
            code: "01".into(),
            about: About::Licence,
        }),
        legal_basis: (effective < recorded).then(|| "条例第9条".into()),
        evidence: Vec::new(),
        kind,
    }
}

fn suspend(until: Option<i64>) -> TransitionKind {
    TransitionKind::Suspend {
        until: until.map(hour),
    }
}

fn supersede() -> TransitionKind {
    let by = "1.2.156.3005.2.11990000MB99990094001.11990000MB99990094.2026000000000001.002.P";
    TransitionKind::Supersede {
        by: Identifier::parse_own(by).unwrap(),
    }
}

/// Records every `(kind, effective, recorded)` after an issue at hour 0.
fn issued(then: &[(TransitionKind, i64, i64)]) -> History {
    let mut history = History::default();
    for kind in [TransitionKind::Approve, TransitionKind::Issue] {
        history.record(transition(kind, 0, 0)).unwrap();
    }
    for (kind, effective, recorded) in then {
        history
            .record(transition(kind.clone(), *effective, *recorded))
            .unwrap();
    }
    history
}

#[track_caller]
fn check(history: &History, at: i64, known_at: i64, expect: (&str, i64)) {
    let state = history
        .state_at(&validity(), hour(at), hour(known_at))
        .unwrap();
    assert_eq!(
        (state.name.as_str(), state.since),
        (expect.0, hour(expect.1)),
        "at {at} known {known_at}"
    );
}

#[test]
fn a_suspension_ends_by_the_clock_or_by_decision() {
    let history = issued(&[
        (suspend(Some(20)), 10, 10),
        (TransitionKind::Resume, 15, 15),
    ]);
    check(&history, 9, 99, ("valid", 0));
    check(&history, 10, 99, ("suspended", 10));
    check(&history, 15, 99, ("valid", 15));
    check(&history, 15, 12, ("suspended", 10));
    check(&history, 20, 12, ("valid", 20));
    assert_eq!(history.state_at(&validity(), hour(-1), hour(99)), None);
}

#[test]
fn back_dating_changes_what_is_known_now_not_what_was_known_then() {
    let history = issued(&[
        (suspend(None), 10, 10),
        (TransitionKind::Resume, 12, 12),
        (TransitionKind::Withdraw, 5, 30),
    ]);
    check(&history, 20, 20, ("valid", 12));
    check(&history, 20, 30, ("withdrawn", 5));
    check(&history, 4, 30, ("valid", 0));
    assert_eq!(history.transitions().len(), 5, "nothing is erased");
}

#[test]
fn future_decisions_act_by_the_clock() {
    let history = issued(&[
        (TransitionKind::Revoke, 50, 10),
        (TransitionKind::Cancel, 20, 20),
    ]);
    check(&history, 49, 10, ("valid", 0));
    check(&history, 50, 10, ("revoked", 50));
    check(&history, 50, 20, ("cancelled", 20));
}

/// A file that was made in error.
fn faulty(kind: TransitionKind, effective: i64, recorded: i64) -> Transition {
    let mut transition = transition(kind, effective, recorded);
    if let Some(reason) = &mut transition.reason {
        reason.about = About::File;
    }
    transition
}

#[test]
fn a_file_made_in_error_does_not_shield_the_licence() {
    let cancelled = |already: &[(TransitionKind, i64, i64)]| {
        let mut history = issued(already);
        history
            .record(faulty(TransitionKind::Cancel, 20, 20))
            .unwrap();
        history
    };
    for (kind, expect) in [
        (TransitionKind::Withdraw, "withdrawn"),
        (TransitionKind::Revoke, "revoked"),
        (TransitionKind::Cancel, "cancelled"),
        (supersede(), "superseded"),
    ] {
        let mut history = cancelled(&[]);
        history.record(transition(kind, 30, 30)).unwrap();
        check(&history, 29, 30, ("cancelled", 20));
        check(&history, 30, 30, (expect, 30));
    }
    // What cannot be said of a file that is gone.
    for kind in [suspend(None), TransitionKind::Resume] {
        assert!(cancelled(&[]).admit(&transition(kind, 30, 30)).is_err());
    }
    let again = faulty(TransitionKind::Cancel, 30, 30);
    assert!(cancelled(&[]).admit(&again).is_err());
    // Back-dated, and decided before for later: neither is shadowed.
    let mut history = cancelled(&[(TransitionKind::Revoke, 50, 10)]);
    check(&history, 49, 20, ("cancelled", 20));
    check(&history, 50, 20, ("revoked", 50));
    history
        .record(transition(TransitionKind::Withdraw, 5, 60))
        .unwrap();
    check(&history, 5, 60, ("withdrawn", 5));
    check(&history, 60, 60, ("withdrawn", 5));
}

#[test]
fn dates_outrank_a_suspension_and_nothing_outranks_an_end() {
    let after_the_last_day = 24 * 365;
    let history = issued(&[(suspend(None), 10, 10)]);
    let state = history
        .state_at(&validity(), hour(after_the_last_day), hour(10))
        .unwrap();
    assert_eq!(state.name, StateName::Expired);
    assert_eq!(state.since, "2026-12-31T16:00:00Z".parse().unwrap());

    let history = issued(&[(TransitionKind::Revoke, 10, 10)]);
    check(
        &history,
        after_the_last_day,
        after_the_last_day,
        ("revoked", 10),
    );

    let later = Validity::new(date(2026, 7, 1), None).unwrap();
    let state = history.state_at(&later, hour(1), hour(1)).unwrap();
    assert_eq!(
        (state.name, state.until),
        (StateName::NotYetValid, Some(later.begins()))
    );
}

#[test]
fn review_comes_before_issue() {
    let mut history = History::default();
    history
        .record(transition(TransitionKind::Submit, 0, 0))
        .unwrap();
    assert_eq!(
        history.record(transition(TransitionKind::Issue, 1, 1)),
        Err(Refused::NotInThisState {
            kind: "issue",
            state: "pending_review"
        })
    );
    history
        .record(transition(TransitionKind::Reject, 1, 1))
        .unwrap();
    assert!(
        history
            .record(transition(TransitionKind::Approve, 2, 2))
            .is_err()
    );
}

#[test]
fn refusals_say_why() {
    let history = issued(&[]);
    let refused = |change: fn(&mut Transition)| {
        let mut cancel = transition(TransitionKind::Cancel, 5, 5);
        change(&mut cancel);
        history.admit(&cancel).unwrap_err()
    };
    assert_eq!(
        refused(|t| t.authority = None),
        Refused::NoAuthority("cancel")
    );
    assert_eq!(refused(|t| t.reason = None), Refused::NoReason("cancel"));
    assert_eq!(
        refused(|t| t.effective_at = hour(4)),
        Refused::BackDatedWithoutLegalBasis
    );
    assert_eq!(
        refused(|t| t.recorded_at = hour(-1)),
        Refused::RecordedOutOfOrder
    );
    assert_eq!(
        refused(|t| t.kind = suspend(Some(5))),
        Refused::EndsBeforeItBegins
    );
    assert_eq!(
        refused(|t| t.kind = TransitionKind::Resume),
        Refused::NotInThisState {
            kind: "resume",
            state: "active"
        }
    );
    let mut late = transition(TransitionKind::Submit, 3, 5);
    late.legal_basis = None;
    assert_eq!(
        History::default().admit(&late),
        Err(Refused::NotDatable("submit"))
    );
}

#[test]
fn issue_counts_from_its_day_and_was_not_known_before_its_record() {
    let mut history = History::default();
    for (kind, recorded) in [(TransitionKind::Approve, 70), (TransitionKind::Issue, 72)] {
        let mut made = transition(kind, 0, recorded);
        made.legal_basis = None;
        history.record(made).unwrap();
    }
    check(&history, 10, 99, ("valid", 0));
    assert_eq!(history.state_at(&validity(), hour(-1), hour(99)), None);
    for (at, known_at, expect) in [
        (80, 69, None),
        (80, 71, Some(RecordedState::Approved)),
        (10, 72, Some(RecordedState::Active)),
    ] {
        assert_eq!(history.recorded_at(hour(at), hour(known_at)), expect);
    }
    assert_eq!(history.issued_at(hour(71)), None);
    assert_eq!(history.issued_at(hour(72)), Some(hour(0)));
    history
        .record(transition(TransitionKind::Withdraw, 20, 80))
        .unwrap();
    check(&history, 19, 80, ("valid", 0));
    check(&history, 20, 80, ("withdrawn", 20));
    check(&history, 20, 79, ("valid", 0));
}

#[test]
fn imported_stock_keeps_its_date() {
    let mut history = History::default();
    history
        .record(transition(TransitionKind::Import, -500, 3))
        .unwrap();
    check(&history, -10, 3, ("valid", -500));
    assert_eq!(history.state_at(&validity(), hour(-10), hour(2)), None);
}

const ENDED: [RecordedState; 4] = [
    RecordedState::Revoked,
    RecordedState::Cancelled,
    RecordedState::Withdrawn,
    RecordedState::Superseded,
];

fn any_kind() -> impl Strategy<Value = TransitionKind> {
    prop_oneof![
        4 => (1i64..60).prop_map(|h| suspend(Some(h))),
        2 => Just(suspend(None)),
        4 => Just(TransitionKind::Resume),
        1 => Just(TransitionKind::Revoke),
        1 => Just(TransitionKind::Cancel),
        1 => Just(TransitionKind::Withdraw),
        1 => Just(supersede()),
    ]
}

/// Random asks after an issue that was recorded some hours after its day began, each recorded if it is
/// admitted.
fn any_history() -> impl Strategy<Value = History> {
    let asks = prop::collection::vec((any_kind(), -5i64..60, 0i64..6, any::<bool>()), 0..12);
    (0i64..20, asks).prop_map(|(recorded, asks)| {
        let mut history = History::default();
        for kind in [TransitionKind::Approve, TransitionKind::Issue] {
            history.record(transition(kind, 0, recorded)).unwrap();
        }
        let mut now = recorded;
        for (kind, effective, later, of_file) in asks {
            now += later;
            // Whoever withdraws or revokes speaks of the licence.
            let of_file =
                of_file && !matches!(kind, TransitionKind::Withdraw | TransitionKind::Revoke);
            let made = if of_file { faulty } else { transition };
            let _ = history.record(made(kind, effective, now));
        }
        history
    })
}

/// The state that a decision brings wherever it is admitted.
fn leads_to(kind: &TransitionKind) -> RecordedState {
    match kind {
        TransitionKind::Suspend { .. } => RecordedState::Suspended,
        TransitionKind::Revoke => RecordedState::Revoked,
        TransitionKind::Cancel => RecordedState::Cancelled,
        TransitionKind::Withdraw => RecordedState::Withdrawn,
        TransitionKind::Supersede { .. } => RecordedState::Superseded,
        _ => RecordedState::Active,
    }
}

fn name(history: &History, at: i64, known_at: i64) -> Option<StateName> {
    history
        .state_at(&validity(), hour(at), hour(known_at))
        .map(|state| state.name)
}

proptest! {
    #[test]
    fn what_was_known_never_changes(history in any_history(), at in -5i64..70, known_at in 0i64..70) {
        let known = history.transitions().iter().filter(|t| t.recorded_at <= hour(known_at));
        let then = History::from_record(known.cloned().collect());
        prop_assert_eq!(name(&history, at, known_at), name(&then, at, 99));
    }

    #[test]
    fn an_ended_certificate_stays_ended(history in any_history(), at in 0i64..70, later in 0i64..70) {
        let first = history.standing_at(hour(at), hour(99));
        let then = history.recorded_at(hour(at + later), hour(99));
        match first.map(|state| (state.name, state.file_alone_ended())) {
            // A licence may end after its file did; neither holds again.
            Some((_, true)) => prop_assert!(then.is_some_and(|state| ENDED.contains(&state))),
            Some((StateName::Recorded(state), false)) if ENDED.contains(&state) => {
                prop_assert_eq!(then, Some(state));
            }
            _ => {}
        }
    }

    #[test]
    fn what_is_admitted_takes_effect_then_and_not_before(
        mut history in any_history(), kind in any_kind(), effective in -5i64..60,
    ) {
        let now = 80;
        let before = history.clone();
        let next = transition(kind, effective, now);
        let reaches = leads_to(&next.kind);
        if history.record(next).is_ok() {
            prop_assert_eq!(history.recorded_at(hour(effective), hour(now)), Some(reaches));
            for at in -5..effective {
                prop_assert_eq!(name(&history, at, now), name(&before, at, now));
            }
        } else {
            prop_assert_eq!(&history, &before);
        }
    }

    #[test]
    fn a_state_holds_since_it_says(history in any_history(), at in 0i64..70) {
        if let Some(state) = history.state_at(&validity(), hour(at), hour(99)) {
            let then = history.state_at(&validity(), state.since, hour(99));
            prop_assert_eq!(then.map(|then| then.name), Some(state.name));
            prop_assert!(state.until.is_none_or(|until| until > hour(at)));
        }
    }

    #[test]
    fn the_past_is_not_rewritten_without_a_legal_basis(history in any_history(), kind in any_kind(), hours in 1i64..50) {
        let mut next = transition(kind, 80 - hours, 80);
        next.legal_basis = Some("  ".into());
        prop_assert_eq!(history.admit(&next), Err(Refused::BackDatedWithoutLegalBasis));
    }
}
