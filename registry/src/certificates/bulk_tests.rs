//! Stories of acts on many certificates, over both databases.

use super::*;
use crate::certificates::story::*;
use crate::certificates::{StateName, TransitionKind};
use crate::testing::on_both;

async fn counts(registry: &crate::Registry) -> [i64; 3] {
    let mut reader = registry.store().reader().await.unwrap();
    bulk::written(&mut reader).await.unwrap()
}

#[test]
fn a_mass_act_needs_two_people_and_goes_on_after_a_stop() {
    on_both(|registry| async move {
        let published = publish(&registry).await;
        let ids = import(&registry, &published, 5).await;
        let room = registry.certificates();
        let revoke = decided(TransitionKind::Revoke, "03");
        room.decide(ids[4], &revoke, &clerk(), hours(1))
            .await
            .unwrap();

        let all = Filter {
            type_code: Some(&published.definition().code),
            ..Filter::default()
        };
        let all = Selection::Query(&all);
        let before = counts(&registry).await;
        let trial = room
            .try_bulk(all, &suspend(None), &clerk(), hours(2))
            .await
            .unwrap();
        assert_eq!(counts(&registry).await, before, "a trial leaves nothing");
        let act: BulkAct = room
            .prepare_bulk(all, &suspend(None), &clerk(), hours(2))
            .await
            .unwrap();
        assert!(act.mass);
        let trial: Vec<_> = trial.iter().map(|item| item.outcome).collect();
        assert_eq!(trial[..4], [ItemOutcome::Done; 4]);
        assert_eq!(trial[4], ItemOutcome::Refused);
        assert_eq!(state(&registry, ids[0], hours(2)).await, StateName::Valid);

        let alone = room.run_bulk(act.id, 3, hours(3)).await;
        assert_eq!(refusal(alone), Some("second_person_needed"));
        let same = room.confirm_bulk(act.id, &clerk(), hours(3)).await;
        assert_eq!(refusal(same), Some("same_person"));
        let stranger = room
            .confirm_bulk(act.id, &actor("head", STRANGER), hours(3))
            .await;
        assert_eq!(refusal(stranger), Some("other_unit"));
        room.confirm_bulk(act.id, &actor("head", AGENCY), hours(3))
            .await
            .unwrap();

        let first = room.run_bulk(act.id, 3, hours(3)).await.unwrap();
        assert_eq!((first.done, first.refused, first.finished), (3, 0, false));
        let second = room.run_bulk(act.id, 3, hours(4)).await.unwrap();
        assert_eq!((second.done, second.refused, second.finished), (1, 1, true));
        for beyond in [5, i64::MAX as u64, 1 << 63, u64::MAX] {
            let items = room.bulk_items(act.id, beyond, 10).await.unwrap();
            assert_eq!(items, [], "after {beyond}");
        }
        let third = room.run_bulk(act.id, 3, hours(5)).await.unwrap();
        assert_eq!((third.done, third.refused, third.finished), (0, 0, true));
        assert_eq!(
            room.bulk_act(act.id).await.unwrap().second,
            Some(actor("head", AGENCY))
        );

        let items = room.bulk_items(act.id, 0, 10).await.unwrap();
        assert_eq!(items.len(), 5);
        let why = &items[4].message;
        assert!(
            why.en.contains("revoked") && why.zh.contains("吊销"),
            "{why:?}"
        );
        let history = room.record(ids[0]).await.unwrap().history;
        assert_eq!(history.transitions().len(), 2, "nothing was done twice");
    });
}

#[test]
fn a_short_list_needs_one_person() {
    on_both(|registry| async move {
        let published = publish(&registry).await;
        import(&registry, &published, 2).await;
        let room = registry.certificates();
        let list = [1, 77, 1].map(|n| Name::Identifier(identifier(n)));
        let act = room
            .prepare_bulk(Selection::List(&list), &suspend(None), &clerk(), hours(1))
            .await
            .unwrap();
        assert!(!act.mass);
        let progress = room.run_bulk(act.id, 10, hours(1)).await.unwrap();
        assert_eq!(
            (progress.done, progress.refused, progress.finished),
            (1, 1, true)
        );
    });
}
