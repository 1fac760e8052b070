//! Signed PDFs of other software, each held against the answer that a strict verifier must give.
//!
//! The files lie outside the project: `YINXIN_SHARED` names the folder, default `../shared`.

#![allow(clippy::indexing_slicing)]

use std::collections::HashMap;
use std::path::PathBuf;

use verifier::report::{Indication, SealReport};
use verifier::{Budgets, Trust, examine};

const MOST_EXCEPTIONS: usize = 4;

fn shared() -> PathBuf {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"));
    std::env::var_os("YINXIN_SHARED").map_or_else(beside, PathBuf::from)
}

/// As the manifest writes it.
fn answer(report: &SealReport) -> String {
    let sub = report
        .sub_indication
        .map(|sub| json(&sub))
        .unwrap_or_default();
    match report.indication {
        None => "no signature (seal.absent)".to_owned(),
        Some(Indication::Indeterminate) => format!("INDETERMINATE/{sub}"),
        Some(indication) => json(&indication),
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

fn fits(expected: &str, seen: &str) -> bool {
    let not_passed = expected.starts_with("not passed");
    (not_passed && (seen == "TOTAL-FAILED" || seen == "INDETERMINATE/GENERIC")) || expected == seen
}

#[test]
fn every_file_gets_its_answer() {
    let folder = shared().join("corpus");
    let Ok(manifest) = std::fs::read_to_string(folder.join("manifest.tsv")) else {
        println!("not run: 32 ({} is not there)", folder.display());
        return;
    };
    let exceptions: HashMap<_, _> = include_str!("corpus/exceptions.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .map(|fields| (fields[0], fields[1]))
        .collect();
    assert!(exceptions.len() <= MOST_EXCEPTIONS);
    let at = "2026-11-22T00:00:00Z".parse().unwrap();
    let (mut wrong, mut rows) = (Vec::new(), 0);
    for row in manifest.lines().skip(1) {
        let fields: Vec<_> = row.split('\t').collect();
        let (file, expected) = (fields[0], fields[5]);
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let report = examine(&bytes, &Trust::nobody(), at, &Budgets::default());
        let seen = answer(&report);
        rows += 1;
        let allowed = exceptions.get(file).copied();
        if expected == "TOTAL-FAILED" {
            assert_eq!(
                seen, expected,
                "{file}: nothing better may be said\n{:#?}",
                report.findings
            );
        }
        match (fits(expected, &seen), allowed) {
            (true, None) => {}
            (false, Some(allowed)) if allowed == seen => {}
            (true, Some(_)) => wrong.push(format!("{file}: {seen}, strike it from the exceptions")),
            (false, _) => wrong.push(format!(
                "{file}: {seen} instead of {expected}\n{:#?}",
                report.findings
            )),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {rows}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(rows, 32);
}
