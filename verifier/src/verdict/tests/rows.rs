//! The table of design §7, row by row, and what follows it.

use super::*;

/// Outcome, code of a finding that must be there, codes of GB/T 36906.
fn check(asked: Option<FileReport>, record: Record, expect: (&str, Option<&str>, u8, Option<u8>)) {
    let verdict = by_duty(asked, record);
    let code = verdict.code36906();
    let found = verdict
        .findings()
        .iter()
        .find(|f| Some(f.code) == expect.1)
        .map(|f| f.code);
    let seen = (verdict.outcome().name(), found, code.information, code.file);
    assert_eq!(seen, expect);
}

#[test]
fn the_rows_for_a_file() {
    let broken = Some("attribute.message_digest");
    check(
        file(failed()),
        as_issued(),
        ("not_authentic", broken, 6, Some(1)),
    );
    check(
        file(failed()),
        Record::Unavailable,
        ("not_authentic", broken, 6, Some(1)),
    );
    check(
        file(absent()),
        as_issued(),
        ("not_authentic", None, 6, Some(2)),
    );
    check(
        file(absent()),
        Record::Absent,
        ("unknown", None, 5, Some(2)),
    );
    check(
        file(passed()),
        as_issued(),
        ("authentic_valid", None, 0, Some(0)),
    );
    let differ = Some("seal.intact_bytes_differ");
    check(
        file(passed()),
        other_bytes(),
        ("not_authentic", differ, 6, Some(2)),
    );
    check(
        file(passed()),
        imported(),
        ("not_authentic", differ, 6, Some(2)),
    );
    let alarm = Some("sealed_not_on_record");
    check(
        file(passed()),
        Record::Absent,
        ("unknown", alarm, 5, Some(2)),
    );
    let stranger_code = Some("signer.not_a_seal_key");
    check(
        file(stranger()),
        as_issued(),
        ("not_authentic", stranger_code, 6, Some(2)),
    );
    check(
        file(stranger()),
        imported(),
        ("unknown", stranger_code, 5, Some(2)),
    );
    check(
        file(stranger()),
        Record::Absent,
        ("unknown", stranger_code, 5, Some(2)),
    );
    check(
        file(no_crl()),
        as_issued(),
        ("could_not_check", None, 4, Some(2)),
    );
    check(
        file(passed()),
        Record::Unavailable,
        ("could_not_check", None, 4, Some(2)),
    );
    check(
        file(absent()),
        Record::Unavailable,
        ("could_not_check", None, 4, Some(2)),
    );
}

#[test]
fn an_unrecorded_seal_of_ours_is_an_alarm() {
    assert_eq!(
        by_duty(file(passed()), Record::Absent).alarm(),
        Some("sealed_not_on_record")
    );
    assert_eq!(by_duty(file(passed()), as_issued()).alarm(), None);
}

#[test]
fn the_rows_for_the_record() {
    check(RECORD, as_issued(), ("authentic_valid", None, 0, None));
    check(RECORD, imported(), ("authentic_valid", None, 0, None));
    check(RECORD, Record::Absent, ("unknown", None, 5, None));
    check(RECORD, Record::Differs, ("mismatch", None, 6, None));
    check(
        RECORD,
        Record::Unavailable,
        ("could_not_check", None, 4, None),
    );
    for asker in [Asker::Anonymous, Asker::Holder] {
        let differs = ask(asker, RECORD, Record::Differs);
        let absent = ask(asker, RECORD, Record::Absent);
        assert_eq!(
            differs, absent,
            "what differs is told from what is not there"
        );
    }
}

