//! Stories of taking stock over, over both databases.

use jiff::civil::date;

use super::*;
use crate::certificates::story::*;
use crate::certificates::{RecordedState, StateName};
use crate::rows::Ended;
use crate::testing::{on_both, story_time};

#[test]
fn stock_taken_over_again_changes_nothing() {
    on_both(|registry| async move {
        let published = publish(&registry).await;
        let ids = import(&registry, &published, 1).await;
        let mut other_content = stock(&published, 2);
        other_content.row.reference = "old-1".into();
        let mut other_ref = stock(&published, 1);
        other_ref.row.reference = "new-1".into();
        let same_identifier = Stock {
            identifier: Some(identifier(1)),
            ..stock(&published, 5)
        };
        let ended = Stock {
            then: Some(Decision {
                effective_at: Some(start_of_day(date(2026, 5, 1))),
                legal_basis: Some("条例第9条".into()),
                ..decided(TransitionKind::Cancel, "01")
            }),
            ..stock(&published, 6)
        };
        let groundless = Stock {
            then: Some(suspend(Some(hours(-1)))),
            ..stock(&published, 7)
        };
        let outcomes = registry
            .certificates()
            .import(
                &published,
                &code(AGENCY),
                vec![
                    stock(&published, 1),
                    other_content,
                    other_ref,
                    same_identifier,
                    ended,
                    groundless,
                ],
                &actor("clerk", CENTRE),
                hours(1),
            )
            .await
            .unwrap();
        assert_eq!(outcomes[0], StockOutcome::Existing(ids[0]));
        let refusals = outcomes.iter().map(|outcome| match outcome {
            StockOutcome::Refused { code, .. } => *code,
            _ => "",
        });
        let expect = [
            "",
            "ref_taken",
            "number_taken",
            "identifier_taken",
            "",
            "not_your_certificate",
        ];
        assert_eq!(refusals.collect::<Vec<_>>()[..4], expect[..4]);
        let StockOutcome::Refused {
            code: "not_your_certificate",
            ..
        } = outcomes[4]
        else {
            panic!("the centre decides nothing about licences: {outcomes:?}");
        };
        assert!(matches!(outcomes[5], StockOutcome::Refused { .. }));
    });
}

#[test]
fn stock_keeps_the_state_it_had() {
    on_both(|registry| async move {
        let published = publish(&registry).await;
        let columns = StockColumns {
            ended: Some(Ended {
                kind: TransitionKind::Cancel,
                since: date(2026, 5, 1),
                reason: Some("01".into()),
                legal_basis: Some("条例第9条".into()),
            }),
            ..StockColumns::default()
        };
        let authority = decided(TransitionKind::Cancel, "01").authority;
        let ended = Stock::new(stock(&published, 1).row, columns, &authority);
        let room = registry.certificates();
        let outcomes = room
            .import(
                &published,
                &code(AGENCY),
                vec![ended],
                &clerk(),
                story_time(),
            )
            .await
            .unwrap();
        let StockOutcome::Imported(id) = outcomes[0] else {
            panic!("{outcomes:?}")
        };
        let cancelled = StateName::Recorded(RecordedState::Cancelled);
        assert_eq!(state(&registry, id, story_time()).await, cancelled);
        let record = room.record(id).await.unwrap();
        let before = record
            .state_at(start_of_day(date(2026, 4, 30)), story_time())
            .unwrap();
        assert_eq!(before.name, StateName::Valid);
    });
}

#[test]
fn a_holder_has_one_that_has_not_ended() {
    on_both(|registry| async move {
        let published = publish_edited(&registry, |text| {
            text.replace("single_instance = false", "single_instance = true")
        })
        .await;
        let cancelled = |n| Stock {
            then: Some(Decision {
                effective_at: Some(start_of_day(date(2026, 5, 1))),
                legal_basis: Some("条例第9条".into()),
                ..decided(TransitionKind::Cancel, "01")
            }),
            ..stock(&published, n)
        };
        // Even numbers name one holder, odd ones another.
        let import = |stock: Vec<Stock>| {
            let (registry, published) = (&registry, &published);
            async move {
                let room = registry.certificates();
                let outcomes = room
                    .import(published, &code(AGENCY), stock, &clerk(), story_time())
                    .await
                    .unwrap();
                let words = outcomes.into_iter().map(|outcome| match outcome {
                    StockOutcome::Imported(_) => "imported",
                    StockOutcome::Existing(_) => "existing",
                    StockOutcome::Refused { code, .. } => code,
                });
                words.collect::<Vec<_>>()
            }
        };
        let first = import(vec![
            stock(&published, 2),
            stock(&published, 4),
            cancelled(6),
            cancelled(1),
            stock(&published, 3),
        ]);
        let expect = [
            "imported",
            "holder_has_one",
            "imported",
            "imported",
            "imported",
        ];
        assert_eq!(first.await, expect);
        let later = import(vec![
            stock(&published, 5),
            stock(&published, 2),
            cancelled(8),
        ]);
        assert_eq!(later.await, ["holder_has_one", "existing", "imported"]);
    });
}

#[test]
fn what_the_log_does_not_know_is_found() {
    on_both(|registry| async move {
        let published = publish(&registry).await;
        let ids = import(&registry, &published, 2).await;
        let nameless = registry
            .certificates()
            .import(
                &published,
                &code(AGENCY),
                vec![stock(&published, 3)],
                &clerk(),
                story_time(),
            )
            .await
            .unwrap();
        let StockOutcome::Imported(nameless) = nameless[0] else {
            panic!("{nameless:?}")
        };
        for (id, decision) in [(ids[0], suspend(None)), (nameless, suspend(None))] {
            let room = registry.certificates();
            room.decide(id, &decision, &clerk(), hours(1))
                .await
                .unwrap();
        }
        let audit = registry.audit();
        assert_eq!(audit.unrecorded().await.unwrap(), []);

        crate::store::testing::forget_log(registry.store()).await;
        assert_eq!(audit.verify().await.unwrap(), [], "an empty log is whole");
        let told: Vec<String> = audit
            .unrecorded()
            .await
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        // Three imports and two suspensions, in either stream.
        assert_eq!(told.len(), 10, "{told:?}");
        assert!(told.iter().all(|words| words.contains("transition")));
        assert!(
            told.iter()
                .any(|words| words.ends_with(&nameless.to_string()))
        );
    });
}
