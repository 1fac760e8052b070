//! The table over every combination.

use proptest::prelude::*;

use super::*;

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
