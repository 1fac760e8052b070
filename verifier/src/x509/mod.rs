//! X.509 path building and validation with CRLs: RFC 5280 §6.1 and §6.3, strict in what it reads.
//!
//! Fetches nothing and reads no clock: pool, anchors, CRLs and time are arguments; work is counted,
//! never timed. `cms`, the time-stamp rules and the policy call it; it knows nothing of PDF or seals.

pub(crate) mod der;
mod oid;

pub use der::Malformed;
pub use oid::Oid;
