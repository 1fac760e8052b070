use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

use super::*;

const SHA256_ECDSA: &str = "300a06082a8648ce3d040302";
const SHA256: Option<Digest> = Some(Digest::Sha256);

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

/// A P-256 key as SPKI and a signature of `message` in DER.
fn signed(message: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
    let key =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap();
    let mut spki = hex("3059301306072a8648ce3d020106082a8648ce3d030107034200");
    spki.extend_from_slice(key.public_key().as_ref());
    (spki, key.sign(&random, message).unwrap().as_ref().to_vec())
}

#[test]
fn a_signature_counts_under_its_own_algorithm_only() {
    let (spki, signature) = signed(b"message");
    let check = |algorithm: &str, digest, message: &[u8]| {
        Algorithms::default().verify(&hex(algorithm), digest, &spki, message, &signature)
    };
    assert_eq!(
        check(SHA256_ECDSA, None, b"message"),
        Ok(Suite::EcdsaP256Sha256)
    );
    assert_eq!(
        check(SHA256_ECDSA, SHA256, b"message"),
        Ok(Suite::EcdsaP256Sha256)
    );
    assert_eq!(
        check(SHA256_ECDSA, None, b"messagf"),
        Err(Refused::BadSignature)
    );
    assert_eq!(
        check("300a06082a8648ce3d040303", None, b"message"),
        Err(Refused::BadSignature)
    );
    // another hash named beside, parameters where none may be, an algorithm for another key
    for (algorithm, digest) in [
        (SHA256_ECDSA, Some(Digest::Sha384)),
        ("300c06082a8648ce3d0403020500", None),
        ("300d06092a864886f70d01010b0500", None),
        ("300506032b6570", None),
    ] {
        let refused = check(algorithm, digest, b"message").unwrap_err();
        assert_eq!(
            refused.sub_indication(),
            SubIndication::FormatFailure,
            "{algorithm}"
        );
    }
}

#[test]
fn weak_and_unknown_algorithms_leave_the_answer_open() {
    let (spki, signature) = signed(b"message");
    for algorithm in [
        "300906072a8648ce3d0401",         // ECDSA with SHA-1
        "300d06092a864886f70d0101050500", // RSA with SHA-1
        "300d06092a864886f70d0101040500", // RSA with MD5
        "300906072a8648ce380403",         // DSA with SHA-1
        "300a06082a8648ce3d040304",       // ECDSA with SHA-512
        "300506032b6571",                 // Ed448
        "300a06082a811ccf55018375",       // SM2 with SM3
        "300d06092a864886f70d01010a3000", // PSS with its SHA-1 defaults
    ] {
        let refused = Algorithms::default()
            .verify(&hex(algorithm), None, &spki, b"message", &signature)
            .unwrap_err();
        let expected = SubIndication::CryptoConstraintsFailureNoPoe;
        assert_eq!(refused.sub_indication(), expected, "{algorithm}: {refused}");
    }
}

#[test]
fn a_policy_narrows_the_list_by_name() {
    let (spki, signature) = signed(b"message");
    let under = |names: &[&str]| {
        Algorithms::from_names(names.iter().copied(), 2048)
            .unwrap()
            .verify(&hex(SHA256_ECDSA), None, &spki, b"message", &signature)
    };
    assert!(under(&["ecdsa-p256-sha256"]).is_ok());
    assert!(matches!(
        under(&["rsa-pkcs1-sha256", "ed25519"]),
        Err(Refused::Unsupported(_))
    ));
    let unknown = Algorithms::from_names(["ecdsa-p521-sha512"], 2048).unwrap_err();
    assert!(
        unknown
            .to_string()
            .contains("known are ecdsa-p256-sha256, "),
        "{unknown}"
    );
    assert_eq!(
        Algorithms::from_names([], 1024),
        Err(BadAlgorithms::RsaBits(1024))
    );
}

#[test]
fn keys_with_explicit_curves_or_too_few_bits_are_refused() {
    let algorithms = Algorithms::default();
    let explicit = hex("3014300d06072a8648ce3d0201300206000303000400");
    let refused = algorithms
        .verify(&hex(SHA256_ECDSA), None, &explicit, b"", b"")
        .unwrap_err();
    assert!(matches!(refused, Refused::Unsupported(_)), "{refused:?}");

    let mut modulus = vec![0x00, 0x80];
    modulus.extend([0x01; 127]);
    let mut key = vec![0x02, 0x81, 0x81];
    key.extend(&modulus);
    key.extend([0x02, 0x03, 0x01, 0x00, 0x01]);
    let mut spki = hex("30819f300d06092a864886f70d010101050003818d00308189");
    spki.extend(&key);
    let rsa = hex("300d06092a864886f70d01010b0500");
    let refused = algorithms.verify(&rsa, None, &spki, b"", b"").unwrap_err();
    assert_eq!(refused, Refused::TooWeak("RSA with 1024 bits".to_owned()));
}
