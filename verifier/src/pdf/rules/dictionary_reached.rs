//! ISO 32000-1 12.7.2: the signature is the object that the form reaches: an indirect object of its own, outside any
//! object stream, under the same number and generation and at the same offset from its own revision to the last.

use super::{Breach, Case, Rule};

pub(super) const RULE: Rule = Rule {
    code: "dictionary.reached",
    clause: "ISO 32000-1 12.7.2",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    let owner = &case.site.owner;
    let (Some(_), Some(_), Some(home)) = (owner.id, owner.offset, owner.home) else {
        return vec![Breach::failed(
            "the signature dictionary is not an indirect object in the body of the file",
        )];
    };
    if !owner.reached.range(..home).collect::<Vec<_>>().is_empty() {
        return vec![Breach::failed(
            "the form reached the signature before it was written",
        )];
    }
    match (home..case.pdf.revisions.len()).find(|revision| !owner.reached.contains(revision)) {
        Some(lost) => vec![Breach::failed(format!(
            "the form of revision {} does not reach the signature",
            lost + 1
        ))],
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{
        FIELD, catalog, refused_only_by, sealed, signature, unsigned_with,
    };
    use crate::report::Rulebook;

    #[test]
    fn samples() {
        let inline = FIELD.replace("6 0 R", &signature("ETSI.CAdES.detached", ""));
        let bad = unsigned_with(&catalog(""), &inline).revision();
        refused_only_by(super::RULE.code, Rulebook::Foreign, &sealed(), &bad);
        refused_only_by(super::RULE.code, Rulebook::Issued, &sealed(), &bad);
    }
}
