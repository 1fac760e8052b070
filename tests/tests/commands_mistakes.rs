//! Mistakes of every day at the command line: a file pushed twice over, a feed gone empty, a level that the type does
//! not have, a demo over somebody's work.

#![allow(clippy::unwrap_used)] // helpers run inside tests as well

use std::fs;

use house::program::{CLERK, DIPLOMA, Folder, SCHOOLS, check, check_zh, diploma, run, text_of};
use house::service::{PUSHER, Service};
use yinxin::demo::city::{CENTRE, Kind};

/// Types of the demo that the two agencies issue.
const CARD: &str = "11990100MB01000360003";
const APPROVAL: &str = "11990100MB01000285002";

#[test]
fn a_type_file_of_any_size_is_linted_in_bounded_memory() {
    let folder = Folder::new();
    let files = Kind::Diploma.files();
    folder.write("diploma.template.toml", files.template);
    let large = files
        .definition
        .replacen("max_length = 30", "max_length = 2000000000", 1);
    let file = folder.write("large.type.toml", large);
    check(
        &["type", "lint", &file],
        2,
        &["max_length", "from 1 to 10000"],
    );
    check_zh(
        &["type", "lint", &file],
        2,
        &["max_length", "须为 1 至 10000"],
    );
}

#[test]
fn the_same_file_for_another_type_or_format_is_another_push() {
    let folder = Folder::new();
    let (data, file) = (folder.data(), folder.rows("rows.ndjson", &[diploma(1)]));
    let sign = |kind: &str, code, words: &[&str]| {
        let arguments = [
            "sign", "--data", &data, "--type", kind, "--as", CLERK, "--in", &file,
        ];
        check(&arguments, code, words)
    };
    sign(DIPLOMA, 0, &["1 issued"]);
    let other = sign(CARD, 1, &["accepted", "row 1", "field.unknown"]);
    assert!(!other.contains("Idempotency-Key"), "{other}");
    // As the body of the same file in another format.
    let text = fs::read(&file).unwrap();
    let renamed = folder.write("rows.csv", text);
    let answer = folder.sign(&renamed, &[]);
    assert!(!answer.text.contains("Idempotency-Key"), "{}", answer.text);
}

#[test]
fn an_old_refusal_says_that_it_is_old() {
    let folder = Folder::new();
    let (data, centre) = (folder.data(), format!("centre.checker@{}", CENTRE.1));
    let mut early = diploma(1);
    early.insert("graduated".to_owned(), "2019-06-30".into());
    early.insert("registered".to_owned(), "2019-06-30".into());
    let file = folder.rows("early.ndjson", &[early]);
    let arguments = [
        "sign", "--data", &data, "--type", DIPLOMA, "--as", CLERK, "--in", &file,
    ];
    let first = check(&arguments, 1, &["authorise it"]);
    assert!(!first.contains("--idempotency-key"), "{first}");
    let right = [
        "agency",
        "authorise",
        SCHOOLS,
        "--type",
        DIPLOMA,
        "--from",
        "2019-01-01",
        "--legal-basis",
        "第八条",
        "--data",
        &data,
        "--as",
        &centre,
    ];
    check(&right, 0, &["2019-01-01"]);
    check(
        &arguments,
        1,
        &["authorise it", "was pushed on 20", "--idempotency-key NEW"],
    );
    check_zh(
        &arguments,
        1,
        &["已于 20", "推送过", "--idempotency-key 新键"],
    );
    let again = [&arguments[..], &["--idempotency-key", "again"]].concat();
    check(&again, 0, &["1 issued"]);
}

