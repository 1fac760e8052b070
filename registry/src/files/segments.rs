//! The folder of segments: appending with one sync for a whole group, and reading back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::{Disk, DiskFile};
use super::segment::{Found, HEADER, Location, MAGIC, Record, read, scan};
use crate::crash;
use crate::error::{Error, Result};

/// A segment is closed when it has grown to this many bytes.
const ROLL_AT: u64 = 256 << 20;
/// Bytes of small records collected before they are handed to the system; a record as large goes by itself.
const PIECE: usize = 16 << 10;

/// The segments of one data folder. This process appends to files that it made itself, never to
/// one that it found: what lies behind a torn record is then always its own.
#[derive(Debug)]
pub(crate) struct Segments {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    writer: String,
    made: u32,
    roll_at: u64,
    active: Option<Active>,
    /// Where groups begin that are synced and not yet recorded, by segment.
    unrecorded: BTreeSet<(String, u64)>,
}

#[derive(Debug)]
struct Active {
    name: String,
    file: Box<dyn DiskFile>,
    length: u64,
}

impl Segments {
    /// Opens the folder; `writer` is part of the names of the files that this process makes.
    pub(crate) fn open(disk: Arc<dyn Disk>, folder: PathBuf, writer: &str) -> Result<Self> {
        disk.make_folder(&folder)
            .map_err(|e| Error::disk("create", &folder, e))?;
        let writer = writer.to_owned();
        Ok(Self {
            disk,
            folder,
            writer,
            made: 0,
            roll_at: ROLL_AT,
            active: None,
            unrecorded: BTreeSet::new(),
        })
    }

    #[cfg(test)]
    pub(super) fn roll_at(mut self, bytes: u64) -> Self {
        self.roll_at = bytes;
        self
    }

