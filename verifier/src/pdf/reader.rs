//! Objects on demand, as a given revision sees them.

use std::collections::HashMap;
use std::rc::Rc;

use super::object::{Dictionary, Id, Object};
use super::parser::Parser;
use super::xref::Place;
use super::{Malformed, Pdf, Stop};
use crate::budget::{Meter, Resource};

/// Where the bytes of an object stand. Two revisions that see an object at the same seat see the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Seat {
    File(usize),
    /// Offset of the object stream, index in it.
    Stream(usize, u32),
}

/// Reads through a cache; every call costs work.
pub(crate) struct Reader<'p, 'm> {
    pub(crate) pdf: &'p Pdf<'p>,
    pub(crate) meter: &'m mut Meter,
    cache: HashMap<Seat, Rc<Object<'p>>>,
    null: Rc<Object<'p>>,
}

impl<'p, 'm> Reader<'p, 'm> {
    pub(crate) fn new(pdf: &'p Pdf<'p>, meter: &'m mut Meter) -> Self {
        Self {
            pdf,
            meter,
            cache: HashMap::new(),
            null: Rc::new(Object::Null),
        }
    }

    /// The object under `id`; null when there is none (7.3.10).
    pub(crate) fn get(&mut self, id: Id, revision: usize) -> Result<Rc<Object<'p>>, Stop> {
        const STEP: u64 = 64;
        self.meter.spend(Resource::Work, STEP)?;
        let Some(seat) = self.pdf.seat(id, revision) else {
            return Ok(Rc::clone(&self.null));
        };
        if let Some(known) = self.cache.get(&seat) {
            return Ok(Rc::clone(known));
        }
        let object = Rc::new(self.read(seat)?);
        self.cache.insert(seat, Rc::clone(&object));
        Ok(object)
    }

    /// `value` itself, or what it refers to.
    pub(crate) fn resolve(
        &mut self,
        value: &Object<'p>,
        revision: usize,
    ) -> Result<Rc<Object<'p>>, Stop> {
        match value {
            Object::Reference(id) => self.get(*id, revision),
            direct => Ok(Rc::new(direct.clone())),
        }
    }

    /// The value under `key`, resolved; null when absent.
    pub(crate) fn entry(
        &mut self,
        dictionary: &Dictionary<'p>,
        key: &[u8],
        revision: usize,
    ) -> Result<Rc<Object<'p>>, Stop> {
        match dictionary.get(key) {
            Some(value) => self.resolve(value, revision),
            None => Ok(Rc::clone(&self.null)),
        }
    }

    /// The document catalog of a revision.
    pub(crate) fn catalog(&mut self, revision: usize) -> Result<Rc<Object<'p>>, Stop> {
        let pdf = self.pdf;
        let root = pdf
            .revisions
            .get(revision)
            .and_then(|revision| revision.trailer.get(b"Root"));
        match root {
            Some(root) => self.resolve(root, revision),
            None => Ok(Rc::clone(&self.null)),
        }
    }

    fn read(&mut self, seat: Seat) -> Result<Object<'p>, Stop> {
        let pdf = self.pdf;
        match seat {
            Seat::File(offset) => {
                let value = Parser::new(pdf.bytes, offset, self.meter).indirect()?.value;
                let data = pdf.layout.span(offset).and_then(|span| span.data);
                match (
                    value,
                    data.and_then(|(start, end)| pdf.bytes.get(start..end)),
                ) {
                    (Object::Dictionary(dictionary), Some(data)) => {
                        Ok(Object::Stream(dictionary, data))
                    }
                    (value, _) => Ok(value),
                }
            }
            Seat::Stream(container, index) => {
                let stream = pdf.streams.get(&container);
                let found = stream.and_then(|s| Some((s, s.objects.get(index as usize)?.1)));
                let Some((stream, start)) = found else {
                    return Ok(Object::Null);
                };
                let mut parser = Parser::new(&stream.data, start, self.meter);
                let value = parser.spaced_object()?;
                if parser.saw_double_key {
                    return Err(Malformed {
                        at: start,
                        what: "a dictionary in an object stream holds a key twice",
                    }
                    .into());
                }
                Ok(value)
            }
        }
    }
}

impl Pdf<'_> {
    /// Where the bytes of `id` stand as of `revision`; a line that leads to another number leads nowhere.
    pub(crate) fn seat(&self, id: Id, revision: usize) -> Option<Seat> {
        match self.places.at(id.number, revision) {
            Place::At { offset, generation } if generation == id.generation => {
                let span = self.layout.span(offset)?;
                (span.id == id).then_some(Seat::File(offset))
            }
            Place::In { container, index } if id.generation == 0 => {
                let Place::At { offset, .. } = self.places.at(container, revision) else {
                    return None;
                };
                let (number, _) = self.streams.get(&offset)?.objects.get(index as usize)?;
                (*number == id.number).then_some(Seat::Stream(offset, index))
            }
            _ => None,
        }
    }
}
