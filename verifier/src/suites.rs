//! Signature suites: which algorithms count, and the check of one signature (design §7).
//!
//! Holds no key and makes no signature. `x509`, `cms` and the time-stamp rules call it; whether a
//! key may be used for a purpose is theirs to say.

use ring::signature as ring_algorithms;
use ring::signature::VerificationAlgorithm;

use self::scheme::{KeyKind, PublicKey, Scheme};
use crate::report::SubIndication;
use crate::x509::Malformed;

mod scheme;

/// A hash function that a suite may use. SHA-1 and MD5 are not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Digest {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// A signature algorithm together with its hash and, for ECDSA, its curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names say it
pub enum Suite {
    EcdsaP256Sha256,
    EcdsaP256Sha384,
    EcdsaP384Sha256,
    EcdsaP384Sha384,
    RsaPkcs1Sha256,
    RsaPkcs1Sha384,
    RsaPkcs1Sha512,
    RsaPssSha256,
    RsaPssSha384,
    RsaPssSha512,
    Ed25519,
}

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// An algorithm, curve or parameter that this verifier does not know or the policy leaves out.
    #[error("{0} is not on the list of allowed algorithms")]
    Unsupported(String),
    /// A known algorithm or key size that no longer holds.
    #[error("{0} is too weak to rely on")]
    TooWeak(String),
    /// The algorithm identifier or the key is not what its type demands.
    #[error("broken algorithm identifier or key: {0}")]
    Malformed(#[from] Malformed),
    /// The signature was computed and does not fit.
    #[error("the signature does not fit the signed bytes and the key")]
    BadSignature,
}

impl Refused {
    /// The sub-indication of ETSI EN 319 102-1 for a signature refused so.
    pub fn sub_indication(&self) -> SubIndication {
        match self {
            Refused::Unsupported(_) | Refused::TooWeak(_) => {
                SubIndication::CryptoConstraintsFailureNoPoe
            }
            Refused::Malformed(_) => SubIndication::FormatFailure,
            Refused::BadSignature => SubIndication::SigCryptoFailure,
        }
    }
}

/// The algorithms that a policy allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Algorithms {
    allowed: Vec<Suite>,
    min_rsa_bits: usize,
}

/// A policy names an algorithm that this verifier does not have, or too small a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAlgorithms {
    /// No suite has this name.
    #[error("no signature algorithm is called {0:?}; known are {known}", known = names())]
    UnknownName(String),
    /// `min_rsa_bits` outside 2048–8192.
    #[error("min_rsa_bits must lie between 2048 and 8192, not at {0}")]
    RsaBits(usize),
}

const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

impl Default for Algorithms {
    /// Every suite there is, RSA from 2048 bits.
    fn default() -> Self {
        Algorithms {
            allowed: Suite::ALL.to_vec(),
            min_rsa_bits: *RSA_BITS.start(),
        }
    }
}

impl Algorithms {
    /// Reads the `[algorithms]` table of a policy: suite names and the least RSA size in bits.
    pub fn from_names<'n>(
        names: impl IntoIterator<Item = &'n str>,
        min_rsa_bits: usize,
    ) -> Result<Algorithms, BadAlgorithms> {
        if !RSA_BITS.contains(&min_rsa_bits) {
            return Err(BadAlgorithms::RsaBits(min_rsa_bits));
        }
        let suite = |name: &str| {
            let found = Suite::ALL.into_iter().find(|suite| suite.name() == name);
            found.ok_or_else(|| BadAlgorithms::UnknownName(name.to_owned()))
        };
        let allowed = names.into_iter().map(suite).collect::<Result<_, _>>()?;
        Ok(Algorithms {
            allowed,
            min_rsa_bits,
        })
    }

    /// Verifies one signature.
    ///
    /// `algorithm` and `spki` are DER: an AlgorithmIdentifier and a SubjectPublicKeyInfo. `digest`
    /// is the hash that a CMS SignerInfo names apart; where `algorithm` names one too they must
    /// agree, and plain `rsaEncryption` (RFC 3370 §3.2) needs it.
    pub fn verify(
        &self,
        algorithm: &[u8],
        digest: Option<Digest>,
        spki: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<Suite, Refused> {
        let key = PublicKey::parse(spki)?;
        let suite = key.suite(Scheme::parse(algorithm)?, digest)?;
        self.admit_size(&key)?;
        if !self.allowed.contains(&suite) {
            return Err(Refused::Unsupported(suite.name().to_owned()));
        }
        ring_algorithms::UnparsedPublicKey::new(suite.ring(), key.octets)
            .verify(message, signature)
            .map_err(|_| Refused::BadSignature)?;
        Ok(suite)
    }

    /// Whether a key of this kind and size may count at all, whatever it signs.
    pub(crate) fn admits_key(&self, spki: &[u8]) -> Result<(), Refused> {
        self.admit_size(&PublicKey::parse(spki)?)
    }

    fn admit_size(&self, key: &PublicKey<'_>) -> Result<(), Refused> {
        if let KeyKind::Rsa { bits } | KeyKind::RsaPss { bits, .. } = key.kind {
            if bits < self.min_rsa_bits {
                return Err(Refused::TooWeak(format!("RSA with {bits} bits")));
            }
            if bits > *RSA_BITS.end() {
                return Err(Refused::Unsupported(format!("RSA with {bits} bits")));
            }
        }
        Ok(())
    }
}

