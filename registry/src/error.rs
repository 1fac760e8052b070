//! The one error of this crate; each variant says who is at fault.

use std::io;
use std::path::Path;

/// What went wrong in the registry, by who has to act.
///
/// Messages name what happened, why, and what to do. They never carry names or numbers of holders.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller asked for something that the rules of the field or the state on record forbid.
    #[error("{message}")]
    Refused {
        /// Stable machine name, snake case, such as `idempotency_key_reused`.
        code: &'static str,
        /// The sentence for a person.
        message: String,
    },
    /// Another process writes to this data folder.
    #[error(
        "the data folder is in use by {holder}; one process writes at a time: stop it, or wait until it has ended"
    )]
    FolderInUse {
        /// What the lock file says about the process that holds it.
        holder: String,
    },
    /// The lease of a job went to another worker, which now owns every write to it.
    #[error("another worker took over this job; this worker must stop writing to it")]
    LeaseLost,
    /// A group of rows ahead of this one was not planned, and the first of two rows must win.
    #[error("rows ahead of these were not planned, so these were not either; run the batch again")]
    OutOfTurn,
    /// The database or disk is set up in a way that could lose data, or does not fit this program.
    #[error("{0}")]
    SetUp(String),
    /// The database failed or answered with something unexpected.
    #[error("the database failed: {0}; nothing of this step was kept")]
    Database(#[from] sqlx::Error),
    /// A file could not be read, written or synced.
    #[error("could not {doing} {path}: {source}; free space or repair the disk and try again")]
    Disk {
        /// The verb, such as `write to` or `sync`.
        doing: &'static str,
        /// The file or folder.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// Stored bytes fail their own check: wrong digest, wrong key, unreadable form.
    #[error("a stored record is damaged: {0}; restore it from a backup")]
    Damaged(String),
    /// A key needed to read or hash stored data is not in the vault.
    #[error("{0}")]
    KeyMissing(String),
}

impl Error {
    pub(crate) fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Error::Refused {
            code,
            message: message.into(),
        }
    }

    pub(crate) fn disk(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Error::Disk {
            doing,
            path: path.display().to_string(),
            source,
        }
    }

    /// Whether the disk, or the share of it that this process may use, is full: of the folder, or of the machine
    /// that the database runs on.
    pub fn is_disk_full(&self) -> bool {
        match self {
            Error::Disk { source, .. } | Error::Database(sqlx::Error::Io(source)) => {
                is_full(source)
            }
            // SQLITE_FULL, and disk_full of PostgreSQL.
            Error::Database(sqlx::Error::Database(said)) => {
                matches!(said.code().as_deref(), Some("13" | "53100"))
            }
            _ => false,
        }
    }

    /// The stable machine name of the refusal, when the caller is at fault.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Error::Refused { code, .. } => Some(code),
            _ => None,
        }
    }
}

/// Whether the system says that a disk, or a share of it, is full.
pub fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
