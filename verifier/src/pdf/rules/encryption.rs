//! ISO 32000-1 7.6: an encrypted file cannot be examined without its key; what we issue is never encrypted.

use super::{Breach, Case, Rule};
use crate::report::Severity;

pub(super) const RULE: Rule = Rule {
    code: "revision.encrypted",
    clause: "ISO 32000-1 7.6",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    let encrypted = case
        .pdf
        .revisions
        .iter()
        .any(|revision| revision.trailer.get(b"Encrypt").is_some());
    let severity = if case.issued() {
        Severity::Failed
    } else {
        Severity::Indeterminate
    };
    encrypted
        .then(|| Breach {
            severity,
            seen: "the file is encrypted".into(),
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
        let bad = unsigned()
            .object(6, &signature("ETSI.CAdES.detached", ""))
            .revision_with("/Encrypt << /Filter /Standard >>");
        refused_only_by(super::RULE.code, Rulebook::Issued, &sealed(), &bad);
        refused_only_by(super::RULE.code, Rulebook::Foreign, &sealed(), &bad);
    }
}
