//! The file of one key.
//!
//! ```text
//! magic and version   12 bytes   "yinxin-key" 00 01
//! header length        4 bytes   big-endian
//! header               JSON      everything public: facts, X.509s, Argon2id parameters and salt
//! header tag          32 bytes   HMAC-SHA-256 over all before, under a subkey of the store
//! nonce               12 bytes
//! sealed key          to the end AES-256-GCM over the PKCS#8, with what must never change as additional data
//! ```
//! Facts are believed because of the tag, so reading them, attaching an X.509 or retiring the key never deciphers the
//! private key. The additional data ties the private key to its name, purpose, suite and public key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::KeyFacts;
use super::lock::{Cost, Master};
use crate::error::Fault;
use crate::{Error, KeyId, Purpose, Suite, X509};

/// What follows a key's name in the name of its file.
pub(super) const SUFFIX: &str = ".key";

const MAGIC: &[u8; 12] = b"yinxin-key\x00\x01";
const TAG_LENGTH: usize = 32;

/// A key file in memory; the private key still sealed.
pub(super) struct Envelope {
    pub(super) facts: KeyFacts,
    nonce: [u8; NONCE_LEN],
    sealed: Vec<u8>,
}

impl Envelope {
    /// Seals a private key (PKCS#8) with its facts.
    pub(super) fn seal(
        facts: KeyFacts,
        pkcs8: &[u8],
        master: &Master,
        random: &SystemRandom,
    ) -> Result<Envelope, Error> {
        let mut nonce = [0; NONCE_LEN];
        random
            .fill(&mut nonce)
            .map_err(|_| Error::Crypto("random bytes"))?;
        let mut sealed = pkcs8.to_vec();
        sealing_key(&facts.id, master)?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(binding(&facts)),
                &mut sealed,
            )
            .map_err(|_| Error::Crypto("sealing a key"))?;
        Ok(Envelope {
            facts,
            nonce,
            sealed,
        })
    }

    /// The private key (PKCS#8), or nothing when the sealed bytes are not those that were written.
    pub(super) fn unseal(&self, master: &Master) -> Option<Zeroizing<Vec<u8>>> {
        let mut opened = Zeroizing::new(self.sealed.clone());
        let length = sealing_key(&self.facts.id, master)
            .ok()?
            .open_in_place(
                Nonce::assume_unique_for_key(self.nonce),
                Aad::from(binding(&self.facts)),
                &mut opened,
            )
            .ok()?
            .len();
        opened.truncate(length);
        Some(opened)
    }

    pub(super) fn encode(&self, master: &Master) -> Result<Vec<u8>, Error> {
        let header = serde_json::to_vec(&Header::from_facts(&self.facts, master))
            .map_err(|_| Error::Crypto("writing a key's header"))?;
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&(header.len() as u32).to_be_bytes());
        out.extend_from_slice(&header);
        let tag = hmac::sign(&header_key(master)?, &out);
        out.extend_from_slice(tag.as_ref());
        out.extend_from_slice(&self.nonce);
        out.extend_from_slice(&self.sealed);
        Ok(out)
    }

    /// Reads a key file; on failure says what is wrong with it.
    pub(super) fn decode(bytes: &[u8], master: &Master) -> Result<Envelope, Fault> {
        let (start, rest) = bytes
            .split_first_chunk::<16>()
            .ok_or(("太短", "it is too short"))?;
        let (magic, length) = start.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err((
                "不是本程序所知版本的密钥文件",
                "not a key file of a version this software knows",
            ));
        }
        let length = length
            .iter()
            .fold(0, |sum, &byte| sum << 8 | usize::from(byte));
        let (header, rest) = rest.split_at_checked(length).ok_or(CUT)?;
        let (tag, rest) = rest.split_at_checked(TAG_LENGTH).ok_or(CUT)?;
        let (nonce, sealed) = rest.split_first_chunk().ok_or(CUT)?;

        let header_key =
            header_key(master).map_err(|_| ("文件头无法校验", "its header cannot be checked"))?;
        hmac::verify(&header_key, &bytes[..start.len() + length], tag).map_err(|_| {
            (
                "文件头被改动，或属于另一个密钥库",
                "its header was altered, or it belongs to another store",
            )
        })?;
        let header: Header = serde_json::from_slice(header).map_err(|_| HEADER)?;
        Ok(Envelope {
            facts: header.into_facts()?,
            nonce: *nonce,
            sealed: sealed.to_vec(),
        })
    }
}

const CUT: Fault = ("不完整", "it is cut short");
const HEADER: Fault = ("文件头有误", "its header is malformed");

/// The public part as it stands in the file. Argon2id parameters and salt repeat those of the store's lock, so that
/// one key file and the passphrase are enough to recover a key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    id: KeyId,
    purpose: Purpose,
    suite: Suite,
    created: Timestamp,
    retired: Option<Timestamp>,
    public_key: String,
    x509: Vec<String>,
    /// Missing in the files of earlier versions.
    #[serde(default)]
    former_x509: Vec<Vec<String>>,
    argon2id: Cost,
    salt: String,
}

impl Header {
    fn from_facts(facts: &KeyFacts, master: &Master) -> Header {
        Header {
            id: facts.id.clone(),
            purpose: facts.purpose,
            suite: facts.suite,
            created: facts.created,
            retired: facts.retired,
            public_key: BASE64.encode(&facts.public_key),
            x509: encode(&facts.chain),
            former_x509: facts.former.iter().map(|chain| encode(chain)).collect(),
            argon2id: master.cost,
            salt: hex::encode(master.salt),
        }
    }

    fn into_facts(self) -> Result<KeyFacts, Fault> {
        let bytes = |text: &String| BASE64.decode(text).map_err(|_| HEADER);
        let parse = |text: &String| {
            X509::parse(bytes(text)?)
                .map_err(|_| ("其中的 X.509 证书有误", "an X.509 in it is malformed"))
        };
        let chain = |texts: &Vec<String>| texts.iter().map(parse).collect::<Result<Vec<_>, _>>();
        Ok(KeyFacts {
            public_key: bytes(&self.public_key)?,
            chain: chain(&self.x509)?,
            former: self
                .former_x509
                .iter()
                .map(chain)
                .collect::<Result<_, _>>()?,
            id: self.id,
            purpose: self.purpose,
            suite: self.suite,
            created: self.created,
            retired: self.retired,
        })
    }
}

fn encode(chain: &[X509]) -> Vec<String> {
    chain.iter().map(|x509| BASE64.encode(x509.der())).collect()
}

fn header_key(master: &Master) -> Result<hmac::Key, Error> {
    Ok(hmac::Key::new(
        hmac::HMAC_SHA256,
        master.subkey("key header")?.as_ref(),
    ))
}

fn sealing_key(id: &KeyId, master: &Master) -> Result<LessSafeKey, Error> {
    let key = master.subkey(&format!("private key {id}"))?;
    let key = UnboundKey::new(&AES_256_GCM, key.as_ref());
    Ok(LessSafeKey::new(
        key.map_err(|_| Error::Crypto("AES-256-GCM"))?,
    ))
}

fn binding(facts: &KeyFacts) -> Vec<u8> {
    let KeyFacts {
        id,
        purpose,
        suite,
        public_key,
        ..
    } = facts;
    let text = format!(
        "{id}\n{purpose}\n{}\n{}",
        suite.as_str(),
        hex::encode(public_key)
    );
    [MAGIC, text.as_bytes()].concat()
}
