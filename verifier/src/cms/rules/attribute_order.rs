//! RFC 5652 §5.4, X.690 §11.6: the signed attributes stand in the order of DER.

use crate::cms::rules::Subject;
use crate::report::Finding;

const CLAUSE: &str = "RFC 5652 5.4; X.690 11.6";

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let sorted = subject.attributes()?.in_der_order();
    let seen = || "the signed attributes are not in the order of DER".to_owned();
    (!sorted).then(|| subject.deviation("attribute.order", CLAUSE, seen()))
}

#[cfg(test)]
mod tests {
    use crate::cms::rules::sample::{Edit, foreign, issued};

    fn check(edit: Edit, expect: Option<&str>) {
        assert_eq!(issued(super::check, edit), expect);
        assert_eq!(foreign(super::check, edit), expect);
    }

    #[test]
    fn sorted_as_a_set() {
        check(|_| (), None);
        check(|cms| cms.shuffled = true, Some("attribute.order"));
    }
}
