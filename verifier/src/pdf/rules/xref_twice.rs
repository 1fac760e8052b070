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

#[cfg(test)]
mod tests {
    use super::super::super::testing::{refused_only_by, sealed, signature, unsigned};
    use crate::report::Rulebook;

    #[test]
    fn samples() {
        let open = unsigned().object(6, &signature("ETSI.CAdES.detached", ""));
        let page = open.offset(3);
        let bad = open.line(3, page).revision();
        refused_only_by(super::RULE.code, Rulebook::Foreign, &sealed(), &bad);
        refused_only_by(super::RULE.code, Rulebook::Issued, &sealed(), &bad);
    }
}
