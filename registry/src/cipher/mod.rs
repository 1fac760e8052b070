//! Data keys and keyed hashes: what the registry stores about people is sealed under a key of its
//! own record, and found again by hashes under a key that is not in the database.
//! It signs nothing; seal keys live in `keys`. Called by the rooms of this crate.

mod data_key;
mod lookup;
mod status_index;
mod vault;

pub(crate) use data_key::{Content, DataKey, OVERHEAD, WrappedKey};
pub(crate) use lookup::{Hash, Subject};
pub(crate) use status_index::scatter;
pub use vault::{KeyVersion, Vault};

use ring::rand::{SecureRandom, SystemRandom};

use crate::error::{Error, Result};

/// Fills an array from the system's generator.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| {
        Error::set_up(
            "系统没有给出随机数；请检查 /dev/urandom",
            "the system gave no random bytes; check /dev/urandom",
        )
    })?;
    Ok(bytes)
}
