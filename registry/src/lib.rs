//! What is on record: units, types, certificates, batches, audit; a folder a noun.
//! It decides who may issue what and keeps every file and fact; it lays out no page and opens no key.
//! Called by `signer`, which drives a batch, and by `api`, which wires everything.

pub mod certificates;
mod error;
mod store;
pub mod types;
pub mod units;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

pub use error::{Error, Result};
pub use store::Database;

use store::{FolderLock, Store};

/// What a registry needs to open.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data folder: the embedded database, segments, spool, and the lock file.
    pub folder: PathBuf,
    /// Where the rows live.
    pub database: Database,
    /// What the lock file says about this process, such as `yinxin serve`.
    pub holder: String,
}

/// The registry: a cheap handle that hands out its rooms.
#[derive(Debug, Clone)]
pub struct Registry {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    _lock: Option<FolderLock>,
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
        Ok(Self {
            inner: Arc::new(Inner { store, _lock: lock }),
        })
    }

    /// Closes the database connections, so that nothing of this process is left in its log.
    pub async fn close(self) {
        self.inner.store.close().await;
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }
}
