//! The verifier: bytes, evidence, policy and time in; a seal report out; report and facts in, a verdict out.
//!
//! Pure: no I/O, no clock, no database, no async. Shares no code with the signer, so that one's
//! mistake cannot hide the other's. `api` calls it; it calls nobody.

pub mod budget;
mod cms;
mod error;
pub mod inspect;
pub(crate) mod pdf;
pub mod policy;
pub mod report;
mod seal;
pub mod suites;
pub mod verdict;
mod x509;

pub use budget::Budgets;
pub use error::{Error, Sentence};
pub use inspect::{Inspected, inspect};
pub use policy::Trust;
pub use seal::examine;
pub use verdict::{Asked, Facts, FileReport, Verdict, judge};

/// Parts that the suites in `verifier/tests` drive directly; no interface, and free to change.
#[doc(hidden)]
pub mod internals {
    pub use crate::pdf::{Kind, Pdf, Site, read as read_pdf};
    pub use crate::x509::*;
}

#[cfg(test)]
#[path = "../tests/forge/mod.rs"]
mod forge;

#[cfg(test)]
mod hostile;
