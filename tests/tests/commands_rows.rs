//! Rows at the command line: what is sealed, what is refused and in which words, and that a repeated
//! push makes nothing twice.

#![allow(clippy::unwrap_used)] // helpers run inside tests as well

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use house::program::{
    Answer, CLERK, DIPLOMA, Folder, SCHOOLS, check, check_zh, diploma, json, text_of,
};
use serde_json::Value;
use yinxin::demo::city::Row;

fn said(answer: &Answer, code: i32, words: &[&str]) {
    assert_eq!(answer.code, code, "{}", answer.text);
    for word in words {
        assert!(
            answer.text.contains(word),
            "{word:?} is not in\n{}",
            answer.text
        );
    }
}

/// An identifier that an earlier system gave, with its check character off by one.
const OLD: &str = "1.2.156.3005.2.11990100MB01000360004.11990100MB01000360.OLD0003.001.A";

/// A diploma with one value changed; `None` takes it away.
fn changed(tag: u32, field: &str, value: Option<&str>) -> Row {
    let mut row = diploma(tag);
    match value {
        Some(value) => row.insert(field.to_owned(), value.into()),
        None => row.remove(field),
    };
    row
}

/// A citizen ID whose check digit is wrong.
fn miscopied(row: &Row) -> String {
    let id = row["id_number"].as_str().unwrap();
    let (body, digit) = id.split_at(17);
    format!("{body}{}", if digit == "1" { "2" } else { "1" })
}

#[test]
fn a_bad_row_is_named_by_row_field_and_rule_and_the_others_are_sealed() {
    let folder = Folder::new();
    let wrong = miscopied(&diploma(2));
    let long = "很".repeat(31);
    let rows = [
        diploma(1),
        changed(2, "id_number", Some(&wrong)),
        changed(3, "favourite_colour", Some("blue")),
        changed(4, "major", None),
        changed(5, "major", Some(&long)),
        changed(6, "major", Some("法\u{13000}学")),
        changed(7, "level", Some("9")),
        changed(8, "graduated", Some("2019-06-31")),
        changed(9, "graduated", Some("2019-06-30")),
    ];
    let out = folder.beside("out");
    let answer = folder.sign(
        &folder.rows("rows.ndjson", &rows),
        &["--out", &text_of(&out)],
    );
    said(
        &answer,
        1,
        &[
            "row 2, id_number: the check digit does not match [field.code]",
            "row 3, #",
            "field.unknown",
            "row 4, major: is required",
            "row 5, major: is longer than 30",
            "row 6, major: field `major`: no font has a glyph for character 2, of Unicode plane 1",
            "layout.glyph_missing",
            "row 7, level: is not in the field's list",
            "row 8, graduated: is not a day that exists",
            "row 9: the agency may not issue this type on the day of issue",
            "1 issued, 0 issued before, 8 rows refused",
        ],
    );
    let name = rows[1]["name"].as_str().unwrap();
    for value in [
        &wrong[..],
        name,
        "favourite_colour",
        "blue",
        "\u{13000}",
        "13000",
    ] {
        assert!(!answer.text.contains(value), "{value} is repeated");
    }
    let files: Vec<String> = fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files.len(), 1);
    let file = files[0].as_str();
    assert!(
        file.starts_with("1.2.156.3005.2.") && file.ends_with(".pdf"),
        "{file}"
    );
    for field in ["name", "id_number", "diploma_number"] {
        assert!(
            !file.contains(rows[0][field].as_str().unwrap()),
            "{field} in {file}"
        );
    }
}

#[test]
fn what_cannot_be_signed_at_all_is_refused_before_a_row_is_read() {
    let folder = Folder::new();
    let (data, rows) = (folder.data(), folder.rows("rows.ndjson", &[diploma(1)]));
    let sign = |kind: &str, by: &str, input: &str, code, words: &[&str]| {
        let arguments = [
            "sign", "--data", &data, "--type", kind, "--as", by, "--in", input,
        ];
        check(&arguments, code, words);
    };
    sign(
        DIPLOMA,
        "clerk@11990100MB01000285",
        &rows,
        1,
        &["may not issue type", "authorise it"],
    );
    sign(&format!("{SCHOOLS}999"), CLERK, &rows, 1, &["published"]);
    sign("diploma", CLERK, &rows, 2, &["--type", "21"]);
    sign(DIPLOMA, CLERK, "rows.docx", 2, &[".csv, .ndjson or .xlsx"]);
    sign(
        DIPLOMA,
        CLERK,
        "/nowhere/rows.csv",
        2,
        &["/nowhere/rows.csv"],
    );
    sign(DIPLOMA, "clerk", &rows, 2, &["ACCOUNT@CREDIT-CODE"]);
}