    /// Appends the records. When it returns, all of them are durable, and so is the name of the
    /// segment. After an error none of them counts, and the next call begins a new segment, since
    /// a file whose sync failed once can never be trusted again.
    pub(crate) fn append(&mut self, records: &[Record]) -> Result<Vec<Location>> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let mut active = match self.active.take() {
            Some(active) if active.length < self.roll_at => active,
            _ => self.begin()?,
        };
        let path = self.folder.join(&active.name);
        let locations = active
            .append(records)
            .map_err(|e| Error::disk("write to", &path, e))?;
        crash::point("after_append");
        active
            .file
            .sync()
            .map_err(|e| Error::disk("sync", &path, e))?;
        if let Some(first) = locations.first() {
            self.unrecorded
                .insert((first.segment.clone(), first.offset));
        }
        self.active = Some(active);
        Ok(locations)
    }

    /// Up to where a segment is accounted for once the group that begins at `start` and ends at
    /// `end` is recorded: never beyond a group that another job has synced and not yet recorded.
    pub(crate) fn mark_after(&self, segment: &str, start: u64, end: u64) -> u64 {
        let mut others = self
            .unrecorded
            .iter()
            .filter(|(name, at)| name == segment && *at != start);
        match (others.next(), &self.active) {
            (Some((_, first)), _) => (*first).min(end),
            (None, Some(active)) if active.name == segment => active.length,
            (None, _) => end,
        }
    }

    /// The group that begins at `start` is recorded.
    pub(crate) fn recorded(&mut self, segment: &str, start: u64) {
        self.unrecorded.remove(&(segment.to_owned(), start));
    }

    /// Lets the next call begin a new segment.
    pub(crate) fn roll(&mut self) {
        self.active = None;
    }

    /// Makes durable what another process wrote to these segments: it may have died before its sync.
    pub(crate) fn sync_found(&self, segments: &BTreeSet<&str>) -> Result<()> {
        if segments.is_empty() {
            return Ok(());
        }
        for segment in segments {
            let path = self.folder.join(segment);
            let synced = self.disk.open(&path).and_then(|mut file| file.sync());
            synced.map_err(|e| Error::disk("sync", &path, e))?;
        }
        self.sync_folder()
    }

    /// The payload of a record.
    pub(crate) fn read(&self, location: &Location) -> Result<Vec<u8>> {
        let path = self.folder.join(&location.segment);
        let failed = |error| Error::disk("read from", &path, error);
        let file = self.disk.open(&path).map_err(failed)?;
        let record = read(file.as_ref(), &location.segment, location.offset).map_err(failed)?;
        match record {
            Some((found, payload)) if found.location == *location => Ok(payload),
            _ => Err(Error::damaged(
                "文件段中没有完整的记录",
                format!(
                    "no whole record of {} bytes stands in segment {} at {}",
                    location.length, location.segment, location.offset
                ),
            )),
        }
    }

    /// The names of all segments, in the order in which one writer made them.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        let mut names = self
            .disk
            .names(&self.folder)
            .map_err(|e| Error::disk("list", &self.folder, e))?;
        names.retain(|name| name.ends_with(".seg"));
        names.sort_unstable();
        Ok(names)
    }

    /// The whole records of a segment from an offset on; `None` where nothing stands behind it,
    /// and for the segment that this process appends to.
    pub(crate) fn tail(&self, segment: &str, from: u64) -> Result<Option<Vec<Found>>> {
        if self
            .active
            .as_ref()
            .is_some_and(|active| active.name == segment)
        {
            return Ok(None);
        }
        let path = self.folder.join(segment);
        let failed = |error| Error::disk("read from", &path, error);
        let file = self.disk.open(&path).map_err(failed)?;
        if file.length().map_err(failed)? <= from {
            return Ok(None);
        }
        scan(file.as_ref(), segment, from).map(Some)
    }

    /// Cuts off what lies behind `length` in a segment that no living process appends to; true
    /// where it did.
    pub(crate) fn cut(&self, segment: &str, length: u64) -> Result<bool> {
        if self
            .active
            .as_ref()
            .is_some_and(|active| active.name == segment)
        {
            return Ok(false);
        }
        let path = self.folder.join(segment);
        let failed = |error| Error::disk("cut", &path, error);
        let mut file = self.disk.open(&path).map_err(failed)?;
        if !file.claim().map_err(failed)? || file.length().map_err(failed)? <= length {
            return Ok(false);
        }
        file.cut(length).map_err(failed)?;
        Ok(true)
    }

    fn begin(&mut self) -> Result<Active> {
        self.made += 1;
        let name = format!("{}-{:06}.seg", self.writer, self.made);
        let path = self.folder.join(&name);
        let failed = |error| Error::disk("create", &path, error);
        let mut file = self.disk.create(&path).map_err(failed)?;
        file.claim().map_err(failed)?;
        file.append(MAGIC).map_err(failed)?;
        self.sync_folder()?;
        Ok(Active {
            name,
            file,
            length: MAGIC.len() as u64,
        })
    }

    fn sync_folder(&self) -> Result<()> {
        let folder: &Path = &self.folder;
        self.disk
            .sync_folder(folder)
            .map_err(|e| Error::disk("sync", folder, e))
    }
}

impl Active {
    fn append(&mut self, records: &[Record]) -> std::io::Result<Vec<Location>> {
        let mut locations = Vec::with_capacity(records.len());
        let mut small = Vec::new();
        for record in records {
            let bytes = record.bytes();
            locations.push(Location {
                segment: self.name.clone(),
                offset: self.length,
                length: (bytes.len() - HEADER) as u64,
            });
            self.length += bytes.len() as u64;
            if bytes.len() < PIECE {
                small.extend_from_slice(bytes);
            }
            if bytes.len() >= PIECE || small.len() >= PIECE {
                self.file.append(&small)?;
                small.clear();
            }
            if bytes.len() >= PIECE {
                self.file.append(bytes)?;
            }
        }
        self.file.append(&small)?;
        Ok(locations)
    }
}
