//! Reads the rows of a job in order, once, however many groups they are handed out in.

use std::collections::{HashSet, VecDeque};
use std::fmt;

use jiff::civil::Date;

use super::answers::RowFault;
use super::refused::to_give_back;
use crate::error::Error;
use crate::files::UploadReader;
use crate::rows::{Blobs, CheckedRow, FileFault, RawRow, ReadFault, Rows, check_row};
use crate::types::PublishedType;

/// A row as it was read.
#[derive(Debug)]
pub(super) struct ReadRow {
    pub(super) row: u64,
    /// As it was pushed, to be given back if it is refused.
    pub(super) raw: Option<RawRow>,
    pub(super) checked: Result<CheckedRow, Vec<RowFault>>,
}

/// Why no rows come.
pub(super) enum Unread {
    /// The file does not give them.
    File(FileFault),
    /// The pictures that they name could not be looked up.
    Images(Error),
}

/// Reads the rows of a job in order, once.
pub(super) struct RowReader {
    rows: Rows<UploadReader>,
    /// Rows up to this one were answered under an earlier lease.
    done: u64,
    /// Whether later rows may be answered, too.
    pub(super) resumed: bool,
    waiting: VecDeque<ReadRow>,
    /// The last row handed out.
    last: u64,
    seen: u64,
    ended: bool,
}

impl RowReader {
    pub(super) fn new(rows: Rows<UploadReader>, done: u64, resumed: bool) -> Self {
        let waiting = VecDeque::new();
        Self {
            rows,
            done,
            resumed,
            waiting,
            last: done,
            seen: 0,
            ended: false,
        }
    }

    /// How many rows the file has, once all of them were handed out.
    pub(super) fn whole(&self) -> Option<u64> {
        (self.ended && self.waiting.is_empty()).then_some(self.seen)
    }

    /// The next rows, up to `max`, and the row after which they begin. `images` looks up the pictures that a row
    /// names.
    pub(super) fn take(
        &mut self,
        max: usize,
        published: &PublishedType,
        today: Date,
        images: &dyn Fn(&RawRow) -> Result<Blobs, Error>,
    ) -> Result<(u64, Vec<ReadRow>), Unread> {
        let after = self.last;
        let mut taken: Vec<ReadRow> = Vec::with_capacity(max);
        let mut references = HashSet::new();
        while taken.len() < max {
            let next = match self.waiting.pop_front() {
                Some(row) => row,
                None => match self.read_one(published, today, images)? {
                    Some(row) => row,
                    None => break,
                },
            };
            // The second of two rows with one ref is answered by the first, when that is planned.
            if let Ok(row) = &next.checked
                && !references.insert(row.reference.clone())
            {
                self.waiting.push_front(next);
                break;
            }
            self.last = next.row;
            taken.push(next);
        }
        Ok((after, taken))
    }

    fn read_one(
        &mut self,
        published: &PublishedType,
        today: Date,
        images: &dyn Fn(&RawRow) -> Result<Blobs, Error>,
    ) -> Result<Option<ReadRow>, Unread> {
        for next in self.rows.by_ref() {
            let number = match &next {
                Ok(raw) => raw.row,
                Err(ReadFault::Row(error)) => error.row,
                Err(ReadFault::File(_)) => 0,
            };
            let mut given_back = None;
            let checked = match next {
                Err(ReadFault::File(fault)) => return Err(Unread::File(fault)),
                Err(ReadFault::Row(error)) => Err(vec![RowFault::from(&error)]),
                Ok(_) if number <= self.done => Err(Vec::new()),
                Ok(raw) => {
                    let blobs = images(&raw).map_err(Unread::Images)?;
                    given_back = to_give_back(&raw);
                    check_row(published, raw, today, &blobs)
                        .map_err(|errors| errors.iter().map(RowFault::from).collect())
                }
            };
            self.seen += 1;
            if number > self.done {
                return Ok(Some(ReadRow {
                    row: number,
                    raw: given_back,
                    checked,
                }));
            }
        }
        self.ended = true;
        Ok(None)
    }
}

impl fmt::Debug for RowReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RowReader(after row {})", self.last)
    }
}
