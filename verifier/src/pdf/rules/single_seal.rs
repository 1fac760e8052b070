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
