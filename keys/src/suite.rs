//! Signature suites and the private keys that sign under them. A suite hashes for itself: it is given messages.

use rcgen::PublicKeyData;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{Error, Sentence};

/// AlgorithmIdentifier of SHA-256 in CMS: parameters absent (RFC 5754 §2).
pub(crate) const SHA256_IDENTIFIER: &[u8] = b"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";

/// A signature algorithm with its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suite {
    /// ECDSA on P-256 with SHA-256; signatures are DER `SEQUENCE { r, s }`.
    #[serde(rename = "ecdsa-p256-sha256")]
    EcdsaP256Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, 2048 or 3072 bits. Keys are imported; they cannot be made here.
    #[serde(rename = "rsa-pkcs1-sha256")]
    RsaPkcs1Sha256,
    /// Ed25519, for the audit's checkpoints.
    #[serde(rename = "ed25519")]
    Ed25519,
}

impl Suite {
    /// The word in key files and in the policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Suite::EcdsaP256Sha256 => "ecdsa-p256-sha256",
            Suite::RsaPkcs1Sha256 => "rsa-pkcs1-sha256",
            Suite::Ed25519 => "ed25519",
        }
    }

    /// DER AlgorithmIdentifier of the signature (RFC 5758 §3.2, RFC 4055 §5, RFC 8410 §3).
    pub fn identifier(self) -> &'static [u8] {
        match self {
            Suite::EcdsaP256Sha256 => b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
            Suite::RsaPkcs1Sha256 => {
                b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"
            }
            Suite::Ed25519 => b"\x30\x05\x06\x03\x2b\x65\x70",
        }
    }

    /// The longest signature of the suite in bytes.
    pub fn longest_signature(self) -> usize {
        match self {
            Suite::EcdsaP256Sha256 => 72,
            Suite::RsaPkcs1Sha256 => 384,
            Suite::Ed25519 => 64,
        }
    }

    fn rcgen(self) -> &'static rcgen::SignatureAlgorithm {
        match self {
            Suite::EcdsaP256Sha256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            Suite::RsaPkcs1Sha256 => &rcgen::PKCS_RSA_SHA256,
            Suite::Ed25519 => &rcgen::PKCS_ED25519,
        }
    }
}

/// An opened private key; ring keeps it and does not wipe it on drop. Lives inside a [`crate::Signer`] only, or for a moment to learn the public key.
pub(crate) enum PrivateKey {
    Ecdsa(EcdsaKeyPair),
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

impl PrivateKey {
    /// Makes a key and gives its PKCS#8.
    pub(crate) fn generate(
        suite: Suite,
        random: &SystemRandom,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let document = match suite {
            Suite::EcdsaP256Sha256 => {
                EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, random)
            }
            Suite::Ed25519 => Ed25519KeyPair::generate_pkcs8(random),
            Suite::RsaPkcs1Sha256 => {
                return Err(Error::argument(
                    "此处不生成 RSA 密钥；请用其他软件生成后导入",
                    "RSA keys cannot be made here: make one with other software and import it",
                ));
            }
        };
        let document = document.map_err(|_| Error::Crypto("making a key"))?;
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }

    /// Reads a PKCS#8 key of the suite; says in words what is wrong with it.
    pub(crate) fn from_pkcs8(
        suite: Suite,
        pkcs8: &[u8],
        random: &SystemRandom,
    ) -> Result<PrivateKey, Sentence> {
        let key = match suite {
            Suite::EcdsaP256Sha256 => {
                let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
                EcdsaKeyPair::from_pkcs8(algorithm, pkcs8, random).map(PrivateKey::Ecdsa)
            }
            Suite::RsaPkcs1Sha256 => {
                RsaKeyPair::from_pkcs8(pkcs8).map(|key| PrivateKey::Rsa(Box::new(key)))
            }
            Suite::Ed25519 => {
                Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).map(PrivateKey::Ed25519)
            }
        };
        key.map_err(|rejected| {
            Sentence::new(
                format!("密钥的内容不成立（{rejected}）；请重新生成"),
                rejected.to_string(),
            )
        })
    }

    pub(crate) fn sign(&self, message: &[u8], random: &SystemRandom) -> Result<Vec<u8>, Error> {
        let failed = |_| Error::Crypto("signing");
        match self {
            PrivateKey::Ecdsa(key) => key
                .sign(random, message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(failed),
            PrivateKey::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, random, message, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
            PrivateKey::Ed25519(key) => Ok(key.sign(message).as_ref().to_vec()),
        }
    }

    fn suite(&self) -> Suite {
        match self {
            PrivateKey::Ecdsa(_) => Suite::EcdsaP256Sha256,
            PrivateKey::Rsa(_) => Suite::RsaPkcs1Sha256,
            PrivateKey::Ed25519(_) => Suite::Ed25519,
        }
    }
}

/// The public half, as rcgen wants to see it; `subject_public_key_info()` gives the SPKI in DER.
impl PublicKeyData for PrivateKey {
    fn der_bytes(&self) -> &[u8] {
        match self {
            PrivateKey::Ecdsa(key) => key.public_key().as_ref(),
            PrivateKey::Rsa(key) => key.public_key().as_ref(),
            PrivateKey::Ed25519(key) => key.public_key().as_ref(),
        }
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.suite().rcgen()
    }
}
