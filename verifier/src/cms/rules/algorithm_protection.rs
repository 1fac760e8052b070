//! RFC 6211 §2: CMSAlgorithmProtection, where it stands, repeats the algorithms of the SignerInfo.

use crate::cms::oid;
use crate::cms::rules::{Subject, failed};
use crate::cms::signed_data::algorithm;
use crate::report::{Finding, SubIndication};
use crate::x509::der::{self, tag};

const CODE: &str = "attribute.algorithm_protection";
const CLAUSE: &str = "RFC 6211 2, 3";

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let value = subject.attributes()?.value(oid::ALGORITHM_PROTECTION)?;
    let read = der::sequence(value.whole, |fields| {
        let digest = algorithm(fields)?.encoded;
        Ok((digest, fields.optional(tag::constructed(1))?))
    });
    let signature = subject.signer.signature_algorithm.encoded;
    let same = read.is_ok_and(|(digest, protected)| {
        digest == subject.signer.digest_algorithm.encoded
            && protected.is_some_and(|protected| signature.ends_with(protected))
    });
    let seen = "the signed attributes name other algorithms than the signature";
    (!same).then(|| failed(CODE, SubIndication::SigCryptoFailure, CLAUSE, seen))
}

#[cfg(test)]
mod tests {
    use crate::cms::oid;
    use crate::cms::rules::sample::{Edit, algorithm, attribute, foreign, token};

    fn check(edit: Edit, expect: Option<&str>) {
        assert_eq!(foreign(super::check, edit), expect);
        assert_eq!(token(super::check, edit), expect);
    }

    #[test]
    fn repeats_the_algorithms() {
        check(|_| (), None);
        check(|cms| protect(cms, oid::SHA256), None);
        check(
            |cms| protect(cms, oid::SHA512),
            Some("attribute.algorithm_protection"),
        );
        check(
            |cms| {
                cms.attributes
                    .push(attribute(oid::ALGORITHM_PROTECTION, &[&[5, 0]]))
            },
            Some("attribute.algorithm_protection"),
        );
    }

    fn protect(cms: &mut crate::cms::rules::sample::Cms, digest: &[u8]) {
        let mut signature = cms.signature_algorithm.clone();
        signature[0] = 0xa1;
        let both = [algorithm(digest), signature].concat();
        let value = [&[0x30, both.len() as u8][..], &both].concat();
        cms.attributes
            .push(attribute(oid::ALGORITHM_PROTECTION, &[&value]));
    }
}
