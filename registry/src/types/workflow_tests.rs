use proptest::prelude::*;

use super::*;
use crate::types::TemplateSource;
use crate::types::source::EXAMPLE;

fn mark(step: Step, person: &str) -> Mark {
    let unit = match step.side() {
        Some(Side::Centre) => "11990000MB9999017Y",
        _ => "11990000MB99990094",
    };
    Mark {
        step,
        actor: Actor::parse(&format!("{person}@{unit}")).unwrap(),
        at: "2026-06-01T00:00:00Z".parse().unwrap(),
        note: "样式已核对".into(),
    }
}

fn draft() -> TypeVersion {
    TypeVersion::draft(
        TypePackage::parse(EXAMPLE, TemplateSource::default()).unwrap(),
        1,
    )
}

/// Takes steps, each by the side whose step it is, until one is refused.
fn walk(steps: &[(Step, &str)]) -> (TypeVersion, Result<(), StepRefused>) {
    let mut version = draft();
    let mut take = |(step, person): &(Step, &str)| {
        version.take(step.side().unwrap_or(Side::Agency), mark(*step, person))
    };
    let result = steps.iter().try_for_each(&mut take);
    (version, result)
}

const PUBLICATION: [(Step, &str); 4] = [
    (Step::Propose, "a"),
    (Step::Check, "c"),
    (Step::Confirm, "b"),
    (Step::Publish, "c"),
];

#[test]
fn the_whole_way() {
    let (mut version, result) = walk(&PUBLICATION);
    assert_eq!((result, version.stage()), (Ok(()), Stage::Published));
    assert_eq!(version.published().unwrap().version(), 1);
    version.take(Side::Centre, mark(Step::Retire, "c")).unwrap();
    assert!(
        version.published().is_some(),
        "certificates go on pinning a retired version"
    );
    assert!(
        version
            .take(Side::Centre, mark(Step::SendBack, "c"))
            .is_err()
    );
    assert_eq!(version.marks().len(), 5);
}

#[test]
fn nobody_reviews_their_own_proposal() {
    let (_, result) = walk(&[
        (Step::Propose, "a"),
        (Step::Check, "c"),
        (Step::Confirm, "a"),
    ]);
    assert_eq!(result, Err(StepRefused::SamePerson("confirm")));
}

#[test]
fn each_step_is_for_its_side() {
    let refused = draft().take(Side::Centre, mark(Step::Propose, "c"));
    assert!(matches!(
        refused,
        Err(StepRefused::OtherSide {
            step: "propose",
            ..
        })
    ));
}

#[test]
fn repair_begins_anew_and_says_why() {
    let (mut version, _) = walk(&PUBLICATION[..3]);
    let silent = Mark {
        note: " ".into(),
        ..mark(Step::SendBack, "c")
    };
    assert_eq!(
        version.take(Side::Centre, silent),
        Err(StepRefused::NoReason)
    );
    version
        .take(Side::Centre, mark(Step::SendBack, "c"))
        .unwrap();
    assert_eq!(version.stage(), Stage::Draft);
    assert!(version.published().is_none());
}

proptest! {
    #[test]
    fn only_the_whole_way_publishes(steps in prop::collection::vec(0usize..6, 0..12)) {
        let mut version = draft();
        for (at, step) in steps.into_iter().enumerate() {
            let step = Step::ALL[step];
            let _ = version.take(step.side().unwrap_or(Side::Centre), mark(step, &format!("p{at}")));
        }
        let last: Vec<Step> = version.marks().iter().map(|mark| mark.step).collect();
        let way = PUBLICATION.map(|(step, _)| step);
        let tail = last.strip_suffix(&[Step::Retire]).unwrap_or(&last);
        prop_assert_eq!(version.published().is_some(), tail.ends_with(&way));
    }
}
