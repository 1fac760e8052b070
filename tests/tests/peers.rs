//! The harness that compares rates with a peer works; how good the rates are is for a quiet machine.

use house::judges::{ask, python};
use house::office::{Office, SealLevel};
use house::workspace;
use serde_json::Value;
use yinxin::demo::city::Kind;

#[test]
fn pyhanko_can_be_measured_on_our_page() {
    let office = Office::found();
    let sample = office.write(
        "sample.pdf",
        office.sealed(Kind::DisabilityCard, SealLevel::BB),
    );
    let script = workspace::root().join("tests/bench/peers.py");
    let arguments = [script.as_path(), sample.as_path()].map(|path| path.to_str().expect("UTF-8"));
    let said = ask(python(), &[&arguments[..], &["--count", "4"]].concat());
    let answer: Value = serde_json::from_str(&said).expect("one JSON object");
    assert!(
        answer["pyhanko.sign.per_second"].as_f64() > Some(0.0),
        "{said}"
    );
    assert!(answer["page_bytes"].as_u64() > Some(10_000), "{said}");
}
