use x509_parser::prelude::{
    CertificateRevocationList, FromDer, ReasonCode, X509Certificate, X509CertificationRequest,
    parse_x509_pem,
};

use super::*;
use crate::testing::Centre;
use crate::{FileKeyStore, KeyId, Suite, issue_crl, rotate_seal};

const URL: &str = "https://zz.example.gov.cn/";

fn centre(public_url: Option<&str>) -> (tempfile::TempDir, Centre) {
    let dir = tempfile::tempdir().unwrap();
    let centre = Centre::found(dir.path(), public_url).unwrap();
    (dir, centre)
}

fn now() -> Timestamp {
    Centre::FOUNDED
}

fn parse(x509: &X509) -> X509Certificate<'_> {
    X509Certificate::from_der(x509.der()).unwrap().1
}

fn extension(x509: &X509, oid: &str) -> Option<(bool, Vec<u8>)> {
    parse(x509)
        .extensions()
        .iter()
        .find(|extension| extension.oid.to_id_string() == oid)
        .map(|extension| (extension.critical, extension.value.to_vec()))
}

#[test]
fn each_key_of_a_centre_chains_to_its_root() {
    let (_dir, Centre { store, log, keys }) = &centre(None);
    let x509 = |id| store.facts(id).unwrap().x509().unwrap().clone();
    for (below, above) in [
        (&keys.root, &keys.root),
        (&keys.seal_ca, &keys.root),
        (&keys.tls_ca, &keys.root),
        (&keys.seal, &keys.seal_ca),
        (&keys.time_stamp, &keys.seal_ca),
        (&keys.tls, &keys.tls_ca),
    ] {
        assert!(
            x509(below).is_signed_by(&x509(above)).unwrap(),
            "{below} by {above}"
        );
    }
    assert!(!x509(&keys.tls).is_signed_by(&x509(&keys.seal_ca)).unwrap());
    for (authority, uses) in [(&keys.root, 4), (&keys.seal_ca, 3), (&keys.tls_ca, 2)] {
        assert_eq!(
            log.reserved(authority),
            uses,
            "every signature of {authority} is in the log"
        );
    }
    assert_eq!(log.reserved(&keys.seal), 0);
}

#[test]
fn the_seal_x509_says_what_it_is_for() {
    let (_dir, centre) = centre(Some(URL));
    let x509 = centre.x509(&centre.keys.seal).unwrap();
    let parsed = parse(&x509);
    let usage = parsed.key_usage().unwrap().unwrap().value;
    assert!(usage.digital_signature() && usage.non_repudiation());
    assert_eq!(usage.flags.count_ones(), 2);
    let (critical, usages) = extension(&x509, "2.5.29.37").unwrap();
    assert!(!critical);
    assert_eq!(
        usages, b"\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x24",
        "documentSigning"
    );
    let (_, policies) = extension(&x509, "2.5.29.32").unwrap();
    assert_eq!(&policies[..7], b"\x30\x17\x30\x15\x06\x13\x69");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (_, crl) = extension(&x509, "2.5.29.31").unwrap();
    assert!(text(crl).ends_with("https://zz.example.gov.cn/crl/seal-ca-1.crl"));
    let (_, access) = extension(&x509, "1.3.6.1.5.5.7.1.1").unwrap();
    assert!(text(access).ends_with("https://zz.example.gov.cn/x509/seal-ca-1.cer"));
    let name = parsed.subject().to_string();
    assert!(name.contains("CN=某某市电子证照专用章"), "{name}");
    assert!(!parsed.is_ca());
}

#[test]
fn without_a_public_address_no_x509_names_one() {
    let (_dir, centre) = centre(None);
    for key in centre.store.list().unwrap() {
        let x509 = key.x509().unwrap();
        assert_eq!(extension(x509, "2.5.29.31"), None);
        assert_eq!(extension(x509, "1.3.6.1.5.5.7.1.1"), None);
    }
}

