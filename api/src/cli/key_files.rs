//! Private keys in and out of the key store, as encrypted files of other software.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use keys::{KeyId, Purpose};

use crate::clock;
use crate::installation::{Installation, off_the_runtime};
use crate::passphrase;
use crate::problem::Problem;
use crate::use_log::key_use;

/// Takes a private key made elsewhere under the next free name of its purpose.
///
/// # Errors
/// [`Problem::Keys`] says what is wrong with the key.
pub(super) async fn import(
    installation: &Installation,
    file: &Path,
    purpose: &str,
    passphrase_file: Option<&Path>,
) -> Result<KeyId, Problem> {
    let (word, purpose) = match purpose {
        "seal" => ("seal", Purpose::Seal),
        "time-stamp" => ("tsa", Purpose::TimeStamp),
        "tls" => ("tls", Purpose::Tls),
        other => {
            return Err(Problem::Usage {
                zh: format!("--purpose 应为 seal、time-stamp 或 tls，不是 {other}"),
                en: format!("--purpose must be seal, time-stamp or tls, not {other}"),
            });
        }
    };
    let material = fs::read(file).map_err(|source| Problem::unreadable(file, source))?;
    let material = zeroize::Zeroizing::new(material);
    const ENCRYPTED: &[u8] = b"BEGIN ENCRYPTED";
    let encrypted = material.windows(ENCRYPTED.len()).any(|at| at == ENCRYPTED);
    let passphrase = (encrypted || passphrase_file.is_some())
        .then(|| passphrase::ask_for_key(passphrase_file))
        .transpose()?;
    let id = free_name(installation, word)?;
    let keys = &installation.keys;
    keys.import(&id, purpose, &material, passphrase.as_ref(), clock::now())?;
    let detail = format!("purpose={purpose}");
    installation
        .record_key_act("key.imported", &id, detail)
        .await?;
    Ok(id)
}

/// Writes a private key into a new file that only its owner may read. Opening the key is a use like any
/// other: reserved and written down first.
///
/// # Errors
/// [`Problem::Unwritable`] also where the file exists; [`Problem::Keys`].
pub(super) async fn export(
    installation: &Installation,
    id: &KeyId,
    out: &Path,
    passphrase_file: Option<&Path>,
) -> Result<(), Problem> {
    let purpose = installation.keys.facts(id)?.purpose;
    let passphrase = passphrase::ask_for_key(passphrase_file)?;
    let batches = installation.registry.batches();
    let reserved = batches
        .reserve_uses(&key_use(id, purpose), 1, clock::now())
        .await?;
    let (keys, log) = (
        Arc::clone(&installation.keys),
        Arc::clone(&installation.log),
    );
    let key = id.clone();
    let exported = off_the_runtime(move || {
        let reservation = keys::Reservation {
            number: reserved.number,
            uses: reserved.uses,
        };
        keys.export(&key, purpose, &*log, reservation, &passphrase)
    })
    .await;
    let opened = u32::from(exported.is_ok());
    batches.settle_uses(reserved, opened, clock::now()).await?;
    let pem = exported?;
    installation
        .record_key_act("key.exported", id, String::new())
        .await?;
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(out)
        .and_then(|mut file| {
            file.write_all(pem.as_bytes())
                .and_then(|()| file.sync_all())
        })
        .map_err(|source| Problem::unwritable(out, source))
}

/// The first name of a kind that no key bears.
///
/// # Errors
/// [`Problem::Keys`].
pub(super) fn free_name(installation: &Installation, word: &'static str) -> Result<KeyId, Problem> {
    let taken: Vec<KeyId> = installation
        .keys
        .list()?
        .into_iter()
        .map(|key| key.id)
        .collect();
    (1..)
        .map(|number| KeyId::numbered(word, number))
        .find(|id| !taken.contains(id))
        .ok_or_else(|| {
            Problem::usage(
                format!("{word} 密钥的编号已用尽"),
                format!("no number is left for a {word} key"),
            )
        })
}
