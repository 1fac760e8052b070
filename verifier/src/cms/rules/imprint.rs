//! RFC 3161 §2.4.2, appendix A: the imprint is the hash of what is stamped: the signature value of
//! a SignerInfo, or the covered ranges of a document time-stamp.

use crate::cms::oid;
use crate::cms::rules::{digest_of, failed, hash, indeterminate};
use crate::cms::time_stamp::TstInfo;
use crate::report::{Finding, SubIndication};

const CLAUSE: &str = "RFC 3161 2.4.2, appendix A";

pub(crate) fn check(info: &TstInfo<'_>, stamped: &[&[u8]]) -> Option<Finding> {
    let algorithm = info.imprint_algorithm;
    let Some(digest) = digest_of(algorithm.oid).filter(|_| algorithm.bare_or_null()) else {
        let seen = format!(
            "imprint by {}, which is not allowed",
            oid::dotted(algorithm.oid)
        );
        let sub = SubIndication::CryptoConstraintsFailureNoPoe;
        return Some(indeterminate(
            "timestamp.digest_not_allowed",
            sub,
            CLAUSE,
            seen,
        ));
    };
    if hash(digest, stamped).as_ref() == info.imprint {
        return None;
    }
    let seen = "the time-stamp was made for something else";
    Some(failed(
        "timestamp.imprint",
        SubIndication::HashFailure,
        CLAUSE,
        seen,
    ))
}

#[cfg(test)]
mod tests {
    use crate::cms::rules::hash;
    use crate::cms::time_stamp::parse;
    use crate::forge::cms::tst_info;
    use crate::suites::Digest;

    fn check(stamped: &[&[u8]], edit: fn(&mut Vec<u8>), expect: Option<&str>) {
        let imprint = hash(Digest::Sha256, &[b"signature"]);
        let mut bytes = tst_info(imprint.as_ref(), "20261122080000Z");
        edit(&mut bytes);
        let info = parse(&bytes).unwrap();
        assert_eq!(super::check(&info, stamped).map(|f| f.code), expect);
    }

    #[test]
    fn stamps_the_signature() {
        check(&[b"signature"], |_| (), None);
        check(&[b"sign", b"ature"], |_| (), None);
        check(&[b"another"], |_| (), Some("timestamp.imprint"));
        let unknown: fn(&mut Vec<u8>) = |bytes| {
            let sha256 = crate::cms::oid::SHA256;
            let at = bytes
                .windows(sha256.len())
                .position(|w| w == sha256)
                .unwrap();
            bytes[at + sha256.len() - 1] = 0x7f;
        };
        check(
            &[b"signature"],
            unknown,
            Some("timestamp.digest_not_allowed"),
        );
    }
}
