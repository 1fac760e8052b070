//! ETSI EN 319 142-1 6.3: the ranges cover the whole revision that holds the signature, to its last byte.

use super::{Breach, Case, Rule};

pub(super) const RULE: Rule = Rule {
    code: "byterange.coverage",
    clause: "ETSI EN 319 142-1 6.3",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    let Some([_, second]) = &case.site.covered else {
        return Vec::new();
    };
    let home = case
        .site
        .owner
        .home
        .and_then(|home| case.pdf.revisions.get(home));
    match home {
        Some(home) if second.end == home.end => Vec::new(),
        // Some writers leave the last end of line out of the ranges; nothing else can stand there.
        Some(home) if second.end == home.eof && !case.issued() => Vec::new(),
        Some(home) => vec![Breach::failed(format!(
            "the ranges end at {}, the revision of the signature at {}",
            second.end, home.end
        ))],
        None => vec![Breach::failed("the signature stands in no revision")],
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{refused_only_by, sealed, signature, unsigned};
    use crate::report::Rulebook;

    #[test]
    fn samples() {
        let without_eol = |first, second, length| format!("[0 {first} {second} {}]", length - 1);
        let without_eof = |first, second, length| format!("[0 {first} {second} {}]", length - 6);
        let bad = |write| {
            unsigned()
                .byte_range(write)
                .object(6, &signature("ETSI.CAdES.detached", ""))
                .revision()
        };
        refused_only_by(
            super::RULE.code,
            Rulebook::Issued,
            &sealed(),
            &bad(without_eol),
        );
        refused_only_by(
            super::RULE.code,
            Rulebook::Foreign,
            &bad(without_eol),
            &bad(without_eof),
        );
    }
}