#[test]
fn an_empty_feed_is_no_success() {
    let folder = Folder::new();
    let columns: Vec<_> = diploma(1).keys().cloned().collect();
    let header = columns.join(",");
    for (name, text, en, zh) in [
        (
            "header.csv",
            format!("{header}\n"),
            "has no rows",
            "没有一行数据",
        ),
        (
            "blank.ndjson",
            "\n\n".to_owned(),
            "has no rows",
            "没有一行数据",
        ),
        ("empty.csv", String::new(), "no heading", "没有表头"),
        (
            "semicolon.csv",
            format!("{}\n", columns.join(";")),
            "a semicolon, not by a comma",
            "以分号分隔，不是逗号",
        ),
        (
            "tab.csv",
            format!("{}\n", columns.join("\t")),
            "a TAB, not by a comma",
            "以制表符分隔，不是逗号",
        ),
        (
            "cr.csv",
            format!("{header}\r1,2\r"),
            "CR alone",
            "只以 CR 结尾",
        ),
    ] {
        let file = folder.write(name, text);
        let answer = folder.sign(&file, &[]);
        assert_eq!(answer.code, 1, "{name}: {}", answer.text);
        assert!(answer.text.contains(en), "{name}: {}", answer.text);
        let data = folder.data();
        let again = [
            "sign", "--data", &data, "--type", DIPLOMA, "--as", CLERK, "--in", &file,
        ];
        check_zh(&again, 1, &[zh, "--idempotency-key"]);
    }
    let stock = folder.write("stock.ndjson", "\n");
    let import = [
        "import",
        "--type",
        DIPLOMA,
        "--in",
        &stock,
        "--data",
        &folder.data(),
        "--as",
        CLERK,
    ];
    check(&import, 2, &["has no rows"]);
}

#[test]
fn over_the_service_an_empty_feed_fails_and_an_old_refusal_says_so() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let identity = text_of(&service.identity(PUSHER));
    let push = |name: &str, text: &str, words: &[&str]| {
        let file = folder.write(name, text);
        let arguments = [
            "batch",
            "push",
            "--agency",
            SCHOOLS,
            "--type",
            DIPLOMA,
            "--watch",
            &file,
            "--server",
            &service.extranet,
            "--identity",
            &identity,
        ];
        check(&arguments, 1, words)
    };
    push("blank.ndjson", "\n", &["accepted", "failed", "has no rows"]);
    let first = push("wrong.ndjson", "{}", &["accepted", "in error 1"]);
    assert!(!first.contains("--key NEW"), "{first}");
    push(
        "wrong.ndjson",
        "{}",
        &["in error 1", "was pushed on", "--key NEW"],
    );
}

#[test]
fn a_level_that_the_type_does_not_have_is_refused_before_anything_is_accepted() {
    let folder = Folder::new();
    let (data, file) = (folder.data(), folder.rows("rows.ndjson", &[diploma(1)]));
    let by = "jiang.ruoshui@11990100MB01000285";
    let sign = [
        "sign", "--data", &data, "--type", APPROVAL, "--as", by, "--in", &file, "--level", "B-B",
    ];
    let said = check(&sign, 2, &["fixes B-T as the last level", "--level B-T"]);
    assert!(!said.contains("accepted"), "{said}");
    check_zh(&sign, 2, &["以 B-T 为最终级别", "--level"]);
    let fits = [&sign[..10], &["B-T"]].concat();
    check(&fits, 1, &["accepted"]);
}

#[test]
fn a_demo_that_is_too_small_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = text_of(&folder.path().join("demo"));
    for count in ["0", "1", "11"] {
        let demo = ["demo", "--data", &data, "--count", count, "--exit"];
        check(&demo, 2, &["--count 12 or more"]);
        check_zh(&demo, 2, &["--count 12 或更多"]);
        assert!(!fs::exists(&data).unwrap());
    }
    let demo = ["demo", "--data", &data, "--count", "12", "--exit"];
    check(&demo, 0, &["sealing 12", "Try next"]);
    // Nobody has done anything there since.
    check(
        &[
            "verify",
            &format!("{data}/sample/good/diploma.pdf"),
            "--data",
            &data,
        ],
        0,
        &[],
    );
    check(&demo, 0, &["sealing 12", "Try next"]);
}

#[test]
fn a_demo_erases_nobody_s_work() {
    let folder = Folder::new();
    let data = folder.data();
    let demo = ["demo", "--data", &data, "--count", "12", "--exit"];
    let sealed = folder.seal(&[diploma(1)], "out").remove(0);
    check(&demo, 2, &["acts from after its demo", "--data"]);
    check_zh(&demo, 2, &["演示结束", "--data"]);
    check(&["status", &sealed, "--data", &data], 0, &["valid"]);

    let running = Folder::new();
    let data = running.data();
    let service = Service::start(&running);
    let demo = ["demo", "--data", &data, "--count", "12", "--exit"];
    check(&demo, 2, &["another process works in", "stop it first"]);
    check_zh(&demo, 2, &["正由另一进程使用"]);
    service.stop();
    assert_eq!(run(&["list", "--data", &data]).code, 0);
}
