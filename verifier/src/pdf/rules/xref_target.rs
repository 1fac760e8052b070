//! ISO 32000-1 7.5.4: each cross-reference line leads to its `n g obj`, in the bytes of its own revision.

use super::{Breach, Case, OddityKind, Rule};

pub(super) const RULE: Rule = Rule {
    code: "revision.xref_target",
    clause: "ISO 32000-1 7.5.4",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    let wrong = case.pdf.layout.oddities.iter().filter_map(|oddity| match oddity.kind {
        OddityKind::Mistargeted(number) => Some(Breach::failed(format!(
            "the cross-reference line of object {number} leads elsewhere (revision {}, byte {})",
            oddity.revision + 1,
            oddity.at
        ))),
        _ => None,
    });
    let mut breaches: Vec<Breach> = wrong.take(1).collect();
    breaches.extend(case.oddities(|kind| match kind {
        OddityKind::Loose(number) => Some(format!(
            "the line of object {number} leads to white space before it"
        )),
        OddityKind::Borrowed(number) => Some(format!(
            "the line of object {number} leads into an earlier revision"
        )),
        _ => None,
    }));
    breaches
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{refused_only_by, sealed, signature, unsigned};
    use crate::report::Rulebook;

    #[test]
    fn samples() {
        let open = unsigned().object(6, &signature("ETSI.CAdES.detached", ""));
        let page = open.offset(3);
        let bad = open.clone().line(10, page).revision();
        refused_only_by(super::RULE.code, Rulebook::Foreign, &sealed(), &bad);
        refused_only_by(super::RULE.code, Rulebook::Issued, &sealed(), &bad);
        let at = open.len();
        let loose = open.line(10, at).raw("\n10 0 obj\n1\nendobj\n").revision();
        refused_only_by(super::RULE.code, Rulebook::Issued, &sealed(), &loose);
    }
}
