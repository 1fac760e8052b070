//! The write-ahead log of SQLite as a power failure leaves it: whole up to the last but one commit,
//! torn or garbled behind it. Format: <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

const NAME: &str = "registry.db-wal";
/// An index into the log that the next process makes anew.
const SHARED_MEMORY: &str = "registry.db-shm";
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// Places within the last transaction that are damaged.
const PLACES: usize = 6;

/// The folder of a dead process, and its log.
pub(crate) struct Wal {
    folder: PathBuf,
    bytes: Vec<u8>,
    /// The frames of the last transaction.
    last: Range<usize>,
}

/// What happened to the log.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Damage {
    /// It ends there.
    Cut(usize),
    /// One bit there is wrong.
    Flip(usize),
}

impl Wal {
    /// Reads the log of a folder whose process has died.
    pub(crate) fn of(folder: &Path) -> Self {
        let bytes = fs::read(folder.join(NAME)).expect("the log");
        let ends = commits(&bytes);
        let (before, end) = match ends[..] {
            [.., before, end] => (before, end),
            [end] => (HEADER, end),
            [] => panic!("the log holds no commit"),
        };
        Self {
            folder: folder.to_owned(),
            bytes,
            last: before..end,
        }
    }

    /// Damages spread over the last transaction; the first is a cut right before it.
    pub(crate) fn damages(&self) -> Vec<Damage> {
        let at = |n| self.last.start + self.last.len() * n / PLACES;
        let places = || (0..PLACES).map(at).chain([self.last.end - 1]);
        let (cuts, flips) = (places().map(Damage::Cut), places().map(Damage::Flip));
        cuts.chain(flips).collect()
    }

    /// Copies the folder, with its log damaged or as it is.
    pub(crate) fn copy(&self, damage: Option<Damage>, to: &Path) {
        copy(&self.folder, to);
        let mut bytes = self.bytes.clone();
        match damage {
            Some(Damage::Cut(at)) => bytes.truncate(at),
            Some(Damage::Flip(at)) => bytes[at] ^= 1,
            None => {}
        }
        fs::write(to.join(NAME), bytes).expect("the log");
        let _ = fs::remove_file(to.join(SHARED_MEMORY));
    }
}

/// Where each transaction ends that belongs to this turn of the log.
fn commits(log: &[u8]) -> Vec<usize> {
    let number = |at: usize| u32::from_be_bytes([log[at], log[at + 1], log[at + 2], log[at + 3]]);
    let frame = FRAME_HEADER + number(8) as usize;
    let salts = &log[16..24];
    let frames = (HEADER..log.len().saturating_sub(frame - 1)).step_by(frame);
    frames
        .take_while(|at| &log[at + 8..at + 16] == salts)
        .filter(|at| number(at + 4) != 0)
        .map(|at| at + frame)
        .collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).expect("a file");
        }
    }
}
