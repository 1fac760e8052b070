use std::collections::HashMap;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::types::{EXAMPLE, Mark, Side, Step, TemplateSource, TypePackage, TypeVersion};
use crate::units::Actor;

/// Publishes a type file.
fn published(source: &str) -> PublishedType {
    let package = TypePackage::parse(source, TemplateSource::default()).unwrap();
    let mut version = TypeVersion::draft(package, 1);
    let steps = [
        (Step::Propose, "a"),
        (Step::Check, "c"),
        (Step::Confirm, "b"),
        (Step::Publish, "c"),
    ];
    for (step, person) in steps {
        let actor = Actor::parse(&format!("{person}@11990000MB99990094")).unwrap();
        let at = "2026-06-01T00:00:00Z".parse().unwrap();
        let mark = Mark {
            step,
            actor,
            at,
            note: String::new(),
        };
        version
            .take(step.side().unwrap_or(Side::Centre), mark)
            .unwrap();
    }
    version.published().unwrap()
}

const GOOD: [(&str, &str); 13] = [
    ("ref", "JS-2026-0001"),
    ("document_number", "示建批〔2026〕17号"),
    ("title", "关于示例路小学建设项目的批复"),
    ("item", "建设项目审批"),
    ("category", "1"),
    ("applicant", "示例市教育局"),
    ("applicant_code", "11990000mb9999017y"),
    ("representative", "王示例"),
    ("representative_id", "11010519491231002x"),
    ("content", "同意建设。\r\n建筑面积见附表。"),
    ("area", "12800.50"),
    ("approved_on", "2026年3月1日"),
    ("valid_until", "2028-03-01"),
];

/// The good row with some members replaced; an empty name adds a member.
fn row(changes: &[(&str, RawValue)]) -> RawRow {
    let mut members: Vec<(String, RawValue)> = GOOD
        .iter()
        .map(|(name, text)| ((*name).into(), RawValue::Text((*text).into())))
        .collect();
    for (name, value) in changes {
        match members.iter_mut().find(|(member, _)| member == name) {
            Some(member) => member.1 = value.clone(),
            None => members.push(((*name).into(), value.clone())),
        }
    }
    RawRow { row: 7, members }
}

pub(super) fn checked(changes: &[(&str, RawValue)]) -> Result<CheckedRow, Vec<RowError>> {
    check_row(
        &published(EXAMPLE),
        row(changes),
        date(2026, 11, 22),
        &HashMap::new(),
    )
}

fn text(text: &str) -> RawValue {
    RawValue::Text(text.into())
}

/// Expects one error at a field by a rule, in words that repeat nothing of the value.
#[track_caller]
fn refused(name: &str, value: RawValue, code: &str) {
    let errors = checked(&[(name, value.clone())]).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].rule.code(), code);
    assert_eq!(errors[0].field, Some(FieldRef::Name(name.into())));
    if let RawValue::Text(value) = value
        && value.trim().chars().count() > 1
    {
        assert!(!errors[0].to_string().contains(&value) && !errors[0].zh().contains(&value));
    }
}

#[test]
fn a_good_row_is_typed() {
    let row = checked(&[]).unwrap();
    assert_eq!(row.reference, "JS-2026-0001");
    assert_eq!(row.holders[0].code(), "11990000MB9999017Y");
    assert_eq!(
        row.persons[0].code.as_ref().unwrap().1,
        "11010519491231002X"
    );
    assert!(row.number == RowNumber::Given("示建批〔2026〕17号".into()));
    assert_eq!(row.issued, date(2026, 3, 1));
    assert_eq!(row.validity.expiring(), Some(date(2028, 3, 1)));
    let coded = FieldValue::Coded {
        code: "1".into(),
        label: "新建".into(),
    };
    assert!(row.face.value("category") == Some(&coded));
    assert_eq!(
        row.face.value("content").unwrap().text().unwrap(),
        "同意建设。\n建筑面积见附表。"
    );
    assert_eq!(row.face.fields().len(), 12);
    assert!(!format!("{row:?}").contains("王示例"), "{row:?}");
}

#[test]
fn long_term_by_word_or_sentinel() {
    for word in ["长期", "2099-12-31", "20991231"] {
        assert_eq!(
            checked(&[("valid_until", text(word))])
                .unwrap()
                .validity
                .expiring(),
            None
        );
    }
}

