//! ISO 32000-1 7.3.7: no key twice in a dictionary. Readers differ on which one counts: two /ByteRange, two /Contents,
//! two /AcroForm would mean two files in one.

use super::{Breach, Case, OddityKind, Rule};

pub(super) const RULE: Rule = Rule {
    code: "dictionary.double_key",
    clause: "ISO 32000-1 7.3.7",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    let mut breaches = case.oddities(|kind| match kind {
        OddityKind::DoubleKey => Some("a dictionary holds a key twice".to_owned()),
        _ => None,
    });
    for breach in &mut breaches {
        breach.severity = crate::report::Severity::Failed;
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{refused_only_by, sealed, signature, unsigned};
    use crate::report::Rulebook;

    #[test]
    fn samples() {
        let twice = signature("ETSI.CAdES.detached", "/ByteRange [0 1 2 3]");
        let bad = unsigned().object(6, &twice).revision();
        refused_only_by(super::RULE.code, Rulebook::Foreign, &sealed(), &bad);
        refused_only_by(super::RULE.code, Rulebook::Issued, &sealed(), &bad);
    }
}
