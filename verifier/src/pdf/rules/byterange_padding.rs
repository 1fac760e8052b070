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
