//! What is on record: units, types, certificates, batches, audit; a folder a noun.
//! It decides who may issue what and keeps every file and fact; it lays out no page and opens no key.
//! Called by `signer`, which drives a batch, and by `api`, which wires everything.

pub mod audit;
pub mod batches;
pub mod certificates;
mod cipher;
pub mod crash;
mod edition;
mod error;
pub mod feed;
pub mod files;
pub mod grants;
mod ids;
pub mod persons;
pub mod rows;
mod store;
pub mod types;
pub mod units;

#[cfg(any(test, feature = "testing"))]
#[allow(
    clippy::expect_used,
    reason = "a harness stops at what it does not expect"
)]
pub mod testing;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

pub use cipher::{KeyVersion, Vault};
pub use edition::{Edition, Expected};
pub use error::{Error, Result, Sentence, is_full};
pub use ids::Id;
pub use store::Database;

use audit::{Audit, Journal, Recorder};
use batches::{Addresses, Batches, Confirmable};
use certificates::Certificates;
use feed::Feed;
use files::{Disk, LocalDisk, Segments, Spool, SpoolLimits};
use grants::Grants;
use persons::Persons;
use store::{Dialect, FolderLock, Store};
use types::Types;
use units::Units;

/// What a registry needs to open.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data folder: the embedded database, segments, spool, and the lock file.
    pub folder: PathBuf,
    /// Where the rows live.
    pub database: Database,
    /// What the lock file says about this process, such as `yinxin serve`.
    pub holder: String,
    /// The keys that are kept outside the database.
    pub vault: Vault,
    /// The file system of segments and spool; [`files::LocalDisk`] but for tests.
    pub disk: Arc<dyn Disk>,
    /// How much the spool takes.
    pub spool: SpoolLimits,
    /// The addresses that are printed in files.
    pub addresses: Addresses,
}

/// The registry: a cheap handle that hands out its rooms.
#[derive(Debug, Clone)]
pub struct Registry {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    journal: Journal,
    recorder: Recorder,
    /// Names this process in leases and segments.
    process: String,
    vault: Vault,
    segments: Mutex<Segments>,
    spool: Spool,
    confirmable: Confirmable,
    addresses: Addresses,
    /// On the embedded database: this process alone writes to the folder.
    lock: Option<FolderLock>,
}

impl Registry {
    /// Opens the registry for writing. On the embedded database one process owns the folder;
    /// a second one is refused with [`Error::FolderInUse`].
    pub async fn open(options: Options, now: Timestamp) -> Result<Self> {
        std::fs::create_dir_all(&options.folder)
            .map_err(|e| Error::disk("create", &options.folder, e))?;
        let lock = match options.database {
            Database::Embedded => Some(FolderLock::take(&options.folder, &options.holder)?),
            Database::Postgres(_) => None,
        };
        let store = Store::open(&options.folder, &options.database, now).await?;
        // Segments are never appended to by a second process, so each process names its own.
        let process = hex::encode(cipher::random::<6>()?);
        // The folder lock makes the embedded log one chain over all processes.
        let writer = match store.dialect() {
            Dialect::Sqlite => "main".to_owned(),
            Dialect::Postgres => process.clone(),
        };
        let segments = options.folder.join("segments");
        let segments = Segments::open(Arc::clone(&options.disk), segments, &process)?;
        let body_folder = options.folder.join("spool");
        let spool = Spool::open(
            options.disk,
            body_folder,
            options.vault.clone(),
            options.spool,
        )?;
        let inner = Inner {
            journal: Journal::new(writer, store.dialect()),
            recorder: Recorder::default(),
            process,
            store,
            vault: options.vault,
            segments: Mutex::new(segments),
            spool,
            confirmable: Confirmable::default(),
            addresses: options.addresses,
            lock,
        };
        let registry = Self {
            inner: Arc::new(inner),
        };
        if registry.inner.lock.is_some() {
            registry.batches().remove_forgotten_bodies().await?;
            registry.batches().forget_images(now).await?;
            registry.batches().settle_abandoned(now).await?;
        }
        Ok(registry)
    }

    /// Opens the registry for reading alone, without its keys, beside whoever writes to it: states and
    /// digests can be asked, nothing that a record says about people. Every write fails.
    ///
    /// # Errors
    /// [`Error::Database`] where there is no registry yet.
    pub async fn open_to_read(folder: &Path, database: &Database) -> Result<Self> {
        let (disk, vault): (Arc<dyn Disk>, _) = (Arc::new(LocalDisk), Vault::blind()?);
        let store = Store::open_to_read(folder, database).await?;
        let process = "a reader".to_owned();
        let segments = Segments::open(Arc::clone(&disk), folder.join("segments"), &process)?;
        let spool = Spool::open(
            disk,
            folder.join("spool"),
            vault.clone(),
            SpoolLimits::default(),
        )?;
        let inner = Inner {
            journal: Journal::new(process.clone(), store.dialect()),
            recorder: Recorder::default(),
            process,
            store,
            vault,
            segments: Mutex::new(segments),
            spool,
            confirmable: Confirmable::default(),
            addresses: Addresses {
                public: String::new(),
                status: String::new(),
            },
            lock: None,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Whether anything but units and the use of keys stands on record: a person, a right, a type, a job
    /// or a certificate.
    pub async fn is_in_use(&self) -> Result<bool> {
        store::records::any(&mut *self.store().reader().await?).await
    }

    /// Whether records can be read: one read, as cheap as there is.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn reach(&self) -> Result<()> {
        store::records::reachable(&mut *self.store().reader().await?).await
    }

    /// Jobs and their rows, plans and files.
    pub fn batches(&self) -> Batches<'_> {
        Batches::new(self)
    }

    /// What was done, by whom.
    pub fn audit(&self) -> Audit<'_> {
        Audit::new(self)
    }

    /// Units, their rights and successions.
    pub fn units(&self) -> Units<'_> {
        Units::new(self)
    }

    /// Persons under units, and their keys.
    pub fn persons(&self) -> Persons<'_> {
        Persons::new(self)
    }

    /// What a call may learn.
    pub fn grants(&self) -> Grants {
        Grants
    }

    /// Types and service items.
    pub fn types(&self) -> Types<'_> {
        Types::new(self)
    }

    /// Certificates: finding them, their states, decisions about them.
    pub fn certificates(&self) -> Certificates<'_> {
        Certificates::new(self)
    }

    /// What befell certificates, for those who follow.
    pub fn feed(&self) -> Feed<'_> {
        Feed::new(self)
    }

    /// Closes the database connections, so that nothing of this process is left in its log.
    pub async fn close(self) {
        self.inner.store.close().await;
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.inner.journal
    }

    pub(crate) fn recorder(&self) -> &Recorder {
        &self.inner.recorder
    }

    pub(crate) fn spool(&self) -> &Spool {
        &self.inner.spool
    }

    /// The segments; held while a group is appended, so never across an await.
    pub(crate) fn segments(&self) -> MutexGuard<'_, Segments> {
        self.inner
            .segments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn confirmable(&self) -> &Confirmable {
        &self.inner.confirmable
    }

    pub(crate) fn addresses(&self) -> &Addresses {
        &self.inner.addresses
    }

    /// The name of this process in leases and segments.
    pub(crate) fn process(&self) -> &str {
        &self.inner.process
    }
}
