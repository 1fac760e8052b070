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
