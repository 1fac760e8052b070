//! Verification and decisions over HTTP.

#![allow(clippy::unwrap_used)] // helpers of tests

use house::program::{DIPLOMA, Folder, SCHOOLS, diploma};
use house::service::{OFFICER, OTHER_CLERK, PUSHER, REVIEWER, Service, TERMS, issue, refused};
use serde_json::{Value, json};

/// The second person of the agency that issues diplomas.
#[test]
fn a_certificate_is_verified_by_what_one_has_of_it() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let (batch, identifiers) = issue(&service.person(PUSHER), "verify", 0..2);
    let (officer, identifier) = (service.person(OFFICER), &identifiers[0]);
    let file = service
        .person(PUSHER)
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
    // Neither does a wrong check character tell that there is something.
    let (body, last) = identifier.split_at(identifier.len() - 1);
    let misspelt = format!("{body}{}", if last == "A" { "B" } else { "A" });
    let mut misspelt = ask(json!({ "identifier": misspelt })).json();
    misspelt["freshness"] = nothing["freshness"].clone();
    assert_eq!(misspelt, nothing, "one body for it, too");
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
    let clerk = service.person(PUSHER);
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
    refused(&confirm(PUSHER), 403, "role_missing");
    refused(&confirm("gu.mingyuan@11990100MB01000285"), 404, "not_found");
    assert_eq!(anybody(&identifiers[2]), "authentic_valid");
    assert_eq!(confirm(REVIEWER).status, 200);
    assert_eq!(anybody(&identifiers[119]), "authentic_suspended");
}

fn hex(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
