//! The table of design §7 row by row, then over every combination, then the answers as JSON.

use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;

use super::words::{Language, words};
use super::*;
use crate::inspect::Inspected;
use crate::report::{
    Finding, Indication, Level, RevisionEnd, Rulebook, SealReport, Severity, SignerName,
    SubIndication,
};

const DIGEST: [u8; 32] = [7; 32];
const IDENTIFIER: &str =
    "1.2.156.3005.2.11990000MB99990094001.11990000MB99990094.2026000000000001.001.R";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-12-01T00:00:00Z")
}

fn finding(code: &'static str, severity: Severity, sub: SubIndication) -> Finding {
    Finding {
        code,
        severity,
        sub_indication: Some(sub),
        seen: "seen".into(),
        clause: "clause",
    }
}

fn passed() -> SealReport {
    SealReport {
        indication: Some(Indication::TotalPassed),
        sub_indication: None,
        rulebook: Rulebook::Issued,
        level: Level::BB,
        claimed_time: Some(at("2026-11-22T00:00:00Z")),
        proven_time: None,
        signer: Some(SignerName {
            subject: "CN=测试认证中心".into(),
            issuer: "CN=测试印章 CA".into(),
            serial: "0a".into(),
            sha256: "ab".repeat(32),
        }),
        signer_good: Some((at("2026-11-22T00:00:00Z"), at("2029-11-22T00:00:00Z"))),
        findings: vec![],
        revisions: vec![RevisionEnd {
            length: 1000,
            sha256: DIGEST,
        }],
    }
}

fn lowered(rulebook: Rulebook, finding: Finding) -> SealReport {
    let indication = match finding.severity {
        Severity::Failed => Indication::TotalFailed,
        _ => Indication::Indeterminate,
    };
    SealReport {
        indication: Some(indication),
        sub_indication: finding.sub_indication,
        rulebook,
        findings: vec![finding],
        ..passed()
    }
}

fn failed() -> SealReport {
    let broken = finding(
        "attribute.message_digest",
        Severity::Failed,
        SubIndication::HashFailure,
    );
    lowered(Rulebook::Issued, broken)
}

fn absent() -> SealReport {
    SealReport {
        indication: None,
        signer: None,
        rulebook: Rulebook::Foreign,
        ..passed()
    }
}

fn stranger() -> SealReport {
    let code = "signer.not_a_seal_key";
    let not_ours = finding(
        code,
        Severity::Indeterminate,
        SubIndication::SigConstraintsFailure,
    );
    lowered(Rulebook::Foreign, not_ours)
}

fn no_crl() -> SealReport {
    let code = "revocation.stale";
    lowered(
        Rulebook::Issued,
        finding(code, Severity::Indeterminate, SubIndication::TryLater),
    )
}

fn no_poe() -> SealReport {
    let code = "chain.out_of_bounds";
    let sub = SubIndication::OutOfBoundsNoPoe;
    lowered(
        Rulebook::Issued,
        finding(code, Severity::Indeterminate, sub),
    )
}

fn certificate() -> Certificate {
    Certificate {
        identifier: IDENTIFIER.into(),
        basis: Basis::Issued,
        files: vec![RecordedFile {
            length: 1000,
            sha256: DIGEST,
            committed_at: at("2026-11-22T01:00:00Z"),
            kind: FileKind::Original,
        }],
        issued: date(2026, 11, 22),
        effective: date(2026, 11, 22),
        expiring: Some(date(2027, 11, 21)),
        standing: vec![],
        agency: "测试市市场监督管理局".into(),
        entitlement: Entitlement::Entitled,
        dispute: Dispute::None,
    }
}

fn found(edit: impl FnOnce(&mut Certificate)) -> Record {
    let mut certificate = certificate();
    edit(&mut certificate);
    Record::Found(Box::new(certificate))
}

fn as_issued() -> Record {
    found(|_| ())
}

fn other_bytes() -> Record {
    found(|certificate| certificate.files[0].sha256 = [8; 32])
}

fn imported() -> Record {
    found(|certificate| {
        certificate.basis = Basis::Imported;
        certificate.files.clear();
    })
}

fn facts(asker: Asker, record: Record) -> Facts {
    let freshness = Freshness {
        as_of: now(),
        source: "registry".into(),
        stale_at_most: 0,
    };
    Facts {
        asker,
        at: now(),
        freshness,
        record,
    }
}

fn file(seal: SealReport) -> Option<FileReport> {
    let inspected = Inspected {
        sha256: DIGEST,
        claimed_identifier: Some(IDENTIFIER.into()),
        revisions: seal.revisions.clone(),
    };
    Some(FileReport { inspected, seal })
}

const RECORD: Option<FileReport> = None;

fn ask(asker: Asker, report: Option<FileReport>, record: Record) -> Verdict {
    let asked = report.as_ref().map_or(Asked::Record, Asked::File);
    judge(asked, &facts(asker, record))
}

fn by_duty(report: Option<FileReport>, record: Record) -> Verdict {
    ask(Asker::ByDuty, report, record)
}

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

