//! Tokens and values (ISO 32000-1 7.2, 7.3), read strictly: what the grammar does not allow is an error.

use std::borrow::Cow;
use std::rc::Rc;

use super::object::{Dictionary, Entry, Id, Object, Text, all_bytes, hex_value, is_hex};
use super::{Malformed, Stop};
use crate::budget::{Meter, Resource};

/// White space of 7.2.2.
pub(crate) fn is_white(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

fn is_regular(byte: u8) -> bool {
    !is_white(byte) && !is_delimiter(byte)
}

/// Keys under which a document carries scripts, form scripts or actions that run by themselves (12.6, 12.7.8).
fn is_active(key: &[u8]) -> bool {
    matches!(
        key,
        b"AA" | b"JS" | b"XFA" | b"JavaScript" | b"OpenAction" | b"RichMediaContent"
    )
}

/// A reading position in a buffer. Work and values are charged to the meter.
pub(crate) struct Parser<'a, 'm> {
    buffer: &'a [u8],
    pub(crate) position: usize,
    pub(crate) meter: &'m mut Meter,
    /// Whether some dictionary read so far holds a key twice.
    pub(crate) saw_double_key: bool,
    /// Whether some dictionary read so far holds a key of active content.
    pub(crate) saw_active_key: bool,
}

/// `n g obj`, the value, and where a stream's data starts when `stream` follows it.
pub(crate) struct Indirect<'a> {
    pub(crate) id: Id,
    pub(crate) value: Object<'a>,
    pub(crate) data_start: Option<usize>,
}

impl<'a, 'm> Parser<'a, 'm> {
    pub(crate) fn new(buffer: &'a [u8], position: usize, meter: &'m mut Meter) -> Self {
        Self {
            buffer,
            position,
            meter,
            saw_double_key: false,
            saw_active_key: false,
        }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.buffer.get(self.position..).unwrap_or_default()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.buffer.get(self.position).copied()
    }

    pub(crate) fn malformed<T>(&self, what: &'static str) -> Result<T, Stop> {
        Err(Malformed {
            at: self.position,
            what,
        }
        .into())
    }

    pub(crate) fn skip_white(&mut self) {
        self.position += self
            .rest()
            .iter()
            .take_while(|byte| is_white(**byte))
            .count();
    }

    /// Skips a comment up to its end of line, if one starts here.
    pub(crate) fn skip_comment(&mut self) -> bool {
        if self.peek() != Some(b'%') {
            return false;
        }
        let rest = self.rest();
        self.position += memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
        true
    }

    /// Skips white space and comments.
    pub(crate) fn skip_blank(&mut self) {
        self.skip_white();
        while self.skip_comment() {
            self.skip_white();
        }
    }

    /// Takes `word` when it stands here and ends here.
    pub(crate) fn take_keyword(&mut self, word: &[u8]) -> bool {
        let rest = self.rest();
        let ends = rest.get(word.len()).is_none_or(|byte| !is_regular(*byte));
        let found = rest.starts_with(word) && ends;
        if found {
            self.position += word.len();
        }
        found
    }

    pub(crate) fn expect_keyword(
        &mut self,
        word: &'static [u8],
        what: &'static str,
    ) -> Result<(), Stop> {
        if self.take_keyword(word) {
            Ok(())
        } else {
            self.malformed(what)
        }
    }

    /// Plain decimal digits, nothing else.
    pub(crate) fn unsigned(&mut self) -> Result<u64, Stop> {
        let digits = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if digits == 0 || digits > 18 {
            return self.malformed("a number of 1 to 18 digits is expected");
        }
        let value = self.rest()[..digits]
            .iter()
            .fold(0, |n, digit| n * 10 + u64::from(digit - b'0'));
        self.position += digits;
        Ok(value)
    }

    /// `n g` followed by white space; nothing is taken when it does not stand here.
    fn object_number(&mut self) -> Option<Id> {
        let start = self.position;
        let id = self.try_object_number();
        if id.is_none() {
            self.position = start;
        }
        id
    }

    fn try_object_number(&mut self) -> Option<Id> {
        // A leading zero or sign is no object number, and long runs of digits are not worth reading twice.
        let number = self.short_number(10)?;
        self.one_or_more_white()?;
        let generation = self.short_number(5)?;
        self.one_or_more_white()?;
        Some(Id {
            number: u32::try_from(number).ok()?,
            generation: u16::try_from(generation).ok()?,
        })
    }

