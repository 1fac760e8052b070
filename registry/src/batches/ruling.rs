//! What a reviewer is told and decides, as plain values.

use jiff::Timestamp;

use crate::grants::is_unseen;

/// Longest reason of a reviewer, in characters.
const LONGEST_REASON: usize = 200;

/// A row that waits for a reviewer; it shows nothing of the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewLine {
    /// The row, as an editor or spreadsheet counts it.
    pub row: u64,
    /// Digest of what its page is made of.
    pub inputs: [u8; 32],
    /// Since when it waits.
    pub submitted_at: Timestamp,
}

/// What a reviewer decides about a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewDecision {
    /// The row.
    pub row: u64,
    /// Digest of what the reviewer saw.
    pub inputs: [u8; 32],
    /// Approved, or sent back.
    pub ruling: Ruling,
}

/// Approved or sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// It may be sealed.
    Approve,
    /// The row is in error, for this reason in the reviewer's words.
    SendBack(ReviewReason),
}

/// Why a row was sent back: 1 to 200 characters that can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewReason(String);

impl ReviewReason {
    /// Reads a reason; `None` where it is empty, too long, or holds characters that are not seen.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let length = text.chars().count();
        let fits = (1..=LONGEST_REASON).contains(&length) && !text.chars().any(is_unseen);
        fits.then(|| Self(text.to_owned()))
    }

    /// As it was given.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What became of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It is on record.
    Recorded,
    /// What was approved may not be issued any more: the agency's right has ended, or the certificate that the row
    /// replaces has. The row is in error for that.
    Refused,
    /// Nothing waits at this row: there is none, or another reviewer was first.
    NotWaiting,
    /// The page is made of other things by now; look at it again.
    Changed,
}
