use super::*;
use crate::certificates::About;
use crate::types::{End, ReasonUse};

/// Replaces the first `from` of the example and expects one fault at a line of the new text.
#[track_caller]
fn check(from: &str, to: &str, place: &str, says: &str) {
    assert!(EXAMPLE.contains(from), "the example has no {from}");
    let text = EXAMPLE.replacen(from, to, 1);
    let faults = TypeDefinition::parse(&text).unwrap_err();
    let fault = &faults[0];
    assert_eq!(fault.place, place, "{fault}");
    assert!(fault.what.en.contains(says), "{fault}");
    let line = fault.line.and_then(|line| text.lines().nth(line - 1));
    assert!(line.is_some(), "{fault}");
}

#[test]
fn the_example_is_a_type() {
    let definition = TypeDefinition::parse(EXAMPLE).unwrap();
    assert_eq!(definition.owner.as_str(), "11990000MB99990094");
    assert_eq!(definition.fields.len(), 12);
    assert!(definition.field("representative_id").unwrap().sensitive);
    assert!(!definition.field("representative_id").unwrap().printed);
    assert_eq!(definition.validity.end, End::Field("valid_until".into()));
    assert_eq!(
        definition.reason("90", ReasonUse::Cancel).unwrap().about,
        About::File
    );
    assert!(definition.reason("01", ReasonUse::Suspend).is_none());
}

#[test]
fn unknown_and_misspelt_keys_have_a_line() {
    check("review = false", "reviewed = false", "", "unknown field");
    check(
        "class = \"批文\"",
        "class = \"批 文\"",
        "",
        "unknown variant",
    );
    check("max_length = 40", "max_len = 40", "", "unknown field");
    check(
        "kinds = [\"001\"]",
        "kinds = [\"002\"]",
        "",
        "holder kind is not on the list",
    );
    check(
        "11990000MB99990094006",
        "11990000MB99990095006",
        "",
        "check digit",
    );
    check("format = 1", "format =", "", "");
}

#[test]
fn the_line_is_the_right_one() {
    let text = EXAMPLE.replacen("field = \"document_number\"", "field = \"nothing\"", 1);
    let fault = TypeDefinition::parse(&text).unwrap_err().remove(0);
    assert_eq!(
        text.lines().nth(fault.line.unwrap() - 1),
        Some("field = \"nothing\"")
    );
    assert!(
        fault.to_string().starts_with("line 35: number.field: "),
        "{fault}"
    );
}

#[test]
fn names_must_resolve() {
    check(
        "kinds = [\"111\"]",
        "kinds = [\"414\"]",
        "person[1].kinds",
        "cannot hold",
    );
    check(
        "code_field = \"applicant_code\"",
        "code_field = \"nobody\"",
        "holder.code_field",
        "does not have",
    );
    check(
        "name_field = \"applicant\"",
        "name_field = \"content\"",
        "holder.name_field",
        "must name",
    );
    check(
        "until_field = \"valid_until\"",
        "until_field = \"title\"",
        "validity.until_field",
        "date field",
    );
    check(
        "issued_field = \"approved_on\"",
        "issued_field = \"valid_until\"",
        "validity.issued_field",
        "长期",
    );
    check(
        "role = \"legal_representative\"",
        "role = \"法人\"",
        "person[1].role",
        "machine name",
    );
}

