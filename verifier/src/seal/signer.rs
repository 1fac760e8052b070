//! The signer: whether its X.509 may seal, and whether its chain holds at the best proven time.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::cms::rules::indeterminate;
use crate::policy::{Purpose, SealX509, Trust};
use crate::report::{Finding, Severity, SignerName, SubIndication};
use crate::x509::{PathFailure, ValidPath, X509};

use super::Context;
use super::chain::{self, Use, sha256};

const NOT_A_SEAL_KEY: &str = "signer.not_a_seal_key";
const CLAUSE: &str = "design 3; RFC 9336";
/// id-kp-documentSigning 1.3.6.1.5.5.7.3.36 (RFC 9336)
const DOCUMENT_SIGNING: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x03\x24";
/// id-kp-serverAuth, id-kp-clientAuth
const TLS: [&[u8]; 2] = [
    b"\x2b\x06\x01\x05\x05\x07\x03\x01",
    b"\x2b\x06\x01\x05\x05\x07\x03\x02",
];

/// What was found out about a signer.
pub(super) struct Signer {
    pub(super) findings: Vec<Finding>,
    /// The chain that holds, if one does.
    pub(super) path: Option<Arc<ValidPath>>,
    /// When the X.509 was good, as far as a chain could be followed and a proof is wanting.
    pub(super) good: Option<(Timestamp, Timestamp)>,
}

/// Judges the signer's X.509. `proven` is the earliest time that a valid time-stamp proves.
pub(super) fn judge(
    x509: &X509,
    offered: &[X509],
    proven: Option<Timestamp>,
    context: &mut Context<'_, '_>,
) -> Signer {
    let trust = context.trust;
    let digest = sha256(x509.der());
    let named = trust
        .seals()
        .and_then(|seals| seals.iter().find(|seal| seal.sha256 == digest));
    let (path, failure) = match path_at_best_time(x509, offered, proven, context) {
        Ok(path) => (Some(path), None),
        Err(failure) => (None, Some(failure)),
    };
    let mut findings: Vec<_> = failure
        .iter()
        .map(|failure| failure.finding.clone())
        .collect();
    findings.extend(unfit(x509, named, path.as_deref(), trust));
    let best = proven.unwrap_or(context.at);
    findings.extend(named.and_then(|seal| outside_policy(seal, best)));
    if !trust.revocation && path.is_some() {
        findings.push(revocation_not_run());
    }
    let wants_proof = findings.iter().any(|finding| {
        matches!(
            finding.sub_indication,
            Some(
                SubIndication::OutOfBoundsNoPoe
                    | SubIndication::RevokedNoPoe
                    | SubIndication::RevokedCaNoPoe
            )
        )
    });
    let good = if wants_proof {
        good(x509, offered, named, context)
    } else {
        None
    };
    Signer {
        findings,
        path,
        good,
    }
}

/// Whether an X.509 bears our EKU and our policy OID.
pub(super) fn bears_our_marks(x509: &X509, trust: &Trust) -> bool {
    let usages = x509.extended_key_usage().0;
    usages.iter().any(|usage| *usage == *DOCUMENT_SIGNING)
        && x509.policies().contains(&trust.policy_oid)
}

/// What is said of a signer whose X.509 is not at hand: the policy cannot have named it.
pub(super) fn unnamed(trust: &Trust) -> Option<Finding> {
    trust.seals().map(|_| {
        let seen = "the policy does not name the signer's X.509";
        indeterminate(
            NOT_A_SEAL_KEY,
            SubIndication::SigConstraintsFailure,
            CLAUSE,
            seen,
        )
    })
}

/// As reports name it.
pub(super) fn name(x509: &X509) -> SignerName {
    SignerName {
        subject: x509.subject().to_string(),
        issuer: x509.issuer().to_string(),
        serial: hex::encode(x509.serial()),
        sha256: hex::encode(sha256(x509.der())),
    }
}

