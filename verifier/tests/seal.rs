//! Sealed files from end to end: what passes, what each spoilt thing comes to, under both
//! rulebooks.

#![allow(clippy::unwrap_used)]

mod forge;
#[path = "seal_cases/revoked.rs"]
mod revoked;

use std::sync::LazyLock;

use forge::cms::{Cms, time_stamp, tst_info};
use forge::pdf::{Draft, sealed};
use forge::pki::{self, DAY, Identity, Pki, START};
use jiff::Timestamp;
use verifier::report::{Level, Rulebook, SealReport};
use verifier::{Budgets, Trust, examine};

static PKI: LazyLock<Pki> = LazyLock::new(Pki::new);
const STAMPED: &str = "20261122080000Z";

fn day(days: i64) -> Timestamp {
    Timestamp::from_second(START + days * DAY).unwrap()
}

fn policy() -> Trust {
    Trust::from_policy(&PKI.policy(&PKI.crls(START, &[]))).unwrap()
}

fn file(signer: &Identity, edit: impl FnOnce(&mut Cms)) -> Vec<u8> {
    sealed(&Draft::default(), |digest| {
        let mut cms = Cms::seal(signer, digest);
        edit(&mut cms);
        cms.build(signer)
    })
}

/// Level B-T, stamped by `tsa`.
fn stamped(signer: &Identity, tsa: &Identity) -> Vec<u8> {
    sealed(&Draft::default(), |digest| {
        let cms = Cms::seal(signer, digest);
        cms.build_stamped(signer, |signature| {
            Some(time_stamp(tsa, signature, STAMPED))
        })
    })
}

fn at(bytes: &[u8], trust: &Trust, days: i64) -> SealReport {
    examine(bytes, trust, day(days), &Budgets::default())
}

fn answer(report: &SealReport) -> String {
    let json = |value| serde_json::to_value(value).unwrap();
    let indication = json(report.indication.map(|i| serde_json::to_value(i).unwrap()));
    let sub = report
        .sub_indication
        .map(|sub| serde_json::to_value(sub).unwrap());
    [Some(indication), sub]
        .iter()
        .flatten()
        .filter_map(|v| v.as_str())
        .collect::<Vec<_>>()
        .join("/")
}

/// Indication and a code that must be among the findings.
fn check(report: &SealReport, expect: &str, code: Option<&str>) {
    assert_eq!(answer(report), expect, "{:#?}", report.findings);
    if let Some(code) = code {
        let codes: Vec<_> = report.findings.iter().map(|finding| finding.code).collect();
        assert!(codes.contains(&code), "{code} is not among {codes:?}");
    }
}

#[test]
fn a_sealed_file_passes() {
    let report = at(&file(&PKI.seal, |_| ()), &policy(), 1);
    check(&report, "TOTAL-PASSED", None);
    assert_eq!(
        (report.rulebook, report.level),
        (Rulebook::Issued, Level::BB)
    );
    assert_eq!(report.proven_time, None);
    assert_eq!(report.claimed_time, Some(day(0)));
    assert_eq!(report.signer.unwrap().subject, "CN=测试认证中心");
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}

#[test]
fn a_time_stamped_file_passes() {
    let report = at(&stamped(&PKI.seal, &PKI.tsa), &policy(), 1);
    check(&report, "TOTAL-PASSED", None);
    assert_eq!(report.level, Level::BT);
    assert_eq!(
        report.proven_time,
        Some("2026-11-22T08:00:00Z".parse().unwrap())
    );
}

#[test]
fn prepared_chains_are_reused_by_threads() {
    let (trust, bytes) = (policy(), file(&PKI.seal, |_| ()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| check(&at(&bytes, &trust, 1), "TOTAL-PASSED", None));
        }
    });
    check(&at(&bytes, &trust, 40), "INDETERMINATE/TRY_LATER", None);
}

#[test]
fn spoilt_signatures_fail() {
    let issued = |edit: fn(&mut Cms), expect: &str, code: &str| {
        check(
            &at(&file(&PKI.seal, edit), &policy(), 1),
            expect,
            Some(code),
        );
    };
    issued(
        |cms| cms.spoilt = true,
        "TOTAL-FAILED/SIG_CRYPTO_FAILURE",
        "cms.signature",
    );
    let format = "TOTAL-FAILED/FORMAT_FAILURE";
    issued(|cms| cms.x509s.clear(), format, "cms.signer_x509");
    issued(
        |cms| cms.x509s.push(PKI.tls.x509.clone()),
        format,
        "cms.unused_x509",
    );
    issued(
        |cms| cms.x509s.push(cms.x509s[0].clone()),
        format,
        "cms.unused_x509",
    );
    issued(|cms| cms.signers = 2, format, "cms.signer_infos");
    issued(|cms| cms.content = Some(vec![]), format, "cms.econtent");
    // An X.509 of the chain may stand inside.
    let with_ca = file(&PKI.seal, |cms| cms.x509s.push(PKI.seal_ca.x509.clone()));
    check(&at(&with_ca, &policy(), 1), "TOTAL-PASSED", None);
}

