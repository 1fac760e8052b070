//! The service over HTTP: who reaches what, batches under repeats and kill -9, verification, decisions, odd requests.

#![allow(clippy::unwrap_used)] // helpers of tests

use std::fs;
use std::thread;

use house::program::{DIPLOMA, Folder, SCHOOLS, check, diploma, text_of};
use house::service::{APPROVALS, Client, HALL, Reply, Service};
use serde_json::{Value, json};

const CLERK: &str = "ji.xiaotang@11990100MB01000360";
const REVIEWER: &str = "su.nianan@11990100MB01000360";
const OTHER_CLERK: &str = "jiang.ruoshui@11990100MB01000285";
const OFFICER: &str = "officer@11990100MB0100044T";
const TERMS: &str = "purpose=entry&business_number=B-1";

/// Rows of diplomas as NDJSON.
fn diplomas(tags: std::ops::Range<u32>) -> String {
    let lines: Vec<String> = tags
        .map(|tag| Value::Object(diploma(tag)).to_string())
        .collect();
    lines.join("\n")
}

/// Issues diplomas as the clerk, and gives the batch and the identifiers.
fn issue(clerk: &Client, key: &str, tags: std::ops::Range<u32>) -> (String, Vec<String>) {
    let reply = clerk.push(SCHOOLS, DIPLOMA, key, &diplomas(tags));
    assert_eq!(reply.status, 202, "{reply:?}");
    let batch = reply.json()["batch"].as_str().unwrap().to_owned();
    let state = clerk.wait(&batch);
    assert_eq!(state["state"], "done", "{state}");
    let rows = clerk.get(&format!("/v1/batches/{batch}/rows")).json();
    let identifiers = rows.as_array().unwrap().iter();
    let identifiers = identifiers.map(|row| row["identifier"].as_str().unwrap().to_owned());
    (batch, identifiers.collect())
}

fn refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (status, code),
        "{reply:?}"
    );
    let problem = reply.json();
    assert!(
        problem["detail"].as_str().is_some_and(|en| en.is_ascii()),
        "{problem}"
    );
    assert!(
        problem["detail_zh"]
            .as_str()
            .is_some_and(|zh| !zh.is_ascii()),
        "{problem}"
    );
}

#[test]
fn who_calls_is_known_by_key_and_by_nothing_else() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    refused(&service.stranger().get("/v1/me"), 401, "x509_missing");
    let officer = service.person(OFFICER);
    let me = officer.get("/v1/me").json();
    assert_eq!(me["person"], OFFICER);
    // Nobody says in a header who they are, here or on the public side.
    for header in ["client-cert", "client-cert-chain"] {
        let named =
            |client: &Client, path: &str| client.call("GET", path, &[(header, ":AAAA:")], &[]);
        refused(&named(&officer, "/v1/me"), 400, "client_cert_header");
        refused(
            &named(&service.anybody(), "/health/live"),
            400,
            "client_cert_header",
        );
    }
    // The extranet's routes are not on the public side, nor the other way round.
    refused(&service.anybody().get("/v1/me"), 404, "not_found");
    refused(&officer.get("/v1/catalogue"), 404, "not_found");
}

#[test]
fn a_key_that_is_lost_counts_no_more_on_open_connections_too() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let officer = service.person(OFFICER);
    // The connection stays open between these calls, and new ones would resume its session.
    assert_eq!(officer.get("/v1/me").status, 200);
    let administrator = service.person("admin@11990100MB0100044T");
    let path = format!("/v1/units/desk/{HALL}/persons");
    let persons = administrator.get(&path).json();
    let own = persons
        .as_array()
        .unwrap()
        .iter()
        .find(|person| person["account"] == "officer");
    let key = own.unwrap()["keys"][0]["key"].as_str().unwrap().to_owned();
    let path = format!("{path}/officer/keys/{key}?reason=lost");
    assert_eq!(administrator.call("DELETE", &path, &[], &[]).status, 200);
    refused(&officer.get("/v1/me"), 401, "key_not_standing");
    refused(
        &service.person(OFFICER).get("/v1/me"),
        401,
        "key_not_standing",
    );
    refused(
        &administrator.call("DELETE", &path, &[], &[]),
        404,
        "not_found",
    );
}

