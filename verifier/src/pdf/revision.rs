//! The revisions of a file (ISO 32000-1 7.5.6): which bytes are whose, and where each object stands in each of them.
//!
//! The chain is followed from the last `startxref` through /Prev. A revision is one section, a hybrid pair
//! (7.5.8.4), or, for the first one only, the two sections of a linearized file (Annex F).

use super::object::{Dictionary, Object};
use super::parser::Parser;
use super::xref::{Place, Section, Slot, read_section};
use super::{Malformed, Stop};
use crate::budget::{Meter, Resource};

/// One revision: the bytes `start..end` and what its sections list.
#[derive(Debug)]
pub(crate) struct Revision<'a> {
    pub(crate) start: usize,
    /// First byte after the end of line that follows `%%EOF`.
    pub(crate) end: usize,
    /// First byte after `%%EOF`.
    pub(crate) eof: usize,
    /// Ordered by number, each number once.
    pub(crate) slots: Vec<Slot>,
    /// Numbers that were listed twice in this revision.
    pub(crate) repeated: Vec<u32>,
    pub(crate) trailer: Dictionary<'a>,
    /// The section that the next revision's /Prev must name.
    pub(crate) section: usize,
    /// What the revision's own `startxref` says.
    pub(crate) startxref: usize,
    /// Stretches of `xref` … trailer and `startxref` … `%%EOF`.
    pub(crate) furniture: Vec<(usize, usize)>,
    /// Offsets of its cross-reference streams, which need not list themselves.
    pub(crate) streams: Vec<usize>,
    pub(crate) hybrid: bool,
    /// Whether one of its trailers holds a key twice.
    pub(crate) double_key: bool,
}

/// All revisions, oldest first.
pub(crate) fn read_revisions<'a>(
    bytes: &'a [u8],
    meter: &mut Meter,
) -> Result<Vec<Revision<'a>>, Stop> {
    meter.spend(Resource::Work, bytes.len() as u64 / 8)?;
    let Some(keyword) = memchr::memmem::rfind(bytes, b"startxref") else {
        return Err(Malformed {
            at: bytes.len(),
            what: "the file has no startxref",
        }
        .into());
    };
    let last = read_end(bytes, keyword, meter)?;
    let sections = read_chain(bytes, last.startxref, meter)?;
    let mut revisions: Vec<Revision<'a>> = Vec::with_capacity(sections.len());
    for group in group(bytes, sections)? {
        let start = revisions.last().map_or(0, |previous| previous.end);
        revisions.push(read_revision(bytes, start, group, meter)?);
    }
    match revisions.last() {
        Some(revision) if revision.end == last.end => Ok(revisions),
        _ => Err(Malformed {
            at: keyword,
            what: "the last startxref does not end the newest revision",
        }
        .into()),
    }
}

/// Newest first, as /Prev leads.
fn read_chain<'a>(
    bytes: &'a [u8],
    newest: usize,
    meter: &mut Meter,
) -> Result<Vec<Section<'a>>, Stop> {
    let mut sections: Vec<Section<'a>> = Vec::new();
    let mut next = Some(newest);
    while let Some(at) = next {
        if sections.iter().any(|section| section.at == at) {
            return Err(Malformed {
                at,
                what: "the chain of /Prev runs in a circle",
            }
            .into());
        }
        meter.spend(Resource::Revisions, 1)?;
        let section = read_section(bytes, at, meter)?;
        next = section.prev;
        sections.push(section);
    }
    Ok(sections)
}

/// The sections of each revision, oldest revision first, the section that counts first.
fn group<'a>(bytes: &[u8], newest_first: Vec<Section<'a>>) -> Result<Vec<Vec<Section<'a>>>, Stop> {
    let mut groups: Vec<Vec<Section<'a>>> = Vec::new();
    let mut sections = newest_first.into_iter().rev().peekable();
    while let Some(section) = sections.next() {
        let Some(newer) = sections.peek() else {
            groups.push(vec![section]);
            continue;
        };
        if newer.at >= section.end {
            groups.push(vec![section]);
        } else if groups.is_empty() && newer.end <= section.at && is_linearized(bytes) {
            groups.extend(sections.next().map(|newer| vec![newer, section]));
        } else {
            return Err(Malformed {
                at: newer.at,
                what: "/Prev does not lead back in the file",
            }
            .into());
        }
    }
    Ok(groups)
}

fn is_linearized(bytes: &[u8]) -> bool {
    let head = bytes.get(..1024).unwrap_or(bytes);
    memchr::memmem::find(head, b"/Linearized").is_some()
}

