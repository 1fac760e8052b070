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

/// A record to append.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) plan: Id,
    /// SHA-256 of the plain file.
    pub(crate) file_sha256: [u8; 32],
    /// Digest of the covered ranges, as the plan holds it.
    pub(crate) covered_sha256: [u8; 32],
    /// The sealed file bytes.
    pub(crate) payload: Vec<u8>,
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
    /// Appends the record's bytes to a buffer.
    pub(super) fn write(&self, into: &mut Vec<u8>) {
        let start = into.len();
        into.extend_from_slice(RECORD_MAGIC);
        into.extend_from_slice(self.plan.as_bytes());
        into.extend_from_slice(&(self.payload.len() as u64).to_be_bytes());
        into.extend_from_slice(&self.file_sha256);
        into.extend_from_slice(&self.covered_sha256);
        let crc = crc(&into[start..], &self.payload);
        into.extend_from_slice(&crc.to_be_bytes());
        into.extend_from_slice(&self.payload);
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
