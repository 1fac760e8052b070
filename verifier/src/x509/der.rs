//! Strict DER (X.690 §8–11) over borrowed bytes: definite minimal lengths, one-byte tags, nothing left over.
//!
//! Not a general ASN.1 library: it reads what X.509s, CRLs and algorithm identifiers hold.

use jiff::{Timestamp, civil, tz::TimeZone};

/// Universal and context tags as they stand in the encoding.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const ENUMERATED: u8 = 0x0a;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const TELETEX_STRING: u8 = 0x14;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const VISIBLE_STRING: u8 = 0x1a;
    pub(crate) const UNIVERSAL_STRING: u8 = 0x1c;
    pub(crate) const BMP_STRING: u8 = 0x1e;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;

    /// `[n]` over a primitive value.
    pub(crate) const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// `[n]` over a constructed value.
    pub(crate) const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// The bytes are not the structure they claim to be; the text names the rule that they break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub &'static str);

pub(crate) type Parsed<T> = Result<T, Malformed>;

/// One element: its tag, its content and its whole encoding.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) whole: &'a [u8],
}

/// Reads elements one after the other; [`Reader::end`] proves that none is left.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

/// Reads `input` to its end with `read`.
pub(crate) fn whole<'a, T>(
    input: &'a [u8],
    read: impl FnOnce(&mut Reader<'a>) -> Parsed<T>,
) -> Parsed<T> {
    let mut reader = Reader { rest: input };
    let value = read(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// The first element of `input`, whatever follows it.
pub(crate) fn first(input: &[u8]) -> Parsed<Element<'_>> {
    Reader { rest: input }.any()
}

/// Reads `input` as one SEQUENCE, to its end, with `read`.
pub(crate) fn sequence<'a, T>(
    input: &'a [u8],
    read: impl FnOnce(&mut Reader<'a>) -> Parsed<T>,
) -> Parsed<T> {
    whole(input, |reader| reader.nested(tag::SEQUENCE, read))
}

impl<'a> Reader<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Tag of the next element.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(crate) fn end(self) -> Parsed<()> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(Malformed("bytes after the last element"))
        }
    }

    /// The next element, whatever it is.
    pub(crate) fn any(&mut self) -> Parsed<Element<'a>> {
        let input = self.rest;
        let [tag, first, after @ ..] = input else {
            return Err(Malformed("an element is cut"));
        };
        if tag & 0x1f == 0x1f {
            return Err(Malformed("a tag of more than one byte"));
        }
        let (length, content) = length(*first, after)?;
        let Some((content, rest)) = content.split_at_checked(length) else {
            return Err(Malformed("an element is longer than what holds it"));
        };
        self.rest = rest;
        Ok(Element {
            tag: *tag,
            content,
            whole: &input[..input.len() - rest.len()],
        })
    }

    /// The next element, which must have `tag`.
    pub(crate) fn element(&mut self, tag: u8) -> Parsed<Element<'a>> {
        match self.peek() {
            Some(found) if found == tag => self.any(),
            Some(_) => Err(Malformed("an element of another type")),
            None => Err(Malformed("an element is missing")),
        }
    }

    /// Content of the next element, which must have `tag`.
    pub(crate) fn read(&mut self, tag: u8) -> Parsed<&'a [u8]> {
        self.element(tag).map(|element| element.content)
    }

    /// Content of the next element when it has `tag`.
    pub(crate) fn optional(&mut self, tag: u8) -> Parsed<Option<&'a [u8]>> {
        if self.peek() == Some(tag) {
            self.read(tag).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Reads inside the next element, to its end.
    pub(crate) fn nested<T>(
        &mut self,
        tag: u8,
        read: impl FnOnce(&mut Reader<'a>) -> Parsed<T>,
    ) -> Parsed<T> {
        whole(self.read(tag)?, read)
    }

    /// As [`Reader::nested`], when the next element has `tag`.
    pub(crate) fn optional_nested<T>(
        &mut self,
        tag: u8,
        read: impl FnOnce(&mut Reader<'a>) -> Parsed<T>,
    ) -> Parsed<Option<T>> {
        self.optional(tag)?
            .map(|content| whole(content, read))
            .transpose()
    }

    /// Every remaining element, at least one, each read with `read`.
    pub(crate) fn one_or_more<T>(
        &mut self,
        mut read: impl FnMut(&mut Reader<'a>) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut values = vec![read(self)?];
        while !self.is_empty() {
            values.push(read(self)?);
        }
        Ok(values)
    }

    /// INTEGER as its minimal two's complement octets (X.690 §8.3.2).
    pub(crate) fn integer(&mut self) -> Parsed<&'a [u8]> {
        integer(self.read(tag::INTEGER)?)
    }

    /// BOOLEAN DEFAULT FALSE. DER leaves FALSE out; it is read when written, as many issuers do.
    pub(crate) fn default_false(&mut self, tag: u8) -> Parsed<bool> {
        self.optional(tag)?.map_or(Ok(false), boolean)
    }

    /// BIT STRING of whole octets.
    pub(crate) fn bit_string_octets(&mut self) -> Parsed<&'a [u8]> {
        match self.read(tag::BIT_STRING)? {
            [0, octets @ ..] => Ok(octets),
            _ => Err(Malformed("a BIT STRING that is not whole octets")),
        }
    }

    /// UTCTime or GeneralizedTime in the form of RFC 5280 §4.1.2.5.
    pub(crate) fn time(&mut self) -> Parsed<Timestamp> {
        let element = self.any()?;
        match element.tag {
            tag::UTC_TIME => utc_time(element.content),
            tag::GENERALIZED_TIME => generalized_time(element.content),
            _ => Err(Malformed(
                "a time that is neither UTCTime nor GeneralizedTime",
            )),
        }
    }
}

fn length(first: u8, after: &[u8]) -> Parsed<(usize, &[u8])> {
    if first < 0x80 {
        return Ok((first.into(), after));
    }
    let octets = usize::from(first & 0x7f);
    if octets == 0 || octets > 4 {
        return Err(Malformed("an indefinite or oversized length"));
    }
    let Some((length, rest)) = after.split_at_checked(octets) else {
        return Err(Malformed("a length is cut"));
    };
    let length = length
        .iter()
        .fold(0usize, |sum, octet| sum << 8 | usize::from(*octet));
    if length < 0x80 || length >> (8 * (octets - 1)) == 0 {
        return Err(Malformed("a length that is not minimal"));
    }
    Ok((length, rest))
}

/// Checks the content of an INTEGER or ENUMERATED.
pub(crate) fn integer(content: &[u8]) -> Parsed<&[u8]> {
    match content {
        [] => Err(Malformed("an INTEGER without octets")),
        [0x00, second, ..] if second & 0x80 == 0 => {
            Err(Malformed("an INTEGER that is not minimal"))
        }
        [0xff, second, ..] if second & 0x80 != 0 => {
            Err(Malformed("an INTEGER that is not minimal"))
        }
        _ => Ok(content),
    }
}

/// A small non-negative number; larger ones saturate, which no rule here can tell apart.
pub(crate) fn small(content: &[u8]) -> Parsed<u32> {
    let octets = integer(content)?;
    if octets[0] & 0x80 != 0 {
        return Err(Malformed("a negative number"));
    }
    let value = octets.iter().fold(0u64, |sum, octet| {
        sum.saturating_mul(256).saturating_add((*octet).into())
    });
    Ok(u32::try_from(value).unwrap_or(u32::MAX))
}

/// Checks the content of a BOOLEAN.
pub(crate) fn boolean(content: &[u8]) -> Parsed<bool> {
    match content {
        [0x00] => Ok(false),
        [0xff] => Ok(true),
        _ => Err(Malformed("a BOOLEAN other than 00 or FF")),
    }
}

/// The first sixteen named bits, bit 0 highest; further ones are unknown to every list read here.
pub(crate) fn named_bits(content: &[u8]) -> Parsed<u16> {
    let [unused @ 0..=7, octets @ ..] = content else {
        return Err(Malformed("a broken BIT STRING"));
    };
    match octets.last() {
        Some(last) if last & ((1u8 << unused) - 1) != 0 => {
            return Err(Malformed("a BIT STRING with unused bits set"));
        }
        None if *unused != 0 => return Err(Malformed("a broken BIT STRING")),
        _ => {}
    }
    let octet = |at: usize| octets.get(at).copied().unwrap_or(0);
    Ok(u16::from_be_bytes([octet(0), octet(1)]))
}

fn utc_time(content: &[u8]) -> Parsed<Timestamp> {
    let (year, rest) = digits(content, 2)?;
    // RFC 5280 §4.1.2.5.1: 50–99 are 1950–1999.
    instant(if year >= 50 { 1900 + year } else { 2000 + year }, rest)
}

/// GeneralizedTime as `YYYYMMDDHHMMSSZ` (RFC 5280 §4.1.2.5.2).
pub(crate) fn generalized_time(content: &[u8]) -> Parsed<Timestamp> {
    let (year, rest) = digits(content, 4)?;
    instant(year, rest)
}

fn instant(year: i16, rest: &[u8]) -> Parsed<Timestamp> {
    const BAD: Malformed = Malformed("a time that is not in seconds and Zulu, or no such time");
    let mut parts = [0i8; 5];
    let mut rest = rest;
    for part in &mut parts {
        let (value, after) = digits(rest, 2)?;
        *part = i8::try_from(value).map_err(|_| BAD)?;
        rest = after;
    }
    if rest != b"Z" {
        return Err(BAD);
    }
    let [month, day, hour, minute, second] = parts;
    let civil = civil::DateTime::new(year, month, day, hour, minute, second, 0).map_err(|_| BAD)?;
    match civil.to_zoned(TimeZone::UTC) {
        Ok(zoned) => Ok(zoned.timestamp()),
        // 99991231235959Z, "no well-defined end", lies just past what an instant can hold.
        Err(_) if year == 9999 => Ok(Timestamp::MAX),
        Err(_) => Err(BAD),
    }
}

fn digits(input: &[u8], count: usize) -> Parsed<(i16, &[u8])> {
    let (digits, rest) = input
        .split_at_checked(count)
        .ok_or(Malformed("a time is cut"))?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(Malformed("a time with something other than digits"));
    }
    Ok((
        digits
            .iter()
            .fold(0, |sum, digit| sum * 10 + i16::from(digit - b'0')),
        rest,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_definite_and_minimal() {
        let read = |hex: &str| whole(&hex::decode(hex).unwrap(), |r| Ok(r.any()?.content.len()));
        assert_eq!(read("0400"), Ok(0));
        assert_eq!(read("0401ff"), Ok(1));
        for bad in [
            "",
            "04",
            "0401",
            "0480",
            "048101ff",
            "04820001ff",
            "0401ffff",
            "1f0100",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_are_minimal_and_saturate() {
        let small = |hex: &str| small(&hex::decode(hex).unwrap());
        assert_eq!(small("7f"), Ok(127));
        assert_eq!(small("0080"), Ok(128));
        assert_eq!(small("7fffffffffffffffffffff"), Ok(u32::MAX));
        for bad in ["", "80", "007f", "ff80"] {
            assert!(small(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_are_zulu_in_seconds() {
        let time = |tag: u8, text: &str| {
            let der = [&[tag, text.len() as u8], text.as_bytes()].concat();
            whole(&der, Reader::time).map(|instant| instant.to_string())
        };
        let utc = |text| time(tag::UTC_TIME, text);
        let generalized = |text| time(tag::GENERALIZED_TIME, text);
        assert_eq!(utc("491231235959Z").as_deref(), Ok("2049-12-31T23:59:59Z"));
        assert_eq!(utc("500101000000Z").as_deref(), Ok("1950-01-01T00:00:00Z"));
        assert_eq!(
            generalized("20261122000000Z").as_deref(),
            Ok("2026-11-22T00:00:00Z")
        );
        assert!(generalized("99991231235959Z").is_ok());
        for bad in [
            "2611220000Z",
            "261122000000+0800",
            "260230000000Z",
            "26112200000aZ",
            "261122000060Z",
        ] {
            assert!(utc(bad).is_err(), "{bad}");
        }
        assert!(generalized("20261122000000.5Z").is_err());
    }

    #[test]
    fn named_bits_have_no_stray_ones() {
        assert_eq!(named_bits(&[5, 0xe0]), Ok(0xe000));
        assert_eq!(named_bits(&[7, 0x00, 0x80]), Ok(0x0080));
        assert_eq!(named_bits(&[0]), Ok(0));
        for bad in [&[][..], &[8, 0], &[1], &[5, 0xe1]] {
            assert!(named_bits(bad).is_err(), "{bad:?}");
        }
    }
}
