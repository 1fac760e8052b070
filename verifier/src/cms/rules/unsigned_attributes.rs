//! ETSI EN 319 142-1 §6.3: of unsigned attributes `issued` knows one signature-time-stamp with one
//! token, and none inside a token: nobody signs them, so nothing else may hide there.

use crate::cms::oid;
use crate::cms::rules::{Role, Subject};
use crate::report::{Finding, Rulebook};

const CLAUSE: &str = "ETSI EN 319 142-1 6.3";

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let attributes = subject.signer.unsigned_attributes.as_ref()?;
    if subject.rulebook == Rulebook::Foreign {
        return None;
    }
    let one_time_stamp = matches!(
        attributes.list.as_slice(),
        [only] if only.oid == oid::SIGNATURE_TIME_STAMP && only.values.len() == 1
    );
    let good = one_time_stamp && matches!(subject.role, Role::Seal { .. });
    let seen = || "unsigned attributes other than one signature time-stamp".to_owned();
    (!good).then(|| subject.deviation("attribute.unsigned", CLAUSE, seen()))
}

#[cfg(test)]
mod tests {
    use crate::cms::oid;
    use crate::cms::rules::sample::{Edit, attribute, foreign, issued, token};

    const CODE: Option<&str> = Some("attribute.unsigned");

    fn check(edit: Edit, [in_issued, in_foreign, in_token]: [Option<&str>; 3]) {
        assert_eq!(issued(super::check, edit), in_issued, "issued");
        assert_eq!(foreign(super::check, edit), in_foreign, "foreign");
        assert_eq!(token(super::check, edit), in_token, "token");
    }

    #[test]
    fn one_time_stamp() {
        check(|_| (), [None; 3]);
        check(
            |cms| {
                cms.unsigned
                    .push(attribute(oid::SIGNATURE_TIME_STAMP, &[&[0x30, 0]]))
            },
            [None, None, CODE],
        );
        check(
            |cms| cms.unsigned.push(attribute(oid::SIGNING_TIME, &[&[5, 0]])),
            [CODE, None, CODE],
        );
        check(
            |cms| {
                let twice = attribute(oid::SIGNATURE_TIME_STAMP, &[&[0x30, 0], &[0x30, 0]]);
                cms.unsigned.push(twice);
            },
            [CODE, None, CODE],
        );
    }
}
