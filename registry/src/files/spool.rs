//! The spool: uploaded bodies on their way to becoming rows. Each body is sealed piece by piece
//! under a key of its own, since it is full of names; the folder is bounded.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ring::digest::{Context, SHA256};

use super::disk::{Disk, DiskFile};
use crate::cipher::{Content, DataKey, OVERHEAD, Vault, WrappedKey};
use crate::error::{Error, Result};
use crate::ids::Id;

/// Plain bytes in a piece.
const PIECE: usize = 64 << 10;
const SEALED_PIECE: u64 = (PIECE + OVERHEAD) as u64;

/// How much is taken in ahead of its certificates.
#[derive(Debug, Clone, Copy)]
pub struct SpoolLimits {
    /// Longest body, in bytes.
    pub body: u64,
    /// All bodies together, in bytes.
    pub total: u64,
    /// Largest picture that is put before its rows, in bytes.
    pub image: u64,
    /// All those pictures together, in bytes.
    pub images: u64,
}

impl Default for SpoolLimits {
    /// 1 GiB a body, 16 GiB in all; 8 MiB a picture, 8 GiB in all.
    fn default() -> Self {
        Self {
            body: 1 << 30,
            total: 16 << 30,
            image: 8 << 20,
            images: 8 << 30,
        }
    }
}

/// The folder of bodies.
#[derive(Debug)]
pub(crate) struct Spool {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    vault: Vault,
    limits: SpoolLimits,
    used: Arc<AtomicU64>,
}

/// A body that is still arriving. Dropped without [`Spooling::finish`], it never existed.
pub struct Spooling {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    file: Box<dyn DiskFile>,
    id: Id,
    key: DataKey,
    wrapped: WrappedKey,
    limits: SpoolLimits,
    used: Arc<AtomicU64>,
    piece: Vec<u8>,
    pieces: u64,
    length: u64,
    digest: Context,
    kept: bool,
}

/// A body that is durable on disk, but that no job knows yet.
#[derive(Debug)]
pub struct Spooled {
    pub(crate) id: Id,
    pub(crate) length: u64,
    pub(crate) sha256: [u8; 32],
    pub(crate) wrapped: WrappedKey,
}

impl Spooled {
    /// Length of the body in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// SHA-256 of the body, to compare with a `Content-Digest`.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }
}

impl Spool {
    pub(crate) fn open(
        disk: Arc<dyn Disk>,
        folder: PathBuf,
        vault: Vault,
        limits: SpoolLimits,
    ) -> Result<Self> {
        disk.make_folder(&folder)
            .map_err(|e| Error::disk("create", &folder, e))?;
        let spool = Self {
            disk,
            folder,
            vault,
            limits,
            used: Arc::new(AtomicU64::new(0)),
        };
        let mut used = 0;
        for name in spool.names()? {
            let path = spool.folder.join(name);
            let length = spool.disk.open(&path).and_then(|file| file.length());
            used += length.map_err(|e| Error::disk("open", &path, e))?;
        }
        spool.used.store(used, Ordering::Relaxed);
        Ok(spool)
    }

    pub(crate) fn limits(&self) -> &SpoolLimits {
        &self.limits
    }

    /// Begins a new body.
    pub(crate) fn begin(&self, id: Id) -> Result<Spooling> {
        let path = self.path(id);
        let (key, wrapped) = self.vault.new_key(&id.to_string())?;
        let file = self
            .disk
            .create(&path)
            .map_err(|e| Error::disk("create", &path, e))?;
        Ok(Spooling {
            disk: Arc::clone(&self.disk),
            path,
            file,
            id,
            key,
            wrapped,
            limits: self.limits,
            used: Arc::clone(&self.used),
            piece: Vec::with_capacity(PIECE),
            pieces: 0,
            length: 0,
            digest: Context::new(&SHA256),
            kept: false,
        })
    }

    /// Opens a body for reading from any place.
    pub(crate) fn read(&self, id: Id, length: u64, wrapped: &WrappedKey) -> Result<UploadReader> {
        let path = self.path(id);
        let file = self
            .disk
            .open(&path)
            .map_err(|e| Error::disk("open", &path, e))?;
        let key = self.vault.open_key(&id.to_string(), wrapped)?;
        Ok(UploadReader {
            file,
            key,
            length,
            at: 0,
            open: None,
        })
    }

