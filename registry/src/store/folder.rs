//! The lock file of a data folder: one process writes, and others are told which.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::error::{Error, Result, UNNAMED};

/// Held while this process may write to the folder; the system frees it when the process ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the lock and writes who holds it, or says who does.
    pub(crate) fn take(folder: &Path, holder: &str) -> Result<Self> {
        let path = folder.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|e| Error::disk("open", &path, e))?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let holder = match holder.trim() {
                "" => UNNAMED.to_owned(),
                named => named.to_owned(),
            };
            return Err(Error::FolderInUse { holder });
        }
        let text = format!("{holder}, process {}\n", std::process::id());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(text.as_bytes()))
            .map_err(|e| Error::disk("write to", &path, e))?;
        Ok(Self { _file: file })
    }
}
