//! A disk in memory that forgets what was not synced and fails where it is told to.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::files::{Disk, DiskFile};

/// A disk in memory. Clones share it, so a test keeps one to pull the plug.
#[derive(Debug, Clone, Default)]
pub struct ForgetfulDisk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Names as a running process sees them.
    names: BTreeMap<PathBuf, Contents>,
    /// Names that survive.
    durable: BTreeMap<PathBuf, Contents>,
    calls: u64,
    fault: Option<(u64, Fault)>,
    reads: u64,
    read_fault: Option<u64>,
}

type Contents = Arc<Mutex<Bytes>>;

#[derive(Debug, Default)]
struct Bytes {
    all: Vec<u8>,
    synced: usize,
}

/// How a call that changes the disk fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// An input/output error; the change is lost.
    Lost,
    /// An input/output error; the change is kept all the same.
    Kept,
    /// No space; half of what was to be written is there.
    Full,
}

#[derive(Debug)]
struct ForgetfulFile {
    disk: ForgetfulDisk,
    contents: Contents,
}

impl ForgetfulDisk {
    /// The machine loses power: what was not synced is gone, but for the first `torn` bytes of
    /// each file that were written and not synced.
    pub fn crash(&self, torn: usize) {
        let mut state = self.state();
        state.names = state.durable.clone();
        for contents in state.names.values() {
            let mut bytes = lock(contents);
            let kept = (bytes.synced + torn).min(bytes.all.len());
            bytes.all.truncate(kept);
            bytes.synced = kept;
        }
    }

    /// Lets the call after the next `calls` ones that change the disk fail, once.
    pub fn fail_after(&self, calls: u64, fault: Fault) {
        let mut state = self.state();
        state.fault = Some((state.calls + calls, fault));
    }

    /// Lets the call after the next `calls` ones that open or read a file fail, once.
    pub fn fail_read_after(&self, calls: u64) {
        let mut state = self.state();
        state.read_fault = Some(state.reads + calls);
    }

    /// Takes back a fault ordered for a call that reads; false where it has come already.
    pub fn take_read_fault_back(&self) -> bool {
        self.state().read_fault.take().is_some()
    }

    /// How many calls have changed the disk.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// Flips a bit of a file.
    pub fn flip(&self, path: &Path, offset: usize) {
        if let Some(contents) = self.state().names.get(path) {
            lock(contents).all[offset] ^= 1;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }

    /// Counts a call that reads, and fails if that was ordered.
    fn reading(&self) -> io::Result<()> {
        let mut state = self.state();
        let call = state.reads;
        state.reads += 1;
        if state.read_fault == Some(call) {
            state.read_fault = None;
            return Err(failure(Fault::Lost));
        }
        Ok(())
    }

    /// Counts a change and says how it fails, if it does.
    fn change(&self) -> Option<Fault> {
        let mut state = self.state();
        let call = state.calls;
        state.calls += 1;
        match state.fault {
            Some((at, fault)) if at == call => {
                state.fault = None;
                Some(fault)
            }
            _ => None,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn failure(fault: Fault) -> io::Error {
    match fault {
        Fault::Lost | Fault::Kept => io::Error::from_raw_os_error(5),
        Fault::Full => io::Error::from(io::ErrorKind::StorageFull),
    }
}

impl Disk for ForgetfulDisk {
    fn make_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let fault = self.change();
        let contents = Contents::default();
        if matches!(fault, None | Some(Fault::Kept)) {
            let mut state = self.state();
            if state.names.contains_key(path) {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            state.names.insert(path.to_owned(), Arc::clone(&contents));
        }
        match fault {
            None => Ok(Box::new(ForgetfulFile {
                disk: self.clone(),
                contents,
            })),
            Some(fault) => Err(failure(fault)),
        }
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.reading()?;
        let contents = self.state().names.get(path).cloned();
        let contents = contents.ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(ForgetfulFile {
            disk: self.clone(),
            contents,
        }))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.state()
            .names
            .remove(path)
            .map(drop)
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        let within = state
            .names
            .keys()
            .filter(|path| path.parent() == Some(folder));
        Ok(within
            .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
            .collect())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let fault = self.change();
        if matches!(fault, None | Some(Fault::Kept)) {
            let mut state = self.state();
            state
                .durable
                .retain(|path, _| path.parent() != Some(folder));
            let names = state.names.clone();
            state.durable.extend(
                names
                    .into_iter()
                    .filter(|(path, _)| path.parent() == Some(folder)),
            );
        }
        fault.map_or(Ok(()), |fault| Err(failure(fault)))
    }
}

impl DiskFile for ForgetfulFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let fault = self.disk.change();
        let written = match fault {
            None | Some(Fault::Kept) => bytes,
            Some(Fault::Lost) => &[],
            Some(Fault::Full) => &bytes[..bytes.len() / 2],
        };
        lock(&self.contents).all.extend_from_slice(written);
        fault.map_or(Ok(()), |fault| Err(failure(fault)))
    }

    fn sync(&mut self) -> io::Result<()> {
        let fault = self.disk.change();
        if matches!(fault, None | Some(Fault::Kept)) {
            let mut bytes = lock(&self.contents);
            bytes.synced = bytes.all.len();
        }
        fault.map_or(Ok(()), |fault| Err(failure(fault)))
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.disk.reading()?;
        let bytes = lock(&self.contents);
        let rest = bytes.all.get(offset as usize..).unwrap_or(&[]);
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(lock(&self.contents).all.len() as u64)
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let mut bytes = lock(&self.contents);
        bytes.all.truncate(length as usize);
        bytes.synced = bytes.synced.min(bytes.all.len());
        Ok(())
    }

    fn claim(&self) -> io::Result<bool> {
        Ok(true)
    }
}
