//! The rules that a CMS signature is held against, one a file, the clause on top.
//!
//! A rule sees one [`Subject`] and remarks or stays silent; it never sees another rule's remark.
//! Under `issued` every byte that no signature covers has one allowed value, so no bit is free.

mod algorithm_identifiers;
mod algorithm_protection;
mod allowed_attributes;
mod attribute_order;
mod content;
mod content_type;
mod digest_algorithms;
mod enclosures;
pub(crate) mod encoding;
pub(crate) mod imprint;
mod message_digest;
pub(crate) mod one_signer;
mod signature;
mod signed_attributes;
pub(crate) mod signing_certificate;
pub(crate) mod tsa_x509;
pub(crate) mod tst_info;
mod unique_attributes;
mod unsigned_attributes;
mod versions;

use super::oid;
use super::signed_data::{Attributes, SignedData, SignerInfo};
use crate::report::{Finding, Rulebook, Severity, SubIndication};
use crate::suites::{Algorithms, Digest};

/// What the signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Over the covered ranges of a PDF, nothing inside.
    Seal {
        /// SubFilter `ETSI.CAdES.detached` (else `adbe.pkcs7.detached`).
        cades: bool,
    },
    /// RFC 3161 token: TSTInfo inside.
    TimeStamp,
}

/// The signer's X.509, as far as a CMS has to agree with it.
#[derive(Clone, Copy)]
pub(crate) struct SignerX509<'a> {
    /// The whole X.509, DER.
    pub(crate) der: &'a [u8],
    /// SubjectPublicKeyInfo, DER.
    pub(crate) spki: &'a [u8],
    /// Issuer Name, DER.
    pub(crate) issuer: &'a [u8],
    /// Content octets of the serial number.
    pub(crate) serial: &'a [u8],
}

/// One SignerInfo with everything its rules may look at.
pub(crate) struct Subject<'a> {
    pub(crate) rulebook: Rulebook,
    pub(crate) role: Role,
    pub(crate) signed: &'a SignedData<'a>,
    pub(crate) signer: &'a SignerInfo<'a>,
    /// The X.509 that the SignerInfo names, when it is at hand.
    pub(crate) x509: Option<SignerX509<'a>>,
    /// The bytes that messageDigest is about, in pieces.
    pub(crate) content: &'a [&'a [u8]],
    pub(crate) algorithms: &'a Algorithms,
}

type Rule = fn(&Subject<'_>) -> Option<Finding>;

const RULES: [Rule; 15] = [
    versions::check,
    content::check,
    digest_algorithms::check,
    algorithm_identifiers::check,
    signed_attributes::check,
    unique_attributes::check,
    attribute_order::check,
    allowed_attributes::check,
    content_type::check,
    message_digest::check,
    signing_certificate::check,
    algorithm_protection::check,
    unsigned_attributes::check,
    enclosures::check,
    signature::check,
];

/// Runs every rule.
pub(crate) fn judge(subject: &Subject<'_>) -> Vec<Finding> {
    RULES.iter().filter_map(|rule| rule(subject)).collect()
}

impl<'a> Subject<'a> {
    /// Signed attributes; that there are none is remarked by [`signed_attributes`] alone.
    fn attributes(&self) -> Option<&'a Attributes<'a>> {
        self.signer.signed_attributes.as_ref()
    }

    fn digest(&self) -> Option<Digest> {
        digest_of(self.signer.digest_algorithm.oid)
    }

    /// Not as the profile wants it: fails what we issued, is remarked on what others made.
    fn deviation(&self, code: &'static str, clause: &'static str, seen: String) -> Finding {
        match self.rulebook {
            Rulebook::Issued => failed(code, SubIndication::FormatFailure, clause, seen),
            Rulebook::Foreign => warning(code, clause, seen),
        }
    }
}

/// The hash behind an object identifier.
pub(crate) fn digest_of(oid: &[u8]) -> Option<Digest> {
    match oid {
        oid::SHA256 => Some(Digest::Sha256),
        oid::SHA384 => Some(Digest::Sha384),
        oid::SHA512 => Some(Digest::Sha512),
        _ => None,
    }
}

/// Hash over the pieces, one after the other.
pub(crate) fn hash(digest: Digest, pieces: &[&[u8]]) -> ring::digest::Digest {
    let algorithm = match digest {
        Digest::Sha256 => &ring::digest::SHA256,
        Digest::Sha384 => &ring::digest::SHA384,
        Digest::Sha512 => &ring::digest::SHA512,
    };
    let mut context = ring::digest::Context::new(algorithm);
    pieces.iter().for_each(|piece| context.update(piece));
    context.finish()
}

pub(crate) fn failed(
    code: &'static str,
    sub_indication: SubIndication,
    clause: &'static str,
    seen: impl Into<String>,
) -> Finding {
    let sub_indication = Some(sub_indication);
    Finding {
        code,
        severity: Severity::Failed,
        sub_indication,
        seen: seen.into(),
        clause,
    }
}

pub(crate) fn indeterminate(
    code: &'static str,
    sub_indication: SubIndication,
    clause: &'static str,
    seen: impl Into<String>,
) -> Finding {
    let sub_indication = Some(sub_indication);
    Finding {
        code,
        severity: Severity::Indeterminate,
        sub_indication,
        seen: seen.into(),
        clause,
    }
}

pub(crate) fn warning(
    code: &'static str,
    clause: &'static str,
    seen: impl Into<String>,
) -> Finding {
    Finding {
        code,
        severity: Severity::Warning,
        sub_indication: None,
        seen: seen.into(),
        clause,
    }
}

#[cfg(test)]
pub(super) mod sample;
