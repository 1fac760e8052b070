//! X.509s for the persons and systems of units: from their request (PKCS#10, RFC 2986) to a TLS client X.509.
//!
//! The key stays with its person; the request proves that they hold it. What it asks for by name or extension is not
//! taken over: who a key belongs to stands in the registry.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use zeroize::Zeroizing;

use super::{Ca, Profile, Subject, Validity};
use crate::establish::after;
use crate::{Error, FileKeyStore, KeyFacts, Purpose, UseLog, X509};

/// A request whose signature was made with the key that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRequest {
    public_key: Vec<u8>,
}

impl ClientRequest {
    /// Reads a request in PEM.
    ///
    /// # Errors
    /// [`Error::Argument`]: no request, a signature that does not fit, or a key that is neither ECDSA on P-256 or P-384
    /// nor RSA of 2048 to 4096 bits.
    pub fn parse(pem: &str) -> Result<Self, Error> {
        let refuse = |zh: &str, en: &str| {
            Error::argument(
                format!("该请求不能受理：{zh}"),
                format!("the request cannot be taken: {en}"),
            )
        };
        let der = body(pem).ok_or_else(|| {
            refuse(
                "不是 CERTIFICATE REQUEST 的 PEM",
                "it is no PEM of a CERTIFICATE REQUEST",
            )
        })?;
        let (rest, request) = X509CertificationRequest::from_der(&der).map_err(|_| {
            refuse(
                "内容不是 PKCS#10 请求",
                "what is inside is no PKCS#10 request",
            )
        })?;
        if !rest.is_empty() {
            return Err(refuse("请求之后还有字节", "bytes follow the request"));
        }
        request.verify_signature().map_err(|_| {
            refuse(
                "其签名不是用所附密钥作出的；请用手中的密钥重新生成",
                "its signature was not made with its key; make it anew with the key at hand",
            )
        })?;
        let info = &request.certification_request_info.subject_pki;
        let sound = match info.parsed() {
            Ok(PublicKey::EC(point)) => matches!(point.key_size(), 256 | 384),
            Ok(PublicKey::RSA(key)) => (2048..=4096).contains(&key.key_size()),
            _ => false,
        };
        if !sound {
            return Err(refuse(
                "其密钥须为 P-256 或 P-384 的 ECDSA，或 2048 至 4096 位的 RSA",
                "its key must be ECDSA on P-256 or P-384, or RSA of 2048 to 4096 bits",
            ));
        }
        Ok(Self {
            public_key: info.raw.to_vec(),
        })
    }

    /// SubjectPublicKeyInfo in DER.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }
}

/// A person's new key (P-256, PKCS#8 in PEM), and the request for its X.509. The key is kept by whoever asked.
///
/// # Errors
/// [`Error::Crypto`] when no key can be made.
pub fn new_client_key() -> Result<(Zeroizing<String>, String), Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let request = CertificateParams::new(Vec::new())?.serialize_request(&key)?;
    Ok((Zeroizing::new(key.serialize_pem()), request.pem()?))
}

/// The newest CA of TLS X.509s in a store.
///
/// # Errors
/// [`Error::Argument`] where there is none.
pub fn tls_ca(store: &FileKeyStore) -> Result<KeyFacts, Error> {
    let keys = store.list()?.into_iter();
    keys.filter(|key| {
        key.purpose == Purpose::Ca
            && key.retired.is_none()
            && key.id.as_str().starts_with("tls-ca-")
    })
    .max_by_key(|key| key.created)
    .ok_or_else(|| {
        Error::argument(
            "密钥库中没有 TLS 的 CA",
            "the key store holds no CA for TLS",
        )
    })
}

/// Issues the TLS client X.509 of a request, for so many days from `now`; also gives that of the CA.
///
/// # Errors
/// [`Error::Log`] when the use cannot be reserved; those of [`tls_ca`].
pub fn issue_client(
    store: &FileKeyStore,
    request: &ClientRequest,
    subject: &Subject,
    days: u16,
    public_url: Option<&str>,
    now: Timestamp,
    log: &dyn UseLog,
) -> Result<(X509, X509), Error> {
    let authority = tls_ca(store)?;
    let to = after(now, days)?;
    let validity = Validity { from: now, to };
    let own = store.with_group(&authority.id, Purpose::Ca, log, 1, |signer| {
        let ca = Ca::new(signer, public_url)?;
        ca.issue(request.public_key(), subject, &Profile::TlsClient, validity)
    })?;
    Ok((own, authority.x509()?.clone()))
}

fn body(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"]
        .iter()
        .find_map(|label| pem.split_once(&format!("-----BEGIN {label}-----")))?;
    let (text, _) = rest.split_once("-----END ")?;
    let text: String = text.split_whitespace().collect();
    STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Centre, MemoryLog};
    use rcgen::PKCS_ED25519;

    fn request(algorithm: &'static rcgen::SignatureAlgorithm) -> String {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let params = CertificateParams::new(Vec::new()).unwrap();
        params.serialize_request(&key).unwrap().pem().unwrap()
    }

    #[test]
    fn a_request_proves_its_key() {
        let good = request(&PKCS_ECDSA_P256_SHA256);
        assert!(ClientRequest::parse(&good).is_ok());
        let mut der = body(&good).unwrap();
        let last = der.len() - 1;
        der[last] ^= 1;
        let forged = format!(
            "-----BEGIN CERTIFICATE REQUEST-----\n{}\n-----END CERTIFICATE REQUEST-----\n",
            STANDARD.encode(&der)
        );
        for (pem, part) in [
            (forged.as_str(), "not made with its key"),
            ("hello", "no PEM"),
            (&request(&PKCS_ED25519), "must be ECDSA"),
        ] {
            let error = ClientRequest::parse(pem).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_client_x509_is_for_clients_alone() {
        let folder = tempfile::tempdir().unwrap();
        let centre = Centre::found(folder.path(), None).unwrap();
        let request = ClientRequest::parse(&request(&PKCS_ECDSA_P256_SHA256)).unwrap();
        let subject = Subject::new("示例市政务服务大厅", "wei").unwrap();
        let log = MemoryLog::default();
        let now = Centre::FOUNDED;
        let (own, ca) =
            issue_client(&centre.store, &request, &subject, 365, None, now, &log).unwrap();
        assert!(own.is_signed_by(&ca).unwrap());
        assert_eq!(own.public_key(), request.public_key());
        let (_, parsed) = x509_parser::parse_x509_certificate(own.der()).unwrap();
        let usage = parsed.extended_key_usage().unwrap().unwrap().value;
        assert!(usage.client_auth && !usage.server_auth);
    }
}
