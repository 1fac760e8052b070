//! Signed PDFs of other software, each held against the answer that a strict verifier must give,
//! without one exception. The files are not part of this repository.

#![allow(clippy::unwrap_used, clippy::panic)]

mod shared;

use verifier::report::{Indication, SealReport};
use verifier::{Budgets, Trust, examine};

const ROWS: usize = 32;

/// As the manifest writes it.
fn answer(report: &SealReport) -> String {
    let json = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let sub = serde_json::to_value(report.sub_indication)
        .map(json)
        .unwrap();
    match report.indication {
        None => "no signature (seal.absent)".to_owned(),
        Some(Indication::Indeterminate) => format!("INDETERMINATE/{sub}"),
        Some(indication) => serde_json::to_value(indication).map(json).unwrap(),
    }
}

fn fits(expected: &str, seen: &str) -> bool {
    match expected {
        "not passed (limit.exceeded or TOTAL-FAILED)" => {
            matches!(seen, "TOTAL-FAILED" | "INDETERMINATE/GENERIC")
        }
        expected => expected == seen,
    }
}

#[test]
fn every_file_gets_its_answer() {
    let Some(folder) = shared::Folder::find("corpus", ROWS) else {
        return;
    };
    let manifest = String::from_utf8(folder.read("manifest.tsv")).unwrap();
    let at = "2026-11-22T00:00:00Z".parse().unwrap();
    let (mut right, mut wrong) = (0, Vec::new());
    for row in manifest.lines().skip(1) {
        let fields: Vec<_> = row.split('\t').collect();
        let &[file, _, _, _, _, expected, ..] = fields.as_slice() else {
            panic!("{row}")
        };
        let report = examine(
            &folder.read(file),
            &Trust::nobody(),
            at,
            &Budgets::default(),
        );
        let seen = answer(&report);
        if fits(expected, &seen) {
            right += 1;
        } else {
            wrong.push(format!(
                "{file}: {seen} instead of {expected}\n{:#?}",
                report.findings
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(right, ROWS);
}
