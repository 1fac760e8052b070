//! The one way to commit: rows of the log go in last, under the lock that keeps their order.

use tokio::sync::Mutex;

use super::chain::{Entry, GENESIS, Row, Stream};
use crate::error::Result;
use crate::store::{Dialect, Tx, log};

/// The chain heads of this process.
///
/// They are held in memory only while the database is known to agree. After a commit whose outcome
/// is unknown they are read again; the primary key over writer and sequence refuses a second row
/// in the same place.
#[derive(Debug)]
pub(crate) struct Journal {
    writer: String,
    dialect: Dialect,
    heads: Mutex<Option<Heads>>,
}

/// The next place in each stream.
#[derive(Debug, Clone)]
pub(crate) struct Heads {
    pub(crate) audit: Head,
    pub(crate) events: Head,
    /// Whether the sequencer has been told of this writer.
    pub(crate) known: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) seq: i64,
    pub(crate) prev: [u8; 32],
}

/// What a transaction did, for the log.
#[derive(Debug, Default)]
pub(crate) struct Acts {
    pub(crate) audit: Vec<Entry>,
    pub(crate) events: Vec<Entry>,
}

impl Acts {
    /// A single entry of the audit.
    pub(crate) fn one(entry: Entry) -> Self {
        Self {
            audit: vec![entry],
            events: Vec::new(),
        }
    }
}

impl Journal {
    /// `writer` must be of this process alone, or the folder lock must keep others away.
    pub(crate) fn new(writer: String, dialect: Dialect) -> Self {
        Self {
            writer,
            dialect,
            heads: Mutex::new(None),
        }
    }

    pub(crate) fn writer(&self) -> &str {
        &self.writer
    }

    /// Adds the rows of the log and commits. When it returns, everything is durable; when it
    /// fails, the caller must take it that nothing is, and look again.
    pub(crate) async fn commit(&self, mut tx: Tx, acts: Acts) -> Result<()> {
        let mut heads = self.heads.lock().await;
        let mut next = match heads.take() {
            Some(known) => known,
            None => log::heads(&mut tx, &self.writer).await?,
        };
        if !next.known {
            log::introduce(&mut tx, &self.writer).await?;
            next.known = true;
        }
        let audit = self.place(&mut next.audit, acts.audit);
        let events = self.place(&mut next.events, acts.events);
        log::insert(&mut tx, self.dialect, Stream::Audit, &audit).await?;
        log::insert(&mut tx, self.dialect, Stream::Events, &events).await?;
        tx.commit().await?;
        *heads = Some(next);
        Ok(())
    }

    fn place(&self, head: &mut Head, entries: Vec<Entry>) -> Vec<Row> {
        let place = |entry| {
            let row = Row {
                writer: self.writer.clone(),
                seq: head.seq,
                prev: head.prev,
                entry,
            };
            head.seq += 1;
            head.prev = row.digest();
            row
        };
        entries.into_iter().map(place).collect()
    }
}

impl Head {
    pub(crate) fn first() -> Self {
        Self {
            seq: 0,
            prev: GENESIS,
        }
    }

    pub(crate) fn after(row: &Row) -> Self {
        Self {
            seq: row.seq + 1,
            prev: row.digest(),
        }
    }
}
