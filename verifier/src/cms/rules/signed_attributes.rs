//! RFC 5652 §5.3, ETSI EN 319 122-1 §5.1: signed attributes are there. Without them the signature
//! names neither its X.509 nor its content, and a signed text can be passed off as attributes.

use crate::cms::rules::{Subject, failed};
use crate::report::{Finding, SubIndication};

const CLAUSE: &str = "RFC 5652 5.3; ETSI EN 319 122-1 5.1";

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let none = subject
        .attributes()
        .is_none_or(|attributes| attributes.list.is_empty());
    none.then(|| {
        let seen = "the signature has no signed attributes";
        failed(
            "attribute.missing",
            SubIndication::FormatFailure,
            CLAUSE,
            seen,
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::cms::rules::sample::{Edit, foreign, issued};

    fn check(edit: Edit, expect: Option<&str>) {
        assert_eq!(issued(super::check, edit), expect);
        assert_eq!(foreign(super::check, edit), expect);
    }

    #[test]
    fn there_are_some() {
        check(|_| (), None);
        check(|cms| cms.attributes.clear(), Some("attribute.missing"));
    }
}
