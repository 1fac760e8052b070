//! One installation, opened: settings, registry, keys, and the log that binds them.
//!
//! Owns the wiring and nothing else; commands borrow from it.

use std::sync::Arc;

use keys::ca::Crl;
use keys::{Cost, FileKeyStore, KeyId, Lifetimes, Names};
use registry::audit::Entry;
use registry::batches::Addresses;
use registry::files::{LocalDisk, SpoolLimits};
use registry::units::{Actor, Unit};
use registry::{Database, KeyVersion, Options, Registry, Vault, crash};
use secrecy::SecretString;

use crate::authorities::replace;
use crate::clock;
use crate::folder::DataFolder;
use crate::founding::Founding;
use crate::operator;
use crate::problem::Problem;
use crate::settings::Settings;
use crate::use_log::RegistryUseLog;

/// An opened installation that may write.
pub(crate) struct Installation {
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
    /// Makes a new installation: keys, CAs, seal X.509, database, the centre and its first operator, policy. Cut off
    /// at any moment, the same call makes it anew.
    ///
    /// # Errors
    /// When the folder or the database holds one already, or disk, database or names refuse.
    pub(crate) async fn create(
        folder: DataFolder,
        settings: Settings,
        centre: Unit,
        founder: &Actor,
        operator: &str,
        passphrase: &SecretString,
    ) -> Result<Self, Problem> {
        let mut founding = Founding::begin(&folder)?;
        crash::point("init_begun");
        let made = FileKeyStore::create(&folder.keys(), passphrase, Cost::STANDARD);
        let wired = match made {
            Ok(keys) => Self::wire(folder, settings, keys).await,
            Err(error) => Err(error.into()),
        };
        let claimed = match wired {
            Ok(made) => {
                let (registry, settings) = (&made.registry, &made.settings);
                let claimed = founding.claim(registry, settings, &centre.code).await;
                claimed.map(|()| made)
            }
            Err(problem) => Err(problem),
        };
        crash::point("init_claimed");
        // Until here nothing stands anywhere else: a slip, such as an empty passphrase, leaves no trace.
        let made = match claimed {
            Ok(made) => made,
            Err(problem) => {
                founding.give_up();
                return Err(problem);
            }
        };
        let units = made.registry.units();
        units.register(centre, founder, clock::now()).await?;
        crash::point("init_centre_registered");
        made.establish().await?;
        crash::point("init_established");
        operator::first(&made, operator, founder).await?;
        founding.finish()?;
        crash::point("init_finished");
        Ok(made)
    }

    /// Opens an installation for writing.
    ///
    /// # Errors
    /// When there is none, the passphrase is wrong, or another process writes to it.
    pub(crate) async fn open(
        folder: DataFolder,
        passphrase: &SecretString,
    ) -> Result<Self, Problem> {
        let settings = Settings::of_installation(&folder)?;
        let keys = FileKeyStore::open(&folder.keys(), passphrase)?;
        Self::wire(folder, settings, keys).await
    }

    async fn wire(
        folder: DataFolder,
        settings: Settings,
        keys: FileKeyStore,
    ) -> Result<Self, Problem> {
        crash::point("keys_opened");
        let options = Options {
            folder: folder.path().to_owned(),
            database: database(&settings),
            holder: "yinxin".to_owned(),
            vault: vault(&keys)?,
            disk: Arc::new(LocalDisk),
            spool: SpoolLimits::default(),
            addresses: Addresses {
                public: settings.public_url.clone(),
                status: settings.status_url.clone(),
            },
        };
        let registry = Registry::open(options, clock::now()).await?;
        crash::point("registry_opened");
        let log = Arc::new(RegistryUseLog::new(registry.clone()));
        Ok(Self {
            folder,
            settings,
            registry,
            keys: Arc::new(keys),
            log,
        })
    }

    async fn establish(&self) -> Result<(), Problem> {
        let names = Names {
            centre: self.settings.centre_name.clone(),
            seal: self.settings.centre_name.clone(),
            hosts: hosts(&self.settings.public_url),
        };
        let public_url = self.settings.public_url.clone();
        let (keys, log) = (Arc::clone(&self.keys), Arc::clone(&self.log));
        let established = off_the_runtime(move || {
            let (lifetimes, now) = (Lifetimes::default(), clock::now());
            keys::establish(&keys, &names, &lifetimes, Some(&public_url), now, &*log)
        })
        .await?;
        self.publish(&established.crls)
    }

    /// Numbers what this process committed, for those who follow, and closes the database, so that
    /// nothing of this process is left in its log.
    pub(crate) async fn close(self) {
        // What cannot be written now counts as spent in full at the next start.
        let _ = self.registry.batches().settle_closed(clock::now()).await;
        // What cannot be numbered now is numbered by the next process; nothing is lost by it.
        let _ = self.registry.feed().number(clock::now()).await;
        self.registry.close().await;
    }

    /// Puts what an operator did to a key on record; who knows the passphrase acts for the centre.
    ///
    /// # Errors
    /// [`Problem::Registry`]: then the act is done and not on record; doing it again mends that.
    pub(crate) async fn record_key_act(
        &self,
        kind: &str,
        key: &KeyId,
        detail: String,
    ) -> Result<(), Problem> {
        let entry = Entry {
            at: clock::now().as_millisecond(),
            kind: kind.to_owned(),
            object: key.to_string(),
            actor: format!("operator@{}", self.settings.centre),
            detail,
        };
        self.registry.audit().record(entry, ()).await?.into_answer();
        Ok(())
    }

    /// Writes what verifiers need: policy, anchors, CRLs.
    ///
    /// # Errors
    /// [`Problem::Unwritable`].
    pub(crate) fn publish(&self, crls: &[Crl]) -> Result<(), Problem> {
        let files = keys::policy_files(&self.keys, crls, clock::now())?;
        replace(&self.folder.policy(), files.policy_toml.as_bytes())?;
        replace(&self.folder.anchors(), files.anchors_pem.as_bytes())?;
        replace(&self.folder.crl(), files.crl_pem.as_bytes())
    }
}

/// Key work waits for the log, which waits for the database: it runs on a thread of its own.
///
/// # Errors
/// Those of the work.
pub(crate) async fn off_the_runtime<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Into<Problem> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome.map_err(Into::into),
        Err(broken) => std::panic::resume_unwind(broken.into_panic()),
    }
}

/// The keys of records and look-ups follow from the passphrase of the key store.
fn vault(keys: &FileKeyStore) -> Result<Vault, Problem> {
    let version = |label: &str| -> Result<KeyVersion, Problem> {
        Ok(KeyVersion {
            version: 1,
            secret: *keys.derived_secret(label)?,
        })
    };
    Ok(Vault::new(
        &[version("registry records 1")?],
        &[version("registry look-ups 1")?],
    )?)
}

/// Where the registry of these settings lies.
pub(crate) fn database(settings: &Settings) -> Database {
    match settings.database.as_str() {
        "embedded" => Database::Embedded,
        url => Database::Postgres(url.to_owned()),
    }
}

/// Under which names the service is reached by TLS: its public one, and this machine itself.
fn hosts(public_url: &str) -> Vec<String> {
    let mut hosts = vec![host(public_url).to_owned()];
    for own in ["localhost", "127.0.0.1"] {
        if hosts[0] != own {
            hosts.push(own.to_owned());
        }
    }
    hosts
}

/// The host of an address that the settings have checked.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}
