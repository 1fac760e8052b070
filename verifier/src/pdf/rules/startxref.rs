//! ISO 32000-1 7.5.5: each revision's own `startxref` names its section, as the next one's /Prev does. Else the
//! revision read alone, as its signer saw it, is another document.

use super::{Breach, Case, OddityKind, Rule};

pub(super) const RULE: Rule = Rule {
    code: "revision.startxref",
    clause: "ISO 32000-1 7.5.5",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    let wrong = case
        .pdf
        .layout
        .oddities
        .iter()
        .filter(|oddity| oddity.kind == OddityKind::Startxref);
    wrong
        .map(|oddity| {
            Breach::failed(format!(
                "the startxref of revision {} leads elsewhere",
                oddity.revision + 1
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{refused_only_by, sealed, signature, unsigned, with_dss};
    use crate::report::Rulebook;

    #[test]
    fn samples() {
        let bad = with_dss(
            unsigned()
                .startxref(0)
                .object(6, &signature("ETSI.CAdES.detached", ""))
                .revision(),
        );
        refused_only_by(
            super::RULE.code,
            Rulebook::Foreign,
            &with_dss(sealed()),
            &bad,
        );
        refused_only_by(
            super::RULE.code,
            Rulebook::Issued,
            &with_dss(sealed()),
            &bad,
        );
    }
}
