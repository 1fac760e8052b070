//! Every route under every role, as the reviewed page docs/access.md says, and nothing besides.

#![allow(clippy::unwrap_used, clippy::expect_used)] // helpers of tests

use std::fs;

use house::program::{DIPLOMA, Folder, SCHOOLS, check, text_of};
use house::service::{CENTRE, Client, HALL, Reply, Service};
use house::workspace::root;
use serde_json::{Value, json};

/// A supervisor, registered for these stories.
const SUPERVISOR: &str = "11990100MB0100052M";

/// Each role at a kind of unit that has it.
const ROLES: [(&str, &str, &str); 13] = [
    ("unit_administrator", "agency", SCHOOLS),
    ("clerk", "agency", SCHOOLS),
    ("reviewer", "agency", SCHOOLS),
    ("catalogue_keeper", "agency", SCHOOLS),
    ("catalogue_reviewer", "agency", SCHOOLS),
    ("information_manager", "agency", SCHOOLS),
    ("data_access_decider", "agency", SCHOOLS),
    ("dispute_handler", "agency", SCHOOLS),
    ("desk_officer", "desk", HALL),
    ("system", "agency", SCHOOLS),
    ("centre_operator", "centre", CENTRE),
    ("supervisor", "supervisor", SUPERVISOR),
    ("auditor", "centre", CENTRE),
];

/// A line of the reviewed page.
struct Line {
    method: String,
    path: String,
    who: String,
}

fn reviewed() -> Vec<Line> {
    let page = fs::read_to_string(root().join("docs/access.md")).unwrap();
    let lines = page.lines().filter(|line| line.contains("| `/"));
    let lines = lines.map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        Line {
            method: cells[1].to_owned(),
            path: cells[2].trim_matches('`').to_owned(),
            who: cells[3].to_owned(),
        }
    });
    lines.collect()
}

/// An address that leads to nothing, or to a unit of somebody else.
fn filled(path: &str) -> String {
    let nothing = "00000000000000000000000000";
    let key = "00".repeat(32);
    [
        ("{kind}", "desk"),
        ("{code}", HALL),
        ("{account}", "nobody"),
        ("{key}", &key),
        ("{type}", DIPLOMA),
        ("{version}", "1"),
        ("{agency}", SCHOOLS),
        ("{batch}", nothing),
        ("{row}", "1"),
        ("{act}", nothing),
        ("{operation}", "verify-information"),
        ("{name}", "none"),
    ]
    .iter()
    .fold(path.to_owned(), |path, (name, value)| {
        path.replace(name, value)
    })
}

fn call(client: &Client, line: &Line) -> Reply {
    match line.method.as_str() {
        "GET" | "DELETE" => client.call(&line.method, &filled(&line.path), &[], &[]),
        // Nothing that a handler takes: a call that gets as far as its handler is refused there.
        method => client.send(method, &filled(&line.path), &json!({})),
    }
}

/// A person of each role, registered by the operator.
fn people(folder: &Folder, service: &Service) -> Vec<(&'static str, Client)> {
    let operator = service.person("operator");
    let contact = json!({ "name": "甲", "phone": "0990-1" });
    let unit = json!({
        "name": "望澜市政务服务管理局", "region": "990100", "region_name": "望澜市",
        "responsible": contact, "business": contact, "technical": contact,
    });
    let path = format!("/v1/units/supervisor/{SUPERVISOR}");
    assert_eq!(operator.send("PUT", &path, &unit).status, 200);
    let enrol = |(role, kind, code): (&'static str, &str, &str)| {
        let path = format!("/v1/units/{kind}/{code}/persons/of.{role}");
        let put = operator.send("PUT", &path, &json!({ "roles": [role] }));
        assert_eq!(put.status, 200, "{put:?}");
        let own = folder.beside(role);
        check(&["person", "request", "--out", &text_of(&own)], 0, &[]);
        let request = fs::read_to_string(own.join("request.pem")).unwrap();
        let enrolled = operator.send(
            "POST",
            &format!("{path}/keys"),
            &json!({ "request": request }),
        );
        assert_eq!(enrolled.status, 201, "{enrolled:?}");
        let x509 = enrolled.json()["x509"].as_str().unwrap().to_owned();
        fs::write(own.join("x509.pem"), x509).unwrap();
        (role, service.with_identity(&own))
    };
    ROLES.into_iter().map(enrol).collect()
}

#[test]
fn every_route_under_every_role() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let people = people(&folder, &service);
    let lines = reviewed();
    assert!(lines.len() > 40, "the page was read");
    for line in &lines {
        let name = format!("{} {}", line.method, line.path);
        let public = call(&service.anybody(), line);
        if line.who == "anyone" {
            assert!(
                !matches!(public.status, 401 | 403 | 405),
                "{name}: {public:?}"
            );
        } else {
            assert_eq!(
                (public.status, public.code().as_str()),
                (404, "not_found"),
                "{name}"
            );
            let stranger = call(&service.stranger(), line);
            assert_eq!(
                (stranger.status, stranger.code().as_str()),
                (401, "x509_missing"),
                "{name}"
            );
        }
        let roles = line.who.trim_end_matches(" of an agency or the centre");
        let listed: Vec<&str> = roles.split(", ").collect();
        for (role, client) in &people {
            let reply = call(client, line);
            let refused = (reply.status, reply.code());
            let expected = match line.who.as_str() {
                "anyone" => Some((404, "not_found")),
                "every role" => None,
                _ if listed.contains(role) => None,
                _ => Some((403, "role_missing")),
            };
            match expected {
                Some((status, code)) => {
                    assert_eq!(refused, (status, code.to_owned()), "{name} as {role}")
                }
                None => assert!(
                    !matches!(reply.status, 401 | 403 | 405 | 500 | 503),
                    "{name} as {role}: {reply:?}"
                ),
            }
        }
    }
}

#[test]
fn what_is_foreign_is_answered_as_what_is_not_there() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let administrator = service.person(&format!("admin@{SCHOOLS}"));
    // A unit that is registered and another's, and one that nobody has registered.
    for (method, rest) in [
        ("GET", "/persons"),
        ("PUT", "/persons/nobody"),
        ("DELETE", "/persons/officer"),
        ("POST", "/persons/officer/keys"),
    ] {
        let body = match method {
            "PUT" => json!({ "roles": ["desk_officer"] }),
            "POST" => json!({ "request": "x" }),
            _ => Value::Null,
        };
        let ask = |kind: &str, code: &str| {
            let path = format!("/v1/units/{kind}/{code}{rest}");
            match &body {
                Value::Null => administrator.call(method, &path, &[], &[]),
                body => administrator.send(method, &path, body),
            }
        };
        let (foreign, none) = (ask("desk", HALL), ask("desk", SUPERVISOR));
        assert_eq!(
            (foreign.status, &foreign.body),
            (404, &none.body),
            "{method} {rest}"
        );
    }
    let units = administrator.get("/v1/units").json();
    assert_eq!(
        units.as_array().unwrap().len(),
        1,
        "an administrator sees the own unit alone"
    );
}
