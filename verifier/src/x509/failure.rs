//! Why no path holds, in the words of ETSI EN 319 102-1.

use jiff::Timestamp;

use super::parse::X509;
use crate::report::{Finding, Severity, SubIndication};
use crate::suites::Refused;

/// No valid path; the finding of the path that came furthest.
#[derive(Clone, Debug)]
pub struct PathFailure {
    /// ETSI EN 319 102-1 sub-indication.
    pub sub_indication: SubIndication,
    /// What was seen, with its clause.
    pub finding: Finding,
    /// When the first X.509 of the chain was revoked, for `REVOKED_NO_POE` and
    /// `REVOKED_CA_NO_POE`: a signature that is proven older is judged anew at its own time.
    pub revoked_since: Option<Timestamp>,
    pub(super) rank: Rank,
}

/// How far a candidate path came; the furthest failure is the one worth telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Nobody of the issuer's name is at hand.
    NoIssuer,
    /// Somebody of that name is, but did not sign.
    Signature,
    /// A chain reaches an anchor and breaks a rule.
    Rule,
    /// A chain keeps every rule except that it is revoked or not known not to be.
    Revocation,
    /// The search was stopped.
    Stopped,
}

impl PathFailure {
    pub(super) fn new(
        rank: Rank,
        code: &'static str,
        sub_indication: SubIndication,
        seen: String,
        clause: &'static str,
    ) -> PathFailure {
        let finding = Finding {
            code,
            severity: Severity::Indeterminate,
            sub_indication: Some(sub_indication),
            seen,
            clause,
        };
        PathFailure {
            sub_indication,
            finding,
            revoked_since: None,
            rank,
        }
    }

    /// A rule of RFC 5280 or of the purpose that the chain breaks.
    pub(super) fn constraint(
        code: &'static str,
        seen: String,
        clause: &'static str,
    ) -> PathFailure {
        PathFailure::new(
            Rank::Rule,
            code,
            SubIndication::ChainConstraintsFailure,
            seen,
            clause,
        )
    }

    /// The budget ran out.
    pub(super) fn stopped(finding: Finding) -> PathFailure {
        let sub_indication = finding.sub_indication.unwrap_or(SubIndication::Generic);
        PathFailure {
            sub_indication,
            finding,
            revoked_since: None,
            rank: Rank::Stopped,
        }
    }
}

/// How findings call an X.509: its subject, or its serial when it has none.
pub(super) fn called(x509: &X509) -> String {
    match x509.subject().is_empty() {
        false => format!("X.509 of \"{}\"", x509.subject()),
        true => format!("X.509 with serial {}", hex::encode(x509.serial())),
    }
}

/// No way on from an X.509.
pub(super) fn no_issuer(x509: &X509) -> PathFailure {
    let seen = format!(
        "nothing at hand leads from the {} to an anchor",
        called(x509)
    );
    let sub_indication = SubIndication::NoCertificateChainFound;
    PathFailure::new(
        Rank::NoIssuer,
        "x509.no_chain",
        sub_indication,
        seen,
        "RFC 5280 6.1.3 (a)(4)",
    )
}

/// An issuer of the right name did not sign.
pub(super) fn bad_signature(x509: &X509, refused: &Refused) -> PathFailure {
    let seen = format!("signature on the {}: {refused}", called(x509));
    let (code, sub_indication) = match refused {
        Refused::Unsupported(_) | Refused::TooWeak(_) => {
            ("x509.weak_algorithm", refused.sub_indication())
        }
        Refused::BadSignature | Refused::Malformed(_) => {
            ("x509.bad_signature", SubIndication::NoCertificateChainFound)
        }
    };
    PathFailure::new(
        Rank::Signature,
        code,
        sub_indication,
        seen,
        "RFC 5280 6.1.3 (a)(1)",
    )
}
