//! Stories of replacement, over both databases. Stock stands in for the new version.

use jiff::civil::date;

use super::*;
use crate::Registry;
use crate::batches::Outcome;
use crate::certificates::story::*;
use crate::certificates::{Decision, Key, RecordedState};
use crate::testing::{self, check_invariants, on_both, push_as, run_job, story_time};
use crate::units::{Authority, Succession, UnitKind};

#[test]
fn the_next_version_keeps_the_serial_and_comes_once() {
    on_both(|registry| async move {
        let published = publish(&registry).await;
        let ids = import(&registry, &published, 2).await;
        let type_code = &published.definition().code;
        let asked = async |replaces: &Identifier, agency: &str| {
            let mut tx = registry.store().begin().await.unwrap();
            let replaces = Name::Identifier(replaces.clone());
            predecessor(&mut tx, &replaces, &code(agency), type_code, hours(1)).await
        };
        let found = asked(&identifier(1), AGENCY).await.unwrap();
        assert_eq!(found.id, ids[0]);
        let next = found.next.unwrap();
        assert_eq!(next.serial(), identifier(1).serial());
        assert_eq!(next.version().number(), 2);
        let refused = async |n, agency| refusal(asked(&identifier(n), agency).await);
        assert_eq!(refused(1, STRANGER).await, Some("not_your_certificate"));
        assert_eq!(refused(99, AGENCY).await, Some("unknown_certificate"));

        let mut tx = registry.store().begin().await.unwrap();
        replacements::put(&mut tx, ids[1], ids[0]).await.unwrap();
        registry
            .journal()
            .commit(tx, Acts::default())
            .await
            .unwrap();
        assert_eq!(refused(1, AGENCY).await, Some("not_replaceable"));
    });
}

#[test]
fn superseding_goes_with_the_caller_s_commit() {
    on_both(|registry| async move {
        let published = publish(&registry).await;
        let ids = import(&registry, &published, 2).await;
        let by = identifier(1).next_version().unwrap();
        let superseded = async |link: bool| {
            let mut tx = registry.store().begin().await.unwrap();
            if link {
                replacements::put(&mut tx, ids[1], ids[0]).await.unwrap();
            }
            let acts = supersede(&mut tx, ids[1], &by, &clerk(), hours(1))
                .await
                .unwrap();
            let said: Vec<_> = acts.audit.iter().map(|entry| entry.kind.clone()).collect();
            registry.journal().commit(tx, acts).await.unwrap();
            said
        };
        assert!(
            superseded(false).await.is_empty(),
            "a first version supersedes nothing"
        );
        assert_eq!(superseded(true).await, ["certificate.supersede"]);
        let name = StateName::Recorded(RecordedState::Superseded);
        assert_eq!(state(&registry, ids[0], hours(1)).await, name);
        let room = registry.certificates();
        let history = room.record(ids[0]).await.unwrap().history;
        assert_eq!(
            history.transitions()[1].kind,
            TransitionKind::Supersede { by: by.clone() }
        );
        let agency = code(AGENCY);
        let type_code = &published.definition().code;
        let number = Key::Number {
            type_code,
            agency: &agency,
            number: "示建批〔2026〕1号",
        };
        let found = room.find(number).await.unwrap().map(|record| record.id);
        assert_eq!(found, Some(ids[0]), "the successor has a number of its own");
    });
}

#[test]
fn an_ended_predecessor_stays_as_it_ended() {
    on_both(|registry| async move {
        let published = publish(&registry).await;
        let ids = import(&registry, &published, 2).await;
        let revoke: Decision = decided(TransitionKind::Revoke, "03");
        registry
            .certificates()
            .decide(ids[0], &revoke, &clerk(), hours(1))
            .await
            .unwrap();
        let mut tx = registry.store().begin().await.unwrap();
        replacements::put(&mut tx, ids[1], ids[0]).await.unwrap();
        let by = identifier(1).next_version().unwrap();
        let acts = supersede(&mut tx, ids[1], &by, &clerk(), hours(2))
            .await
            .unwrap();
        assert_eq!(acts.audit[0].kind, "certificate.predecessor_had_ended");
        registry.journal().commit(tx, acts).await.unwrap();
        let name = StateName::Recorded(RecordedState::Revoked);
        assert_eq!(state(&registry, ids[0], hours(2)).await, name);
    });
}

/// Pushes one row for an agency and gives its outcome.
async fn ordered(registry: &Registry, by: &Actor, agency: &str, row: &str) -> Outcome {
    let key = format!("{agency} {row}");
    let accepted = push_as(registry, by, agency, &key, row).await.unwrap();
    run_job(registry, accepted.job, story_time()).await.unwrap();
    let answers = registry.batches().answers(accepted.job, 0, 10).await;
    answers.unwrap().remove(0).outcome
}

