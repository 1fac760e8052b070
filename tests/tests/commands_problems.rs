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
