//! Our own certification authority: X.509s by profile, CRLs, and requests to an outside CA with the import of its answer.
//! It decides no trust: what is trusted stands in the policy. Called by [`crate::establish()`] and `api`.

mod client;
mod crl;
mod outside;
mod outside_crl;
mod profile;

use jiff::Timestamp;
use rcgen::{CustomExtension, Issuer, SerialNumber, SubjectPublicKeyInfo};
use ring::rand::{SecureRandom, SystemRandom};
use time::OffsetDateTime;

use crate::asn1::{self, OID, sequence, tlv};
use crate::{Error, Misuse, Purpose, Sentence, Signer, X509};
pub use client::{ClientRequest, issue_client, new_client_key, tls_ca};
pub use crl::{Crl, CrlRequest, RevocationReason, Revoked, crl_of, crls_in, period};
pub use outside::{import_answer, request};
pub use outside_crl::{OutsideCrl, read_crls};
pub use profile::{POLICY_OID, Profile, Subject};

/// From when to when an X.509 is valid; whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First second.
    pub from: Timestamp,
    /// Last second.
    pub to: Timestamp,
}

/// Signs the root's own X.509.
///
/// # Errors
/// [`Misuse::Purpose`] when the key is not [`Purpose::Root`].
pub fn self_sign(root: &Signer, subject: &Subject, validity: Validity) -> Result<X509, Error> {
    demand(root, root.purpose() == Purpose::Root, Purpose::Root)?;
    let params = params(subject, &Profile::Root, validity)?;
    X509::parse(params.self_signed(root)?.der().to_vec())
}

/// An authority at work: its opened key with its X.509.
pub struct Ca<'a> {
    signer: &'a Signer,
    issuer: Issuer<'static, &'a Signer>,
    public_url: Option<&'a str>,
}

impl<'a> Ca<'a> {
    /// Takes an opened root or CA key. With `public_url` (for example `https://zz.example.gov.cn`) the X.509s it issues
    /// say where its own X.509 and its CRL lie: `<url>/x509/<key>.cer` and `<url>/crl/<key>.crl`.
    ///
    /// # Errors
    /// [`Misuse::Purpose`] for any other key, [`Misuse::NoX509`] while it has none; [`Error::Argument`] when the
    /// address cannot stand in an X.509.
    pub fn new(signer: &'a Signer, public_url: Option<&'a str>) -> Result<Ca<'a>, Error> {
        let is_ca = matches!(signer.purpose(), Purpose::Root | Purpose::Ca);
        demand(signer, is_ca, Purpose::Ca)?;
        let public_url = public_url.map(checked_url).transpose()?;
        let issuer = Issuer::from_ca_cert_der(&signer.x509()?.der().into(), signer)?;
        Ok(Ca {
            signer,
            issuer,
            public_url,
        })
    }

    /// Issues an X.509 for a public key (SubjectPublicKeyInfo in DER). It never outlives the authority's own.
    ///
    /// # Errors
    /// [`Error::X509`] when nothing of the validity is left, or the public key is malformed.
    pub fn issue(
        &self,
        public_key: &[u8],
        subject: &Subject,
        profile: &Profile,
        validity: Validity,
    ) -> Result<X509, Error> {
        let own = self.signer.x509()?;
        let validity = Validity {
            to: validity.to.min(own.not_after()),
            ..validity
        };
        let mut params = params(subject, profile, validity)?;
        params.use_authority_key_identifier_extension = true;
        if let Some(url) = self.public_url {
            let key = self.signer.id();
            let crl = format!("{url}/crl/{key}.crl");
            params.crl_distribution_points = vec![rcgen::CrlDistributionPoint { uris: vec![crl] }];
            params
                .custom_extensions
                .push(ca_issuers(&format!("{url}/x509/{key}.cer")));
        }
        let public_key = SubjectPublicKeyInfo::from_der(public_key)?;
        X509::parse(params.signed_by(&public_key, &self.issuer)?.der().to_vec())
    }
}

/// Addresses stand in X.509s as IA5String: ASCII only.
pub(crate) fn checked_url(url: &str) -> Result<&str, Error> {
    let host = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Ok(url.trim_end_matches('/'))
        }
        _ => Err(Error::argument(
            format!(
                "地址“{url}”不能写入 X.509 证书；须以 https:// 或 http:// 开头且为 ASCII\
                 （中文域名请写作 xn-- 形式）"
            ),
            format!(
                "{url:?} cannot stand in an X.509: it begins with https:// or http:// and is ASCII \
                 (write a Chinese host name in its xn-- form)"
            ),
        )),
    }
}

fn params(
    subject: &Subject,
    profile: &Profile,
    validity: Validity,
) -> Result<rcgen::CertificateParams, Error> {
    if validity.from >= validity.to {
        let Validity { from, to } = validity;
        return Err(Error::X509(Sentence::new(
            format!("截止时间（{to}）早于起始时间（{from}）"),
            format!("it would end ({to}) before it begins ({from})"),
        )));
    }
    let mut params = profile.params()?;
    params.distinguished_name = subject.distinguished_name()?;
    params.serial_number = Some(random_serial()?);
    params.not_before = offset(validity.from)?;
    params.not_after = offset(validity.to)?;
    Ok(params)
}

/// 128 bits, positive, without a leading zero byte; 126 of them random (RFC 5280 §4.1.2.2).
fn random_serial() -> Result<SerialNumber, Error> {
    let mut serial = [0; 16];
    SystemRandom::new()
        .fill(&mut serial)
        .map_err(|_| Error::Crypto("random bytes"))?;
    serial[0] = serial[0] & 0x7f | 0x40;
    Ok(SerialNumber::from_slice(&serial))
}

/// Authority information access with one caIssuers address (RFC 5280 §4.2.2.1). No OCSP until a responder is served.
fn ca_issuers(url: &str) -> CustomExtension {
    const URI: u8 = 0x86;
    let method = tlv(OID, &[b"\x2b\x06\x01\x05\x05\x07\x30\x02"]);
    let access = sequence(&[&method, &tlv(URI, &[url.as_bytes()])]);
    let oid = &[1, 3, 6, 1, 5, 5, 7, 1, 1];
    CustomExtension::from_oid_content(oid, asn1::sequence(&[&access]))
}

fn offset(at: Timestamp) -> Result<OffsetDateTime, Error> {
    OffsetDateTime::from_unix_timestamp(at.as_second()).map_err(|error| Error::x509(&error))
}

fn demand(signer: &Signer, fits: bool, asked: Purpose) -> Result<(), Error> {
    if fits {
        return Ok(());
    }
    Err(Misuse::Purpose {
        key: signer.id().clone(),
        is: signer.purpose(),
        asked,
    }
    .into())
}

#[cfg(test)]
mod tests;
