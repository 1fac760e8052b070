//! `yinxin keys …`: keys, their X.509s, CRLs.

use std::fs;
use std::sync::Arc;

use jiff::Timestamp;
use keys::ca::Subject;
use keys::{FileKeyStore, KeyFacts, KeyId, Lifetimes, Purpose, Suite};
use serde_json::json;

use super::args::Keys;
use super::{key_files, open};
use crate::authorities::RevokedFile;
use crate::clock;
use crate::folder::DataFolder;
use crate::installation::{Installation, off_the_runtime};
use crate::passphrase;
use crate::problem::Problem;
use crate::say::Say;
use crate::settings::Settings;
use crate::use_log::key_use;

pub(super) async fn run(command: Keys, say: Say) -> Result<(), Problem> {
    match command {
        Keys::List { folder } => {
            let data = DataFolder::at(&folder.data);
            Settings::of_installation(&data)?;
            let passphrase = passphrase::ask(folder.passphrase_file.as_deref(), &data)?;
            let keys = FileKeyStore::open(&data.keys(), &passphrase)?.list()?;
            let revoked = RevokedFile::read(&data.revoked())?;
            keys.iter().try_for_each(|key| {
                let x509 = key.x509().ok();
                tell(key, x509.and_then(|x509| revoked.since(x509, &keys)), say)
            })
        }
        Keys::Rotate { folder } => {
            let installation = open(&folder).await?;
            let made = rotate(&installation).await?;
            installation.close().await;
            say.line(
                format!(
                    "新的印章密钥 {made}；原密钥所签文件仍然有效。其中没有时间戳的(B-B)须凭登记核验(--data 或服务)：单凭 policy.toml 无法判定其签章时间"
                ),
                format!(
                    "the new seal key is {made}; files of the old one stay good. Those without a time-stamp (B-B) are \
                     verified by the record (--data, or the service): policy.toml alone cannot tell when they were sealed"
                ),
            );
            Ok(())
        }
        Keys::Csr { folder, name, out } => {
            let installation = open(&folder).await?;
            let (key, csr) = request(&installation, &name).await?;
            installation.close().await;
            fs::write(&out, csr).map_err(|source| Problem::unwritable(&out, source))?;
            say.line(
                format!("密钥 {key} 的证书请求写入 {}", out.display()),
                format!("the request for key {key} is in {}", out.display()),
            );
            Ok(())
        }
        Keys::Import { folder, key, file } => {
            let key = key_id(&key)?;
            let pem = fs::read_to_string(&file).map_err(|e| Problem::unreadable(&file, e))?;
            let installation = open(&folder).await?;
            let facts =
                keys::ca::import_answer(&installation.keys, &key, pem.as_bytes(), clock::now())?;
            let x509 = format!("x509={}", hex::encode(facts.x509()?.sha256()));
            installation
                .record_key_act("key.x509_imported", &key, x509)
                .await?;
            installation.issue_crls().await?;
            installation.close().await;
            say.line(
                format!("{key} 的证书已导入，策略文件已更新"),
                format!("took the X.509 of {key}; the policy names it now"),
            );
            Ok(())
        }
        Keys::ImportKey {
            folder,
            file,
            purpose,
            key_passphrase_file,
        } => {
            let installation = open(&folder).await?;
            let passphrase = key_passphrase_file.as_deref();
            let made = key_files::import(&installation, &file, &purpose, passphrase).await;
            installation.close().await;
            let id = made?;
            say.line(
                format!("私钥已存为 {id}；请用 yinxin keys import --key {id} 导入其证书"),
                format!("the key is {id} now; take its X.509 with `yinxin keys import --key {id}`"),
            );
            Ok(())
        }
        Keys::Export {
            folder,
            key,
            out,
            key_passphrase_file,
        } => {
            let key = key_id(&key)?;
            let installation = open(&folder).await?;
            let passphrase = key_passphrase_file.as_deref();
            let done = key_files::export(&installation, &key, &out, passphrase).await;
            installation.close().await;
            done?;
            say.line(
                format!("{key} 的私钥已加密写入 {}", out.display()),
                format!(
                    "the private key of {key} is in {}, encrypted",
                    out.display()
                ),
            );
            Ok(())
        }
        Keys::Revoke {
            folder,
            key,
            reason,
            yes,
        } => {
            let key = key_id(&key)?;
            let installation = open(&folder).await?;
            let revoked = installation.revoke_x509(&key, reason, yes).await;
            installation.close().await;
            let since = revoked?;
            say.line(
                format!("{key} 的证书自 {since} 起吊销，密钥已停用，CRL 已更新"),
                format!("the X.509 of {key} is revoked since {since}, and the CRLs say so; it seals no more"),
            );
            Ok(())
        }
        Keys::Crl { folder, add } => {
            let installation = open(&folder).await?;
            for file in &add {
                installation.add_outside_crls(file)?;
            }
            installation.issue_crls().await?;
            let path = installation.folder.crl();
            installation.close().await;
            say.line(
                format!("CRL 已更新：{}", path.display()),
                format!("the CRLs are new: {}", path.display()),
            );
            Ok(())
        }
    }
}

