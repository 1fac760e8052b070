//! What one caller may take of the service: calls a minute, streams held open, and nothing after their key has ended.

#![allow(clippy::unwrap_used)] // helpers of tests

use std::fs;
use std::thread;
use std::time::Duration;

use house::program::{DIPLOMA, Folder, SCHOOLS};
use house::service::{OFFICER, PUSHER, Reply, Service, ndjson, refused};
use serde_json::json;

/// Changes settings of a folder; each must stand there as it was.
fn set(folder: &Folder, changes: &[(&str, &str)]) {
    let path = folder.beside("data/yinxin.toml");
    let mut text = fs::read_to_string(&path).unwrap();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}:\n{text}");
        text = text.replace(old, new);
    }
    fs::write(&path, text).unwrap();
}

fn seconds(reply: &Reply) -> u64 {
    reply.header("retry-after").unwrap().parse().unwrap()
}

#[test]
fn who_calls_too_often_waits_and_nobody_else_does() {
    let folder = Folder::new();
    set(
        &folder,
        &[
            ("strangers_files = 300", "strangers_files = 1"),
            ("units_files = 120000", "units_files = 1"),
        ],
    );
    let service = Service::start(&folder);
    let (anybody, stranger) = (service.anybody(), service.stranger());
    let ask = |from: &str| {
        let headers = [
            ("content-type", "application/json"),
            ("x-forwarded-for", from),
        ];
        let code = json!({ "code": "0000000000000000" }).to_string();
        anybody.call("POST", "/v1/public/codes", &headers, code.as_bytes())
    };
    let first = ask("192.0.2.1");
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(first.header("ratelimit-policy"), Some("\"files\";q=1;w=60"));
    assert_eq!(first.header("ratelimit"), Some("\"files\";r=0;t=60"));
    // What the caller writes before the proxy's own word counts for nothing.
    for from in ["192.0.2.1", "198.51.100.9, 192.0.2.1"] {
        let again = ask(from);
        refused(&again, 429, "too_often");
        assert!((1..=60).contains(&seconds(&again)), "{again:?}");
        assert!(again.header("ratelimit").is_some(), "{again:?}");
    }
    assert_eq!(ask("192.0.2.2").status, 200, "another address");
    assert_eq!(anybody.get("/v1/catalogue").status, 200, "another budget");
    refused(&stranger.get("/v1/me"), 401, "x509_missing");

    // Of units each person has their own, from wherever they call; a push is one call, however many rows it has.
    let question = json!({ "purpose": "a", "business_number": "1", "certificate": { "sha256": "00".repeat(32) } });
    let verify = |who: &str| {
        service
            .person(who)
            .send("POST", "/v1/verifications", &question)
    };
    let verified = verify(OFFICER);
    assert_eq!(verified.status, 200, "{verified:?}");
    refused(&verify(OFFICER), 429, "too_often");
    let clerk = service.person(PUSHER);
    let pushed = clerk.push(SCHOOLS, DIPLOMA, "many", &ndjson(0..300));
    assert_eq!(pushed.status, 202, "{pushed:?}");
    let batch = pushed.json()["batch"].as_str().unwrap().to_owned();
    assert_eq!(clerk.wait(&batch)["issued"], 300);
    refused(&verify(PUSHER), 429, "too_often");
}

#[test]
fn streams_are_bounded_and_end_with_the_key_of_who_reads_them() {
    let folder = Folder::new();
    // Without fonts nothing is laid out, so the batch waits for as long as it is watched.
    set(
        &folder,
        &[
            ("LXGWWenKai-Regular.ttf", "none.ttf"),
            ("NotoSansCJK-Regular.ttc", "none.ttc"),
        ],
    );
    let service = Service::start(&folder);
    let (clerk, operator) = (service.person(PUSHER), service.person("operator"));
    let pushed = clerk.push(SCHOOLS, DIPLOMA, "watched", &ndjson(0..1));
    let batch = pushed.json()["batch"].as_str().unwrap().to_owned();
    let path = format!("/v1/batches/{batch}/events");
    thread::scope(|scope| {
        let watch = || service.person(PUSHER).get(&path);
        let watchers: Vec<_> = (0..16).map(|_| scope.spawn(watch)).collect();
        let open = "yinxin_calls_total{route=\"/v1/batches/{batch}/events\",status=\"200\"} 16";
        while !service.counted().contains(open) {
            // Nothing to wait upon but the counter itself.
            thread::sleep(Duration::from_millis(50));
        }
        refused(&clerk.get(&path), 429, "too_many_at_once");
        assert_eq!(
            clerk.get(&format!("/v1/batches/{batch}")).json()["over"],
            false
        );

        let person = format!("/v1/units/agency/{SCHOOLS}/persons/ji.xiaotang");
        let key = operator.get(&person).json()["keys"][0]["key"].clone();
        let key = format!("{person}/keys/{}?reason=lost", key.as_str().unwrap());
        assert_eq!(operator.call("DELETE", &key, &[], &[]).status, 200);
        for watcher in watchers {
            let told = String::from_utf8(watcher.join().unwrap().body).unwrap();
            assert_eq!(told.matches("\"state\":\"accepted\"").count(), 1, "{told}");
        }
    });
    refused(&clerk.get(&path), 401, "key_not_standing");
}
