//! Batches over HTTP: from push to files, under repeats, lost replies and kill -9.

#![allow(clippy::unwrap_used)] // helpers of tests

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;

use house::program::{DIPLOMA, Folder, SCHOOLS, check, diploma, text_of};
use house::service::{OFFICER, OTHER_CLERK, PUSHER, Reply, Service, TERMS, ndjson, refused};
use serde_json::{Map, Value, json};

/// The second person of the agency.
const REVIEWER: &str = "su.nianan@11990100MB01000360";

#[test]
fn a_batch_goes_from_push_to_files() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let mut rows = ndjson(0..7);
    let mut wrong = diploma(7);
    wrong.insert("id_number".to_owned(), "110101199003070000".into());
    rows.push('\n');
    rows.push_str(&Value::Object(wrong).to_string());
    let file = folder.write("rows.ndjson", &rows);
    let identity = text_of(&service.identity(PUSHER));
    let as_clerk = ["--server", &service.extranet, "--identity", &identity];
    let push = [
        "batch", "push", "--agency", SCHOOLS, "--type", DIPLOMA, "--watch", &file,
    ];
    let said = check(
        &[&push[..], &as_clerk[..]].concat(),
        1,
        &["accepted", "issued 7", "in error 1"],
    );
    let again = check(&[&push[..], &as_clerk[..]].concat(), 1, &["accepted"]);
    let batch = said.split_whitespace().nth(1).unwrap();
    assert_eq!(
        again.split_whitespace().nth(1).unwrap(),
        batch,
        "the same file is the same batch"
    );

    let clerk = service.person(PUSHER);
    let errors = clerk.get(&format!("/v1/batches/{batch}/errors?form=csv"));
    let text = String::from_utf8(errors.body).unwrap();
    assert!(
        text.starts_with("\u{FEFF}row,field,code,zh,en\r\n\"8\","),
        "{text}"
    );
    assert!(
        !text.contains("110101199003070000"),
        "no value of the row is repeated"
    );
    let events = clerk.get(&format!("/v1/batches/{batch}/events"));
    assert!(
        String::from_utf8(events.body)
            .unwrap()
            .contains("\"over\":true")
    );

    let out = folder.beside("files");
    let fetch = ["batch", "fetch", batch, "--out", &text_of(&out)];
    check(
        &[&fetch[..], &as_clerk[..]].concat(),
        0,
        &["files fetched 7"],
    );
    let officer = service.person(OFFICER);
    for file in fs::read_dir(&out).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        let reply = officer.call(
            "POST",
            &format!("/v1/verifications/files?{TERMS}"),
            &[],
            &bytes,
        );
        assert_eq!(reply.json()["outcome"], "authentic_valid");
    }
    // What is foreign is as if it were not there, in the same words.
    let other = service.person(OTHER_CLERK);
    let unknown = "00000000000000000000000000";
    for part in [
        "",
        "/rows",
        "/errors",
        "/repair",
        "/events",
        "/files",
        "/rows/1/file",
    ] {
        let (foreign, none) = (
            other.get(&format!("/v1/batches/{batch}{part}")),
            other.get(&format!("/v1/batches/{unknown}{part}")),
        );
        refused(&foreign, 404, "not_found");
        assert_eq!(foreign.body, none.body, "{part}");
    }
}

