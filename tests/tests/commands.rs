//! The command line as a person meets it: verdicts, exit codes, and the words for what goes wrong.
//! Rows, batches and their faults stand in `commands_rows.rs`.

use std::fs::{self, File};

use house::program::{CLERK, Folder, SCHOOLS, check, check_zh, demo, diploma, json, run, text_of};
use serde_json::Value;

/// A sample of the demo, by `good/NAME` or `bad/NAME`.
fn sample(name: &str) -> String {
    text_of(&demo().join("sample").join(name).with_extension("pdf"))
}

fn data() -> String {
    text_of(demo())
}

fn beside(name: &str) -> String {
    text_of(&demo().join(name))
}

#[test]
fn each_sample_of_the_demo_gets_its_verdict() {
    for (name, outcome, code) in [
        ("good/business-licence", "authentic_valid", 0),
        ("good/residence-permit", "authentic_valid", 0),
        ("good/birth-certificate", "authentic_valid", 0),
        ("good/disability-card", "authentic_valid", 0),
        ("good/diploma", "authentic_valid", 0),
        ("good/approval", "authentic_valid", 0),
        ("good/replacement", "authentic_valid", 0),
        ("bad/suspended", "authentic_suspended", 1),
        ("bad/revoked", "authentic_revoked", 1),
        ("bad/superseded", "authentic_superseded", 1),
        ("bad/stripped", "not_authentic", 1),
        ("bad/tampered", "not_authentic", 1),
        ("bad/tls-key", "not_authentic", 1),
        ("bad/foreign", "not_authentic", 1),
    ] {
        let (got, verdicts) = json(&["verify", &sample(name), "--data", &data()]);
        assert_eq!(got, code, "{name}");
        assert_eq!(verdicts[0]["outcome"], outcome, "{name}");
    }
    for (name, finding) in [
        ("bad/stripped", "seal.absent"),
        ("bad/tls-key", "signer.not_a_seal_key"),
        ("bad/foreign", "signer.not_a_seal_key"),
    ] {
        let (_, verdicts) = json(&["verify", &sample(name), "--data", &data()]);
        let findings = verdicts[0]["findings"].as_array().unwrap();
        assert!(
            findings.iter().any(|found| found["code"] == finding),
            "{name}: {findings:?}"
        );
    }
}

#[test]
fn a_seal_is_judged_without_a_data_folder() {
    let good = sample("good/diploma");
    let (policy, anchors, crl) = (
        beside("policy.toml"),
        beside("anchors.pem"),
        beside("crl.pem"),
    );
    for (options, indication, code) in [
        (vec!["--policy", &policy], "TOTAL-PASSED", 0),
        (
            vec!["--anchors", &anchors, "--crl", &crl],
            "TOTAL-PASSED",
            0,
        ),
        (
            vec!["--anchors", &anchors, "--no-revocation"],
            "TOTAL-PASSED",
            0,
        ),
        (vec!["--anchors", &anchors], "INDETERMINATE", 3),
        (
            vec!["--policy", &policy, "--at", "2020-01-01T00:00:00Z"],
            "INDETERMINATE",
            3,
        ),
    ] {
        let (got, answers) = json(&[&["verify", "--seal-only", &good], &options[..]].concat());
        assert_eq!(
            (got, answers[0]["seal"]["indication"].as_str()),
            (code, Some(indication)),
            "{options:?}"
        );
    }
    for (name, indication, code) in [
        ("bad/tampered", Value::from("TOTAL-FAILED"), 1),
        ("bad/stripped", Value::Null, 1),
        ("bad/foreign", Value::from("INDETERMINATE"), 3),
        ("bad/revoked", Value::from("TOTAL-PASSED"), 0),
    ] {
        let (got, answers) = json(&["verify", "--seal-only", &sample(name), "--policy", &policy]);
        assert_eq!(
            (got, &answers[0]["seal"]["indication"]),
            (code, &indication),
            "{name}"
        );
    }
    check(
        &["verify", "--seal-only", &good],
        2,
        &["--policy", "--anchors"],
    );
    check(&["verify", &good], 2, &["--data", "--seal-only"]);
    check(
        &[
            "verify",
            "--seal-only",
            &good,
            "--policy",
            &beside("crl.pem"),
        ],
        2,
        &["policy"],
    );
    check(
        &["verify", "--seal-only", &good, "--anchors", &policy],
        2,
        &["file of anchors"],
    );
}

