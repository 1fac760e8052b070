//! The policy: what a verifier needs to trust seals, drawn from the key store. Written at `init`, after each new CRL
//! and each new key; everyone may have it. Its shape is shared with `verifier`, its code is not.

use std::fmt::Write;

use jiff::Timestamp;

use crate::ca::{Crl, POLICY_OID};
use crate::{Error, FileKeyStore, KeyFacts, Misuse, Purpose, X509};

/// The three files for those who verify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFiles {
    /// `policy.toml`: anchors by purpose, issuing CAs, the seal X.509s with from–to, CRLs.
    pub policy_toml: String,
    /// `anchors.pem`: the anchors of seal and time-stamp and the CAs below them, for other verifiers.
    pub anchors_pem: String,
    /// `crl.pem`: the CRLs.
    pub crl_pem: String,
}

/// Draws up the policy of a store as of `made`, with the current CRLs.
///
/// A retired seal key stays named, `to` being the end of its use or of its X.509, whichever comes first.
///
/// # Errors
/// [`Misuse::NoX509`] when a CA key in the store has no X.509 yet.
pub fn policy_files(
    store: &FileKeyStore,
    crls: &[Crl],
    made: Timestamp,
) -> Result<PolicyFiles, Error> {
    let trust = Trust::collect(&store.list()?)?;
    let with_issuers = trust.anchors_of_seals().chain(trust.issuers_of_seals());
    let anchors: Vec<String> = with_issuers.map(X509::pem).collect();
    Ok(PolicyFiles {
        policy_toml: trust.to_toml(crls, made),
        anchors_pem: anchors.concat(),
        crl_pem: crls.iter().map(Crl::pem).collect(),
    })
}

#[derive(Default)]
struct Trust {
    anchors: Vec<(&'static str, X509)>,
    intermediates: Vec<X509>,
    seals: Vec<(X509, Timestamp, Timestamp)>,
}

impl Trust {
    fn collect(keys: &[KeyFacts]) -> Result<Trust, Error> {
        let mut trust = Trust::default();
        for key in keys {
            if matches!(key.purpose, Purpose::Root | Purpose::Ca) && key.chain.is_empty() {
                return Err(Misuse::NoX509(key.id.clone()).into());
            }
            for chain in key.chains() {
                match (key.purpose, chain) {
                    (Purpose::Root, [root, ..]) => {
                        for purpose in ["seal", "tsa", "tls", "receipt", "status"] {
                            trust.add_anchor(purpose, root);
                        }
                    }
                    (Purpose::Ca, [ca, ..]) => trust.add_intermediate(ca),
                    (Purpose::Seal, [own, issuers @ ..]) => trust.add_seal(key, own, issuers),
                    _ => {}
                }
            }
        }
        Ok(trust)
    }

    fn add_anchor(&mut self, purpose: &'static str, x509: &X509) {
        if !self
            .anchors
            .iter()
            .any(|(of, known)| (*of, known) == (purpose, x509))
        {
            self.anchors.push((purpose, x509.clone()));
        }
    }

    fn add_intermediate(&mut self, x509: &X509) {
        if !self.intermediates.contains(x509) {
            self.intermediates.push(x509.clone());
        }
    }

    fn add_seal(&mut self, key: &KeyFacts, own: &X509, issuers: &[X509]) {
        let to = key
            .retired
            .map_or(own.not_after(), |retired| retired.min(own.not_after()));
        self.seals.push((own.clone(), own.not_before(), to));
        // Only an outside CA's X.509 comes with its issuers; ours are keys of the store.
        if let Some((anchor, between)) = issuers.split_last() {
            self.add_anchor("seal", anchor);
            for x509 in between {
                self.add_intermediate(x509);
            }
        }
    }

    /// Each anchor once; with our own root, time-stamps have the same.
    fn anchors_of_seals(&self) -> impl Iterator<Item = &X509> {
        self.anchors
            .iter()
            .filter(|(purpose, _)| *purpose == "seal")
            .map(|(_, x509)| x509)
    }

    /// The CAs between the anchors and the seals; not the one for TLS.
    fn issuers_of_seals(&self) -> impl Iterator<Item = &X509> {
        let signs_a_seal = |ca: &&X509| {
            self.seals
                .iter()
                .any(|(seal, ..)| seal.is_signed_by(ca).unwrap_or(false))
        };
        self.intermediates.iter().filter(signs_a_seal)
    }

    fn to_toml(&self, crls: &[Crl], made: Timestamp) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "version = 1\nmade = \"{}\"", seconds(made));
        let _ = writeln!(out, "policy_oid = \"{POLICY_OID}\"");
        for (purpose, x509) in &self.anchors {
            let pem = x509.pem();
            let _ = write!(
                out,
                "\n[[anchor]]\npurpose = \"{purpose}\"\nx509 = \"\"\"\n{pem}\"\"\"\n"
            );
        }
        for x509 in &self.intermediates {
            let _ = write!(
                out,
                "\n[[intermediate]]\nx509 = \"\"\"\n{}\"\"\"\n",
                x509.pem()
            );
        }
        for (x509, from, to) in &self.seals {
            let _ = writeln!(
                out,
                "\n[[seal_x509]]\nsha256 = \"{}\"\nx509 = \"\"\"\n{}\"\"\"",
                hex::encode(x509.sha256()),
                x509.pem()
            );
            let _ = writeln!(
                out,
                "from = \"{}\"\nto = \"{}\"",
                seconds(*from),
                seconds(*to)
            );
        }
        for crl in crls {
            let _ = write!(out, "\n[[crl]]\npem = \"\"\"\n{}\"\"\"\n", crl.pem());
        }
        out
    }
}

/// RFC 3339 in whole seconds, UTC.
fn seconds(at: Timestamp) -> impl std::fmt::Display {
    at.strftime("%Y-%m-%dT%H:%M:%SZ")
}
