//! CRLs of our own authorities (RFC 5280 §5): complete, one an authority.

use jiff::Timestamp;
use rcgen::{CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SerialNumber};
use x509_parser::prelude::{CertificateRevocationList, FromDer};

use super::outside::blocks;
use super::{Ca, Validity, offset};
use crate::x509::pem;
use crate::{Error, Sentence, X509};

/// What goes into a CRL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlRequest<'a> {
    /// Its number; each CRL of an authority has a higher one.
    pub number: u64,
    /// When it is made.
    pub this_update: Timestamp,
    /// By when the next one is out.
    pub next_update: Timestamp,
    /// All X.509s of the authority that are revoked, also those of earlier CRLs.
    pub revoked: &'a [Revoked],
}

/// A revoked X.509.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// Its serial number, big-endian, as [`crate::X509::serial`] gives it.
    pub serial: Vec<u8>,
    /// Since when it is revoked.
    pub since: Timestamp,
    /// Why.
    pub reason: RevocationReason,
}

/// Why an X.509 was revoked (RFC 5280 §5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationReason {
    /// keyCompromise: whatever bears no earlier proof of time is in doubt.
    KeyCompromise,
    /// cACompromise.
    CaCompromise,
    /// affiliationChanged.
    AffiliationChanged,
    /// superseded: a newer X.509 took its place.
    Superseded,
    /// cessationOfOperation.
    CessationOfOperation,
}

/// A signed CRL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crl {
    der: Vec<u8>,
}

impl Crl {
    /// Takes the DER of a CRL as it was kept; not parsed.
    pub fn from_der(der: Vec<u8>) -> Crl {
        Crl { der }
    }

    /// The CRL in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// `-----BEGIN X509 CRL-----`.
    pub fn pem(&self) -> String {
        pem("X509 CRL", &self.der)
    }
}

/// From when to when a CRL counts.
///
/// # Errors
/// [`Error::X509`] when it does not read, or says no end.
pub fn period(crl: &Crl) -> Result<Validity, Error> {
    let unreadable = |why: &str| {
        Error::X509(Sentence::new(
            format!("CRL 无法读取：{why}"),
            format!("the CRL does not read: {why}"),
        ))
    };
    let (_, parsed) = CertificateRevocationList::from_der(crl.der())
        .map_err(|error| unreadable(&error.to_string()))?;
    let seconds = |at: i64| Timestamp::from_second(at).map_err(|e| unreadable(&e.to_string()));
    let end = parsed
        .next_update()
        .ok_or_else(|| unreadable("it says no end"))?;
    Ok(Validity {
        from: seconds(parsed.last_update().timestamp())?,
        to: seconds(end.timestamp())?,
    })
}

/// The CRLs of a PEM file.
///
/// # Errors
/// [`Error::OutsideCa`] when it is no PEM.
pub fn crls_in(pem: &str) -> Result<Vec<Crl>, Error> {
    let ders = blocks(pem, "X509 CRL")?;
    Ok(ders.into_iter().map(Crl::from_der).collect())
}

/// The CRL of an authority among several.
pub fn crl_of<'c>(authority: &X509, crls: &'c [Crl]) -> Option<&'c Crl> {
    let (_, own) = x509_parser::parse_x509_certificate(authority.der()).ok()?;
    crls.iter().find(|crl| {
        CertificateRevocationList::from_der(crl.der()).is_ok_and(|(_, parsed)| {
            parsed.issuer().as_raw() == own.subject().as_raw()
                && parsed.verify_signature(own.public_key()).is_ok()
        })
    })
}

impl Ca<'_> {
    /// Signs a CRL.
    ///
    /// # Errors
    /// [`Error::X509`] when the next update is not after this one.
    pub fn crl(&self, request: &CrlRequest<'_>) -> Result<Crl, Error> {
        let revoked = request
            .revoked
            .iter()
            .map(revoked_params)
            .collect::<Result<_, _>>()?;
        let params = CertificateRevocationListParams {
            this_update: offset(request.this_update)?,
            next_update: offset(request.next_update)?,
            crl_number: SerialNumber::from(request.number),
            issuing_distribution_point: None,
            revoked_certs: revoked,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(Crl {
            der: params.signed_by(&self.issuer)?.der().to_vec(),
        })
    }
}

fn revoked_params(revoked: &Revoked) -> Result<RevokedCertParams, Error> {
    Ok(RevokedCertParams {
        serial_number: SerialNumber::from_slice(&revoked.serial),
        revocation_time: offset(revoked.since)?,
        reason_code: Some(match revoked.reason {
            RevocationReason::KeyCompromise => rcgen::RevocationReason::KeyCompromise,
            RevocationReason::CaCompromise => rcgen::RevocationReason::CaCompromise,
            RevocationReason::AffiliationChanged => rcgen::RevocationReason::AffiliationChanged,
            RevocationReason::Superseded => rcgen::RevocationReason::Superseded,
            RevocationReason::CessationOfOperation => rcgen::RevocationReason::CessationOfOperation,
        }),
        invalidity_date: None,
    })
}
