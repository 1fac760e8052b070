//! ISO 32000-1 7.5.2: the file starts with `%PDF-n.m`. A header further on means that every offset could be read in
//! two ways.

use super::{Breach, Case, OddityKind, Rule};

pub(super) const RULE: Rule = Rule {
    code: "revision.header",
    clause: "ISO 32000-1 7.5.2",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    let missing = case
        .pdf
        .layout
        .oddities
        .iter()
        .any(|oddity| oddity.kind == OddityKind::NoHeader);
    missing
        .then(|| Breach::failed("the file does not start with %PDF-n.m"))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{refused_only_by, sealed, signature, unsigned};
    use crate::report::Rulebook;

    #[test]
    fn samples() {
        let bad = unsigned()
            .headed("junk\n%PDF-1.7\n")
            .object(6, &signature("ETSI.CAdES.detached", ""))
            .revision();
        refused_only_by(super::RULE.code, Rulebook::Foreign, &sealed(), &bad);
    }
}
