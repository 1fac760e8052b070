use std::io::Cursor;

use super::*;
use crate::rows::{Encoding, RawValue};

/// Reads a whole file into short lines: `row: a|b` for rows, `row! rule` for errors.
pub(super) fn told(bytes: &[u8], format: RowFormat, limits: &RowLimits) -> Vec<String> {
    let rows = match read(Cursor::new(bytes.to_vec()), format, limits) {
        Ok(rows) => rows,
        Err(fault) => return vec![fault.to_string()],
    };
    rows.map(|row| match row {
        Ok(RawRow { row, members }) => {
            let values: Vec<String> = members.iter().map(|(_, value)| shown(value)).collect();
            format!("{row}: {}", values.join("|"))
        }
        Err(ReadFault::Row(error)) => format!("{}! {}", error.row, error.rule.code()),
        Err(ReadFault::File(fault)) => fault.to_string(),
    })
    .collect()
}

fn shown(value: &RawValue) -> String {
    match value {
        RawValue::Empty => "-".into(),
        RawValue::Text(text) => text.clone(),
        RawValue::Number(digits) => format!("#{digits}"),
        RawValue::Day(day) => format!("@{day}"),
        RawValue::List(list) => format!("[{}]", list.join("^")),
        RawValue::Base64(text) => format!("={text}"),
        RawValue::Uncalculated => "=?".into(),
        RawValue::Other => "?".into(),
    }
}

#[track_caller]
pub(super) fn check(bytes: impl AsRef<[u8]>, format: RowFormat, expect: &[&str]) {
    assert_eq!(told(bytes.as_ref(), format, &RowLimits::default()), expect);
}

const CSV: RowFormat = RowFormat::Csv(None);
const NO_ROWS: &str = "the file has no rows; check the export it comes from";

