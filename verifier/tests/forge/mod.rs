//! Makes what the verifier reads: X.509s, CRLs, CMS signatures, time-stamp tokens and small PDFs,
//! good by default, wrong in any one place on demand.
//!
//! Shares no code with the verifier or the signer.

#![allow(dead_code, unreachable_pub)] // each test binary uses its part
#![allow(clippy::unwrap_used)]

pub mod cms;
pub mod der;
pub mod pdf;
pub mod pki;
