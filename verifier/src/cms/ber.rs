//! Indefinite lengths made definite, so that a foreign CMS in BER can be judged at all.
//!
//! Used by the rulebook `foreign` only, always with the finding `cms.not_der`. Whatever has a
//! definite length (signed attributes, X.509s) is copied as it is: signed bytes are not touched.

use super::strict;
use crate::x509::der::{self, Malformed, Parsed, tag};

const MAX_DEPTH: usize = 16;
const END_OF_CONTENTS: [u8; 2] = [0, 0];

/// The first element of `bytes` with definite lengths where they were indefinite.
/// A constructed OCTET STRING of indefinite length is joined to a primitive one.
pub(crate) fn to_definite(bytes: &[u8]) -> Parsed<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    element(bytes, 0, &mut out)?;
    Ok(out)
}

/// Writes one element to `out` and says how many bytes it took.
fn element(bytes: &[u8], depth: usize, out: &mut Vec<u8>) -> Parsed<usize> {
    match bytes {
        [outer, 0x80, content @ ..] if outer & 0x20 != 0 => {
            if depth > MAX_DEPTH {
                return Err(Malformed("indefinite lengths are nested too deeply"));
            }
            let (content, taken) = up_to_marker(content, depth + 1)?;
            put(*outer, &content, out);
            Ok(2 + taken)
        }
        _ => {
            let whole = der::first(bytes)?.whole;
            out.extend_from_slice(whole);
            Ok(whole.len())
        }
    }
}

/// The elements before the end-of-contents octets, and the length with those octets.
fn up_to_marker(bytes: &[u8], depth: usize) -> Parsed<(Vec<u8>, usize)> {
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        let rest = &bytes[at..];
        if rest.starts_with(&END_OF_CONTENTS) {
            return Ok((out, at + END_OF_CONTENTS.len()));
        }
        at += element(rest, depth, &mut out)?;
    }
}

fn put(outer: u8, content: &[u8], out: &mut Vec<u8>) {
    const CONSTRUCTED_OCTET_STRING: u8 = 0x24;
    if outer == CONSTRUCTED_OCTET_STRING
        && let Some(joined) = joined_octets(content)
    {
        return strict::put(tag::OCTET_STRING, &joined, out);
    }
    strict::put(outer, content, out);
}

fn joined_octets(content: &[u8]) -> Option<Vec<u8>> {
    der::whole(content, |parts| {
        let mut joined = Vec::new();
        while !parts.is_empty() {
            joined.extend_from_slice(parts.read(tag::OCTET_STRING)?);
        }
        Ok(joined)
    })
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ber: &str, expect: Result<&str, &str>) {
        let seen = to_definite(&hex::decode(ber.replace(' ', "")).unwrap());
        let expect = expect.map(|der| hex::decode(der.replace(' ', "")).unwrap());
        assert_eq!(seen.map_err(|e| e.0), expect, "{ber}");
    }

    #[test]
    fn indefinite_becomes_definite() {
        check("30 80 02 01 01 00 00", Ok("30 03 02 01 01"));
        check(
            "30 80 a0 80 04 01 ff 00 00 00 00",
            Ok("30 05 a0 03 04 01 ff"),
        );
        check("24 80 04 01 aa 04 02 bb cc 00 00", Ok("04 03 aa bb cc"));
        check("30 03 02 01 01 ff ff", Ok("30 03 02 01 01"));
        let long = format!("04 81 80 {}", "00 ".repeat(128));
        check(
            &format!("30 80 {long} 00 00"),
            Ok(&format!("30 81 83 {long}")),
        );
    }

    #[test]
    fn what_never_ends_is_refused() {
        check("30 80 02 01 01", Err("an element is cut"));
        check("04 80 00 00", Err("an indefinite or oversized length"));
        check(
            &"30 80 ".repeat(40),
            Err("indefinite lengths are nested too deeply"),
        );
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = to_definite(&bytes);
        }
    }
}
