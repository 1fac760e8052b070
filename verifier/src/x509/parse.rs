//! One X.509 as its bytes say (RFC 5280 §4.1). Nothing in it is believed before a path vouches for it.

use jiff::Timestamp;

use super::der::{self, Malformed, Parsed, Reader, tag};
use super::extensions::Extensions;
use super::name::Name;
use crate::suites::{Algorithms, Digest, Refused, Suite};

/// A well-formed X.509, not yet validated.
#[derive(Clone, Debug)]
pub struct X509 {
    der: Vec<u8>,
    tbs: std::ops::Range<usize>,
    pub(crate) version: u32,
    serial: Vec<u8>,
    issuer: Name,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    subject: Name,
    spki: Vec<u8>,
    pub(crate) extensions: Extensions,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
}

impl PartialEq for X509 {
    fn eq(&self, other: &X509) -> bool {
        self.der == other.der
    }
}

impl Eq for X509 {}

impl X509 {
    /// Reads one certificate in DER, to its last byte.
    pub fn parse(der: &[u8]) -> Result<X509, Malformed> {
        let (tbs, algorithm, signature) = der::sequence(der, |reader| {
            let tbs = reader.element(tag::SEQUENCE)?;
            let algorithm = reader.element(tag::SEQUENCE)?.whole;
            Ok((tbs, algorithm, reader.bit_string_octets()?))
        })?;
        let mut x509 = der::whole(tbs.content, |reader| to_be_signed(reader, algorithm))?;
        x509.tbs = after_header(der, tbs.whole)?;
        x509.der = der.to_vec();
        x509.signature = signature.to_vec();
        Ok(x509)
    }

    /// The encoding it was read from.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Subject; compares as RFC 5280 §7.1 says and shows as RFC 4514.
    pub fn subject(&self) -> &Name {
        &self.subject
    }

    /// Issuer; compares as RFC 5280 §7.1 says and shows as RFC 4514.
    pub fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// Serial number as minimal two's complement octets, the content of the INTEGER.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// First and last instant of its validity, both inclusive.
    pub fn validity(&self) -> (Timestamp, Timestamp) {
        (self.not_before, self.not_after)
    }

    /// SubjectPublicKeyInfo in DER.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Policies that it claims; the special anyPolicy among them. Empty when it claims none.
    pub fn policies(&self) -> &[super::Oid] {
        self.extensions
            .certificate_policies
            .as_deref()
            .unwrap_or_default()
    }

    /// Extended key usages that it claims, and whether the extension is critical.
    pub fn extended_key_usage(&self) -> (&[super::Oid], bool) {
        let usages = self
            .extensions
            .extended_key_usage
            .as_deref()
            .unwrap_or_default();
        (
            usages,
            self.extensions
                .is_critical(super::extensions::id::EXTENDED_KEY_USAGE),
        )
    }

    /// subjectKeyIdentifier, which a CMS SignerInfo may name.
    pub fn subject_key_id(&self) -> Option<&[u8]> {
        self.extensions.subject_key_id.as_deref()
    }

    /// Verifies a signature that this X.509's key made over `message`; see [`Algorithms::verify`].
    pub fn verify(
        &self,
        algorithms: &Algorithms,
        algorithm: &[u8],
        digest: Option<Digest>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<Suite, Refused> {
        algorithms.verify(algorithm, digest, &self.spki, message, signature)
    }

    pub(crate) fn verify_issued(
        &self,
        algorithms: &Algorithms,
        issued: &X509,
    ) -> Result<Suite, Refused> {
        let tbs = issued.der.get(issued.tbs.clone()).unwrap_or_default();
        self.verify(algorithms, &issued.algorithm, None, tbs, &issued.signature)
    }

    /// Subject and issuer are one name (RFC 5280 §6.1, self-issued).
    pub(crate) fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    pub(crate) fn is_ca(&self) -> bool {
        self.extensions
            .basic_constraints
            .as_ref()
            .is_some_and(|constraints| constraints.ca)
    }
}

/// Where `part` lies in `outer` when it is the first element inside.
pub(super) fn after_header(outer: &[u8], part: &[u8]) -> Parsed<std::ops::Range<usize>> {
    let inside = der::whole(outer, |reader| Ok(reader.any()?.content.len()))?;
    let start = outer.len() - inside;
    Ok(start..start + part.len())
}

fn to_be_signed(reader: &mut Reader<'_>, outer_algorithm: &[u8]) -> Parsed<X509> {
    let version = match reader.optional(tag::constructed(0))? {
        None => 1,
        Some(content) => match der::whole(content, |reader| der::small(reader.integer()?))? {
            version @ 1..=2 => version + 1,
            _ => {
                return Err(Malformed(
                    "a version other than 1, 2 and 3, or 1 written out",
                ));
            }
        },
    };
    let serial = reader.integer()?.to_vec();
    if serial.len() > 20 {
        return Err(Malformed("a serial number of more than 20 octets"));
    }
    let algorithm = reader.element(tag::SEQUENCE)?.whole;
    if algorithm != outer_algorithm {
        return Err(Malformed(
            "two different signature algorithms inside and outside",
        ));
    }
    let issuer = Name::read(reader)?;
    let (not_before, not_after) =
        reader.nested(tag::SEQUENCE, |reader| Ok((reader.time()?, reader.time()?)))?;
    let subject = Name::read(reader)?;
    let spki = reader.element(tag::SEQUENCE)?.whole.to_vec();
    let unique_ids = [
        reader.optional(tag::context(1))?,
        reader.optional(tag::context(2))?,
    ];
    if version < 2 && unique_ids.iter().any(Option::is_some) {
        return Err(Malformed("unique identifiers in version 1"));
    }
    let extensions = match reader.optional_nested(tag::constructed(3), Extensions::read)? {
        Some(_) if version < 3 => return Err(Malformed("extensions in a version before 3")),
        extensions => extensions.unwrap_or_default(),
    };
    Ok(X509 {
        der: Vec::new(),
        tbs: 0..0,
        version,
        serial,
        issuer,
        not_before,
        not_after,
        subject,
        spki,
        extensions,
        algorithm: algorithm.to_vec(),
        signature: Vec::new(),
    })
}
