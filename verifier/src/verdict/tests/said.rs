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
