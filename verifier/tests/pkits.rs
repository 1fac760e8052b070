//! NIST PKITS: path validation and CRLs, 246 questions with their answers.

#![allow(clippy::unwrap_used, clippy::panic)] // a test stops where it fails

mod shared;

use jiff::Timestamp;
use serde::Deserialize;
use shared::{Divergences, Folder};
use verifier::budget::{Budgets, Meter};
use verifier::internals::{
    Crl, Oid, PathRequest, PolicyInputs, Purpose, Revocation, X509, validate,
};
use verifier::report::SubIndication;
use verifier::suites::Algorithms;

const CASES: usize = 246;

#[derive(Deserialize)]
struct Case {
    id: String,
    name: String,
    cert: String,
    #[serde(default)]
    other_certs: Vec<String>,
    #[serde(default)]
    crls: Vec<String>,
    #[serde(default)]
    params: Params,
    error: Option<Demanded>,
}

#[derive(Deserialize)]
struct Demanded {
    class: Class,
}

/// Why a path must fail.
#[derive(Clone, Copy, Deserialize)]
enum Class {
    #[serde(rename = "PathValidationError")]
    Rule,
    #[serde(rename = "RevokedError")]
    Revoked,
    #[serde(rename = "InsufficientRevinfoError")]
    NoCrl,
    #[serde(rename = "StaleRevinfoError")]
    StaleCrl,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Params {
    user_initial_policy_set: Vec<String>,
    initial_explicit_policy: bool,
    initial_policy_mapping_inhibit: bool,
    initial_any_policy_inhibit: bool,
}

#[test]
fn every_path_gets_the_demanded_answer() {
    let Some(folder) = Folder::find("suites/pkits", CASES) else {
        return;
    };
    let cases: Vec<Case> = serde_json::from_slice(&folder.read("pkits.json")).unwrap();
    assert_eq!(cases.len(), CASES);
    let mut divergences = Divergences::read("pkits_exceptions.toml");
    for case in cases {
        let expected = match case.error.as_ref().map(|error| error.class) {
            None => "valid",
            Some(Class::Rule) => "refused",
            Some(Class::Revoked) => "revoked",
            Some(Class::NoCrl | Class::StaleCrl) => "not known",
        };
        let (ours, why) = answer(&folder, &case);
        let id = format!("{}/{}", case.id, case.name);
        if expected != ours {
            println!("{id}: {why}");
        }
        divergences.compare(&id, expected, ours);
    }
    divergences.settle();
}

/// Our answer, and what was seen.
fn answer(folder: &Folder, case: &Case) -> (&'static str, String) {
    let x509 = |name: &str| X509::parse(&folder.read(&format!("certs/{name}")));
    let crl = |name: &str| Crl::parse(&folder.read(&format!("crls/{name}")));
    let anchor = x509("TrustAnchorRootCertificate.crt").unwrap();
    let leaf = match x509(&case.cert) {
        Ok(leaf) => leaf,
        Err(malformed) => return ("refused", malformed.to_string()),
    };
    let others: Vec<X509> = case
        .other_certs
        .iter()
        .flat_map(|name| x509(name))
        .collect();
    let mut crls = vec![crl("TrustAnchorRootCRL.crl").unwrap()];
    crls.extend(case.crls.iter().flat_map(|name| crl(name)));
    let purpose = Purpose {
        policies: case.params.inputs(),
        ..Purpose::default()
    };
    let request = PathRequest {
        leaf: &leaf,
        intermediates: &others.iter().collect::<Vec<_>>(),
        anchors: &[&anchor],
        crls: &crls.iter().collect::<Vec<_>>(),
        at: "2025-01-01T00:00:00Z".parse::<Timestamp>().unwrap(),
        purpose: &purpose,
        revocation: Revocation::Required,
        algorithms: &Algorithms::default(),
    };
    let mut meter = Meter::new(&Budgets::default(), 1).unwrap();
    match validate(&request, &mut meter) {
        Ok(valid) => {
            assert!(
                valid.window.contains(request.at),
                "{}: {:?}",
                case.name,
                valid.window
            );
            ("valid", String::new())
        }
        Err(failure) => {
            let ours = match failure.sub_indication {
                SubIndication::RevokedNoPoe | SubIndication::RevokedCaNoPoe => "revoked",
                _ if failure.finding.code == "revocation.on_hold" => "revoked",
                SubIndication::TryLater => "not known",
                SubIndication::CryptoConstraintsFailureNoPoe => "unsupported",
                _ => "refused",
            };
            (ours, failure.finding.seen)
        }
    }
}

impl Params {
    fn inputs(&self) -> PolicyInputs {
        let acceptable = self.user_initial_policy_set.iter();
        PolicyInputs {
            acceptable: acceptable.map(|oid| oid.parse::<Oid>().unwrap()).collect(),
            require_explicit: self.initial_explicit_policy,
            inhibit_mapping: self.initial_policy_mapping_inhibit,
            inhibit_any: self.initial_any_policy_inhibit,
        }
    }
}
