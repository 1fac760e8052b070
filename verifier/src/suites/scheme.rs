//! What an AlgorithmIdentifier and a SubjectPublicKeyInfo say, read strictly, and the suite both make.

use super::{Digest, Refused, Suite};
use crate::x509::Oid;
use crate::x509::der::{self, Malformed, Parsed, Reader, tag};

const NULL: &[u8] = &[tag::NULL, 0];

/// What a signature's AlgorithmIdentifier asks for; the curve stands in the key.
#[derive(Clone, Copy)]
pub(super) enum Scheme {
    Ecdsa(Digest),
    /// `None` for plain rsaEncryption: the hash is named elsewhere.
    Pkcs1(Option<Digest>),
    Pss(Digest),
    Ed25519,
}

impl Scheme {
    pub(super) fn parse(algorithm: &[u8]) -> Result<Scheme, Refused> {
        let algorithm = Identifier::parse(algorithm)?;
        let weak = |name: &str| Err(Refused::TooWeak(name.to_owned()));
        let scheme = match algorithm.oid.content() {
            oid::SHA256_ECDSA => Scheme::Ecdsa(Digest::Sha256),
            oid::SHA384_ECDSA => Scheme::Ecdsa(Digest::Sha384),
            oid::SHA512_ECDSA => Scheme::Ecdsa(Digest::Sha512),
            oid::RSA => Scheme::Pkcs1(None),
            oid::SHA256_RSA => Scheme::Pkcs1(Some(Digest::Sha256)),
            oid::SHA384_RSA => Scheme::Pkcs1(Some(Digest::Sha384)),
            oid::SHA512_RSA => Scheme::Pkcs1(Some(Digest::Sha512)),
            oid::PSS => Scheme::Pss(pss_digest(algorithm.parameters)?),
            oid::ED25519 => Scheme::Ed25519,
            oid::SHA1_RSA => return weak("RSA with SHA-1"),
            oid::MD5_RSA => return weak("RSA with MD5"),
            oid::SHA1_ECDSA => return weak("ECDSA with SHA-1"),
            oid::SHA1_DSA => return weak("DSA with SHA-1"),
            _ => return Err(Refused::Unsupported(format!("algorithm {}", algorithm.oid))),
        };
        match scheme {
            Scheme::Ecdsa(_) | Scheme::Ed25519 => algorithm.without_parameters()?,
            Scheme::Pkcs1(_) => algorithm.null_parameters()?,
            Scheme::Pss(_) => {}
        }
        Ok(scheme)
    }
}

/// RSASSA-PSS-params (RFC 4055 §3.1): one hash throughout and a salt of its length.
///
/// Every default there is SHA-1, so a missing field is SHA-1.
fn pss_digest(parameters: Option<&[u8]>) -> Result<Digest, Refused> {
    let parameters = parameters.ok_or(Malformed("PSS without parameters"))?;
    let (hash, mask, salt, trailer) = der::sequence(parameters, |reader| {
        let mut field = |number| reader.optional(tag::constructed(number));
        Ok((field(0)?, field(1)?, field(2)?, field(3)?))
    })?;
    let (Some(hash), Some(mask)) = (hash, mask) else {
        return Err(Refused::TooWeak("PSS with SHA-1".to_owned()));
    };
    let digest = Digest::parse(hash)?;
    let mask = Identifier::parse(mask)?;
    if mask.oid.content() != oid::MGF1 {
        return Err(Refused::Unsupported(format!("PSS mask {}", mask.oid)));
    }
    let mask_digest = Digest::parse(mask.parameters.ok_or(Malformed("MGF1 without a hash"))?)?;
    if mask_digest != digest {
        return Err(Refused::Unsupported("PSS with two hashes".to_owned()));
    }
    let number = |content| der::whole(content, |reader| der::small(reader.integer()?));
    let salt = salt.map_or(Ok(20), number)?;
    if usize::try_from(salt) != Ok(digest.octets()) {
        return Err(Refused::Unsupported(format!(
            "PSS with a salt of {salt} octets"
        )));
    }
    if trailer.map_or(Ok(1), number)? != 1 {
        return Err(Malformed("a PSS trailer other than 1").into());
    }
    Ok(digest)
}

/// SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), as far as a supported key goes.
pub(super) struct PublicKey<'a> {
    pub(super) kind: KeyKind,
    /// What ring takes: a point, an RSAPublicKey or 32 octets.
    pub(super) octets: &'a [u8],
}

pub(super) enum KeyKind {
    P256,
    P384,
    Rsa {
        bits: usize,
    },
    /// A key that may only sign PSS, perhaps with one hash only.
    RsaPss {
        bits: usize,
        only: Option<Digest>,
    },
    Ed25519,
}

impl<'a> PublicKey<'a> {
    pub(super) fn parse(spki: &'a [u8]) -> Result<PublicKey<'a>, Refused> {
        let (algorithm, octets) = der::sequence(spki, |reader| {
            let algorithm = reader.nested(tag::SEQUENCE, Identifier::read)?;
            Ok((algorithm, reader.bit_string_octets()?))
        })?;
        let kind = match algorithm.oid.content() {
            oid::EC => curve(&algorithm)?,
            oid::RSA => {
                algorithm.null_parameters()?;
                KeyKind::Rsa {
                    bits: modulus_bits(octets)?,
                }
            }
            oid::PSS => KeyKind::RsaPss {
                bits: modulus_bits(octets)?,
                only: algorithm
                    .parameters
                    .map(|some| pss_digest(Some(some)))
                    .transpose()?,
            },
            oid::ED25519 => {
                algorithm.without_parameters()?;
                KeyKind::Ed25519
            }
            _ => return Err(Refused::Unsupported(format!("key type {}", algorithm.oid))),
        };
        Ok(PublicKey { kind, octets })
    }

    pub(super) fn suite(&self, scheme: Scheme, named: Option<Digest>) -> Result<Suite, Refused> {
        let digest = match scheme {
            Scheme::Ecdsa(digest) | Scheme::Pss(digest) | Scheme::Pkcs1(Some(digest)) => digest,
            Scheme::Pkcs1(None) => named.ok_or(Malformed("no hash is named"))?,
            // RFC 8419 §3.1: Ed25519 in CMS goes with SHA-512.
            Scheme::Ed25519 => Digest::Sha512,
        };
        if named.is_some_and(|named| named != digest) {
            return Err(Malformed("two different hashes are named").into());
        }
        use {Digest::*, KeyKind::*};
        Ok(match (&self.kind, scheme, digest) {
            (P256, Scheme::Ecdsa(_), Sha256) => Suite::EcdsaP256Sha256,
            (P256, Scheme::Ecdsa(_), Sha384) => Suite::EcdsaP256Sha384,
            (P384, Scheme::Ecdsa(_), Sha256) => Suite::EcdsaP384Sha256,
            (P384, Scheme::Ecdsa(_), Sha384) => Suite::EcdsaP384Sha384,
            (P256 | P384, Scheme::Ecdsa(_), Sha512) => {
                return Err(Refused::Unsupported("ECDSA with SHA-512".to_owned()));
            }
            (Rsa { .. }, Scheme::Pkcs1(_), Sha256) => Suite::RsaPkcs1Sha256,
            (Rsa { .. }, Scheme::Pkcs1(_), Sha384) => Suite::RsaPkcs1Sha384,
            (Rsa { .. }, Scheme::Pkcs1(_), Sha512) => Suite::RsaPkcs1Sha512,
            (
                RsaPss {
                    only: Some(only), ..
                },
                Scheme::Pss(_),
                _,
            ) if *only != digest => {
                return Err(Malformed("the key is bound to another hash").into());
            }
            (Rsa { .. } | RsaPss { .. }, Scheme::Pss(_), Sha256) => Suite::RsaPssSha256,
            (Rsa { .. } | RsaPss { .. }, Scheme::Pss(_), Sha384) => Suite::RsaPssSha384,
            (Rsa { .. } | RsaPss { .. }, Scheme::Pss(_), Sha512) => Suite::RsaPssSha512,
            (Ed25519, Scheme::Ed25519, _) => Suite::Ed25519,
            _ => return Err(Malformed("the key is of another type than the algorithm").into()),
        })
    }
}

/// Named curves only (RFC 5480 §2.1.1); explicit parameters let a forger choose the generator.
fn curve(algorithm: &Identifier<'_>) -> Result<KeyKind, Refused> {
    let parameters = algorithm
        .parameters
        .ok_or(Malformed("an EC key without a curve"))?;
    if parameters.first() != Some(&tag::OID) {
        return Err(Refused::Unsupported(
            "an EC key with explicit parameters".to_owned(),
        ));
    }
    let named = der::whole(parameters, Reader::oid)?;
    match named.content() {
        oid::P256 => Ok(KeyKind::P256),
        oid::P384 => Ok(KeyKind::P384),
        _ => Err(Refused::Unsupported(format!("curve {named}"))),
    }
}

/// Size of the modulus of an RSAPublicKey (RFC 8017 A.1.1), in bits.
fn modulus_bits(key: &[u8]) -> Parsed<usize> {
    let modulus = der::sequence(key, |reader| {
        let modulus = reader.integer()?;
        reader.integer()?;
        Ok(modulus)
    })?;
    let magnitude = match modulus {
        [0, rest @ ..] => rest,
        [first, ..] if first & 0x80 == 0 => modulus,
        _ => return Err(Malformed("a negative modulus")),
    };
    let zeros = magnitude
        .first()
        .map_or(0, |first| first.leading_zeros() as usize);
    Ok(magnitude.len() * 8 - zeros)
}

impl Digest {
    /// Reads an AlgorithmIdentifier that names a hash; parameters absent or NULL (RFC 5754 §2).
    pub fn parse(algorithm: &[u8]) -> Result<Digest, Refused> {
        let algorithm = Identifier::parse(algorithm)?;
        let digest = match algorithm.oid.content() {
            oid::SHA256 => Digest::Sha256,
            oid::SHA384 => Digest::Sha384,
            oid::SHA512 => Digest::Sha512,
            oid::SHA1 => return Err(Refused::TooWeak("SHA-1".to_owned())),
            oid::MD5 => return Err(Refused::TooWeak("MD5".to_owned())),
            _ => return Err(Refused::Unsupported(format!("digest {}", algorithm.oid))),
        };
        if algorithm.parameters.is_none() || algorithm.parameters == Some(NULL) {
            Ok(digest)
        } else {
            Err(Malformed("a hash with parameters").into())
        }
    }
}

/// AlgorithmIdentifier (RFC 5280 §4.1.1.2); parameters as their whole encoding.
struct Identifier<'a> {
    oid: Oid,
    parameters: Option<&'a [u8]>,
}

