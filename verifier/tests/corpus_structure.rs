//! The corpus of signed PDFs by other software, judged by structure alone: every attack on the structure is refused,
//! no sound file is. What CMS and chains say is tested elsewhere.

use std::path::PathBuf;

use verifier::budget::{Budgets, Meter};
use verifier::internals::read_pdf;
use verifier::report::{Finding, Rulebook, Severity};

/// What structure must decide, by class of the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    /// A failure or a limit: never a pass.
    Refused,
    /// Nothing that fails.
    Sound,
    /// No signature at all.
    Absent,
}

/// One line of the manifest.
struct Row {
    file: String,
    class: String,
    indication: String,
}

fn corpus() -> Option<PathBuf> {
    let shared = std::env::var_os("YINXIN_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let corpus = shared.join("corpus");
    corpus.is_dir().then_some(corpus)
}

fn rows(manifest: &str) -> Vec<Row> {
    let lines = manifest.lines().skip(1).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            Row {
                file: cells[0].into(),
                class: cells[3].into(),
                indication: cells[5].into(),
            }
        })
        .collect()
}

fn expect(row: &Row) -> Expect {
    match (row.class.as_str(), row.indication.as_str()) {
        (_, "no signature (seal.absent)") => Expect::Absent,
        // These fail in CMS; their structure is sound.
        ("CMS", _) => Expect::Sound,
        (_, "TOTAL-FAILED") | ("DOS", _) => Expect::Refused,
        _ => Expect::Sound,
    }
}

/// The findings that keep the file from passing.
fn refusals(bytes: &[u8]) -> Result<Vec<Finding>, Expect> {
    let mut meter = Meter::new(&Budgets::default(), bytes.len()).map_err(|_| Expect::Refused)?;
    let pdf = match read_pdf(bytes, &mut meter) {
        Ok(pdf) => pdf,
        Err(finding) => return Ok(vec![finding]),
    };
    if !pdf.is_signed() {
        return Err(Expect::Absent);
    }
    let findings = pdf
        .sites()
        .iter()
        .flat_map(|site| pdf.check(Rulebook::Foreign, site, &mut meter))
        .collect::<Vec<_>>();
    Ok(findings
        .into_iter()
        .filter(|finding| finding.severity >= Severity::NotRun)
        .collect())
}

#[test]
fn structure_tells_attacks_from_sound_files() {
    let Some(corpus) = corpus() else {
        println!("not run: 32 (YINXIN_SHARED names no corpus)");
        return;
    };
    let manifest = std::fs::read_to_string(corpus.join("manifest.tsv")).unwrap();
    let rows = rows(&manifest);
    assert_eq!(rows.len(), 32);
    let mut wrong = Vec::new();
    for row in rows {
        let bytes = std::fs::read(corpus.join(&row.file)).unwrap();
        let seen = refusals(&bytes);
        let answer = match &seen {
            Err(absent) => *absent,
            Ok(refusals) if refusals.is_empty() => Expect::Sound,
            Ok(_) => Expect::Refused,
        };
        println!("{} {:?} {:?}", row.file, answer, seen);
        if answer != expect(&row) {
            wrong.push(format!(
                "{}: {answer:?} instead of {:?}: {seen:?}",
                row.file,
                expect(&row)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
