//! Time-stamps (RFC 3161): the built-in authority and the client of an outside one behind one trait.
//! A token that comes back is shaped right and answers what was asked; whether it is trusted, `verifier` decides.
//! Called by `signer` when it makes B-T files.

mod built_in;
mod remote;
mod reply;

pub use built_in::{BuiltInTsa, TSA_POLICY_OID};
pub use remote::RemoteTsa;

use crate::Error;
use crate::asn1::{OCTET_STRING, sequence, tlv};
use crate::suite::SHA256_IDENTIFIER;

/// Where time-stamps come from.
pub trait TimeStampSource: Send + Sync {
    /// A TimeStampToken (ContentInfo in DER) over data with this SHA-256.
    ///
    /// # Errors
    /// [`Error::OutsideTsa`] for an outside authority, errors of the key store for the built-in one.
    fn stamp(&self, sha256: &[u8; 32]) -> Result<Vec<u8>, Error>;

    /// The longest token, in bytes, that room must be kept for.
    fn longest_token(&self) -> usize;
}

/// MessageImprint of a SHA-256.
fn message_imprint(sha256: &[u8; 32]) -> Vec<u8> {
    sequence(&[SHA256_IDENTIFIER, &tlv(OCTET_STRING, &[sha256])])
}

#[cfg(test)]
pub(crate) mod tests;
