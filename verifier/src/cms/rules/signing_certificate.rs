//! RFC 5035 §3, §4, ETSI EN 319 122-1 §5.2.2: signing-certificate-v2 names the signer's X.509 first.
//!
//! The v1 attribute (RFC 2634 §5.4, SHA-1) is remarked on under `foreign` and refused under `issued`;
//! none at all is for `adbe.pkcs7.detached` only. A time-stamp may bear either (RFC 5816 §2.2.1).

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::cms::oid;
use crate::cms::rules::{Role, Subject, digest_of, failed, hash};
use crate::cms::signed_data::{SignerInfo, algorithm};
use crate::report::{Finding, Rulebook, SubIndication};
use crate::suites::Digest;
use crate::x509::der::{self, Element, Malformed, Parsed, Reader, tag};

const CODE: &str = "attribute.signing_certificate";
const CLAUSE: &str = "RFC 5035 3, 4; ETSI EN 319 122-1 5.2.2";

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let attributes = subject.attributes()?;
    let v2 = attributes.value(oid::SIGNING_CERTIFICATE_V2);
    let v1 = attributes.value(oid::SIGNING_CERTIFICATE);
    match (v2, v1) {
        (None, None) => missing(subject),
        (None, Some(_)) if subject.rulebook == Rulebook::Issued && is_seal(subject) => {
            Some(subject.deviation(CODE, CLAUSE, "the X.509 is named by SHA-1 only".to_owned()))
        }
        (v2, v1) => mismatch(subject, v2, v1).or_else(|| {
            let old = v2.is_none() && is_seal(subject);
            let seen = || "the X.509 is named by the attribute of version 1 (SHA-1)".to_owned();
            old.then(|| subject.deviation("attribute.signing_certificate_v1", CLAUSE, seen()))
        }),
    }
}

/// SHA-256 by which a SignerInfo names its X.509, when it does so.
pub(crate) fn named_sha256<'a>(signer: &SignerInfo<'a>) -> Option<&'a [u8]> {
    let value = signer
        .signed_attributes
        .as_ref()?
        .value(oid::SIGNING_CERTIFICATE_V2)?;
    let first = first_id(value, esscertid_v2).ok()?;
    (first.digest == Some(Digest::Sha256)).then_some(first.hash)
}

fn is_seal(subject: &Subject<'_>) -> bool {
    matches!(subject.role, Role::Seal { .. })
}

fn missing(subject: &Subject<'_>) -> Option<Finding> {
    if subject.role == (Role::Seal { cades: false }) && subject.rulebook == Rulebook::Foreign {
        return None;
    }
    let seen = "no signed attribute names the signer's X.509";
    Some(failed(
        "attribute.signing_certificate_missing",
        SubIndication::FormatFailure,
        CLAUSE,
        seen,
    ))
}

/// Whichever attributes are there must name the signer's X.509.
fn mismatch(
    subject: &Subject<'_>,
    v2: Option<Element<'_>>,
    v1: Option<Element<'_>>,
) -> Option<Finding> {
    let x509 = subject.x509?;
    let fail = |seen: &str| Some(failed(CODE, SubIndication::SigCryptoFailure, CLAUSE, seen));
    let versions: [(_, ReadId); 2] = [(v2, esscertid_v2), (v1, esscertid_v1)];
    for (value, read) in versions {
        let Some(value) = value else { continue };
        let Ok(id) = first_id(value, read) else {
            return fail("the attribute that names the X.509 is malformed");
        };
        let same = match (id.digest, id.sha1) {
            (Some(algorithm), _) => hash(algorithm, &[x509.der]).as_ref() == id.hash,
            (None, true) => digest(&SHA1_FOR_LEGACY_USE_ONLY, x509.der).as_ref() == id.hash,
            (None, false) => return fail("the X.509 is named by a hash that is not allowed"),
        };
        let same_issuer = id
            .issuer_serial
            .is_none_or(|(issuer, serial)| issuer == x509.issuer && serial == x509.serial);
        if !same || !same_issuer {
            return fail("the signed attributes name another X.509 than the signer's");
        }
    }
    None
}

