//! Stories of units that deliver in the name of an agency.

use jiff::civil::date;

use super::{CreditCode, Deliverer, UnitKind};
use crate::Registry;
use crate::certificates::TypeCode;
use crate::testing::{
    AGENCY, CENTRE, TYPE, on_both, person, publish, push, push_as, rows, story_time, unit,
};

const PLATFORM: &str = "91350100M000100Y43";

fn code(text: &str) -> CreditCode {
    CreditCode::parse(text).unwrap()
}

fn deliverer() -> Deliverer {
    Deliverer {
        agency: code(AGENCY),
        type_code: TypeCode::parse(TYPE).unwrap(),
        unit: code(PLATFORM),
        kind: UnitKind::RelyingSystem,
        from: date(2026, 1, 1),
        to: None,
    }
}

async fn name(registry: &Registry, deliverer: &Deliverer, by: &str) -> Option<&'static str> {
    let by = person("zhou", by);
    let units = registry.units();
    let named = units.name_deliverer(deliverer, &by, story_time()).await;
    named.err().map(|error| error.code())
}

#[test]
fn a_named_unit_delivers_and_sees_what_it_delivered() {
    on_both(|registry| async move {
        publish(&registry, str::to_owned).await;
        let platform = person("feed", PLATFORM);
        let centre = person("root", CENTRE);
        let refused = push_as(&registry, &platform, AGENCY, "one", &rows(0, 1)).await;
        assert_eq!(refused.unwrap_err().code(), "not_your_agency");
        assert_eq!(
            name(&registry, &deliverer(), AGENCY).await,
            Some("unknown_unit")
        );
        let unit = unit(PLATFORM, UnitKind::RelyingSystem);
        let units = registry.units();
        units.register(unit, &centre, story_time()).await.unwrap();
        assert_eq!(
            name(&registry, &deliverer(), PLATFORM).await,
            Some("not_your_agency")
        );
        let wrong = Deliverer {
            to: Some(date(2025, 12, 31)),
            ..deliverer()
        };
        assert_eq!(
            name(&registry, &wrong, AGENCY).await,
            Some("ends_before_it_begins")
        );
        assert_eq!(name(&registry, &deliverer(), AGENCY).await, None);

        let own = push_as(&registry, &platform, AGENCY, "one", &rows(0, 1)).await;
        let own = own.unwrap().job;
        let other = push(&registry, "two", &rows(20, 21)).await.unwrap().job;
        let (batches, now) = (registry.batches(), story_time());
        batches.may_watch(own, &platform, now).await.unwrap();
        let foreign = batches.may_watch(other, &platform, now).await;
        assert_eq!(foreign.unwrap_err().code(), "unknown_job");
        let cancelled = batches.cancel(other, &platform, now).await;
        assert_eq!(cancelled.unwrap_err().code(), "unknown_job");
        let seen = batches
            .of_agency(&code(AGENCY), None, 10, &platform, now)
            .await;
        let seen: Vec<_> = seen.unwrap().into_iter().map(|line| line.job).collect();
        assert_eq!(seen, [own]);
        let clerk = person("li", AGENCY);
        let all = batches
            .of_agency(&code(AGENCY), None, 10, &clerk, now)
            .await;
        assert_eq!(all.unwrap().len(), 2, "the agency sees both");

        // Its time is over: it delivers nothing more, and sees nothing more.
        let ended = Deliverer {
            to: Some(date(2026, 1, 2)),
            ..deliverer()
        };
        assert_eq!(name(&registry, &ended, AGENCY).await, None);
        let late = push_as(&registry, &platform, AGENCY, "three", &rows(40, 41)).await;
        assert_eq!(late.unwrap_err().code(), "not_your_agency");
        let gone = batches.may_watch(own, &platform, now).await;
        assert_eq!(gone.unwrap_err().code(), "unknown_job");
        let listed = units.deliverers(&code(AGENCY), &clerk, now).await.unwrap();
        assert_eq!(listed, [ended]);
    });
}
