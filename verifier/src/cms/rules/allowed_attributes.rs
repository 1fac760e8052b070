//! ETSI EN 319 142-1 §6.3: no signing-time beside /M. `issued`: content-type, message-digest and
//! signing-certificate-v2, nothing else.

use crate::cms::oid;
use crate::cms::rules::{Role, Subject};
use crate::report::{Finding, Rulebook};

const CLAUSE: &str = "ETSI EN 319 142-1 6.3";

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let Role::Seal { cades } = subject.role else {
        return None;
    };
    let unwanted = |oid: &[u8]| match subject.rulebook {
        Rulebook::Issued => !matches!(
            oid,
            oid::CONTENT_TYPE | oid::MESSAGE_DIGEST | oid::SIGNING_CERTIFICATE_V2
        ),
        Rulebook::Foreign => cades && oid == oid::SIGNING_TIME,
    };
    let attribute = subject
        .attributes()?
        .list
        .iter()
        .find(|attribute| unwanted(attribute.oid))?;
    let seen = format!(
        "signed attribute {} has no place here",
        oid::dotted(attribute.oid)
    );
    Some(subject.deviation("attribute.unexpected", CLAUSE, seen))
}

#[cfg(test)]
mod tests {
    use crate::cms::oid;
    use crate::cms::rules::sample::{Edit, attribute, foreign, issued};

    const CODE: Option<&str> = Some("attribute.unexpected");

    fn check(edit: Edit, in_issued: Option<&str>, in_foreign: Option<&str>) {
        assert_eq!(issued(super::check, edit), in_issued);
        assert_eq!(foreign(super::check, edit), in_foreign);
    }

    #[test]
    fn three_and_no_more() {
        check(|_| (), None, None);
        let time: Edit = |cms| {
            cms.attributes
                .push(attribute(oid::SIGNING_TIME, &[b"\x17\x0d261122000000Z"]));
        };
        check(time, CODE, CODE);
        check(
            |cms| {
                cms.attributes
                    .push(attribute(oid::ALGORITHM_PROTECTION, &[&[5, 0]]))
            },
            CODE,
            None,
        );
    }
}
