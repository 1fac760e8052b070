//! A first look at bytes from anyone: digest, revision ends, the identifier that they claim.
//!
//! Nothing here is checked; `api` uses it to ask the registry for facts before `judge` speaks.

use serde::Serialize;

use crate::report::RevisionEnd;

/// What a file is and claims to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inspected {
    /// SHA-256 of the whole file.
    #[serde(serialize_with = "crate::report::as_hex")]
    pub sha256: [u8; 32],
    /// The identifier that the file's metadata names; a claim.
    pub claimed_identifier: Option<String>,
    /// Every revision end, first to last.
    pub revisions: Vec<RevisionEnd>,
}
