//! One installation, opened: settings, registry, keys, and the log that binds them.
//!
//! Owns the wiring and nothing else; commands borrow from it.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use keys::{Cost, FileKeyStore, Lifetimes, Names, PolicyFiles, Purpose};
use registry::{Database, Options, Registry, Vault};
use secrecy::{ExposeSecret, SecretString};

use crate::clock;
use crate::folder::DataFolder;
use crate::problem::Problem;
use crate::settings::Settings;
use crate::use_log::RegistryUseLog;

/// An opened installation that may write.
pub struct Installation {
    /// Where it lies.
    pub folder: DataFolder,
    /// How it is set.
    pub settings: Settings,
    /// What is on record.
    pub registry: Registry,
    /// Its keys, unlocked.
    pub keys: Arc<FileKeyStore>,
    /// The log of key uses, over the registry.
    pub log: Arc<RegistryUseLog>,
}

impl Installation {
    /// Makes a new installation: keys, CAs, seal X.509, database, policy.
    ///
    /// # Errors
    /// When the folder holds one already, or the disk, the database or the names refuse.
    pub async fn create(
        folder: DataFolder,
        settings: Settings,
        passphrase: &SecretString,
    ) -> Result<Self, Problem> {
        if folder.settings().exists() {
            return Err(Problem::already_there(folder.path()));
        }
        fs::create_dir_all(folder.path())
            .map_err(|source| Problem::unwritable(folder.path(), source))?;
        let keys = FileKeyStore::create(&folder.keys(), passphrase, Cost::STANDARD)?;
        let installation = Self::wire(folder, settings, keys).await?;
        installation.establish().await?;
        // Written last: an installation without settings is none.
        installation.settings.write(&installation.folder.settings())?;
        Ok(installation)
    }

    /// Opens an installation for writing.
    ///
    /// # Errors
    /// When there is none, the passphrase is wrong, or another process writes to it.
    pub async fn open(folder: DataFolder, passphrase: &SecretString) -> Result<Self, Problem> {
        let settings = Settings::of_installation(&folder)?;
        let keys = FileKeyStore::open(&folder.keys(), passphrase)?;
        Self::wire(folder, settings, keys).await
    }

    async fn wire(
        folder: DataFolder,
        settings: Settings,
        keys: FileKeyStore,
    ) -> Result<Self, Problem> {
        let registry = Registry::open(
            Options {
                folder: folder.path().to_owned(),
                database: database(&settings),
                holder: "yinxin".to_owned(),
                vault: vault(&keys)?,
            },
            clock::now(),
        )
        .await?;
        let log = Arc::new(RegistryUseLog::new(registry.clone()));
        Ok(Self { folder, settings, registry, keys: Arc::new(keys), log })
    }

    async fn establish(&self) -> Result<(), Problem> {
        let names = Names {
            centre: self.settings.centre.clone(),
            seal: self.settings.centre.clone(),
            hosts: vec![host(&self.settings.public_url)],
        };
        let (keys, log) = (self.keys.clone(), self.log.clone());
        let public_url = self.settings.public_url.clone();
        let established = off_the_runtime(move || {
            let now = clock::now();
            keys::establish(&keys, &names, &Lifetimes::default(), Some(&public_url), now, &*log)
        })
        .await?;
        self.publish(&established.crls)
    }

    /// Writes what verifiers need: policy, anchors, CRLs.
    pub fn publish(&self, crls: &[keys::ca::Crl]) -> Result<(), Problem> {
        let PolicyFiles { policy_toml, anchors_pem, crl_pem } =
            keys::policy_files(&self.keys, crls, clock::now())?;
        put(&self.folder.policy(), &policy_toml)?;
        put(&self.folder.anchors(), &anchors_pem)?;
        put(&self.folder.crl(), &crl_pem)
    }
}

/// Key work blocks on the log, which blocks on the database: it has a thread of its own.
pub async fn off_the_runtime<T: Send + 'static, E: Into<Problem> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome.map_err(Into::into),
        Err(broken) => std::panic::resume_unwind(broken.into_panic()),
    }
}
