//! Rows in error with the values that were pushed, so that a clerk repairs the cell and pushes the row again.
//!
//! The values lie beside the faults in the answer to the row, sealed under the key of the job and erased with it. They
//! are what the agency pushed, and no face of a certificate: nothing was made of them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Batches;
use super::answers::{RowFault, damaged, unknown};
use super::lease::Lease;
use super::reader::ReadRow;
use crate::cipher::{Content, DataKey};
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::rows::RawRow;
use crate::store::items;
use crate::store::jobs;

/// Longest row that is given back with its values, in bytes; a longer one is repaired in the agency's own file.
const GIVEN_BACK: usize = 64 << 10;

/// Columns or members of a row with their values, in the order of the file.
type Members = Vec<(String, Value)>;

/// A row in error.
#[derive(Clone, PartialEq)]
pub struct RefusedRow {
    /// The row, as an editor or spreadsheet counted it.
    pub row: u64,
    /// Columns or members with their values, in the order of the file; none where the row did not read, or is longer
    /// than 64 KiB.
    pub members: Vec<(String, Value)>,
    /// What is wrong with it.
    pub faults: Vec<RowFault>,
}

impl fmt::Debug for RefusedRow {
    /// Row and counts only: names and values may be somebody's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            row,
            members,
            faults,
        } = self;
        write!(
            f,
            "RefusedRow({row}, {} members, {faults:?})",
            members.len()
        )
    }
}

/// The answer to a row in error as it is sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    faults: Vec<RowFault>,
    #[serde(default)]
    members: Members,
}

/// As it was sealed before values were kept, too.
#[derive(Deserialize)]
#[serde(untagged)]
enum Opened {
    WithValues(Sealed),
    Faults(Vec<RowFault>),
}

impl Batches<'_> {
    /// The rows in error after a row, in order, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_job`, `answers_erased`.
    pub async fn refused_rows(&self, job: Id, after: u64, limit: u32) -> Result<Vec<RefusedRow>> {
        let mut reader = self.registry.store().reader().await?;
        if jobs::watch(&mut reader, job).await?.is_none() {
            return Err(unknown(job));
        }
        let key = self.key_of_answers(&mut reader, job).await?;
        let rows = items::refused(&mut reader, job, after, limit).await?;
        drop(reader);
        let read = |(row, answer)| {
            let (faults, members) = open(&key, answer)?;
            Ok(RefusedRow {
                row,
                members,
                faults,
            })
        };
        rows.into_iter().map(read).collect()
    }
}

/// Seals the faults of a row, and the row itself, under the key of its job.
pub(super) fn seal(key: &DataKey, faults: &[RowFault], raw: Option<&RawRow>) -> Result<Vec<u8>> {
    let sealed = Sealed {
        faults: faults.to_vec(),
        members: raw.map(RawRow::as_json).unwrap_or_default(),
    };
    let bytes = serde_json::to_vec(&sealed)
        .map_err(|e| Error::damaged("各行的结果无法写出", e.to_string()))?;
    key.seal(Content::Answer, &bytes)
}

/// Opens them again.
pub(super) fn open(key: &DataKey, answer: Vec<u8>) -> Result<(Vec<RowFault>, Members)> {
    let bytes = key.open(Content::Answer, answer)?;
    match serde_json::from_slice(&bytes).map_err(|_| damaged())? {
        Opened::WithValues(Sealed { faults, members }) => Ok((faults, members)),
        Opened::Faults(faults) => Ok((faults, Vec::new())),
    }
}

/// The rows of a job that were read and have no answer yet: of the groups under way, no more.
#[derive(Debug, Default)]
pub(super) struct UnderWay(Mutex<BTreeMap<u64, RawRow>>);

impl UnderWay {
    fn rows(&self) -> MutexGuard<'_, BTreeMap<u64, RawRow>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers rows until they are answered.
    pub(super) fn keep(&self, read: &mut [ReadRow]) {
        let kept = read
            .iter_mut()
            .filter_map(|row| Some((row.row, row.raw.take()?)));
        self.rows().extend(kept);
    }

    /// Lets rows go that are answered: those after one, up to another.
    pub(super) fn let_go(&self, (after, upto): (u64, u64)) {
        self.rows().retain(|row, _| *row <= after || *row > upto);
    }
}

impl Lease {
    /// Seals the answer to a row in error.
    pub(super) fn seal_refused(&self, row: u64, faults: &[RowFault]) -> Result<Vec<u8>> {
        seal(&self.key, faults, self.under_way.rows().get(&row))
    }
}

/// A copy of a row to be given back if it is refused.
pub(super) fn to_give_back(row: &RawRow) -> Option<RawRow> {
    (row.bytes() <= GIVEN_BACK).then(|| row.clone())
}
