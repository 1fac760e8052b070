//! ISO 32000-1 12.8.1: /Contents is a hexadecimal string. White space, an odd digit, or (in what we issued) a change
//! of case would be a change of bytes that no digest sees.

use super::super::object::{all_bytes, is_hex};
use super::{Breach, Case, Rule};

pub(super) const RULE: Rule = Rule {
    code: "byterange.hex",
    clause: "ISO 32000-1 12.8.1",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    let contents = case
        .site
        .owner
        .contents
        .clone()
        .and_then(|range| case.pdf.bytes.get(range));
    let Some([b'<', digits @ .., b'>']) = contents else {
        return vec![Breach::failed("/Contents is not a hexadecimal string")];
    };
    let seen = if !all_bytes(digits, is_hex) {
        "/Contents holds something other than hexadecimal digits"
    } else if !digits.len().is_multiple_of(2) {
        "/Contents has an odd number of digits"
    } else if case.issued() && !all_bytes(digits, |digit| !digit.is_ascii_uppercase()) {
        "/Contents has upper-case digits"
    } else if case.site.cms.is_none() {
        "/Contents holds no whole ASN.1 value"
    } else {
        return Vec::new();
    };
    vec![Breach::failed(seen)]
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{CONTENTS, refused_only_by, sealed, signature, unsigned};
    use crate::report::Rulebook;

    #[test]
    fn samples() {
        let lower = signature("ETSI.CAdES.detached", "").replace(CONTENTS, "300302010a00");
        let upper = lower.replace("300302010a00", "300302010A00");
        let good = unsigned().object(6, &lower).revision();
        let bad = unsigned().object(6, &upper).revision();
        refused_only_by(super::RULE.code, Rulebook::Issued, &good, &bad);
        let spaced = unsigned()
            .object(6, &lower.replace("0100", "01 00").replace("010a", "01 0a"))
            .revision();
        refused_only_by(super::RULE.code, Rulebook::Foreign, &sealed(), &spaced);
    }
}
