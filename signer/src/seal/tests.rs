//! Seals as OpenSSL and pyHanko see them, and the rules of the gap.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use keys::BuiltInTsa;
use keys::ca::{Ca, Profile, Subject, Validity};
use keys::testing::Centre;
use tempfile::TempDir;

use super::*;
use crate::layout::lay_out;
use crate::layout::tests::{approval, approval_template, approval_type};

const BEFORE: &[u8] = b"%PDF-1.7 all before /Contents ";
const AFTER: &[u8] = b" all after";
const RSA_2048: &[u8] = include_bytes!("../../../keys/testdata/rsa-2048.pem");

struct Bench {
    dir: TempDir,
    centre: Centre,
}

impl Bench {
    fn new() -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let centre = Centre::found(&dir.path().join("keys"), None).unwrap();
        Bench { dir, centre }
    }

    fn facts(&self) -> KeyFacts {
        self.centre.store.facts(&self.centre.keys.seal).unwrap()
    }

    fn signer(&self) -> Signer {
        self.centre
            .open(&self.centre.keys.seal, Purpose::Seal, 1000)
            .unwrap()
    }

    fn tsa(&self) -> BuiltInTsa {
        self.centre.tsa().unwrap()
    }

    /// An imported RSA key with an X.509 of the seal CA.
    fn rsa_key(&self) -> KeyFacts {
        let Centre { store, keys, .. } = &self.centre;
        let id = "seal-rsa".parse().unwrap();
        let key = store
            .import(&id, Purpose::Seal, RSA_2048, None, Centre::FOUNDED)
            .unwrap();
        let ca = self.centre.open(&keys.seal_ca, Purpose::Ca, 1).unwrap();
        let subject = Subject::new("某某市电子证照认证中心", "电子证照专用章").unwrap();
        let to = "2029-01-01T00:00:00Z".parse().unwrap();
        let validity = Validity {
            from: Centre::FOUNDED,
            to,
        };
        let ca = Ca::new(&ca, None).unwrap();
        let x509 = ca
            .issue(&key.public_key, &subject, &Profile::Seal, validity)
            .unwrap();
        store.attach(&id, vec![x509]).unwrap()
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.dir.path().join(name), bytes).unwrap();
    }

    fn openssl(&self, arguments: &str) -> Option<Output> {
        run(self.dir.path(), "openssl", arguments.split_whitespace())
    }

    fn python(&self, arguments: &[&str]) -> Option<Output> {
        run(self.dir.path(), "python3", arguments.iter().copied())
    }

    /// What a verifier trusts: `root.pem`, `ca.pem`, both as `chain.pem`, `crl.pem`.
    fn write_trust(&self) {
        let pem = |id| self.centre.x509(id).unwrap().pem();
        let (root, ca) = (pem(&self.centre.keys.root), pem(&self.centre.keys.seal_ca));
        self.write("chain.pem", format!("{ca}{root}").as_bytes());
        self.write("root.pem", root.as_bytes());
        self.write("ca.pem", ca.as_bytes());
        let crls: String = self.centre.keys.crls.iter().map(|crl| crl.pem()).collect();
        self.write("crl.pem", crls.as_bytes());
    }
}

/// A draft with a gap for so many bytes and a few words around it.
fn small_draft(contents_bytes: usize) -> Draft {
    let gap = format!("<{}>", "0".repeat(contents_bytes * 2));
    let bytes = [BEFORE, gap.as_bytes(), AFTER].concat();
    let after = (BEFORE.len() + gap.len()) as u64;
    Draft {
        covered: [0..BEFORE.len() as u64, after..bytes.len() as u64],
        digest: sha256(&[BEFORE, AFTER].concat()),
        inputs_digest: [0; 32],
        bytes,
    }
}

/// The hexadecimal text in the gap.
fn contents(sealed: &[u8]) -> &str {
    std::str::from_utf8(&sealed[BEFORE.len() + 1..sealed.len() - AFTER.len() - 1]).unwrap()
}

/// The CMS without the zeros behind it: its own length says where it ends.
fn cms(sealed: &[u8]) -> Vec<u8> {
    let bytes = hex::decode(contents(sealed)).unwrap();
    assert_eq!(bytes[..2], [0x30, 0x82]);
    let length = 4 + usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
    assert!(
        bytes[length..].iter().all(|&byte| byte == 0),
        "zeros behind the CMS"
    );
    bytes[..length].to_vec()
}

