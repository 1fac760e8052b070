//! Object identifiers as DER content octets, and their dotted form for findings.

/// 1.2.840.113549.1.7.1
pub(crate) const DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
/// 1.2.840.113549.1.7.2
pub(crate) const SIGNED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
/// 1.2.840.113549.1.9.16.1.4 id-ct-TSTInfo, RFC 3161 §2.4.2
pub(crate) const TST_INFO: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04";

/// 1.2.840.113549.1.9.3
pub(crate) const CONTENT_TYPE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
/// 1.2.840.113549.1.9.4
pub(crate) const MESSAGE_DIGEST: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
/// 1.2.840.113549.1.9.5
pub(crate) const SIGNING_TIME: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05";
/// 1.2.840.113549.1.9.52 RFC 6211
pub(crate) const ALGORITHM_PROTECTION: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x34";
/// 1.2.840.113549.1.9.16.2.12 RFC 2634 §5.4
pub(crate) const SIGNING_CERTIFICATE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0c";
/// 1.2.840.113549.1.9.16.2.47 RFC 5035 §3
pub(crate) const SIGNING_CERTIFICATE_V2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f";
/// 1.2.840.113549.1.9.16.2.14 RFC 3161 appendix A
pub(crate) const SIGNATURE_TIME_STAMP: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e";

/// 1.3.14.3.2.26
pub(crate) const SHA1: &[u8] = b"\x2b\x0e\x03\x02\x1a";
/// 2.16.840.1.101.3.4.2.1
pub(crate) const SHA256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01";
/// 2.16.840.1.101.3.4.2.2
pub(crate) const SHA384: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x02";
/// 2.16.840.1.101.3.4.2.3
pub(crate) const SHA512: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x03";

/// 1.2.840.113549.1.1.5
pub(crate) const SHA1_WITH_RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05";
/// 1.2.840.113549.1.1.11
pub(crate) const SHA256_WITH_RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b";
/// 1.2.840.113549.1.1.12
pub(crate) const SHA384_WITH_RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c";
/// 1.2.840.113549.1.1.13
pub(crate) const SHA512_WITH_RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d";
/// 1.2.840.10045.4.1
pub(crate) const ECDSA_WITH_SHA1: &[u8] = b"\x2a\x86\x48\xce\x3d\x04\x01";
/// 1.2.840.10045.4.3.2
pub(crate) const ECDSA_WITH_SHA256: &[u8] = b"\x2a\x86\x48\xce\x3d\x04\x03\x02";
/// 1.2.840.10045.4.3.3
pub(crate) const ECDSA_WITH_SHA384: &[u8] = b"\x2a\x86\x48\xce\x3d\x04\x03\x03";
/// 1.2.840.10045.4.3.4
pub(crate) const ECDSA_WITH_SHA512: &[u8] = b"\x2a\x86\x48\xce\x3d\x04\x03\x04";

/// Dotted form, or "unreadable".
pub(crate) fn dotted(oid: &[u8]) -> String {
    arcs(oid).map_or_else(
        || "unreadable".to_owned(),
        |arcs| {
            arcs.iter()
                .map(u128::to_string)
                .collect::<Vec<_>>()
                .join(".")
        },
    )
}

fn arcs(oid: &[u8]) -> Option<Vec<u128>> {
    let mut arcs = Vec::new();
    let mut arc = 0u128;
    for octet in oid {
        arc = arc.checked_mul(128)? | u128::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            arcs.push(arc);
            arc = 0;
        }
    }
    // X.690 §8.19.4: the first two arcs share one number, 40 x + y with x at most 2.
    let joined = *arcs.first()?;
    let root = (joined / 40).min(2);
    arcs.splice(..1, [root, joined - root * 40]);
    Some(arcs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_form() {
        assert_eq!(dotted(DATA), "1.2.840.113549.1.7.1");
        assert_eq!(dotted(SHA256), "2.16.840.1.101.3.4.2.1");
        assert_eq!(dotted(b"\x69\x03"), "2.25.3");
        assert_eq!(dotted(b""), "unreadable");
    }
}
