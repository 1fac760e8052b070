//! RFC 5652 §11.1: the content-type attribute is there and names the type of the content.

use crate::cms::oid;
use crate::cms::rules::{Subject, failed};
use crate::report::{Finding, SubIndication};
use crate::x509::der::tag;

const CLAUSE: &str = "RFC 5652 11.1";

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let (code, seen) = match subject.attributes()?.value(oid::CONTENT_TYPE) {
        Some(value) if value.tag == tag::OID && value.content == subject.signed.content_type => {
            return None;
        }
        Some(_) => (
            "attribute.content_type",
            "the content-type attribute names another type",
        ),
        None => (
            "attribute.content_type",
            "the content-type attribute is missing",
        ),
    };
    Some(failed(code, SubIndication::FormatFailure, CLAUSE, seen))
}

#[cfg(test)]
mod tests {
    use crate::cms::oid;
    use crate::cms::rules::sample::{Edit, foreign, issued, token};

    const CODE: Option<&str> = Some("attribute.content_type");

    fn check(edit: Edit, expect: Option<&str>) {
        assert_eq!(issued(super::check, edit), expect);
        assert_eq!(foreign(super::check, edit), expect);
        assert_eq!(token(super::check, edit), expect);
    }

    #[test]
    fn names_the_content() {
        check(|_| (), None);
        check(|cms| cms.remove(oid::CONTENT_TYPE), CODE);
        check(|cms| cms.content_type = oid::SIGNED_DATA.to_vec(), CODE);
    }
}
