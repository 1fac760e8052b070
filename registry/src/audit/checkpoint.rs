//! A checkpoint: how far the log had come at an instant, to be kept where whoever could rewrite the log
//! cannot reach. Each digest holds those of all rows before it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Of this form: 1.
    pub version: u32,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// The end of each writer's chain in each stream.
    pub chains: Vec<ChainEnd>,
}

/// The end of one chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainEnd {
    /// `audit` or `events`.
    pub stream: String,
    /// Whose rows.
    pub writer: String,
    /// How many.
    pub rows: u64,
    /// SHA-256 of the last one, hexadecimal; zeros where there is none.
    pub digest: String,
}

/// Why a text is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoCheckpoint;

impl fmt::Display for NoCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its last line is not {\"checkpoint\": …} of version 1")
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<C> {
    checkpoint: C,
}

impl Checkpoint {
    pub(crate) const VERSION: u32 = 1;

    /// One line of JSON, as an export ends with.
    pub fn line(&self) -> String {
        // Plain data: there is nothing in it that JSON cannot hold.
        serde_json::to_string(&Line { checkpoint: self }).unwrap_or_default()
    }

    /// Reads a checkpoint: that line alone, or an export, whose last line it is.
    ///
    /// # Errors
    /// [`NoCheckpoint`] where the last line is none of this version.
    pub fn parse(text: &str) -> Result<Self, NoCheckpoint> {
        let line = text.trim_end().lines().last().ok_or(NoCheckpoint)?;
        let line: Line<Self> = serde_json::from_str(line).map_err(|_| NoCheckpoint)?;
        let is_digest = |end: &ChainEnd| end.digest().is_some() && end.rows <= i64::MAX as u64;
        let read = line.checkpoint;
        let whole = read.version == Self::VERSION && read.chains.iter().all(is_digest);
        whole.then_some(read).ok_or(NoCheckpoint)
    }
}

impl ChainEnd {
    /// The digest as bytes; `None` where it is none.
    pub(crate) fn digest(&self) -> Option<[u8; 32]> {
        let mut digest = [0; 32];
        hex::decode_to_slice(&self.digest, &mut digest).ok()?;
        Some(digest)
    }
}

/// A row as it is exported: what was written, and the digest by which the next one holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedRow {
    /// `audit` or `events`.
    pub stream: &'static str,
    /// Whose.
    pub writer: String,
    /// Its place among the writer's rows, from 0.
    pub seq: u64,
    /// SHA-256 of the row before it.
    pub prev: String,
    /// Unix milliseconds.
    pub at: i64,
    /// What happened.
    pub kind: String,
    /// To what.
    pub object: String,
    /// By whom.
    pub actor: String,
    /// Figures and references.
    pub detail: String,
    /// SHA-256 over all of this.
    pub digest: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_reads_back_alone_or_as_the_end_of_an_export() {
        let end = |digest: &str| ChainEnd {
            stream: "audit".into(),
            writer: "main".into(),
            rows: 3,
            digest: digest.into(),
        };
        let checkpoint = Checkpoint {
            version: 1,
            taken_at: Timestamp::UNIX_EPOCH,
            chains: vec![end(&"ab".repeat(32))],
        };
        let line = checkpoint.line();
        assert_eq!(Checkpoint::parse(&line), Ok(checkpoint.clone()));
        let export = format!("{{\"stream\":\"audit\"}}\n{line}\n\n");
        assert_eq!(Checkpoint::parse(&export), Ok(checkpoint));
        for bad in [
            String::new(),
            "{}".to_owned(),
            format!("{line}\n{{\"stream\":\"audit\"}}"),
            line.replace("\"version\":1", "\"version\":2"),
            line.replace("abab", "ab"),
            line.replace("\"rows\":3", "\"rows\":9223372036854775808"),
        ] {
            assert_eq!(Checkpoint::parse(&bad), Err(NoCheckpoint), "{bad}");
        }
    }
}
