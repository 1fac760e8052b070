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

#[cfg(test)]
mod tests {
    use super::super::super::testing::{refused_only_by, sealed, signature, unsigned};
    use crate::report::Rulebook;

    #[test]
    fn samples() {
        let bad = unsigned()
            .object(6, &signature("ETSI.CAdES.detached", ""))
            .object(10, "<< /A >>")
            .revision();
        refused_only_by(super::RULE.code, Rulebook::Issued, &sealed(), &bad);
        let wrong_length = "<< /Length 9 >>\nstream\nq\nendstream";
        let bad = unsigned()
            .object(6, &signature("ETSI.CAdES.detached", ""))
            .object(10, wrong_length)
            .revision();
        refused_only_by(super::RULE.code, Rulebook::Issued, &sealed(), &bad);
    }
}
