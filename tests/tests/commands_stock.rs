//! Stock of earlier systems and acts on many certificates at the command line; service items, and a
//! batch that shall not go on.

use house::program::{CLERK, DIPLOMA, Folder, SCHOOLS, check, check_zh, diploma, json, run};
use jiff::civil::date;
use serde_json::Value;
use yinxin::demo::city::{CENTRE, Kind, Row, rows};

const LICENCES: &str = "11990100MB01000285";
const LICENCE: &str = "11990100MB01000285001";

/// Rows that the demo did not make, with more columns.
fn made(kind: Kind, count: usize, more: &[(&str, &str)]) -> Vec<Row> {
    let with = |(n, mut row): (usize, Row)| {
        row.insert("ref".to_owned(), format!("stock-{n}").into());
        for (name, value) in more {
            let value = value.replace("{n}", &n.to_string());
            row.insert((*name).to_owned(), value.into());
        }
        row
    };
    let rows = rows(kind, count as u64, 77_000, date(2024, 7, 1));
    rows.take(count).enumerate().map(with).collect()
}

fn import(folder: &Folder, kind: &str, input: &str, by: &str, code: i32, words: &[&str]) -> String {
    let data = folder.data();
    let arguments = [
        "import", "--type", kind, "--in", input, "--data", &data, "--as", by,
    ];
    check(&arguments, code, words)
}

/// What is on record of a type, as `list --json` says it.
fn listed(folder: &Folder, kind: &str) -> Vec<Value> {
    let arguments = [
        "list",
        "--data",
        &folder.data(),
        "--type",
        kind,
        "--limit",
        "1000",
    ];
    json(&arguments).1
}

#[test]
fn stock_keeps_number_state_and_identifier_and_can_be_asked_about() {
    let folder = Folder::new();
    let clerk = format!("clerk@{LICENCES}");
    let licences = made(
        Kind::BusinessLicence,
        3,
        &[
            ("registered", "2024-03-01"),
            ("stock_number", "OLD-{n}"),
            (
                "stock_identifier",
                "1.2.156.3005.2.11990100MB01000285001.11990100MB01000285.OLD{n}.001.A",
            ),
            ("stock_state", "注销"),
            ("stock_since", "2025-05-01"),
            ("stock_reason", "03"),
            ("stock_legal_basis", "条例第九条"),
        ],
    );
    let file = folder.rows("licences.ndjson", &licences);
    import(&folder, LICENCE, &file, &clerk, 0, &["3 taken over"]);
    import(&folder, LICENCE, &file, &clerk, 0, &["3 there before"]);
    let old = "1.2.156.3005.2.11990100MB01000285001.11990100MB01000285.OLD1.001.A";
    let data = folder.data();
    let (code, answers) = json(&["status", old, "--data", &data]);
    assert_eq!(
        (code, &answers[0]["outcome"]),
        (1, &"authentic_cancelled".into())
    );
    let before = [
        "status",
        old,
        "--data",
        &data,
        "--at",
        "2025-04-30T00:00:00Z",
    ];
    assert_eq!(json(&before).1[0]["outcome"], "authentic_valid");

    let unnumbered = made(Kind::BusinessLicence, 1, &[("stock_state", "有效")]);
    let unnumbered = folder.rows("unnumbered.ndjson", &unnumbered);
    import(
        &folder,
        LICENCE,
        &unnumbered,
        &clerk,
        1,
        &["row 1, stock_number: is required"],
    );
    // The columns are for stock alone.
    let signed = folder.sign(
        &folder.rows(
            "sign.ndjson",
            &made(Kind::Diploma, 1, &[("stock_state", "有效")]),
        ),
        &[],
    );
    assert!(
        signed.code == 1 && signed.text.contains("field.unknown"),
        "{}",
        signed.text
    );
}