#[test]
fn the_record_proves_existence() {
    let lifted = by_duty(file(no_poe()), as_issued());
    assert_eq!(lifted.outcome(), Outcome::Authentic(State::Valid));
    assert!(matches!(
        lifted.seal(),
        SealAnswer::Examined {
            poe: Some("record"),
            ..
        }
    ));
    let late = found(|c| c.files[0].committed_at = at("2029-12-01T00:00:00Z"));
    check(file(no_poe()), late, ("could_not_check", None, 4, Some(2)));
    check(
        file(no_poe()),
        other_bytes(),
        ("could_not_check", None, 4, Some(2)),
    );
    let mut worse = no_poe();
    worse.findings.extend(no_crl().findings);
    check(
        file(worse),
        as_issued(),
        ("could_not_check", None, 4, Some(2)),
    );
}

#[test]
fn an_appended_revision_still_starts_with_the_bytes_on_record() {
    let mut seal = passed();
    seal.revisions.push(RevisionEnd {
        length: 2000,
        sha256: [9; 32],
    });
    check(
        file(seal),
        as_issued(),
        ("authentic_valid", None, 0, Some(0)),
    );
}

#[test]
fn the_worst_state_speaks() {
    let state = |instant: &str, standing: Vec<Standing>| {
        let mut facts = facts(Asker::ByDuty, found(|c| c.standing = standing));
        facts.at = at(instant);
        judge(Asked::Record, &facts).outcome().name()
    };
    let day = "2026-11-25T00:00:00Z";
    let suspended = || standing(StoredState::Suspended, day, Some("2026-12-25T00:00:00Z"));
    let one = |stored| vec![suspended(), standing(stored, day, None)];
    // The end date is inclusive to 24:00 in Shanghai, which is 16:00Z.
    assert_eq!(state("2027-11-21T15:59:59Z", vec![]), "authentic_valid");
    assert_eq!(state("2027-11-21T16:00:00Z", vec![]), "authentic_expired");
    assert_eq!(
        state("2026-11-21T15:59:59Z", vec![]),
        "authentic_not_yet_valid"
    );
    assert_eq!(state("2026-11-21T16:00:00Z", vec![]), "authentic_valid");
    assert_eq!(
        state("2026-11-24T23:59:59Z", vec![suspended()]),
        "authentic_valid"
    );
    assert_eq!(state(day, vec![suspended()]), "authentic_suspended");
    assert_eq!(
        state("2026-12-25T00:00:00Z", vec![suspended()]),
        "authentic_valid"
    );
    assert_eq!(
        state("2028-01-01T00:00:00Z", vec![suspended()]),
        "authentic_expired"
    );
    assert_eq!(
        state("2026-12-01T00:00:00Z", one(StoredState::Superseded)),
        "authentic_superseded"
    );
    assert_eq!(
        state("2026-12-01T00:00:00Z", one(StoredState::Cancelled)),
        "authentic_cancelled"
    );
    assert_eq!(
        state("2028-01-01T00:00:00Z", one(StoredState::Revoked)),
        "authentic_revoked"
    );
    let both = vec![
        standing(StoredState::Revoked, day, None),
        standing(StoredState::Withdrawn, day, None),
    ];
    assert_eq!(state("2026-12-01T00:00:00Z", both), "authentic_withdrawn");
}

#[test]
fn it_is_valid_since_the_later_of_issue_and_first_day() {
    let since = |issued: &str| {
        let record = found(|c| c.issued = at(issued));
        let verdict = judge(Asked::Record, &facts(Asker::ByDuty, record));
        verdict.status().unwrap().since
    };
    let first_day = Some(at("2026-11-21T16:00:00Z"));
    assert_eq!(since("2026-10-01T16:00:00Z"), first_day);
    assert_eq!(
        since("2026-11-22T16:00:00Z"),
        Some(at("2026-11-22T16:00:00Z"))
    );
}

#[test]
fn no_end_date_never_expires() {
    let mut facts = facts(Asker::ByDuty, found(|c| c.expiring = None));
    facts.at = at("2999-01-01T00:00:00Z");
    assert_eq!(
        judge(Asked::Record, &facts).outcome(),
        Outcome::Authentic(State::Valid)
    );
}

