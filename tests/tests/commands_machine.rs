//! A machine at fault: its disk is full, or its clock is far off.

#![allow(clippy::expect_used)] // helpers run inside tests as well

use std::process::Command;

use house::program::{CLERK, DIPLOMA, Folder, check, check_zh, demo, diploma, diplomas, text_of};
use house::workspace::program;
use jiff::Timestamp;
use registry::audit::Entry;
use registry::testing::{Ground, options, run};
use registry::{Options, Registry};

/// Signs on a file system of its own that has `$FREE` KiB left, and again when it has enough.
const ON_A_FULL_DISK: &str = r#"
    set -e
    mount -t tmpfs -o size=512m yinxin "$AT"
    cp -a "$DEMO" "$AT/data"
    used=$(df --output=used -k "$AT" | tail -n 1)
    mount -o remount,size=$((used + FREE))k "$AT"
    set +e
    sign() { "$YINXIN" --lang "$1" sign --data "$AT/data" --type "$TYPE" --as "$CLERK" --in "$ROWS" 2>&1; }
    sign en; echo "first: $?"
    sign zh; echo "second: $?"
    mount -o remount,size=512m "$AT"
    sign en; echo "third: $?"
    "$YINXIN" --lang en audit verify --data "$AT/data" 2>&1; echo "audit: $?"
"#;