#[test]
fn of_several_files_the_gravest_speaks() {
    let (good, bad, policy) = (
        sample("good/diploma"),
        sample("bad/tampered"),
        beside("policy.toml"),
    );
    let (foreign, nowhere) = (sample("bad/foreign"), beside("no-such-file.pdf"));
    for (files, code) in [
        (vec![&good, &good], 0),
        (vec![&good, &foreign], 3),
        (vec![&foreign, &bad, &good], 1),
        (vec![&bad, &nowhere, &foreign], 2),
    ] {
        let files: Vec<&str> = files.into_iter().map(String::as_str).collect();
        let arguments = [&["verify", "--seal-only", "--policy", &policy], &files[..]].concat();
        check(&arguments, code, &[]);
    }
    check(
        &["verify", &nowhere, &good, "--data", &data()],
        2,
        &["no-such-file.pdf", "Authentic and valid"],
    );
    check_zh(&["verify", &good, "--data", &data()], 0, &["现行有效"]);
}

#[test]
fn what_is_not_there_is_said() {
    let data = data();
    let nobody = "1.2.156.3005.2.11990100MB01000360004.11990100MB01000360.000001.001.X";
    check(
        &["status", nobody, "--data", &data],
        3,
        &["Nothing on record"],
    );
    check(&["status", "1.2.3", "--data", &data], 2, &["GB/T 36904"]);
    let good = sample("good/diploma");
    for command in [
        &["verify", &good][..],
        &["list"],
        &["status", nobody],
        &["keys", "list"],
        &["type", "list"],
        &["audit", "verify"],
        &["resume", nobody, "--as", CLERK],
    ] {
        let arguments = [command, &["--data", "/nowhere/at/all"]].concat();
        check(&arguments, 2, &["/nowhere/at/all", "yinxin init"]);
        check_zh(&arguments, 2, &["/nowhere/at/all", "yinxin init"]);
    }
    check(&["resume", nobody, "--data", &data], 2, &["--as"]);
    check(
        &[
            "resume",
            nobody,
            "--data",
            &data,
            "--as",
            "李明@11990100MB01000360",
        ],
        2,
        &["a-z 0-9"],
    );
    check(&["list", "--data", &data, "--limit", "0"], 2, &["--limit"]);
}

#[test]
fn a_folder_opens_to_one_writer_with_the_passphrase() {
    let folder = Folder::new();
    let data = folder.data();
    let wrong = folder.write("wrong", "not the passphrase\n");
    check(
        &["keys", "crl", "--data", &data, "--passphrase-file", &wrong],
        2,
        &["wrong passphrase"],
    );
    let own = folder.beside("data/passphrase");
    fs::rename(&own, folder.beside("kept")).unwrap();
    check(&["keys", "crl", "--data", &data], 2, &["--passphrase-file"]);
    fs::rename(folder.beside("kept"), own).unwrap();

    let lock = File::options()
        .write(true)
        .open(folder.beside("data/lock"))
        .unwrap();
    lock.lock().unwrap();
    check(
        &["keys", "crl", "--data", &data],
        1,
        &["in use", "one process writes at a time"],
    );
    // Reading goes on beside the writer.
    check(&["list", "--data", &data], 0, &["valid"]);
    check(
        &["verify", &sample("good/diploma"), "--data", &data],
        0,
        &["Authentic and valid"],
    );
    lock.unlock().unwrap();
    check(&["keys", "crl", "--data", &data], 0, &["crl.pem"]);
}

#[test]
fn a_slip_in_a_file_that_a_person_wrote_is_named() {
    let folder = Folder::new();
    let data = folder.data();
    for file in ["data/policy.toml", "data/yinxin.toml"] {
        let path = folder.beside(file);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("publik_url = \"x\"\n{text}")).unwrap();
        check(
            &["verify", &sample("good/diploma"), "--data", &data],
            2,
            &["publik_url"],
        );
        fs::write(&path, text).unwrap();
    }
}

