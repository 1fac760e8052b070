//! SignedData (RFC 5652 §5) taken apart, nothing verified.

use super::{oid, strict};
use crate::x509::der::{self, Element, Malformed, Parsed, Reader, tag};

/// AlgorithmIdentifier.
#[derive(Clone, Copy)]
pub(crate) struct Algorithm<'a> {
    pub(crate) oid: &'a [u8],
    pub(crate) parameters: Option<Element<'a>>,
    /// The whole AlgorithmIdentifier as it stands.
    pub(crate) encoded: &'a [u8],
}

/// How a SignerInfo names its X.509 (RFC 5652 §5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignerId<'a> {
    IssuerAndSerial {
        /// Name as it stands (SEQUENCE).
        issuer: &'a [u8],
        /// Content octets of the INTEGER.
        serial: &'a [u8],
    },
    KeyIdentifier(&'a [u8]),
}

/// Attribute: type and values.
#[derive(Clone)]
pub(crate) struct Attribute<'a> {
    pub(crate) oid: &'a [u8],
    pub(crate) values: Vec<Element<'a>>,
    pub(crate) encoded: &'a [u8],
}

/// SignedAttributes or UnsignedAttributes.
#[derive(Clone)]
pub(crate) struct Attributes<'a> {
    /// Content octets of the SET OF.
    content: &'a [u8],
    pub(crate) list: Vec<Attribute<'a>>,
}

/// SignerInfo.
#[derive(Clone)]
pub(crate) struct SignerInfo<'a> {
    pub(crate) version: u32,
    pub(crate) id: SignerId<'a>,
    pub(crate) digest_algorithm: Algorithm<'a>,
    pub(crate) signed_attributes: Option<Attributes<'a>>,
    pub(crate) signature_algorithm: Algorithm<'a>,
    pub(crate) signature: &'a [u8],
    pub(crate) unsigned_attributes: Option<Attributes<'a>>,
}

/// SignedData.
#[derive(Clone)]
pub(crate) struct SignedData<'a> {
    pub(crate) version: u32,
    pub(crate) digest_algorithms: Vec<Algorithm<'a>>,
    pub(crate) content_type: &'a [u8],
    /// Content octets of eContent.
    pub(crate) content: Option<&'a [u8]>,
    /// DER of each X.509 inside, as it stands.
    pub(crate) x509s: Vec<&'a [u8]>,
    /// Attribute certificates and other choices of CertificateChoices.
    pub(crate) other_choices: usize,
    /// Whether the field `crls` is there.
    pub(crate) has_crls: bool,
    pub(crate) signers: Vec<SignerInfo<'a>>,
}

/// Reads a ContentInfo that holds SignedData; nothing may follow it.
pub(crate) fn parse(bytes: &[u8]) -> Parsed<SignedData<'_>> {
    der::sequence(bytes, |info| {
        if info.read(tag::OID)? != oid::SIGNED_DATA {
            return Err(Malformed("a content that is not SignedData"));
        }
        info.nested(tag::constructed(0), |wrapped| {
            wrapped.nested(tag::SEQUENCE, signed_data)
        })
    })
}

fn signed_data<'a>(fields: &mut Reader<'a>) -> Parsed<SignedData<'a>> {
    let version = version(fields)?;
    let digest_algorithms = fields.nested(tag::SET, |set| each(set, algorithm))?;
    let (content_type, content) = fields.nested(tag::SEQUENCE, encapsulated)?;
    let choices = fields.optional_nested(tag::constructed(0), |set| each(set, Reader::any))?;
    let choices = choices.unwrap_or_default();
    let x509s: Vec<_> = choices
        .iter()
        .filter(|choice| choice.tag == tag::SEQUENCE)
        .map(|x509| x509.whole)
        .collect();
    Ok(SignedData {
        version,
        digest_algorithms,
        content_type,
        content,
        other_choices: choices.len() - x509s.len(),
        x509s,
        has_crls: fields.optional(tag::constructed(1))?.is_some(),
        signers: fields.nested(tag::SET, |set| each(set, signer_info))?,
    })
}

type Encapsulated<'a> = (&'a [u8], Option<&'a [u8]>);

fn encapsulated<'a>(fields: &mut Reader<'a>) -> Parsed<Encapsulated<'a>> {
    let content_type = fields.read(tag::OID)?;
    let content = fields.optional_nested(tag::constructed(0), |wrapped| {
        wrapped.read(tag::OCTET_STRING)
    })?;
    Ok((content_type, content))
}