#[test]
fn an_address_that_is_none_is_refused() {
    let (_dir, centre) = centre(None);
    let signer = centre.open(&centre.keys.tls_ca, Purpose::Ca, 1).unwrap();
    for url in [
        "",
        "zz.example.gov.cn",
        "ftp://a",
        "https://",
        "https://证照.cn",
        "https://a b",
    ] {
        let error = Ca::new(&signer, Some(url)).err().unwrap().to_string();
        assert!(error.contains("begins with https://"), "{error}");
    }
}

#[test]
fn a_centre_with_a_bad_name_makes_no_key() {
    let dir = tempfile::tempdir().unwrap();
    let refused = Centre::found(dir.path(), Some("ftp://zz.example.gov.cn"));
    assert!(matches!(refused, Err(Error::Argument(_))));
    let store = FileKeyStore::open(dir.path(), &"test".into()).unwrap();
    assert_eq!(store.list().unwrap(), []);
}

#[test]
fn the_time_stamp_x509_is_for_nothing_else() {
    let (_dir, centre) = centre(None);
    let usages = extension(&centre.x509(&centre.keys.time_stamp).unwrap(), "2.5.29.37");
    assert_eq!(
        usages,
        Some((
            true,
            b"\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x08".to_vec()
        ))
    );
}

#[test]
fn serial_numbers_are_positive_and_differ() {
    let (_dir, centre) = centre(None);
    let mut serials: Vec<Vec<u8>> = centre
        .store
        .list()
        .unwrap()
        .iter()
        .map(|key| key.x509().unwrap().serial().to_vec())
        .collect();
    assert!(
        serials
            .iter()
            .all(|serial| serial.len() == 16 && serial[0] & 0x80 == 0)
    );
    serials.sort();
    serials.dedup();
    assert_eq!(serials.len(), 6);
}

#[test]
fn no_x509_outlives_its_authority_or_ends_before_it_begins() {
    let (_dir, centre) = centre(None);
    let signer = centre
        .store
        .signer_for_group(&centre.keys.tls_ca, Purpose::Ca, &centre.log, 9)
        .unwrap();
    let authority = Ca::new(&signer, None).unwrap();
    let key = centre.store.facts(&centre.keys.tls).unwrap().public_key;
    let subject = Subject::new("某市", "主机").unwrap();
    let issue = |from: &str, to: &str| {
        let validity = Validity {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
        };
        authority.issue(
            &key,
            &subject,
            &Profile::Tls { hosts: Vec::new() },
            validity,
        )
    };
    let long = issue("2026-11-22T00:00:00Z", "2099-01-01T00:00:00Z").unwrap();
    assert_eq!(
        long.not_after(),
        centre.x509(&centre.keys.tls_ca).unwrap().not_after()
    );
    assert!(issue("2026-11-22T00:00:00Z", "2026-11-21T00:00:00Z").is_err());
    assert!(issue("2090-11-22T00:00:00Z", "2091-11-21T00:00:00Z").is_err());
}

#[test]
fn a_seal_key_is_no_authority() {
    let (_dir, Centre { store, log, keys }) = &centre(None);
    let seal = store
        .signer_for_group(&keys.seal, Purpose::Seal, log, 1)
        .unwrap();
    assert!(matches!(
        Ca::new(&seal, None),
        Err(Error::Misuse(Misuse::Purpose { .. }))
    ));
    let tls = store
        .signer_for_group(&keys.tls, Purpose::Tls, log, 1)
        .unwrap();
    let subject = Subject::new("某市", "章").unwrap();
    assert!(matches!(
        request(&tls, &subject),
        Err(Error::Misuse(Misuse::Purpose { .. }))
    ));
}

