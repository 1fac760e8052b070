//! The keys outside the database: versions that wrap data keys, versions that hash look-ups.

use std::fmt;
use std::sync::Arc;

use ring::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use ring::hmac;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::{Error, Result};

/// One version of a secret, as the caller keeps it outside the database.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct KeyVersion {
    /// Counts up from 1; the highest one is used for what is written from now on.
    pub version: u32,
    /// 32 random bytes.
    pub secret: [u8; 32],
}

impl fmt::Debug for KeyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyVersion({}, ..)", self.version)
    }
}

/// Every live version of the key-encryption key and of the look-up key.
///
/// Losing a version of the former loses every record wrapped under it; losing one of the latter
/// loses only the look-ups hashed under it, which can be made anew.
#[derive(Clone)]
pub struct Vault(Arc<Versions>);

struct Versions {
    wrapping: Vec<(u32, LessSafeKey)>,
    hashing: Vec<(u32, hmac::Key)>,
}

impl Vault {
    /// A vault of the given versions. Refuses an empty list and a version that stands twice.
    pub fn new(wrapping: &[KeyVersion], hashing: &[KeyVersion]) -> Result<Self> {
        let wrapping = newest_first("key-encryption", wrapping)?;
        let hashing = newest_first("look-up", hashing)?;
        let aead = |secret: &[u8; 32]| UnboundKey::new(&AES_256_GCM, secret).map(LessSafeKey::new);
        let wrapping = wrapping
            .into_iter()
            .map(|key| Ok((key.version, aead(&key.secret).map_err(|_| unusable())?)))
            .collect::<Result<_>>()?;
        let hashing = hashing
            .into_iter()
            .map(|key| (key.version, hmac::Key::new(hmac::HMAC_SHA256, &key.secret)))
            .collect();
        Ok(Self(Arc::new(Versions { wrapping, hashing })))
    }

    /// A vault for those who only ask for states: it opens no record and finds nobody.
    ///
    /// # Errors
    /// [`Error::SetUp`] where the system gives no random bytes.
    pub fn blind() -> Result<Self> {
        let key = KeyVersion {
            version: u32::MAX,
            secret: super::random()?,
        };
        Self::new(std::slice::from_ref(&key), std::slice::from_ref(&key))
    }

    /// The version that wraps from now on, with its number.
    pub(super) fn newest_wrapping(&self) -> (u32, &LessSafeKey) {
        let (version, key) = &self.0.wrapping[0];
        (*version, key)
    }

    pub(super) fn wrapping(&self, version: u32) -> Result<&LessSafeKey> {
        find(&self.0.wrapping, version).ok_or_else(|| {
            Error::key_missing(
                format!("缺少第 {version} 版的数据加密主密钥；请恢复它，才能读取用它加密的记录"),
                format!(
                    "version {version} of the key-encryption key is not in the vault; \
                     bring it back to read the records wrapped under it"
                ),
            )
        })
    }

    /// Every live look-up key, the newest first.
    pub(super) fn hashing(&self) -> &[(u32, hmac::Key)] {
        &self.0.hashing
    }

    pub(super) fn hashing_version(&self, version: u32) -> Result<&hmac::Key> {
        find(&self.0.hashing, version).ok_or_else(|| {
            Error::key_missing(
                format!("缺少第 {version} 版的查找密钥；请恢复它，直到索引重新计算完毕"),
                format!(
                    "version {version} of the look-up key is not in the vault; \
                     bring it back until its look-ups are hashed anew"
                ),
            )
        })
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions = |list: Vec<u32>| format!("{list:?}");
        f.debug_struct("Vault")
            .field(
                "wrapping",
                &versions(self.0.wrapping.iter().map(|(v, _)| *v).collect()),
            )
            .field(
                "hashing",
                &versions(self.0.hashing.iter().map(|(v, _)| *v).collect()),
            )
            .finish()
    }
}

fn newest_first<'a>(name: &str, keys: &'a [KeyVersion]) -> Result<Vec<&'a KeyVersion>> {
    let mut keys: Vec<&KeyVersion> = keys.iter().collect();
    keys.sort_by_key(|key| std::cmp::Reverse(key.version));
    let twice = keys
        .windows(2)
        .any(|pair| pair[0].version == pair[1].version);
    if keys.is_empty() || twice {
        return Err(Error::key_missing(
            "密钥保险库中每种密钥至少要有一个，且每个版本只出现一次；请检查保险库文件",
            format!(
                "the vault needs at least one {name} key and each version once; check the vault file"
            ),
        ));
    }
    Ok(keys)
}

fn find<K>(keys: &[(u32, K)], version: u32) -> Option<&K> {
    keys.iter().find(|(v, _)| *v == version).map(|(_, key)| key)
}

fn unusable() -> Error {
    Error::key_missing(
        "数据加密主密钥的长度有误，应为 32 字节",
        "a key-encryption key has the wrong length; it must be 32 bytes",
    )
}
