//! The log: what was done (audit) and what befell certificates (events), chained by each writer
//! from its first row. It judges nothing and holds no names of people. Every room that writes ends
//! its transaction here, so that nothing is kept that the audit does not know.

mod chain;
mod checkpoint;
pub(crate) mod covered;
mod journal;
mod recorder;
#[cfg(test)]
mod tests;

pub use chain::{Entry, LogFault, Seen, Stream, Unrecorded};
pub(crate) use chain::{GENESIS, Row, range_digest};
pub use checkpoint::{ChainEnd, Checkpoint, ExportedRow, NoCheckpoint};
pub(crate) use covered::Decided;
pub(crate) use journal::{Acts, Head, Heads, Journal};
pub use recorder::Recorded;
pub(crate) use recorder::Recorder;

use jiff::Timestamp;

use crate::Registry;
use crate::error::Result;
use crate::store::{log, log_covers, log_verify};

/// The audit room.
#[derive(Debug, Clone, Copy)]
pub struct Audit<'r> {
    registry: &'r Registry,
}

impl<'r> Audit<'r> {
    pub(crate) fn new(registry: &'r Registry) -> Self {
        Self { registry }
    }

    /// Numbered audit entries after a number, in order, at most `limit`.
    pub async fn after(&self, number: u64, limit: u32) -> Result<Vec<(u64, Entry)>> {
        log::numbered_after(self.registry.store(), Stream::Audit, number, limit).await
    }

    /// Puts a read on record and hands its answer back when the entry is durable.
    ///
    /// # Errors
    /// When the audit cannot be written: then the answer must not leave, and does not.
    pub async fn record<T>(&self, entry: Entry, answer: T) -> Result<Recorded<T>> {
        self.record_all(vec![entry], answer).await
    }

    /// The same for an answer about several things, each with an entry of its own: all are durable in one commit.
    ///
    /// # Errors
    /// As for [`Self::record`].
    pub async fn record_all<T>(&self, entries: Vec<Entry>, answer: T) -> Result<Recorded<T>> {
        let (store, journal) = (self.registry.store(), self.registry.journal());
        self.registry
            .recorder()
            .record(store, journal, entries)
            .await?;
        Ok(Recorded::durable(answer))
    }

    /// When the entry with the highest number was written: a clock that is right shows no earlier time. `None`
    /// before any has a number.
    pub async fn last_recorded(&self) -> Result<Option<Timestamp>> {
        log::last_numbered(&mut *self.registry.store().reader().await?).await
    }

    /// Walks both chains from their first rows and says where one is broken; empty when whole.
    pub async fn verify(&self) -> Result<Vec<LogFault>> {
        self.verify_since(&[]).await
    }

    /// The same, and holds the chains against a checkpoint: what stood there when it was taken must stand
    /// there still.
    pub async fn verify_against(&self, kept: &Checkpoint) -> Result<Vec<LogFault>> {
        self.verify_since(&kept.chains).await
    }

    async fn verify_since(&self, kept: &[ChainEnd]) -> Result<Vec<LogFault>> {
        let mut faults = Vec::new();
        for stream in [Stream::Audit, Stream::Events] {
            faults.extend(log_verify::verify(self.registry.store(), stream, kept).await?);
        }
        Ok(faults)
    }

    /// How far the log has come.
    pub async fn checkpoint(&self, now: Timestamp) -> Result<Checkpoint> {
        Ok(Checkpoint {
            version: Checkpoint::VERSION,
            taken_at: now,
            chains: log::ends(self.registry.store()).await?,
        })
    }

    /// The rows of a chain from a place on, at most `limit`, none beyond the checkpoint's.
    pub async fn export(&self, of: &ChainEnd, from: u64, limit: u32) -> Result<Vec<ExportedRow>> {
        log::export(self.registry.store(), of, from, limit).await
    }

    /// Holds batches, certificates and transitions against the log, both ways: what stands there must
    /// have been written with a row here and be what that row covers, and what the log tells of must
    /// stand there. Whoever rewrites record, log and digests alike is found only by a checkpoint that is
    /// kept elsewhere.
    pub async fn unrecorded(&self) -> Result<Vec<Unrecorded>> {
        let mut found = log_verify::unrecorded(self.registry.store()).await?;
        found.extend(log_covers::differing(self.registry.store()).await?);
        Ok(found)
    }
}
