//! What OpenSSL says of our keys, X.509s, CRLs, requests and time-stamps.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use tempfile::TempDir;

use crate::ca::{CrlRequest, RevocationReason, Revoked, Subject, request};
use crate::testing::Centre;
use crate::tsp::tests::{outside, reply};
use crate::{KeyId, Purpose, RemoteTsa, TimeStampSource, UseLog, issue_crl};

/// A centre and a folder with its X.509s as `root.pem`, `seal-ca.pem`, `tls-ca.pem`, `seal.pem`, `tsa.pem`, `tls.pem`
/// and its CRLs as `crl.pem`.
struct Desk {
    dir: TempDir,
    centre: Centre,
}

impl Desk {
    fn new() -> Desk {
        let dir = tempfile::tempdir().unwrap();
        let centre = Centre::found(&dir.path().join("keys"), Some("http://zz.example")).unwrap();
        let desk = Desk { dir, centre };
        for key in desk.centre.store.list().unwrap() {
            let word = key.id.as_str().strip_suffix("-1").unwrap();
            desk.write(&format!("{word}.pem"), key.x509().unwrap().pem().as_bytes());
        }
        let crls: String = desk.centre.keys.crls.iter().map(|crl| crl.pem()).collect();
        desk.write("crl.pem", crls.as_bytes());
        desk
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.dir.path().join(name), bytes).unwrap();
    }

    fn openssl(&self, arguments: &str) -> Option<Output> {
        openssl(self.dir.path(), arguments)
    }

    /// `openssl verify` of one X.509 with all CRLs at the day of foundation.
    fn verify(&self, x509: &str, ca: &str, purpose: &str) -> Option<bool> {
        let at = Centre::FOUNDED.as_second();
        let output = self.openssl(&format!(
            "verify -x509_strict -CAfile root.pem -untrusted {ca}.pem -CRLfile crl.pem \
             -crl_check_all -attime {at} -purpose {purpose} {x509}.pem"
        ))?;
        Some(output.status.success())
    }

    fn export(&self, key: &KeyId, purpose: Purpose, name: &str) {
        let Centre { store, log, .. } = &self.centre;
        let reservation = log.reserve(key, purpose, 0).unwrap();
        let pem = store
            .export(key, purpose, log, reservation, &"handover".into())
            .unwrap();
        self.write(name, pem.as_bytes());
    }
}

