//! ISO 32000-1 7.3, 7.5.3: each listed object can be read to its `endobj`, a stream over exactly /Length bytes.
//! One that cannot counts as null.

use super::{Breach, Case, OddityKind, Rule};

pub(super) const RULE: Rule = Rule {
    code: "revision.object",
    clause: "ISO 32000-1 7.3.10",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    case.oddities(|kind| match kind {
        OddityKind::Broken(number) => Some(format!("object {number} cannot be read")),
        _ => None,
    })
}
