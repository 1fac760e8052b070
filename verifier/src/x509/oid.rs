//! Object identifiers of any length: policy identifiers under 2.25 carry a 128-bit arc.

use std::fmt;
use std::str::FromStr;

use super::der::{Malformed, Parsed, Reader, tag};

/// An object identifier, kept as its DER content octets.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(Vec<u8>);

/// Longer ones exist only in attacks; writing them out costs the square of their length.
const MAX_OCTETS: usize = 64;

impl Oid {
    /// Checks content octets: arcs end, and none is padded (X.690 §8.19.2).
    pub(crate) fn from_content(content: &[u8]) -> Parsed<Oid> {
        let ends = content.last().is_some_and(|last| last & 0x80 == 0);
        let mut arcs = content.split_inclusive(|octet| octet & 0x80 == 0);
        if ends && content.len() <= MAX_OCTETS && arcs.all(|arc| arc[0] != 0x80) {
            Ok(Oid(content.to_vec()))
        } else {
            Err(Malformed("a broken OBJECT IDENTIFIER"))
        }
    }

    pub(crate) fn content(&self) -> &[u8] {
        &self.0
    }
}

impl Reader<'_> {
    pub(crate) fn oid(&mut self) -> Parsed<Oid> {
        Oid::from_content(self.read(tag::OID)?)
    }
}

impl PartialEq<[u8]> for Oid {
    fn eq(&self, content: &[u8]) -> bool {
        self.0 == content
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, arc) in self
            .0
            .split_inclusive(|octet| octet & 0x80 == 0)
            .enumerate()
        {
            let mut digits = decimal(arc);
            if at == 0 {
                // The first octets join two arcs: 40 · top + second, top at most 2.
                let first = match arc {
                    [only] => (only / 40).min(2),
                    _ => 2,
                };
                digits = subtract(digits, first * 40);
                write!(out, "{first}")?;
            }
            write!(out, ".")?;
            for digit in digits {
                write!(out, "{digit}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for Oid {
    type Err = Malformed;

    /// Reads dotted decimal, e.g. `2.16.840.1.101.3.2.1.48.1`; arcs up to 128 bits.
    fn from_str(text: &str) -> Result<Oid, Malformed> {
        const BAD: Malformed = Malformed("not an object identifier in dotted decimal");
        let arcs: Vec<u128> = text
            .split('.')
            .map(|arc| match arc.as_bytes() {
                [b'0', _, ..] | [b'+', ..] => Err(BAD),
                _ => arc.parse().map_err(|_| BAD),
            })
            .collect::<Result<_, _>>()?;
        let (first, second, rest) = match arcs.as_slice() {
            [first @ 0..=1, second @ 0..=39, rest @ ..] => (first, second, rest),
            [first @ 2, second, rest @ ..] => (first, second, rest),
            _ => return Err(BAD),
        };
        let joined = second.checked_add(first * 40).ok_or(BAD)?;
        let mut content = Vec::new();
        for arc in std::iter::once(joined).chain(rest.iter().copied()) {
            push_arc(&mut content, arc);
        }
        Ok(Oid(content))
    }
}

fn push_arc(content: &mut Vec<u8>, arc: u128) {
    let groups = (128 - arc.leading_zeros()).div_ceil(7).max(1);
    for group in (0..groups).rev() {
        let more = if group == 0 { 0 } else { 0x80 };
        content.push((arc >> (7 * group)) as u8 & 0x7f | more);
    }
}

/// Base-128 octets to decimal digits, highest first.
fn decimal(arc: &[u8]) -> Vec<u8> {
    let mut digits = vec![0u8]; // lowest first
    for octet in arc {
        let mut carry = u16::from(octet & 0x7f);
        for digit in &mut digits {
            carry += u16::from(*digit) * 128;
            *digit = (carry % 10) as u8;
            carry /= 10;
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
    }
    digits.reverse();
    digits
}

/// `digits` minus `amount`, which is not larger.
fn subtract(mut digits: Vec<u8>, amount: u8) -> Vec<u8> {
    let mut borrow = i16::from(amount);
    for digit in digits.iter_mut().rev() {
        let left = i16::from(*digit) - borrow;
        borrow = if left < 0 { (-left + 9) / 10 } else { 0 };
        *digit = (left + borrow * 10) as u8;
    }
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    digits.drain(..zeros.min(digits.len() - 1));
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_decimal_and_octets_agree() {
        for text in [
            "0.0",
            "1.2.156.10197.1.501",
            "2.5.29.15",
            "2.999.3",
            "2.100.3",
            "2.16.840.1.101.3.2.1.48.1",
            "2.25.329800735698586629295641978511506172918",
        ] {
            let oid: Oid = text.parse().unwrap();
            assert_eq!(oid.to_string(), text);
            assert_eq!(Oid::from_content(oid.content()).unwrap(), oid);
        }
        for text in ["", "1", "3.1", "1.40", "1.2.", "1.02.3", "1.+2", "1.2.x"] {
            assert!(text.parse::<Oid>().is_err(), "{text}");
        }
    }

    #[test]
    fn padded_and_cut_arcs_are_refused() {
        for content in [&[][..], &[0x2a, 0x80, 0x01], &[0x2a, 0x86], &[0x80]] {
            assert!(Oid::from_content(content).is_err(), "{content:02x?}");
        }
    }
}
