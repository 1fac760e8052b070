//! The verifier: bytes, evidence, policy and time in; a seal report out; report and facts in, a verdict out.
//!
//! Pure: no I/O, no clock, no database, no async. Shares no code with the signer, so that one's
//! mistake cannot hide the other's. `api` calls it; it calls nobody.

pub mod budget;
pub mod pdf;
pub mod report;
pub mod suites;
mod x509;

/// Parts that the suites in `verifier/tests` drive directly; no interface, and free to change.
#[doc(hidden)]
pub mod internals {
    pub use crate::x509::*;
}
