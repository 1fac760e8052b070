//! Design of the seal (ETSI EN 319 142-1 §6.2.1): `issued` encloses X.509s of its own chain only;
//! CRLs and attribute certificates have no place. Which X.509s the chain uses, `seal` knows.

use crate::cms::rules::Subject;
use crate::report::{Finding, Rulebook};

const CLAUSE: &str = "ETSI EN 319 142-1 6.2.1";

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let signed = subject.signed;
    let others = signed.has_crls || signed.other_choices > 0;
    if subject.rulebook == Rulebook::Foreign || !others {
        return None;
    }
    let seen = "the signature encloses CRLs or things that are no X.509".to_owned();
    Some(subject.deviation("cms.enclosed", CLAUSE, seen))
}

#[cfg(test)]
mod tests {
    use crate::cms::rules::sample::{Edit, foreign, issued, token};

    const CODE: Option<&str> = Some("cms.enclosed");

    fn check(edit: Edit, in_issued: Option<&str>) {
        assert_eq!(issued(super::check, edit), in_issued);
        assert_eq!(token(super::check, edit), in_issued);
        assert_eq!(foreign(super::check, edit), None);
    }

    #[test]
    fn x509s_only() {
        check(|_| (), None);
        check(|cms| cms.crls = Some(vec![]), CODE);
        check(|cms| cms.x509s.push(vec![0xa1, 0]), CODE);
    }
}
