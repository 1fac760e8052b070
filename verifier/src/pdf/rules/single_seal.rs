//! `issued` (ETSI EN 319 142-1 6.3 narrowed): one seal a file; every other signature is a document time-stamp of a
//! later revision.

use super::super::site::Kind;
use super::{Breach, Case, Rule};

pub(super) const RULE: Rule = Rule {
    code: "dictionary.single_seal",
    clause: "ETSI EN 319 142-1 6.3",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    if !case.issued() {
        return Vec::new();
    }
    let seals: Vec<_> = case
        .pdf
        .sites
        .iter()
        .filter(|site| site.kind != Kind::DocTimeStamp)
        .collect();
    let [seal] = &*seals else {
        return vec![Breach::failed(format!(
            "the file bears {} seals",
            seals.len()
        ))];
    };
    let early = case
        .pdf
        .sites
        .iter()
        .any(|site| site.kind == Kind::DocTimeStamp && site.owner.home <= seal.owner.home);
    early
        .then(|| Breach::failed("a document time-stamp stands before the seal"))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{FIELD, refused_only_by, sealed, signature, unsigned};
    use crate::report::Rulebook;

    #[test]
    fn samples() {
        let bad = unsigned()
            .object(6, &signature("ETSI.CAdES.detached", ""))
            .without(8)
            .object(8, "[5 0 R 10 0 R]")
            .object(10, &FIELD.replace("6 0 R", "11 0 R"))
            .object(11, &signature("ETSI.CAdES.detached", ""))
            .revision();
        refused_only_by(super::RULE.code, Rulebook::Issued, &sealed(), &bad);
    }
}
