//! The log: what was done (audit) and what befell certificates (events), chained by each writer
//! from its first row. It judges nothing and holds no names of people. Every room that writes ends
//! its transaction here, so that nothing is kept that the audit does not know.

mod chain;
mod journal;
mod recorder;
#[cfg(test)]
mod tests;

pub use chain::{Entry, LogFault, Seen, Stream, Unrecorded};
pub(crate) use chain::{GENESIS, Row, range_digest};
pub(crate) use journal::{Acts, Head, Heads, Journal};
pub use recorder::Recorded;
pub(crate) use recorder::Recorder;

use jiff::Timestamp;

use crate::Registry;
use crate::error::Result;
use crate::store::{log, log_verify};

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
        let mut faults = log_verify::verify(self.registry.store(), Stream::Audit).await?;
        faults.extend(log_verify::verify(self.registry.store(), Stream::Events).await?);
        Ok(faults)
    }

    /// Holds batches, certificates and transitions against the log: what stands there must have
    /// been written with a row here. Whoever rewrites record, log and digests alike is found only by
    /// a checkpoint that is kept elsewhere.
    pub async fn unrecorded(&self) -> Result<Vec<Unrecorded>> {
        log_verify::unrecorded(self.registry.store()).await
    }
}
