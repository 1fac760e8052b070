//! ISO 32000-1 7.5: every byte of a revision belongs to an object that its sections list, a section, or
//! `startxref` … `%%EOF` and its end of line. What belongs to nothing is there for another reader to find.

use super::{Breach, Case, OddityKind, Rule};

pub(super) const RULE: Rule = Rule {
    code: "revision.bytes",
    clause: "ISO 32000-1 7.5",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    let overlap = case
        .pdf
        .layout
        .oddities
        .iter()
        .any(|oddity| oddity.kind == OddityKind::Overlap);
    if overlap {
        return vec![Breach::failed(
            "an object runs over a cross-reference section or startxref",
        )];
    }
    case.oddities(|kind| match kind {
        OddityKind::Unlisted => Some("bytes that belong to no listed object".to_owned()),
        OddityKind::Comment if case.issued() => Some("a comment between objects".to_owned()),
        _ => None,
    })
}