#[test]
fn a_state_is_told_for_any_time_and_any_knowledge() {
    let folder = Folder::new();
    let data = folder.data();
    let identifier = folder.seal(&[diploma(1)], "out").remove(0);
    let act = |what: &str, more: &[&str], code, words: &[&str]| {
        let arguments = [what, &identifier, "--data", &data, "--as", CLERK];
        check(&[&arguments[..], more].concat(), code, words);
    };
    act("suspend", &[], 1, &["needs a reason"]);
    act("suspend", &["--reason", "77"], 1, &["no such reason", "01"]);
    act(
        "suspend",
        &["--reason", "01", "--dry-run"],
        0,
        &["nothing changed"],
    );
    let state = |more: &[&str]| {
        let (code, verdicts) = json(&[&["status", &identifier, "--data", &data], more].concat());
        (code, verdicts[0].clone())
    };
    assert_eq!(state(&[]).1["outcome"], "authentic_valid");
    act("suspend", &["--reason", "01"], 0, &["done"]);
    let (code, suspended) = state(&[]);
    assert_eq!(
        (code, &suspended["outcome"]),
        (1, &"authentic_suspended".into())
    );

    let since: jiff::Timestamp = suspended["status"]["since"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let before = since
        .saturating_sub(jiff::SignedDuration::from_millis(1))
        .unwrap()
        .to_string();
    let since = since.to_string();
    for (times, outcome) in [
        (["--at", &before], "authentic_valid"),
        (["--at", &since], "authentic_suspended"),
        (["--known-at", &before], "authentic_valid"),
        (["--known-at", "2020-01-01T00:00:00Z"], "unknown"),
    ] {
        assert_eq!(state(&times).1["outcome"], outcome, "{times:?}");
    }
    act("resume", &[], 0, &["done"]);
    assert_eq!(state(&[]).0, 0);
    act(
        "cancel",
        &["--reason", "90", "--effective-at", "2025-01-01T00:00:00Z"],
        1,
        &["legal basis"],
    );
    let list = folder.write("list", format!("\n{identifier}\n"));
    let other = "clerk@11990100MB01000285";
    let revoke = ["revoke", "--list", &list, "--data", &data, "--reason", "02"];
    check(
        &[&revoke[..], &["--as", other]].concat(),
        1,
        &["another agency"],
    );
    check(
        &[&revoke[..], &["--as", CLERK]].concat(),
        0,
        &[&identifier, "done"],
    );
    assert_eq!(state(&[]).1["outcome"], "authentic_revoked");
    act("resume", &[], 1, &["refused"]);
    check(&["audit", "verify", "--data", &data], 0, &["whole"]);
}

#[test]
fn files_of_an_old_key_stay_good() {
    let folder = Folder::new();
    let (data, policy) = (folder.data(), text_of(&folder.beside("data/policy.toml")));
    let old = sample("good/diploma");
    check(
        &["keys", "rotate", "--data", &data],
        0,
        &["seal-2", "stay good"],
    );
    check(
        &["keys", "list", "--data", &data],
        0,
        &["seal-1", "retired", "seal-2"],
    );
    let identifier = folder.seal(&[diploma(2)], "out").remove(0);
    let new = text_of(&folder.beside(&format!("out/{identifier}.pdf")));
    for file in [&old, &new] {
        check(
            &["verify", "--seal-only", file, "--policy", &policy],
            0,
            &["The seal holds"],
        );
        check(
            &["verify", file, "--data", &data],
            0,
            &["Authentic and valid"],
        );
    }
    check(
        &[
            "verify",
            "--seal-only",
            &new,
            "--policy",
            &beside("policy.toml"),
        ],
        3,
        &["cannot be decided"],
    );

    let request = text_of(&folder.beside("request.pem"));
    check(
        &[
            "keys", "csr", "--data", &data, "--name", "望澜", "--out", &request,
        ],
        0,
        &["seal-3"],
    );
    check(
        &[
            "keys", "import", "--data", &data, "--key", "seal-3", &request,
        ],
        1,
        &["BEGIN CERTIFICATE"],
    );
    check(
        &[
            "keys",
            "revoke",
            "--data",
            &data,
            "--key",
            "seal-9",
            "--reason",
            "superseded",
        ],
        1,
        &["seal-9"],
    );
}

#[test]
fn the_record_is_read_page_by_page() {
    let (code, first) = json(&["list", "--data", &data(), "--limit", "1000"]);
    // 36 rows and the replacement.
    assert_eq!((code, first.len()), (0, 37));
    let page = check(
        &["list", "--data", &data(), "--limit", "5"],
        0,
        &["--after"],
    );
    let cursor = page.trim_end().rsplit(' ').next().unwrap();
    let next = run(&["list", "--data", &data(), "--limit", "5", "--after", cursor]).out;
    let fifth = first[5]["identifier"].as_str().unwrap();
    assert!(next.starts_with(fifth), "{fifth} does not begin\n{next}");
    let (_, page) = json(&["list", "--data", &data(), "--limit", "5"]);
    assert_eq!(page.len(), 6, "five certificates and the cursor");
    assert_eq!(page[5]["next"], cursor);
    check(&["list", "--data", &data(), "--after", "x"], 2, &["cursor"]);
    let typed = json(&[
        "list",
        "--data",
        &data(),
        "--type",
        &format!("{SCHOOLS}004"),
    ])
    .1;
    assert_eq!(typed.len(), 6);
}
