//! RFC 5652 §5.6: the signature verifies over the DER of the signed attributes, by the key of the
//! X.509 that the SignerInfo names, under a suite of the policy.

use crate::cms::rules::{Subject, failed, indeterminate};
use crate::report::{Finding, Rulebook, SubIndication};
use crate::suites::Refused;

const CLAUSE: &str = "RFC 5652 5.6";

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let x509 = subject.x509?;
    // Without signed attributes or with an unknown hash another rule has spoken.
    let attributes = subject.attributes()?;
    let digest = subject.digest()?;
    let verify = |message: &[u8]| {
        let algorithm = subject.signer.signature_algorithm.encoded;
        let signature = subject.signer.signature;
        subject
            .algorithms
            .verify(algorithm, Some(digest), x509.spki, message, signature)
    };
    let mut verified = verify(&attributes.signed_bytes());
    // Some signers sort what they sign and forget to sort what they write.
    let unsorted = subject.rulebook == Rulebook::Foreign && !attributes.in_der_order();
    if unsorted && verified == Err(Refused::BadSignature) {
        verified = verify(&attributes.signed_bytes_in_order());
    }
    let refused = verified.err()?;
    let sub = refused.sub_indication();
    let seen = refused.to_string();
    Some(match sub {
        SubIndication::CryptoConstraintsFailureNoPoe => {
            indeterminate("cms.suite_not_allowed", sub, CLAUSE, seen)
        }
        _ => failed("cms.signature", sub, CLAUSE, seen),
    })
}

#[cfg(test)]
mod tests {
    use crate::cms::oid;
    use crate::cms::rules::sample::{Edit, algorithm, foreign, issued, token};

    fn check(edit: Edit, expect: Option<&str>) {
        assert_eq!(issued(super::check, edit), expect, "issued");
        assert_eq!(foreign(super::check, edit), expect, "foreign");
        assert_eq!(token(super::check, edit), expect, "token");
    }

    #[test]
    fn verifies_over_the_attributes() {
        check(|_| (), None);
        check(|cms| cms.spoilt = true, Some("cms.signature"));
        let unknown: Edit = |cms| cms.signature_algorithm = algorithm(oid::DATA);
        check(unknown, Some("cms.suite_not_allowed"));
    }

    #[test]
    fn what_was_sorted_for_signing_alone_verifies_when_foreign() {
        let edit: Edit = |cms| {
            cms.shuffled = true;
            cms.signed_in_order = true;
        };
        assert_eq!(foreign(super::check, edit), None);
        assert_eq!(issued(super::check, edit), Some("cms.signature"));
    }
}
