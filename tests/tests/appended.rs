//! What somebody else appends to a file sealed with DocMDP P=2: nothing passes but validation data.

#![allow(clippy::expect_used)] // helpers of tests

use house::judges::ask_python;
use house::office::{NOW, Office, SealLevel};
use verifier::report::{Indication, SealReport};
use verifier::{Budgets, Trust, examine};
use yinxin::demo::city::Kind;

/// A sealed file to which one revision was appended, examined.
fn examine_appended(change: &str) -> SealReport {
    let office = Office::found();
    let source = office.write(
        "sealed.pdf",
        office.sealed(Kind::DisabilityCard, SealLevel::BB),
    );
    let ca = office.write("ca.pem", office.issuing_ca_pem());
    let target = office.folder().join("appended.pdf");
    let path = |path: &std::path::Path| path.to_str().expect("UTF-8").to_owned();
    let mut arguments = vec![change.to_owned(), path(&source), path(&target)];
    if change == "validation_data" {
        arguments.push(path(&ca));
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    ask_python("append.py", &arguments);

    let appended = std::fs::read(&target).expect("the appended file");
    let sealed = std::fs::read(&source).expect("the sealed file");
    assert!(
        appended.starts_with(&sealed) && appended.len() > sealed.len(),
        "{change}"
    );
    let trust = Trust::from_policy(&office.policy().policy_toml).expect("our own policy");
    examine(&appended, &trust, NOW, &Budgets::default())
}

fn check_refused(change: &str) {
    let report = examine_appended(change);
    assert_eq!(
        report.indication,
        Some(Indication::TotalFailed),
        "{change}: {report:#?}"
    );
}

#[test]
fn validation_data_may_follow() {
    let report = examine_appended("validation_data");
    assert_eq!(
        report.indication,
        Some(Indication::TotalPassed),
        "{report:#?}"
    );
    assert_eq!(report.revisions.len(), 2);
}

#[test]
fn nothing_that_is_signed_or_filled_in_may_follow() {
    check_refused("signature");
    check_refused("field");
    check_refused("filled_seal_field");
}

#[test]
fn nothing_that_is_seen_may_follow() {
    check_refused("annotation");
    check_refused("stamp");
    check_refused("page_content");
}

#[test]
fn nothing_hidden_may_follow() {
    check_refused("title");
    check_refused("attachment");
    check_refused("open_action");
}
