//! The verdict: a seal report and the facts on record, joined by the table of the judge.
//!
//! Reads no file and no database: `api` brings the facts from the registry and the report from
//! `examine`. A [`Verdict`] is made by [`judge()`] alone, so nothing else can say "authentic".

mod answer;
mod facts;
mod judge;
mod outcome;
mod state;
#[cfg(test)]
mod tests;
pub mod words;

pub use answer::{Authority, CopyAnswer, SealAnswer, Status, Verdict, VerdictBasis};
pub use facts::{
    About, Acting, Asker, Basis, Certificate, Copy, CopyEnd, Dispute, Entitlement, Facts, FileKind,
    Freshness, Record, RecordedFile, Standing, StoredState,
};
pub use judge::{Asked, FileReport, judge};
pub use outcome::{Advice, Code36906, Outcome};
pub use state::State;
