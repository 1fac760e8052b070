//! What stands in /Contents: a CMS structure and padding.

use super::object::{all_bytes, is_hex};

/// The decoded /Contents, cut where the outermost ASN.1 value ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contents {
    /// The CMS structure alone. DER when made by the book; some writers leave BER with indefinite lengths.
    pub(crate) cms: Vec<u8>,
    /// Whether every byte after it is zero.
    pub(crate) zero_padded: bool,
}

/// Decodes `<hex>`; `None` when it is no even run of hexadecimal digits or holds no whole ASN.1 value.
pub(crate) fn decode(token: &[u8]) -> Option<Contents> {
    const HEADER: usize = 2 * 6;
    let [b'<', digits @ .., b'>'] = token else {
        return None;
    };
    if !digits.len().is_multiple_of(2) || !all_bytes(digits, is_hex) {
        return None;
    }
    // Most of /Contents is padding: with a length in the header only the value itself is decoded.
    let start = decode_hex(digits.get(..HEADER).unwrap_or(digits))?;
    let length = match header(&start)? {
        (header, Some(length)) => header.checked_add(length)?,
        (_, None) => value_length(&decode_hex(digits)?)?,
    };
    let (value, padding) = digits.split_at_checked(length.checked_mul(2)?)?;
    Some(Contents {
        cms: decode_hex(value)?,
        zero_padded: all_bytes(padding, |digit| digit == b'0'),
    })
}

fn decode_hex(digits: &[u8]) -> Option<Vec<u8>> {
    hex::decode(digits).ok()
}

/// Length of the BER value at the start, header included (X.690 8.1). A value of definite length is not entered.
fn value_length(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut open) = (0usize, 0usize);
    loop {
        if open > 0 && bytes.get(at..at + 2) == Some(&[0, 0]) {
            (at, open) = (at + 2, open - 1);
        } else {
            let (header, length) = header(bytes.get(at..)?)?;
            at = at.checked_add(header)?;
            match length {
                Some(length) => at = at.checked_add(length)?,
                None => open += 1,
            }
        }
        if at > bytes.len() {
            return None;
        }
        if open == 0 {
            return Some(at);
        }
    }
}

/// Bytes of identifier and length, and the length itself; none when indefinite.
fn header(bytes: &[u8]) -> Option<(usize, Option<usize>)> {
    let (&tag, &first) = (bytes.first()?, bytes.get(1)?);
    if tag & 0x1f == 0x1f || (first == 0x80 && tag & 0x20 == 0) {
        return None; // high tags do not occur in CMS; a primitive value has a length
    }
    match first {
        0..=0x7f => Some((2, Some(usize::from(first)))),
        0x80 => Some((2, None)),
        0x81..=0x84 => {
            let octets = bytes.get(2..2 + usize::from(first & 0x7f))?;
            let length = octets
                .iter()
                .fold(0usize, |n, octet| n << 8 | usize::from(*octet));
            Some((2 + octets.len(), Some(length)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cms_is_cut_where_its_value_ends() {
        let check = |token: &str, expect: Option<(&str, bool)>| {
            let seen = decode(token.as_bytes()).map(|c| (hex::encode(c.cms), c.zero_padded));
            assert_eq!(
                seen,
                expect.map(|(cms, zeros)| (cms.to_owned(), zeros)),
                "{token}"
            );
        };
        check("<3003020101>", Some(("3003020101", true)));
        check("<30030201010000>", Some(("3003020101", true)));
        check("<3003020101000100>", Some(("3003020101", false)));
        check("<3080020101000000>", Some(("30800201010000", true)));
        check(
            "<3080308002010100000000>",
            Some(("3080308002010100000000", true)),
        );
        check("<30810102>", Some(("30810102", true)));
        check("<3003>", None);
        check("<300>", None);
        check("<30 03020101>", None);
        check("<0280>", None);
        check("<>", None);
    }
}
