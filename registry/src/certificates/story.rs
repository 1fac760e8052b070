//! What the stories of this room begin with. Stock stands in for certificates: it needs no file.

use std::collections::HashMap;

use jiff::SignedDuration;
use jiff::civil::date;

use super::{Decision, Identifier, StateName, Stock, StockOutcome, TransitionKind};
use crate::Registry;
use crate::error::Result;
use crate::ids::Id;
use crate::rows::{RawRow, RawValue, check_row};
use crate::testing::story_time;
use crate::types::{
    EXAMPLE, Lint, LintFinding, Mark, PublishedType, Step, TemplateSource, TypePackage,
};
use crate::units::{
    ActingAuthority, Actor, Contact, Contacts, CreditCode, RegionCode, Unit, UnitKind,
};

pub(super) const AGENCY: &str = "11990000MB99990094";
pub(super) const CENTRE: &str = "11990000MB9999017Y";
pub(super) const STRANGER: &str = "91350100M000100Y43";

struct NoLint;

impl Lint for NoLint {
    fn lint(&self, _: &TypePackage) -> Vec<LintFinding> {
        Vec::new()
    }
}

pub(super) fn code(text: &str) -> CreditCode {
    CreditCode::parse(text).unwrap()
}

pub(super) fn actor(person: &str, unit: &str) -> Actor {
    Actor::parse(&format!("{person}@{unit}")).unwrap()
}

pub(super) fn clerk() -> Actor {
    actor("clerk", AGENCY)
}

pub(super) fn operator() -> Actor {
    actor("operator", CENTRE)
}

pub(super) fn hours(hours: i64) -> jiff::Timestamp {
    story_time() + SignedDuration::from_hours(hours)
}

pub(super) fn unit(credit: &str, kind: UnitKind, name: &str) -> Unit {
    let contact = || Contact {
        name: "甲".into(),
        phone: "0999-1".into(),
        post: String::new(),
    };
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

/// Registers agency and centre and publishes the example type.
pub(super) async fn publish(registry: &Registry) -> PublishedType {
    publish_edited(registry, str::to_owned).await
}

/// The same with the type file edited.
pub(super) async fn publish_edited(
    registry: &Registry,
    edit: impl Fn(&str) -> String,
) -> PublishedType {
    for unit in [
        unit(CENTRE, UnitKind::Centre, "示例市电子证照认证中心"),
        unit(AGENCY, UnitKind::Agency, "示例市住房和城乡建设局"),
        unit(STRANGER, UnitKind::Agency, "别的机构"),
    ] {
        registry
            .units()
            .register(unit, &operator(), story_time())
            .await
            .unwrap();
    }
    let package = TypePackage::parse(&edit(EXAMPLE), TemplateSource::default()).unwrap();
    let version = registry
        .types()
        .import(&package, &clerk(), story_time())
        .await
        .unwrap();
    let type_code = &package.definition().code;
    for (step, by) in [
        (Step::Propose, clerk()),
        (Step::Check, actor("checker", CENTRE)),
        (Step::Confirm, actor("head", AGENCY)),
        (Step::Publish, actor("checker", CENTRE)),
    ] {
        let mark = Mark {
            step,
            actor: by,
            at: story_time(),
            note: String::new(),
        };
        registry
            .types()
            .step(type_code, version, mark, &NoLint)
            .await
            .unwrap();
    }
    registry.types().published(type_code).await.unwrap()
}

/// The n-th certificate of an earlier system: issued 2026-03-01, valid until 2028-03-01.
pub(super) fn stock(published: &PublishedType, n: u32) -> Stock {
    let members = [
        ("ref", format!("old-{n}")),
        ("document_number", format!("示建批〔2026〕{n}号")),
        ("title", "关于示例项目的批复".into()),
        ("item", "建设项目审批".into()),
        ("category", "1".into()),
        ("applicant", format!("示例单位（{}）", n % 2)),
        (
            "applicant_code",
            if n.is_multiple_of(2) {
                CENTRE
            } else {
                STRANGER
            }
            .into(),
        ),
        ("content", "同意建设。".into()),
        ("approved_on", "2026-03-01".into()),
        ("valid_until", "2028-03-01".into()),
    ];
    let members = members.map(|(name, text)| (name.to_owned(), RawValue::Text(text)));
    let row = RawRow {
        row: u64::from(n),
        members: members.into(),
    };
    let row = check_row(published, row, date(2026, 11, 22), &HashMap::new()).unwrap();
    Stock {
        row,
        number: None,
        identifier: None,
        then: None,
    }
}

pub(super) fn identifier(n: u32) -> Identifier {
    let text = format!("1.2.156.3005.2.11990000MB99990094006.{AGENCY}.OLD{n:04}.001.A");
    Identifier::parse(&text).unwrap().value
}

/// Takes over stock 1 to `count`, each with an identifier.
pub(super) async fn import(registry: &Registry, published: &PublishedType, count: u32) -> Vec<Id> {
    let stock = (1..=count)
        .map(|n| Stock {
            identifier: Some(identifier(n)),
            ..stock(published, n)
        })
        .collect();
    let outcomes = registry
        .certificates()
        .import(published, &code(AGENCY), stock, &clerk(), story_time())
        .await
        .unwrap();
    let imported = outcomes.into_iter().map(|outcome| match outcome {
        StockOutcome::Imported(id) => id,
        other => panic!("{other:?}"),
    });
    imported.collect()
}

pub(super) fn decided(kind: TransitionKind, reason: &str) -> Decision {
    Decision {
        kind,
        effective_at: None,
        authority: ActingAuthority {
            code: code(AGENCY),
            name: "示例市住房和城乡建设局".into(),
            region: RegionCode::parse("990100").unwrap(),
        },
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
        legal_basis: None,
        evidence: vec![[7; 32]],
    }
}

pub(super) fn suspend(until: Option<jiff::Timestamp>) -> Decision {
    decided(TransitionKind::Suspend { until }, "02")
}

pub(super) fn refusal<T: std::fmt::Debug>(outcome: Result<T>) -> Option<&'static str> {
    Some(outcome.unwrap_err().code())
}

pub(super) async fn state(registry: &Registry, id: Id, at: jiff::Timestamp) -> StateName {
    let record = registry.certificates().record(id).await.unwrap();
    record.state_at(at, at).unwrap().name
}