#[test]
fn stock_without_an_identifier_is_named_by_its_record() {
    let folder = Folder::new();
    let data = folder.data();
    let before = listed(&folder, DIPLOMA).len();
    // CSV, with the state in a column.
    let mut csv = String::new();
    for (n, row) in [diploma(1), diploma(2)].iter().enumerate() {
        if n == 0 {
            let names: Vec<&str> = row.keys().map(String::as_str).collect();
            csv += &format!("{},stock_state\n", names.join(","));
        }
        let values: Vec<String> = row
            .values()
            .map(|value| format!("{:?}", value.as_str().unwrap()))
            .collect();
        csv += &format!("{},有效\n", values.join(","));
    }
    let file = folder.write("stock.csv", csv);
    import(&folder, DIPLOMA, &file, CLERK, 0, &["2 taken over"]);
    let names: Vec<String> = listed(&folder, DIPLOMA)[before..]
        .iter()
        .map(|line| line["identifier"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        names.iter().all(|name| name.starts_with("record:")),
        "{names:?}"
    );
    check(
        &["status", &names[0], "--data", &data],
        0,
        &["Authentic and valid"],
    );
    let list = folder.write("list", names.join("\n"));
    let suspend = [
        "suspend", "--list", &list, "--data", &data, "--as", CLERK, "--reason", "01",
    ];
    check(&suspend, 0, &[&names[0], &names[1], "done"]);
    check(&["status", &names[1], "--data", &data], 1, &["uspended"]);
    check(
        &["resume", &names[1], "--data", &data, "--as", CLERK],
        0,
        &["done"],
    );
    check(&["status", "record:1", "--data", &data], 2, &["record:"]);
    // Its next version is the first that has an identifier, and keeps the number.
    let mut row = diploma(2);
    row.insert("ref".to_owned(), "renewed".into());
    let file = folder.write("renewed.json", Value::Object(row).to_string());
    let renew = |name: &str, code, words: &[&str]| {
        let arguments = ["renew", name, "--in", &file, "--data", &data, "--as", CLERK];
        check(&arguments, code, words);
    };
    let unknown = "record:01KB3Z5T9V0000000000000000";
    renew(unknown, 1, &["no such certificate"]);
    renew(
        &names[1],
        0,
        &["the new version is 1.2.156.3005.2.", ".001.", "1 issued"],
    );
    check(&["status", &names[1], "--data", &data], 1, &["uperseded"]);
    let mut row = diploma(1);
    row.insert("ref".to_owned(), "replaced".into());
    row.insert("replaces".to_owned(), names[0].as_str().into());
    let signed = folder.sign(&folder.rows("replaced.ndjson", &[row]), &[]);
    assert!(
        signed.code == 0 && signed.text.contains("1 issued"),
        "{}",
        signed.text
    );
    check(&["status", &names[0], "--data", &data], 1, &["uperseded"]);
    check(
        &["audit", "verify", "--data", &data],
        0,
        &["whole", "checkpoint"],
    );
}

#[test]
fn stock_of_an_agency_may_be_delivered_by_the_centre() {
    let folder = Folder::new();
    let data = folder.data();
    let file = folder.rows("stock.ndjson", &[diploma(1)]);
    let deliver = |by: &str, more: &[&str], code, words: &[&str]| {
        let by = format!("keeper@{by}");
        let usual = [
            "import", "--type", DIPLOMA, "--in", &file, "--data", &data, "--as", &by,
        ];
        check(&[&usual[..], more].concat(), code, words);
    };
    let for_schools = ["--agency", SCHOOLS];
    deliver(CENTRE.1, &[], 2, &["--agency"]);
    deliver(
        LICENCES,
        &for_schools,
        1,
        &["its agency, the successor, or the centre"],
    );
    deliver(CENTRE.1, &for_schools, 0, &["1 taken over"]);
    deliver(SCHOOLS, &[], 0, &["1 there before"]);
    let last = listed(&folder, DIPLOMA).pop().expect("it is on record");
    assert_eq!(last["agency"], SCHOOLS);
}

#[test]
fn a_holder_has_one_card() {
    let folder = Folder::new();
    let card = made(Kind::DisabilityCard, 1, &[]).remove(0);
    let mut second = card.clone();
    second.insert("ref".to_owned(), "second".into());
    let number = card["card_number"].as_str().unwrap();
    let other = if number.ends_with('1') { "2" } else { "1" };
    second.insert(
        "card_number".to_owned(),
        format!("{}{other}", &number[..number.len() - 1]).into(),
    );
    let file = folder.rows("cards.ndjson", &[card, second]);
    let kind = format!("{SCHOOLS}003");
    let words = ["has not ended", "1 taken over", "1 rows refused"];
    import(&folder, &kind, &file, CLERK, 1, &words);
}

#[test]
fn a_query_is_tried_without_a_trace_confirmed_by_a_second_person_and_gone_on_with() {
    let folder = Folder::new();
    let data = folder.data();
    let acts = || run(&["audit", "verify", "--data", &data, "--json"]).text;
    assert!(acts().contains("true"));
    let usual = ["suspend", "--data", &data, "--as", CLERK];
    let query = [
        "--reason", "01", "--query", "--type", DIPLOMA, "--state", "valid",
    ];
    let query = [&usual[..], &query[..]].concat();
    let (code, trial) = json(&[&query[..], &["--dry-run"]].concat());
    assert_eq!(code, 0);
    let valid = listed(&folder, DIPLOMA)
        .iter()
        .filter(|line| line["state"] == "valid")
        .count();
    assert_eq!((trial.len(), &trial[0]["dry_run"]), (valid, &true.into()));

    // Alone nobody does it; the act waits for the second person.
    let (code, waiting) = json(&query);
    assert_eq!((code, &waiting[0]["mass"]), (1, &true.into()));
    let act = waiting[0]["act"].as_str().unwrap();
    let on = [&usual[..], &["--resume", act]].concat();
    check(&on, 1, &["second person"]);
    check(
        &[
            &["revoke", "--data", &data, "--as", CLERK][..],
            &["--resume", act],
        ]
        .concat(),
        2,
        &["suspend"],
    );
    let second = format!("second@{SCHOOLS}");
    let (code, done) = json(&[&on[..], &["--second", &second]].concat());
    assert_eq!((code, done.len()), (0, valid));
    assert!(done.iter().all(|item| item["outcome"] == "done"));
    // Nothing waits any more, and nothing is done twice.
    let (code, again) = json(&on);
    assert_eq!((code, again), (0, done));

    let none = [
        &usual[..],
        &[
            "--reason",
            "01",
            "--query",
            "--type",
            DIPLOMA,
            "--issued-to",
            "1999-12-31",
            "--dry-run",
        ],
    ]
    .concat();
    check(&none, 0, &["no certificate"]);
    check(&[&usual[..], &["--query"]].concat(), 2, &["--type"]);
    check(
        &[
            &usual[..],
            &["--query", "--type", DIPLOMA, "--state", "lost"],
        ]
        .concat(),
        2,
        &["no state"],
    );
}

#[test]
fn service_items_are_recorded_and_listed() {
    let folder = Folder::new();
    let data = folder.data();
    let file = folder.write(
        "items.toml",
        format!(
            "[[item]]\ncode = \"990100-0001\"\nname = \"建设工程开工登记\"\nagency = \"{SCHOOLS}\"\n\
             needs = [{{ type = \"{DIPLOMA}\", required = true, of = \"applicant\" }}]\n"
        ),
    );
    let put = |by: &str, code, words: &[&str]| {
        check(
            &["type", "items", &file, "--data", &data, "--as", by],
            code,
            words,
        );
    };
    put(&format!("clerk@{LICENCES}"), 1, &["only the agency itself"]);
    put(CLERK, 0, &["1 service items recorded"]);
    check(
        &["type", "items", "--data", &data],
        0,
        &["990100-0001", DIPLOMA, "applicant", "required"],
    );
    let (_, items) = json(&["type", "items", "--data", &data]);
    assert_eq!(items[0]["needs"][0]["type"], DIPLOMA);
    let wrong = folder.write("wrong.toml", "[[item]]\ntitle = 1\n");
    check(
        &["type", "items", &wrong, "--data", &data, "--as", CLERK],
        2,
        &["wrong.toml"],
    );
}

#[test]
fn a_batch_that_has_ended_is_not_cancelled() {
    let folder = Folder::new();
    let data = folder.data();
    let answer = folder.sign(&folder.rows("rows.ndjson", &[diploma(1)]), &[]);
    let job = answer
        .out
        .lines()
        .next()
        .unwrap()
        .strip_prefix("accepted ")
        .unwrap();
    let cancel = |job: &str, code, words: &[&str]| {
        check(
            &["batch", "cancel", job, "--data", &data, "--as", CLERK],
            code,
            words,
        );
    };
    cancel(job, 1, &["has ended already"]);
    let stranger = format!("clerk@{LICENCES}");
    check(
        &["batch", "cancel", job, "--data", &data, "--as", &stranger],
        1,
        &["there is no batch"],
    );
    cancel("7", 2, &["that is no batch"]);
    cancel("01KB3Z5T9V0000000000000000", 1, &["batch"]);
}

#[test]
fn a_wrong_check_character_names_nothing_and_the_right_one_is_offered() {
    let folder = Folder::new();
    let data = folder.data();
    let identifier = folder.seal(&[diploma(1)], "out").remove(0);
    let (body, check_character) = identifier.split_at(identifier.len() - 1);
    let wrong = format!("{body}{}", if check_character == "A" { "B" } else { "A" });
    let (code, answers) = json(&["status", &wrong, "--data", &data]);
    let codes = |answer: &Value| -> Vec<String> {
        let findings = answer["findings"].as_array().unwrap().iter();
        findings
            .map(|f| f["code"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!((code, &answers[0]["outcome"]), (3, &"unknown".into()));
    assert!(answers[0].get("status").is_none(), "{}", answers[0]);
    assert!(codes(&answers[0]).contains(&"identifier.check_digit".to_owned()));
    let (code, answers) = json(&["status", &identifier, "--data", &data]);
    assert_eq!(
        (code, &answers[0]["outcome"]),
        (0, &"authentic_valid".into())
    );
    assert!(!codes(&answers[0]).contains(&"identifier.check_digit".to_owned()));
    let meant = format!("did you mean {identifier}?");
    check(&["status", &wrong, "--data", &data], 3, &[&meant]);
    check_zh(
        &["status", &wrong, "--data", &data],
        3,
        &["校验位有误", &format!("是否要查 {identifier}")],
    );
    let suspend = ["--data", &data, "--as", CLERK, "--reason", "01"];
    check(
        &[&["suspend", &wrong], &suspend[..]].concat(),
        1,
        &["refused", "identifier"],
    );
}
