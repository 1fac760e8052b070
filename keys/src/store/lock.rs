//! The lock of a store: from passphrase and salt to the master secret, once; from the master to subkeys, often.
//!
//! `keystore.json` holds the Argon2id parameters, the salt, a check that tells a wrong passphrase, and a digest that
//! tells a damaged file, so that a person is never told "wrong passphrase" about a broken disk.

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::Error;
use crate::store::durable;
use crate::x509::sha256;

/// Name of the lock file in the store's folder.
pub(super) const FILE: &str = "keystore.json";

const CHECKED: &[u8] = b"yinxin key store 1";

/// What one guess of the passphrase costs: Argon2id (RFC 9106) with its memory, passes and lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// For every store that matters: 64 MiB, 3 passes (RFC 9106 §4, second choice), about 0.2 s.
    pub const STANDARD: Cost = Cost {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 4,
    };
    /// For tests: no protection at all.
    pub const TEST: Cost = Cost {
        memory_kib: 32,
        passes: 1,
        lanes: 1,
    };

    fn params(self) -> Option<Params> {
        // A damaged file must not make us allocate the whole machine.
        let bounded = self.memory_kib <= 1 << 20 && self.passes <= 64 && self.lanes <= 16;
        bounded.then(|| Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).ok())?
    }
}

/// The unlocked secret of a store.
pub(super) struct Master {
    pub(super) cost: Cost,
    pub(super) salt: [u8; 16],
    secret: Zeroizing<[u8; 32]>,
}

impl Master {
    /// A key of 32 bytes for one use, named by `label`.
    pub(super) fn subkey(&self, label: &str) -> Result<Zeroizing<[u8; 32]>, Error> {
        let mut key = Zeroizing::new([0; 32]);
        Prk::new_less_safe(HKDF_SHA256, self.secret.as_ref())
            .expand(&[label.as_bytes()], Length32)
            .and_then(|okm| okm.fill(key.as_mut()))
            .map_err(|_| Error::Crypto("deriving a key"))?;
        Ok(key)
    }

    fn derive(
        passphrase: &SecretString,
        cost: Cost,
        params: Params,
        salt: [u8; 16],
    ) -> Result<Master, Error> {
        let mut secret = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(
                passphrase.expose_secret().as_bytes(),
                &salt,
                secret.as_mut(),
            )
            .map_err(|_| Error::Crypto("Argon2id"))?;
        Ok(Master { cost, salt, secret })
    }

    fn check_key(&self) -> Result<hmac::Key, Error> {
        Ok(hmac::Key::new(
            hmac::HMAC_SHA256,
            self.subkey("store check")?.as_ref(),
        ))
    }
}

/// Makes the lock of a new store.
pub(super) fn create(
    path: &Path,
    passphrase: &SecretString,
    cost: Cost,
    random: &SystemRandom,
) -> Result<Master, Error> {
    if passphrase.expose_secret().is_empty() {
        return Err(Error::argument(
            "密钥库的口令不能为空",
            "the passphrase of a key store must not be empty",
        ));
    }
    let mut salt = [0; 16];
    random
        .fill(&mut salt)
        .map_err(|_| Error::Crypto("random bytes"))?;
    let params = cost.params().ok_or(Error::Crypto("Argon2id parameters"))?;
    let master = Master::derive(passphrase, cost, params, salt)?;
    let check = hmac::sign(&master.check_key()?, CHECKED);
    let file = LockFile::new(cost, hex::encode(salt), hex::encode(check));
    let text = serde_json::to_vec_pretty(&file).map_err(|_| Error::Crypto("writing the lock"))?;
    durable::write_new(path, &text)?;
    Ok(master)
}

/// Unlocks a store.
pub(super) fn open(path: &Path, passphrase: &SecretString) -> Result<Master, Error> {
    let text = std::fs::read(path).map_err(Error::disk("read", path))?;
    let damaged = |why| move || Error::damaged(path, why);
    let file: LockFile = serde_json::from_slice(&text)
        .map_err(|_| Error::damaged(path, ("不是密钥库的锁文件", "not a key store's lock")))?;
    if file.version != 1 {
        return Err(Error::damaged(
            path,
            (
                "版本不为本程序所知",
                "a version this software does not know",
            ),
        ));
    }
    if file.digest != file.expected_digest() {
        return Err(Error::damaged(
            path,
            ("摘要不符", "its digest does not match"),
        ));
    }
    let salt = <[u8; 16]>::try_from(hex::decode(&file.salt).unwrap_or_default())
        .ok()
        .ok_or_else(damaged(("盐值有误", "its salt is malformed")))?;
    let check = hex::decode(&file.check)
        .ok()
        .ok_or_else(damaged(("校验值有误", "its check is malformed")))?;
    let params = file.argon2id.params().ok_or_else(damaged((
        "Argon2id 参数超出范围",
        "Argon2id parameters out of range",
    )))?;
    let master = Master::derive(passphrase, file.argon2id, params, salt)?;
    hmac::verify(&master.check_key()?, CHECKED, &check).map_err(|_| Error::WrongPassphrase {
        dir: path.parent().unwrap_or(path).to_owned(),
    })?;
    Ok(master)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LockFile {
    version: u32,
    argon2id: Cost,
    salt: String,
    check: String,
    digest: String,
}

impl LockFile {
    fn new(argon2id: Cost, salt: String, check: String) -> LockFile {
        let mut file = LockFile {
            version: 1,
            argon2id,
            salt,
            check,
            digest: String::new(),
        };
        file.digest = file.expected_digest();
        file
    }

    fn expected_digest(&self) -> String {
        let Cost {
            memory_kib,
            passes,
            lanes,
        } = self.argon2id;
        let text = format!("{memory_kib} {passes} {lanes} {} {}", self.salt, self.check);
        hex::encode(sha256(text.as_bytes()))
    }
}

struct Length32;

impl KeyType for Length32 {
    fn len(&self) -> usize {
        32
    }
}