/// Runs OpenSSL; prints `not run: 1` and gives nothing where there is none.
fn openssl(dir: &Path, arguments: &str) -> Option<Output> {
    let arguments = arguments.split_whitespace();
    let output = Command::new("openssl")
        .current_dir(dir)
        .args(arguments)
        .output();
    if output.is_err() {
        println!("not run: 1 (openssl is not in PATH)");
    }
    output.ok()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

#[test]
fn chains_hold_for_their_purposes_only() {
    let desk = Desk::new();
    for (x509, ca, purpose, expect) in [
        ("seal", "seal-ca", "any", true),
        ("tsa", "seal-ca", "timestampsign", true),
        ("tls", "tls-ca", "sslserver", true),
        ("tls", "tls-ca", "sslclient", true),
        ("seal", "tls-ca", "any", false),
        ("seal", "seal-ca", "timestampsign", false),
        ("seal", "seal-ca", "sslclient", false),
        ("tls", "tls-ca", "timestampsign", false),
        ("tsa", "seal-ca", "sslserver", false),
    ] {
        let Some(accepted) = desk.verify(x509, ca, purpose) else {
            return;
        };
        assert_eq!(accepted, expect, "{x509} by {ca} for {purpose}");
    }
}

#[test]
fn a_revoked_x509_is_refused() {
    let desk = Desk::new();
    let Centre { store, log, keys } = &desk.centre;
    let revoked = [Revoked {
        serial: desk.centre.x509(&keys.seal).unwrap().serial().to_vec(),
        since: Centre::FOUNDED,
        reason: RevocationReason::CessationOfOperation,
    }];
    let request = CrlRequest {
        number: 2,
        this_update: Centre::FOUNDED,
        next_update: "2026-12-22T00:00:00Z".parse().unwrap(),
        revoked: &revoked,
    };
    let crl = issue_crl(store, &keys.seal_ca, &request, log).unwrap();
    desk.write("crl.pem", (keys.crls[0].pem() + &crl.pem()).as_bytes());
    let Some(accepted) = desk.verify("seal", "seal-ca", "any") else {
        return;
    };
    assert!(!accepted);
    assert_eq!(desk.verify("tsa", "seal-ca", "timestampsign"), Some(true));
}

#[test]
fn a_request_is_read() {
    let desk = Desk::new();
    let signer = desk
        .centre
        .open(&desk.centre.keys.seal, Purpose::Seal, 1)
        .unwrap();
    let subject = Subject::new("某某市电子证照认证中心", "电子证照专用章").unwrap();
    desk.write(
        "request.pem",
        request(&signer, &subject).unwrap().as_bytes(),
    );
    let read = "req -in request.pem -verify -noout -text -nameopt utf8";
    let Some(output) = desk.openssl(read) else {
        return;
    };
    let said = said(&output);
    assert!(said.contains("verify OK"), "{said}");
    assert!(said.contains("CN=电子证照专用章"), "{said}");
    assert!(
        said.contains("Digital Signature, Non Repudiation"),
        "{said}"
    );
}

#[test]
fn an_exported_key_is_read() {
    let desk = Desk::new();
    desk.export(&desk.centre.keys.seal, Purpose::Seal, "key.pem");
    let read = |passphrase: &str| {
        desk.openssl(&format!(
            "pkey -in key.pem -passin pass:{passphrase} -pubout -outform DER"
        ))
    };
    let Some(output) = read("handover") else {
        return;
    };
    let facts = desk.centre.store.facts(&desk.centre.keys.seal).unwrap();
    assert_eq!(output.stdout, facts.public_key);
    assert!(!read("wrong").unwrap().status.success());
}

#[test]
fn a_token_is_accepted_for_its_data_only() {
    let desk = Desk::new();
    let token = desk.centre.tsa().unwrap().stamp(&[7; 32]).unwrap();
    desk.write("token.der", &token);
    let verify = |digest: [u8; 32]| {
        let (digest, at) = (hex::encode(digest), Centre::FOUNDED.as_second());
        desk.openssl(&format!(
            "ts -verify -token_in -in token.der -digest {digest} -CAfile root.pem \
             -untrusted seal-ca.pem -attime {at}"
        ))
    };
    let Some(good) = verify([7; 32]) else { return };
    assert!(good.status.success(), "{}", said(&good));
    assert!(!verify([8; 32]).unwrap().status.success());

    let shown = said(
        &desk
            .openssl("ts -reply -token_in -in token.der -text")
            .unwrap(),
    );
    assert!(
        shown.contains("Time stamp: Nov 22 00:00:00 2026 GMT"),
        "{shown}"
    );
    assert!(shown.contains("Accuracy: 0x01 seconds"), "{shown}");
}

#[test]
fn openssl_as_outside_authority_answers() {
    let desk = Desk::new();
    desk.export(&desk.centre.keys.time_stamp, Purpose::TimeStamp, "key.pem");
    desk.write("serial", b"01\n");
    desk.write("tsa.cnf", OUTSIDE_TSA.as_bytes());
    if desk.openssl("version").is_none() {
        return;
    }
    let dir = desk.dir.path().to_owned();
    let url = outside(move |query| {
        std::fs::write(dir.join("query"), query).unwrap();
        let answer = "ts -reply -config tsa.cnf -queryfile query -passin pass:handover -out reply";
        let output = openssl(&dir, answer).unwrap();
        assert!(output.status.success(), "{}", said(&output));
        reply(&std::fs::read(dir.join("reply")).unwrap())
    });
    let token = RemoteTsa::new(&url, Duration::from_secs(30))
        .unwrap()
        .stamp(&[7; 32])
        .unwrap();
    desk.write("token.der", &token);
    let shown = said(
        &desk
            .openssl("ts -reply -token_in -in token.der -text")
            .unwrap(),
    );
    assert!(shown.contains("Policy OID: 1.2.3.4"), "{shown}");
}

const OUTSIDE_TSA: &str = "[tsa]\ndefault_tsa = own\n[own]\nserial = serial\n\
    crypto_device = builtin\nsigner_cert = tsa.pem\ncerts = seal-ca.pem\nsigner_key = key.pem\n\
    signer_digest = sha256\ndefault_policy = 1.2.3.4\ndigests = sha256\n\
    accuracy = secs:1, millisecs:500\nordering = yes\ntsa_name = yes\n\
    ess_cert_id_chain = no\ness_cert_id_alg = sha256\n";