/// Runs a program; prints `not run: 1` and gives nothing where there is none.
fn run<'a>(
    dir: &Path,
    program: &str,
    arguments: impl IntoIterator<Item = &'a str>,
) -> Option<Output> {
    let output = Command::new(program)
        .current_dir(dir)
        .args(arguments)
        .output();
    if output.is_err() {
        println!("not run: 1 ({program} is not in PATH)");
    }
    output.ok()
}

#[test]
fn openssl_accepts_the_cms_of_both_suites_and_levels() {
    let bench = Bench::new();
    let tsa = bench.tsa();
    bench.write_trust();
    for key in [bench.facts(), bench.rsa_key()] {
        let signer = bench.centre.open(&key.id, Purpose::Seal, 2).unwrap();
        for level in [Level::BB, Level::BT(&tsa)] {
            let draft = small_draft(contents_reserved(&key, level).unwrap());
            bench.write("seal.der", &cms(&seal(draft, &signer, level).unwrap()));
            let verify = |covered: &[u8]| {
                bench.write("covered", covered);
                let at = Centre::FOUNDED.as_second();
                bench.openssl(&format!(
                    "cms -verify -cades -binary -inform DER -in seal.der -content covered \
                     -CAfile chain.pem -purpose any -attime {at} -out content"
                ))
            };
            let Some(good) = verify(&[BEFORE, AFTER].concat()) else {
                return;
            };
            assert!(
                good.status.success(),
                "{}",
                String::from_utf8_lossy(&good.stderr)
            );
            assert!(!verify(b"something else").unwrap().status.success());
        }
    }
}

#[test]
fn the_cms_holds_what_pades_wants_and_no_more() {
    let bench = Bench::new();
    let sealed = seal(small_draft(2048), &bench.signer(), Level::BB).unwrap();
    bench.write("seal.der", &cms(&sealed));
    let print = "cms -cmsout -print -noout -inform DER -in seal.der";
    let Some(output) = bench.openssl(print) else {
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "d.signedData: version: 1 ",
        "eContent: <ABSENT>",
        "crls: <ABSENT>",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.ends_with("unsignedAttrs: <ABSENT>"), "{text}");
    for (part, times) in [
        ("d.certificate: ", 1),
        ("d.issuerAndSerialNumber: ", 1),
        ("algorithm: sha256 (2.16.840.1.101.3.4.2.1)", 2),
        ("signingTime", 0),
    ] {
        assert_eq!(text.matches(part).count(), times, "{part}: {text}");
    }
    let order = [
        "contentType",
        "messageDigest",
        "id-smime-aa-signingCertificateV2",
    ];
    let places = order.map(|name| text.find(&format!("object: {name} ")).unwrap());
    assert!(places.is_sorted());
}