#[test]
fn a_repeated_push_makes_nothing_twice() {
    let folder = Folder::new();
    let first = folder.rows("first.ndjson", &[diploma(1), diploma(2)]);
    let accepted = |answer: &Answer| answer.out.lines().next().unwrap().to_owned();
    let answer = folder.sign(&first, &[]);
    said(&answer, 0, &["accepted ", "2 issued, 0 issued before"]);
    let again = folder.sign(&first, &["--json"]);
    let job: Value = serde_json::from_str(&accepted(&again)).unwrap();
    assert_eq!(
        accepted(&answer),
        format!("accepted {}", job["accepted"].as_str().unwrap())
    );

    let mut other = diploma(2);
    other.insert("major".to_owned(), "法学与档案学".into());
    let second = folder.rows("second.ndjson", &[diploma(1), other, diploma(3)]);
    let answer = folder.sign(&second, &[]);
    said(
        &answer,
        1,
        &[
            "issued before, same content",
            "row 2, ref: this ref stands for other content",
            "1 issued, 1 issued before, 1 rows refused",
        ],
    );
    let key = ["--idempotency-key", "monday"];
    said(
        &folder.sign(&first, &key),
        0,
        &["0 issued, 2 issued before"],
    );
    said(&folder.sign(&second, &key), 1, &["another body", "new key"]);

    let mut numbered = diploma(1);
    numbered.insert("ref".to_owned(), "another".into());
    let third = folder.rows("third.ndjson", &[numbered]);
    said(&folder.sign(&third, &[]), 1, &["number.taken"]);

    let data = folder.data();
    let retire = ["type", "retire", DIPLOMA, "--data", &data, "--as", CLERK];
    check(&retire, 0, &["retired"]);
    let again = folder.sign(&first, &[]);
    said(&again, 0, &["2 issued, 0 issued before"]);
    let new = folder.rows("new.ndjson", &[diploma(4)]);
    said(&folder.sign(&new, &[]), 1, &["published"]);
}

/// Rows as CSV, every value quoted.
fn csv(rows: &[Row]) -> String {
    let columns: Vec<&String> = rows[0].keys().collect();
    let mut text = columns
        .iter()
        .map(|name| name.as_str())
        .collect::<Vec<_>>()
        .join(",");
    for row in rows {
        let values = columns
            .iter()
            .map(|name| format!("{:?}", row[*name].as_str().unwrap()));
        text = format!("{text}\n{}", values.collect::<Vec<_>>().join(","));
    }
    text + "\n"
}

#[test]
fn tables_come_as_utf_8_or_gb18030_and_broken_ones_are_refused() {
    let folder = Folder::new();
    let plain = folder.write("utf-8.csv", csv(&[diploma(1), diploma(2)]));
    said(&folder.sign(&plain, &[]), 0, &["2 issued"]);

    let text = folder.write("source", csv(&[diploma(3)]));
    let recoded = Command::new("iconv")
        .args(["-f", "UTF-8", "-t", "GB18030", &text])
        .output();
    let chinese = folder.write("gb18030.csv", recoded.unwrap().stdout);
    let declared = |encoding| folder.sign(&chinese, &["--encoding", encoding]);
    said(&declared("utf-8"), 1, &["row.encoding", "--encoding"]);
    said(&declared("gb18030"), 0, &["1 issued"]);
    said(&folder.sign(&chinese, &[]), 0, &["1 issued before"]);
    let lines = folder.rows("rows.ndjson", &[diploma(9)]);
    said(&folder.sign(&lines, &["--encoding", "utf-8"]), 2, &[".csv"]);

    for (name, content, words) in [
        (
            "open.csv",
            csv(&[diploma(4)])
                .trim_end()
                .trim_end_matches('"')
                .to_owned(),
            "quotation mark",
        ),
        ("empty.csv", String::new(), "heading"),
        (
            "wide.csv",
            csv(&[diploma(5)]).replacen("\"\n", "\",\"x\"\n", 1),
            "heading has",
        ),
        (
            "column.csv",
            csv(&[diploma(6)]).replacen("major", "subject", 1),
            "is not a field of this type",
        ),
    ] {
        // The second time as the first: its job has failed, and a failed job is no success.
        let file = folder.write(name, content);
        said(&folder.sign(&file, &[]), 1, &[words]);
        said(&folder.sign(&file, &[]), 1, &[words]);
    }
}

