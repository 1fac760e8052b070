//! The registry: what is on record about units, types, certificates and batches.
//!
//! Not layout, not cryptography of files, not HTTP. `signer` draws approved data from here and
//! brings sealed bytes back; `api` asks questions and records acts.

pub mod certificates;
pub mod types;

pub mod units;
