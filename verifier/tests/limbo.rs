//! x509-limbo: edge cases of path validation, most of them from the web PKI.
//!
//! No host name is matched here (a seal has none): cases that turn on one stand in the exceptions.

#![allow(clippy::unwrap_used, clippy::panic)] // a test stops where it fails

mod shared;

use jiff::Timestamp;
use serde::Deserialize;
use shared::{Divergences, Folder};
use verifier::budget::{Budgets, Meter};
use verifier::internals::{
    Crl, ExtendedKeyUsage, KeyUsage, PathRequest, Purpose, Revocation, X509, validate,
};
use verifier::suites::Algorithms;

const CASES: usize = 208;

#[derive(Deserialize)]
struct Limbo {
    testcases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    validation_time: Option<String>,
    key_usage: Vec<String>,
    extended_key_usage: Vec<String>,
    crls: Vec<String>,
    expected_result: String,
}

#[test]
fn every_chain_gets_the_demanded_answer() {
    let Some(folder) = Folder::find("suites", CASES) else {
        return;
    };
    let limbo: Limbo = serde_json::from_slice(&folder.read("limbo.json")).unwrap();
    assert_eq!(limbo.testcases.len(), CASES);
    let mut divergences = Divergences::read("limbo_exceptions.toml");
    for case in limbo.testcases {
        let answer = answer(&case);
        let ours = if answer.is_ok() { "SUCCESS" } else { "FAILURE" };
        if case.expected_result != ours {
            println!("{}: {answer:?}", case.id);
        }
        divergences.compare(&case.id, &case.expected_result, ours);
    }
    divergences.settle();
}

/// `Err` holds what was seen.
fn answer(case: &Case) -> Result<(), String> {
    let x509 = |pem: &String| X509::parse(&der(pem));
    let leaf = x509(&case.peer_certificate).map_err(|malformed| malformed.to_string())?;
    let intermediates: Vec<X509> = case.untrusted_intermediates.iter().flat_map(x509).collect();
    let anchors: Vec<X509> = case.trusted_certs.iter().flat_map(x509).collect();
    let crls: Vec<Crl> = case
        .crls
        .iter()
        .flat_map(|pem| Crl::parse(&der(pem)))
        .collect();
    let purpose = Purpose {
        key_usage: match case.key_usage.as_slice() {
            [] => None,
            [usage] if usage == "digitalSignature" => Some(KeyUsage::DIGITAL_SIGNATURE),
            other => panic!("{}: {other:?}", case.id),
        },
        extended_key_usage: match case.extended_key_usage.as_slice() {
            [] => ExtendedKeyUsage::Any,
            [usage] if usage == "serverAuth" => if_listed("1.3.6.1.5.5.7.3.1"),
            [usage] if usage == "clientAuth" => if_listed("1.3.6.1.5.5.7.3.2"),
            other => panic!("{}: {other:?}", case.id),
        },
        ..Purpose::default()
    };
    let at = case
        .validation_time
        .as_deref()
        .unwrap_or("2026-03-01T00:00:00Z");
    let at: Timestamp = at.parse().unwrap();
    let request = PathRequest {
        leaf: &leaf,
        intermediates: &intermediates.iter().collect::<Vec<_>>(),
        anchors: &anchors.iter().collect::<Vec<_>>(),
        crls: &crls.iter().collect::<Vec<_>>(),
        at,
        purpose: &purpose,
        revocation: match crls.is_empty() && case.crls.is_empty() {
            true => Revocation::NotRun,
            false => Revocation::Required,
        },
        algorithms: &Algorithms::default(),
    };
    let mut meter = Meter::new(&Budgets::default(), 1).unwrap();
    let valid = validate(&request, &mut meter).map_err(|failure| failure.finding.seen)?;
    assert!(valid.window.contains(at), "{}: {:?}", case.id, valid.window);
    Ok(())
}

fn if_listed(oid: &str) -> ExtendedKeyUsage {
    ExtendedKeyUsage::IfListed(oid.parse().unwrap())
}

/// Bytes of one PEM block.
fn der(pem: &str) -> Vec<u8> {
    use base64::Engine as _;
    let body: String = pem
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    base64::engine::general_purpose::STANDARD
        .decode(body)
        .unwrap()
}
