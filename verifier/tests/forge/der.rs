//! Writes DER.

pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;
pub const INTEGER: u8 = 0x02;
pub const OCTET_STRING: u8 = 0x04;
pub const OID: u8 = 0x06;

pub const OID_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
pub const OID_SIGNED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
pub const OID_TST_INFO: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04";
pub const OID_CONTENT_TYPE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
pub const OID_MESSAGE_DIGEST: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
pub const OID_SIGNING_CERTIFICATE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0c";
pub const OID_SIGNING_CERTIFICATE_V2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f";
pub const OID_SIGNATURE_TIME_STAMP: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e";
pub const OID_SHA256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01";
pub const OID_ECDSA_SHA256: &[u8] = b"\x2a\x86\x48\xce\x3d\x04\x03\x02";

/// One element; `parts` are joined.
pub fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match content.len() {
        short @ 0..0x80 => out.push(short as u8),
        long => {
            let octets = long.to_be_bytes();
            let octets = &octets[octets.iter().take_while(|octet| **octet == 0).count()..];
            out.push(0x80 | octets.len() as u8);
            out.extend(octets);
        }
    }
    out.extend(content);
    out
}

/// SET OF in DER order.
pub fn set_of(mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    tlv(SET, &[&elements.concat()])
}

/// AlgorithmIdentifier without parameters.
pub fn algorithm(oid: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[&tlv(OID, &[oid])])
}

/// Attribute with the given values, each a whole element.
pub fn attribute(oid: &[u8], values: &[&[u8]]) -> Vec<u8> {
    tlv(SEQUENCE, &[&tlv(OID, &[oid]), &tlv(SET, values)])
}

/// The elements inside the first element of `bytes`.
pub fn children(bytes: &[u8]) -> Vec<&[u8]> {
    let (header, end) = extent(bytes);
    let mut rest = &bytes[header..end];
    let mut list = vec![];
    while !rest.is_empty() {
        let (one, after) = rest.split_at(extent(rest).1);
        list.push(one);
        rest = after;
    }
    list
}

/// Content octets of the first element.
pub fn content(bytes: &[u8]) -> &[u8] {
    let (header, end) = extent(bytes);
    &bytes[header..end]
}

fn extent(bytes: &[u8]) -> (usize, usize) {
    let first = bytes[1] as usize;
    if first < 0x80 {
        return (2, 2 + first);
    }
    let count = first & 0x7f;
    let length = bytes[2..2 + count]
        .iter()
        .fold(0, |sum, octet| sum << 8 | *octet as usize);
    (2 + count, 2 + count + length)
}