#[test]
fn rules_must_be_whole() {
    check(
        "condition = \"仅用于本项目后续审批事项\"",
        "",
        "share",
        "condition",
    );
    check(
        "until_field = \"valid_until\"",
        "until_field = \"valid_until\"\nyears = 1",
        "validity",
        "exactly one",
    );
    check(
        "until_field = \"valid_until\"",
        "days = 0",
        "validity",
        "at least 1",
    );
    check(
        "field = \"document_number\"",
        "pattern = \"{year}\"",
        "number.pattern",
        "sequence",
    );
    check(
        "kinds = [\"001\"]",
        "kinds = [\"001\", \"111\"]",
        "holder.kinds",
        "kind_field",
    );
    check("pattern = '示", "pattern = '(示", "field[1].pattern", "");
    check(
        "name = \"title\"",
        "name = \"ref\"",
        "field[2].name",
        "neither `ref`",
    );
    check(
        "name = \"title\"",
        "name = \"item\"",
        "field[3].name",
        "twice",
    );
    check(
        "code = \"2\", label = \"改建\"",
        "code = \"1\", label = \"改建\"",
        "field[4].codes",
        "twice",
    );
    check(
        "kind = \"number\"",
        "kind = \"number\"\nmax_length = 3",
        "field[10].max_length",
        "only",
    );
    check(
        "code = \"02\"\n",
        "code = \"01\"\n",
        "reason[2].code",
        "twice",
    );
    check(
        "template = \"approval",
        "template = \"../approval",
        "template",
        "folder",
    );
}

#[test]
fn nothing_is_larger_than_a_page_can_take() {
    for length in ["2000000000", "10001", "0"] {
        let to = format!("max_length = {length}");
        check("max_length = 40", &to, "field[1].max_length", "1 to 10000");
    }
    check(
        "kind = \"number\"",
        "kind = \"image\"\nmax_bytes = 2000000000",
        "field[10].max_bytes",
        "1 to 8388608",
    );
    let long = "长".repeat(201);
    check(
        "label = \"标题\"",
        &format!("label = \"{long}\""),
        "field[2].label",
        "200 characters",
    );
    let more = |count: usize, length: usize| {
        let field = |at| {
            format!(
                "\n[[field]]\nname = \"more_{at}\"\nlabel = \"{at}\"\nkind = \"text\"\nmax_length = {length}\n"
            )
        };
        EXAMPLE.to_owned() + &(0..count).map(field).collect::<String>()
    };
    let says = |text: &str| {
        TypeDefinition::parse(text)
            .unwrap_err()
            .remove(0)
            .to_string()
    };
    assert!(TypeDefinition::parse(&more(9, 10_000)).is_ok());
    assert!(says(&more(10, 10_000)).contains("at most 100000 together"));
    assert!(TypeDefinition::parse(&more(288, 20)).is_ok());
    assert!(says(&more(289, 20)).contains("at most 300"));
    assert!(says(&" ".repeat((1 << 20) + 1)).contains("longer than 1048576 bytes"));
}

#[test]
fn a_file_full_of_faults_tells_a_hundred() {
    let reasons = "\n[[reason]]\ncode = \"\"\nlabel = \"\"\nfor = []\n".repeat(400);
    let text = EXAMPLE.to_owned() + &reasons;
    assert_eq!(TypeDefinition::parse(&text).unwrap_err().len(), 100);
}

#[test]
fn all_faults_are_told_at_once() {
    let text = EXAMPLE
        .replace("\"document_number\"\n\n[[reason", "\"nothing\"\n\n[[reason")
        .replace("\"01\"", "\"02\"");
    assert_eq!(TypeDefinition::parse(&text).unwrap_err().len(), 2);
}

proptest::proptest! {
    #[test]
    fn a_damaged_file_never_panics(at in 0usize..EXAMPLE.len(), with in "\\PC{0,3}") {
        let mut text = EXAMPLE.to_owned();
        let start = (0..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap();
        let end = (start + 1..=text.len()).find(|i| text.is_char_boundary(*i)).unwrap();
        text.replace_range(start..end, &with);
        let _ = TypeDefinition::parse(&text);
    }
}

#[test]
fn a_delivery_is_expected_within_bounds() {
    let with = |delivery: &str| format!("{delivery}\n[share]");
    let table = with("[delivery]\nevery_days = 0\nrows = 5");
    check("[share]", &table, "delivery.every_days", "1 to 366");
    let table = with("[delivery]\nevery_days = 7\nrows = 0");
    check("[share]", &table, "delivery.rows", "1 to 1,000,000");
}
