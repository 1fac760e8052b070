//! Trust: which X.509s may do what, read from a policy file or from bare anchors.
//!
//! Reads text, never files, and trusts nothing that is not named. `seal` asks it for anchors,
//! CRLs and what it knows of a seal X.509; `api` makes it once and shares it among threads.

mod file;
mod pem;

use jiff::Timestamp;

use crate::error::{Error, Sentence};
use crate::seal::chain::Prepared;
use crate::suites::Algorithms;
use crate::x509::{Crl, Oid, X509};

/// The policy under which our own CA issues seal X.509s, where no policy file names it.
/// The same constant stands in `keys`.
pub const POLICY_OID: &str = "2.25.81190498473162560997243110861558770852";

/// What an anchor is trusted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Seals over certificates.
    Seal,
    /// Time-stamps.
    Tsa,
    /// TLS.
    Tls,
    /// Receipts.
    Receipt,
    /// Status lists.
    Status,
}

/// What the verifier trusts: made once, then shared; verifying only reads it.
#[derive(Debug)]
pub struct Trust {
    pub(crate) source: Source,
    pub(crate) anchors: Vec<(Purpose, X509)>,
    /// Issuing CAs offered for building chains.
    pub(crate) intermediates: Vec<X509>,
    pub(crate) crls: Vec<Crl>,
    pub(crate) algorithms: Algorithms,
    pub(crate) policy_oid: Oid,
    /// False: `--no-revocation` was said.
    pub(crate) revocation: bool,
    pub(crate) prepared: Prepared,
}

/// Where the trust comes from, which decides what makes a file `issued`.
#[derive(Debug)]
pub(crate) enum Source {
    /// The X.509s that the policy names.
    Policy(Vec<SealX509>),
    /// Whatever chains to an anchor and bears our EKU and policy OID.
    Anchors,
}

/// An X.509 that may seal, and when.
#[derive(Debug)]
pub(crate) struct SealX509 {
    pub(crate) sha256: [u8; 32],
    /// Known when the policy encloses it: lets a SignerInfo be recognised by issuer and serial.
    pub(crate) x509: Option<X509>,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

impl Trust {
    /// Reads a policy file (TOML). Errors name the place.
    pub fn from_policy(toml: &str) -> Result<Trust, Error> {
        file::read(toml)
    }

    /// Bare anchors (PEM, one or more) with CRLs (PEM), or with none and `no_revocation`.
    ///
    /// The anchors serve seals and time-stamps. An X.509 in the file that another one in it issued
    /// is offered for building chains and trusted for nothing. Without a current CRL and without `no_revocation` an
    /// examination ends INDETERMINATE/TRY_LATER.
    pub fn from_anchors(
        anchors: &str,
        crls: Option<&str>,
        no_revocation: bool,
    ) -> Result<Trust, Error> {
        let x509s = pem::x509s(anchors).map_err(Error::Anchors)?;
        if x509s.is_empty() {
            return Err(Error::Anchors(Sentence::new(
                "其中没有 X.509 证书（-----BEGIN CERTIFICATE-----）",
                "it holds no X.509 (-----BEGIN CERTIFICATE-----)",
            )));
        }
        let issued_within = |x509: &X509| {
            x509s
                .iter()
                .any(|other| other != x509 && other.subject() == x509.issuer())
        };
        let (intermediates, anchors): (Vec<_>, Vec<_>) =
            x509s.iter().cloned().partition(issued_within);
        let for_both = |x509: X509| [(Purpose::Seal, x509.clone()), (Purpose::Tsa, x509)];
        Ok(Trust {
            anchors: anchors.into_iter().flat_map(for_both).collect(),
            intermediates,
            crls: pem::crls(crls.unwrap_or_default()).map_err(Error::Crls)?,
            revocation: !no_revocation,
            ..Trust::nobody()
        })
    }

    /// Trusts nobody: form, digests and signatures are examined, chains are not found.
    pub fn nobody() -> Trust {
        Trust {
            source: Source::Anchors,
            anchors: Vec::new(),
            intermediates: Vec::new(),
            crls: Vec::new(),
            algorithms: Algorithms::default(),
            policy_oid: our_policy(),
            revocation: true,
            prepared: Prepared::default(),
        }
    }

    /// Whether a policy says which X.509s may seal.
    pub(crate) fn seals(&self) -> Option<&[SealX509]> {
        match &self.source {
            Source::Policy(seals) => Some(seals),
            Source::Anchors => None,
        }
    }

    /// The anchors of one purpose.
    pub(crate) fn anchors(&self, purpose: Purpose) -> impl Iterator<Item = &X509> {
        self.anchors
            .iter()
            .filter(move |(of, _)| *of == purpose)
            .map(|(_, x509)| x509)
    }
}

#[allow(clippy::expect_used)] // a constant, held by a test
fn our_policy() -> Oid {
    POLICY_OID
        .parse()
        .expect("the constant is an object identifier")
}

#[cfg(test)]
mod tests;
