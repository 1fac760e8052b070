//! The chain: each row of a writer holds the digest of the row before it.

use std::fmt;

use ring::digest::{Context, SHA256};

/// What the first row of a writer holds as the digest of the row before it.
pub(crate) const GENESIS: [u8; 32] = [0; 32];

/// The two streams of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Who did what.
    Audit,
    /// What befell a certificate, for those who follow.
    Events,
}

/// What a row says, without its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Unix milliseconds.
    pub at: i64,
    /// What happened, such as `batch.planned`.
    pub kind: String,
    /// To what: a job, a certificate, a key.
    pub object: String,
    /// By whom: `PERSON@UNIT`, or the part of the service that acted by itself.
    pub actor: String,
    /// Figures and references as `name=value` words; never names or numbers of people.
    pub detail: String,
}

/// A row in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) writer: String,
    pub(crate) seq: i64,
    pub(crate) prev: [u8; 32],
    pub(crate) entry: Entry,
}

impl Row {
    /// SHA-256 over every field, each with its length in front.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut context = Context::new(&SHA256);
        for bytes in [
            self.writer.as_bytes(),
            &self.seq.to_be_bytes(),
            &self.prev,
            &self.entry.at.to_be_bytes(),
            self.entry.kind.as_bytes(),
            self.entry.object.as_bytes(),
            self.entry.actor.as_bytes(),
            self.entry.detail.as_bytes(),
        ] {
            context.update(&(bytes.len() as u32).to_be_bytes());
            context.update(bytes);
        }
        finish(context)
    }
}

/// The digest of a numbered range: the one before it, where it begins, how long it is, whose rows
/// it holds, and the digest of its last row, which holds those of all before.
pub(crate) fn range_digest(
    prev: &[u8; 32],
    first: i64,
    amount: i64,
    writer: &str,
    last_row: &[u8; 32],
) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for bytes in [
        prev.as_slice(),
        &first.to_be_bytes(),
        &amount.to_be_bytes(),
        writer.as_bytes(),
        last_row,
    ] {
        context.update(&(bytes.len() as u32).to_be_bytes());
        context.update(bytes);
    }
    finish(context)
}

pub(super) fn finish(context: Context) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

impl Stream {
    /// The word stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Stream::Audit => "audit",
            Stream::Events => "events",
        }
    }
}

/// What was seen, in Chinese and English.
pub type Seen = (&'static str, &'static str);

/// Where the log is not what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFault {
    /// Which stream.
    pub stream: Stream,
    /// Whose rows.
    pub writer: String,
    /// The first row at fault, counted from 0.
    pub seq: i64,
    /// What was seen.
    pub seen: Seen,
}

impl LogFault {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        let stream = match self.stream {
            Stream::Audit => "审计",
            Stream::Events => "事件",
        };
        let (zh, _) = self.seen;
        format!("{stream}，写入者 {}，第 {} 行：{zh}", self.writer, self.seq)
    }
}

impl fmt::Display for LogFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stream = self.stream.as_str();
        write!(
            f,
            "{stream}, writer {}, row {}: {}",
            self.writer, self.seq, self.seen.1
        )
    }
}

/// Something on record of which the log knows nothing or something else, or of which only the log knows,
/// though both are written in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrecorded {
    /// What, as the beginning of a sentence that the id ends.
    pub what: Seen,
    /// The record's own id, or the certificate's name in the log; neither names a person.
    pub id: String,
}

impl fmt::Display for Unrecorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what.1, self.id)
    }
}

impl Unrecorded {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        format!("{}：{}", self.what.0, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_counts() {
        let entry = Entry {
            at: 1,
            kind: "k".into(),
            object: "o".into(),
            actor: "a".into(),
            detail: "d".into(),
        };
        let row = Row {
            writer: "w".into(),
            seq: 0,
            prev: GENESIS,
            entry,
        };
        let changes: [fn(&mut Row); 8] = [
            |row| row.writer.push('x'),
            |row| row.seq += 1,
            |row| row.prev[31] = 1,
            |row| row.entry.at += 1,
            |row| row.entry.kind.push('x'),
            |row| row.entry.object.push('x'),
            |row| row.entry.actor.push('x'),
            |row| row.entry.detail.push('x'),
        ];
        for change in changes {
            let mut other = row.clone();
            change(&mut other);
            assert_ne!(other.digest(), row.digest());
        }
    }
}