#[test]
fn persons_are_kept_by_their_own_administrator_by_command() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let out = |name: &str| text_of(&folder.beside(name));
    let administrator = text_of(&service.identity("admin@11990100MB0100044T"));
    let as_admin = ["--server", &service.extranet, "--identity", &administrator];
    let person = format!("li.na@{HALL}");
    let of_hall = ["--kind", "desk", &person];
    check(
        &["person", "request", "--out", &out("li")],
        0,
        &["request.pem"],
    );
    let run = |words: &[&str], code, say: &[&str]| {
        check(&[words, &as_admin[..], &of_hall[..]].concat(), code, say);
    };
    run(&["person", "register", "--role", "clerk"], 1, &["no clerk"]);
    run(
        &["person", "register", "--role", "desk_officer"],
        0,
        &["registered"],
    );
    let request = out("li/request.pem");
    run(
        &[
            "person",
            "enrol",
            "--request",
            &request,
            "--out",
            &out("li"),
        ],
        0,
        &["good until"],
    );
    run(
        &[
            "person",
            "enrol",
            "--request",
            &request,
            "--out",
            &out("li"),
        ],
        1,
        &["new key"],
    );
    assert_eq!(
        service
            .with_identity(&folder.beside("li"))
            .get("/v1/me")
            .status,
        200
    );
    // Their next key, by themselves; the one before goes on until it is ended.
    let as_li = ["--server", &service.extranet, "--identity", &out("li")];
    check(
        &[&["person", "renew", "--out", &out("next")], &as_li[..]].concat(),
        0,
        &["good until"],
    );
    assert_eq!(
        service
            .with_identity(&folder.beside("next"))
            .get("/v1/me")
            .status,
        200
    );
    run(&["person", "end"], 0, &["ended"]);
    refused(
        &service.with_identity(&folder.beside("next")).get("/v1/me"),
        401,
        "key_not_standing",
    );
    // Another unit's persons are as if they were not there.
    let foreign = format!("admin@{APPROVALS}");
    check(
        &[&["person", "end"], &as_admin[..], &[&foreign]].concat(),
        1,
        &["no such thing"],
    );
}

#[test]
fn a_batch_goes_from_push_to_files() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let mut rows = diplomas(0..7);
    let mut wrong = diploma(7);
    wrong.insert("id_number".to_owned(), "110101199003070000".into());
    rows.push('\n');
    rows.push_str(&Value::Object(wrong).to_string());
    let file = folder.write("rows.ndjson", &rows);
    let identity = text_of(&service.identity(CLERK));
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

    let clerk = service.person(CLERK);
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
    let (clerk, rows) = (service.person(CLERK), diplomas(0..3));
    let pushed: Vec<Reply> = thread::scope(|scope| {
        let push = || service.person(CLERK).push(SCHOOLS, DIPLOMA, "one", &rows);
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
        &clerk.push(SCHOOLS, DIPLOMA, "one", &diplomas(3..4)),
        422,
        "idempotency_key_reused",
    );
}

