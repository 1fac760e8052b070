//! Stories of decisions about single certificates, over both databases.

use jiff::civil::date;

use super::*;
use crate::certificates::About;
use crate::certificates::story::*;
use crate::certificates::{StateName, Stock, StockOutcome, end_of_day};
use crate::testing::on_both;
use crate::units::{Succession, UnitKind};

const UNKNOWN: &str = "91350100M000300Y19";

#[test]
fn a_decision_is_recorded_once_with_all_it_carries() {
    on_both(|registry| async move {
        let published = publish(&registry).await;
        let id = import(&registry, &published, 1).await[0];
        let room = registry.certificates();
        let until = end_of_day(date(2026, 12, 31));
        room.decide(id, &suspend(Some(until)), &clerk(), hours(1))
            .await
            .unwrap();
        let suspended = StateName::Recorded(RecordedState::Suspended);
        assert_eq!(state(&registry, id, hours(1)).await, suspended);
        assert_eq!(
            state(&registry, id, until).await,
            StateName::Valid,
            "its end needs no ticker"
        );

        let facts = room.record(id).await.unwrap();
        let facts = room.facts(facts, hours(2), hours(2)).await.unwrap();
        let standing = facts.standing.unwrap();
        assert_eq!(
            (standing.state, standing.until),
            (RecordedState::Suspended, Some(until))
        );
        assert_eq!(standing.reason.unwrap().code, "02");
        let label = standing.reason_label.unwrap();
        assert_eq!(label, "批准条件未落实，责令整改");
        assert_eq!(standing.authority.unwrap().region.as_str(), "990100");
        assert_eq!(facts.agency_name, "示例市住房和城乡建设局");

        let revoke = decided(TransitionKind::Revoke, "03");
        let tried = room
            .try_decision(id, &revoke, &clerk(), hours(3))
            .await
            .unwrap();
        assert_eq!(tried, RecordedState::Revoked);
        assert_eq!(
            state(&registry, id, hours(3)).await,
            suspended,
            "a trial changes nothing"
        );
        room.decide(id, &revoke, &clerk(), hours(3)).await.unwrap();
        let again = room.decide(id, &revoke, &clerk(), hours(4)).await;
        assert_eq!(refusal(again), Some("transition_refused"));
        let history = room.record(id).await.unwrap().history;
        let words: Vec<_> = history
            .transitions()
            .iter()
            .map(|t| t.kind.as_str())
            .collect();
        assert_eq!(words, ["import", "suspend", "revoke"]);
        assert_eq!(history.transitions()[1].evidence, [[7; 32]]);

        registry.feed().number(hours(5)).await.unwrap();
        let events = registry.feed().after(0, 10).await.unwrap();
        let kinds: Vec<_> = events
            .iter()
            .map(|(_, event)| event.kind.as_str())
            .collect();
        assert_eq!(
            kinds,
            [
                "certificate.import",
                "certificate.suspend",
                "certificate.revoke"
            ]
        );
        assert!(registry.audit().verify().await.unwrap().is_empty());
    });
}

#[test]
fn only_who_may_decides_and_only_for_a_reason_of_the_type() {
    on_both(|registry| async move {
        let published = publish(&registry).await;
        let id = import(&registry, &published, 1).await[0];
        let room = registry.certificates();
        let refused = async |decision: Decision, by: Actor| {
            refusal(room.decide(id, &decision, &by, hours(1)).await)
        };
        let stranger = actor("clerk", STRANGER);
        let cancel = |reason| decided(TransitionKind::Cancel, reason);
        assert_eq!(
            refused(suspend(None), stranger.clone()).await,
            Some("not_your_certificate")
        );
        assert_eq!(refused(cancel("02"), clerk()).await, Some("unknown_reason"));
        assert_eq!(
            refused(cancel(""), clerk()).await,
            Some("transition_refused")
        );
        assert_eq!(
            refused(cancel("01"), actor("c", CENTRE)).await,
            Some("not_your_certificate")
        );
        let early = Decision {
            effective_at: Some(hours(0)),
            ..cancel("01")
        };
        assert_eq!(refused(early, clerk()).await, Some("transition_refused"));
        let issue = Decision {
            kind: TransitionKind::Issue,
            ..cancel("01")
        };
        assert_eq!(refused(issue, clerk()).await, Some("not_a_decision"));

        // A file made in error is the centre's to take back; the licence is not.
        let by_centre = room
            .decide(id, &cancel("90"), &actor("c", CENTRE), hours(1))
            .await;
        assert_eq!(by_centre.unwrap(), RecordedState::Cancelled);

        let other = Stock {
            identifier: Some(identifier(9)),
            ..stock(&published, 9)
        };
        let imported = room
            .import(&published, &code(AGENCY), vec![other], &clerk(), hours(1))
            .await
            .unwrap();
        let StockOutcome::Imported(other) = imported[0] else {
            panic!("{imported:?}")
        };
        let reform = Succession {
            predecessor: code(AGENCY),
            successor: code(STRANGER),
            from: date(2026, 11, 23),
            legal_basis: "机构改革方案".into(),
        };
        registry
            .units()
            .succeed(reform, &operator(), hours(1))
            .await
            .unwrap();
        let early = room
            .decide(other, &suspend(None), &stranger, hours(2))
            .await;
        assert_eq!(refusal(early), Some("not_your_certificate"));
        room.decide(other, &suspend(None), &stranger, hours(24))
            .await
            .unwrap();
    });
}

#[test]
fn the_acting_authority_is_the_own_unit_or_an_agency_on_record() {
    on_both(|registry| async move {
        let published = publish(&registry).await;
        let ids = import(&registry, &published, 5).await;
        let (room, units) = (registry.certificates(), registry.units());
        let in_error = ("90", About::File);
        let ended = ("01", About::Licence);
        for (id, by, authority, (reason, about), expected) in [
            (ids[0], AGENCY, AGENCY, ended, None),
            (ids[1], AGENCY, STRANGER, ended, None),
            (ids[2], AGENCY, CENTRE, ended, Some("unknown_agency")),
            (ids[2], AGENCY, UNKNOWN, ended, Some("unknown_agency")),
            (
                ids[2],
                STRANGER,
                AGENCY,
                ended,
                Some("not_your_certificate"),
            ),
            (ids[2], CENTRE, CENTRE, ended, Some("not_your_certificate")),
            (ids[2], CENTRE, AGENCY, ended, Some("not_your_certificate")),
            (ids[3], CENTRE, CENTRE, in_error, None),
            (ids[4], CENTRE, AGENCY, in_error, None),
        ] {
            let mut decision = decided(TransitionKind::Cancel, reason);
            decision.authority.code = code(authority);
            let outcome = room.decide(id, &decision, &actor("c", by), hours(1)).await;
            let case = format!("{by} for {authority}, {reason}");
            assert_eq!(outcome.err().map(|error| error.code()), expected, "{case}");
            if expected.is_none() {
                let history = room.record(id).await.unwrap().history;
                let last = history.transitions().last().unwrap();
                assert_eq!(
                    last.authority.as_ref().unwrap().code,
                    code(authority),
                    "{case}"
                );
                assert_eq!(last.reason.as_ref().unwrap().about, about, "{case}");
            }
        }
        assert_eq!(
            units.of_any_kind(&code(CENTRE)).await.unwrap().kind,
            UnitKind::Centre
        );
        let unknown = units.of_any_kind(&code(UNKNOWN)).await;
        assert_eq!(refusal(unknown), Some("unknown_unit"));
    });
}
