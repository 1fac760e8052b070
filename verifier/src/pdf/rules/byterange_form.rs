//! ISO 32000-1 12.8.1 and ETSI EN 319 142-1 6.3: /ByteRange is `[0 a b c]`, four plain direct integers within the
//! file. Signs, fractions, references, more or fewer pairs all exist only to confuse.

use super::{Breach, Case, Rule};

pub(super) const RULE: Rule = Rule {
    code: "byterange.form",
    clause: "ISO 32000-1 12.8.1",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    let seen = match (case.site.owner.byte_range, &case.site.covered) {
        (None, _) => "ByteRange is not an array of four plain integers",
        (Some(_), None) => "the ranges overlap or reach beyond the file",
        (Some([0, first, _, second]), Some(_)) if first > 0 && second > 0 => return Vec::new(),
        (Some(_), Some(_)) => "the first range does not start at 0, or one of the two is empty",
    };
    vec![Breach::failed(seen)]
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{refused_only_by, sealed, signature, unsigned};
    use crate::report::Rulebook;

    #[test]
    fn samples() {
        let from_one = |first, second, length| format!("[1 {} {second} {length}]", first - 1);
        let bad = unsigned()
            .byte_range(from_one)
            .object(6, &signature("ETSI.CAdES.detached", ""))
            .revision();
        refused_only_by(super::RULE.code, Rulebook::Foreign, &sealed(), &bad);
        refused_only_by(super::RULE.code, Rulebook::Issued, &sealed(), &bad);
    }
}
