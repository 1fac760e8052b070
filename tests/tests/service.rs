//! The service over HTTP: who calls, whose keys count, who keeps whom, and what is for everybody.

#![allow(clippy::unwrap_used)] // helpers of tests

use std::thread;

use house::program::{DIPLOMA, Folder, SCHOOLS, check, text_of};
use house::service::{APPROVALS, Client, HALL, OFFICER, Reply, Service, refused};
use serde_json::{Value, json};

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

#[test]
fn of_two_who_change_one_thing_the_second_is_told() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let (operator, administrator) = (
        service.person("operator"),
        service.person(&format!("admin@{SCHOOLS}")),
    );
    let put = |client: &Client, path: &str, tag: &str, body: &Value| {
        let headers = [("content-type", "application/json"), ("if-match", tag)];
        client.call("PUT", path, &headers, body.to_string().as_bytes())
    };
    let tag = |reply: &Reply| reply.header("etag").unwrap().to_owned();

    // A unit: both have read the same, one writes first.
    let path = format!("/v1/units/agency/{SCHOOLS}");
    let read = operator.get(&path);
    assert_eq!(read.status, 200, "{read:?}");
    let mut unit = read.json();
    for name in ["kind", "code"] {
        unit.as_object_mut().unwrap().remove(name);
    }
    unit["business"]["phone"] = json!("0990-2");
    let first = put(&operator, &path, &tag(&read), &unit);
    assert_eq!(first.status, 200, "{first:?}");
    assert_ne!(tag(&first), tag(&read));
    unit["business"]["phone"] = json!("0990-3");
    refused(
        &put(&operator, &path, &tag(&read), &unit),
        412,
        "precondition_failed",
    );
    let standing = operator.get(&path);
    assert_eq!(standing.json()["business"]["phone"], "0990-2");
    assert_eq!(
        tag(&standing),
        tag(&first),
        "the answer to a write names what stands"
    );
    assert_eq!(put(&operator, &path, &tag(&first), &unit).status, 200);
    assert_eq!(
        operator.send("PUT", &path, &unit).status,
        200,
        "who asks for nothing is not held up"
    );

    // A person, by two administrators at once.
    let path = format!("/v1/units/agency/{SCHOOLS}/persons/of.both");
    let roles = |role: &str| json!({ "roles": [role] });
    refused(
        &put(&administrator, &path, "*", &roles("clerk")),
        412,
        "precondition_failed",
    );
    let made = administrator.send("PUT", &path, &roles("clerk"));
    assert_eq!(
        (made.status, tag(&administrator.get(&path))),
        (200, tag(&made))
    );
    let both = thread::scope(|scope| {
        let write = |client: Client, role: &'static str| {
            let (path, tag) = (path.clone(), tag(&made));
            scope.spawn(move || put(&client, &path, &tag, &roles(role)).status)
        };
        let both = [
            write(service.person("operator"), "reviewer"),
            write(
                service.person(&format!("admin@{SCHOOLS}")),
                "dispute_handler",
            ),
        ];
        let mut both = both.map(|thread| thread.join().unwrap());
        both.sort_unstable();
        both
    });
    assert_eq!(both, [200, 412]);
    let ended = administrator.call("DELETE", &path, &[("if-match", &tag(&made))], &[]);
    refused(&ended, 412, "precondition_failed");

    // A version of a type: the step is for what was read.
    let path = format!("/v1/types/{DIPLOMA}/versions/1");
    let read = operator.get(&path);
    let step = |tag: &str| {
        let headers = [("content-type", "application/json"), ("if-match", tag)];
        let body = json!({ "step": "retire", "note": "试" }).to_string();
        operator.call("POST", &format!("{path}/steps"), &headers, body.as_bytes())
    };
    refused(&step("\"other\""), 412, "precondition_failed");
    let retired = step(&tag(&read));
    assert_eq!(retired.status, 200, "{retired:?}");
    assert_eq!(tag(&retired), tag(&operator.get(&path)));
    refused(&step(&tag(&read)), 412, "precondition_failed");
}
