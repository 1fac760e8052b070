//! Keys: the file key store, signature suites, our own CAs with their CRLs, CSRs for an outside CA, and time-stamps.
//! It signs messages and knows nothing of certificates, PDF or databases; a private key opens only against [`UseLog`].
//! Called by `signer` (seals, time-stamps) and `api` (`init`, `keys …`, wiring of the log).

pub mod asn1;
pub mod ca;
pub mod cms;
mod error;
mod establish;
#[cfg(test)]
mod interop;
mod policy;
mod purpose;
mod signer;
mod store;
mod suite;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod tsp;
mod use_log;
mod x509;

pub use error::{Error, Misuse, Sentence};
pub use establish::{Establishment, Lifetimes, Names, establish, issue_crl, rotate_seal};
pub use policy::{PolicyFiles, policy_files};
pub use purpose::{KeyId, Purpose};
pub use signer::{MAX_SEAL_MESSAGE, Signer};
pub use store::{Cost, FileKeyStore, KeyFacts};
pub use suite::Suite;
pub use tsp::{BuiltInTsa, RemoteTsa, TimeStampSource};
pub use use_log::{Reservation, UseLog, UseRefused};
pub use x509::X509;
