//! Review before issue over HTTP: nothing is sealed before another person of the agency has seen its page.

#![allow(clippy::unwrap_used)] // helpers of tests

use std::process::Command;
use std::thread;

use house::program::{DIPLOMA, Folder, SCHOOLS, check, text_of};
use house::service::{Client, OTHER_CLERK, PUSHER, REVIEWER, Service, ndjson, refused};
use serde_json::{Value, json};

/// Publishes diplomas anew, with review, as agency and centre do it.
fn ask_for_review(service: &Service) {
    let keeper = service.person(PUSHER);
    let version = format!("/v1/types/{DIPLOMA}/versions/1");
    let mut package = keeper.get(&version).json()["package"].clone();
    let definition = package["definition"].as_str().unwrap();
    let definition = definition.replacen("\nname = ", "\nreview = true\nname = ", 1);
    assert!(definition.contains("review = true"), "{definition}");
    package["definition"] = definition.into();
    let draft = keeper.send("POST", "/v1/types", &package);
    assert_eq!(draft.status, 201, "{draft:?}");
    let version = draft.json()["version"].clone();
    let shown = keeper.get(&format!("/v1/types/{DIPLOMA}/versions/{version}/page"));
    assert!(
        shown.body.starts_with(b"%PDF-1.7"),
        "a page of made-up data"
    );
    let operator = service.person("operator");
    let reviewer = service.person(REVIEWER);
    for (step, by) in [
        ("propose", &keeper),
        ("check", &operator),
        ("confirm", &reviewer),
        ("publish", &operator),
    ] {
        let path = format!("/v1/types/{DIPLOMA}/versions/{version}/steps");
        let reply = by.send("POST", &path, &json!({ "step": step }));
        assert_eq!(reply.status, 200, "{step}: {reply:?}");
    }
}

fn waits(client: &Client, batch: &str) -> Value {
    loop {
        let state = client.get(&format!("/v1/batches/{batch}")).json();
        if state["state"] == "in_review" || state["over"] == true {
            return state;
        }
        thread::sleep(std::time::Duration::from_millis(50));
    }
}

fn push(service: &Service, key: &str, rows: &str) -> String {
    let pushed = service.person(PUSHER).push(SCHOOLS, DIPLOMA, key, rows);
    pushed.json()["batch"].as_str().unwrap().to_owned()
}

#[test]
fn a_reviewer_looks_and_decides() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    ask_for_review(&service);
    let (clerk, reviewer) = (service.person(PUSHER), service.person(REVIEWER));
    let batch = push(&service, "one", &ndjson(0..3));
    let state = waits(&clerk, &batch);
    assert_eq!(
        (&state["state"], &state["issued"]),
        (&"in_review".into(), &0.into())
    );

    // As a person: fetch the pages, look, decide by what was fetched.
    let identity = text_of(&service.identity(REVIEWER));
    let at = ["--server", &service.extranet, "--identity", &identity];
    check(
        &[&["review", "list", SCHOOLS][..], &at].concat(),
        0,
        &[&batch, "3 rows wait"],
    );
    let out = folder.beside("pages");
    let pages = text_of(&out);
    let fetch = ["review", "pages", &batch, "--out", &pages];
    check(&[&fetch[..], &at].concat(), 0, &["pages to look at 3"]);
    let page = text_of(&out.join("1.pdf"));
    let text = Command::new("pdftotext")
        .args([&page, "-"])
        .output()
        .unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("沈怀瑾") && text.contains('预'), "{text}");
    let signed = Command::new("pdfsig").arg(&page).output().unwrap();
    let signed = String::from_utf8_lossy(&signed.stdout).into_owned();
    assert!(
        signed.contains("does not contain any signatures"),
        "{signed}"
    );

    let approve = ["review", "approve", &batch, "--seen", &pages, "1", "2"];
    check(&[&approve[..], &at].concat(), 0, &["2 decisions recorded"]);
    let back = [
        "review",
        "send-back",
        &batch,
        "--seen",
        &pages,
        "--reason",
        "姓名有误",
        "3",
    ];
    check(&[&back[..], &at].concat(), 0, &["1 decisions recorded"]);
    check(
        &[&approve[..], &at].concat(),
        1,
        &["another reviewer was first"],
    );
    let done = clerk.wait(&batch);
    assert_eq!((&done["issued"], &done["refused"]), (&2.into(), &1.into()));
    let errors = clerk.get(&format!("/v1/batches/{batch}/errors?form=csv"));
    let errors = String::from_utf8(errors.body).unwrap();
    assert!(
        errors.contains("review.sent_back") && errors.contains("姓名有误"),
        "{errors}"
    );
    let file = clerk.get(&format!("/v1/batches/{batch}/rows/1/file"));
    assert_eq!(file.status, 200);
    refused(
        &reviewer.get(&format!("/v1/batches/{batch}/rows/1/page")),
        409,
        "not_in_review",
    );
}

#[test]
fn of_two_reviewers_one_wins_and_nobody_else_sees_a_page() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    ask_for_review(&service);
    let batch = push(&service, "one", &ndjson(0..1));
    waits(&service.person(PUSHER), &batch);
    let reviews = format!("/v1/batches/{batch}/reviews");
    let rows = service.person(REVIEWER).get(&reviews).json();
    let inputs = rows[0]["inputs"].as_str().unwrap().to_owned();
    let page = service
        .person(REVIEWER)
        .get(&format!("/v1/batches/{batch}/rows/1/page"));
    assert_eq!(page.header("etag"), Some(format!("\"{inputs}\"").as_str()));

    // Who pushed is no reviewer here; another agency's reviewer and the centre find nothing.
    refused(&service.person(PUSHER).get(&reviews), 403, "role_missing");
    refused(
        &service.person(OTHER_CLERK).get(&reviews),
        403,
        "role_missing",
    );
    let other = service.person("gu.mingyuan@11990100MB01000285");
    let unknown = other.get("/v1/batches/00000000000000000000000000/reviews");
    for path in [&reviews, &format!("/v1/batches/{batch}/rows/1/page")] {
        let foreign = other.get(path);
        refused(&foreign, 404, "not_found");
        assert_eq!(foreign.body, unknown.body);
    }

    let decisions = ["approve", "send_back"].map(|decision| {
        let mut body = json!({ "row": 1, "inputs": inputs, "decision": decision });
        if decision == "send_back" {
            body["reason"] = "不符".into();
        }
        json!([body])
    });
    let outcomes: Vec<String> = thread::scope(|scope| {
        let decide = |decision: &Value| {
            let reply = service.person(REVIEWER).send("POST", &reviews, decision);
            reply.json()[0]["outcome"].as_str().unwrap().to_owned()
        };
        let threads: Vec<_> = decisions
            .iter()
            .cycle()
            .take(8)
            .map(|decision| scope.spawn(move || decide(decision)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let recorded = outcomes.iter().filter(|outcome| *outcome == "recorded");
    assert_eq!(recorded.count(), 1, "{outcomes:?}");
    for (wrong, pointer) in [
        (
            json!([{ "row": 1, "inputs": inputs, "decision": "send_back" }]),
            "/0/reason",
        ),
        (
            json!([{ "row": 1, "inputs": "00", "decision": "approve" }]),
            "/0/inputs",
        ),
        (json!([]), ""),
    ] {
        let reply = service.person(REVIEWER).send("POST", &reviews, &wrong);
        assert_eq!(reply.status, 422, "{reply:?}");
        assert_eq!(reply.json()["errors"][0]["pointer"], pointer);
    }
}
