//! The feed: events with numbers that never change and have no gaps, for those who follow.
//! It decides nothing. A leased sequencer, one at a time, numbers rows after they are committed,
//! so that a reader who has seen a number has seen every lower one.

use jiff::Timestamp;

use crate::Registry;
use crate::audit::{Entry, Stream};
use crate::error::Result;
use crate::store::log;

/// Milliseconds for which the sequencer's lease holds after each round.
const LEASE: i64 = 10_000;

/// The feed room.
#[derive(Debug, Clone, Copy)]
pub struct Feed<'r> {
    registry: &'r Registry,
}

impl<'r> Feed<'r> {
    pub(crate) fn new(registry: &'r Registry) -> Self {
        Self { registry }
    }

    /// Numbers what was committed since the last round; returns how many rows of both streams got
    /// a number. Zero also while another process holds the sequencer's lease.
    pub async fn number(&self, now: Timestamp) -> Result<u64> {
        let store = self.registry.store();
        let clock = store.lease_clock(now).await?;
        let mut tx = store.begin().await?;
        let holder = self.registry.journal().writer();
        if !log::lead(&mut tx, holder, clock, clock + LEASE).await? {
            return Ok(0);
        }
        let audit = log::number(&mut tx, Stream::Audit).await?;
        let events = log::number(&mut tx, Stream::Events).await?;
        tx.commit().await?;
        Ok((audit + events).unsigned_abs())
    }

    /// Numbered events after a number, in order, at most `limit`.
    pub async fn after(&self, number: u64, limit: u32) -> Result<Vec<(u64, Entry)>> {
        log::numbered_after(self.registry.store(), Stream::Events, number, limit).await
    }
}
