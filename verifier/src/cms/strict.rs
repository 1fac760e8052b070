//! DER as a whole (ITU-T X.690 §10, §11): every element down to the leaves, and writing one.
//!
//! Reading is `x509::der`'s; this is what a CMS needs beside it, because some of its fields are
//! signed by nobody and must still have one form only.

use crate::x509::der::{self, Element, Malformed, Parsed, tag};

/// Nesting allowed; a time-stamped CMS needs about 16.
const MAX_DEPTH: usize = 48;

/// Checks every element: definite minimal lengths, minimal INTEGERs and OIDs, BOOLEAN 00 or FF,
/// unused bits zero, strings in primitive form, nothing after it.
/// The order within a SET OF is the business of the rule that owns the SET.
pub(crate) fn check_der(bytes: &[u8]) -> Parsed<()> {
    der::whole(bytes, |reader| check_element(reader.any()?, 0))
}

fn check_element(element: Element<'_>, depth: usize) -> Parsed<()> {
    if depth > MAX_DEPTH {
        return Err(Malformed("the structure is nested too deeply"));
    }
    let constructed = element.tag & 0x20 != 0;
    let universal = element.tag & 0xc0 == 0;
    let must_be_constructed = matches!(element.tag & 0x1f, 0x10 | 0x11);
    if universal && constructed != must_be_constructed {
        return Err(Malformed(
            "a universal type in the wrong form (constructed, primitive)",
        ));
    }
    if constructed {
        return der::whole(element.content, |inside| {
            while !inside.is_empty() {
                check_element(inside.any()?, depth + 1)?;
            }
            Ok(())
        });
    }
    match element.tag {
        tag::BOOLEAN => der::boolean(element.content).map(drop),
        tag::INTEGER | tag::ENUMERATED => der::integer(element.content).map(drop),
        tag::BIT_STRING => der::named_bits(element.content).map(drop),
        tag::NULL if !element.content.is_empty() => Err(Malformed("a NULL with content")),
        tag::OID if !minimal_oid(element.content) => {
            Err(Malformed("an object identifier that is not minimal"))
        }
        _ => Ok(()),
    }
}

fn minimal_oid(value: &[u8]) -> bool {
    let ends_whole = value.last().is_some_and(|last| last & 0x80 == 0);
    let mut at_arc_start = true;
    ends_whole
        && value.iter().all(|&octet| {
            let padded = at_arc_start && octet == 0x80;
            at_arc_start = octet & 0x80 == 0;
            !padded
        })
}

/// Writes one element with its minimal definite length.
pub(crate) fn put(tag: u8, content: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    let octets = content.len().to_be_bytes();
    match &octets[octets.iter().take_while(|octet| **octet == 0).count()..] {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | long.len() as u8);
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(hex: &str, expect: Result<(), &str>) {
        let bytes = hex::decode(hex.replace(' ', "")).unwrap();
        assert_eq!(check_der(&bytes).map_err(|e| e.0), expect, "{hex}");
    }

    #[test]
    fn der_passes() {
        check("02 01 00", Ok(()));
        check("02 02 00 80", Ok(()));
        check("01 01 ff", Ok(()));
        check("03 02 04 f0", Ok(()));
        check("03 01 00", Ok(()));
        check("06 03 2a 86 48", Ok(()));
        check("30 05 02 01 01 31 00", Ok(()));
        check(&format!("04 81 80 {}", "00 ".repeat(128)), Ok(()));
    }

    #[test]
    fn ber_is_refused() {
        check("30 80 00 00", Err("an indefinite or oversized length"));
        check("02 81 01 00", Err("a length that is not minimal"));
        check("02 02 00 50", Err("an INTEGER that is not minimal"));
        check("02 00", Err("an INTEGER without octets"));
        check("01 01 01", Err("a BOOLEAN other than 00 or FF"));
        check("03 02 04 f1", Err("a BIT STRING with unused bits set"));
        check("05 01 00", Err("a NULL with content"));
        check(
            "06 02 80 01",
            Err("an object identifier that is not minimal"),
        );
        check(
            "06 02 2a 86",
            Err("an object identifier that is not minimal"),
        );
        let form = "a universal type in the wrong form (constructed, primitive)";
        check("24 04 04 02 00 00", Err(form));
        check("10 00", Err(form));
        check("02 01 00 00", Err("bytes after the last element"));
    }

    #[test]
    fn nesting_is_bounded() {
        let mut bytes = vec![];
        for _ in 0..60 {
            let inner = std::mem::take(&mut bytes);
            put(tag::SEQUENCE, &inner, &mut bytes);
        }
        check(
            &hex::encode(bytes),
            Err("the structure is nested too deeply"),
        );
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = check_der(&bytes);
        }
    }
}
