//! Bounds what a ZIP archive unpacks to, before a reader that trusts its sizes opens it.

use std::io::{self, Read, Seek, SeekFrom};

use flate2::read::DeflateDecoder;

/// Unpacks every entry into nothing and counts. `Ok(false)` where more than `max` bytes come out;
/// an archive that cannot be followed is an error of kind `InvalidData`.
pub(super) fn unpacks_within<R: Read + Seek>(archive: &mut R, max: u64) -> io::Result<bool> {
    let directory = central_directory(archive)?;
    let mut left = max;
    let entries = Entries { rest: &directory };
    for entry in entries {
        let entry = entry?;
        archive.seek(SeekFrom::Start(entry.offset))?;
        let mut local = [0; 30];
        archive.read_exact(&mut local)?;
        if !local.starts_with(b"PK\x03\x04") {
            return Err(broken());
        }
        let skip = u64::from(u16_at(&local, 26)?) + u64::from(u16_at(&local, 28)?);
        archive.seek(SeekFrom::Start(entry.offset + 30 + skip))?;
        let packed = archive.by_ref().take(entry.packed);
        // One byte more than allowed is enough to know.
        let unpacked = match entry.method {
            0 => io::copy(&mut packed.take(left + 1), &mut io::sink())?,
            8 => io::copy(
                &mut DeflateDecoder::new(packed).take(left + 1),
                &mut io::sink(),
            )?,
            _ => return Err(broken()),
        };
        match left.checked_sub(unpacked) {
            Some(rest) => left = rest,
            None => return Ok(false),
        }
    }
    Ok(true)
}

struct Entry {
    method: u16,
    packed: u64,
    offset: u64,
}

struct Entries<'a> {
    rest: &'a [u8],
}

impl Iterator for Entries<'_> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let entry = self.take();
        if entry.is_err() {
            self.rest = &[];
        }
        Some(entry)
    }
}

impl Entries<'_> {
    fn take(&mut self) -> io::Result<Entry> {
        let head = self.rest;
        if !head.starts_with(b"PK\x01\x02") {
            return Err(broken());
        }
        let entry = Entry {
            method: u16_at(head, 10)?,
            packed: u64::from(u32_at(head, 20)?),
            offset: u64::from(u32_at(head, 42)?),
        };
        let names = [28, 30, 32].map(|at| u16_at(head, at));
        let mut length = 46;
        for name in names {
            length += usize::from(name?);
        }
        self.rest = head.get(length..).ok_or_else(broken)?;
        Ok(entry)
    }
}

/// Finds the directory by the record at the end; ZIP64 is not needed below 4 GB.
fn central_directory<R: Read + Seek>(archive: &mut R) -> io::Result<Vec<u8>> {
    let length = archive.seek(SeekFrom::End(0))?;
    let tail_start = length.saturating_sub(22 + 65_535);
    archive.seek(SeekFrom::Start(tail_start))?;
    let mut tail = Vec::new();
    archive.read_to_end(&mut tail)?;
    let at = tail
        .windows(4)
        .rposition(|four| four == b"PK\x05\x06")
        .ok_or_else(broken)?;
    let end = &tail[at..];
    let (size, start) = (u64::from(u32_at(end, 12)?), u64::from(u32_at(end, 16)?));
    if start + size > length {
        return Err(broken());
    }
    archive.seek(SeekFrom::Start(start))?;
    let mut directory = Vec::new();
    archive.take(size).read_to_end(&mut directory)?;
    Ok(directory)
}

fn u16_at(bytes: &[u8], at: usize) -> io::Result<u16> {
    match bytes.get(at..at + 2) {
        Some(&[a, b]) => Ok(u16::from_le_bytes([a, b])),
        _ => Err(broken()),
    }
}

fn u32_at(bytes: &[u8], at: usize) -> io::Result<u32> {
    Ok(u32::from(u16_at(bytes, at)?) | u32::from(u16_at(bytes, at + 2)?) << 16)
}

fn broken() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "not a ZIP archive that can be followed",
    )
}