    /// Removes a body that no job needs any more.
    pub(crate) fn remove(&self, id: Id) -> Result<()> {
        let path = self.path(id);
        let length = self
            .disk
            .open(&path)
            .and_then(|file| file.length())
            .unwrap_or(0);
        match self.disk.remove(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::disk("remove", &path, error));
            }
            _ => {}
        }
        self.used.fetch_sub(
            length.min(self.used.load(Ordering::Relaxed)),
            Ordering::Relaxed,
        );
        self.disk
            .sync_folder(&self.folder)
            .map_err(|e| Error::disk("sync", &self.folder, e))
    }

    /// The bodies on disk.
    pub(crate) fn bodies(&self) -> Result<Vec<Id>> {
        let names = self.names()?;
        Ok(names
            .iter()
            .filter_map(|name| name.strip_suffix(".body")?.parse().ok())
            .collect())
    }

    fn names(&self) -> Result<Vec<String>> {
        self.disk
            .names(&self.folder)
            .map_err(|e| Error::disk("list", &self.folder, e))
    }

    fn path(&self, id: Id) -> PathBuf {
        self.folder.join(format!("{id}.body"))
    }
}

impl Spooling {
    /// Takes the next bytes of the body. Refuses more than a body, or the spool, may hold.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.length += bytes.len() as u64;
        self.digest.update(bytes);
        if self.length > self.limits.body {
            return Err(Error::refused(
                "body_too_large",
                format!("内容超过 {} 字节；请分几批推送", self.limits.body),
                format!(
                    "the body is longer than {} bytes; push it in several batches",
                    self.limits.body
                ),
            ));
        }
        while !bytes.is_empty() {
            // A full piece waits until it is known whether it is the last one.
            if self.piece.len() == PIECE {
                self.flush(false)?;
            }
            let room = (PIECE - self.piece.len()).min(bytes.len());
            let (now, later) = bytes.split_at(room);
            self.piece.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Makes the body durable, its name included.
    pub fn finish(mut self) -> Result<Spooled> {
        self.flush(true)?;
        self.file
            .sync()
            .map_err(|e| Error::disk("sync", &self.path, e))?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        self.disk
            .sync_folder(folder)
            .map_err(|e| Error::disk("sync", folder, e))?;
        self.kept = true;
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(self.digest.clone().finish().as_ref());
        let wrapped = self.wrapped.clone();
        Ok(Spooled {
            id: self.id,
            length: self.length,
            sha256,
            wrapped,
        })
    }

    fn flush(&mut self, last: bool) -> Result<()> {
        let sealed = self.key.seal(
            Content::Upload {
                piece: self.pieces,
                last,
            },
            &self.piece,
        )?;
        self.piece.clear();
        self.pieces += 1;
        let length = sealed.len() as u64;
        if self.used.fetch_add(length, Ordering::Relaxed) + length > self.limits.total {
            self.used.fetch_sub(length, Ordering::Relaxed);
            return Err(Error::refused(
                "spool_full",
                "等待处理的批次过多；请在部分批次完成后重新推送",
                "too many batches are waiting; push again when some are done",
            ));
        }
        self.file
            .append(&sealed)
            .map_err(|e| Error::disk("write to", &self.path, e))
    }
}

impl Drop for Spooling {
    fn drop(&mut self) {
        if !self.kept {
            let length = self.file.length().unwrap_or(0);
            // Where this fails the file stays; the next start removes bodies that no job knows.
            let _ = self.disk.remove(&self.path);
            self.used.fetch_sub(
                length.min(self.used.load(Ordering::Relaxed)),
                Ordering::Relaxed,
            );
        }
    }
}

impl fmt::Debug for Spooling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spooling({}, {} bytes)", self.id, self.length)
    }
}

/// Reads a body, opening one piece at a time.
pub struct UploadReader {
    file: Box<dyn DiskFile>,
    key: DataKey,
    length: u64,
    at: u64,
    open: Option<(u64, Vec<u8>)>,
}

impl UploadReader {
    fn piece(&mut self, number: u64) -> io::Result<&[u8]> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != number) {
            let last = self.length.saturating_sub(1) / PIECE as u64;
            let mut sealed = vec![0; PIECE + OVERHEAD];
            let read = self.file.read_at(number * SEALED_PIECE, &mut sealed)?;
            sealed.truncate(read);
            let content = Content::Upload {
                piece: number,
                last: number == last,
            };
            let plain = self.key.open(content, sealed).map_err(io::Error::other)?;
            self.open = Some((number, plain));
        }
        Ok(self.open.as_ref().map_or(&[], |(_, plain)| plain))
    }
}

impl Read for UploadReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.length || into.is_empty() {
            return Ok(0);
        }
        let (number, skip) = (self.at / PIECE as u64, (self.at % PIECE as u64) as usize);
        let rest = self.piece(number)?.get(skip..).unwrap_or(&[]);
        if rest.is_empty() {
            return Err(io::Error::other(
                "the body is shorter than it was when it was accepted",
            ));
        }
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for UploadReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = target.ok_or_else(|| io::Error::other("a seek before the start of the body"))?;
        Ok(self.at)
    }
}

impl fmt::Debug for UploadReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UploadReader({} of {} bytes)", self.at, self.length)
    }
}