/// Asks all that only reads, of a folder that is mounted read-only; `$LOG` may leave something in the log.
const ON_A_READ_ONLY_FOLDER: &str = r#"
    set -e
    rm -f "$DATA/registry.db-wal" "$DATA/registry.db-shm"
    [ -z "$LOG" ] || printf '%s' "$LOG" > "$DATA/registry.db-wal"
    mount --bind "$DATA" "$DATA"
    mount -o remount,ro,bind "$DATA"
    set +e
    touch "$DATA/x" 2>/dev/null && echo "it is not read-only"
    ask() { "$YINXIN" --lang "$LANGUAGE" "$@" --data "$DATA" 2>&1; echo "$1: $?"; }
    ask list
    ask status "$ID"
    ask audit verify
    ask verify "$DATA"/sample/good/*.pdf
"#;

fn read_only(folder: &Folder, language: &str, log: &str, id: &str) -> Option<String> {
    let mut command = namespace()?;
    let done = command
        .arg(ON_A_READ_ONLY_FOLDER)
        .envs([("DATA", folder.data()), ("LOG", log.to_owned())])
        .envs([("LANGUAGE", language), ("ID", id)])
        .env("YINXIN", program("yinxin"))
        .output()
        .expect("unshare starts");
    let said = String::from_utf8(done.stdout).expect("UTF-8");
    assert!(!said.contains("it is not read-only"), "{said}");
    Some(said)
}

#[test]
fn a_read_only_folder_is_read_or_says_what_to_do() {
    let folder = Folder::new();
    let (_, listed) = house::program::json(&["list", "--data", &folder.data()]);
    let id = listed[0]["identifier"].as_str().expect("a name").to_owned();
    let Some(said) = read_only(&folder, "en", "", &id) else {
        eprintln!("not run: 1 (no file system may be mounted here)");
        return;
    };
    for words in [
        "list: 0",
        "whole from its first row",
        "audit: 0",
        "verify: 0",
    ] {
        assert!(said.contains(words), "no {words:?} in:\n{said}");
    }
    assert!(said.contains("Only the record was asked"), "{said}");
    for (language, words) in [
        ("en", "run the command as a user who may write there"),
        ("zh", "请由可写该目录的用户运行这一命令"),
    ] {
        let said = read_only(&folder, language, "something", &id).expect("a namespace");
        assert_eq!(said.matches(words).count(), 4, "{said}");
        assert!(!said.contains("readonly database"), "{said}");
    }
}

/// A command of a user who may mount within a namespace of their own; `None` where nobody may.
fn namespace() -> Option<Command> {
    for flags in ["-m", "-rm"] {
        let mut command = Command::new("unshare");
        command.args([flags, "sh", "-c"]);
        let tried = Command::new("unshare")
            .args([flags, "sh", "-c", "mount -t tmpfs yinxin /mnt"])
            .output();
        if tried.is_ok_and(|tried| tried.status.success()) {
            return Some(command);
        }
    }
    None
}

#[test]
fn a_full_disk_says_so_and_the_same_command_goes_on_when_there_is_room() {
    let folder = Folder::new();
    let rows = folder.rows("rows.ndjson", &diplomas(3, 600));
    let at = folder.beside("full");
    std::fs::create_dir(&at).expect("a folder");
    // Full while rows are taken in, while they are planned, while their files are kept.
    for free in ["100", "1500", "6000", "12000"] {
        let Some(mut command) = namespace() else {
            eprintln!("not run: 1 (no file system may be mounted here)");
            return;
        };
        let done = command
            .arg(ON_A_FULL_DISK)
            .envs([("AT", text_of(&at)), ("ROWS", rows.clone())])
            .envs([
                ("DEMO", text_of(demo())),
                ("YINXIN", text_of(program("yinxin"))),
            ])
            .envs([("TYPE", DIPLOMA), ("CLERK", CLERK), ("FREE", free)])
            .output()
            .expect("unshare starts");
        let said = String::from_utf8(done.stdout).expect("UTF-8");
        for words in [
            "the disk is full",
            "free space and run the same command again",
            "first: 1",
            "磁盘已满",
            "second: 1",
            "600 issued",
            "third: 0",
            "is whole",
            "audit: 0",
        ] {
            assert!(said.contains(words), "{free} KiB: no {words:?} in\n{said}");
        }
        assert!(!said.contains("panicked"), "{said}");
    }
}

/// Puts an entry of another time on record.
fn record(folder: &Folder, at: &str) {
    let at: Timestamp = at.parse().expect("an instant");
    run(async {
        let registry = Registry::open(
            Options {
                folder: folder.data().into(),
                ..options(&Ground::embedded())
            },
            at,
        );
        let registry = registry.await.expect("the registry opens");
        let entry = Entry {
            at: at.as_millisecond(),
            kind: "key.retired".to_owned(),
            object: "a key".to_owned(),
            actor: "operator@11990100MB99000131".to_owned(),
            detail: String::new(),
        };
        let recorded = registry.audit().record(entry, ()).await;
        recorded.expect("it is durable").into_answer();
        registry.feed().number(at).await.expect("its number");
        registry.close().await;
    });
}

#[test]
fn a_clock_that_is_far_off_is_told_before_anything_is_written_under_it() {
    let folder = Folder::new();
    let data = folder.data();
    let mut tag = 100;
    for (last, en, zh) in [
        (
            "2199-01-01T00:00:00Z",
            "before the last entry on record",
            "早",
        ),
        (
            "2009-01-01T00:00:00Z",
            "after the last entry on record",
            "晚",
        ),
    ] {
        record(&folder, last);
        let mut sign = |more: &[&str], code, words: &[&str]| {
            tag += 1;
            let rows = folder.rows("rows.ndjson", &[diploma(tag)]);
            let usual = [
                "sign", "--data", &data, "--type", DIPLOMA, "--as", CLERK, "--in", &rows,
            ];
            let arguments = [&usual[..], more].concat();
            if code != 0 {
                check_zh(&arguments, code, &[zh, "请校正系统时间"]);
            }
            check(&arguments, code, words);
        };
        sign(&[], 2, &[en, "--clock-checked"]);
        sign(&["--clock-checked"], 0, &["1 issued"]);
        // Its own entries are the last ones now.
        sign(&[], 0, &["1 issued"]);
        check(&["audit", "verify", "--data", &data], 0, &["whole"]);
    }
}
