//! `issued` (ISO 19005-3 6.6.1): no scripts, no XFA form, no action that runs by itself; and no object streams, which
//! could hide them.

use super::{Breach, Case, OddityKind, Rule};

pub(super) const RULE: Rule = Rule {
    code: "dictionary.active_content",
    clause: "ISO 19005-3 6.6.1",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    if !case.issued() {
        return Vec::new();
    }
    if !case.pdf.streams.is_empty() {
        return vec![Breach::failed("the file has object streams")];
    }
    case.oddities(|kind| match kind {
        OddityKind::ActiveContent => {
            Some("a script, an XFA form or an action that runs by itself".to_owned())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{
        FIELD, catalog, refused_only_by, sealed, signature, unsigned_with,
    };
    use crate::report::Rulebook;

    #[test]
    fn samples() {
        let with = |entries: &str| {
            unsigned_with(&catalog(entries), FIELD)
                .object(6, &signature("ETSI.CAdES.detached", ""))
                .revision()
        };
        refused_only_by(
            super::RULE.code,
            Rulebook::Issued,
            &sealed(),
            &with("/OpenAction [3 0 R /Fit]"),
        );
        refused_only_by(
            super::RULE.code,
            Rulebook::Issued,
            &sealed(),
            &with("/Names << /JavaScript 9 0 R >>"),
        );
    }
}
