//! Requests that no honest client sends: slow, oversized, smuggled, doubled, forged. Each gets its answer or its end, and
//! the service goes on.

#![allow(clippy::unwrap_used)] // helpers of tests

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use house::program::Folder;
use house::service::{OFFICER, Service};
use serde_json::json;

/// Sends bytes to the public listener and reads until it closes, at most 40 s.
fn raw(service: &Service, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(service.public.strip_prefix("http://").unwrap()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(40)))
        .unwrap();
    // The service may close before all is sent.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn heads_and_bodies_that_do_not_agree_are_refused() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let post = "POST /v1/public/codes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n";
    for (name, head, expected) in [
        (
            "two lengths",
            format!("{post}content-length: 5\r\ncontent-length: 6\r\n\r\nhello"),
            "400",
        ),
        (
            "length and chunks",
            format!("{post}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
            "400",
        ),
        (
            "an odd coding",
            format!("{post}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n"),
            "400",
        ),
        (
            "a space before the colon",
            "GET /health/live HTTP/1.1\r\nhost : x\r\n\r\n".to_owned(),
            "400",
        ),
        ("no version", "GET /health/live\r\n\r\n".to_owned(), "400"),
        (
            "a head too long",
            format!(
                "GET /health/live HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
                "a".repeat(64 << 10)
            ),
            "431",
        ),
        (
            "too many fields",
            format!(
                "GET /health/live HTTP/1.1\r\nhost: x\r\n{}\r\n",
                "a: b\r\n".repeat(100)
            ),
            "431",
        ),
        (
            "an honest one",
            "GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned(),
            "200",
        ),
    ] {
        let answer = raw(&service, head.as_bytes());
        // Two lengths, or a length beside chunks, must never be read as two requests.
        assert!(answer.matches("HTTP/1.1 ").count() <= 1, "{name}: {answer}");
        let status = answer.split(' ').nth(1).unwrap_or("closed");
        assert!(
            status == expected || (status == "closed" && expected != "200"),
            "{name}: {answer}"
        );
    }
}

#[test]
fn a_client_that_never_ends_its_head_is_let_go() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let begun = Instant::now();
    let answer = raw(&service, b"GET /health/live HTTP/1.1\r\nhost: x\r\n");
    assert!(!answer.contains("200 OK"), "{answer}");
    assert!(
        begun.elapsed() < Duration::from_secs(39),
        "it was let go by the service"
    );
    assert_eq!(service.anybody().get("/health/live").status, 200);
}

#[test]
fn bodies_that_are_too_long_or_odd_get_a_problem() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let (anybody, officer) = (service.anybody(), service.person(OFFICER));
    let json_type = [("content-type", "application/json")];
    let long = vec![b' '; 33 << 20];
    assert_eq!(
        anybody.call("POST", "/v1/public/files", &[], &long).code(),
        "body_too_long"
    );
    assert_eq!(
        officer
            .call(
                "POST",
                "/v1/verifications/files?purpose=a&business_number=1",
                &[],
                &long
            )
            .code(),
        "body_too_long"
    );
    assert_eq!(
        anybody.call("POST", "/v1/public/files", &[], b"").code(),
        "malformed"
    );
    for (body, code) in [
        (
            "{\"code\":\"0000000000000000\",\"code\":\"1\"}",
            "malformed",
        ),
        ("{\"code\":\"0000000000000000\",\"face\":1}", "malformed"),
        ("{\"code\":\"0000000000000000\"} {}", "malformed"),
        ("{\"code\":", "malformed"),
        ("[]", "malformed"),
        (
            "{\"code\":\"０００００００００００００００\u{202E}\"}",
            "value",
        ),
        ("{\"code\":\"0000\\u000000000000000\"}", "value"),
    ] {
        let reply = anybody.call("POST", "/v1/public/codes", &json_type, body.as_bytes());
        assert_eq!(reply.code(), code, "{body}: {reply:?}");
        assert!(matches!(reply.status, 400 | 422), "{body}");
    }
    // Full-width digits are what people type; they are folded, as everywhere.
    let wide = "{\"code\":\"００００００００００００００００\"}";
    assert_eq!(
        anybody
            .call("POST", "/v1/public/codes", &json_type, wide.as_bytes())
            .status,
        200
    );
    assert_eq!(
        anybody
            .call(
                "POST",
                "/v1/public/codes",
                &[("content-type", "text/plain")],
                b"{}"
            )
            .status,
        415
    );
    assert_eq!(
        anybody.call("DELETE", "/v1/public/codes", &[], b"").code(),
        "method"
    );
}

#[test]
fn a_hostile_file_costs_its_reader_and_not_the_service() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let anybody = service.anybody();
    // Nested so deep, and so many objects, that a careless reader falls.
    let deep = [b"%PDF-1.7\n1 0 obj\n".to_vec(), b"[".repeat(1 << 20)].concat();
    let many = [b"%PDF-1.7\n".to_vec(), b"1 0 obj<<>>endobj ".repeat(60_000)].concat();
    for file in [deep, many, b"not a PDF".to_vec()] {
        let reply = anybody.call("POST", "/v1/public/files", &[], &file);
        let outcome = reply.json()["verdict"]["outcome"].clone();
        assert!(
            reply.code() == "file_not_examined"
                || ["not_authentic", "could_not_check"].contains(&outcome.as_str().unwrap_or("")),
            "{reply:?}"
        );
        assert_eq!(anybody.get("/health/ready").status, 200);
    }
}

#[test]
fn what_callers_send_never_reaches_the_log_lines_of_others() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let officer = service.person(OFFICER);
    let question = json!({ "purpose": "a\nfake: entry", "business_number": "1", "certificate": { "sha256": "00".repeat(32) } });
    assert_eq!(
        officer.send("POST", "/v1/verifications", &question).code(),
        "value"
    );
    assert_eq!(officer.get("/v1/batches/%0Afake").code(), "role_missing");
    let page = ureq::get(&service.metrics)
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    assert!(page.contains("yinxin_calls_total"), "{page}");
    assert!(
        !page.contains("fake") && !page.contains("11990100MB"),
        "labels name routes and no callers: {page}"
    );
}
