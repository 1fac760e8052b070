//! ISO 32000-2 §12.8.3.3.1: the SignedData is detached: type id-data, no eContent.
//! RFC 3161 §2.4.2: a token holds a TSTInfo.

use crate::cms::oid;
use crate::cms::rules::{Role, Subject, failed};
use crate::report::{Finding, SubIndication};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let content_type = subject.signed.content_type;
    let has_content = subject.signed.content.is_some();
    let (code, clause, seen) = match subject.role {
        Role::Seal { .. } if has_content => (
            "cms.econtent",
            "ISO 32000-2 12.8.3.3.1",
            "a detached signature holds content".into(),
        ),
        Role::Seal { .. } if content_type != oid::DATA => {
            let seen = format!("a content of type {}", oid::dotted(content_type));
            ("cms.content_type", "RFC 5652 11.1", seen)
        }
        Role::TimeStamp if content_type != oid::TST_INFO || !has_content => (
            "timestamp.no_tst_info",
            "RFC 3161 2.4.2",
            "a token without TSTInfo".into(),
        ),
        _ => return None,
    };
    Some(failed(code, SubIndication::FormatFailure, clause, seen))
}

#[cfg(test)]
mod tests {
    use crate::cms::oid;
    use crate::cms::rules::sample::{Edit, foreign, issued, token};

    fn check(edit: Edit, expect: Option<&str>) {
        assert_eq!(issued(super::check, edit), expect);
        assert_eq!(foreign(super::check, edit), expect);
    }

    #[test]
    fn a_seal_holds_no_content() {
        check(|_| (), None);
        check(|cms| cms.content = Some(vec![]), Some("cms.econtent"));
        check(
            |cms| cms.content_type = oid::TST_INFO.to_vec(),
            Some("cms.content_type"),
        );
    }

    #[test]
    fn a_token_holds_a_tst_info() {
        assert_eq!(token(super::check, |_| ()), None);
        assert_eq!(
            token(super::check, |cms| cms.content = None),
            Some("timestamp.no_tst_info")
        );
        let data: Edit = |cms| cms.content_type = oid::DATA.to_vec();
        assert_eq!(token(super::check, data), Some("timestamp.no_tst_info"));
    }
}
