//! A key for each record, so that erasing the key erases the record wherever its bytes lie.

use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, MAX_TAG_LEN, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::{Vault, random};
use crate::error::{Error, Result};

/// Bytes that sealing adds: the nonce in front, the tag behind.
pub(crate) const OVERHEAD: usize = NONCE_LEN + MAX_TAG_LEN;

/// What a blob of a record holds. It is authenticated, so that one blob never passes for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Holders, face and person references of a certificate.
    Face,
    /// What a plan adds to them: file identifier, printed code, place in the status list.
    PlanInputs,
    /// The bytes of a sealed file.
    File,
    /// The answer to a row of a batch.
    Answer,
    /// A picture that rows will name.
    Image,
    /// A piece of an uploaded body, by its place.
    Upload { piece: u64, last: bool },
}

/// The key of one record, open.
pub(crate) struct DataKey {
    owner: String,
    key: LessSafeKey,
}

/// A data key as the database holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrappedKey {
    /// Version of the key-encryption key.
    pub(crate) version: u32,
    /// Nonce, sealed key, tag.
    pub(crate) bytes: Vec<u8>,
}

impl Vault {
    /// Draws the key of a new record and wraps it under the newest version.
    pub(crate) fn new_key(&self, owner: &str) -> Result<(DataKey, WrappedKey)> {
        let (secret, wrapped) = self.new_secret(owner)?;
        Ok((DataKey::new(owner, &secret)?, wrapped))
    }

    /// Opens the key of a record.
    pub(crate) fn open_key(&self, owner: &str, wrapped: &WrappedKey) -> Result<DataKey> {
        DataKey::new(owner, &self.open_secret(owner, wrapped)?)
    }

    /// Draws a secret of 32 bytes and wraps it under the newest version.
    pub(crate) fn new_secret(&self, owner: &str) -> Result<(Zeroizing<Vec<u8>>, WrappedKey)> {
        let secret = Zeroizing::new(random::<32>()?.to_vec());
        let (version, wrapping) = self.newest_wrapping();
        let bytes = seal(wrapping, owner, b"key", &secret, 0)?;
        Ok((secret, WrappedKey { version, bytes }))
    }

    /// Opens a secret.
    pub(crate) fn open_secret(
        &self,
        owner: &str,
        wrapped: &WrappedKey,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let wrapping = self.wrapping(wrapped.version)?;
        Ok(Zeroizing::new(open(
            wrapping,
            owner,
            b"key",
            wrapped.bytes.clone(),
        )?))
    }
}

impl DataKey {
    fn new(owner: &str, secret: &[u8]) -> Result<Self> {
        let key = UnboundKey::new(&AES_256_GCM, secret).map_err(|_| damaged(owner))?;
        Ok(Self {
            owner: owner.to_owned(),
            key: LessSafeKey::new(key),
        })
    }

    /// Seals a blob of the record: nonce, ciphertext, tag.
    pub(crate) fn seal(&self, content: Content, plain: &[u8]) -> Result<Vec<u8>> {
        self.seal_behind_room(0, content, plain)
    }

    /// The same with so many zero bytes in front, for a header that is written over them.
    pub(crate) fn seal_behind_room(
        &self,
        room: usize,
        content: Content,
        plain: &[u8],
    ) -> Result<Vec<u8>> {
        seal(&self.key, &self.owner, &content.label(), plain, room)
    }

    /// Opens a blob of the record.
    pub(crate) fn open(&self, content: Content, sealed: Vec<u8>) -> Result<Vec<u8>> {
        open(&self.key, &self.owner, &content.label(), sealed)
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({}, ..)", self.owner)
    }
}

impl Content {
    fn label(self) -> Vec<u8> {
        match self {
            Content::Face => b"face".to_vec(),
            Content::PlanInputs => b"plan".to_vec(),
            Content::File => b"file".to_vec(),
            Content::Answer => b"answer".to_vec(),
            Content::Image => b"image".to_vec(),
            Content::Upload { piece, last } => {
                let mut label = b"upload".to_vec();
                label.extend_from_slice(&piece.to_be_bytes());
                label.push(u8::from(last));
                label
            }
        }
    }
}

