use jiff::civil::date;

use super::*;
use crate::testing::{on_both, story_time};
use crate::units::{Contact, Contacts, RegionCode};

const HOUSING: &str = "11990000MB99990094";
const PLANNING: &str = "91350100M000100Y43";
const CENTRE: &str = "11990000MB9999017Y";

fn code(text: &str) -> CreditCode {
    CreditCode::parse(text).unwrap()
}

fn type_code() -> TypeCode {
    TypeCode::parse("11990000MB99990094006").unwrap()
}

fn actor() -> Actor {
    Actor::parse("admin@11990000MB9999017Y").unwrap()
}

fn contact() -> Contact {
    Contact {
        name: "甲".into(),
        phone: "0999-1234567".into(),
        post: String::new(),
    }
}

fn unit(credit: &str, kind: UnitKind, name: &str) -> Unit {
    Unit {
        code: code(credit),
        kind,
        name: name.into(),
        region: RegionCode::parse("990100").unwrap(),
        region_name: "示例市".into(),
        contacts: Contacts {
            responsible: contact(),
            business: contact(),
            technical: contact(),
        },
    }
}

async fn found(registry: &Registry) {
    let centre = unit(CENTRE, UnitKind::Centre, "示例市电子证照认证中心");
    registry
        .units()
        .register(centre, &actor(), story_time())
        .await
        .unwrap();
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T>) -> Option<&'static str> {
    Some(outcome.unwrap_err().code())
}

#[test]
fn a_unit_is_registered_and_kept_up_to_date() {
    on_both(|registry| async move {
        found(&registry).await;
        let units = registry.units();
        let housing = unit(HOUSING, UnitKind::Agency, "示例市住建局");
        units
            .register(housing.clone(), &actor(), story_time())
            .await
            .unwrap();
        units
            .register(
                unit(HOUSING, UnitKind::Desk, "窗口"),
                &actor(),
                story_time(),
            )
            .await
            .unwrap();
        let renamed = Unit {
            name: "示例市住房和城乡建设局".into(),
            ..housing
        };
        units
            .register(renamed.clone(), &actor(), story_time())
            .await
            .unwrap();

        assert_eq!(units.agency(&code(HOUSING)).await.unwrap(), renamed);
        assert_eq!(units.list().await.unwrap().len(), 3);
        assert_eq!(
            refusal(units.agency(&code(PLANNING)).await),
            Some("unknown_agency")
        );
        let nameless = unit(PLANNING, UnitKind::Agency, " ");
        let outcome = units.register(nameless, &actor(), story_time()).await;
        assert_eq!(refusal(outcome), Some("unit_incomplete"));
        assert_eq!(registry.audit().verify().await.unwrap(), []);
    });
}

#[test]
fn a_right_is_dated() {
    on_both(|registry| async move {
        found(&registry).await;
        let units = registry.units();
        let right = |from, to| {
            Authority::new(code(HOUSING), type_code(), from, to, "示例条例第3条").unwrap()
        };
        let early = right(date(2026, 1, 1), Some(date(2026, 6, 30)));
        let outcome = units.authorise(early.clone(), &actor(), story_time()).await;
        assert_eq!(refusal(outcome), Some("unknown_agency"));

        let housing = unit(HOUSING, UnitKind::Agency, "示例市住建局");
        units
            .register(housing, &actor(), story_time())
            .await
            .unwrap();
        units
            .authorise(early, &actor(), story_time())
            .await
            .unwrap();
        let later = right(date(2026, 9, 1), None);
        units
            .authorise(later, &actor(), story_time())
            .await
            .unwrap();

        for (day, expected) in [
            (date(2025, 12, 31), false),
            (date(2026, 1, 1), true),
            (date(2026, 6, 30), true),
            (date(2026, 7, 1), false),
            (date(2030, 1, 1), true),
        ] {
            let entitled = units
                .entitled(&code(HOUSING), &type_code(), day)
                .await
                .unwrap();
            assert_eq!(entitled, expected, "{day}");
            let mut tx = registry.store().begin().await.unwrap();
            let again = rows::entitled(&mut tx, &code(HOUSING), &type_code(), day)
                .await
                .unwrap();
            assert_eq!(again, expected, "{day}, in the plan transaction");
        }
    });
}

#[test]
fn a_successor_acts_from_its_day_on() {
    on_both(|registry| async move {
        found(&registry).await;
        let units = registry.units();
        for agency in [HOUSING, PLANNING] {
            let unit = unit(agency, UnitKind::Agency, "示例局");
            units.register(unit, &actor(), story_time()).await.unwrap();
        }
        let succession = |successor: &str| Succession {
            predecessor: code(HOUSING),
            successor: code(successor),
            from: date(2026, 7, 1),
            legal_basis: "示例市机构改革方案".into(),
        };
        let itself = units
            .succeed(succession(HOUSING), &actor(), story_time())
            .await;
        assert_eq!(refusal(itself), Some("succession_of_itself"));
        units
            .succeed(succession(PLANNING), &actor(), story_time())
            .await
            .unwrap();

        let (old, new) = (code(HOUSING), code(PLANNING));
        assert!(!units.acts_for(&new, &old, date(2026, 6, 30)).await.unwrap());
        assert!(units.acts_for(&new, &old, date(2026, 7, 1)).await.unwrap());
        assert!(!units.acts_for(&old, &new, date(2026, 7, 1)).await.unwrap());
    });
}
