//! Files of about 1 MiB made to cost as much as they can. Each must end in an answer; what it costs is bounded by
//! the budget alone, so the times that are printed only show that the budget is set right.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

use super::read;
use super::testing::*;
use crate::budget::{Budgets, Meter};
use crate::report::{Finding, Rulebook};

const MIB: usize = 1 << 20;

/// Reads and checks all; gives the codes of what keeps it from passing and the time taken.
fn cost(name: &str, bytes: &[u8]) -> Vec<&'static str> {
    assert!(
        bytes.len() < MIB + MIB / 8,
        "{name} has {} bytes",
        bytes.len()
    );
    let start = processor_time();
    let codes = answer(bytes);
    let taken = processor_time().saturating_sub(start);
    println!("{name}: {taken:?} {codes:?}");
    // 200 ms with optimisation; tests may be built without.
    assert!(taken < Duration::from_secs(3), "{name} ran away: {taken:?}");
    codes
}

/// Time that this thread has spent on a processor: other work on the machine does not count.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = stat.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

fn answer(bytes: &[u8]) -> Vec<&'static str> {
    let mut meter = Meter::new(&Budgets::default(), bytes.len()).unwrap();
    let findings: Vec<Finding> = match read(bytes, &mut meter) {
        Err(finding) => vec![finding],
        Ok(pdf) => {
            let _ = pdf.revision_ends();
            let checked = pdf
                .sites()
                .iter()
                .map(|site| pdf.check(Rulebook::Foreign, site, &mut meter));
            checked.flatten().collect()
        }
    };
    let mut codes: Vec<&'static str> = findings.iter().map(|finding| finding.code).collect();
    codes.dedup();
    codes
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A file whose only section is a cross-reference stream over `rows`, after `body`.
fn with_stream(body: &[u8], entries: &str, rows: &[u8]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.extend_from_slice(body);
    let at = bytes.len();
    let data = deflate(rows);
    let head = format!(
        "1 0 obj\n<< /Type /XRef /Root 2 0 R {entries} /Filter /FlateDecode /Length {} >>\nstream\n",
        data.len()
    );
    bytes.extend_from_slice(head.as_bytes());
    bytes.extend_from_slice(&data);
    bytes.extend_from_slice(format!("\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n").as_bytes());
    bytes
}

#[test]
fn a_table_of_a_million_lines() {
    let rows = vec![0u8; 4 * MIB];
    let bytes = with_stream(b"", "/Size 4194304 /W [0 1 0]", &rows);
    assert_eq!(
        cost("four million lines to byte 0", &bytes),
        ["limit.exceeded"]
    );
    let bytes = with_stream(b"", "/Size 1000000 /W [0 1 0]", &rows[..1_000_000]);
    cost("a million lines to byte 0", &bytes);
}

#[test]
fn a_bomb_in_a_stream() {
    let bytes = with_stream(b"", "/Size 10 /W [1 2 1]", &vec![0u8; 100 * MIB]);
    assert_eq!(cost("inflates to 100 MiB", &bytes), ["limit.exceeded"]);
}

#[test]
fn a_bomb_of_objects() {
    let body = "1 ".repeat(7 * MIB);
    let data = deflate(format!("2 0 {body}").as_bytes());
    let mut object = format!(
        "3 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length {} >>\nstream\n",
        data.len()
    )
    .into_bytes();
    object.extend_from_slice(&data);
    object.extend_from_slice(b"\nendstream\nendobj\n");
    let rows = [[1, 0, 9, 0], [2, 0, 3, 0]].concat();
    let rows = [
        [0, 0, 0, 0].to_vec(),
        vec![0, 0, 0, 0],
        vec![2, 0, 3, 0],
        rows[..4].to_vec(),
    ]
    .concat();
    cost(
        "an array of seven million numbers",
        &with_stream(&object, "/Size 4 /W [1 2 1]", &rows),
    );
}

#[test]
fn numbers_and_names_and_brackets() {
    for unit in [
        "1 ",
        "1 0 R ",
        "/A",
        "[]",
        "<<>>",
        "(a)",
        "<< /A 1 /B 2 >>",
        "%\n",
    ] {
        let body = format!("[{}]", unit.repeat(MIB / unit.len()));
        cost(unit, &sealed().object(50, &body).revision().build());
    }
    let keys: String = (0..MIB / 10).fold(String::new(), |mut keys, n| {
        write!(keys, "/{n:06} 1 ").unwrap();
        keys
    });
    cost(
        "a dictionary of many keys",
        &sealed()
            .object(50, &format!("<< {keys} >>"))
            .revision()
            .build(),
    );
}

#[test]
fn lines_that_all_lead_to_the_same_place() {
    let heavy = format!("({})", "x".repeat(MIB / 2));
    let mut builder = sealed().object(50, &heavy);
    let at = builder.offset(50);
    for number in 51..16_000 {
        builder = builder.line(number, at);
    }
    cost(
        "sixteen thousand lines to one string",
        &builder.revision().build(),
    );
    let mut builder = sealed().object(50, &heavy);
    for number in 51..6_000 {
        builder = builder.object(number, "<< /Length 50 0 R >>\nstream\n\nendstream");
    }
    cost(
        "six thousand lengths in one string",
        &builder.revision().build(),
    );
}

#[test]
fn many_revisions_over_a_large_document() {
    let mut builder = unsigned_with(&catalog("/PieceInfo 100 0 R"), FIELD);
    for number in 100..12_000 {
        builder = builder.object(number, &format!("<< /A {} 0 R /B [1 2 3] >>", number + 1));
    }
    builder = builder
        .object(6, &signature("ETSI.CAdES.detached", ""))
        .revision();
    for number in 0..100 {
        builder = builder.object(13_000 + number, "1").revision();
    }
    cost(
        "a hundred revisions of twelve thousand objects",
        &builder.build(),
    );
    let mut builder = Builder::new().object(1, "<< >>").revision();
    for _ in 0..3_000 {
        builder = builder.revision();
    }
    assert_eq!(
        cost("three thousand revisions", &builder.build()),
        ["limit.exceeded"]
    );
}

#[test]
fn many_fields_and_signatures() {
    let list: String = (100..9_000).fold(String::new(), |mut list, n| {
        write!(list, "{n} 0 R ").unwrap();
        list
    });
    let mut builder = Builder::new()
        .object(1, "<< /Type /Catalog /AcroForm << /Fields 8 0 R >> >>")
        .object(8, &format!("[{list}]"));
    for number in 100..9_000 {
        builder = builder.object(number, "<< /FT /Sig /T (a) /V 6 0 R >>");
    }
    let mut builder = builder
        .object(6, &signature("ETSI.CAdES.detached", ""))
        .revision();
    for _ in 0..100 {
        builder = builder.revision();
    }
    cost(
        "nine thousand fields in a hundred revisions",
        &builder.build(),
    );
}
