//! The verifier: bytes, evidence, policy and time in; a seal report out; report and facts in, a verdict out.
//!
//! Pure: no I/O, no clock, no database, no async. Shares no code with the signer, so that one's
//! mistake cannot hide the other's. `api` calls it; it calls nobody.

pub mod inspect;
pub mod report;
pub mod verdict;

pub use verdict::{Asked, Facts, FileReport, Verdict, judge};