#[test]
fn a_successor_renews_in_its_own_name_by_its_own_right() {
    on_both(|registry| async move {
        testing::publish(&registry, str::to_owned).await;
        let (units, room, now) = (registry.units(), registry.certificates(), story_time());
        let (centre, heir) = (operator(), actor("wang", STRANGER));
        let successor = testing::unit(STRANGER, UnitKind::Agency);
        units.register(successor, &centre, now).await.unwrap();
        let type_code = TypeCode::parse(testing::TYPE).unwrap();
        let row = testing::row(0, "r0", "原批复。");
        let Outcome::Issued(first) = ordered(&registry, &clerk(), AGENCY, &row).await else {
            panic!("the first version is issued")
        };
        let next = testing::row(0, "r1", "变更批复。")
            .replace("2026-03-01", "2026-11-22")
            .replacen('{', &format!("{{\"replaces\":\"{first}\","), 1);
        let named = Name::Identifier(first.clone());
        let name = async || room.renewing(&named, &heir, now).await.unwrap().1;
        let authorise = async |agency, from, to| {
            let right = Authority::new(code(agency), type_code.clone(), from, to, "改革方案");
            units.authorise(right.unwrap(), &centre, now).await.unwrap();
        };
        assert_eq!(name().await, code(AGENCY), "no reform is on record");

        let reform = Succession {
            predecessor: code(AGENCY),
            successor: code(STRANGER),
            from: date(2026, 11, 22),
            legal_basis: "机构改革方案".into(),
        };
        units.succeed(reform, &centre, now).await.unwrap();
        authorise(AGENCY, date(2026, 1, 1), Some(date(2026, 11, 21))).await;
        assert_eq!(name().await, code(AGENCY), "it has no right of its own");
        let refused = ordered(&registry, &heir, AGENCY, &next).await;
        assert!(matches!(refused, Outcome::Refused(_)), "{refused:?}");

        authorise(STRANGER, date(2026, 11, 22), None).await;
        assert_eq!(name().await, code(STRANGER));
        let own = room.renewing(&named, &clerk(), now).await.unwrap();
        assert_eq!(
            own,
            (type_code.clone(), code(AGENCY)),
            "the agency itself orders in its name"
        );
        let Outcome::Issued(second) = ordered(&registry, &heir, STRANGER, &next).await else {
            panic!("the successor's version is issued")
        };
        let expected = Identifier::new(
            type_code.clone(),
            code(STRANGER),
            first.serial().clone(),
            first.version().next().unwrap(),
        );
        assert_eq!(second, expected);
        let found = async |identifier| {
            room.find(Key::Identifier(identifier))
                .await
                .unwrap()
                .unwrap()
        };
        let superseded = found(&first).await.state_at(now, now).unwrap().name;
        assert_eq!(superseded, StateName::Recorded(RecordedState::Superseded));
        let facts = room.facts(found(&second).await, now, now).await.unwrap();
        assert_eq!(facts.entitled, Some(true));
        assert_eq!(check_invariants(&registry).await, Vec::<String>::new());
    });
}

#[test]
fn a_file_made_in_error_is_replaced_and_an_ended_licence_is_not() {
    on_both(|registry| async move {
        let published = publish(&registry).await;
        let ids = import(&registry, &published, 2).await;
        let room = registry.certificates();
        for (id, reason) in [(ids[0], "90"), (ids[1], "01")] {
            let cancel = decided(TransitionKind::Cancel, reason);
            room.decide(id, &cancel, &clerk(), hours(1)).await.unwrap();
        }
        let type_code = &published.definition().code;
        for (n, expected) in [(1, None), (2, Some("not_replaceable"))] {
            let mut tx = registry.store().begin().await.unwrap();
            let named = Name::Identifier(identifier(n));
            let asked = predecessor(&mut tx, &named, &code(AGENCY), type_code, hours(2)).await;
            assert_eq!(asked.err().map(|error| error.code()), expected, "{n}");
        }
        // The licence is withdrawn after its file has gone.
        let withdraw = decided(TransitionKind::Withdraw, "03");
        let again = room.decide(ids[0], &withdraw, &clerk(), hours(2)).await;
        assert_eq!(again.unwrap(), RecordedState::Withdrawn);
        let shut = room.decide(ids[1], &withdraw, &clerk(), hours(2)).await;
        assert_eq!(refusal(shut), Some("transition_refused"));
    });
}
