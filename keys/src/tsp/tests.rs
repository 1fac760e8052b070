use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::testing::Centre;
use crate::{KeyId, Purpose};

struct Bench {
    dir: TempDir,
    centre: Centre,
}

impl Bench {
    fn new() -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let centre = Centre::found(&dir.path().join("keys"), None).unwrap();
        Bench { dir, centre }
    }

    fn tsa(&self) -> BuiltInTsa {
        let Centre { store, log, keys } = &self.centre;
        let (store, log) = (Arc::clone(store), Arc::clone(log));
        BuiltInTsa::new(store, log, keys.time_stamp.clone(), || Centre::FOUNDED).unwrap()
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn pem(&self, name: &str, id: &KeyId) -> String {
        self.write(name, self.centre.x509(id).unwrap().pem().as_bytes())
    }
}

/// Runs OpenSSL; prints `not run: 1` and gives nothing where there is none.
fn openssl(dir: &Path, arguments: &[&str]) -> Option<Output> {
    let output = Command::new("openssl")
        .current_dir(dir)
        .args(arguments)
        .output();
    if output.is_err() {
        println!("not run: 1 (openssl is not in PATH)");
    }
    output.ok()
}

#[test]
fn openssl_accepts_a_token_and_refuses_it_for_other_data() {
    let bench = Bench::new();
    let digest = [7; 32];
    let token = bench.tsa().stamp(&digest).unwrap();
    let token = bench.write("token.der", &token);
    let root = bench.pem("root.pem", &bench.centre.keys.root);
    let ca = bench.pem("ca.pem", &bench.centre.keys.seal_ca);
    let at = Centre::FOUNDED.as_second().to_string();
    let verify = |digest: [u8; 32]| {
        let digest = hex::encode(digest);
        let arguments = [
            "ts",
            "-verify",
            "-token_in",
            "-digest",
            &digest,
            "-in",
            &token,
        ];
        let trust = ["-CAfile", &root, "-untrusted", &ca, "-attime", &at];
        openssl(bench.dir.path(), &[&arguments[..], &trust[..]].concat())
    };
    let Some(good) = verify(digest) else { return };
    assert!(
        good.status.success(),
        "{}",
        String::from_utf8_lossy(&good.stderr)
    );
    assert!(!verify([8; 32]).unwrap().status.success());

    let shown = openssl(
        bench.dir.path(),
        &["ts", "-reply", "-token_in", "-in", &token, "-text"],
    );
    let shown = String::from_utf8_lossy(&shown.unwrap().stdout).into_owned();
    assert!(
        shown.contains("Time stamp: Nov 22 00:00:00 2026 GMT"),
        "{shown}"
    );
    assert!(shown.contains("Accuracy: 0x01 seconds"), "{shown}");
}

#[test]
fn no_token_is_longer_than_announced() {
    let tsa = Bench::new().tsa();
    let longest = (0..200)
        .map(|byte| tsa.stamp(&[byte; 32]).unwrap().len())
        .max()
        .unwrap();
    assert!(longest <= tsa.longest_token());
    assert!(longest + 8 >= tsa.longest_token());
}

#[test]
fn a_busy_authority_reserves_one_group_after_another() {
    let bench = Bench::new();
    let tsa = bench.tsa();
    let key = &bench.centre.keys.time_stamp;
    assert_eq!(bench.centre.log.reserved(key), 10_000);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..5_100).for_each(|_| drop(tsa.stamp(&[1; 32]).unwrap())));
        }
    });
    assert_eq!(bench.centre.log.reserved(key), 20_000);
}

#[test]
fn only_a_time_stamp_key_stamps() {
    let Bench {
        centre: Centre { store, log, keys },
        ..
    } = &Bench::new();
    let (store, log) = (Arc::clone(store), Arc::clone(log));
    assert!(BuiltInTsa::new(store, log, keys.seal.clone(), || Centre::FOUNDED).is_err());
}

/// An outside authority that answers one request with what `answer` makes of it.
fn outside(answer: impl FnOnce(&[u8]) -> Vec<u8> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/tsa", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let (head, body) = request(&mut connection);
        assert!(head.starts_with("POST /tsa HTTP/1.1\r\n"), "{head}");
        assert!(
            head.to_lowercase()
                .contains("content-type: application/timestamp-query")
        );
        let _ = connection.write_all(&answer(&body));
    });
    url
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

fn reply(body: &[u8]) -> Vec<u8> {
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
fn openssl_as_outside_authority_answers() {
    let bench = Bench::new();
    let Centre { store, log, keys } = &bench.centre;
    let reservation = crate::UseLog::reserve(log, &keys.time_stamp, Purpose::TimeStamp, 0).unwrap();
    let secret = "handover".into();
    let key = store.export(
        &keys.time_stamp,
        Purpose::TimeStamp,
        log,
        reservation,
        &secret,
    );
    bench.write("key.pem", key.unwrap().as_bytes());
    bench.pem("tsa.pem", &keys.time_stamp);
    bench.pem("ca.pem", &keys.seal_ca);
    bench.write("serial", b"01\n");
    bench.write("tsa.cnf", OPENSSL_TSA.as_bytes());
    if openssl(bench.dir.path(), &["version"]).is_none() {
        return;
    }
    let dir = bench.dir.path().to_owned();
    let url = outside(move |query| {
        std::fs::write(dir.join("query.tsq"), query).unwrap();
        let files = [
            "-config",
            "tsa.cnf",
            "-queryfile",
            "query.tsq",
            "-out",
            "reply.tsr",
        ];
        let arguments = [
            &["ts", "-reply", "-passin", "pass:handover"][..],
            &files[..],
        ]
        .concat();
        let output = openssl(&dir, &arguments).unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        reply(&std::fs::read(dir.join("reply.tsr")).unwrap())
    });
    let token = ask(&url).unwrap();
    assert_eq!(token[0], 0x30);
}

const OPENSSL_TSA: &str = "[tsa]\ndefault_tsa = own\n[own]\nserial = serial\ncrypto_device = builtin\n\
    signer_cert = tsa.pem\ncerts = ca.pem\nsigner_key = key.pem\nsigner_digest = sha256\n\
    default_policy = 1.2.3.4\ndigests = sha256\naccuracy = secs:1, millisecs:500\nordering = yes\n\
    tsa_name = yes\ness_cert_id_chain = no\ness_cert_id_alg = sha256\n";

#[test]
fn what_does_not_answer_the_question_is_refused() {
    let without_nonce = granted(&Bench::new().tsa().stamp(&[7; 32]).unwrap());
    let other_data = granted(&Bench::new().tsa().stamp(&[8; 32]).unwrap());
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
            REPLY.get_or_init(|| granted(&Bench::new().tsa().stamp(&[7; 32]).unwrap())).clone();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        proptest::prop_assert!(super::reply::token(&bytes, &[7; 32], b"\x02\x01\x05").is_err());
    }
}
