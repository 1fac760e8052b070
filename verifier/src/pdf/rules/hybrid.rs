//! `issued` (ISO 32000-1 7.5.8.4): no hybrid cross-references, which old and new readers see differently.

use super::{Breach, Case, Rule};

pub(super) const RULE: Rule = Rule {
    code: "revision.hybrid",
    clause: "ISO 32000-1 7.5.8.4",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    let hybrid = case.issued() && case.pdf.revisions.iter().any(|revision| revision.hybrid);
    hybrid
        .then(|| Breach::failed("the file has hybrid cross-references"))
        .into_iter()
        .collect()
}