#[test]
fn changed_content_fails() {
    let mut bytes = file(&PKI.seal, |_| ());
    let at_page = forge::pdf::find(&bytes, b"595 842");
    bytes[at_page] = b'6';
    check(
        &at(&bytes, &policy(), 1),
        "TOTAL-FAILED/HASH_FAILURE",
        Some("attribute.message_digest"),
    );
}

#[test]
fn an_old_sub_filter_is_not_ours() {
    let draft = Draft {
        sub_filter: "adbe.pkcs7.detached",
        ..Draft::default()
    };
    let bytes = sealed(&draft, |digest| {
        Cms::seal(&PKI.seal, digest).build(&PKI.seal)
    });
    check(
        &at(&bytes, &policy(), 1),
        "TOTAL-FAILED/FORMAT_FAILURE",
        Some("cms.sub_filter"),
    );
}

#[test]
fn keys_that_are_no_seal_keys() {
    let code = Some("signer.not_a_seal_key");
    let tls = at(&file(&PKI.tls, |_| ()), &policy(), 1);
    check(&tls, "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE", code);
    assert_eq!(tls.rulebook, Rulebook::Foreign);
    let unnamed = PKI.seal_ca.issue(pki::seal("not in the policy"));
    let report = at(&file(&unnamed, |_| ()), &policy(), 1);
    check(&report, "INDETERMINATE/SIG_CONSTRAINTS_FAILURE", code);
    let stranger = pki::self_signed(pki::person("stranger"));
    let report = at(&file(&stranger, |_| ()), &policy(), 1);
    check(&report, "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND", code);
}

#[test]
fn a_named_x509_of_our_own_ca_bears_our_marks() {
    let bare = PKI.seal_ca.issue(pki::person("no marks"));
    let toml = PKI
        .policy(&PKI.crls(START, &[]))
        .replace(&PKI.seal.sha256(), &bare.sha256())
        .replace(&PKI.seal.pem(), &bare.pem());
    let report = at(&file(&bare, |_| ()), &Trust::from_policy(&toml).unwrap(), 1);
    let code = Some("signer.not_a_seal_key");
    check(&report, "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE", code);
}

#[test]
fn an_outside_cas_x509_needs_only_to_be_named() {
    let root = pki::self_signed(pki::ca("outside root"));
    let centre = root.issue(pki::person("centre"));
    let crls = PKI.crls(START, &[]) + &root.crl(START, &[]);
    let toml = PKI
        .policy(&crls)
        .replace(&PKI.seal.sha256(), &centre.sha256())
        .replace(&PKI.seal.pem(), &centre.pem());
    let anchor = format!(
        "[[anchor]]\npurpose = \"seal\"\nx509 = \"\"\"{}\"\"\"\n",
        root.pem()
    );
    let trust = Trust::from_policy(&(toml + &anchor)).unwrap();
    check(&at(&file(&centre, |_| ()), &trust, 1), "TOTAL-PASSED", None);
}

#[test]
fn from_and_to_of_the_policy() {
    let toml = PKI
        .policy(&PKI.crls(START, &[]))
        .replace("to = \"2029-11-22", "to = \"2026-11-23");
    let trust = Trust::from_policy(&toml).unwrap();
    let plain = file(&PKI.seal, |_| ());
    check(&at(&plain, &trust, 1), "TOTAL-PASSED", None);
    let late = at(&plain, &trust, 2);
    check(
        &late,
        "INDETERMINATE/OUT_OF_BOUNDS_NO_POE",
        Some("signer.outside_policy"),
    );
    assert_eq!(late.signer_good, Some((day(0), day(1))));
    // A time-stamp proves that it was sealed in time; /M proves nothing.
    check(
        &at(&stamped(&PKI.seal, &PKI.tsa), &trust, 2),
        "TOTAL-PASSED",
        None,
    );
}

