//! X.509 path building and validation with CRLs: RFC 5280 §6.1 and §6.3, strict in what it reads.
//!
//! Fetches nothing and reads no clock: pool, anchors, CRLs and time are arguments; work is counted,
//! never timed. `cms`, the time-stamp rules and the policy call it; it knows nothing of PDF or seals.

mod crl;
mod crl_scope;
pub(crate) mod der;
mod extensions;
mod failure;
mod marks;
mod name;
mod names_within;
mod oid;
mod parse;
mod path;
mod policy_graph;
mod profile;
mod revocation;
mod rules;

pub use crl::Crl;
pub use der::Malformed;
pub use extensions::KeyUsage;
pub use failure::PathFailure;
pub use name::Name;
pub use oid::Oid;
pub use parse::X509;
pub use path::{
    CrlUsed, ExtendedKeyUsage, PathRequest, Purpose, Revocation, ValidPath, Window, validate,
};
pub use policy_graph::PolicyInputs;

#[cfg(test)]
mod tests;