fn read_revision<'a>(
    bytes: &'a [u8],
    start: usize,
    group: Vec<Section<'a>>,
    meter: &mut Meter,
) -> Result<Revision<'a>, Stop> {
    let Some(lowest) = group
        .iter()
        .map(|section| section.at)
        .min()
        .filter(|lowest| *lowest >= start)
    else {
        return Err(Malformed {
            at: start,
            what: "two revisions overlap",
        }
        .into());
    };
    let highest = group
        .iter()
        .map(|section| section.end)
        .max()
        .unwrap_or(lowest);
    let mut furniture: Vec<(usize, usize)> = group
        .iter()
        .filter(|section| is_table(bytes, section.at))
        .map(|section| (section.at, section.end))
        .collect();
    if let [first_page, _] = &*group {
        // Annex F: the first-page section is followed by a startxref of its own, whose number means nothing.
        let end = read_end(bytes, blank_end(bytes, first_page.end, meter)?, meter)?;
        furniture.push((end.at, end.end));
    }
    let end = read_end(bytes, blank_end(bytes, highest, meter)?, meter)?;
    furniture.push((end.at, end.end));

    let hybrids: Vec<usize> = group.iter().filter_map(|section| section.hybrid).collect();
    let tables = group
        .iter()
        .map(|section| section.at)
        .filter(|at| !is_table(bytes, *at));
    let streams: Vec<usize> = tables.chain(hybrids.iter().copied()).collect();
    let hybrids = hybrids
        .into_iter()
        .map(|at| read_section(bytes, at, meter))
        .collect::<Result<Vec<_>, _>>()?;
    let hybrid = !hybrids.is_empty();
    let double_key = group
        .iter()
        .chain(&hybrids)
        .any(|section| section.double_key);
    let mut lists = Vec::new();
    let (mut trailer, mut section) = (None, lowest);
    for part in group {
        if trailer.is_none() {
            section = part.at;
            trailer = Some(part.trailer);
        }
        lists.push(part.slots);
    }
    lists.extend(hybrids.into_iter().map(|part| part.slots));
    let (slots, repeated) = merge(lists);
    let trailer = trailer.unwrap_or_default();
    if !matches!(trailer.get(b"Root"), Some(Object::Reference(_))) {
        return Err(Malformed {
            at: section,
            what: "a trailer has no Root",
        }
        .into());
    }
    let (startxref, eof, end) = (end.startxref, end.eof, end.end);
    Ok(Revision {
        start,
        end,
        eof,
        slots,
        repeated,
        trailer,
        section,
        startxref,
        furniture,
        streams,
        hybrid,
        double_key,
    })
}

fn is_table(bytes: &[u8], at: usize) -> bool {
    bytes
        .get(at..)
        .is_some_and(|rest| rest.starts_with(b"xref"))
}

fn blank_end(bytes: &[u8], from: usize, meter: &mut Meter) -> Result<usize, Stop> {
    let mut parser = Parser::new(bytes, from, meter);
    parser.skip_blank();
    let skipped = parser.position.saturating_sub(from) as u64;
    parser.meter.spend(Resource::Work, skipped)?;
    Ok(parser.position)
}

/// `startxref`, a number, `%%EOF`, at most one end of line.
struct End {
    at: usize,
    startxref: usize,
    eof: usize,
    end: usize,
}

fn read_end(bytes: &[u8], at: usize, meter: &mut Meter) -> Result<End, Stop> {
    let mut parser = Parser::new(bytes, at, meter);
    parser.expect_keyword(b"startxref", "\"startxref\" is expected")?;
    parser.skip_white();
    let value = parser.unsigned()?;
    parser.skip_white();
    if !parser.rest().starts_with(b"%%EOF") {
        return parser.malformed("\"%%EOF\" is expected");
    }
    parser.position += 5;
    let eof = parser.position;
    parser.skip_eol();
    Ok(End {
        at,
        startxref: usize::try_from(value).unwrap_or(usize::MAX),
        eof,
        end: parser.position,
    })
}

/// One list ordered by number. A free line gives way to one in use (7.5.8.4 hides objects so);
/// a number with two lines of the same list, or in use in two, is reported.
fn merge(lists: Vec<Vec<Slot>>) -> (Vec<Slot>, Vec<u32>) {
    let mut all: Vec<(usize, Slot)> = Vec::new();
    for (list, slots) in lists.into_iter().enumerate() {
        all.extend(slots.into_iter().map(|slot| (list, slot)));
    }
    all.sort_by_key(|(list, slot)| (slot.number, slot.place == Place::Free, *list));
    let mut merged: Vec<Slot> = Vec::with_capacity(all.len());
    let mut repeated = Vec::new();
    let mut kept = usize::MAX;
    for (list, slot) in all {
        match merged.last() {
            Some(first) if first.number == slot.number => {
                if list == kept || slot.place != Place::Free {
                    repeated.push(slot.number);
                }
            }
            _ => {
                merged.push(slot);
                kept = list;
            }
        }
    }
    (merged, repeated)
}