#[test]
fn ndjson_rows_are_objects_of_plain_values() {
    check("", RowFormat::Ndjson, &[NO_ROWS]);
    check("\n \r\n", RowFormat::Ndjson, &[NO_ROWS]);
    check(
        "\u{FEFF}{\"a\":\"张三\"}\r\n\n{\"a\":null}",
        RowFormat::Ndjson,
        &["1: 张三", "3: -"],
    );
    check(
        r#"{"a":1,"b":1.50,"c":-7,"d":true,"e":["x","y"]}"#,
        RowFormat::Ndjson,
        &["1: #1|#1.5|#-7|?|[x^y]"],
    );
    check(
        r#"{"a":{"base64":"AAAA"}}"#,
        RowFormat::Ndjson,
        &["1: =AAAA"],
    );
    check(
        r#"{"a":1e300,"b":123456789012345678}"#,
        RowFormat::Ndjson,
        // Beyond what a binary number holds exactly: kept as a number that no field takes.
        &["1: #1e300|#123456789012345678"],
    );
    check(r#"{"a":"1","a":"2"}"#, RowFormat::Ndjson, &["1: 1|2"]);
}

#[test]
fn a_broken_ndjson_row_stops_no_other() {
    let text =
        "[1]\n{\"a\":{\"b\":{}}}\n{\"a\":[1]}\n{\"a\":\"x\"\n{} {}\n\"张三\"\n{\"a\":\"good\"}";
    let expect = [
        "1! row.json",
        "2! row.json",
        "3! row.json",
        "4! row.json",
        "5! row.json",
        "6! row.json",
        "7: good",
    ];
    check(text, RowFormat::Ndjson, &expect);
    check(
        b"{\"a\":\"\xD5\xC5\"}\n{\"a\":\"b\"}",
        RowFormat::Ndjson,
        &["1! row.encoding", "2: b"],
    );
    check(
        "{\"a\":".repeat(100_000),
        RowFormat::Ndjson,
        &["1! row.json"],
    );
}

#[test]
fn rows_are_bounded() {
    let limits = RowLimits {
        row_bytes: 12,
        ..RowLimits::default()
    };
    let long = format!("{{\"a\":\"{}\"}}\n{{\"a\":\"b\"}}", "x".repeat(9000));
    assert_eq!(
        told(long.as_bytes(), RowFormat::Ndjson, &limits),
        ["1! row.too_long", "2: b"]
    );
    let long = format!(
        "a,b\n{},1\nx,y\n\"open,1\nx,y\nx,y\nx,y\n",
        "x".repeat(9000)
    );
    let expect = [
        "2! row.too_long",
        "3: x|y",
        "4! row.quotes",
        "5: x|y",
        "6: x|y",
        "7: x|y",
    ];
    assert_eq!(told(long.as_bytes(), CSV, &limits), expect);
}

#[test]
fn csv_as_in_the_rfc() {
    check(
        "",
        CSV,
        &["the table has no heading; its first row must name the fields"],
    );
    check("a,b\n", CSV, &[NO_ROWS]);
    check("a,b\n,\n\n", CSV, &[NO_ROWS]);
    check(
        "a,b\r\n1,2\r\n\r\n,\r\n3,\"4 \"\"x\"\", y\"\r\n",
        CSV,
        &["2: 1|2", "5: 3|4 \"x\", y"],
    );
    check(
        "a,b\n1,\"two\r\nlines\"\n3,4",
        CSV,
        &["2: 1|two\nlines", "4: 3|4"],
    );
    check("\u{FEFF}\"a\",b\n1,2", CSV, &["2: 1|2"]);
}

#[test]
fn a_broken_csv_row_stops_no_other() {
    check(
        "a,b\n1\n1,2,3\n4,5",
        CSV,
        &["2! row.column_count", "3! row.column_count", "4: 4|5"],
    );
    check(
        "a,b\n1,x\"y\n\"1\"x,2\n4,5",
        CSV,
        &["2! row.quotes", "3! row.quotes", "4: 4|5"],
    );
    check(
        "a,b\n1,\"open\n2,3\n4,5",
        CSV,
        &["2! row.quotes", "3: 2|3", "4: 4|5"],
    );
    check(
        "a,b\n1,\"open\n2,\"x\"\n4,5",
        CSV,
        &["2! row.quotes", "3: 2|x", "4: 4|5"],
    );
    check(
        "a,\"b\n1,2\n",
        CSV,
        &[
            "the heading cannot be read: row 1: a quotation mark is not closed or stands inside a value; quote the whole value and double the marks in it",
        ],
    );
}

#[test]
fn what_is_no_csv_is_named() {
    for (separator, name) in [
        (";", "a semicolon"),
        ("\t", "a TAB"),
        ("|", "a vertical bar"),
        ("，", "a full-width comma"),
        ("；", "a full-width semicolon"),
    ] {
        let said = told(
            format!("a{separator}b\n1{separator}2\n").as_bytes(),
            CSV,
            &RowLimits::default(),
        );
        assert!(
            said.len() == 1 && said[0].contains(&format!("separated by {name}, not by a comma")),
            "{said:?}"
        );
    }
    check("a,b;c\n1,2;3\n", CSV, &["2: 1|2;3"]);
    let cr =
        "lines end with CR alone (old Macintosh form); save the file with line ends of LF or CR LF";
    check("a,b\r1,2\r", CSV, &[cr]);
    check("{\"a\":\"1\"}\r{\"a\":\"2\"}\r", RowFormat::Ndjson, &[cr]);
}

#[test]
fn csv_in_gb18030_declared_or_recognised() {
    let text = "姓名,住址\n张三,示例路\n𬭚,\"龘\"\n";
    let (bytes, ..) = encoding_rs::GB18030.encode(text);
    let expect = ["2: 张三|示例路", "3: 𬭚|龘"];
    check(&bytes, CSV, &expect);
    check(&bytes, RowFormat::Csv(Some(Encoding::Gb18030)), &expect);
    check(text, CSV, &expect);
    let damaged = [text.as_bytes(), b"\xD5\xC5,x\n", "李四,y\n".as_bytes()].concat();
    check(
        damaged,
        CSV,
        &["2: 张三|示例路", "3: 𬭚|龘", "4! row.encoding", "5: 李四|y"],
    );
}

proptest::proptest! {
    #[test]
    fn csv_reads_what_was_written(table in proptest::collection::vec(
        proptest::collection::vec("[a-z张\",\n ]{0,6}", 3..4), 0..6))
    {
        let mut text = "a,b,c\n".to_owned();
        for row in &table {
            let quoted: Vec<String> =
                row.iter().map(|value| format!("\"{}\"", value.replace('"', "\"\""))).collect();
            text.push_str(&quoted.join(","));
            text.push('\n');
        }
        let rows = read(Cursor::new(text.into_bytes()), CSV, &RowLimits::default()).unwrap();
        let no_rows = |row: &Result<RawRow, ReadFault>| matches!(row, Err(ReadFault::File(FileFault::NoRows)));
        let found: Vec<Vec<String>> = rows
            .filter(|row| !no_rows(row))
            .map(|row| row.unwrap().members.iter().map(|(_, value)| shown(value)).collect())
            .collect();
        let blank = |row: &&Vec<String>| !row.iter().all(|value| value.trim().is_empty());
        let expect: Vec<Vec<String>> = table.iter().filter(blank).cloned().collect();
        proptest::prop_assert_eq!(found, expect);
    }

    #[test]
    fn no_file_makes_a_reader_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        for format in [RowFormat::Ndjson, CSV, RowFormat::Csv(Some(Encoding::Gb18030)), RowFormat::Xlsx] {
            let _ = told(&bytes, format, &RowLimits::default());
        }
    }
}
