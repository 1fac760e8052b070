//! RFC 5652 §11.2, §5.6: the message-digest attribute is the digest of the content, here of the
//! covered ranges or of TSTInfo.

use crate::cms::oid;
use crate::cms::rules::{Subject, failed, hash};
use crate::report::{Finding, SubIndication};
use crate::x509::der::tag;

const CODE: &str = "attribute.message_digest";
const CLAUSE: &str = "RFC 5652 11.2, 5.6";

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let Some(value) = subject.attributes()?.value(oid::MESSAGE_DIGEST) else {
        let seen = "the message-digest attribute is missing";
        return Some(failed(CODE, SubIndication::FormatFailure, CLAUSE, seen));
    };
    // An unknown hash is remarked by algorithm_identifiers.
    let computed = hash(subject.digest()?, subject.content);
    if value.tag == tag::OCTET_STRING && value.content == computed.as_ref() {
        return None;
    }
    let seen = "the covered bytes are not those that were signed";
    Some(failed(CODE, SubIndication::HashFailure, CLAUSE, seen))
}

#[cfg(test)]
mod tests {
    use crate::cms::oid;
    use crate::cms::rules::sample::{Edit, attribute, foreign, issued, token};

    const CODE: Option<&str> = Some("attribute.message_digest");

    fn check(edit: Edit, expect: Option<&str>) {
        assert_eq!(issued(super::check, edit), expect);
        assert_eq!(foreign(super::check, edit), expect);
        assert_eq!(token(super::check, edit), expect);
    }

    #[test]
    fn is_the_digest() {
        check(|_| (), None);
        check(|cms| cms.remove(oid::MESSAGE_DIGEST), CODE);
        let other: Edit = |cms| {
            cms.remove(oid::MESSAGE_DIGEST);
            let value = [&[4, 32][..], &[9; 32]].concat();
            cms.attributes
                .push(attribute(oid::MESSAGE_DIGEST, &[&value]));
        };
        check(other, CODE);
    }
}
