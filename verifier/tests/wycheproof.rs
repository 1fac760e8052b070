//! Wycheproof vectors against `suites`: every answer as demanded, or in the exceptions with a reason.

#![allow(clippy::unwrap_used, clippy::panic)] // a test stops where it fails

mod shared;

use shared::{Divergences, Folder};
use verifier::suites::{Algorithms, Refused};

/// File, AlgorithmIdentifier in DER, number of its cases.
const FILES: [(&str, &str, usize); 10] = [
    (
        "ecdsa_secp256r1_sha256_test",
        "300a06082a8648ce3d040302",
        484,
    ),
    (
        "ecdsa_secp384r1_sha384_test",
        "300a06082a8648ce3d040303",
        504,
    ),
    (
        "ecdsa_secp521r1_sha512_test",
        "300a06082a8648ce3d040304",
        542,
    ),
    ("ed25519_test", "300506032b6570", 151),
    ("rsa_pss_2048_sha256_mgf1_32_params_test", PSS_SHA256, 108),
    ("rsa_pss_2048_sha256_mgf1_32_test", PSS_SHA256, 108),
    (
        "rsa_pss_4096_sha512_mgf1_32_params_test",
        PSS_SHA512_SALT_32,
        177,
    ),
    ("rsa_signature_2048_sha256_test", RSA_SHA256, 259),
    ("rsa_signature_3072_sha256_test", RSA_SHA256, 259),
    ("rsa_signature_4096_sha256_test", RSA_SHA256, 258),
];

const RSA_SHA256: &str = "300d06092a864886f70d01010b0500";
const PSS_SHA256: &str = concat!(
    "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108",
    "300d06096086480165030402010500a203020120",
);
const PSS_SHA512_SALT_32: &str = concat!(
    "304106092a864886f70d01010a3034a00f300d06096086480165030402030500a11c301a06092a864886f70d010108",
    "300d06096086480165030402030500a203020120",
);

#[test]
fn every_vector_gets_the_demanded_answer() {
    let total: usize = FILES.iter().map(|(_, _, cases)| cases).sum();
    let Some(folder) = Folder::find("suites/wycheproof", total) else {
        return;
    };
    let mut divergences = Divergences::read("wycheproof_exceptions.toml");
    let algorithms = Algorithms::default();
    for (file, algorithm, cases) in FILES {
        let algorithm = hex::decode(algorithm).unwrap();
        let suite = folder.json(&format!("{file}.json"));
        let mut seen = 0;
        for group in suite["testGroups"].as_array().unwrap() {
            let spki = bytes(&group["publicKeyDer"]);
            for case in group["tests"].as_array().unwrap() {
                let (message, signature) = (bytes(&case["msg"]), bytes(&case["sig"]));
                let answer = algorithms.verify(&algorithm, None, &spki, &message, &signature);
                let ours = match answer {
                    Ok(_) => "valid",
                    Err(Refused::Unsupported(_) | Refused::TooWeak(_)) => "unsupported",
                    Err(Refused::BadSignature | Refused::Malformed(_)) => "invalid",
                };
                let id = format!("{file}/{}", case["tcId"]);
                divergences.compare(&id, case["result"].as_str().unwrap(), ours);
                seen += 1;
            }
        }
        assert_eq!(seen, cases, "{file}");
    }
    divergences.settle();
}

fn bytes(value: &serde_json::Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}
