//! One CMS signature opened: encoding, structure, its X.509, its rules.

use crate::budget::{PUBLIC_KEY_WORK, Resource};
use crate::cms::oid;
use crate::cms::rules::{
    Role, SignerX509, Subject, encoding, failed, indeterminate, judge, one_signer,
};
use crate::cms::signed_data::{self, SignedData, SignerId, SignerInfo};
use crate::report::{Finding, Rulebook, SubIndication};
use crate::x509::X509;
use crate::x509::der::{self, Parsed, tag};

use super::Context;

/// What messageDigest is about.
#[derive(Clone, Copy)]
pub(super) enum Covered<'a> {
    /// Bytes outside the CMS, in pieces.
    Ranges(&'a [&'a [u8]]),
    /// eContent.
    Inside,
}

/// A signature whose rules have run; its chain has not been looked at.
pub(super) struct Opened {
    pub(super) findings: Vec<Finding>,
    /// The X.509 that the SignerInfo names, when it is enclosed and readable.
    pub(super) signer: Option<X509>,
    /// The other enclosed X.509s that can be read, for building chains.
    pub(super) offered: Vec<X509>,
    /// DER of every enclosed X.509.
    pub(super) enclosed: Vec<Vec<u8>>,
    /// The signature value, which a signature time-stamp stamps.
    pub(super) signature: Vec<u8>,
    /// Tokens in the unsigned attributes.
    pub(super) tokens: Vec<Vec<u8>>,
    /// eContent.
    pub(super) content: Option<Vec<u8>>,
}

/// Opens `bytes`; the error is the one finding that ends it.
pub(super) fn open(
    bytes: &[u8],
    role: Role,
    covered: Covered<'_>,
    context: &mut Context<'_, '_>,
) -> Result<Opened, Finding> {
    let read = PUBLIC_KEY_WORK + bytes.len() as u64;
    context.meter.spend(Resource::Work, read)?;
    let (der, remark) = encoding::check(bytes, context.rulebook)?;
    let signed = signed_data::parse(&der).map_err(malformed)?;
    let signer = one_signer::check(&signed)?;
    let inside = [signed.content.unwrap_or_default()];
    let content = match covered {
        Covered::Ranges(ranges) => ranges,
        Covered::Inside => &inside,
    };
    let hashed: usize = content.iter().map(|piece| piece.len()).sum();
    context.meter.spend(Resource::Work, hashed as u64)?;
    let mut findings: Vec<_> = remark.into_iter().collect();
    let named = named_by(signer, &signed);
    let x509 = match named.map(X509::parse) {
        Some(Ok(x509)) => Some(x509),
        unusable => {
            findings.push(no_x509(context.rulebook, unusable.and_then(Result::err)));
            None
        }
    };
    let subject = Subject {
        rulebook: context.rulebook,
        role,
        signed: &signed,
        signer,
        x509: named
            .zip(x509.as_ref())
            .and_then(|(der, x509)| signer_x509(der, x509)),
        content,
        algorithms: &context.trust.algorithms,
    };
    findings.extend(judge(&subject));
    let others = signed.x509s.iter().filter(|der| Some(**der) != named);
    Ok(Opened {
        findings,
        signer: x509,
        offered: others.filter_map(|der| X509::parse(der).ok()).collect(),
        enclosed: signed.x509s.iter().map(|der| der.to_vec()).collect(),
        signature: signer.signature.to_vec(),
        tokens: tokens(signer),
        content: signed.content.map(<[u8]>::to_vec),
    })
}

fn malformed(what: der::Malformed) -> Finding {
    failed(
        "cms.malformed",
        SubIndication::FormatFailure,
        "RFC 5652 5",
        what.0,
    )
}

fn tokens(signer: &SignerInfo<'_>) -> Vec<Vec<u8>> {
    let attributes = signer
        .unsigned_attributes
        .iter()
        .flat_map(|attributes| &attributes.list);
    attributes
        .filter(|attribute| attribute.oid == oid::SIGNATURE_TIME_STAMP)
        .flat_map(|attribute| attribute.values.iter().map(|value| value.whole.to_vec()))
        .collect()
}

/// The enclosed X.509 that the SignerInfo names, byte for byte.
pub(super) fn named_by<'a>(signer: &SignerInfo<'a>, signed: &SignedData<'a>) -> Option<&'a [u8]> {
    signed.x509s.iter().copied().find(|der| match signer.id {
        SignerId::IssuerAndSerial { issuer, serial } => {
            issuer_and_serial(der).is_ok_and(|of| of == (issuer, serial))
        }
        SignerId::KeyIdentifier(wanted) => {
            X509::parse(der).is_ok_and(|x509| x509.subject_key_id() == Some(wanted))
        }
    })
}

/// Issuer and serial of an X.509 as they stand: names that only compare equal are not enough,
/// for nobody signs the SignerInfo's own.
pub(super) fn issuer_and_serial(x509: &[u8]) -> Parsed<(&[u8], &[u8])> {
    der::sequence(x509, |fields| {
        let tbs = fields.read(tag::SEQUENCE)?;
        fields.any()?;
        fields.any()?;
        let mut found = None;
        der::whole(tbs, |tbs| {
            tbs.optional(tag::constructed(0))?;
            let serial = tbs.integer()?;
            tbs.any()?;
            found = Some((tbs.element(tag::SEQUENCE)?.whole, serial));
            while !tbs.is_empty() {
                tbs.any()?;
            }
            Ok(())
        })?;
        found.ok_or(der::Malformed("an X.509 without an issuer"))
    })
}

fn signer_x509<'a>(der: &'a [u8], x509: &'a X509) -> Option<SignerX509<'a>> {
    let (issuer, serial) = issuer_and_serial(der).ok()?;
    Some(SignerX509 {
        der,
        spki: x509.spki(),
        issuer,
        serial,
    })
}

fn no_x509(rulebook: Rulebook, malformed: Option<der::Malformed>) -> Finding {
    let clause = "ETSI EN 319 102-1 5.2.3";
    let seen = match malformed {
        Some(what) => format!("the signer's X.509 cannot be read: {what}"),
        None => "the signer's X.509 is not enclosed".to_owned(),
    };
    match rulebook {
        Rulebook::Issued => failed(
            "cms.signer_x509",
            SubIndication::FormatFailure,
            clause,
            seen,
        ),
        Rulebook::Foreign => indeterminate(
            "cms.signer_x509",
            SubIndication::NoSigningCertificateFound,
            clause,
            seen,
        ),
    }
}
