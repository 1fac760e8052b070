//! `issued` (ISO 19005-3 6.6.1): no scripts, no XFA form, no action that runs by itself.

use super::{Breach, Case, OddityKind, Rule};

pub(super) const RULE: Rule = Rule {
    code: "dictionary.active_content",
    clause: "ISO 19005-3 6.6.1",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    if !case.issued() {
        return Vec::new();
    }
    case.oddities(|kind| match kind {
        OddityKind::ActiveContent => {
            Some("a script, an XFA form or an action that runs by itself".to_owned())
        }
        _ => None,
    })
}
