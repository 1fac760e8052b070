use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::testing::Centre;

fn centre() -> (tempfile::TempDir, Centre) {
    let dir = tempfile::tempdir().unwrap();
    let centre = Centre::found(dir.path(), None).unwrap();
    (dir, centre)
}

fn stamp(byte: u8) -> Vec<u8> {
    centre().1.tsa().unwrap().stamp(&[byte; 32]).unwrap()
}

#[test]
fn no_token_is_longer_than_announced() {
    let (_dir, centre) = centre();
    let tsa = centre.tsa().unwrap();
    let longest = (0..200)
        .map(|byte| tsa.stamp(&[byte; 32]).unwrap().len())
        .max()
        .unwrap();
    assert!(longest <= tsa.longest_token());
    assert!(longest + 8 >= tsa.longest_token());
}

#[test]
fn a_busy_authority_reserves_one_group_after_another() {
    let (_dir, centre) = centre();
    let tsa = centre.tsa().unwrap();
    let key = &centre.keys.time_stamp;
    assert_eq!(centre.log.reserved(key), 10_000);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..5_100).for_each(|_| drop(tsa.stamp(&[1; 32]).unwrap())));
        }
    });
    assert_eq!(centre.log.reserved(key), 20_000);
    drop(tsa);
    let settled = [(10_000, 10_000), (10_000, 200)];
    assert_eq!(centre.log.settled(key), settled);
}

#[test]
fn only_a_time_stamp_key_stamps() {
    let (_dir, centre) = centre();
    let (store, log) = (Arc::clone(&centre.store), Arc::clone(&centre.log));
    let key = centre.keys.seal.clone();
    assert!(BuiltInTsa::new(store, log, key, || Centre::FOUNDED).is_err());
}

/// An outside authority that answers one request with what `answer` makes of it.
pub(crate) fn outside(answer: impl FnOnce(&[u8]) -> Vec<u8> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/tsa", listener.local_addr().unwrap());
    std::thread::spawn(move || serve(&mut listener.accept().unwrap().0, answer));
    url
}

fn serve(connection: &mut (impl Read + Write), answer: impl FnOnce(&[u8]) -> Vec<u8>) {
    let (head, body) = request(connection);
    assert!(head.starts_with("POST /tsa HTTP/1.1\r\n"), "{head}");
    assert!(
        head.to_lowercase()
            .contains("content-type: application/timestamp-query")
    );
    let _ = connection.write_all(&answer(&body));
}

/// The same over TLS, under an X.509 of its own for `localhost`, which comes in PEM. A client that turns away is
/// not answered.
fn outside_over_tls(answer: impl FnOnce(&[u8]) -> Vec<u8> + Send + 'static) -> (String, String) {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut tls = ServerConnection::new(Arc::new(config)).unwrap();
        if tls.complete_io(&mut connection).is_ok() {
            serve(&mut StreamOwned::new(tls, connection), answer);
        }
    });
    (format!("https://localhost:{port}/tsa"), own.cert.pem())
}

#[test]
fn an_authority_over_tls_is_known_by_its_anchor() {
    let (_dir, centre) = centre();
    let ask = |url: &str, anchors: &str| {
        let tsa = RemoteTsa::over_tls(url, Duration::from_secs(5), anchors.as_bytes());
        tsa.unwrap()
            .stamp(&[7; 32])
            .map_err(|error| error.to_string())
    };
    // What it answers arrives; that it answers another request is told as it is without TLS.
    let token = granted(&centre.tsa().unwrap().stamp(&[7; 32]).unwrap());
    let (url, own) = outside_over_tls(move |_| reply(&token));
    let refused = ask(&url, &own).unwrap_err();
    assert!(refused.contains("answers another request"), "{refused}");
    // Somebody else at its address is turned away before a request goes out.
    let (_, other) = outside_over_tls(|_| Vec::new());
    let (url, _) = outside_over_tls(|_| panic!("a request came"));
    let refused = ask(&url, &other).unwrap_err();
    assert!(refused.contains("certificate"), "{refused}");
    for (url, anchors) in [
        ("http://localhost", &own[..]),
        ("https://localhost", "no PEM"),
    ] {
        let refused = RemoteTsa::over_tls(url, Duration::ZERO, anchors.as_bytes());
        assert!(matches!(refused, Err(Error::Argument(_))), "{url}");
    }
}

fn request(connection: &mut impl Read) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 1024];
        let length = connection.read(&mut chunk).unwrap();
        bytes.extend_from_slice(&chunk[..length]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, _)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let expected: usize = head
            .lines()
            .find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse()
                    .ok()
            })
            .unwrap();
        let body = bytes[head.len() + 4..].to_vec();
        if body.len() == expected {
            return (head.to_owned(), body);
        }
    }
}

fn http(kind: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

pub(crate) fn reply(body: &[u8]) -> Vec<u8> {
    http("application/timestamp-reply", body)
}

fn granted(token: &[u8]) -> Vec<u8> {
    sequence(&[b"\x30\x03\x02\x01\x00", token])
}

fn ask(url: &str) -> Result<Vec<u8>, Error> {
    RemoteTsa::new(url, Duration::from_secs(5))
        .unwrap()
        .stamp(&[7; 32])
}

#[test]
fn what_does_not_answer_the_question_is_refused() {
    let without_nonce = granted(&stamp(7));
    let other_data = granted(&stamp(8));
    for (answer, word) in [
        (reply(&without_nonce), "answers another request"),
        (reply(&other_data), "over other data"),
        (reply(&sequence(&[b"\x30\x03\x02\x01\x02"])), "status 2"),
        (reply(b"\x30\x03\x02"), "malformed"),
        (reply(b""), "malformed"),
        (reply(&[&without_nonce[..], b"more"].concat()), "malformed"),
        (reply(&vec![0x30; 70_000]), "limit"),
        (http("text/html", &without_nonce), "text/html"),
        (
            b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n".to_vec(),
            "503",
        ),
    ] {
        let error = ask(&outside(|_| answer)).unwrap_err();
        assert!(matches!(error, Error::OutsideTsa { .. }));
        assert!(error.to_string().contains(word), "{error}");
    }
    assert!(matches!(
        RemoteTsa::new("https://tsa", Duration::ZERO),
        Err(Error::Argument(_))
    ));
}

#[test]
fn a_silent_authority_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let error = RemoteTsa::new(&url, Duration::from_millis(50))
        .unwrap()
        .stamp(&[7; 32]);
    assert!(error.unwrap_err().to_string().contains("timeout"));
}

proptest::proptest! {
    #[test]
    fn a_reply_of_any_bytes_is_refused_without_panic(bytes: Vec<u8>) {
        proptest::prop_assert!(super::reply::token(&bytes, &[7; 32], b"\x02\x01\x05").is_err());
    }

    #[test]
    fn an_altered_reply_never_panics(at in 0usize..900, bit in 0u8..8) {
        static REPLY: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let mut bytes =
            REPLY.get_or_init(|| granted(&stamp(7))).clone();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        proptest::prop_assert!(super::reply::token(&bytes, &[7; 32], b"\x02\x01\x05").is_err());
    }
}
