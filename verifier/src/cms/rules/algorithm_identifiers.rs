//! RFC 5754 §2, §3, RFC 3370 §3.2: algorithm identifiers have the parameters that their type wants,
//! and a hash that the signature algorithm names is the signer's digest algorithm.

use crate::cms::oid;
use crate::cms::rules::{Subject, digest_of, failed, indeterminate};
use crate::report::{Finding, SubIndication};

const CLAUSE: &str = "RFC 5754 2, 3";

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let digest = subject.signer.digest_algorithm;
    let signature = subject.signer.signature_algorithm;
    if digest_of(digest.oid).is_none() {
        let seen = format!(
            "digest algorithm {} is not allowed",
            oid::dotted(digest.oid)
        );
        let sub = SubIndication::CryptoConstraintsFailureNoPoe;
        return Some(indeterminate("cms.digest_not_allowed", sub, CLAUSE, seen));
    }
    let mismatch = |seen: &str| {
        Some(failed(
            "cms.algorithm_mismatch",
            SubIndication::FormatFailure,
            CLAUSE,
            seen,
        ))
    };
    if !digest.bare_or_null() {
        return mismatch("the digest algorithm bears parameters");
    }
    match hash_named_by(signature.oid) {
        Some(named) if named != digest.oid => {
            mismatch("digest algorithm and signature algorithm name different hashes")
        }
        _ => None,
    }
}

/// The hash that a signature algorithm names by itself.
fn hash_named_by(signature: &[u8]) -> Option<&'static [u8]> {
    match signature {
        oid::SHA1_WITH_RSA | oid::ECDSA_WITH_SHA1 => Some(oid::SHA1),
        oid::SHA256_WITH_RSA | oid::ECDSA_WITH_SHA256 => Some(oid::SHA256),
        oid::SHA384_WITH_RSA | oid::ECDSA_WITH_SHA384 => Some(oid::SHA384),
        oid::SHA512_WITH_RSA | oid::ECDSA_WITH_SHA512 => Some(oid::SHA512),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::cms::oid;
    use crate::cms::rules::sample::{Edit, algorithm, foreign, issued};
    use crate::cms::strict::put;
    use crate::x509::der::tag;

    fn check(edit: Edit, expect: Option<&str>) {
        assert_eq!(issued(super::check, edit), expect);
        assert_eq!(foreign(super::check, edit), expect);
    }

    #[test]
    fn identifiers_agree() {
        check(|_| (), None);
        check(
            |cms| {
                let mut null = Vec::new();
                put(
                    tag::SEQUENCE,
                    b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00",
                    &mut null,
                );
                cms.digest_algorithm = null;
            },
            None,
        );
        check(
            |cms| cms.digest_algorithm = algorithm(oid::SHA512),
            Some("cms.algorithm_mismatch"),
        );
        check(
            |cms| {
                let mut odd = Vec::new();
                put(
                    tag::SEQUENCE,
                    b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x00",
                    &mut odd,
                );
                cms.digest_algorithm = odd;
            },
            Some("cms.algorithm_mismatch"),
        );
        check(
            |cms| cms.digest_algorithm = algorithm(oid::SHA1),
            Some("cms.digest_not_allowed"),
        );
    }
}
