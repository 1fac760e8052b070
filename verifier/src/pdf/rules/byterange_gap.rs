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

#[cfg(test)]
mod tests {
    use super::super::super::testing::{refused_only_by, sealed, signature, unsigned};
    use crate::report::Rulebook;

    #[test]
    fn samples() {
        let one_more = |first, second, length| format!("[0 {first} {} {}]", second + 1, length - 1);
        let bad = unsigned()
            .byte_range(one_more)
            .object(6, &signature("ETSI.CAdES.detached", ""))
            .revision();
        refused_only_by(super::RULE.code, Rulebook::Foreign, &sealed(), &bad);
        refused_only_by(super::RULE.code, Rulebook::Issued, &sealed(), &bad);
    }
}
