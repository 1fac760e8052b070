use std::collections::BTreeMap;

use super::*;
use crate::Sentence;
use crate::testing::{on_both, story_time};
use crate::types::TemplateSource;
use crate::units::{Contact, Contacts, CreditCode, RegionCode, Unit};

const OWNER: &str = "11990000MB99990094";
const CENTRE: &str = "11990000MB9999017Y";
const STRANGER: &str = "91350100M000100Y43";

/// A lint that finds what it is told to find.
struct Finds(Option<Severity>);

impl Lint for Finds {
    fn lint(&self, _: &TypePackage) -> Vec<LintFinding> {
        self.0
            .map(|severity| LintFinding {
                severity,
                code: "glyph.missing".into(),
                place: Sentence::new("第 1 页第 2 个元素", "page[1].element[2]"),
                what: Sentence::new("字体缺字", "no font has this character"),
            })
            .into_iter()
            .collect()
    }
}

fn package(template: &str) -> TypePackage {
    let template = TemplateSource {
        text: template.to_owned(),
        assets: BTreeMap::from([("ground.svg".to_owned(), b"<svg/>".to_vec())]),
    };
    TypePackage::parse(include_str!("../../tests/types/approval.toml"), template).unwrap()
}

fn actor(person: &str, unit: &str) -> Actor {
    Actor::parse(&format!("{person}@{unit}")).unwrap()
}

fn mark(step: Step, actor: Actor) -> Mark {
    Mark {
        step,
        actor,
        at: story_time(),
        note: String::new(),
    }
}

async fn register_centre(registry: &Registry) {
    let contact = || Contact {
        name: "甲".into(),
        phone: "0999-1".into(),
        post: String::new(),
    };
    let centre = Unit {
        code: CreditCode::parse(CENTRE).unwrap(),
        kind: UnitKind::Centre,
        name: "示例市电子证照认证中心".into(),
        region: RegionCode::parse("990100").unwrap(),
        region_name: "示例市".into(),
        contacts: Contacts {
            responsible: contact(),
            business: contact(),
            technical: contact(),
        },
    };
    registry
        .units()
        .register(centre, &actor("root", CENTRE), story_time())
        .await
        .unwrap();
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T>) -> Option<&'static str> {
    Some(outcome.unwrap_err().code())
}

#[test]
fn a_type_goes_from_draft_to_published_and_is_then_fixed() {
    on_both(|registry| async move {
        register_centre(&registry).await;
        let types = registry.types();
        let (clerk, second) = (actor("li", OWNER), actor("wang", OWNER));
        let centre = actor("zhao", CENTRE);
        let first = package("v1");
        let code = first.definition().code.clone();

        assert_eq!(
            refusal(types.published(&code).await),
            Some("type_not_published")
        );
        assert_eq!(types.import(&first, &clerk, story_time()).await.unwrap(), 1);
        // A draft may be written over.
        assert_eq!(types.import(&first, &clerk, story_time()).await.unwrap(), 1);

        let clean = Finds(Some(Severity::Warning));
        for (step, who) in [
            (Step::Propose, &clerk),
            (Step::Check, &centre),
            (Step::Confirm, &second),
            (Step::Publish, &centre),
        ] {
            types
                .step(&code, 1, mark(step, who.clone()), &clean)
                .await
                .unwrap();
        }
        let published = types.published(&code).await.unwrap();
        assert_eq!(
            (published.version(), published.package().digest()),
            (1, first.digest())
        );

        let second_version = package("v2");
        assert_eq!(
            types
                .import(&second_version, &clerk, story_time())
                .await
                .unwrap(),
            2
        );
        assert_eq!(
            types.published(&code).await.unwrap().version(),
            1,
            "a draft changes nothing"
        );
        let read = types.version(&code, 2).await.unwrap();
        assert_eq!(read.package().template(), second_version.template());
        types
            .step(&code, 1, mark(Step::Retire, centre), &clean)
            .await
            .unwrap();
        assert_eq!(
            refusal(types.published(&code).await),
            Some("type_not_published")
        );
        assert_eq!(
            types.pinned(&code, 1).await.unwrap().version(),
            1,
            "certificates still pin it"
        );
        assert_eq!(registry.audit().verify().await.unwrap(), []);
    });
}

#[test]
fn a_step_out_of_turn_changes_nothing() {
    on_both(|registry| async move {
        register_centre(&registry).await;
        let types = registry.types();
        let clerk = actor("li", OWNER);
        let centre = actor("zhao", CENTRE);
        let first = package("v1");
        let code = first.definition().code.clone();
        let clean = Finds(None);

        let stranger = types
            .import(&first, &actor("he", STRANGER), story_time())
            .await;
        assert_eq!(refusal(stranger), Some("not_your_type"));
        types.import(&first, &clerk, story_time()).await.unwrap();
        let early = types
            .step(&code, 1, mark(Step::Publish, centre.clone()), &clean)
            .await;
        assert_eq!(refusal(early), Some("step_refused"));
        types
            .step(&code, 1, mark(Step::Propose, clerk.clone()), &clean)
            .await
            .unwrap();
        let under_way = types.import(&package("v2"), &clerk, story_time()).await;
        assert_eq!(refusal(under_way), Some("type_under_way"));
        types
            .step(&code, 1, mark(Step::Check, centre.clone()), &clean)
            .await
            .unwrap();
        let same = types
            .step(&code, 1, mark(Step::Confirm, clerk), &clean)
            .await;
        assert_eq!(refusal(same), Some("step_refused"));
        let second = actor("wang", OWNER);
        types
            .step(&code, 1, mark(Step::Confirm, second), &clean)
            .await
            .unwrap();

        let spoiled = Finds(Some(Severity::Error));
        let refused = types
            .step(&code, 1, mark(Step::Publish, centre), &spoiled)
            .await;
        let error = refused.unwrap_err();
        assert_eq!(error.code(), "lint_failed");
        assert!(error.to_string().contains("page[1].element[2]"), "{error}");
        assert_eq!(
            types.version(&code, 1).await.unwrap().stage(),
            Stage::Confirmed
        );
    });
}

#[test]
fn service_items_name_the_types_they_need() {
    on_both(|registry| async move {
        let types = registry.types();
        let file = r#"
[[item]]
code = "990100-0001"
name = "建设工程开工登记"
agency = "11990000MB99990094"
needs = [{ type = "11990000MB99990094006", required = true, of = "applicant" }]
"#;
        let items = ServiceItem::parse_file(file).unwrap();
        let needed = items[0].needs[0].type_code.clone();
        for _ in 0..2 {
            types
                .put_items(&items, &actor("li", OWNER), story_time())
                .await
                .unwrap();
            assert_eq!(types.items_needing(&needed).await.unwrap(), ["990100-0001"]);
            assert_eq!(types.items().await.unwrap(), items);
        }
        let stranger = actor("li", "91350100M000100Y43");
        let refused = types.put_items(&items, &stranger, story_time()).await;
        assert_eq!(refused.unwrap_err().code(), "not_your_agency");
    });
}
