//! Policies good and bad, and what a person is told.

use std::sync::LazyLock;

use super::*;
use crate::forge::pki::{Pki, START};

static PKI: LazyLock<Pki> = LazyLock::new(Pki::new);

fn good() -> String {
    PKI.policy(&PKI.crls(START, &[]))
}

/// The error for the good policy with `from` replaced by `to` once.
fn check(from: &str, to: &str, expect: &str) {
    let policy = good().replacen(from, to, 1);
    assert_ne!(policy, good(), "{from:?} is not in the sample");
    let error = Trust::from_policy(&policy).unwrap_err().to_string();
    assert!(error.contains(expect), "{error}\ndoes not say {expect:?}");
}

#[test]
fn a_good_policy() {
    let trust = Trust::from_policy(&good()).unwrap();
    assert_eq!(trust.anchors(Purpose::Seal).count(), 1);
    assert_eq!(trust.anchors(Purpose::Receipt).count(), 0);
    assert_eq!(trust.intermediates.len(), 2);
    assert_eq!(trust.seals().unwrap().len(), 1);
    assert_eq!(trust.crls.len(), 3);
}

#[test]
fn errors_name_the_place() {
    check(
        "version = 1",
        "version = 2",
        "version: 2 where only 1 is known",
    );
    check(
        "version = 1",
        "version = 1\ncolour = \"red\"",
        "unknown field `colour`",
    );
    check(
        "purpose = \"seal\"",
        "purpose = \"love\"",
        "unknown variant `love`",
    );
    check("2026-11-22T00:00:00Z", "yesterday", "made: no instant");
    check("policy_oid = \"2", "policy_oid = \"9", "policy_oid: ");
    check("BEGIN CERTIFICATE", "BEGIN PRIVATE KEY", "anchor[0].x509: ");
    check(
        "sha256 = \"",
        "sha256 = \"g",
        "seal_x509[0].sha256: not 64 lower-case hex",
    );
    check(
        "to = \"2029",
        "to = \"2025",
        "seal_x509[0].to: not later than `from`",
    );
    check("-----END X509 CRL-----", "", "crl[0].pem: ");
    let list = "version = 1\nalgorithms = { signature = [\"rot13\"], min_rsa_bits = 2048 }";
    check(
        "version = 1",
        list,
        "algorithms: no signature algorithm is called \"rot13\"",
    );
    let list = "version = 1\nalgorithms = { signature = [], min_rsa_bits = 512 }";
    check(
        "version = 1",
        list,
        "min_rsa_bits must lie between 2048 and 8192",
    );
}

#[test]
fn a_digest_that_is_not_the_x509s() {
    let other = good().replace(&PKI.seal.sha256(), &PKI.tls.sha256());
    let error = Trust::from_policy(&other).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("not the SHA-256 of the X.509 beside it"),
        "{error}"
    );
}

#[test]
fn bare_anchors() {
    let trust = Trust::from_anchors(&PKI.root.pem(), Some(&PKI.crls(START, &[])), false).unwrap();
    assert_eq!(trust.anchors(Purpose::Tsa).count(), 1);
    assert!(trust.seals().is_none());
    let empty = Trust::from_anchors("", None, false).unwrap_err();
    assert!(empty.to_string().contains("holds no X.509"), "{empty}");
    let broken = Trust::from_anchors(&PKI.root.pem(), Some("-----BEGIN X509 CRL-----"), false);
    assert!(broken.unwrap_err().to_string().contains("without"));
}

#[test]
fn our_policy_is_an_object_identifier() {
    assert_eq!(our_policy().to_string(), POLICY_OID);
}
