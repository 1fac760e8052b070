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

#[cfg(test)]
mod tests {
    use super::super::super::testing::{refused_only_by, sealed, signature, unsigned};
    use crate::report::Rulebook;

    #[test]
    fn samples() {
        refused_only_by(
            super::RULE.code,
            Rulebook::Foreign,
            &sealed(),
            &sealed().raw("\n"),
        );
        refused_only_by(
            super::RULE.code,
            Rulebook::Issued,
            &sealed(),
            &sealed().raw("1 0 obj << >> endobj"),
        );
        let hidden = unsigned()
            .raw("10 0 obj\n1\nendobj\n")
            .object(6, &signature("ETSI.CAdES.detached", ""))
            .revision();
        refused_only_by(super::RULE.code, Rulebook::Issued, &sealed(), &hidden);
        let comment = unsigned()
            .raw("% hello\n")
            .object(6, &signature("ETSI.CAdES.detached", ""))
            .revision();
        refused_only_by(super::RULE.code, Rulebook::Issued, &sealed(), &comment);
    }
}
