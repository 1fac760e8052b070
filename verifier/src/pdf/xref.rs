//! Cross-reference sections: tables (ISO 32000-1 7.5.4) and streams (7.5.8). Nothing is guessed or repaired.

use super::filter;
use super::object::{Dictionary, Object};
use super::parser::Parser;
use super::{Malformed, Stop};
use crate::budget::{Meter, Resource};

/// Where an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// Nowhere: never defined, or freed.
    Free,
    /// In the file, at a byte offset from its start.
    At { offset: usize, generation: u16 },
    /// In an object stream, by the stream's object number and the index in it.
    In { container: u32, index: u32 },
}

/// One line of a section.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) number: u32,
    pub(crate) place: Place,
}

/// One table with its trailer, or one stream.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    /// Offset of `xref` or of the stream's `n g obj`.
    pub(crate) at: usize,
    /// First byte after the trailer dictionary or `endobj`.
    pub(crate) end: usize,
    pub(crate) slots: Vec<Slot>,
    pub(crate) trailer: Dictionary<'a>,
    /// Whether the trailer holds a key twice.
    pub(crate) double_key: bool,
    /// The section before it.
    pub(crate) prev: Option<usize>,
    /// The stream that goes with a table in a hybrid file.
    pub(crate) hybrid: Option<usize>,
}

/// Reads the section that starts at `at`.
pub(crate) fn read_section<'a>(
    bytes: &'a [u8],
    at: usize,
    meter: &mut Meter,
) -> Result<Section<'a>, Stop> {
    let mut parser = Parser::new(bytes, at, meter);
    if parser.take_keyword(b"xref") {
        read_table(parser, at)
    } else {
        read_stream(bytes, parser, at)
    }
}

fn read_table<'a>(mut parser: Parser<'a, '_>, at: usize) -> Result<Section<'a>, Stop> {
    let mut slots = Vec::new();
    loop {
        parser.skip_white();
        if parser.take_keyword(b"trailer") {
            break;
        }
        read_subsection(&mut parser, &mut slots)?;
    }
    parser.skip_blank();
    let Object::Dictionary(trailer) = parser.object()? else {
        return parser.malformed("a trailer dictionary is expected");
    };
    finish(at, parser.position, slots, trailer, parser.saw_double_key)
}

fn read_subsection(parser: &mut Parser<'_, '_>, slots: &mut Vec<Slot>) -> Result<(), Stop> {
    const LINE: usize = 20;
    let first = parser.unsigned()?;
    parser.skip_white();
    let count = parser.unsigned()?;
    parser.skip_white();
    let length = usize::try_from(count)
        .ok()
        .and_then(|count| count.checked_mul(LINE));
    let Some(lines) = length.and_then(|length| parser.rest().get(..length)) else {
        return parser.malformed("a cross-reference table ends early");
    };
    parser.meter.spend(Resource::Objects, count)?;
    parser.meter.spend(Resource::Work, lines.len() as u64)?;
    for (number, line) in (first..).zip(lines.chunks_exact(LINE)) {
        match (u32::try_from(number), read_line(line)) {
            (Ok(number), Some(place)) => slots.push(Slot { number, place }),
            _ => {
                return parser.malformed(
                    "a line of a cross-reference table is not of the form \"nnnnnnnnnn ggggg n\"",
                );
            }
        }
        parser.position += LINE;
    }
    Ok(())
}

/// `nnnnnnnnnn ggggg n` and two bytes of line end, 20 bytes in all (7.5.4).
fn read_line(line: &[u8]) -> Option<Place> {
    let digits = |range: std::ops::Range<usize>| {
        let field = line.get(range)?;
        let plain = field.iter().all(u8::is_ascii_digit);
        plain.then(|| {
            field
                .iter()
                .fold(0u64, |n, digit| n * 10 + u64::from(digit - b'0'))
        })
    };
    let (offset, generation) = (digits(0..10)?, digits(11..16)?);
    let spaced = line.get(10) == Some(&b' ') && line.get(16) == Some(&b' ');
    let ended = matches!(line.get(18..20), Some(b" \r" | b" \n" | b"\r\n"));
    match line.get(17) {
        Some(b'n') if spaced && ended => Some(Place::At {
            offset: usize::try_from(offset).ok()?,
            generation: u16::try_from(generation).ok()?,
        }),
        Some(b'f') if spaced && ended => Some(Place::Free),
        _ => None,
    }
}