impl<'a> Identifier<'a> {
    fn parse(der: &'a [u8]) -> Parsed<Identifier<'a>> {
        der::sequence(der, Self::read)
    }

    fn read(reader: &mut Reader<'a>) -> Parsed<Identifier<'a>> {
        let oid = reader.oid()?;
        let parameters = match reader.is_empty() {
            true => None,
            false => Some(reader.any()?.whole),
        };
        Ok(Identifier { oid, parameters })
    }

    fn without_parameters(&self) -> Parsed<()> {
        match self.parameters {
            None => Ok(()),
            Some(_) => Err(Malformed("parameters where the algorithm has none")),
        }
    }

    fn null_parameters(&self) -> Parsed<()> {
        match self.parameters {
            Some(NULL) => Ok(()),
            _ => Err(Malformed("PKCS #1 parameters other than NULL")),
        }
    }
}

mod oid {
    pub(super) const MD5: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05];
    pub(super) const SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
    pub(super) const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
    pub(super) const SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
    pub(super) const SHA512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
    // PKCS #1 (RFC 8017 appendix C): 1.2.840.113549.1.1.n
    pub(super) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    pub(super) const MD5_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04];
    pub(super) const SHA1_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05];
    pub(super) const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];
    pub(super) const PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
    pub(super) const SHA256_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
    pub(super) const SHA384_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c];
    pub(super) const SHA512_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d];
    // ANSI X9.62 (RFC 5758 §3.2): 1.2.840.10045
    pub(super) const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    pub(super) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    pub(super) const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
    pub(super) const SHA1_ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01];
    pub(super) const SHA256_ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    pub(super) const SHA384_ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
    pub(super) const SHA512_ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04];
    pub(super) const SHA1_DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03];
    pub(super) const ED25519: &[u8] = &[0x2b, 0x65, 0x70]; // RFC 8410 §3
}