fn tell(key: &KeyFacts, revoked: Option<Timestamp>, say: Say) -> Result<(), Problem> {
    let ends = key.x509().ok().map(|x509| x509.not_after().to_string());
    let value = json!({
        "key": key.id.to_string(), "purpose": key.purpose.to_string(),
        "created": key.created, "retired": key.retired, "revoked": revoked, "x509_ends": ends,
    });
    say.answer(&value, |language| {
        let none = language.pick("尚无证书", "no X.509 yet");
        let state = match (revoked, key.retired) {
            (Some(_), _) => language.pick("已吊销", "revoked"),
            (None, Some(_)) => language.pick("已停用", "retired"),
            (None, None) => language.pick("在用", "in use"),
        };
        format!(
            "{:<12} {:<10} {state}  {}",
            key.id.as_str(),
            key.purpose.to_string(),
            ends.as_deref().unwrap_or(none)
        )
    })
}

async fn rotate(installation: &Installation) -> Result<KeyId, Problem> {
    let centre = installation.settings.centre_name.clone();
    let public_url = installation.settings.public_url.clone();
    let authority = KeyId::numbered("seal-ca", 1);
    let all = installation.keys.list()?;
    let own = installation.keys.facts(&authority)?;
    if let Some(since) = installation.revoked()?.since(own.x509()?, &all) {
        return Err(Problem::Usage {
            zh: format!(
                "{authority} 已于 {since} 吊销，不再颁发证书；请用 yinxin keys csr 向外部 CA 申请"
            ),
            en: format!(
                "{authority} is revoked since {since} and issues no more; ask an outside CA with `yinxin keys csr`"
            ),
        });
    }
    let (keys, log) = (
        Arc::clone(&installation.keys),
        Arc::clone(&installation.log),
    );
    let made = off_the_runtime(move || {
        let subject = Subject::new(&centre, &centre)?;
        let days = Lifetimes::default().seal;
        keys::rotate_seal(
            &keys,
            &authority,
            subject,
            days,
            Some(&public_url),
            clock::now(),
            &*log,
        )
    })
    .await?;
    let x509 = format!("x509={}", hex::encode(made.x509()?.sha256()));
    installation
        .record_key_act("key.rotated", &made.id, x509)
        .await?;
    installation.issue_crls().await?;
    Ok(made.id)
}

/// A new seal key and a request for its X.509. The signature under the request is a use of the key like
/// any other: reserved and written down first.
async fn request(installation: &Installation, name: &str) -> Result<(KeyId, String), Problem> {
    let subject = Subject::new(&installation.settings.centre_name, name)?;
    let keys = Arc::clone(&installation.keys);
    let id = key_files::free_name(installation, "seal")?;
    keys.generate(&id, Purpose::Seal, Suite::EcdsaP256Sha256, clock::now())?;
    let batches = installation.registry.batches();
    let reserved = batches
        .reserve_uses(&key_use(&id, Purpose::Seal), 1, clock::now())
        .await?;
    let (log, key) = (Arc::clone(&installation.log), id.clone());
    let csr = off_the_runtime(move || {
        let reservation = keys::Reservation {
            number: reserved.number,
            uses: reserved.uses,
        };
        let signer = keys.signer(&key, Purpose::Seal, &*log, reservation)?;
        keys::ca::request(&signer, &subject)
    })
    .await?;
    batches.settle_uses(reserved, 1, clock::now()).await?;
    installation
        .record_key_act("key.requested", &id, String::new())
        .await?;
    Ok((id, csr))
}

fn key_id(text: &str) -> Result<KeyId, Problem> {
    text.parse().map_err(|error: keys::Error| {
        Problem::usage(
            format!("--key 有误：{}", error.zh()),
            format!("--key is not right: {error}"),
        )
    })
}
