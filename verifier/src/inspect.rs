//! A first look at bytes from anyone: digest, revision ends, the identifier that they claim.
//!
//! Nothing here is checked; `api` uses it to ask the registry for facts before `judge` speaks.

use serde::Serialize;

use crate::budget::{Budgets, Meter};
use crate::pdf;
use crate::report::RevisionEnd;
use crate::seal::chain::sha256;

/// What a file is and claims to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inspected {
    /// SHA-256 of the whole file.
    #[serde(serialize_with = "crate::report::as_hex")]
    pub sha256: [u8; 32],
    /// The identifier that the file's `certificate.json` or XMP names; a claim.
    pub claimed_identifier: Option<String>,
    /// Every revision end, first to last; none when the file cannot be read.
    pub revisions: Vec<RevisionEnd>,
}

/// Looks at a file within the default budget. What cannot be read claims nothing.
pub fn inspect(bytes: &[u8]) -> Inspected {
    let read = Meter::new(&Budgets::default(), bytes.len()).and_then(|mut meter| {
        let pdf = pdf::read(bytes, &mut meter)?;
        Ok((pdf.claimed_identifier(&mut meter), pdf.revision_ends()))
    });
    let (claimed_identifier, revisions) = read.unwrap_or_default();
    Inspected {
        sha256: sha256(bytes),
        claimed_identifier,
        revisions,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::pdf::{Draft, sealed};

    #[test]
    fn a_sealed_file_has_one_revision() {
        let bytes = sealed(&Draft::default(), |_| vec![0x30, 0]);
        let inspected = inspect(&bytes);
        let whole = RevisionEnd {
            length: bytes.len() as u64,
            sha256: sha256(&bytes),
        };
        assert_eq!(inspected.revisions, [whole]);
        assert_eq!(inspected.claimed_identifier, None);
    }

    #[test]
    fn what_is_no_pdf_still_has_a_digest() {
        let inspected = inspect(b"no pdf");
        assert_eq!(
            (inspected.sha256, inspected.revisions),
            (sha256(b"no pdf"), vec![])
        );
    }
}