/// At the time of validation; where that fails for want of a proof and there is one, the whole
/// chain with its revocations at the proven time (ETSI EN 319 102-1 §5.6.2).
fn path_at_best_time(
    x509: &X509,
    offered: &[X509],
    proven: Option<Timestamp>,
    context: &mut Context<'_, '_>,
) -> Result<Arc<ValidPath>, PathFailure> {
    let (trust, at) = (context.trust, context.at);
    let failure = match chain::follow(trust, Use::Seal, x509, offered, at, context.meter) {
        Ok(path) => return Ok(path),
        Err(failure) => failure,
    };
    let Some(proven) = proven.filter(|proven| *proven <= at) else {
        return Err(failure);
    };
    match failure.sub_indication {
        SubIndication::RevokedNoPoe
        | SubIndication::RevokedCaNoPoe
        | SubIndication::OutOfBoundsNoPoe => {
            chain::follow(trust, Use::Seal, x509, offered, proven, context.meter)
                .map_err(|_| failure)
        }
        _ => Err(failure),
    }
}

/// Why an X.509 may not seal, whatever its chain.
fn unfit(
    x509: &X509,
    named: Option<&SealX509>,
    path: Option<&ValidPath>,
    trust: &Trust,
) -> Option<Finding> {
    let usages = x509.extended_key_usage().0;
    let for_tls = TLS
        .iter()
        .any(|tls| usages.iter().any(|usage| *usage == **tls));
    let own = path.is_some_and(|path| is_own_house(path, trust));
    if named.is_none() && !for_tls {
        return unnamed(trust);
    }
    let seen = if for_tls {
        "the signer's X.509 is for TLS"
    } else if own && !bears_our_marks(x509, trust) {
        "the signer's X.509 is of our own CA without documentSigning and our policy"
    } else {
        return None;
    };
    let sub = SubIndication::ChainConstraintsFailure;
    Some(indeterminate(NOT_A_SEAL_KEY, sub, CLAUSE, seen))
}

/// Our own root is trusted for TLS too; an outside CA's is named for seals.
fn is_own_house(path: &ValidPath, trust: &Trust) -> bool {
    path.chain
        .last()
        .is_some_and(|root| trust.anchors(Purpose::Tls).any(|anchor| anchor == root))
}

fn outside_policy(seal: &SealX509, best: Timestamp) -> Option<Finding> {
    if seal.from <= best && best <= seal.to {
        return None;
    }
    let seen = format!(
        "the policy lets this X.509 seal from {} to {}, not at {best}",
        seal.from, seal.to
    );
    let sub = SubIndication::OutOfBoundsNoPoe;
    Some(indeterminate(
        "signer.outside_policy",
        sub,
        "design 3",
        seen,
    ))
}

fn revocation_not_run() -> Finding {
    Finding {
        code: "revocation.not_run",
        severity: Severity::NotRun,
        sub_indication: None,
        seen: "revocation was not looked at, as was asked".to_owned(),
        clause: "RFC 5280 6.3",
    }
}

/// From and to when the X.509 was good: validity of its chain, the policy, and no link revoked yet.
fn good(
    x509: &X509,
    offered: &[X509],
    named: Option<&SealX509>,
    context: &mut Context<'_, '_>,
) -> Option<(Timestamp, Timestamp)> {
    let (not_before, not_after) = x509.validity();
    let within = context.at.clamp(not_before, not_after.max(not_before));
    let mut holds = |at| {
        let (trust, meter) = (context.trust, &mut *context.meter);
        chain::follow_ended(trust, Use::Seal, x509, offered, at, meter)
    };
    let window = match holds(within) {
        Ok(path) => path.window,
        // No link was revoked before that; whether the chain held then is asked anew.
        Err(failure) => {
            let before = failure
                .revoked_since?
                .checked_sub(SignedDuration::from_secs(1));
            holds(before.ok()?).ok()?.window
        }
    };
    let from = named.map_or(window.from, |seal| seal.from.max(window.from));
    let to = named.map_or(window.to, |seal| seal.to.min(window.to));
    (from <= to).then_some((from, to))
}
