//! Stories of replacement, over both databases. Stock stands in for the new version.

use super::*;
use crate::certificates::story::*;
use crate::certificates::{Decision, Key, StateName};
use crate::testing::on_both;

#[test]
fn the_next_version_keeps_the_serial_and_comes_once() {
    on_both(|registry| async move {
        let published = publish(&registry).await;
        let ids = import(&registry, &published, 2).await;
        let type_code = &published.definition().code;
        let asked = async |replaces: &Identifier, agency: &str| {
            let mut tx = registry.store().begin().await.unwrap();
            predecessor(&mut tx, replaces, &code(agency), type_code, hours(1)).await
        };
        let found = asked(&identifier(1), AGENCY).await.unwrap();
        assert_eq!(found.id, ids[0]);
        assert_eq!(found.next.serial(), identifier(1).serial());
        assert_eq!(found.next.version().number(), 2);
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