#[test]
fn a_crl_lists_what_is_revoked() {
    let (_dir, Centre { store, log, keys }) = &centre(None);
    let serial = store
        .facts(&keys.seal)
        .unwrap()
        .x509()
        .unwrap()
        .serial()
        .to_vec();
    let revoked = [Revoked {
        serial: serial.clone(),
        since: now(),
        reason: RevocationReason::KeyCompromise,
    }];
    let crl_request = CrlRequest {
        number: 2,
        this_update: now(),
        next_update: "2026-12-22T00:00:00Z".parse().unwrap(),
        revoked: &revoked,
    };
    let crl = issue_crl(store, &keys.seal_ca, &crl_request, log).unwrap();
    let (_, parsed) = CertificateRevocationList::from_der(crl.der()).unwrap();
    let authority = store.facts(&keys.seal_ca).unwrap().x509().unwrap().clone();
    parsed
        .verify_signature(parse(&authority).public_key())
        .unwrap();
    assert_eq!(parsed.crl_number().unwrap().to_bytes_be(), [2]);
    let entry = parsed.iter_revoked_certificates().next().unwrap();
    assert_eq!(entry.raw_serial(), serial);
    assert_eq!(entry.reason_code().unwrap().1, ReasonCode::KeyCompromise);

    let backwards = CrlRequest {
        next_update: now(),
        ..crl_request
    };
    assert!(matches!(
        issue_crl(store, &keys.seal_ca, &backwards, log),
        Err(Error::X509(_))
    ));
    assert!(crl.pem().starts_with("-----BEGIN X509 CRL-----\n"));
}

#[test]
fn after_rotation_the_old_seal_stays_in_the_policy_until_then() {
    let (_dir, Centre { store, log, keys }) = &centre(None);
    let later = "2028-01-01T00:00:00Z".parse().unwrap();
    let subject = Subject::new("某市", "新章").unwrap();
    let new = rotate_seal(store, &keys.seal_ca, subject, 365, None, later, log).unwrap();
    assert_eq!(new.id.as_str(), "seal-2");
    assert_eq!(store.facts(&keys.seal).unwrap().retired, Some(later));
    assert!(
        store
            .signer_for_group(&keys.seal, Purpose::Seal, log, 1)
            .is_err()
    );

    let policy = crate::policy_files(store, &keys.crls, later)
        .unwrap()
        .policy_toml;
    let block = |x509: &X509| {
        let sha256 = hex::encode(x509.sha256());
        policy
            .split("[[seal_x509]]")
            .find(|block| block.contains(&sha256))
            .unwrap()
            .to_owned()
    };
    let old = block(store.facts(&keys.seal).unwrap().x509().unwrap());
    assert!(old.contains("from = \"2026-11-22T00:00:00Z\"\nto = \"2028-01-01T00:00:00Z\"\n"));
    assert!(block(new.x509().unwrap()).contains("from = \"2028-01-01T00:00:00Z\"\n"));
}

#[test]
fn the_policy_names_anchors_seals_and_crls() {
    let (_dir, Centre { store, keys, .. }) = &centre(None);
    let files = crate::policy_files(store, &keys.crls, now()).unwrap();
    let count = |part: &str| files.policy_toml.matches(part).count();
    assert!(
        files
            .policy_toml
            .starts_with("version = 1\nmade = \"2026-11-22T00:00:00Z\"\n")
    );
    assert_eq!(count("[[anchor]]"), 5);
    assert_eq!(count("[[intermediate]]"), 2);
    assert_eq!(count("[[seal_x509]]"), 1);
    assert_eq!(count("[[crl]]"), 3);
    let pem = |id: &KeyId| store.facts(id).unwrap().x509().unwrap().pem();
    assert_eq!(
        files.anchors_pem,
        pem(&keys.root) + &pem(&keys.seal_ca),
        "without the CA for TLS"
    );
    assert_eq!(files.crl_pem.matches("-----END X509 CRL-----").count(), 3);
}