#[test]
fn without_a_current_crl() {
    let plain = file(&PKI.seal, |_| ());
    let anchors = || PKI.root.pem() + &PKI.seal_ca.pem();
    let none = Trust::from_anchors(&anchors(), None, false).unwrap();
    check(&at(&plain, &none, 1), "INDETERMINATE/TRY_LATER", None);
    let not_run = Trust::from_anchors(&anchors(), None, true).unwrap();
    let report = at(&plain, &not_run, 1);
    check(&report, "TOTAL-PASSED", Some("revocation.not_run"));
    assert_eq!(report.rulebook, Rulebook::Issued);
}

#[test]
fn bare_anchors_without_the_issuing_ca_find_no_chain() {
    let root = Trust::from_anchors(&PKI.root.pem(), None, true).unwrap();
    for bytes in [file(&PKI.seal, |_| ()), stamped(&PKI.seal, &PKI.tsa)] {
        check(
            &at(&bytes, &root, 1),
            "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND",
            None,
        );
    }
}

#[test]
fn bare_anchors_trust_what_chains_to_them() {
    let anchors = PKI.root.pem() + &PKI.seal_ca.pem();
    let trust = Trust::from_anchors(&anchors, Some(&PKI.crls(START, &[])), false).unwrap();
    let person = PKI.seal_ca.issue(pki::person("somebody"));
    let report = at(&file(&person, |_| ()), &trust, 1);
    check(&report, "TOTAL-PASSED", None);
    assert_eq!(report.rulebook, Rulebook::Foreign);
    let tls = at(
        &file(&PKI.tls, |cms| cms.x509s.push(PKI.tls_ca.x509.clone())),
        &trust,
        1,
    );
    let code = Some("signer.not_a_seal_key");
    check(&tls, "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE", code);
}

#[test]
fn invalid_time_stamps_fail_the_file() {
    let with = |token: fn(&[u8]) -> Vec<u8>| {
        let bytes = sealed(&Draft::default(), |digest| {
            Cms::seal(&PKI.seal, digest)
                .build_stamped(&PKI.seal, |signature| Some(token(signature)))
        });
        at(&bytes, &policy(), 1)
    };
    let other = with(|_| time_stamp(&PKI.tsa, b"another signature", STAMPED));
    check(
        &other,
        "TOTAL-FAILED/HASH_FAILURE",
        Some("timestamp.imprint"),
    );
    let not_a_tsa = with(|signature| time_stamp(&PKI.seal, signature, STAMPED));
    check(
        &not_a_tsa,
        "TOTAL-FAILED/FORMAT_FAILURE",
        Some("timestamp.eku"),
    );
    let stranger =
        with(|signature| time_stamp(&pki::self_signed(pki::tsa("stranger")), signature, STAMPED));
    check(&stranger, "TOTAL-FAILED/FORMAT_FAILURE", None);
    let future = with(|signature| time_stamp(&PKI.tsa, signature, "20301122080000Z"));
    check(
        &future,
        "INDETERMINATE/TIMESTAMP_ORDER_FAILURE",
        Some("timestamp.order"),
    );
}

#[test]
fn a_stranger_who_encloses_nothing() {
    let stranger = pki::self_signed(pki::person("stranger"));
    let report = at(&file(&stranger, |cms| cms.x509s.clear()), &policy(), 1);
    let code = Some("signer.not_a_seal_key");
    check(&report, "INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND", code);
}

#[test]
fn a_document_time_stamp_alone_seals_nothing() {
    let draft = Draft {
        sub_filter: "ETSI.RFC3161",
        ..Draft::default()
    };
    let stamp = |covered: &[u8]| Cms::token(&PKI.tsa, &tst_info(covered, STAMPED)).build(&PKI.tsa);
    let report = at(&sealed(&draft, stamp), &policy(), 1);
    check(&report, "", Some("seal.absent"));
    assert_eq!(report.indication, None);
    assert!(report.proven_time.is_some(), "{:#?}", report.findings);
    let other = at(&sealed(&draft, |_| stamp(&[7; 32])), &policy(), 1);
    check(
        &other,
        "TOTAL-FAILED/HASH_FAILURE",
        Some("timestamp.imprint"),
    );
}

#[test]
fn no_signature() {
    let unsigned = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<< /Size 2 /Root 1 0 R >>\nstartxref\n45\n%%EOF\n";
    let report = at(unsigned, &policy(), 1);
    check(&report, "", Some("seal.absent"));
    assert_eq!(report.indication, None);
    check(
        &at(b"no pdf", &policy(), 1),
        "TOTAL-FAILED/FORMAT_FAILURE",
        None,
    );
}
