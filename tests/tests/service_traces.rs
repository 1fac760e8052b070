//! Traces by OTLP: a span for each call at a collector, and nothing in it about anybody.

#![allow(clippy::unwrap_used)] // helpers of tests

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use house::program::{DIPLOMA, Folder};
use house::service::{OFFICER, Service};
use serde_json::{Value, json};

/// A collector on loopback that takes spans until one of them is named so; gives all it was sent.
fn collector(last: &'static str) -> (String, JoinHandle<Vec<Value>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let taken = thread::spawn(move || {
        let mut told = Vec::new();
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            while let Some(body) = posted(&mut stream) {
                let whole = body.to_string();
                told.push(body);
                if whole.contains(last) {
                    return told;
                }
            }
        }
        told
    });
    (address, taken)
}

/// One POST of JSON, answered; none where the connection ends.
fn posted(stream: &mut BufReader<TcpStream>) -> Option<Value> {
    let (mut head, mut length) = (String::new(), 0);
    while stream.read_line(&mut head).ok()? > 0 && !head.ends_with("\r\n\r\n") {}
    let mut lines = head.lines();
    assert_eq!(lines.next()?, "POST /v1/traces HTTP/1.1");
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    let answer =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    stream.get_mut().write_all(answer).unwrap();
    Some(serde_json::from_slice(&body).unwrap())
}

#[test]
fn each_call_is_a_span_that_names_nobody() {
    let (address, taken) = collector("GET /v1/catalogue");
    let folder = Folder::new();
    let path = folder.beside("data/yinxin.toml");
    let settings = fs::read_to_string(&path).unwrap();
    let with_collector = settings.replace("[serve]\n", &format!("[serve]\notlp = \"{address}\"\n"));
    assert_ne!(with_collector, settings);
    fs::write(&path, with_collector).unwrap();
    let service = Service::start(&folder);
    let identifier =
        "1.2.156.3005.2.11990100MB01000360004.11990100MB01000360.2026AAAAAAAAAAAAAAAA.001.0";
    let question = json!({ "purpose": "入学", "business_number": "B-77", "certificate": { "identifier": identifier } });
    let officer = service.person(OFFICER);
    let answered = officer.send("POST", "/v1/verifications", &question).status;
    let version = format!("/v1/types/{DIPLOMA}/versions/1");
    assert_eq!(officer.get(&version).status, 200);
    assert_eq!(service.anybody().get("/v1/catalogue").status, 200);
    assert_eq!(service.stop(), 0);

    let told = taken.join().unwrap();
    let spans: Vec<&Value> = told
        .iter()
        .flat_map(|body| body["resourceSpans"].as_array().unwrap())
        .flat_map(|resource| resource["scopeSpans"].as_array().unwrap())
        .flat_map(|scope| scope["spans"].as_array().unwrap())
        .collect();
    let of = |name: &str| spans.iter().find(|span| span["name"] == name).unwrap();
    let attribute = |span: &Value, name: &str| {
        let attributes = span["attributes"].as_array().unwrap();
        let found = attributes.iter().find(|attribute| attribute["key"] == name);
        found.unwrap()["value"].to_string()
    };
    let verified = of("POST /v1/verifications");
    assert!(attribute(verified, "http.response.status_code").contains(&answered.to_string()));
    let read = of("GET /v1/types/{type}/versions/{version}");
    assert!(attribute(read, "http.route").contains("{type}"), "{read}");
    let all = serde_json::to_string(&told).unwrap();
    for secret in [
        "入学",
        "B-77",
        "11990100MB",
        "2026AAAA",
        "officer",
        "127.0.0.1",
    ] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}