#[test]
fn what_was_acknowledged_outlives_kill_9() {
    let folder = Folder::new();
    let rows = diplomas(0..300);
    let mut service = Service::start(&folder);
    let reply = service.person(CLERK).push(SCHOOLS, DIPLOMA, "kept", &rows);
    assert_eq!(reply.status, 202);
    let batch = reply.json()["batch"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        // Killed while it works on the batch, or before it begins; each time the push is repeated as after a lost reply.
        service.kill();
        service = Service::start(&folder);
        let again = service.person(CLERK).push(SCHOOLS, DIPLOMA, "kept", &rows);
        assert_eq!((again.status, &again.body), (202, &reply.body));
    }
    let state = service.person(CLERK).wait(&batch);
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

#[test]
fn a_certificate_is_verified_by_what_one_has_of_it() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let (batch, identifiers) = issue(&service.person(CLERK), "verify", 0..2);
    let (officer, identifier) = (service.person(OFFICER), &identifiers[0]);
    let file = service
        .person(CLERK)
        .get(&format!("/v1/batches/{batch}/rows/1/file"))
        .body;
    let digest = hex(&file);
    let row = diploma(0);
    let number = json!({ "type": DIPLOMA, "agency": SCHOOLS, "number": row["diploma_number"] });
    let holder = |code: &Value| json!({ "kind": "111", "code": code });
    let ask = |certificate: Value| {
        let question =
            json!({ "purpose": "入学", "business_number": "B-1", "certificate": certificate });
        officer.send("POST", "/v1/verifications", &question)
    };
    for (certificate, outcome) in [
        (json!({ "identifier": identifier }), "authentic_valid"),
        (json!({ "sha256": digest }), "authentic_valid"),
        (json!({ "sha256": "00".repeat(32) }), "unknown"),
        (
            json!({ "number": number, "holder": holder(&row["id_number"]) }),
            "authentic_valid",
        ),
        // A wrong holder is the same answer as nothing at all.
        (
            json!({ "number": number, "holder": holder(&json!("x")) }),
            "unknown",
        ),
        (
            json!({ "identifier": identifier, "holder": holder(&json!("x")) }),
            "unknown",
        ),
    ] {
        let answer = ask(certificate.clone());
        assert_eq!(
            answer.json()["outcome"],
            outcome,
            "{certificate}: {answer:?}"
        );
    }
    let nothing = ask(json!({ "sha256": "00".repeat(32) })).json();
    let mut wrong = ask(json!({ "identifier": identifier, "holder": holder(&json!("x")) })).json();
    wrong["freshness"] = nothing["freshness"].clone();
    assert_eq!(wrong, nothing, "one body for both");
    refused(&ask(json!({})), 422, "value");
    refused(&ask(json!({ "number": number })), 422, "value");
    refused(
        &ask(json!({ "identifier": identifier, "face": true })),
        400,
        "malformed",
    );

    // Many at once, a line each, in order.
    let lines = format!(
        "{}\n{{\n{}\n",
        json!({ "identifier": identifier }),
        json!({ "identifier": identifiers[1] })
    );
    let many = officer.call(
        "POST",
        &format!("/v1/verifications/many?{TERMS}"),
        &[],
        lines.as_bytes(),
    );
    let answers: Vec<Value> = String::from_utf8(many.body)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[0]["verdict"]["outcome"], "authentic_valid");
    assert_eq!(
        (&answers[1]["line"], &answers[1]["problem"]["code"]),
        (&json!(2), &json!("malformed"))
    );
    let over = "{\"sha256\":\"00\"}\n".repeat(10_001);
    refused(
        &officer.call(
            "POST",
            &format!("/v1/verifications/many?{TERMS}"),
            &[],
            over.as_bytes(),
        ),
        413,
        "too_many",
    );

    // GB/T 36906.
    let call =
        json!({ "useCause": "入学", "businessNumber": "B-1", "certificateIdentifier": identifier });
    let answer = officer
        .send("POST", "/v1/36906/verify-information", &call)
        .json();
    assert_eq!(answer, json!({ "result": 0, "outcome": "authentic_valid" }));
    refused(
        &officer.send("POST", "/v1/36906/search", &call),
        501,
        "not_offered",
    );

    // Anybody: a file in hand and no face; nothing of why or by whom.
    let spoken = service
        .anybody()
        .call("POST", "/v1/public/files", &[], &file)
        .json();
    assert_eq!(spoken["verdict"]["outcome"], "authentic_valid");
    let answer = spoken.to_string();
    let name = row["name"].as_str().unwrap();
    assert!(!answer.contains(name) && !answer.contains(row["id_number"].as_str().unwrap()));
}

#[test]
fn purpose_and_business_number_are_stated() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let officer = service.person(OFFICER);
    for (purpose, business, place) in [
        (json!(""), json!("B-1"), "/purpose"),
        (json!("入学\u{202E}"), json!("B-1"), "/purpose"),
        (json!("入\u{0}学"), json!("B-1"), "/purpose"),
        (json!("入学"), json!("２０２６"), "/business_number"),
        (json!("入学"), json!(""), "/business_number"),
    ] {
        let question = json!({ "purpose": purpose, "business_number": business, "certificate": { "sha256": "00".repeat(32) } });
        let reply = officer.send("POST", "/v1/verifications", &question);
        refused(&reply, 422, "value");
        assert_eq!(reply.json()["errors"][0]["pointer"], place);
    }
    refused(
        &officer.call("POST", "/v1/verifications/files", &[], b"%PDF"),
        400,
        "malformed",
    );
}

