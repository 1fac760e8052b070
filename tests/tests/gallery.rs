//! Every template of the city on real rows: fonts and room suffice, and our verifier agrees.

use house::office::{NOW, Office, SealLevel};
use verifier::report::Indication;
use verifier::{Budgets, Trust, examine};
use yinxin::demo::city::Kind;

/// Where to leave the files to look at, if anywhere.
const KEEP: &str = "YINXIN_KEEP";

#[test]
fn every_template_may_be_published() {
    let office = Office::found();
    let findings: Vec<String> = Kind::ALL
        .into_iter()
        .flat_map(|kind| office.lint(kind))
        .collect();
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn every_type_can_be_sealed() {
    let office = Office::found();
    let trust = Trust::from_policy(&office.policy().policy_toml).expect("our own policy");
    for kind in Kind::ALL {
        let sealed = office.sealed_rows(kind, SealLevel::BB, 20);
        for file in &sealed {
            let report = examine(file, &trust, NOW, &Budgets::default());
            assert_eq!(
                report.indication,
                Some(Indication::TotalPassed),
                "{kind:?}: {report:#?}"
            );
        }
        let longest = sealed.iter().map(Vec::len).max().unwrap_or(0);
        println!("{kind:?}: at most {longest} bytes");
        let bound = largest(kind);
        assert!(
            longest < bound,
            "{kind:?}: {longest} bytes, at most {bound}"
        );
        if let Some(folder) = std::env::var_os(KEEP) {
            let path = std::path::Path::new(&folder)
                .join(kind.file_name())
                .with_extension("pdf");
            std::fs::write(path, &sealed[0]).expect("a file to look at");
        }
    }
}

/// A tenth above what the largest of the rows takes (docs/benchmarks.md), so that what makes a type's files grow is seen.
fn largest(kind: Kind) -> usize {
    match kind {
        Kind::BusinessLicence => 104_000,
        Kind::ResidencePermit => 63_000,
        Kind::BirthCertificate => 64_000,
        Kind::DisabilityCard => 59_000,
        Kind::Diploma => 55_000,
        Kind::Approval => 91_000,
    }
}

#[test]
fn pages_of_text_alone_take_less_than_40_kilobytes_on_average() {
    let files = Office::found().notices(SealLevel::BB, 200);
    if let Some(folder) = std::env::var_os(KEEP) {
        let path = std::path::Path::new(&folder).join("notice.pdf");
        std::fs::write(path, &files[0]).expect("a file to look at");
    }
    let longest = files.iter().map(Vec::len).max().unwrap_or(0);
    let mean = files.iter().map(Vec::len).sum::<usize>() / files.len();
    println!("{mean} bytes, at most {longest}");
    assert!(mean < 40_000, "{mean} bytes");
}