    fn short_number(&mut self, most: usize) -> Option<u64> {
        let rest = self.rest();
        let digits = rest
            .iter()
            .take(most + 1)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if digits == 0 || digits > most {
            return None;
        }
        self.position += digits;
        Some(
            rest[..digits]
                .iter()
                .fold(0, |n, digit| n * 10 + u64::from(digit - b'0')),
        )
    }

    fn one_or_more_white(&mut self) -> Option<()> {
        const MOST: usize = 8;
        let skipped = self
            .rest()
            .iter()
            .take(MOST)
            .take_while(|byte| is_white(**byte))
            .count();
        self.position += skipped;
        (skipped > 0).then_some(())
    }

    /// `n g obj`.
    pub(crate) fn indirect_header(&mut self) -> Result<Id, Stop> {
        let Some(id) = self.object_number() else {
            return self.malformed("\"n g obj\" is expected");
        };
        self.expect_keyword(b"obj", "\"n g obj\" is expected")?;
        Ok(id)
    }

    /// `n g obj` and its value, up to `endobj` or the first byte of a stream's data.
    pub(crate) fn indirect(&mut self) -> Result<Indirect<'a>, Stop> {
        let start = self.position;
        let read = self.unmetered_indirect();
        self.charge(start)?;
        read
    }

    /// Charges what was scanned since `start`, also when it led to nothing.
    fn charge(&mut self, start: usize) -> Result<(), Stop> {
        let scanned = self.position.saturating_sub(start) as u64;
        Ok(self.meter.spend(Resource::Work, scanned + 1)?)
    }

    fn unmetered_indirect(&mut self) -> Result<Indirect<'a>, Stop> {
        self.skip_white();
        let id = self.indirect_header()?;
        self.skip_blank();
        let value = self.nested(1)?;
        self.skip_blank();
        if matches!(value, Object::Dictionary(_)) && self.take_keyword(b"stream") {
            match self.rest() {
                [b'\r', b'\n', ..] => self.position += 2,
                [b'\n', ..] => self.position += 1,
                _ => return self.malformed("\"stream\" must be followed by CR LF or LF"),
            }
            return Ok(Indirect {
                id,
                value,
                data_start: Some(self.position),
            });
        }
        self.expect_keyword(b"endobj", "\"endobj\" is expected")?;
        Ok(Indirect {
            id,
            value,
            data_start: None,
        })
    }

    /// What follows a stream's data: an optional end of line, `endstream`, `endobj`.
    pub(crate) fn end_of_stream(&mut self) -> Result<(), Stop> {
        self.skip_eol();
        self.expect_keyword(b"endstream", "\"endstream\" is expected after Length bytes")?;
        self.skip_blank();
        self.expect_keyword(b"endobj", "\"endobj\" is expected")
    }

    /// Takes one CR, LF or CR LF if it stands here.
    pub(crate) fn skip_eol(&mut self) {
        self.position += match self.rest() {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
    }

    /// One value after white space and comments, which are charged too: many objects may stand behind the same ones.
    pub(crate) fn spaced_object(&mut self) -> Result<Object<'a>, Stop> {
        let start = self.position;
        self.skip_blank();
        self.charge(start)?;
        self.object()
    }

    /// One value.
    pub(crate) fn object(&mut self) -> Result<Object<'a>, Stop> {
        let start = self.position;
        let value = self.nested(1);
        self.charge(start)?;
        value
    }

    fn nested(&mut self, depth: u64) -> Result<Object<'a>, Stop> {
        self.meter.spend(Resource::Objects, 1)?;
        let rest = self.rest();
        match rest {
            [b'/', ..] => self.name().map(Object::Name),
            [b'<', b'<', ..] => self.dictionary(depth).map(Object::Dictionary),
            [b'<', ..] => self.hexadecimal().map(Object::Text),
            [b'(', ..] => self.literal().map(Object::Text),
            [b'[', ..] => self.array(depth).map(Rc::new).map(Object::Array),
            [b'0'..=b'9', ..] => match self.reference() {
                Some(id) => Ok(Object::Reference(id)),
                None => self.number(),
            },
            [b'+' | b'-' | b'.', ..] => self.number(),
            _ if self.take_keyword(b"true") => Ok(Object::Boolean(true)),
            _ if self.take_keyword(b"false") => Ok(Object::Boolean(false)),
            _ if self.take_keyword(b"null") => Ok(Object::Null),
            _ => self.malformed("a value is expected"),
        }
    }

    fn reference(&mut self) -> Option<Id> {
        let start = self.position;
        let id = self.object_number();
        if id.is_some() && self.take_keyword(b"R") {
            return id;
        }
        self.position = start;
        None
    }

    fn number(&mut self) -> Result<Object<'a>, Stop> {
        const MOST: usize = 64;
        let rest = self.rest();
        let length = rest
            .iter()
            .take(MOST + 1)
            .take_while(|byte| is_regular(**byte))
            .count();
        let token = &rest[..length];
        let unsigned = token
            .strip_prefix(b"+")
            .or(token.strip_prefix(b"-"))
            .unwrap_or(token);
        let digits = unsigned.iter().filter(|byte| byte.is_ascii_digit()).count();
        let points = unsigned.iter().filter(|byte| **byte == b'.').count();
        if digits == 0 || digits + points != unsigned.len() || points > 1 || length > MOST {
            return self.malformed("a number is expected");
        }
        self.position += length;
        if points == 1 {
            return Ok(Object::Real(token));
        }
        let value = std::str::from_utf8(token)
            .ok()
            .and_then(|text| text.parse().ok());
        match value {
            Some(value) => Ok(Object::Integer(value)),
            None => self.malformed("an integer out of range"),
        }
    }

    fn name(&mut self) -> Result<Cow<'a, [u8]>, Stop> {
        self.position += 1;
        let rest = self.rest();
        let length = rest.iter().take_while(|byte| is_regular(**byte)).count();
        let token = &rest[..length];
        self.position += length;
        if memchr::memchr(b'#', token).is_none() {
            return Ok(Cow::Borrowed(token));
        }
        let mut name = Vec::with_capacity(length);
        let mut bytes = token.iter().copied();
        while let Some(byte) = bytes.next() {
            if byte != b'#' {
                name.push(byte);
                continue;
            }
            match (
                bytes.next().and_then(hex_value),
                bytes.next().and_then(hex_value),
            ) {
                (Some(high), Some(low)) if (high, low) != (0, 0) => name.push(high << 4 | low),
                _ => {
                    return self
                        .malformed("a \"#\" in a name must be followed by two digits, not 00");
                }
            }
        }
        Ok(Cow::Owned(name))
    }

    fn hexadecimal(&mut self) -> Result<Text<'a>, Stop> {
        let rest = self.rest();
        let Some(end) = memchr::memchr(b'>', rest) else {
            self.position = self.buffer.len();
            return self.malformed("a hexadecimal string does not end");
        };
        self.position += end + 1;
        let digits = rest.get(1..end).unwrap_or_default();
        let plain = all_bytes(digits, is_hex);
        if !plain && !digits.iter().all(|byte| is_hex(*byte) || is_white(*byte)) {
            return self.malformed("a hexadecimal string holds something else");
        }
        Ok(Text { raw: &rest[..=end] })
    }

    fn literal(&mut self) -> Result<Text<'a>, Stop> {
        let rest = self.rest();
        let (mut depth, mut at) = (0usize, 0usize);
        while let Some(found) = rest
            .get(at..)
            .and_then(|tail| memchr::memchr3(b'(', b')', b'\\', tail))
        {
            at += found;
            match rest[at] {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => at += 1,
            }
            at += 1;
            if depth == 0 {
                self.position += at;
                return Ok(Text { raw: &rest[..at] });
            }
        }
        self.position = self.buffer.len();
        self.malformed("a string does not end")
    }

    fn array(&mut self, depth: u64) -> Result<Vec<Object<'a>>, Stop> {
        self.meter.within(Resource::Nesting, depth)?;
        self.position += 1;
        let mut items = Vec::new();
        loop {
            self.skip_blank();
            if self.peek() == Some(b']') {
                self.position += 1;
                items.shrink_to_fit();
                return Ok(items);
            }
            items.push(self.nested(depth + 1)?);
        }
    }

    fn dictionary(&mut self, depth: u64) -> Result<Dictionary<'a>, Stop> {
        self.meter.within(Resource::Nesting, depth)?;
        self.position += 2;
        let mut entries = Vec::new();
        loop {
            self.skip_blank();
            match self.rest() {
                [b'>', b'>', ..] => {
                    self.position += 2;
                    let dictionary = Dictionary::new(entries);
                    self.saw_double_key |= dictionary.has_double();
                    return Ok(dictionary);
                }
                [b'/', ..] => {
                    let key = self.name()?;
                    self.saw_active_key |= is_active(&key);
                    self.skip_blank();
                    let start = self.position;
                    let value = self.nested(depth + 1)?;
                    entries.push(Entry {
                        key,
                        value,
                        span: start..self.position,
                    });
                }
                _ => return self.malformed("a key or \">>\" is expected"),
            }
        }
    }
}

#[cfg(test)]
mod tests;