#[test]
fn a_hundred_pushes_under_one_key_are_one_batch() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let (clerk, rows) = (service.person(PUSHER), ndjson(0..3));
    let pushed: Vec<Reply> = thread::scope(|scope| {
        let push = || service.person(PUSHER).push(SCHOOLS, DIPLOMA, "one", &rows);
        let threads: Vec<_> = (0..100).map(|_| scope.spawn(push)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let first = &pushed[0];
    assert_eq!(first.status, 202);
    assert!(
        pushed
            .iter()
            .all(|reply| reply.status == 202 && reply.body == first.body)
    );
    let batch = first.json()["batch"].as_str().unwrap().to_owned();
    assert_eq!(
        first.header("location"),
        Some(format!("/v1/batches/{batch}").as_str())
    );
    assert_eq!(clerk.wait(&batch)["issued"], 3);
    let listed = clerk.get(&format!("/v1/batches?agency={SCHOOLS}")).json();
    let named = listed
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["batch"] == batch.as_str());
    assert_eq!(named.count(), 1);
    refused(
        &clerk.push(SCHOOLS, DIPLOMA, "one", &ndjson(3..4)),
        422,
        "idempotency_key_reused",
    );
}

#[test]
fn what_was_acknowledged_outlives_kill_9() {
    let folder = Folder::new();
    let rows = ndjson(0..300);
    let mut service = Service::start(&folder);
    let reply = service.person(PUSHER).push(SCHOOLS, DIPLOMA, "kept", &rows);
    assert_eq!(reply.status, 202);
    let batch = reply.json()["batch"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        // Killed while it works on the batch, or before it begins; each time the push is repeated as after a lost reply.
        service.kill();
        service = Service::start(&folder);
        let again = service.person(PUSHER).push(SCHOOLS, DIPLOMA, "kept", &rows);
        assert_eq!((again.status, &again.body), (202, &reply.body));
    }
    let state = service.person(PUSHER).wait(&batch);
    assert_eq!(
        (&state["issued"], &state["state"]),
        (&json!(300), &json!("done"))
    );
    assert_eq!(service.stop(), 0);
    check(
        &["audit", "verify", "--data", &folder.data()],
        0,
        &["whole"],
    );
}

/// A table as a clerk's spreadsheet has it.
fn table(rows: &[Map<String, Value>]) -> String {
    let columns: Vec<&String> = rows[0].keys().collect();
    let mut text = columns
        .iter()
        .map(|name| name.as_str())
        .collect::<Vec<_>>()
        .join(",");
    for row in rows {
        let cells = columns.iter().map(|name| match &row[*name] {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        });
        text.push('\n');
        text.push_str(&cells.collect::<Vec<_>>().join(","));
    }
    text
}

#[test]
fn a_row_in_error_is_repaired_and_pushed_again() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let identity = text_of(&service.identity(PUSHER));
    let as_clerk = ["--server", &service.extranet, "--identity", &identity];
    let push = |file: &str, code, words: &[&str]| {
        let push = [
            "batch", "push", "--agency", SCHOOLS, "--type", DIPLOMA, "--watch", file,
        ];
        let said = check(&[&push[..], &as_clerk[..]].concat(), code, words);
        said.split_whitespace().nth(1).unwrap().to_owned()
    };
    let right = diploma(2)["id_number"].as_str().unwrap().to_owned();
    let mut rows: Vec<Map<String, Value>> = (0..4).map(diploma).collect();
    rows[2].insert("id_number".to_owned(), "110101199003070000".into());
    // The second of two with one number is found only against the record.
    let number = rows[0]["diploma_number"].clone();
    rows[3].insert("diploma_number".to_owned(), number);
    let file = folder.write("rows.csv", table(&rows));
    let batch = push(&file, 1, &["issued 2", "in error 2"]);

    for form in ["csv", "ndjson"] {
        let errors = folder.beside(&format!("errors.{form}"));
        let fetch = ["batch", "fetch", &batch, "--errors", &text_of(&errors)];
        check(&[&fetch[..], &as_clerk[..]].concat(), 0, &["repair them"]);
        let text = fs::read_to_string(&errors).unwrap();
        assert!(
            text.contains("110101199003070000") && text.contains("number.taken"),
            "{text}"
        );
        assert!(
            !text.contains(rows[1]["name"].as_str().unwrap()),
            "rows in error alone: {text}"
        );
        let own = fs::metadata(&errors).unwrap().permissions().mode();
        assert_eq!(own & 0o077, 0, "for its owner's eyes");
    }
    let repaired = |text: &str| {
        text.replace("110101199003070000", &right).replace(
            rows[0]["diploma_number"].as_str().unwrap(),
            "900000000000777777",
        )
    };
    let errors = fs::read_to_string(folder.beside("errors.csv")).unwrap();
    let file = folder.write("repaired.csv", repaired(&errors));
    push(&file, 0, &["issued 2", "in error 0"]);
    // The same rows in the other form are the same certificates.
    let errors = fs::read_to_string(folder.beside("errors.ndjson")).unwrap();
    let file = folder.write("repaired.ndjson", repaired(&errors));
    push(&file, 0, &["issued 0", "there before 2"]);

    // The values are for who pushes; who watches is told what is wrong and no more.
    let path = format!("/v1/batches/{batch}/repair");
    refused(&service.person(REVIEWER).get(&path), 403, "role_missing");
    refused(&service.person(OTHER_CLERK).get(&path), 404, "not_found");
    let list = service
        .person(REVIEWER)
        .get(&format!("/v1/batches/{batch}/errors"));
    let list = String::from_utf8(list.body).unwrap();
    assert_eq!(list.lines().count(), 2, "{list}");
    assert!(!list.contains("110101199003070000"), "{list}");
}
