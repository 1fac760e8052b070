use std::io::{Cursor, Write as _};

use super::*;
use crate::rows::{Encoding, RawValue};

/// Reads a whole file into short lines: `row: a|b` for rows, `row! rule` for errors.
fn told(bytes: &[u8], format: RowFormat, limits: &RowLimits) -> Vec<String> {
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
        RawValue::Other => "?".into(),
    }
}

#[track_caller]
fn check(bytes: impl AsRef<[u8]>, format: RowFormat, expect: &[&str]) {
    assert_eq!(told(bytes.as_ref(), format, &RowLimits::default()), expect);
}

const CSV: RowFormat = RowFormat::Csv(None);

#[test]
fn ndjson_rows_are_objects_of_plain_values() {
    check("", RowFormat::Ndjson, &[]);
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
    check("a,b\n", CSV, &[]);
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

/// A ZIP archive of deflated entries.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in entries {
        let mut deflate =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        deflate.write_all(content).unwrap();
        let packed = deflate.finish().unwrap();
        let offset = file.len() as u32;
        let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
        common.extend(crc32fast::hash(content).to_le_bytes());
        common.extend((packed.len() as u32).to_le_bytes());
        common.extend((content.len() as u32).to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        file.extend(b"PK\x03\x04");
        file.extend(&common);
        file.extend(name.as_bytes());
        file.extend(packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(common);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (count, start) = (entries.len() as u16, file.len() as u32);
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0, 0]);
    file
}

const SHEET_HEAD: &str = r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#;

/// A workbook of one sheet with these rows; style 1 is a date.
fn workbook(rows: &str) -> Vec<u8> {
    let sheet = format!("{SHEET_HEAD}{rows}</sheetData></worksheet>");
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let book = format!(
        r#"<workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>"#
    );
    let root = format!(
        r#"<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    let links = format!(
        r#"<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{relations}/styles" Target="styles.xml"/></Relationships>"#
    );
    let styles = format!(
        r#"<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#
    );
    zip(&[
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", links.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

fn text(at: &str, value: &str) -> String {
    format!(r#"<c r="{at}" t="inlineStr"><is><t>{value}</t></is></c>"#)
}

#[test]
fn a_sheet_keeps_kinds_and_row_numbers() {
    let heading = format!("<row r=\"1\">{}{}</row>", text("A1", "a"), text("B1", "b"));
    let rows = format!(
        "{heading}<row r=\"3\">{}<c r=\"B3\"><v>7.5</v></c></row><row r=\"4\"><c r=\"A4\" s=\"1\"><v>46082</v></c></row>\
         <row r=\"5\">{}<c r=\"C5\"><v>1</v></c></row><row r=\"6\">{}</row>",
        text("A3", "张三"),
        text("A5", "x"),
        text("A6", " "),
    );
    check(
        workbook(&rows),
        RowFormat::Xlsx,
        &["3: 张三|#7.5", "4: @2026-03-01|-", "5: x|-|#1"],
    );
}

#[test]
fn workbooks_are_bounded() {
    let not_a_workbook =
        "this is not a readable XLSX workbook; save it as .xlsx again, or as CSV UTF-8";
    check(b"a,b\n1,2\n", RowFormat::Xlsx, &[not_a_workbook]);
    check(zip(&[("a", b"b")]), RowFormat::Xlsx, &[not_a_workbook]);
    check(
        workbook(""),
        RowFormat::Xlsx,
        &["the table has no heading; its first row must name the fields"],
    );
    let limits = RowLimits {
        unpacked_bytes: 1 << 20,
        ..RowLimits::default()
    };
    let bomb = zip(&[("xl/sharedStrings.xml", &vec![b' '; 4 << 20])]);
    assert!(bomb.len() < 1 << 16);
    let expect = [
        "the workbook is larger than 1048576 bytes when unpacked; split it, or push CSV or NDJSON",
    ];
    assert_eq!(told(&bomb, RowFormat::Xlsx, &limits), expect);
    let far = format!(
        "<row r=\"1\">{}{}</row>",
        text("A1", "a"),
        text("XFD1", "b")
    );
    check(
        workbook(&far),
        RowFormat::Xlsx,
        &["the workbook is larger than 1000 columns; split it, or push CSV or NDJSON"],
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
        let found: Vec<Vec<String>> = rows
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

    #[test]
    fn no_damaged_workbook_makes_a_reader_panic(at in 0usize..1600, to in proptest::num::u8::ANY) {
        let mut bytes = workbook(&format!("<row r=\"1\">{}</row>", text("A1", "a")));
        let at = at % bytes.len();
        bytes[at] = to;
        let _ = told(&bytes, RowFormat::Xlsx, &RowLimits::default());
    }
}
