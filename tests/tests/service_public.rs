//! What anybody learns behind a printed code, what stands on record about each answer, and the catalogue.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

use std::fs;
use std::process::Command;

use house::program::{DIPLOMA, Folder, SCHOOLS, check, diploma, text_of};
use house::service::{APPROVALS, CENTRE, Client, OFFICER, PUSHER, Reply, Service, issue};
use serde_json::{Value, json};

#[test]
fn a_printed_code_tells_its_holder_masked_and_nothing_else_does() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let (batch, identifiers) = issue(&service.person(PUSHER), "masked", 0..1);
    let file = service
        .person(PUSHER)
        .get(&format!("/v1/batches/{batch}/rows/1/file"))
        .body;
    let printed = folder.beside("printed.pdf");
    fs::write(&printed, &file).unwrap();
    let code = printed_code(&text_of(&printed));
    let anybody = service.anybody();
    let ask = |code: &str| {
        let body = json!({ "code": code });
        anybody.send("POST", "/v1/public/codes", &body)
    };
    let row = diploma(0);
    let name = row["name"].as_str().unwrap();
    let masked = format!("**{}", name.chars().last().unwrap());
    let answer = ask(&code);
    let told = answer.json();
    assert_eq!(told["verdict"]["outcome"], "authentic_valid", "{answer:?}");
    assert_eq!(told["holders"], json!([masked]));
    let text = told.to_string();
    assert!(!text.contains(name) && !text.contains(row["id_number"].as_str().unwrap()));
    // A code that leads nowhere, a file in hand, and callers by duty are told no holder.
    assert_eq!(ask("0000000000000000").json().get("holders"), None);
    let of_file = anybody.call("POST", "/v1/public/files", &[], &file).json();
    assert_eq!(of_file["verdict"]["outcome"], "authentic_valid");
    assert_eq!(of_file.get("holders"), None);
    let question = json!({ "purpose": "入学", "business_number": "B-1", "certificate": { "printed_code": code } });
    let known = service
        .person(OFFICER)
        .send("POST", "/v1/verifications", &question);
    assert_eq!(known.json()["outcome"], "authentic_valid");
    assert!(!String::from_utf8_lossy(&known.body).contains("**"));
    // On record is that somebody looked, and not whose it is.
    let audit = on_record(&folder, &service).to_string();
    assert!(audit.contains(&identifiers[0]) && !audit.contains("**") && !audit.contains(name));
}

#[test]
fn each_answer_of_many_is_on_record_before_it_leaves() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let (_, identifiers) = issue(&service.person(PUSHER), "many", 0..3);
    let mut lines: Vec<String> = identifiers
        .iter()
        .map(|identifier| json!({ "identifier": identifier }).to_string())
        .collect();
    lines.insert(1, "{".to_owned());
    lines.insert(2, json!({ "sha256": "00".repeat(32) }).to_string());
    let many = service.person(OFFICER).call(
        "POST",
        "/v1/verifications/many?purpose=entry&business_number=B-77",
        &[],
        lines.join("\n").as_bytes(),
    );
    let answered = String::from_utf8(many.body).unwrap();
    assert_eq!(answered.lines().count(), 5, "{answered}");
    let entries = on_record(&folder, &service);
    let entries: Vec<&Value> = entries
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["detail"].as_str().unwrap().contains("business=B-77"))
        .collect();
    let about = |object: &str| -> Vec<&str> {
        let about = entries.iter().filter(|entry| entry["object"] == object);
        about
            .map(|entry| entry["detail"].as_str().unwrap())
            .collect()
    };
    for (identifier, line) in identifiers.iter().zip([1, 4, 5]) {
        let details = about(identifier);
        assert_eq!(details.len(), 1, "{entries:?}");
        let expected = format!("outcome=authentic_valid line={line} business=B-77");
        assert!(details[0].starts_with(&expected), "{details:?}");
    }
    let (none, whole) = (about("none"), about("many"));
    assert!(none[0].starts_with("outcome=malformed line=2"), "{none:?}");
    assert!(none[1].starts_with("outcome=unknown line=3"), "{none:?}");
    assert!(whole[0].contains("questions=5"), "{whole:?}");
}