#[test]
fn values_are_held_to_their_fields() {
    refused("ref", RawValue::Empty, "field.required");
    refused("ref", RawValue::Number("17".into()), "field.numeric_cell");
    refused("ref", text("a\u{202E}b"), "ref.form");
    refused("title", RawValue::Empty, "field.required");
    refused("title", text(" 　"), "field.required");
    refused("title", text(&"长".repeat(61)), "field.too_long");
    refused("title", text("批\u{202E}复"), "field.control_character");
    refused("title", RawValue::Other, "field.kind");
    refused("document_number", text("示建批[2026]17号"), "field.pattern");
    refused(
        "document_number",
        RawValue::Number("17".into()),
        "field.numeric_cell",
    );
    refused("category", text("改建的"), "field.not_in_code_list");
    refused(
        "category",
        RawValue::Number("1".into()),
        "field.numeric_cell",
    );
    refused("applicant_code", text("11990000MB9999018Y"), "field.code");
    refused(
        "representative_id",
        RawValue::Number("110105194912310000".into()),
        "field.numeric_cell",
    );
    refused(
        "representative_id",
        text("110105203012310020"),
        "field.code",
    );
    refused("area", text("约100"), "field.number");
    refused("approved_on", text("2026-02-30"), "field.date");
    refused(
        "approved_on",
        RawValue::Number("46082".into()),
        "field.numeric_cell",
    );
    refused(
        "approved_on",
        text("2026-11-23"),
        "validity.issued_in_future",
    );
    refused("valid_until", text("2026-02-01"), "validity.order");
    refused("representative", RawValue::Empty, "field.required");
}

#[test]
fn a_row_may_name_the_certificate_it_replaces() {
    let old = "1.2.156.3005.2.11990000MB99990094006.11990000MB99990094.2026000000000001.001.A";
    let row = checked(&[("replaces", text(old))]).unwrap();
    assert_eq!(row.replaces.unwrap().to_string(), old);
    assert_ne!(row.digest, checked(&[]).unwrap().digest);
    assert_eq!(checked(&[("replaces", text(" "))]).unwrap().replaces, None);
    refused("replaces", text("示建批〔2026〕16号"), "field.code");
    refused("replaces", RawValue::Number("1".into()), "field.kind");
}

#[test]
fn cells_of_a_sheet_keep_their_kind() {
    let cells = [
        ("area", RawValue::Number("12800.5".into())),
        ("approved_on", RawValue::Day(date(2026, 3, 1))),
    ];
    assert!(checked(&cells).is_ok());
}

#[test]
fn columns_are_told_by_place_never_by_what_they_say() {
    let errors = checked(&[("张三", text("李四"))]).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "row 7, column 14: is not a field of this type; correct the name or remove the column"
    );
    let errors = checked(&[("标题", text("又一标题"))]).unwrap_err();
    assert_eq!(
        errors[0].zh(),
        "第 7 行，第 14 列：同一字段出现两次；请只保留一个"
    );
}

#[test]
fn everything_wrong_is_told_at_once() {
    let errors = checked(&[
        ("title", RawValue::Empty),
        ("area", text("x")),
        ("extra", text("y")),
    ]);
    assert_eq!(errors.unwrap_err().len(), 3);
}

#[test]
fn a_heading_is_checked_once() {
    let kind = published(EXAMPLE);
    let header: Vec<String> = GOOD.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(check_header(&kind, &header), []);
    let labels = [&header[2..], &["文号".into()]].concat();
    let codes: Vec<_> = check_header(&kind, &labels)
        .iter()
        .map(|e| e.rule.code())
        .collect();
    assert_eq!(codes, ["field.required"], "only ref is missing");
}

const SEVERAL: &str = r#"
format = 1
code = "11990000MB99990094009"
name = "共有产权证明"
class = "证明"
template = "share.toml"
share = { class = "unconditional" }
holder = { kinds = ["111", "001"], kind_field = "kind", code_field = "code", name_field = "name", several = true }
validity = { years = 1, counts_first_day = true }
number = { pattern = "示产{year}{sequence:6}" }

[[field]]
name = "name"
label = "权利人"
kind = "text"
required = true

[[field]]
name = "kind"
label = "证件种类"
kind = "code"
required = true
codes = [{ code = "111", label = "身份证" }, { code = "001", label = "信用代码" }]

[[field]]
name = "code"
label = "证件号码"
kind = "text"
required = true

[[field]]
name = "photo"
label = "照片"
kind = "image"
max_bytes = 16
"#;

fn several(members: &[(&str, RawValue)], blobs: &Blobs) -> Result<CheckedRow, Vec<RowError>> {
    let members = members
        .iter()
        .map(|(name, value)| ((*name).into(), value.clone()));
    let members = [("ref".into(), text("1"))]
        .into_iter()
        .chain(members)
        .collect();
    check_row(
        &published(SEVERAL),
        RawRow { row: 2, members },
        date(2026, 3, 1),
        blobs,
    )
}