#[test]
fn copies_end_before_their_original_speaks() {
    let copy = |until, revoked: Option<&str>| {
        found(|c| {
            c.standing = vec![standing(
                StoredState::Suspended,
                "2026-11-23T00:00:00Z",
                None,
            )];
            c.files[0].kind = FileKind::Copy(Copy {
                purpose: "办理银行开户".into(),
                receiver: "测试银行".into(),
                until,
                revoked_at: revoked.map(at),
            });
        })
    };
    let (past, future) = (date(2026, 11, 30), date(2027, 1, 1));
    check(
        file(passed()),
        copy(past, None),
        ("copy_expired", None, 3, Some(2)),
    );
    let revoked = Some("2026-11-30T00:00:00Z");
    check(
        file(passed()),
        copy(future, revoked),
        ("copy_revoked", None, 3, Some(2)),
    );
    check(
        file(passed()),
        copy(future, None),
        ("authentic_suspended", None, 2, Some(0)),
    );
    let to_come = Some("2026-12-30T00:00:00Z");
    check(
        file(passed()),
        copy(future, to_come),
        ("authentic_suspended", None, 2, Some(0)),
    );
}

#[test]
fn authority_on_the_day_of_issue() {
    let unentitled = || found(|c| c.entitlement = Entitlement::NotEntitled);
    check(
        file(passed()),
        unentitled(),
        ("authentic_unentitled", None, 3, Some(0)),
    );
    check(
        RECORD,
        unentitled(),
        ("authentic_unentitled", None, 3, None),
    );
    let not_run = || found(|c| c.entitlement = Entitlement::NotRun);
    check(
        RECORD,
        not_run(),
        ("authentic_valid", Some("authority.not_run"), 0, None),
    );
}

#[test]
fn what_cannot_be_determined_is_not_shown_to_the_public() {
    let closed = || found(|c| c.dispute = Dispute::NotDeterminable);
    for asker in [Asker::Holder, Asker::ByDuty] {
        let verdict = ask(asker, RECORD, closed());
        assert_eq!(verdict.outcome(), Outcome::Authentic(State::Valid));
        assert!(
            verdict
                .findings()
                .iter()
                .any(|f| f.code == "dispute.not_determinable")
        );
        assert_eq!(verdict.advice(), Advice::GoOnWithValidOriginals);
    }
    let verdict = ask(Asker::Anonymous, RECORD, closed());
    assert_eq!(
        (verdict.outcome(), verdict.status()),
        (Outcome::CouldNotCheck, None)
    );
}

#[test]
fn disputes_and_mismatches_never_send_a_person_away() {
    let open = found(|c| c.dispute = Dispute::Open);
    let verdict = by_duty(file(passed()), open);
    assert!(verdict.disputed());
    assert_eq!(verdict.advice(), Advice::GoOnWithValidOriginals);
    let mismatch = by_duty(RECORD, Record::Differs);
    assert_eq!(mismatch.advice(), Advice::GoOnWithValidOriginals);
}

#[test]
fn the_anonymous_get_no_reason() {
    let suspended = || {
        found(|c| {
            c.standing = vec![standing(
                StoredState::Suspended,
                "2026-11-25T00:00:00Z",
                None,
            )];
        })
    };
    let duty = by_duty(RECORD, suspended());
    assert_eq!(duty.status().unwrap().reason.as_deref(), Some("R01"));
    let anonymous = ask(Asker::Anonymous, RECORD, suspended());
    let status = anonymous.status().unwrap();
    assert_eq!((&status.reason, &status.acting), (&None, &None));
    assert_eq!(status.since, Some(at("2026-11-25T00:00:00Z")));
}

#[test]
fn a_claim_of_another_identifier_is_remarked() {
    let other = found(|c| c.identifier = "1.2.156.3005.2.other".into());
    check(
        file(passed()),
        other,
        (
            "authentic_valid",
            Some("record.identifier_differs"),
            0,
            Some(0),
        ),
    );
}
