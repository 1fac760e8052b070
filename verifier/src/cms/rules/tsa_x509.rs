//! RFC 3161 §2.3, ETSI EN 319 422 §6: a time-stamping X.509 has the extended key usage
//! timeStamping, alone and critical.

use crate::cms::rules::indeterminate;
use crate::report::{Finding, SubIndication};
use crate::x509::X509;

const CLAUSE: &str = "RFC 3161 2.3";
/// id-kp-timeStamping 1.3.6.1.5.5.7.3.8
const TIME_STAMPING: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x03\x08";

pub(crate) fn check(tsa: &X509) -> Option<Finding> {
    let (usages, critical) = tsa.extended_key_usage();
    if critical && matches!(usages, [only] if *only == *TIME_STAMPING) {
        return None;
    }
    let seen = "the time-stamp's X.509 is not for time-stamps alone (critical EKU timeStamping)";
    Some(indeterminate(
        "timestamp.eku",
        SubIndication::ChainConstraintsFailure,
        CLAUSE,
        seen,
    ))
}

#[cfg(test)]
mod tests {
    use crate::forge::pki;
    use crate::x509::X509;

    fn check(params: rcgen::CertificateParams, expect: Option<&str>) {
        let x509 = X509::parse(&pki::self_signed(params).x509).unwrap();
        assert_eq!(super::check(&x509).map(|f| f.code), expect);
    }

    #[test]
    fn for_time_stamps_alone() {
        check(pki::tsa("tsa"), None);
        check(pki::seal("seal"), Some("timestamp.eku"));
        check(pki::person("nobody"), Some("timestamp.eku"));
        let mut more = pki::tsa("more");
        let not_critical = more.custom_extensions.pop().unwrap().content().to_vec();
        let eku = rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 37], not_critical);
        more.custom_extensions.push(eku);
        check(more, Some("timestamp.eku"));
    }
}
