//! ISO 32000-1 12.8.1: after the CMS structure /Contents holds padding. Anything but zeros there is room for what no
//! digest sees.

use super::{Breach, Case, Rule};

pub(super) const RULE: Rule = Rule {
    code: "byterange.padding",
    clause: "ISO 32000-1 12.8.1",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    let dirty = case.site.cms.is_some() && !case.site.owner.zero_padded;
    dirty
        .then(|| Breach::failed("something other than zeros follows the CMS structure"))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{CONTENTS, refused_only_by, sealed, signature, unsigned};
    use crate::report::Rulebook;

    #[test]
    fn samples() {
        let dirty = signature("ETSI.CAdES.detached", "").replace(CONTENTS, "30030201010001");
        let bad = unsigned().object(6, &dirty).revision();
        refused_only_by(super::RULE.code, Rulebook::Foreign, &sealed(), &bad);
        refused_only_by(super::RULE.code, Rulebook::Issued, &sealed(), &bad);
    }
}
