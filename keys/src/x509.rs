//! An X.509 that has been parsed: its bytes with the parts others keep asking for.

use std::fmt;

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::{Error, Sentence};

/// A parsed X.509. Nothing about its trustworthiness has been checked.
#[derive(Clone, PartialEq, Eq)]
pub struct X509 {
    der: Vec<u8>,
    sha256: [u8; 32],
    issuer: Vec<u8>,
    subject: Vec<u8>,
    serial: Vec<u8>,
    public_key: Vec<u8>,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl X509 {
    /// Parses one X.509 in DER, without trailing bytes.
    ///
    /// # Errors
    /// [`Error::X509`] when the bytes are no X.509.
    pub fn parse(der: Vec<u8>) -> Result<X509, Error> {
        let parsed = read(&der)?;
        let time = |seconds| Timestamp::from_second(seconds).map_err(|error| Error::x509(&error));
        Ok(X509 {
            sha256: sha256(&der),
            issuer: parsed.issuer().as_raw().to_vec(),
            subject: parsed.subject().as_raw().to_vec(),
            serial: parsed.raw_serial().to_vec(),
            public_key: parsed.public_key().raw.to_vec(),
            not_before: time(parsed.validity().not_before.timestamp())?,
            not_after: time(parsed.validity().not_after.timestamp())?,
            der,
        })
    }

    /// The whole X.509 in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// `-----BEGIN CERTIFICATE-----` with 64 characters a line.
    pub fn pem(&self) -> String {
        pem("CERTIFICATE", &self.der)
    }

    /// SHA-256 over the DER, by which a policy names it.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// Issuer as DER Name.
    pub fn issuer(&self) -> &[u8] {
        &self.issuer
    }

    /// Content of the serial number's INTEGER, big-endian, as written.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// SubjectPublicKeyInfo in DER.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// First instant of its validity.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// Last second of its validity.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Issuer and subject are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Whether `issuer`'s name stands here and its key verifies this X.509's signature.
    ///
    /// # Errors
    /// [`Error::X509`] where one of the two is malformed.
    pub fn is_signed_by(&self, issuer: &X509) -> Result<bool, Error> {
        let (this, above) = (read(&self.der)?, read(&issuer.der)?);
        let same_name = self.issuer == issuer.subject;
        Ok(same_name && this.verify_signature(Some(above.public_key())).is_ok())
    }

    /// Whether key usage allows signing documents: digitalSignature or nonRepudiation (contentCommitment).
    pub(crate) fn may_sign_documents(&self) -> Result<bool, Error> {
        let parsed = read(&self.der)?;
        let usage = parsed.key_usage().map_err(|error| Error::x509(&error))?;
        Ok(usage
            .is_some_and(|usage| usage.value.digital_signature() || usage.value.non_repudiation()))
    }
}

impl fmt::Debug for X509 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "X509(sha256 {})", hex::encode(self.sha256))
    }
}

/// DER wrapped as PEM under `label`.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        out.extend(line.iter().map(|&byte| char::from(byte)));
        out.push('\n');
    }
    out + &format!("-----END {label}-----\n")
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

fn read(der: &[u8]) -> Result<X509Certificate<'_>, Error> {
    match X509Certificate::from_der(der) {
        Ok(([], parsed)) => Ok(parsed),
        Ok(_) => Err(Error::X509(Sentence::new(
            "末尾之后还有字节",
            "bytes follow the end of the X.509",
        ))),
        Err(error) => Err(Error::X509(Sentence::new(
            format!("不是 DER 编码的 X.509（{error}）"),
            format!("not an X.509 in DER: {error}"),
        ))),
    }
}
