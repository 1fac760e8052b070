//! The form of a segment: a file of records, each whole or not there.
//!
//! ```text
//! segment  "YXSEG001" record*
//! record   "YXR1" plan[16] length:u64 file_sha256[32] covered_sha256[32] crc32:u32 payload[length]
//! ```
//! Numbers are big-endian. The CRC covers everything of the record but itself. The payload is the
//! file, sealed under the data key of its certificate; the digests are of the plain file.

use std::path::Path;

use super::disk::DiskFile;
use crate::error::{Error, Result};
use crate::ids::Id;

pub(super) const MAGIC: &[u8; 8] = b"YXSEG001";
const RECORD_MAGIC: &[u8; 4] = b"YXR1";
/// Bytes in front of the payload.
pub(crate) const HEADER: usize = 4 + 16 + 8 + 32 + 32 + 4;
/// No payload is longer; a length beyond it is damage, not a size to allocate.
const LONGEST_PAYLOAD: u64 = 256 << 20;

/// A record to append, whole as it will lie in the segment.
#[derive(Debug)]
pub(crate) struct Record {
    plan: Id,
    file_sha256: [u8; 32],
    bytes: Vec<u8>,
}

/// Where a record lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    /// File name of the segment.
    pub(crate) segment: String,
    /// Offset of the record's header.
    pub(crate) offset: u64,
    /// Length of the payload.
    pub(crate) length: u64,
}

/// A whole record found by a scan.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) plan: Id,
    pub(crate) file_sha256: [u8; 32],
    pub(crate) covered_sha256: [u8; 32],
    pub(crate) location: Location,
}

impl Record {
    /// Puts the header in front of the sealed bytes of a file, for which `behind_room` keeps [`HEADER`] bytes free:
    /// files are copied as rarely as can be. The digests are of the plain file and of its covered ranges.
    pub(crate) fn new(
        plan: Id,
        file_sha256: [u8; 32],
        covered_sha256: [u8; 32],
        mut behind_room: Vec<u8>,
    ) -> Self {
        let length = behind_room.len().saturating_sub(HEADER) as u64;
        let mut header = Vec::with_capacity(HEADER);
        header.extend_from_slice(RECORD_MAGIC);
        header.extend_from_slice(plan.as_bytes());
        header.extend_from_slice(&length.to_be_bytes());
        header.extend_from_slice(&file_sha256);
        header.extend_from_slice(&covered_sha256);
        let payload = behind_room.get(HEADER..).unwrap_or_default();
        let crc = crc(&header, payload);
        header.extend_from_slice(&crc.to_be_bytes());
        behind_room.resize(HEADER + length as usize, 0);
        behind_room[..HEADER].copy_from_slice(&header);
        Self {
            plan,
            file_sha256,
            bytes: behind_room,
        }
    }

    /// Which plan it is of.
    pub(crate) fn plan(&self) -> Id {
        self.plan
    }

    /// SHA-256 of the plain file.
    pub(crate) fn file_sha256(&self) -> [u8; 32] {
        self.file_sha256
    }

    /// Header and payload.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Found {
    /// Offset behind the record.
    pub(crate) fn end(&self) -> u64 {
        self.location.offset + HEADER as u64 + self.location.length
    }
}

/// Reads the record at an offset: its header and payload. `None` where no whole record stands.
pub(super) fn read(
    file: &dyn DiskFile,
    segment: &str,
    offset: u64,
) -> std::io::Result<Option<(Found, Vec<u8>)>> {
    let mut header = [0; HEADER];
    if file.read_at(offset, &mut header)? < HEADER || !header.starts_with(RECORD_MAGIC) {
        return Ok(None);
    }
    let length = u64::from_be_bytes(field(&header, 20));
    if length > LONGEST_PAYLOAD {
        return Ok(None);
    }
    let mut payload = vec![0; length as usize];
    if file.read_at(offset + HEADER as u64, &mut payload)? < payload.len() {
        return Ok(None);
    }
    let (covered_part, crc_part) = header.split_at(HEADER - 4);
    if crc(covered_part, &payload).to_be_bytes() != crc_part {
        return Ok(None);
    }
    let found = Found {
        plan: Id::from_bytes(field(&header, 4)),
        file_sha256: field(&header, 28),
        covered_sha256: field(&header, 60),
        location: Location {
            segment: segment.to_owned(),
            offset,
            length,
        },
    };
    Ok(Some((found, payload)))
}

/// The whole records from an offset on. It stops at the first that is not whole: a later one
/// was never synced either, since a sync makes everything before it durable.
pub(super) fn scan(file: &dyn DiskFile, segment: &str, from: u64) -> Result<Vec<Found>> {
    let failed = |error| Error::disk("read from", Path::new(segment), error);
    let mut found = Vec::new();
    let mut offset = from.max(MAGIC.len() as u64);
    while let Some((record, _)) = read(file, segment, offset).map_err(failed)? {
        offset = record.end();
        found.push(record);
    }
    Ok(found)
}

fn crc(header: &[u8], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header);
    hasher.update(payload);
    hasher.finalize()
}

fn field<const N: usize>(header: &[u8; HEADER], at: usize) -> [u8; N] {
    let mut field = [0; N];
    field.copy_from_slice(&header[at..at + N]);
    field
}
