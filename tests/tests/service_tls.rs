//! TLS of the extranet: the X.509 that it shows follows the key store, and one of a client that has ended is told so.

#![allow(clippy::unwrap_used)] // helpers of tests

use std::fs;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use house::program::{Folder, check, text_of};
use house::service::{Service, refused};
use jiff::SignedDuration;
use keys::ca::{Ca, ClientRequest, Profile, Subject, Validity, tls_ca};
use keys::testing::MemoryLog;
use keys::{FileKeyStore, Purpose, X509};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// The key store of a folder, beside the service that runs on it.
fn store(folder: &Folder) -> FileKeyStore {
    let passphrase = fs::read_to_string(folder.beside("data/passphrase")).unwrap();
    FileKeyStore::open(&folder.beside("data/keys"), &passphrase.trim().into()).unwrap()
}

/// Has the TLS authority issue an X.509.
fn issue(
    store: &FileKeyStore,
    public_key: &[u8],
    profile: &Profile,
    dates: impl Fn(&X509) -> Validity,
) -> X509 {
    let authority = tls_ca(store).unwrap();
    let own = authority.x509().unwrap();
    let log = MemoryLog::default();
    let subject = Subject::new("望澜市", "tls").unwrap();
    store
        .with_group(&authority.id, Purpose::Ca, &log, 1, |signer| {
            Ca::new(signer, None)?.issue(public_key, &subject, profile, dates(own))
        })
        .unwrap()
}

/// The X.509 that a new connection is shown.
fn shown(folder: &Folder, service: &Service) -> Vec<u8> {
    let mut roots = RootCertStore::empty();
    for anchor in CertificateDer::pem_file_iter(folder.beside("data/anchors.pem")).unwrap() {
        roots.add(anchor.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let address = service.extranet.strip_prefix("https://").unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address).unwrap());
    stream.conn.complete_io(&mut stream.sock).unwrap();
    stream.conn.peer_certificates().unwrap()[0].to_vec()
}

#[test]
fn a_renewed_x509_is_shown_without_a_restart() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let store = store(&folder);
    let own = store.list().unwrap();
    let own = own.iter().find(|key| key.purpose == Purpose::Tls).unwrap();
    let before = own.x509().unwrap();
    assert_eq!(shown(&folder, &service), before.der());
    let open = service.person("operator");
    assert_eq!(open.get("/v1/me").status, 200);

    let hosts = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let renewed = issue(&store, &own.public_key, &Profile::Tls { hosts }, |_| {
        Validity {
            from: before.not_before(),
            to: before.not_after(),
        }
    });
    assert_ne!(renewed.der(), before.der());
    store.attach(&own.id, vec![renewed.clone()]).unwrap();
    let begun = Instant::now();
    while shown(&folder, &service) != renewed.der() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "still the old one"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(open.get("/v1/me").status, 200, "open connections go on");
    assert_eq!(service.person("operator").get("/v1/me").status, 200);
}

#[test]
fn who_shows_an_x509_that_has_ended_is_told_so() {
    let folder = Folder::new();
    let own = folder.beside("ended");
    check(&["person", "request", "--out", &text_of(&own)], 0, &[]);
    let request = fs::read_to_string(own.join("request.pem")).unwrap();
    let request = ClientRequest::parse(&request).unwrap();
    let store = store(&folder);
    // Of the first second of its authority, which is over since the folder was made.
    let ended = issue(
        &store,
        request.public_key(),
        &Profile::TlsClient,
        |authority| Validity {
            from: authority.not_before(),
            to: authority.not_before() + SignedDuration::from_secs(1),
        },
    );
    fs::write(own.join("x509.pem"), ended.pem()).unwrap();
    let service = Service::start(&folder);
    let reply = service.with_identity(&own).get("/v1/me");
    refused(&reply, 401, "x509_ended");
    assert!(reply.json()["detail"].as_str().unwrap().contains("ended"));
}
