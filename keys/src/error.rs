//! The one error of this room; each variant says who can put it right.

use std::path::{Path, PathBuf};

use crate::{KeyId, Purpose, UseRefused};

/// Why a key, an X.509 or a time-stamp could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operator gave another passphrase than the store was made with.
    #[error("wrong passphrase for the key store {dir}: give the passphrase it was made with")]
    WrongPassphrase {
        /// Folder of the store.
        dir: PathBuf,
    },
    /// A file of the store is not what this software wrote. The passphrase is not to blame.
    #[error("{path} is damaged ({why}): restore it from the backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was seen.
        why: &'static str,
    },
    /// The file system refused.
    #[error("cannot {doing} {path}: {source}")]
    Disk {
        /// What was being done, as an infinitive: `read`, `write`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A key store stands in the folder already, or a key bears the name already.
    #[error("{path} exists already: it is never overwritten")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// No such key in the store.
    #[error("the key store holds no key named {0}")]
    UnknownKey(KeyId),
    /// The calling code asked for what it may not have.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// The log of uses did not vouch for the reservation, so the key stayed closed.
    #[error("the key stays closed: {0}")]
    Log(#[from] UseRefused),
    /// The operator's argument (a name, an address, a lifetime) cannot be written into an X.509.
    #[error("{0}")]
    Argument(String),
    /// The private key offered for import cannot be used.
    #[error("this private key cannot be imported: {0}")]
    ImportedKey(String),
    /// The answer of the outside CA does not fit.
    #[error("the CA's answer cannot be used: {0}")]
    OutsideCa(String),
    /// The outside time-stamp authority gave no usable token.
    #[error("no time-stamp from {url}: {why}")]
    OutsideTsa {
        /// Its address.
        url: String,
        /// What went wrong.
        why: String,
    },
    /// An X.509 of ours could not be read or made.
    #[error("X.509: {0}")]
    X509(String),
    /// The cryptographic library refused; nothing a person can put right but by reporting it.
    #[error("cryptographic operation failed: {0}")]
    Crypto(&'static str),
}

/// A mistake of the calling code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// A key serves one purpose, fixed when it was made.
    #[error("key {key} is for {is}, not for {asked}")]
    Purpose {
        /// The key.
        key: KeyId,
        /// What it is for.
        is: Purpose,
        /// What was asked.
        asked: Purpose,
    },
    /// A retired key signs no more.
    #[error("key {0} is retired: it signs no more")]
    Retired(KeyId),
    /// All reserved uses are spent.
    #[error("all reserved uses of key {0} are spent: reserve more")]
    UsesSpent(KeyId),
    /// A seal key signs small messages only.
    #[error("a message of {length} bytes for seal key {key}: at most {max} are signed")]
    MessageTooLong {
        /// The key.
        key: KeyId,
        /// Bytes offered.
        length: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// The key has no X.509 yet.
    #[error("key {0} has no X.509 yet: have one issued or import the CA's answer")]
    NoX509(KeyId),
}

impl Error {
    pub(crate) fn disk(
        doing: &'static str,
        path: &Path,
    ) -> impl FnOnce(std::io::Error) -> Error + use<> {
        let path = path.to_owned();
        move |source| Error::Disk {
            doing,
            path,
            source,
        }
    }

    pub(crate) fn damaged(path: &Path, why: &'static str) -> Error {
        Error::Damaged {
            path: path.to_owned(),
            why,
        }
    }
}

impl From<rcgen::Error> for Error {
    fn from(error: rcgen::Error) -> Error {
        Error::X509(error.to_string())
    }
}
