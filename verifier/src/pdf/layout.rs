//! Every byte of the file accounted for: each revision is walked once from end to end, and what is not an object
//! its sections list, a section, `startxref` … `%%EOF`, white space or a comment is noted.

use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};

use super::object::{Dictionary, Id, Object};
use super::oddity::{MOST_ODDITIES, Oddity, OddityKind};
use super::parser::{Indirect, Parser, is_white};
use super::places::Places;
use super::revision::Revision;
use super::xref::Place;
use super::{Malformed, Stop};
use crate::budget::{Meter, Resource};

/// An object in the file: `n g obj` at `offset` … `endobj` before `end`.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) offset: usize,
    pub(crate) end: usize,
    pub(crate) id: Id,
    /// The stream's data, when it is one.
    pub(crate) data: Option<(usize, usize)>,
}

/// What the walk found.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// Ordered by offset.
    pub(crate) spans: Vec<Span>,
    pub(crate) oddities: Vec<Oddity>,
}

impl Layout {
    pub(crate) fn span(&self, offset: usize) -> Option<&Span> {
        let i = self
            .spans
            .binary_search_by_key(&offset, |span| span.offset)
            .ok()?;
        self.spans.get(i)
    }
}

/// What a walk stops at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Landmark {
    /// An object that the revision lists.
    Listed(Id),
    /// A cross-reference stream, listed or not.
    Section,
    /// A table or `startxref`, read before, with its end.
    Furniture(usize),
}

/// Walks all revisions.
pub(crate) fn walk(
    bytes: &[u8],
    revisions: &[Revision<'_>],
    places: &Places,
    meter: &mut Meter,
) -> Result<Layout, Stop> {
    let mut walk = Walk {
        bytes,
        revisions,
        places,
        index: 0,
        position: 0,
        layout: Layout::default(),
        hidden: Vec::new(),
        noted: HashMap::new(),
    };
    walk.header();
    for index in 0..revisions.len() {
        walk.index = index;
        walk.noted.clear();
        walk.revision(meter)?;
    }
    walk.index = revisions.len();
    walk.noted.clear();
    if walk.position < bytes.len() {
        walk.note(walk.position, OddityKind::Unlisted);
    }
    let Walk {
        mut layout, hidden, ..
    } = walk;
    if !hidden.is_empty() {
        layout.spans.extend(hidden);
        layout.spans.sort_by_key(|span| span.offset);
        layout.spans.dedup_by_key(|span| span.offset);
    }
    Ok(layout)
}

/// Work units for one landmark, beside the reading of what stands there.
const LANDMARK: u64 = 16;

struct Walk<'a, 'r> {
    bytes: &'a [u8],
    revisions: &'r [Revision<'a>],
    places: &'r Places,
    index: usize,
    position: usize,
    layout: Layout,
    /// Objects found outside the order of the walk.
    hidden: Vec<Span>,
    /// How many oddities of each kind the revision has.
    noted: HashMap<Discriminant<OddityKind>, usize>,
}

impl Walk<'_, '_> {
    /// Of one kind in one revision the first few are kept: a rule names no more.
    fn note(&mut self, at: usize, kind: OddityKind) {
        let count = self.noted.entry(discriminant(&kind)).or_default();
        *count += 1;
        if *count > MOST_ODDITIES {
            return;
        }
        self.layout.oddities.push(Oddity {
            revision: self.index,
            at,
            kind,
        });
    }

    /// `%PDF-n.m`, and the comment of high bytes that 7.5.2 recommends after it.
    fn header(&mut self) {
        let line_end = |from: usize| {
            let rest = self.bytes.get(from..).unwrap_or_default();
            let length = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
            let newline = if rest.get(length..length + 2) == Some(b"\r\n") {
                2
            } else {
                1
            };
            (from + length + newline).min(self.bytes.len())
        };
        let [
            b'%',
            b'P',
            b'D',
            b'F',
            b'-',
            b'1'..=b'9',
            b'.',
            b'0'..=b'9',
            b'\r' | b'\n',
            ..,
        ] = self.bytes
        else {
            return self.note(0, OddityKind::NoHeader);
        };
        self.position = line_end(0);
        if let Some([b'%', 128..=255, ..]) = self.bytes.get(self.position..) {
            self.position = line_end(self.position);
        }
    }