/// ESSCertID or ESSCertIDv2.
struct Id<'a> {
    digest: Option<Digest>,
    sha1: bool,
    hash: &'a [u8],
    issuer_serial: Option<(&'a [u8], &'a [u8])>,
}

type ReadId = for<'a> fn(&mut Reader<'a>) -> Parsed<Id<'a>>;

/// The first ID of SigningCertificate(V2): the signer's own.
fn first_id<'a>(value: Element<'a>, read: ReadId) -> Parsed<Id<'a>> {
    der::sequence(value.whole, |fields| {
        let first = der::whole(fields.read(tag::SEQUENCE)?, |ids| {
            let first = ids.nested(tag::SEQUENCE, read)?;
            while !ids.is_empty() {
                ids.element(tag::SEQUENCE)?;
            }
            Ok(first)
        })?;
        fields.optional(tag::SEQUENCE)?;
        Ok(first)
    })
}

fn esscertid_v2<'a>(fields: &mut Reader<'a>) -> Parsed<Id<'a>> {
    let algorithm = if fields.peek() == Some(tag::SEQUENCE) {
        Some(algorithm(fields)?)
    } else {
        None
    };
    let name = algorithm.map_or(oid::SHA256, |algorithm| algorithm.oid);
    let hash = fields.read(tag::OCTET_STRING)?;
    let issuer_serial = fields.optional_nested(tag::SEQUENCE, issuer_serial)?;
    Ok(Id {
        digest: digest_of(name),
        sha1: name == oid::SHA1,
        hash,
        issuer_serial,
    })
}

fn esscertid_v1<'a>(fields: &mut Reader<'a>) -> Parsed<Id<'a>> {
    let hash = fields.read(tag::OCTET_STRING)?;
    let issuer_serial = fields.optional_nested(tag::SEQUENCE, issuer_serial)?;
    Ok(Id {
        digest: None,
        sha1: true,
        hash,
        issuer_serial,
    })
}

/// IssuerSerial: GeneralNames with one directoryName, and the serial number.
fn issuer_serial<'a>(fields: &mut Reader<'a>) -> Parsed<(&'a [u8], &'a [u8])> {
    let issuer = fields.nested(tag::SEQUENCE, |names| {
        names.nested(tag::constructed(4), |name| {
            Ok(name.element(tag::SEQUENCE)?.whole)
        })
    })?;
    let serial = fields.integer()?;
    if issuer.is_empty() {
        Err(Malformed("an issuer without a name"))
    } else {
        Ok((issuer, serial))
    }
}

#[cfg(test)]
mod tests {
    use crate::cms::oid;
    use crate::cms::rules::sample::{
        Edit, attribute, foreign, issued, signing_certificate_v1, token,
    };

    const CODE: Option<&str> = Some("attribute.signing_certificate");
    const MISSING: Option<&str> = Some("attribute.signing_certificate_missing");
    const V1: Option<&str> = Some("attribute.signing_certificate_v1");

    fn check(edit: Edit, [in_issued, in_foreign, in_token]: [Option<&str>; 3]) {
        assert_eq!(issued(super::check, edit), in_issued, "issued");
        assert_eq!(foreign(super::check, edit), in_foreign, "foreign");
        assert_eq!(token(super::check, edit), in_token, "token");
    }

    #[test]
    fn names_the_signer() {
        check(|_| (), [None; 3]);
        check(|cms| cms.remove(oid::SIGNING_CERTIFICATE_V2), [MISSING; 3]);
        let other: Edit = |cms| {
            cms.remove(oid::SIGNING_CERTIFICATE_V2);
            let id = [b"\x30\x26\x30\x24\x30\x22\x04\x20".as_slice(), &[7; 32]].concat();
            cms.attributes
                .push(attribute(oid::SIGNING_CERTIFICATE_V2, &[&id]));
        };
        check(other, [CODE; 3]);
    }

    #[test]
    fn version_1_is_old() {
        let old: Edit = |cms| {
            cms.remove(oid::SIGNING_CERTIFICATE_V2);
            cms.attributes.push(signing_certificate_v1());
        };
        check(old, [CODE, V1, None]);
    }
}
