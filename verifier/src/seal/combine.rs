//! Many findings, one indication: the worst wins (ETSI EN 319 102-1 §5.1.3; design §7).

use crate::report::{Finding, Indication, Severity, SubIndication};

/// What findings come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) indication: Indication,
    pub(super) sub_indication: Option<SubIndication>,
}

impl Sum {
    pub(super) fn of(findings: &[Finding]) -> Sum {
        let worst = findings
            .iter()
            .filter(|finding| finding.severity >= Severity::Indeterminate)
            .max_by_key(|finding| (finding.severity, weight(finding.sub_indication)));
        let indication = match worst.map(|finding| finding.severity) {
            None => Indication::TotalPassed,
            Some(Severity::Failed) => Indication::TotalFailed,
            Some(_) => Indication::Indeterminate,
        };
        Sum {
            indication,
            sub_indication: worst.and_then(|finding| finding.sub_indication),
        }
    }

    /// Larger is worse.
    pub(super) fn badness(self) -> (Indication, u8) {
        (self.indication, weight(self.sub_indication))
    }
}

/// Which of two sub-indications of one kind speaks: what stopped the examination earlier.
fn weight(sub_indication: Option<SubIndication>) -> u8 {
    use SubIndication as Sub;
    match sub_indication {
        None => 0,
        // TOTAL-FAILED
        Some(Sub::FormatFailure) => 36,
        Some(Sub::HashFailure) => 35,
        Some(Sub::SigCryptoFailure) => 34,
        Some(Sub::Revoked) => 33,
        Some(Sub::Expired) => 32,
        Some(Sub::NotYetValid) => 31,
        // INDETERMINATE
        Some(Sub::SignedDataNotFound) => 18,
        Some(Sub::Generic) => 17,
        Some(Sub::NoSigningCertificateFound) => 16,
        Some(Sub::CryptoConstraintsFailure) => 15,
        Some(Sub::CryptoConstraintsFailureNoPoe) => 14,
        Some(Sub::PolicyProcessingError) => 13,
        Some(Sub::NoCertificateChainFound) => 12,
        Some(Sub::CertificateChainGeneralFailure) => 11,
        Some(Sub::ChainConstraintsFailure) => 10,
        Some(Sub::SigConstraintsFailure) => 9,
        Some(Sub::TimestampOrderFailure) => 8,
        Some(Sub::RevokedCaNoPoe) => 7,
        Some(Sub::RevokedNoPoe) => 6,
        Some(Sub::OutOfBoundsNotRevoked) => 5,
        Some(Sub::OutOfBoundsNoPoe) => 4,
        Some(Sub::NoPoe) => 3,
        Some(Sub::TryLater) => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        findings: &[(Severity, Option<SubIndication>)],
        expect: (Indication, Option<SubIndication>),
    ) {
        let finding = |&(severity, sub_indication)| Finding {
            code: "code",
            severity,
            sub_indication,
            seen: String::new(),
            clause: "",
        };
        let sum = Sum::of(&findings.iter().map(finding).collect::<Vec<_>>());
        assert_eq!((sum.indication, sum.sub_indication), expect);
    }

    #[test]
    fn the_worst_wins() {
        use Severity::{Failed, Indeterminate, Info, NotRun, Warning};
        use SubIndication::{FormatFailure, HashFailure, NoCertificateChainFound, TryLater};
        check(&[], (Indication::TotalPassed, None));
        check(
            &[(Info, None), (Warning, None), (NotRun, None)],
            (Indication::TotalPassed, None),
        );
        let try_later = (Indeterminate, Some(TryLater));
        let no_chain = (Indeterminate, Some(NoCertificateChainFound));
        check(
            &[try_later, (Warning, None)],
            (Indication::Indeterminate, Some(TryLater)),
        );
        check(
            &[try_later, no_chain],
            (Indication::Indeterminate, Some(NoCertificateChainFound)),
        );
        let hash = (Failed, Some(HashFailure));
        check(
            &[no_chain, hash],
            (Indication::TotalFailed, Some(HashFailure)),
        );
        let format = (Failed, Some(FormatFailure));
        check(
            &[hash, format, try_later],
            (Indication::TotalFailed, Some(FormatFailure)),
        );
    }
}