/// A workbook of one sheet; numbers and dates are what `cell` makes of them.
fn workbook(folder: &Folder, row: &Row, cell: impl Fn(&str, &str, &str) -> String) -> String {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let text =
        |at: &str, value: &str| format!(r#"<c r="{at}" t="inlineStr"><is><t>{value}</t></is></c>"#);
    let (mut heading, mut values) = (String::new(), String::new());
    for ((name, value), column) in row.iter().zip('A'..) {
        let _ = write!(heading, "{}", text(&format!("{column}1"), name));
        let (at, value) = (format!("{column}2"), value.as_str().unwrap());
        let made = cell(name, &at, value);
        let _ = write!(
            values,
            "{}",
            if made.is_empty() {
                text(&at, value)
            } else {
                made
            }
        );
    }
    let relation = |kind: &str, target: &str| {
        format!(
            r#"<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relations}/{kind}" Target="{target}"/></Relationships>"#
        )
    };
    for (path, content) in [
        ("_rels/.rels", relation("officeDocument", "xl/workbook.xml")),
        (
            "xl/_rels/workbook.xml.rels",
            relation("worksheet", "worksheets/sheet1.xml"),
        ),
        (
            "xl/workbook.xml",
            format!(
                r#"<workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>"#
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!(
                r#"<worksheet xmlns="{main}"><sheetData><row r="1">{heading}</row><row r="2">{values}</row></sheetData></worksheet>"#
            ),
        ),
    ] {
        let path = folder.beside(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let zipped = Command::new("python3")
        .args(["-m", "zipfile", "-c", "rows.xlsx", "_rels", "xl"])
        .current_dir(folder.beside(""))
        .status();
    assert!(
        zipped.is_ok_and(|status| status.success()),
        "python3 -m zipfile"
    );
    text_of(&folder.beside("rows.xlsx"))
}

#[test]
fn a_spreadsheet_is_read_and_a_number_cell_in_a_code_column_refused() {
    let folder = Folder::new();
    let good = workbook(&folder, &diploma(1), |_, _, _| String::new());
    said(&folder.sign(&good, &[]), 0, &["1 issued"]);
    let bad = workbook(&folder, &diploma(2), |name, at, value| match name {
        "id_number" => format!(r#"<c r="{at}"><v>{}</v></c>"#, value.replace('X', "0")),
        _ => String::new(),
    });
    said(
        &folder.sign(&bad, &[]),
        1,
        &["row 2, id_number: is a number", "format as text"],
    );
    let mut stock = diploma(3);
    stock.insert("stock_identifier".to_owned(), OLD.into());
    let stock = workbook(&folder, &stock, |_, _, _| String::new());
    let data = folder.data();
    let import = [
        "import", "--type", DIPLOMA, "--in", &stock, "--data", &data, "--as", CLERK,
    ];
    check(&import, 0, &["1 taken over"]);
    check(
        &["status", OLD, "--data", &data],
        0,
        &["Authentic and valid"],
    );
    let none = folder.write("none.xlsx", "this is no workbook");
    said(&folder.sign(&none, &[]), 1, &["XLSX workbook"]);
}

#[test]
fn a_certificate_is_replaced_renewed_and_imported() {
    let folder = Folder::new();
    let data = folder.data();
    let first = folder.seal(&[diploma(1)], "out").remove(0);
    let next = |tag: u32, from: &str, what, code, words: &[&str]| {
        let mut row = diploma(1);
        row.insert("ref".to_owned(), format!("next-{tag}").into());
        row.insert("major".to_owned(), format!("法学{tag}").into());
        let input = folder.rows("next.json", &[row]);
        let out = text_of(&folder.beside("next"));
        let arguments = [
            what, from, "--in", &input, "--out", &out, "--data", &data, "--as", CLERK,
        ];
        check(&arguments, code, words)
    };
    let said = next(2, &first, "replace", 0, &["the new version is", "1 issued"]);
    let second = said
        .lines()
        .find_map(|line| line.strip_prefix("the new version is "))
        .unwrap();
    check(&["status", &first, "--data", &data], 1, &["superseded"]);
    check(
        &["status", second, "--data", &data],
        0,
        &["Authentic and valid"],
    );
    next(3, second, "renew", 0, &["the new version is"]);
    next(4, &first, "replace", 1, &["replaces."]);
    let twice = folder.write("twice.json", "{\"ref\": \"a\",\n\"ref\": \"b\"}");
    check(
        &[
            "renew", second, "--in", &twice, "--data", &data, "--as", CLERK,
        ],
        1,
        &["stands twice"],
    );
    let not_json = folder.write("not.json", "[]");
    check(
        &[
            "renew", second, "--in", &not_json, "--data", &data, "--as", CLERK,
        ],
        2,
        &["JSON object"],
    );

    let stock = folder.rows("stock.ndjson", &[diploma(7), changed(8, "major", None)]);
    let import = [
        "import", "--type", DIPLOMA, "--in", &stock, "--data", &data, "--as", CLERK,
    ];
    check(&import, 1, &["1 taken over", "row 2, major: is required"]);
    check_zh(&import, 1, &["此前已有 1 份", "必填"]);
    assert_eq!(
        json(&["audit", "verify", "--data", &data]).1[0]["whole"],
        true
    );
}