    fn revision(&mut self, meter: &mut Meter) -> Result<(), Stop> {
        let Some(revision) = self.revisions.get(self.index) else {
            return Ok(());
        };
        if revision.startxref != revision.section {
            self.note(revision.section, OddityKind::Startxref);
        }
        if revision.double_key {
            self.note(revision.section, OddityKind::DoubleKey);
        }
        for number in &revision.repeated {
            self.note(revision.section, OddityKind::Repeated(*number));
        }
        let landmarks = self.landmarks(revision, meter)?;
        meter.spend(Resource::Work, LANDMARK * landmarks.len() as u64)?;
        for (i, (offset, landmark)) in landmarks.iter().enumerate() {
            let next = landmarks.get(i + 1).map_or(revision.end, |(next, _)| *next);
            self.cross_to(*offset, *landmark, next, meter)?;
        }
        Ok(())
    }

    /// The landmarks within the revision, in order; lines that lead elsewhere are noted.
    fn landmarks(
        &mut self,
        revision: &Revision<'_>,
        meter: &mut Meter,
    ) -> Result<Vec<(usize, Landmark)>, Stop> {
        let mut landmarks: Vec<(usize, Landmark)> = Vec::with_capacity(revision.slots.len() + 4);
        for slot in &revision.slots {
            let Place::At { offset, generation } = slot.place else {
                continue;
            };
            let id = Id {
                number: slot.number,
                generation,
            };
            if (revision.start..revision.end).contains(&offset) {
                landmarks.push((offset, Landmark::Listed(id)));
            } else if self.borrow(offset, id, revision, meter)? {
                self.note(offset, OddityKind::Borrowed(slot.number));
            } else {
                self.note(offset, OddityKind::Mistargeted(slot.number));
            }
        }
        landmarks.extend(
            revision
                .furniture
                .iter()
                .map(|(at, end)| (*at, Landmark::Furniture(*end))),
        );
        let streams = self.revisions.iter().flat_map(|any| &any.streams);
        let inside = streams.filter(|at| (revision.start..revision.end).contains(at));
        landmarks.extend(inside.map(|at| (*at, Landmark::Section)));
        landmarks.sort_unstable();
        Ok(landmarks)
    }

    /// Whether a line may mean an object of an earlier revision: one that was listed there, or one that was hidden
    /// among its bytes, as the writers of hybrid files do.
    fn borrow(
        &mut self,
        offset: usize,
        id: Id,
        revision: &Revision<'_>,
        meter: &mut Meter,
    ) -> Result<bool, Stop> {
        if let Some(span) = self.layout.span(offset) {
            return Ok(span.id == id);
        }
        if offset >= revision.start {
            return Ok(false);
        }
        let span = match read_span(self.bytes, self.places, self.index, offset, meter) {
            Ok((span, _)) if span.id == id => span,
            Ok(_) | Err(Stop::Malformed(_)) => return Ok(false),
            Err(limit) => return Err(limit),
        };
        let next = self
            .layout
            .spans
            .partition_point(|other| other.offset < offset);
        let clear_before = next
            .checked_sub(1)
            .and_then(|i| self.layout.spans.get(i))
            .is_none_or(|s| s.end <= offset);
        let clear_after = self
            .layout
            .spans
            .get(next)
            .is_none_or(|other| other.offset >= span.end);
        let clear = clear_before && clear_after && span.end <= revision.start;
        if clear {
            self.hidden.push(span);
        }
        Ok(clear)
    }

    /// Goes on to the landmark at `offset`, noting what lies between, and takes it; `next` is where the one after
    /// it stands.
    fn cross_to(
        &mut self,
        offset: usize,
        landmark: Landmark,
        next: usize,
        meter: &mut Meter,
    ) -> Result<(), Stop> {
        if self.position <= offset && self.cross_blank(offset, meter) {
            match landmark {
                Landmark::Furniture(end) => self.position = end,
                Landmark::Listed(id) => self.take_object(Some(id), next, meter)?,
                Landmark::Section => self.take_object(None, next, meter)?,
            }
            return Ok(());
        }
        // Already past: the same object under a second name, or a place inside something else.
        let last = self
            .layout
            .spans
            .last()
            .filter(|span| span.offset == offset);
        let same = last.map(|span| span.id);
        match landmark {
            Landmark::Listed(id) if same == Some(id) => {}
            Landmark::Listed(id) => self.note(offset, OddityKind::Mistargeted(id.number)),
            Landmark::Section if same.is_some() => {}
            Landmark::Section | Landmark::Furniture(_) => self.note(offset, OddityKind::Overlap),
        }
        Ok(())
    }

