//! Stories of finding, searching and facts, over both databases.

use jiff::civil::date;

use super::*;
use crate::certificates::story::*;
use crate::certificates::{Filter, RecordedState, StateName, start_of_day};
use crate::testing::{on_both, story_time};
use crate::units::Authority;

#[test]
fn stock_is_found_by_all_that_people_have_of_it() {
    on_both(|registry| async move {
        let published = publish(&registry).await;
        let ids = import(&registry, &published, 3).await;
        let room = registry.certificates();
        let type_code = &published.definition().code;
        let (second, agency) = (identifier(2), code(AGENCY));
        let number = |number| Key::Number {
            type_code,
            agency: &agency,
            number,
        };
        for (key, expect) in [
            (Key::Identifier(&second), Some(ids[1])),
            (number("示建批〔2026〕3号"), Some(ids[2])),
            (number("示建批〔2026〕4号"), None),
            (Key::FileRevisions(&[[1; 32]]), None),
        ] {
            let found = room.find(key).await.unwrap();
            assert_eq!(found.map(|record| record.id), expect, "{key:?}");
        }
        let record = room.record(ids[1]).await.unwrap();
        assert_eq!(record.identifier, Some(second));
        assert_eq!(record.issued, date(2026, 3, 1));
        let kind = HolderKind::parse("001").unwrap();
        assert!(room.is_held_by(&record, kind, CENTRE).await.unwrap());
        assert!(!room.is_held_by(&record, kind, STRANGER).await.unwrap());
        assert_eq!(
            state(&registry, ids[1], story_time()).await,
            StateName::Valid
        );
        let before = start_of_day(date(2026, 2, 28));
        assert!(record.state_at(before, story_time()).is_none());
    });
}

#[test]
fn a_search_goes_page_by_page() {
    on_both(|registry| async move {
        let published = publish(&registry).await;
        let ids = import(&registry, &published, 7).await;
        let room = registry.certificates();
        room.decide(ids[2], &suspend(None), &clerk(), hours(1))
            .await
            .unwrap();
        let found = async |filter: Filter<'_>| {
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let page = room.search(&filter, after, 2, hours(2)).await.unwrap();
                assert!(page.records.len() <= 2);
                found.extend(page.records.into_iter().map(|record| record.id));
                after = page.next;
                if after.is_none() {
                    break found;
                }
            }
        };
        let type_code = &published.definition().code;
        let of_type = Filter {
            type_code: Some(type_code),
            ..Filter::default()
        };
        assert_eq!(found(of_type.clone()).await, ids);
        assert_eq!(found(Filter::default()).await, ids);
        let other = TypeCode::parse("11990000MB99990094007").unwrap();
        assert!(
            found(Filter {
                type_code: Some(&other),
                ..Filter::default()
            })
            .await
            .is_empty()
        );

        let suspended = Some(StateName::Recorded(RecordedState::Suspended));
        let filter = Filter {
            state: suspended,
            ..of_type.clone()
        };
        assert_eq!(found(filter).await, [ids[2]]);
        let filter = Filter {
            state: Some(StateName::Valid),
            ..of_type.clone()
        };
        assert_eq!(found(filter).await.len(), 6);

        let kind = HolderKind::parse("001").unwrap();
        let even = [ids[1], ids[3], ids[5]];
        assert_eq!(
            found(Filter {
                holder: Some((kind, CENTRE)),
                ..Filter::default()
            })
            .await,
            even
        );
        let name = Filter {
            holder_name: Some("示例单位(0)"),
            ..of_type.clone()
        };
        assert_eq!(found(name).await, even);
        let without_type = Filter {
            holder_name: Some("张三"),
            ..Filter::default()
        };
        let refused = room.search(&without_type, None, 2, hours(2)).await;
        assert_eq!(refusal(refused), Some("name_without_type"));

        let issued = |from, to| Filter {
            issued: Some((from, to)),
            ..of_type.clone()
        };
        assert_eq!(
            found(issued(date(2026, 3, 1), date(2026, 3, 1)))
                .await
                .len(),
            7
        );
        assert!(
            found(issued(date(2026, 3, 2), date(2027, 1, 1)))
                .await
                .is_empty()
        );
        let ending = Some((date(2028, 3, 1), date(2028, 3, 1)));
        assert_eq!(
            found(Filter {
                expiring: ending,
                ..of_type
            })
            .await
            .len(),
            7
        );
    });
}

#[test]
fn facts_know_whether_the_agency_was_entitled() {
    on_both(|registry| async move {
        let published = publish(&registry).await;
        let id = import(&registry, &published, 1).await[0];
        let room = registry.certificates();
        let entitled = async || {
            let record = room.record(id).await.unwrap();
            room.facts(record, hours(1), hours(1))
                .await
                .unwrap()
                .entitled
        };
        let type_code = &published.definition().code;
        let right = |agency, from, to| {
            Authority::new(code(agency), type_code.clone(), from, to, "条例第3条").unwrap()
        };
        let units = registry.units();
        assert_eq!(
            entitled().await,
            None,
            "the registry knows no right of that day"
        );
        let other = right(STRANGER, date(2020, 1, 1), None);
        units
            .authorise(other, &operator(), story_time())
            .await
            .unwrap();
        assert_eq!(entitled().await, Some(false));
        let own = right(AGENCY, date(2026, 1, 1), Some(date(2026, 6, 30)));
        units
            .authorise(own, &operator(), story_time())
            .await
            .unwrap();
        assert_eq!(entitled().await, Some(true));
    });
}

#[test]
fn a_right_that_changed_is_told_as_it_was_known() {
    on_both(|registry| async move {
        let published = publish(&registry).await;
        let id = import(&registry, &published, 1).await[0];
        let (room, units) = (registry.certificates(), registry.units());
        let type_code = &published.definition().code;
        // The same first day each time: a right, one that ended before the day of issue, the right again.
        let from = date(2026, 1, 1);
        for (hour, to) in [
            (1, None),
            (3, Some(date(2026, 2, 28))),
            (5, Some(date(2026, 3, 1))),
            // Written by a clock that is behind: the newest entry counts all the same.
            (4, Some(date(2026, 1, 31))),
        ] {
            let right = Authority::new(code(AGENCY), type_code.clone(), from, to, "条例第3条");
            units
                .authorise(right.unwrap(), &operator(), hours(hour))
                .await
                .unwrap();
        }
        for (hour, expected, rights) in [
            (0, None, 0),
            (1, Some(true), 1),
            (2, Some(true), 1),
            (3, Some(false), 1),
            (4, Some(false), 1),
            (5, Some(false), 1),
        ] {
            let record = room.record(id).await.unwrap();
            let facts = room.facts(record, hours(9), hours(hour)).await.unwrap();
            assert_eq!(facts.entitled, expected, "as known at hour {hour}");
            let known = units.rights_known_at(type_code, hours(hour)).await.unwrap();
            assert_eq!(known.len(), rights, "as known at hour {hour}");
        }
        let day = date(2026, 3, 1);
        assert!(!units.entitled(&code(AGENCY), type_code, day).await.unwrap());
        let mut tx = registry.store().begin().await.unwrap();
        let again = crate::store::units::entitled(&mut tx, &code(AGENCY), type_code, day).await;
        assert!(!again.unwrap(), "in the plan transaction");
    });
}
