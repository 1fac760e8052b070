//! What goes wrong, said in Chinese and English and as one JSON object for programs.

use house::program::{CLERK, Folder, SCHOOLS, check, check_zh, demo, json, text_of};

fn chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// The command ends so, and each language says the words that are asked for.
#[track_caller]
fn problem(arguments: &[&str], exit: i32, code: &str, zh: &str, en: &str) {
    check(arguments, exit, &[en]);
    check_zh(arguments, exit, &[zh]);
    let (got, answers) = json(arguments);
    assert_eq!((got, answers.len()), (exit, 1), "{answers:?}");
    let told = &answers[0]["problem"];
    let text = |key: &str| told[key].as_str().unwrap_or_default();
    assert_eq!(text("code"), code, "{told}");
    assert!(text("zh").contains(zh) && chinese(text("zh")), "{told}");
    assert!(text("en").contains(en) && !chinese(text("en")), "{told}");
}

#[test]
fn each_room_s_errors_are_told_in_both_languages() {
    let folder = Folder::new();
    let data = folder.data();
    let unknown = format!("{SCHOOLS}999");
    problem(
        &["list", "--data", "/nowhere"],
        2,
        "not_there",
        "没有系统",
        "no installation",
    );
    problem(&["sing"], 2, "usage", "没有“sing”这一命令", "sing");
    problem(
        &["type", "propose", &unknown, "--data", &data, "--as", CLERK],
        1,
        "unknown_type",
        "没有类型",
        "there is no type",
    );
    let wrong = folder.write("wrong.pass", "wrong");
    problem(
        &["keys", "list", "--data", &data, "--passphrase-file", &wrong],
        2,
        "wrong_passphrase",
        "口令不正确",
        "wrong passphrase",
    );
    let policy = folder.write("policy.toml", "version = 1\n");
    let good = text_of(&demo().join("sample/good/diploma.pdf"));
    problem(
        &["verify", "--seal-only", &good, "--policy", &policy],
        2,
        "policy_syntax",
        "策略文件无法读取",
        "policy file cannot be read",
    );
    let kind = folder.write("my.type.toml", "format = 2\n");
    problem(
        &["type", "lint", &kind],
        2,
        "bad_file",
        "写法有误",
        "missing field",
    );
}

#[test]
fn findings_speak_the_language_of_the_person() {
    let (tampered, policy) = (sample("tampered"), policy());
    let arguments = ["verify", "--seal-only", &tampered, "--policy", &policy];
    let (_, answers) = json(&arguments);
    let findings = answers[0]["findings"].as_array().expect("findings");
    let grave = findings.iter().find(|f| f["severity"] == "failed");
    let code = grave.and_then(|f| f["code"].as_str());
    let code = code.expect("a finding that failed");
    let (zh, en) = verifier::report::words_of(code).expect("it has words");
    check(&arguments, 1, &[en, code]);
    check_zh(&arguments, 1, &[zh, code]);
}

fn sample(name: &str) -> String {
    text_of(&demo().join("sample/bad").join(name).with_extension("pdf"))
}

fn policy() -> String {
    text_of(&demo().join("policy.toml"))
}

#[test]
fn an_export_ends_with_a_checkpoint_that_the_log_is_held_against() {
    let folder = Folder::new();
    let data = folder.data();
    let export = house::program::run(&["audit", "export", "--data", &data]);
    assert_eq!(export.code, 0, "{}", export.text);
    let lines: Vec<serde_json::Value> = export
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let (last, rows) = lines.split_last().expect("a checkpoint");
    let chains = last["checkpoint"]["chains"].as_array().expect("chains");
    let known: u64 = chains.iter().filter_map(|end| end["rows"].as_u64()).sum();
    assert_eq!(rows.len() as u64, known, "each row once");
    let issued = |row: &&serde_json::Value| row["kind"] == "certificate.issued";
    let covered =
        |row: &serde_json::Value| row["detail"].as_str().unwrap_or("").contains("record=");
    assert!(rows.iter().filter(issued).count() > 0);
    assert!(rows.iter().filter(issued).all(covered));

    let whole = folder.write("export.ndjson", &export.out);
    let verify =
        |file: &str| ["audit", "verify", "--data", &data, "--checkpoint", file].map(str::to_owned);
    let ask = |file: &str, exit, zh: &str, en: &str| {
        let words = verify(file);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        check(&words, exit, &[en]);
        check_zh(&words, exit, &[zh]);
    };
    ask(&whole, 0, "与所给校验点相符", "agrees with the checkpoint");
    let digest = chains[0]["digest"].as_str().expect("a digest");
    let other = last.to_string().replace(digest, &"ab".repeat(32));
    let other = folder.write("other.json", &other);
    ask(
        &other,
        1,
        "与校验点不符",
        "it is not what the checkpoint kept",
    );
    let none = folder.write("none.json", "{}\n");
    ask(&none, 2, "不是校验点", "is no checkpoint");
}