fn read_stream<'a>(
    bytes: &'a [u8],
    mut parser: Parser<'a, '_>,
    at: usize,
) -> Result<Section<'a>, Stop> {
    let indirect = parser.indirect()?;
    let (Some(start), Object::Dictionary(trailer)) = (indirect.data_start, indirect.value) else {
        return parser.malformed("neither a cross-reference table nor a stream stands here");
    };
    if !trailer.is_type(b"XRef") {
        return parser.malformed("the stream here is not a cross-reference stream");
    }
    let length = trailer
        .get(b"Length")
        .and_then(Object::integer)
        .and_then(|length| usize::try_from(length).ok());
    let end = length.and_then(|length| start.checked_add(length));
    let Some((end, data)) = end.and_then(|end| Some((end, bytes.get(start..end)?))) else {
        return parser.malformed("a cross-reference stream needs a direct Length within the file");
    };
    parser.position = end;
    parser.end_of_stream()?;
    let end = parser.position;
    let decoded = filter::decode(&trailer, data, parser.meter)?;
    let slots = read_rows(&trailer, &decoded, at, parser.meter)?;
    finish(at, end, slots, trailer, parser.saw_double_key)
}

fn read_rows(
    trailer: &Dictionary<'_>,
    data: &[u8],
    at: usize,
    meter: &mut Meter,
) -> Result<Vec<Slot>, Stop> {
    let malformed = |what| Stop::from(Malformed { at, what });
    let size = trailer.get(b"Size").and_then(Object::integer).unwrap_or(0);
    let widths = integers(trailer.get(b"W"))
        .filter(|w| w.len() == 3 && w.iter().all(|w| (0..=8).contains(w)));
    let index = trailer
        .get(b"Index")
        .map_or(Some(vec![0, size]), |index| integers(Some(index)));
    let (Some(widths), Some(index)) = (widths, index) else {
        return Err(malformed(
            "a cross-reference stream needs W and Index as arrays of integers",
        ));
    };
    let widths: Vec<usize> = widths.into_iter().map(|w| w as usize).collect();
    let row: usize = widths.iter().sum();
    let mut rows = data.chunks_exact(row.max(1));
    let mut slots = Vec::new();
    for pair in index.chunks(2) {
        let (&[first, count], true) = (pair, pair.iter().all(|n| *n >= 0)) else {
            return Err(malformed("Index does not consist of pairs of numbers"));
        };
        meter.spend(Resource::Objects, count as u64)?;
        for number in first..first.saturating_add(count) {
            let slot = rows
                .next()
                .and_then(|row| read_row(row, &widths))
                .zip(u32::try_from(number).ok());
            let Some((place, number)) = slot else {
                return Err(malformed(
                    "a row of a cross-reference stream is missing or of unknown type",
                ));
            };
            slots.push(Slot { number, place });
        }
    }
    if rows.next().is_some() || !rows.remainder().is_empty() {
        return Err(malformed(
            "a cross-reference stream holds more than its Index lists",
        ));
    }
    Ok(slots)
}

fn read_row(row: &[u8], widths: &[usize]) -> Option<Place> {
    let (kind, rest) = row.split_at_checked(*widths.first()?)?;
    let (second, third) = rest.split_at_checked(*widths.get(1)?)?;
    let number = |field: &[u8]| field.iter().fold(0u64, |n, byte| n << 8 | u64::from(*byte));
    match if kind.is_empty() { 1 } else { number(kind) } {
        0 => Some(Place::Free),
        1 => Some(Place::At {
            offset: usize::try_from(number(second)).ok()?,
            generation: u16::try_from(number(third)).ok()?,
        }),
        2 => Some(Place::In {
            container: u32::try_from(number(second)).ok()?,
            index: u32::try_from(number(third)).ok()?,
        }),
        _ => None,
    }
}

fn integers(value: Option<&Object<'_>>) -> Option<Vec<i64>> {
    value?.array()?.iter().map(Object::integer).collect()
}

fn finish(
    at: usize,
    end: usize,
    slots: Vec<Slot>,
    trailer: Dictionary<'_>,
    double_key: bool,
) -> Result<Section<'_>, Stop> {
    let malformed = |what| Stop::from(Malformed { at, what });
    let offset = |key: &[u8]| match trailer.get(key) {
        None => Ok(None),
        Some(Object::Integer(offset)) => usize::try_from(*offset)
            .map(Some)
            .map_err(|_| malformed("a negative offset in a trailer")),
        Some(_) => Err(malformed("an offset in a trailer is not a direct integer")),
    };
    let (prev, hybrid) = (offset(b"Prev")?, offset(b"XRefStm")?);
    let size = trailer.get(b"Size").and_then(Object::integer);
    let beyond = slots.iter().any(|slot| {
        slot.place != Place::Free && size.is_none_or(|size| i64::from(slot.number) >= size)
    });
    if beyond {
        return Err(malformed(
            "a cross-reference section lists an object beyond the trailer's Size",
        ));
    }
    Ok(Section {
        at,
        end,
        slots,
        trailer,
        double_key,
        prev,
        hybrid,
    })
}