fn seal(
    key: &LessSafeKey,
    owner: &str,
    label: &[u8],
    plain: &[u8],
    room: usize,
) -> Result<Vec<u8>> {
    let nonce: [u8; NONCE_LEN] = random()?;
    let mut sealed = Vec::with_capacity(room + plain.len() + OVERHEAD);
    sealed.resize(room, 0);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plain);
    let aad = Aad::from(bound(owner, label));
    let tag = key
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            aad,
            &mut sealed[room + NONCE_LEN..],
        )
        .map_err(|_| {
            Error::damaged(
                "内容过大，无法加密",
                format!("the record {owner} is too large to seal"),
            )
        })?;
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

fn open(key: &LessSafeKey, owner: &str, label: &[u8], mut sealed: Vec<u8>) -> Result<Vec<u8>> {
    let nonce = sealed
        .first_chunk::<NONCE_LEN>()
        .ok_or_else(|| damaged(owner))?;
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let aad = Aad::from(bound(owner, label));
    let plain = key
        .open_within(nonce, aad, &mut sealed, NONCE_LEN..)
        .map_err(|_| damaged(owner))?;
    let length = plain.len();
    sealed.truncate(length);
    Ok(sealed)
}

/// Owner and content, told apart by the length of the former.
fn bound(owner: &str, label: &[u8]) -> Vec<u8> {
    let mut bound = Vec::with_capacity(8 + owner.len() + label.len());
    bound.extend_from_slice(&(owner.len() as u64).to_be_bytes());
    bound.extend_from_slice(owner.as_bytes());
    bound.extend_from_slice(label);
    bound
}

fn damaged(owner: &str) -> Error {
    Error::damaged(
        "加密的内容用其密钥打不开",
        format!("a blob of {owner} does not open under its key"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cipher::KeyVersion;

    fn vault(versions: &[u32]) -> Vault {
        let keys: Vec<KeyVersion> = versions
            .iter()
            .map(|v| KeyVersion {
                version: *v,
                secret: [*v as u8; 32],
            })
            .collect();
        Vault::new(&keys, &keys).unwrap()
    }

    #[test]
    fn a_blob_opens_only_as_what_it_is() {
        let vault = vault(&[1]);
        let (key, wrapped) = vault.new_key("A").unwrap();
        let sealed = key.seal(Content::Face, b"face").unwrap();
        assert_eq!(sealed.len(), 4 + OVERHEAD);
        let again = vault.open_key("A", &wrapped).unwrap();
        assert_eq!(again.open(Content::Face, sealed.clone()).unwrap(), b"face");
        assert!(again.open(Content::PlanInputs, sealed.clone()).is_err());
        assert!(vault.open_key("B", &wrapped).is_err());
        let mut flipped = sealed;
        flipped[13] ^= 1;
        assert!(again.open(Content::Face, flipped).is_err());
        assert!(again.open(Content::Face, vec![0; 5]).is_err());
    }

    #[test]
    fn old_versions_open_and_the_newest_wraps() {
        let (_, old) = vault(&[1]).new_key("A").unwrap();
        let both = vault(&[1, 2]);
        both.open_key("A", &old).unwrap();
        assert_eq!(both.new_key("A").unwrap().1.version, 2);
        let Err(Error::KeyMissing(message)) = vault(&[2]).open_key("A", &old) else {
            panic!("opened without its version")
        };
        assert!(message.en.contains("version 1"), "{message}");
    }

    #[test]
    fn pieces_of_an_upload_keep_their_place() {
        let (key, _) = vault(&[1]).new_key("A").unwrap();
        let first = Content::Upload {
            piece: 0,
            last: false,
        };
        let sealed = key.seal(first, b"x").unwrap();
        assert!(
            key.open(
                Content::Upload {
                    piece: 1,
                    last: false
                },
                sealed.clone()
            )
            .is_err()
        );
        assert!(
            key.open(
                Content::Upload {
                    piece: 0,
                    last: true
                },
                sealed
            )
            .is_err()
        );
    }
}
