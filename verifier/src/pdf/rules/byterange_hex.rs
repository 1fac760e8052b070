//! ISO 32000-1 12.8.1: /Contents is a hexadecimal string. White space, an odd digit, or (in what we issued) a change
//! of case would be a change of bytes that no digest sees.

use super::super::object::hex_value;
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
    let seen = match contents {
        Some([b'<', digits @ .., b'>'])
            if !digits.iter().all(|byte| hex_value(*byte).is_some()) =>
        {
            "/Contents holds something other than hexadecimal digits"
        }
        Some([b'<', digits @ .., b'>']) if !digits.len().is_multiple_of(2) => {
            "/Contents has an odd number of digits"
        }
        Some([b'<', digits @ .., b'>'])
            if case.issued() && digits.iter().any(u8::is_ascii_uppercase) =>
        {
            "/Contents has upper-case digits"
        }
        Some([b'<', .., b'>']) if case.site.cms.is_none() => "/Contents holds no whole ASN.1 value",
        Some([b'<', .., b'>']) => return Vec::new(),
        _ => "/Contents is not a hexadecimal string",
    };
    vec![Breach::failed(seen)]
}