    /// Goes on to `offset` and notes what is not white space; false when `offset` lies inside a comment.
    fn cross_blank(&mut self, offset: usize, meter: &mut Meter) -> bool {
        let between = self.bytes.get(..offset).unwrap_or(self.bytes);
        let mut parser = Parser::new(between, self.position, meter);
        parser.skip_white();
        let start = parser.position;
        let (mut commented, mut inside) = (false, false);
        while parser.skip_comment() {
            commented = true;
            inside = parser.position == offset;
            parser.skip_white();
        }
        let reached = parser.position;
        if commented {
            self.note(start, OddityKind::Comment);
        }
        if reached < offset {
            self.note(reached, OddityKind::Unlisted);
        }
        if inside {
            self.position = offset;
            self.skip_rest_of_comment();
        } else {
            self.position = offset;
        }
        !inside
    }

    fn skip_rest_of_comment(&mut self) {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        self.position += memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
    }

    /// Whether the expected `n g obj`, or any when none is, stands at `offset`, white space aside.
    fn stands_at(&self, offset: usize, expected: Option<Id>, meter: &mut Meter) -> bool {
        let mut parser = Parser::new(self.bytes, offset, meter);
        parser.skip_white();
        let header = parser.indirect_header();
        header.is_ok_and(|id| expected.is_none_or(|expected| expected == id))
    }

    fn take_object(
        &mut self,
        expected: Option<Id>,
        next: usize,
        meter: &mut Meter,
    ) -> Result<(), Stop> {
        let offset = self.position;
        let number = expected.map_or(0, |id| id.number);
        if !self.stands_at(offset, expected, meter) {
            self.note(offset, OddityKind::Mistargeted(number));
        } else if self.bytes.get(offset).is_some_and(|byte| is_white(*byte)) {
            self.note(offset, OddityKind::Loose(number));
        }
        let (span, flags) = match read_span(self.bytes, self.places, self.index, offset, meter) {
            Ok(read) => read,
            Err(Stop::Malformed(_)) => {
                self.note(offset, OddityKind::Broken(number));
                let rest = self.bytes.get(offset..next).unwrap_or_default();
                self.position += memchr::memmem::rfind(rest, b"endobj").map_or(0, |at| at + 6);
                return Ok(());
            }
            Err(limit) => return Err(limit),
        };
        if flags.double_key {
            self.note(offset, OddityKind::DoubleKey);
        }
        if flags.active_key {
            self.note(offset, OddityKind::ActiveContent);
        }
        self.position = span.end;
        self.layout.spans.push(span);
        Ok(())
    }
}

/// What the values of an object hold.
struct Flags {
    double_key: bool,
    active_key: bool,
}

fn read_span(
    bytes: &[u8],
    places: &Places,
    index: usize,
    offset: usize,
    meter: &mut Meter,
) -> Result<(Span, Flags), Stop> {
    let mut parser = Parser::new(bytes, offset, meter);
    let Indirect {
        id,
        value,
        data_start,
    } = parser.indirect()?;
    let mut data = None;
    if let (Some(start), Object::Dictionary(dictionary)) = (data_start, &value) {
        let length = stream_length(bytes, places, index, dictionary, parser.meter)?;
        let end = start.checked_add(length).filter(|end| *end <= bytes.len());
        let Some(end) = end else {
            return Err(Malformed {
                at: start,
                what: "a stream is longer than the file",
            }
            .into());
        };
        data = Some((start, end));
        parser.position = end;
        parser.end_of_stream()?;
    }
    let flags = Flags {
        double_key: parser.saw_double_key,
        active_key: parser.saw_active_key,
    };
    Ok((
        Span {
            offset,
            end: parser.position,
            id,
            data,
        },
        flags,
    ))
}

/// /Length, direct or as an object of its own, as the revision sees it.
fn stream_length(
    bytes: &[u8],
    places: &Places,
    index: usize,
    dictionary: &Dictionary<'_>,
    meter: &mut Meter,
) -> Result<usize, Stop> {
    let length = match dictionary.get(b"Length") {
        Some(Object::Integer(length)) => Some(*length),
        Some(Object::Reference(id)) => match places.at(id.number, index) {
            Place::At { offset, generation } if generation == id.generation => {
                let target = Parser::new(bytes, offset, meter).indirect()?;
                target.value.integer().filter(|_| target.id == *id)
            }
            _ => None,
        },
        _ => None,
    };
    match length.and_then(|length| usize::try_from(length).ok()) {
        Some(length) => Ok(length),
        None => Err(Malformed {
            at: 0,
            what: "a stream has no usable Length",
        }
        .into()),
    }
}
