//! ISO 32000-1 7.5.4: no object number twice in one revision.

use super::{Breach, Case, OddityKind, Rule};

pub(super) const RULE: Rule = Rule {
    code: "revision.xref_twice",
    clause: "ISO 32000-1 7.5.4",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    let twice = case
        .pdf
        .layout
        .oddities
        .iter()
        .find_map(|oddity| match oddity.kind {
            OddityKind::Repeated(number) => Some((number, oddity.revision)),
            _ => None,
        });
    twice
        .map(|(number, revision)| {
            Breach::failed(format!(
                "object {number} is listed twice in revision {}",
                revision + 1
            ))
        })
        .into_iter()
        .collect()
}