fn signer_info<'a>(set: &mut Reader<'a>) -> Parsed<SignerInfo<'a>> {
    set.nested(tag::SEQUENCE, |fields| {
        Ok(SignerInfo {
            version: version(fields)?,
            id: signer_id(fields)?,
            digest_algorithm: algorithm(fields)?,
            signed_attributes: attributes(fields, 0)?,
            signature_algorithm: algorithm(fields)?,
            signature: fields.read(tag::OCTET_STRING)?,
            unsigned_attributes: attributes(fields, 1)?,
        })
    })
}

fn signer_id<'a>(fields: &mut Reader<'a>) -> Parsed<SignerId<'a>> {
    if let Some(key_identifier) = fields.optional(tag::context(0))? {
        return Ok(SignerId::KeyIdentifier(key_identifier));
    }
    fields.nested(tag::SEQUENCE, |id| {
        Ok(SignerId::IssuerAndSerial {
            issuer: id.element(tag::SEQUENCE)?.whole,
            serial: id.integer()?,
        })
    })
}

/// None is no Attributes (SIZE 1..MAX), but some authorities write the empty set of unsigned ones:
/// the rule on unsigned attributes has its say.
fn attributes<'a>(fields: &mut Reader<'a>, number: u8) -> Parsed<Option<Attributes<'a>>> {
    let Some(content) = fields.optional(tag::constructed(number))? else {
        return Ok(None);
    };
    let list = der::whole(content, |set| each(set, attribute))?;
    Ok(Some(Attributes { content, list }))
}

fn attribute<'a>(set: &mut Reader<'a>) -> Parsed<Attribute<'a>> {
    let element = set.element(tag::SEQUENCE)?;
    let (oid, values) = der::whole(element.content, |fields| {
        Ok((
            fields.read(tag::OID)?,
            fields.nested(tag::SET, |values| each(values, Reader::any))?,
        ))
    })?;
    Ok(Attribute {
        oid,
        values,
        encoded: element.whole,
    })
}

/// AlgorithmIdentifier ::= SEQUENCE { algorithm OID, parameters ANY OPTIONAL }
pub(crate) fn algorithm<'a>(fields: &mut Reader<'a>) -> Parsed<Algorithm<'a>> {
    let element = fields.element(tag::SEQUENCE)?;
    let (oid, parameters) = der::whole(element.content, |fields| {
        let oid = fields.read(tag::OID)?;
        Ok((
            oid,
            if fields.is_empty() {
                None
            } else {
                Some(fields.any()?)
            },
        ))
    })?;
    Ok(Algorithm {
        oid,
        parameters,
        encoded: element.whole,
    })
}

/// Every element to the end, none being allowed too.
fn each<'a, T>(
    set: &mut Reader<'a>,
    mut read: impl FnMut(&mut Reader<'a>) -> Parsed<T>,
) -> Parsed<Vec<T>> {
    let mut values = Vec::new();
    while !set.is_empty() {
        values.push(read(set)?);
    }
    Ok(values)
}

fn version(fields: &mut Reader<'_>) -> Parsed<u32> {
    der::small(fields.read(tag::INTEGER)?)
}

impl<'a> Attributes<'a> {
    /// The only value of the only attribute of that type.
    pub(crate) fn value(&self, oid: &[u8]) -> Option<Element<'a>> {
        let mut of_type = self.list.iter().filter(|attribute| attribute.oid == oid);
        match (of_type.next()?.values.as_slice(), of_type.next()) {
            ([value], None) => Some(*value),
            _ => None,
        }
    }

    /// Whether the attributes stand in the order of DER (X.690 §11.6).
    pub(crate) fn in_der_order(&self) -> bool {
        self.list.is_sorted_by(|a, b| a.encoded <= b.encoded)
    }

    /// The bytes that are signed: the attributes as they stand, under the tag SET OF (RFC 5652 §5.4).
    pub(crate) fn signed_bytes(&self) -> Vec<u8> {
        set_of(self.content)
    }

    /// The same in DER order, for a signer that sorted only what it signed.
    pub(crate) fn signed_bytes_in_order(&self) -> Vec<u8> {
        let mut sorted: Vec<_> = self
            .list
            .iter()
            .map(|attribute| attribute.encoded)
            .collect();
        sorted.sort_unstable();
        set_of(&sorted.concat())
    }
}

fn set_of(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 6);
    strict::put(tag::SET, content, &mut out);
    out
}

impl Algorithm<'_> {
    /// Parameters are absent or NULL (RFC 5754 §2: both are to be accepted).
    pub(crate) fn bare_or_null(&self) -> bool {
        self.parameters
            .is_none_or(|p| p.tag == tag::NULL && p.content.is_empty())
    }
}
