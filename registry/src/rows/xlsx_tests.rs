//! Workbooks: which sheet is read, what its cells become, how large one may be.

use std::io::Write as _;

use super::tests::{check, told};
use super::{RowFormat, RowLimits};

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
    sheets(&[("visible", rows)])
}

/// A workbook of sheets, each with its `state` and rows; style 1 is a date.
fn sheets(sheets: &[(&str, &str)]) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let (mut tabs, mut parts, mut links) = (String::new(), Vec::new(), String::new());
    for (at, (state, rows)) in (1..).zip(sheets) {
        tabs += &format!(r#"<sheet name="s{at}" sheetId="{at}" state="{state}" r:id="rId{at}"/>"#);
        links += &format!(
            r#"<Relationship Id="rId{at}" Type="{relations}/worksheet" Target="worksheets/sheet{at}.xml"/>"#
        );
        let sheet = format!("{SHEET_HEAD}{rows}</sheetData></worksheet>");
        parts.push((format!("xl/worksheets/sheet{at}.xml"), sheet));
    }
    let book = format!(
        r#"<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>{tabs}</sheets></workbook>"#
    );
    let root = format!(
        r#"<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    let links = format!(
        r#"<Relationships xmlns="{package}">{links}<Relationship Id="rId99" Type="{relations}/styles" Target="styles.xml"/></Relationships>"#
    );
    let styles = format!(
        r#"<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#
    );
    let parts = parts
        .iter()
        .map(|(name, sheet)| (name.as_str(), sheet.as_bytes()));
    let mut entries = vec![
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", links.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
    ];
    entries.extend(parts);
    zip(&entries)
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
fn a_formula_without_a_value_is_not_empty() {
    let heading = format!("<row r=\"1\">{}{}</row>", text("A1", "a"), text("B1", "b"));
    let rows = format!(
        "{heading}<row r=\"2\">{}<c r=\"B2\"><f>A2</f></c></row><row r=\"3\">{}<c r=\"B3\"><f>A3</f><v></v></c></row>\
         <row r=\"4\"><c r=\"B4\"><f>A4</f><v/></c></row><row r=\"5\">{}<c r=\"B5\" t=\"str\"><f>A5</f><v>y</v></c></row>\
         <row r=\"6\">{}<c r=\"B6\" t=\"str\"><f>A6</f><v></v></c></row>",
        text("A2", "x"),
        text("A3", "x"),
        text("A5", "x"),
        text("A6", "x"),
    );
    check(
        workbook(&rows),
        RowFormat::Xlsx,
        &["2: x|=?", "3: x|=?", "4: -|=?", "5: x|y", "6: x|"],
    );
}

#[test]
fn the_visible_sheet_is_read() {
    let filled = |word: &str| {
        format!(
            "<row r=\"1\">{}</row><row r=\"2\">{}</row>",
            text("A1", "a"),
            text("A2", word)
        )
    };
    let (old, new, blank) = (
        filled("old"),
        filled("new"),
        format!("<row r=\"1\">{}</row>", text("A1", " ")),
    );
    let hidden_first: [(&str, &str); 3] =
        [("hidden", &old), ("veryHidden", &old), ("visible", &new)];
    check(sheets(&hidden_first), RowFormat::Xlsx, &["2: new"]);
    check(
        sheets(&[
            ("visible", &blank),
            ("hidden", &old),
            ("visible", &new),
            ("visible", ""),
        ]),
        RowFormat::Xlsx,
        &["2: new"],
    );
    check(
        sheets(&[
            ("hidden", &old),
            ("visible", &old),
            ("visible", ""),
            ("visible", &new),
        ]),
        RowFormat::Xlsx,
        &[
            "several visible sheets hold something (1, 3, counted among the visible tabs from the left); keep the rows on one and hide or delete the others",
        ],
    );
    check(
        sheets(&[("hidden", &old), ("visible", "")]),
        RowFormat::Xlsx,
        &[
            "the visible sheets are empty and hidden ones are not read; show the sheet with the rows",
        ],
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
    fn no_damaged_workbook_makes_a_reader_panic(at in 0usize..1600, to in proptest::num::u8::ANY) {
        let mut bytes = workbook(&format!("<row r=\"1\">{}</row>", text("A1", "a")));
        let at = at % bytes.len();
        bytes[at] = to;
        let _ = told(&bytes, RowFormat::Xlsx, &RowLimits::default());
    }
}
