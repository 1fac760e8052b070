//! Object streams (ISO 32000-1 7.5.7), all decoded when the file is read: a reader that inflates on demand
//! could be made to inflate the same bomb again and again.

use std::collections::{BTreeSet, HashMap};

use super::layout::Layout;
use super::object::{Dictionary, Object};
use super::parser::Parser;
use super::places::Places;
use super::revision::Revision;
use super::xref::Place;
use super::{Malformed, Stop, filter};
use crate::budget::{Meter, Resource};

/// One decoded object stream.
#[derive(Debug)]
pub(crate) struct ObjectStream {
    pub(crate) data: Vec<u8>,
    /// Object number and start in `data`, by index.
    pub(crate) objects: Vec<(u32, usize)>,
}

/// Every object stream that some cross-reference line leads into, by the offset of the stream object.
pub(crate) fn decode_all(
    bytes: &[u8],
    revisions: &[Revision<'_>],
    places: &Places,
    layout: &Layout,
    meter: &mut Meter,
) -> Result<HashMap<usize, ObjectStream>, Stop> {
    let mut streams = HashMap::new();
    if revisions
        .iter()
        .any(|revision| revision.trailer.get(b"Encrypt").is_some())
    {
        return Ok(streams); // not readable without a key; a rule refuses the file
    }
    for offset in offsets(revisions, places) {
        let Some(span) = layout.span(offset) else {
            continue;
        };
        let Some(data) = span.data.and_then(|(start, end)| bytes.get(start..end)) else {
            continue;
        };
        let Object::Dictionary(dictionary) = Parser::new(bytes, offset, meter).indirect()?.value
        else {
            continue;
        };
        if dictionary.is_type(b"ObjStm") {
            streams.insert(offset, decode(&dictionary, data, meter)?);
        }
    }
    Ok(streams)
}

fn offsets(revisions: &[Revision<'_>], places: &Places) -> BTreeSet<usize> {
    let slots = revisions.iter().flat_map(|revision| &revision.slots);
    let containers: BTreeSet<u32> = slots
        .filter_map(|slot| match slot.place {
            Place::In { container, .. } => Some(container),
            _ => None,
        })
        .collect();
    let all = containers
        .into_iter()
        .flat_map(|container| places.ever(container));
    all.filter_map(|place| match place {
        Place::At { offset, .. } => Some(offset),
        _ => None,
    })
    .collect()
}

fn decode(
    dictionary: &Dictionary<'_>,
    data: &[u8],
    meter: &mut Meter,
) -> Result<ObjectStream, Stop> {
    let malformed = |what| Stop::from(Malformed { at: 0, what });
    let number = |key: &[u8]| {
        let value = dictionary.get(key).and_then(Object::integer);
        value.and_then(|value| usize::try_from(value).ok())
    };
    let (Some(count), Some(first)) = (number(b"N"), number(b"First")) else {
        return Err(malformed("an object stream needs N and First"));
    };
    let data = filter::decode(dictionary, data, meter)?.into_owned();
    if count > data.len() {
        return Err(malformed("an object stream cannot hold that many objects"));
    }
    meter.spend(Resource::Objects, count as u64)?;
    let mut parser = Parser::new(&data, 0, meter);
    let mut objects = Vec::with_capacity(count);
    for _ in 0..count {
        parser.skip_white();
        let number = parser.unsigned()?;
        parser.skip_white();
        let start = usize::try_from(parser.unsigned()?)
            .ok()
            .and_then(|start| start.checked_add(first));
        match (u32::try_from(number), start) {
            (Ok(number), Some(start)) if start <= data.len() => objects.push((number, start)),
            _ => return Err(malformed("an object stream's index leads out of it")),
        }
    }
    Ok(ObjectStream { data, objects })
}
