use secrecy::SecretString;
use tempfile::TempDir;

use super::*;
use crate::testing::MemoryLog;
use crate::{UseRefused, ca};

const RSA_2048: &[u8] = include_bytes!("../../testdata/rsa-2048.pem");
/// Encrypted by OpenSSL under the passphrase `openssl`.
const RSA_3072_ENCRYPTED: &[u8] = include_bytes!("../../testdata/rsa-3072-encrypted.pem");
const RSA_1024: &[u8] = include_bytes!("../../testdata/rsa-1024.pem");
const P384: &[u8] = include_bytes!("../../testdata/p384.pem");

struct Bench {
    dir: TempDir,
    store: FileKeyStore,
    log: MemoryLog,
}

impl Bench {
    fn new() -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let store = FileKeyStore::create(dir.path(), &secret("印信"), Cost::TEST).unwrap();
        Bench {
            dir,
            store,
            log: MemoryLog::default(),
        }
    }

    fn seal_key(&self) -> KeyId {
        let id = id("seal-1");
        self.store
            .generate(&id, Purpose::Seal, Suite::EcdsaP256Sha256, now())
            .unwrap();
        id
    }

    fn open(&self, id: &KeyId, purpose: Purpose, uses: u32) -> Result<Signer, Error> {
        self.store.signer_for_group(id, purpose, &self.log, uses)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

fn id(name: &str) -> KeyId {
    name.parse().unwrap()
}

fn now() -> Timestamp {
    "2026-11-22T00:00:00Z".parse().unwrap()
}

fn verifies(signer: &Signer, message: &[u8], signature: &[u8]) -> bool {
    use ring::signature::*;
    let algorithm: &dyn VerificationAlgorithm = match signer.suite() {
        Suite::EcdsaP256Sha256 => &ECDSA_P256_SHA256_ASN1,
        Suite::RsaPkcs1Sha256 => &RSA_PKCS1_2048_8192_SHA256,
        Suite::Ed25519 => &ED25519,
    };
    let key = UnparsedPublicKey::new(algorithm, rcgen::PublicKeyData::der_bytes(signer));
    key.verify(message, signature).is_ok()
}

#[test]
fn a_key_survives_the_process_and_signs() {
    let bench = Bench::new();
    for suite in [Suite::EcdsaP256Sha256, Suite::Ed25519] {
        let id = id(suite.as_str());
        let made = bench
            .store
            .generate(&id, Purpose::Checkpoint, suite, now())
            .unwrap();
        let again = FileKeyStore::open(bench.dir.path(), &secret("印信")).unwrap();
        assert_eq!(again.facts(&id).unwrap(), made);
        let signer = again
            .signer_for_group(&id, Purpose::Checkpoint, &bench.log, 1)
            .unwrap();
        let signature = signer.sign("照面".as_bytes()).unwrap();
        assert!(verifies(&signer, "照面".as_bytes(), &signature));
        assert!(!verifies(&signer, b"other", &signature));
        assert_eq!(signer.public_key(), made.public_key);
    }
}

#[test]
fn files_are_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    bench.seal_key();
    for name in ["seal-1.key", "keystore.json"] {
        let mode = std::fs::metadata(bench.file(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(
        durable::names(bench.dir.path()).unwrap().len(),
        2,
        "no temporary file is left"
    );
}

#[test]
fn a_wrong_passphrase_is_not_a_damaged_store() {
    let bench = Bench::new();
    let open = |passphrase| FileKeyStore::open(bench.dir.path(), &secret(passphrase)).err();
    assert!(open("印信").is_none());
    assert!(matches!(open("印信 "), Some(Error::WrongPassphrase { .. })));

    let lock = std::fs::read(bench.file("keystore.json")).unwrap();
    for at in 0..lock.len() {
        let mut altered = lock.clone();
        altered[at] ^= 1;
        std::fs::write(bench.file("keystore.json"), &altered).unwrap();
        let opened = open("印信");
        assert!(
            matches!(opened, Some(Error::Damaged { .. })),
            "byte {at}: {opened:?}"
        );
    }
}

#[test]
fn an_altered_key_file_never_opens() {
    let bench = Bench::new();
    let id = bench.seal_key();
    let good = std::fs::read(bench.file("seal-1.key")).unwrap();
    let refused = |bytes: &[u8], what: &str| {
        std::fs::write(bench.file("seal-1.key"), bytes).unwrap();
        let opened = bench.open(&id, Purpose::Seal, 1);
        assert!(
            matches!(opened, Err(Error::Damaged { .. })),
            "{what}: {opened:?}"
        );
    };
    for at in 0..good.len() {
        let mut altered = good.clone();
        altered[at] ^= 0x10;
        refused(&altered, &format!("byte {at} altered"));
        refused(&good[..at], &format!("cut to {at}"));
    }
    std::fs::write(bench.file("seal-1.key"), &good).unwrap();
    assert!(bench.open(&id, Purpose::Seal, 1).is_ok());
}

#[test]
fn a_key_file_under_another_name_or_of_another_store_is_refused() {
    let (bench, other) = (Bench::new(), Bench::new());
    bench.seal_key();
    std::fs::copy(bench.file("seal-1.key"), bench.file("seal-2.key")).unwrap();
    std::fs::copy(bench.file("seal-1.key"), other.file("seal-1.key")).unwrap();
    assert!(matches!(
        bench.store.facts(&id("seal-2")),
        Err(Error::Damaged { .. })
    ));
    assert!(matches!(
        other.store.facts(&id("seal-1")),
        Err(Error::Damaged { .. })
    ));
    assert!(matches!(
        bench.store.facts(&id("seal-3")),
        Err(Error::UnknownKey(_))
    ));
}

#[test]
fn a_private_key_is_tied_to_its_facts() {
    let bench = Bench::new();
    for (name, purpose) in [("seal-1", Purpose::Seal), ("tls-1", Purpose::Tls)] {
        bench
            .store
            .generate(&id(name), purpose, Suite::EcdsaP256Sha256, now())
            .unwrap();
    }
    let read = |name| bench.store.read(&id(name)).unwrap();
    let mut swapped = read("tls-1");
    swapped.facts = read("seal-1").facts;
    assert!(
        swapped.unseal(&bench.store.master).is_none(),
        "another key's private key"
    );

    let mut claims = read("tls-1");
    claims.facts.purpose = Purpose::Seal;
    assert!(
        claims.unseal(&bench.store.master).is_none(),
        "another purpose"
    );
    assert!(read("tls-1").unseal(&bench.store.master).is_some());
}

#[test]
fn ed25519_is_for_checkpoints_only() {
    let bench = Bench::new();
    let made = bench
        .store
        .generate(&id("seal-1"), Purpose::Seal, Suite::Ed25519, now());
    assert!(matches!(made, Err(Error::Argument(_))));
    let rsa = bench
        .store
        .generate(&id("seal-1"), Purpose::Seal, Suite::RsaPkcs1Sha256, now());
    assert!(rsa.unwrap_err().to_string().contains("import"));
}

#[test]
fn a_missing_folder_is_named() {
    let bench = Bench::new();
    let missing = bench.file("missing");
    let error = FileKeyStore::open(&missing, &secret("印信"))
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.starts_with("cannot read ") && error.contains("missing"),
        "{error}"
    );
    std::fs::remove_dir_all(bench.dir.path()).unwrap();
    let made = bench
        .store
        .generate(&id("a"), Purpose::Seal, Suite::EcdsaP256Sha256, now());
    assert!(matches!(made, Err(Error::Disk { doing: "write", .. })));
}

#[test]
fn nothing_is_overwritten() {
    let bench = Bench::new();
    let id = bench.seal_key();
    let again = bench
        .store
        .generate(&id, Purpose::Seal, Suite::EcdsaP256Sha256, now());
    assert!(matches!(again, Err(Error::Exists { .. })));
    let again = FileKeyStore::create(bench.dir.path(), &secret("another"), Cost::TEST);
    assert!(matches!(again, Err(Error::Exists { .. })));
    let empty = FileKeyStore::create(&bench.file("new"), &secret(""), Cost::TEST);
    assert!(matches!(empty, Err(Error::Argument(_))));
}

#[test]
fn a_key_opens_once_for_what_was_reserved() {
    let bench = Bench::new();
    let id = bench.seal_key();
    let open = |reservation| {
        bench
            .store
            .signer(&id, Purpose::Seal, &bench.log, reservation)
    };

    let unknown = Reservation { number: 7, uses: 1 };
    assert!(matches!(
        open(unknown),
        Err(Error::Log(UseRefused::NotReserved(7)))
    ));

    let granted = bench.log.reserve(&id, Purpose::Seal, 2).unwrap();
    let more = Reservation { uses: 3, ..granted };
    assert!(matches!(
        open(more),
        Err(Error::Log(UseRefused::NotReserved(_)))
    ));

    let signer = open(granted).unwrap();
    assert!(matches!(
        open(granted),
        Err(Error::Log(UseRefused::AlreadyConfirmed(_)))
    ));

    assert!(signer.sign(b"one").is_ok());
    assert!(signer.sign(b"two").is_ok());
    assert!(matches!(
        signer.sign(b"three"),
        Err(Error::Misuse(Misuse::UsesSpent(_)))
    ));
}

#[test]
fn threads_share_the_uses() {
    let bench = Bench::new();
    let signer = bench.open(&bench.seal_key(), Purpose::Seal, 50).unwrap();
    let made: usize = std::thread::scope(|scope| {
        let sign = || (0..20).filter(|_| signer.sign(b"message").is_ok()).count();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(sign)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(made, 50);
    assert_eq!(signer.remaining(), 0);
}

#[test]
fn a_key_serves_its_purpose_only() {
    let bench = Bench::new();
    let id = bench.seal_key();
    for asked in [
        Purpose::Tls,
        Purpose::TimeStamp,
        Purpose::Ca,
        Purpose::Receipt,
    ] {
        let opened = bench.open(&id, asked, 1);
        assert!(
            matches!(opened, Err(Error::Misuse(Misuse::Purpose { .. }))),
            "{asked}"
        );
    }
    assert!(bench.open(&id, Purpose::Seal, 1).is_ok());

    bench.store.retire(&id, now()).unwrap();
    let opened = bench.open(&id, Purpose::Seal, 1);
    assert!(matches!(opened, Err(Error::Misuse(Misuse::Retired(_)))));
}

#[test]
fn a_seal_key_signs_no_large_message() {
    let bench = Bench::new();
    let signer = bench.open(&bench.seal_key(), Purpose::Seal, 2).unwrap();
    assert!(signer.sign(&[0; crate::MAX_SEAL_MESSAGE]).is_ok());
    let refused = signer.sign(&[0; crate::MAX_SEAL_MESSAGE + 1]);
    assert!(matches!(
        refused,
        Err(Error::Misuse(Misuse::MessageTooLong { .. }))
    ));
    assert_eq!(signer.remaining(), 1, "a refused message spends nothing");
}

#[test]
fn keys_of_other_software_come_in() {
    let bench = Bench::new();
    let import = |name: &str, material: &[u8], passphrase: Option<&str>| {
        let passphrase = passphrase.map(secret);
        bench.store.import(
            &id(name),
            Purpose::Seal,
            material,
            passphrase.as_ref(),
            now(),
        )
    };
    let refused = |material: &[u8], passphrase: Option<&str>, word: &str| {
        let error = import("bad", material, passphrase).unwrap_err();
        assert!(matches!(error, Error::ImportedKey(_)), "{error:?}");
        assert!(error.to_string().contains(word), "{error}");
    };
    refused(RSA_1024, None, "1024 bits");
    refused(P384, None, "another curve");
    refused(RSA_3072_ENCRYPTED, None, "give its passphrase");
    refused(RSA_3072_ENCRYPTED, Some("wrong"), "wrong passphrase");
    refused(b"no key at all", None, "neither PEM nor DER");
    refused(
        b"-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----",
        None,
        "topk8",
    );

    for (name, material, passphrase, length) in [
        ("rsa-2048", RSA_2048, None, 256),
        ("rsa-3072", RSA_3072_ENCRYPTED, Some("openssl"), 384),
    ] {
        assert_eq!(
            import(name, material, passphrase).unwrap().suite,
            Suite::RsaPkcs1Sha256
        );
        let signer = bench.open(&id(name), Purpose::Seal, 1).unwrap();
        let signature = signer.sign(b"message").unwrap();
        assert_eq!(signature.len(), length);
        assert!(verifies(&signer, b"message", &signature));
    }
}

#[test]
fn an_exported_key_comes_back_and_its_export_is_logged() {
    let bench = Bench::new();
    let id = bench.seal_key();
    let reservation = bench.log.reserve(&id, Purpose::Seal, 0).unwrap();
    let export = |reservation| {
        bench.store.export(
            &id,
            Purpose::Seal,
            &bench.log,
            reservation,
            &secret("hand over"),
        )
    };
    let pem = export(reservation).unwrap();
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    assert!(
        matches!(export(reservation), Err(Error::Log(_))),
        "one reservation, one export"
    );

    let elsewhere = Bench::new();
    let imported = elsewhere
        .store
        .import(
            &id,
            Purpose::Seal,
            pem.as_bytes(),
            Some(&secret("hand over")),
            now(),
        )
        .unwrap();
    assert_eq!(
        imported.public_key,
        bench.store.facts(&id).unwrap().public_key
    );
}

#[test]
fn an_x509_belongs_to_its_key() {
    let bench = Bench::new();
    for name in ["root-1", "root-2"] {
        bench
            .store
            .generate(&id(name), Purpose::Root, Suite::EcdsaP256Sha256, now())
            .unwrap();
    }
    let root = bench.open(&id("root-1"), Purpose::Root, 1).unwrap();
    assert!(matches!(root.x509(), Err(Error::Misuse(Misuse::NoX509(_)))));
    let subject = ca::Subject::new("某市", "根").unwrap();
    let to = "2030-01-01T00:00:00Z".parse().unwrap();
    let x509 = ca::self_sign(&root, &subject, ca::Validity { from: now(), to }).unwrap();
    assert!(matches!(
        bench.store.attach(&id("root-2"), vec![x509.clone()]),
        Err(Error::X509(_))
    ));
    bench
        .store
        .attach(&id("root-1"), vec![x509.clone()])
        .unwrap();
    assert_eq!(
        bench.store.facts(&id("root-1")).unwrap().x509().unwrap(),
        &x509
    );
    assert!(
        bench.open(&id("root-1"), Purpose::Root, 1).is_ok(),
        "the private key is untouched"
    );
}