#[test]
fn the_catalogue_is_current_and_not_sent_twice() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let (anybody, operator) = (service.anybody(), service.person("operator"));
    let first = anybody.get("/v1/catalogue");
    let tag = first.header("etag").unwrap().to_owned();
    let again = || anybody.call("GET", "/v1/catalogue", &[("if-none-match", &tag)], &[]);
    assert_eq!((again().status, again().body.len()), (304, 0));
    let agencies = |reply: &Reply| {
        let lines = reply.json();
        let mut lines = lines.as_array().unwrap().iter();
        let line = lines.find(|line| line["type"] == DIPLOMA);
        line.map(|line| line["agencies"].clone())
    };
    assert_eq!(agencies(&first), Some(json!([SCHOOLS])));
    // A right, then the type itself.
    let right = json!({ "from": "2026-01-01", "legal_basis": "办法第三条" });
    let path = format!("/v1/types/{DIPLOMA}/rights/{APPROVALS}");
    assert_eq!(operator.send("PUT", &path, &right).status, 200);
    let changed = again();
    assert_eq!(changed.status, 200);
    assert_eq!(agencies(&changed), Some(json!([APPROVALS, SCHOOLS])));
    let path = format!("/v1/types/{DIPLOMA}/versions/1/steps");
    let retire = json!({ "step": "retire", "note": "试" });
    assert_eq!(operator.send("POST", &path, &retire).status, 200);
    assert_eq!(agencies(&again()), None);
}

/// An auditor of the centre, enrolled by its operator.
fn auditor(folder: &Folder, service: &Service) -> Client {
    let operator = service.person("operator");
    let path = format!("/v1/units/centre/{CENTRE}/persons/of.auditor");
    let put = operator.send("PUT", &path, &json!({ "roles": ["auditor"] }));
    assert_eq!(put.status, 200, "{put:?}");
    let own = folder.beside("auditor");
    check(&["person", "request", "--out", &text_of(&own)], 0, &[]);
    let request = fs::read_to_string(own.join("request.pem")).unwrap();
    let body = json!({ "request": request });
    let enrolled = operator.send("POST", &format!("{path}/keys"), &body);
    assert_eq!(enrolled.status, 201, "{enrolled:?}");
    let x509 = enrolled.json()["x509"].as_str().unwrap().to_owned();
    fs::write(own.join("x509.pem"), x509).unwrap();
    service.with_identity(&own)
}

/// Everything on record so far.
fn on_record(folder: &Folder, service: &Service) -> Value {
    let mut entries = Vec::new();
    let reader = auditor(folder, service);
    // Numbers are given every half second: until those of the last call have theirs there is nothing to wait upon.
    let mark = format!("mark-{}", std::process::id());
    let question = json!({ "purpose": "mark", "business_number": mark, "certificate": { "sha256": "00".repeat(32) } });
    let marked = service
        .person(OFFICER)
        .send("POST", "/v1/verifications", &question);
    assert_eq!(marked.status, 200, "{marked:?}");
    for _ in 0..200 {
        entries.clear();
        let mut after = 0;
        loop {
            let page = reader.get(&format!("/v1/audit?after={after}")).json();
            let page = page.as_array().unwrap().clone();
            let full = page.len() == 1000;
            after = page
                .last()
                .map_or(after, |last| last["number"].as_u64().unwrap());
            entries.extend(page);
            if !full {
                break;
            }
        }
        let numbered = |entry: &Value| entry["detail"].as_str().unwrap().contains(&mark);
        if entries.iter().any(numbered) {
            return Value::Array(entries);
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the last call has no number in the log");
}

/// The code under the QR code of a file.
fn printed_code(file: &str) -> String {
    let said = Command::new("pdftotext")
        .args([file, "-"])
        .output()
        .unwrap();
    let text = String::from_utf8(said.stdout).unwrap();
    let group = |word: &&str| {
        word.len() == 4
            && word
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    let code = text.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let groups = words.windows(4).find(|four| four.iter().all(group))?;
        Some(groups.concat())
    });
    code.unwrap_or_else(|| panic!("{text}"))
}