fn standing(state: StoredState, since: &str, until: Option<&str>) -> Standing {
    Standing {
        state,
        since: at(since),
        until: until.map(at),
        reason: Some("R01".into()),
        acting: Some(Acting {
            authority: "测试省局".into(),
            region: "990000".into(),
            legal_basis: "第十条".into(),
        }),
    }
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

#[test]
fn answers_as_json() {
    insta::assert_json_snapshot!("file_valid", by_duty(file(passed()), as_issued()));
    let suspended = found(|c| {
        c.standing = vec![standing(
            StoredState::Suspended,
            "2026-11-25T00:00:00Z",
            None,
        )];
    });
    insta::assert_json_snapshot!("record_suspended", by_duty(RECORD, suspended));
    insta::assert_json_snapshot!("file_tampered", by_duty(file(failed()), as_issued()));
    insta::assert_json_snapshot!(
        "file_not_on_record",
        by_duty(file(passed()), Record::Absent)
    );
}

#[test]
fn words_say_what_why_and_what_to_do() {
    let mut text = String::new();
    let cases = [
        (file(passed()), as_issued()),
        (file(failed()), as_issued()),
        (file(absent()), as_issued()),
        (file(passed()), other_bytes()),
        (file(passed()), Record::Absent),
        (file(stranger()), as_issued()),
        (file(no_crl()), as_issued()),
        (RECORD, as_issued()),
        (RECORD, Record::Differs),
    ];
    for (asked, record) in cases {
        let verdict = by_duty(asked, record);
        for language in [Language::Chinese, Language::English] {
            let said = words(&verdict, language);
            text += &format!("{} {} {}\n", said.happened, said.why, said.to_do);
        }
    }
    insta::assert_snapshot!("words", text);
}

fn any_seal() -> impl Strategy<Value = SealReport> {
    let sub = prop_oneof![
        Just(SubIndication::HashFailure),
        Just(SubIndication::OutOfBoundsNoPoe),
        Just(SubIndication::CryptoConstraintsFailureNoPoe),
        Just(SubIndication::TryLater),
        Just(SubIndication::NoCertificateChainFound),
        Just(SubIndication::Generic),
    ];
    let code = prop_oneof![
        Just("signer.not_a_seal_key"),
        Just("limit.exceeded"),
        Just("chain.x")
    ];
    let indication = prop_oneof![
        Just(None),
        Just(Some(Indication::TotalPassed)),
        Just(Some(Indication::Indeterminate)),
        Just(Some(Indication::TotalFailed)),
    ];
    (
        indication,
        sub,
        code,
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(indication, sub, code, issued, good, same)| {
            let severity = match indication {
                Some(Indication::TotalFailed) => Severity::Failed,
                Some(Indication::Indeterminate) => Severity::Indeterminate,
                _ => Severity::Info,
            };
            let mut seal = passed();
            seal.indication = indication;
            seal.findings = vec![finding(code, severity, sub)];
            seal.rulebook = if issued {
                Rulebook::Issued
            } else {
                Rulebook::Foreign
            };
            if !good {
                seal.signer_good = None;
            }
            if !same {
                seal.revisions[0].sha256 = [1; 32];
            }
            seal
        })
}

fn any_record() -> impl Strategy<Value = Record> {
    let entitlement = prop_oneof![
        Just(Entitlement::Entitled),
        Just(Entitlement::NotEntitled),
        Just(Entitlement::NotRun)
    ];
    let dispute = prop_oneof![
        Just(Dispute::None),
        Just(Dispute::Open),
        Just(Dispute::NotDeterminable)
    ];
    let stored = proptest::sample::subsequence(
        vec![
            StoredState::Withdrawn,
            StoredState::Revoked,
            StoredState::Cancelled,
            StoredState::Superseded,
            StoredState::Suspended,
        ],
        0..=3,
    );
    prop_oneof![
        Just(Record::Unavailable),
        Just(Record::Absent),
        Just(Record::Differs),
        Just(imported()),
        (entitlement, dispute, stored, any::<bool>()).prop_map(
            |(entitlement, dispute, stored, late)| {
                found(|c| {
                    (c.entitlement, c.dispute) = (entitlement, dispute);
                    let day = "2026-11-25T00:00:00Z";
                    c.standing = stored.into_iter().map(|s| standing(s, day, None)).collect();
                    if late {
                        c.files[0].committed_at = at("2030-01-01T00:00:00Z");
                    }
                })
            }
        ),
    ]
}

proptest! {
    /// Nothing is authentic without a seal that holds (or whose existence the record proves) over
    /// bytes on record.
    #[test]
    fn authentic_needs_seal_and_record(
        seal in any_seal(),
        record in any_record(),
        asker in prop_oneof![Just(Asker::Anonymous), Just(Asker::Holder), Just(Asker::ByDuty)],
    ) {
        let on_record = match &record {
            Record::Found(c) => c.files.iter().any(|f| f.sha256 == seal.revisions[0].sha256),
            _ => false,
        };
        let verdict = ask(asker, file(seal.clone()), record.clone());
        let said = verdict.outcome().name();
        if said.starts_with("authentic_") || said.starts_with("copy_") {
            let by_record =
                matches!(verdict.seal(), SealAnswer::Examined { poe: Some("record"), .. });
            prop_assert!(on_record);
            prop_assert!(seal.indication == Some(Indication::TotalPassed) || by_record);
            if by_record {
                prop_assert_eq!(seal.rulebook, Rulebook::Issued);
                prop_assert!(seal.signer_good.is_some());
            }
        }
        if seal.indication == Some(Indication::TotalFailed) {
            prop_assert_eq!(verdict.outcome(), Outcome::NotAuthentic);
        }
        if asker == Asker::Anonymous {
            let json = serde_json::to_string(&verdict).unwrap();
            prop_assert!(!json.contains("R01") && !json.contains("第十条"));
        }
    }
}