fn two(names: RawValue, kinds: &str, codes: RawValue) -> Result<CheckedRow, &'static str> {
    let row = [("name", names), ("kind", text(kinds)), ("code", codes)];
    several(&row, &HashMap::new()).map_err(|errors| errors[0].rule.code())
}

#[test]
fn several_holders_by_caret_or_list() {
    let codes = "11010519491231002X^11990000MB9999017Y";
    let row = two(text("张三^示例市教育局"), "111^001", text(codes)).unwrap();
    assert_eq!(row.holders.len(), 2);
    assert_eq!(
        row.face.value("name").unwrap().text().unwrap(),
        "张三、示例市教育局"
    );
    assert!(row.number == RowNumber::ByRule);
    assert_eq!(row.validity.expiring(), Some(date(2027, 2, 28)));

    let list = |a: &str, b: &str| RawValue::List(vec![a.into(), b.into()]);
    let row = two(
        list("张三", "李四"),
        "111",
        list("11010519491231002X", "440524188001010014"),
    );
    assert_eq!(row.unwrap().holders[1].name(), "李四");

    assert_eq!(
        two(text("张三"), "111", text(codes)).unwrap_err(),
        "holder.count"
    );
    assert_eq!(
        two(text("张三^"), "111", text(codes)).unwrap_err(),
        "holder.count"
    );
    let same = "11010519491231002X^11010519491231002x";
    assert_eq!(
        two(text("张三^张三"), "111", text(same)).unwrap_err(),
        "holder.twice"
    );
    assert_eq!(
        two(text("张三"), "414", text("E1")).unwrap_err(),
        "field.not_in_code_list"
    );
    assert_eq!(
        two(text("张三"), "001", text("E1")).unwrap_err(),
        "field.code"
    );
}

#[test]
fn pictures_come_by_digest_or_within_the_row() {
    let png: Arc<[u8]> = Arc::from(&b"\x89PNG\r\n\x1a\nrest"[..]);
    let digest: [u8; 32] = ring::digest::digest(&ring::digest::SHA256, &png)
        .as_ref()
        .try_into()
        .unwrap();
    let named = format!("sha256:{}", hex::encode(digest));
    let blobs: Blobs = HashMap::from([(digest, png)]);
    let base = [
        ("name", text("张三")),
        ("kind", text("身份证")),
        ("code", text("11010519491231002X")),
    ];
    let with = |photo: RawValue, blobs: &Blobs| {
        let row = [&base[..], &[("photo", photo)]].concat();
        several(&row, blobs)
            .map(|row| row.digest)
            .map_err(|errors| errors[0].rule.code())
    };
    let by_digest = with(text(&named), &blobs);
    assert!(by_digest.is_ok());
    assert_eq!(
        with(RawValue::Base64("iVBORw0KGgpyZXN0".into()), &blobs),
        by_digest
    );
    assert_eq!(with(text(&named), &HashMap::new()), Err("image.missing"));
    assert_eq!(with(text("photo.png"), &blobs), Err("field.kind"));
    assert_eq!(
        with(RawValue::Base64("%%".into()), &blobs),
        Err("image.format")
    );
    assert_eq!(
        with(RawValue::Base64("JVBERi0xLjc=".into()), &blobs),
        Err("image.format")
    );
    assert_eq!(
        with(
            RawValue::Base64("iVBORw0KGgpyZXN0iVBORw0KGgpyZXN0".into()),
            &blobs
        ),
        Err("image.too_large")
    );
    let row = row(&[("photo", text(&named))]);
    assert_eq!(row.named_blobs().collect::<Vec<_>>(), [digest]);
}

#[test]
fn the_digest_knows_content_not_form() {
    let digest = |changes: &[(&str, RawValue)]| checked(changes).unwrap().digest;
    let same = digest(&[]);
    for (name, value) in [
        ("category", text("新建")),
        ("approved_on", RawValue::Day(date(2026, 3, 1))),
        ("applicant_code", text("１１９９００００ＭＢ9999017Y")),
        ("ref", text("another")),
        ("content", text("同意建设。\n建筑面积见附表。 ")),
    ] {
        assert_eq!(digest(&[(name, value)]), same, "{name}");
    }
    for (name, value) in [
        ("title", text("另一批复")),
        ("area", RawValue::Empty),
        ("category", text("2")),
    ] {
        assert_ne!(digest(&[(name, value)]), same, "{name}");
    }
}

proptest! {
    #[test]
    fn no_error_repeats_a_value(field in 1usize..13, value in "\\PC{4,20}") {
        if let Err(errors) = checked(&[(GOOD[field].0, text(&value))]) {
            for error in errors {
                prop_assert!(!error.to_string().contains(value.trim()) && !error.zh().contains(value.trim()));
            }
        }
    }
}