impl Suite {
    /// Every suite, strongest claim first within a family.
    pub const ALL: [Suite; 11] = [
        Suite::EcdsaP256Sha256,
        Suite::EcdsaP256Sha384,
        Suite::EcdsaP384Sha256,
        Suite::EcdsaP384Sha384,
        Suite::RsaPkcs1Sha256,
        Suite::RsaPkcs1Sha384,
        Suite::RsaPkcs1Sha512,
        Suite::RsaPssSha256,
        Suite::RsaPssSha384,
        Suite::RsaPssSha512,
        Suite::Ed25519,
    ];

    /// Name in policy files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Suite::EcdsaP256Sha256 => "ecdsa-p256-sha256",
            Suite::EcdsaP256Sha384 => "ecdsa-p256-sha384",
            Suite::EcdsaP384Sha256 => "ecdsa-p384-sha256",
            Suite::EcdsaP384Sha384 => "ecdsa-p384-sha384",
            Suite::RsaPkcs1Sha256 => "rsa-pkcs1-sha256",
            Suite::RsaPkcs1Sha384 => "rsa-pkcs1-sha384",
            Suite::RsaPkcs1Sha512 => "rsa-pkcs1-sha512",
            Suite::RsaPssSha256 => "rsa-pss-sha256",
            Suite::RsaPssSha384 => "rsa-pss-sha384",
            Suite::RsaPssSha512 => "rsa-pss-sha512",
            Suite::Ed25519 => "ed25519",
        }
    }

    fn ring(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Suite::EcdsaP256Sha256 => &ring_algorithms::ECDSA_P256_SHA256_ASN1,
            Suite::EcdsaP256Sha384 => &ring_algorithms::ECDSA_P256_SHA384_ASN1,
            Suite::EcdsaP384Sha256 => &ring_algorithms::ECDSA_P384_SHA256_ASN1,
            Suite::EcdsaP384Sha384 => &ring_algorithms::ECDSA_P384_SHA384_ASN1,
            Suite::RsaPkcs1Sha256 => &ring_algorithms::RSA_PKCS1_2048_8192_SHA256,
            Suite::RsaPkcs1Sha384 => &ring_algorithms::RSA_PKCS1_2048_8192_SHA384,
            Suite::RsaPkcs1Sha512 => &ring_algorithms::RSA_PKCS1_2048_8192_SHA512,
            Suite::RsaPssSha256 => &ring_algorithms::RSA_PSS_2048_8192_SHA256,
            Suite::RsaPssSha384 => &ring_algorithms::RSA_PSS_2048_8192_SHA384,
            Suite::RsaPssSha512 => &ring_algorithms::RSA_PSS_2048_8192_SHA512,
            Suite::Ed25519 => &ring_algorithms::ED25519,
        }
    }
}

fn names() -> String {
    Suite::ALL.map(Suite::name).join(", ")
}

impl Digest {
    /// Length of the output in octets.
    pub const fn octets(self) -> usize {
        match self {
            Digest::Sha256 => 32,
            Digest::Sha384 => 48,
            Digest::Sha512 => 64,
        }
    }
}

#[cfg(test)]
mod tests;