#[test]
fn a_decision_is_tried_carried_out_and_seen_at_once() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let clerk = service.person(CLERK);
    let (_, identifiers) = issue(&clerk, "decide", 0..120);
    let anybody = |identifier: &str| {
        let question = json!({ "purpose": "入学", "business_number": "B-1", "certificate": { "identifier": identifier } });
        service
            .person(OFFICER)
            .send("POST", "/v1/verifications", &question)
            .json()["outcome"]
            .clone()
    };
    let decide = |kind: &str, certificates: &[String], dry_run: bool| {
        let body = json!({ "kind": kind, "certificates": certificates, "reason": "01", "legal_basis": "办法第十一条", "dry_run": dry_run });
        clerk.send("POST", "/v1/transitions", &body)
    };
    let one = &identifiers[..1];
    let tried = decide("suspend", one, true);
    assert_eq!(
        (tried.status, &tried.json()["items"][0]["outcome"]),
        (200, &json!("done")),
        "{tried:?}"
    );
    assert_eq!(anybody(&one[0]), "authentic_valid");
    assert_eq!(
        decide("suspend", one, false).json()["items"][0]["outcome"],
        "done"
    );
    assert_eq!(anybody(&one[0]), "authentic_suspended");
    let active = decide("resume", &identifiers[1..2], false).json();
    assert_eq!(active["items"][0]["outcome"], "refused");
    assert!(active["items"][0]["why"]["zh"].is_string());
    // Another agency's certificate is refused in words.
    let body = json!({ "kind": "revoke", "certificates": &identifiers[2..3], "reason": "01", "legal_basis": "办法" });
    let foreign = service
        .person(OTHER_CLERK)
        .send("POST", "/v1/transitions", &body)
        .json();
    assert_eq!(foreign["items"][0]["outcome"], "refused");

    // More than a hundred are a mass act: a second person of the same agency, and no other.
    let mass = decide("suspend", &identifiers[2..], false);
    assert_eq!(mass.status, 202);
    let mass = mass.json();
    assert_eq!(
        (&mass["mass"], &mass["waits_for_second"]),
        (&json!(true), &json!(true))
    );
    let path = format!("/v1/transitions/{}", mass["act"].as_str().unwrap());
    let confirm = |who: &str| {
        service
            .person(who)
            .send("POST", &format!("{path}/confirm"), &json!({}))
    };
    refused(&confirm(CLERK), 403, "role_missing");
    refused(&confirm("gu.mingyuan@11990100MB01000285"), 404, "not_found");
    assert_eq!(anybody(&identifiers[2]), "authentic_valid");
    assert_eq!(confirm(REVIEWER).status, 200);
    assert_eq!(anybody(&identifiers[119]), "authentic_suspended");
}

#[test]
fn trust_material_and_catalogue_are_for_everybody() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let anybody = service.anybody();
    for (path, part) in [
        ("/anchors.pem", "BEGIN CERTIFICATE"),
        ("/crl.pem", "BEGIN X509 CRL"),
        ("/policy.toml", "seal_x509"),
        ("/openapi.json", "\"openapi\":\"3.1"),
        ("/v1/catalogue", DIPLOMA),
    ] {
        let reply = anybody.get(path);
        let text = String::from_utf8(reply.body).unwrap();
        assert!(reply.status == 200 && text.contains(part), "{path}: {text}");
    }
    let first = anybody.get("/policy.toml");
    let tag = first.header("etag").unwrap();
    assert_eq!(
        anybody
            .call("GET", "/policy.toml", &[("if-none-match", tag)], &[])
            .status,
        304
    );
    for (path, status) in [
        ("/crl/seal-ca-1.crl", 200),
        ("/x509/root-1.cer", 200),
        ("/x509/seal-1.cer", 404),
        ("/crl/..%2Fkeys.crl", 404),
    ] {
        assert_eq!(anybody.get(path).status, status, "{path}");
    }
    let metrics = Client::get(&service.anybody(), "/metrics");
    assert_eq!(
        metrics.status, 404,
        "metrics are on a listener of their own"
    );
}

fn hex(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
