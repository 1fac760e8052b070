//! The answers as JSON and in words.

use super::super::words::{Language, words};
use super::*;

#[test]
fn answers_as_json() {
    insta::assert_json_snapshot!("file_valid", by_duty(file(passed()), as_issued()));
    let suspended = found(|c| {
        c.standing = vec![standing(
            StoredState::Suspended,
            "2026-11-25T00:00:00Z",
            None,
        )];
    });
    insta::assert_json_snapshot!("record_suspended", by_duty(RECORD, suspended));
    insta::assert_json_snapshot!("file_tampered", by_duty(file(failed()), as_issued()));
    insta::assert_json_snapshot!(
        "file_not_on_record",
        by_duty(file(passed()), Record::Absent)
    );
}

#[test]
fn words_say_what_why_and_what_to_do() {
    let mut text = String::new();
    let cases = [
        (file(passed()), as_issued()),
        (file(failed()), as_issued()),
        (file(absent()), as_issued()),
        (file(passed()), other_bytes()),
        (file(passed()), Record::Absent),
        (file(stranger()), as_issued()),
        (file(no_crl()), as_issued()),
        (RECORD, as_issued()),
        (RECORD, Record::Differs),
    ];
    for (asked, record) in cases {
        let verdict = by_duty(asked, record);
        for language in [Language::Chinese, Language::English] {
            let said = words(&verdict, language);
            text += &format!("{} {} {}\n", said.happened, said.why, said.to_do);
        }
    }
    insta::assert_snapshot!("words", text);
}

#[test]
fn a_file_made_in_error_does_not_read_like_a_licence_that_ended() {
    let day = "2026-11-25T00:00:00Z";
    let said = |asker, state, about| {
        let record = found(|c| {
            let mut standing = standing(state, day, None);
            standing.about = Some(about);
            c.standing = vec![standing];
        });
        let verdict = ask(asker, RECORD, record);
        assert_eq!(verdict.status().unwrap().about, Some(about), "whoever asks");
        [Language::Chinese, Language::English].map(|language| words(&verdict, language).happened)
    };
    let check = |asker, state, about, expect: [&str; 2]| {
        assert_eq!(
            said(asker, state, about),
            expect,
            "{asker:?} {state:?} {about:?}"
        );
    };
    check(
        Asker::Anonymous,
        StoredState::Cancelled,
        About::Licence,
        ["证照真实，但已注销。", "Authentic, but cancelled."],
    );
    check(
        Asker::Anonymous,
        StoredState::Cancelled,
        About::File,
        [
            "证照真实，但这份电子文件制作有误，已被注销；证照所载的许可并未因此终止。",
            "Authentic, but this electronic file was made in error and is cancelled; the licence itself has not ended by it.",
        ],
    );
    check(
        Asker::Anonymous,
        StoredState::Suspended,
        About::File,
        [
            "证照真实，但这份电子文件有误，已被暂停使用；证照所载的许可并未因此暂停。",
            "Authentic, but this electronic file is at fault and suspended; the licence itself is not.",
        ],
    );
    check(
        Asker::ByDuty,
        StoredState::Cancelled,
        About::Licence,
        [
            "证照真实，但已注销（原因：责令整改）。",
            "Authentic, but cancelled (reason: 责令整改).",
        ],
    );
}