#[test]
fn the_time_stamp_is_over_the_signature() {
    let bench = Bench::new();
    let tsa = bench.tsa();
    let sealed = seal(small_draft(4096), &bench.signer(), Level::BT(&tsa)).unwrap();
    let cms = cms(&sealed);
    // id-aa-timeStampToken, then SET, then the token to the end of the CMS.
    let oid = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e\x31\x82";
    let at = cms
        .windows(oid.len())
        .position(|window| window == oid)
        .unwrap();
    let token = &cms[at + oid.len() + 2..];
    // The signature is the OCTET STRING that ends where [1], its length and the attribute's head begin.
    let unsigned = at - 4 - 4;
    let signature = (70..=72)
        .find_map(|length| {
            let start = unsigned.checked_sub(length + 2)?;
            (cms[start..start + 2] == [0x04, length as u8]).then(|| &cms[start + 2..unsigned])
        })
        .unwrap();
    bench.write("token.der", token);
    bench.write_trust();
    let digest = hex::encode(sha256(signature));
    let moment = Centre::FOUNDED.as_second();
    let Some(output) = bench.openssl(&format!(
        "ts -verify -token_in -in token.der -digest {digest} -CAfile chain.pem -attime {moment}"
    )) else {
        return;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_gap_is_lower_case_and_ends_in_zeros() {
    let bench = Bench::new();
    let sealed = seal(small_draft(3000), &bench.signer(), Level::BB).unwrap();
    let text = contents(&sealed);
    assert_eq!(text.len(), 6000);
    assert!(
        text.bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    );
    assert!(text.ends_with(&"0".repeat(2000)));
    assert!(sealed.starts_with(BEFORE) && sealed.ends_with(AFTER));
}

#[test]
fn what_is_reserved_is_enough_and_not_much_more() {
    let bench = Bench::new();
    let tsa = bench.tsa();
    // 256 from rounding up, a few from ECDSA's varying length; RSA-2048 leaves room for 3072.
    for (key, spare) in [(bench.facts(), 272), (bench.rsa_key(), 400)] {
        let signer = bench.centre.open(&key.id, Purpose::Seal, 40).unwrap();
        let sealer = Sealer::new(&signer).unwrap();
        for level in [Level::BB, Level::BT(&tsa)] {
            let reserved = contents_reserved(&key, level).unwrap();
            for _ in 0..20 {
                let sealed = sealer.seal(small_draft(reserved), level).unwrap();
                assert!(cms(&sealed).len() + spare > reserved);
            }
        }
    }
}

#[test]
fn a_gap_that_is_too_small_is_said() {
    let bench = Bench::new();
    let error = seal(small_draft(900), &bench.signer(), Level::BB).unwrap_err();
    assert!(matches!(error, Error::ContentsTooSmall { reserved: 900, needed } if needed > 900));
}

#[test]
fn only_a_seal_key_seals_and_only_as_often_as_reserved() {
    let bench = Bench::new();
    let keys = &bench.centre.keys;
    for (id, purpose) in [
        (&keys.tls, Purpose::Tls),
        (&keys.time_stamp, Purpose::TimeStamp),
    ] {
        let signer = bench.centre.open(id, purpose, 1).unwrap();
        let refused = seal(small_draft(2048), &signer, Level::BB);
        assert!(matches!(
            refused,
            Err(Error::Key(keys::Error::Misuse(Misuse::Purpose { .. })))
        ));
    }
    let signer = bench.centre.open(&keys.seal, Purpose::Seal, 1).unwrap();
    seal(small_draft(2048), &signer, Level::BB).unwrap();
    let refused = seal(small_draft(2048), &signer, Level::BB);
    assert!(matches!(
        refused,
        Err(Error::Key(keys::Error::Misuse(Misuse::UsesSpent(_))))
    ));
}

const PYHANKO: &str = r#"
import sys
from datetime import datetime, timezone
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from asn1crypto import crl, pem
crls = [crl.CertificateList.load(der) for _, _, der in pem.unarmor(open('crl.pem','rb').read(), multiple=True)]
moment = datetime.fromtimestamp(int(sys.argv[1]), timezone.utc)
context = ValidationContext(trust_roots=[load_cert_from_pemder('root.pem')],
    other_certs=[load_cert_from_pemder('ca.pem')], crls=crls, moment=moment,
    allow_fetching=False, revocation_mode='require')
with open('sealed.pdf', 'rb') as file:
    seal, = PdfFileReader(file, strict=True).embedded_signatures
    status = validate_pdf_signature(seal, context, ts_validation_context=context)
    stamp = status.timestamp_validity
    print(status.summary(), status.modification_level, status.coverage, status.bottom_line,
        stamp and (stamp.valid, stamp.intact, stamp.trusted))
"#;

#[test]
fn pyhanko_trusts_a_sealed_certificate() {
    let Some(fonts) = crate::font::tests::debian().map(Arc::new) else {
        return;
    };
    let bench = Bench::new();
    bench.write_trust();
    let (signer, tsa) = (bench.signer(), bench.tsa());
    for (level, stamped) in [(Level::BB, "None"), (Level::BT(&tsa), "(True, True, True)")] {
        let mut info = approval_type();
        info.contents_bytes = contents_reserved(&bench.facts(), level).unwrap();
        let compiled = approval_template().compile(&fonts, &info).unwrap();
        let draft = lay_out(&compiled, &approval()).unwrap();
        bench.write("sealed.pdf", &seal(draft, &signer, level).unwrap());
        let has = bench.python(&["-c", "import pyhanko"]);
        if !has.is_some_and(|output| output.status.success()) {
            println!("not run: 1 (pyHanko cannot be imported)");
            return;
        }
        let moment = (Centre::FOUNDED.as_second() + 3600).to_string();
        let output = bench.python(&["-c", PYHANKO, &moment]).unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}{error}");
        let wanted =
            format!("ModificationLevel.NONE SignatureCoverageLevel.ENTIRE_FILE True {stamped}");
        assert!(
            said.contains("TRUSTED") && said.trim_end().ends_with(&wanted),
            "{said}{error}"
        );
    }
}
