//! Undoing the filters of the streams that carry structure (ISO 32000-1 7.4), under a cap.
//!
//! Only FlateDecode with PNG predictors: cross-reference and object streams use nothing else in practice,
//! and every further decoder would be one more thing to attack.

use std::borrow::Cow;
use std::io::Read;

use super::object::{Dictionary, Object};
use super::{Malformed, Stop};
use crate::budget::{Meter, Resource};

/// The data of a stream with its filters undone; borrowed when there are none.
pub(crate) fn decode<'a>(
    dictionary: &Dictionary<'_>,
    data: &'a [u8],
    meter: &mut Meter,
) -> Result<Cow<'a, [u8]>, Stop> {
    let filters = listed(dictionary.get(b"Filter"));
    let parameters = listed(dictionary.get(b"DecodeParms"));
    meter.within(Resource::FiltersPerStream, filters.len() as u64)?;
    let mut decoded = Cow::Borrowed(data);
    for (i, filter) in filters.iter().enumerate() {
        if filter.name() != Some(b"FlateDecode") {
            return malformed(
                "a stream that carries structure uses a filter other than FlateDecode",
            );
        }
        decoded = Cow::Owned(inflate(&decoded, meter)?);
        if let Some(Object::Dictionary(parameters)) = parameters.get(i) {
            decoded = undo_predictor(parameters, decoded)?;
        }
    }
    Ok(decoded)
}

fn listed<'d, 'a>(value: Option<&'d Object<'a>>) -> &'d [Object<'a>] {
    match value {
        None => &[],
        Some(Object::Array(items)) => items,
        Some(single) => std::slice::from_ref(single),
    }
}

fn malformed<T>(what: &'static str) -> Result<T, Stop> {
    Err(Malformed { at: 0, what }.into())
}

fn inflate(data: &[u8], meter: &mut Meter) -> Result<Vec<u8>, Stop> {
    let most = meter.inflatable();
    let mut out = Vec::new();
    let read = flate2::bufread::ZlibDecoder::new(data)
        .take(most + 1)
        .read_to_end(&mut out);
    meter.spend(Resource::Work, (data.len() + out.len()) as u64)?;
    meter.within(Resource::InflatedPerStream, out.len() as u64)?;
    meter.spend(Resource::Inflated, out.len() as u64)?;
    match read {
        Ok(_) => Ok(out),
        Err(_) => malformed("a compressed stream is damaged"),
    }
}

fn undo_predictor<'a>(
    parameters: &Dictionary<'_>,
    data: Cow<'a, [u8]>,
) -> Result<Cow<'a, [u8]>, Stop> {
    let number = |key: &[u8], default| parameters.get(key).map_or(Some(default), Object::integer);
    match number(b"Predictor", 1) {
        Some(1) => return Ok(data),
        Some(10..=15) => {}
        _ => return malformed("an unknown predictor"),
    }
    let (Some(1), Some(8)) = (number(b"Colors", 1), number(b"BitsPerComponent", 8)) else {
        return malformed("a predictor over anything but single bytes");
    };
    match number(b"Columns", 1).and_then(|columns| usize::try_from(columns).ok()) {
        Some(columns @ 1..=65_535) => undo_png(&data, columns).map(Cow::Owned),
        _ => malformed("a predictor with an impossible number of columns"),
    }
}

/// PNG filters of one byte a pixel (RFC 2083 6).
fn undo_png(data: &[u8], columns: usize) -> Result<Vec<u8>, Stop> {
    if !data.len().is_multiple_of(columns + 1) {
        return malformed("a predicted stream does not consist of whole rows");
    }
    let mut out = Vec::with_capacity(data.len());
    let mut above = vec![0u8; columns];
    for coded in data.chunks_exact(columns + 1) {
        let (kind, coded) = (coded[0], &coded[1..]);
        let (mut left, mut corner) = (0u8, 0u8);
        for (byte, up) in coded.iter().zip(above.iter_mut()) {
            let guess = match kind {
                0 => 0,
                1 => left,
                2 => *up,
                3 => ((u16::from(left) + u16::from(*up)) / 2) as u8,
                4 => paeth(left, *up, corner),
                _ => return malformed("an unknown row filter"),
            };
            corner = *up;
            left = byte.wrapping_add(guess);
            *up = left;
        }
        out.extend_from_slice(&above);
    }
    Ok(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let estimate = a + b - c;
    let (pa, pb, pc) = (
        (estimate - a).abs(),
        (estimate - b).abs(),
        (estimate - c).abs(),
    );
    if pa <= pb && pa <= pc {
        left
    } else if pb <= pc {
        up
    } else {
        corner
    }
}
