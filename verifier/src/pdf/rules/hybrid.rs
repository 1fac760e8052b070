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

#[cfg(test)]
mod tests {
    use super::super::super::testing::{refused_only_by, sealed, signature, unsigned};
    use crate::report::Rulebook;

    #[test]
    fn samples() {
        let empty =
            "<< /Type /XRef /Size 20 /W [1 2 1] /Index [] /Length 0 >>\nstream\n\nendstream";
        let open = unsigned().object(6, &signature("ETSI.CAdES.detached", ""));
        let at = open.len();
        let bad = open
            .object(10, empty)
            .revision_with(&format!("/XRefStm {at}"));
        refused_only_by(super::RULE.code, Rulebook::Issued, &sealed(), &bad);
    }
}
