//! RFC 5652 §5.1, §5.3: digestAlgorithms lists the signer's digest algorithm. `issued`: it alone.

use crate::cms::rules::Subject;
use crate::report::{Finding, Rulebook};

const CLAUSE: &str = "RFC 5652 5.1, 5.3";

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let own = subject.signer.digest_algorithm;
    let listed = &subject.signed.digest_algorithms;
    let good = match subject.rulebook {
        Rulebook::Issued => matches!(listed.as_slice(), [only] if only.encoded == own.encoded),
        Rulebook::Foreign => listed.iter().any(|listed| listed.oid == own.oid),
    };
    let seen = || format!("digestAlgorithms has {} entries that differ", listed.len());
    (!good).then(|| subject.deviation("cms.digest_algorithms", CLAUSE, seen()))
}

#[cfg(test)]
mod tests {
    use crate::cms::oid;
    use crate::cms::rules::sample::{Edit, algorithm, foreign, issued};

    const CODE: Option<&str> = Some("cms.digest_algorithms");

    fn check(edit: Edit, in_issued: Option<&str>, in_foreign: Option<&str>) {
        assert_eq!(issued(super::check, edit), in_issued);
        assert_eq!(foreign(super::check, edit), in_foreign);
    }

    #[test]
    fn the_signers_own() {
        check(|_| (), None, None);
        check(
            |cms| cms.digest_algorithms.push(algorithm(oid::SHA512)),
            CODE,
            None,
        );
        check(
            |cms| cms.digest_algorithms = vec![algorithm(oid::SHA512)],
            CODE,
            CODE,
        );
        check(|cms| cms.digest_algorithms.clear(), CODE, CODE);
    }
}