/// An outside CA, played by another centre's seal CA.
#[test]
fn an_outside_ca_answers_a_request() {
    let (_dir, Centre { store, log, .. }) = &centre(None);
    let (_other, outside) = centre(None);
    let id: KeyId = "seal-9".parse().unwrap();
    store
        .generate(&id, Purpose::Seal, Suite::EcdsaP256Sha256, now())
        .unwrap();
    let signer = store.signer_for_group(&id, Purpose::Seal, log, 1).unwrap();
    let subject = Subject::new("某某市电子证照认证中心", "电子证照专用章").unwrap();
    let csr = request(&signer, &subject).unwrap();
    let (_, csr) = parse_x509_pem(csr.as_bytes()).unwrap();
    let (_, csr) = X509CertificationRequest::from_der(&csr.contents).unwrap();
    csr.verify_signature().unwrap();

    let key = csr.certification_request_info.subject_pki.raw;
    let issue = |by: &KeyId, profile: Profile, to: &str| {
        let purpose = Purpose::Ca;
        let signer = outside
            .store
            .signer_for_group(by, purpose, outside.log.as_ref(), 1)
            .unwrap();
        let validity = Validity {
            from: now(),
            to: to.parse().unwrap(),
        };
        Ca::new(&signer, None)
            .unwrap()
            .issue(key, &subject, &profile, validity)
            .unwrap()
            .pem()
    };
    let own = issue(&outside.keys.seal_ca, Profile::Seal, "2028-01-01T00:00:00Z");
    let authority = outside.x509(&outside.keys.seal_ca).unwrap().pem();
    let root = outside.x509(&outside.keys.root).unwrap().pem();
    let later: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();

    let refused = |answer: String, word: &str| {
        let error = import_answer(store, &id, answer.as_bytes(), later)
            .unwrap_err()
            .to_string();
        assert!(error.contains(word), "{error}");
    };
    let foreign = outside.x509(&outside.keys.seal).unwrap().pem();
    refused("nothing".to_owned(), "no PEM");
    refused(format!("{foreign}{authority}"), "public key of seal-9");
    refused(own.clone(), "append those of the CA");
    let unrelated = outside.x509(&outside.keys.tls_ca).unwrap().pem();
    refused(format!("{own}{unrelated}"), "append those of the CA");
    let ended = issue(&outside.keys.seal_ca, Profile::Seal, "2026-11-30T00:00:00Z");
    refused(format!("{ended}{authority}"), "ended");
    let no_signing = issue(
        &outside.keys.seal_ca,
        Profile::TlsCa,
        "2028-01-01T00:00:00Z",
    );
    refused(format!("{no_signing}{authority}"), "key usage");

    let facts = import_answer(
        store,
        &id,
        format!("{root}{own}{authority}").as_bytes(),
        later,
    )
    .unwrap();
    assert_eq!(facts.chain.len(), 3);
    let policy = crate::policy_files(store, &[], later).unwrap();
    assert!(policy.anchors_pem.contains(&root));
    assert!(
        policy
            .policy_toml
            .contains(&hex::encode(facts.x509().unwrap().sha256()))
    );

    // A renewed X.509 for the same key, twice the same file: both stay named, each once.
    let renewed = issue(&outside.keys.seal_ca, Profile::Seal, "2029-01-01T00:00:00Z");
    let answer = format!("{renewed}{authority}{root}");
    for _ in 0..2 {
        let renewed = import_answer(store, &id, answer.as_bytes(), later).unwrap();
        assert_ne!(renewed.x509().unwrap(), facts.x509().unwrap());
        assert_eq!(renewed.former, std::slice::from_ref(&facts.chain));
        let policy = crate::policy_files(store, &[], later).unwrap().policy_toml;
        for x509 in [&facts, &renewed].map(|facts| facts.x509().unwrap()) {
            let named = format!("sha256 = \"{}\"", hex::encode(x509.sha256()));
            assert_eq!(policy.matches(&named).count(), 1, "{policy}");
        }
        assert_eq!(policy.matches(&root).count(), 1, "{policy}");
        for to in ["2028-01-01T00:00:00Z", "2029-01-01T00:00:00Z"] {
            assert!(policy.contains(&format!("to = \"{to}\"")), "{policy}");
        }
    }
}
