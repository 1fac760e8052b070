//! ETSI EN 319 142-1 6.3 (and ISO 32000-2 12.8.1): what the ranges leave out is exactly the value of /Contents,
//! delimiters included, of the very dictionary that bears the /ByteRange.

use super::{Breach, Case, Rule};

pub(super) const RULE: Rule = Rule {
    code: "byterange.gap",
    clause: "ISO 32000-2 12.8.1",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    let Some([first, second]) = &case.site.covered else {
        return Vec::new();
    };
    match &case.site.owner.contents {
        Some(contents) if *contents == (first.end..second.start) => Vec::new(),
        Some(contents) => vec![Breach::failed(format!(
            "the gap is {}..{}, /Contents stands at {}..{}",
            first.end, second.start, contents.start, contents.end
        ))],
        None => vec![Breach::failed(
            "the dictionary has no direct string under /Contents",
        )],
    }
}
