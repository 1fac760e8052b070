//! Batches over HTTP: from push to files, under repeats, lost replies and kill -9.

#![allow(clippy::unwrap_used)] // helpers of tests

use std::fs;
use std::thread;

use house::program::{DIPLOMA, Folder, SCHOOLS, check, diploma, text_of};
use house::service::{OFFICER, OTHER_CLERK, PUSHER, Reply, Service, TERMS, ndjson, refused};
use serde_json::{Value, json};

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
    for part in ["", "/rows", "/errors", "/events", "/files", "/rows/1/file"] {
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
