//! RFC 5652 §11, RFC 5035 §5.4: each signed attribute stands once and has one value; else two
//! readers may believe two different ones.

use std::collections::HashSet;

use crate::cms::oid;
use crate::cms::rules::{Subject, failed};
use crate::report::{Finding, SubIndication};

const CLAUSE: &str = "RFC 5652 11; RFC 5035 5.4";

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let list = &subject.attributes()?.list;
    let mut known = HashSet::new();
    let twice = list
        .iter()
        .find(|attribute| attribute.values.len() != 1 || !known.insert(attribute.oid));
    twice.map(|attribute| {
        let seen = format!(
            "attribute {} does not stand once with one value",
            oid::dotted(attribute.oid)
        );
        failed(
            "attribute.duplicate",
            SubIndication::FormatFailure,
            CLAUSE,
            seen,
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::cms::oid;
    use crate::cms::rules::sample::{Edit, attribute, foreign, issued};

    const CODE: Option<&str> = Some("attribute.duplicate");

    fn check(edit: Edit, expect: Option<&str>) {
        assert_eq!(issued(super::check, edit), expect);
        assert_eq!(foreign(super::check, edit), expect);
    }

    #[test]
    fn once_with_one_value() {
        check(|_| (), None);
        check(|cms| cms.attributes.extend_from_within(..1), CODE);
        check(
            |cms| cms.attributes[0] = attribute(oid::CONTENT_TYPE, &[]),
            CODE,
        );
        check(
            |cms| cms.attributes[0] = attribute(oid::CONTENT_TYPE, &[&[5, 0], &[5, 0]]),
            CODE,
        );
    }
}
