//! RFC 5652 §5.1, §5.3: the version numbers follow from what is inside.
//!
//! SignedData: 1 with id-data, 3 with another content or a subjectKeyIdentifier.
//! SignerInfo: 1 with issuerAndSerialNumber, 3 with subjectKeyIdentifier (`foreign` only).

use crate::cms::oid;
use crate::cms::rules::{Subject, failed};
use crate::cms::signed_data::SignerId;
use crate::report::{Finding, Rulebook, SubIndication};

const CLAUSE: &str = "RFC 5652 5.1, 5.3";

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let (signed, signer) = (subject.signed, subject.signer);
    let by_key = matches!(signer.id, SignerId::KeyIdentifier(_));
    if by_key && subject.rulebook == Rulebook::Issued {
        let seen = "the signer is named by key identifier, not by issuer and serial";
        return Some(failed(
            "cms.signer_id",
            SubIndication::FormatFailure,
            CLAUSE,
            seen,
        ));
    }
    let signer_version = if by_key { 3 } else { 1 };
    let signed_version = if by_key || signed.content_type != oid::DATA {
        3
    } else {
        1
    };
    if (signed.version, signer.version) == (signed_version, signer_version) {
        return None;
    }
    let seen = format!(
        "versions {} (SignedData) and {} (SignerInfo) where {signed_version} and {signer_version} belong",
        signed.version, signer.version
    );
    Some(subject.deviation("cms.version", CLAUSE, seen))
}

#[cfg(test)]
mod tests {
    use crate::cms::rules::sample::{Edit, foreign, issued};

    const CODE: &str = "cms.version";

    fn check(edit: Edit, in_issued: Option<&str>, in_foreign: Option<&str>) {
        assert_eq!(issued(super::check, edit), in_issued);
        assert_eq!(foreign(super::check, edit), in_foreign);
    }

    #[test]
    fn versions_follow_the_content() {
        check(|_| (), None, None);
        check(|cms| cms.version = 3, Some(CODE), Some(CODE));
        check(|cms| cms.signer_version = 3, Some(CODE), Some(CODE));
        check(
            |cms| {
                cms.key_identifier = Some(vec![7; 20]);
                (cms.version, cms.signer_version) = (3, 3);
            },
            Some("cms.signer_id"),
            None,
        );
    }
}
