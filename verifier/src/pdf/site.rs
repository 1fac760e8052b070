//! Where the signatures are: every signature field that the form of some revision reaches, and what its
//! dictionary says of itself (ISO 32000-1 12.7.4.5, 12.8.1).

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use jiff::Timestamp;

use super::contents;
use super::date;
use super::object::{Dictionary, Id, Object};
use super::reader::{Reader, Seat};
use super::{Pdf, Stop};
use crate::budget::{Meter, Resource};

/// Work units for one field of one revision.
const VISIT: u64 = 200;

/// Work units for one transform, and for one name in a lock beside its length.
const NAME: usize = 16;

/// What a signature dictionary's /SubFilter says it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `ETSI.CAdES.detached` (ETSI EN 319 142-1 6.3).
    CadesDetached,
    /// `adbe.pkcs7.detached` (ISO 32000-1 table 252).
    Pkcs7Detached,
    /// `ETSI.RFC3161`: a document time-stamp (ETSI EN 319 142-1 5.4.3).
    DocTimeStamp,
    /// Anything else; not supported.
    Other,
}

/// One signature or document time-stamp.
#[derive(Clone, Debug)]
pub struct Site {
    /// Fully qualified name of its field, for findings only.
    pub field: String,
    /// What the CMS in it is.
    pub kind: Kind,
    /// /M: a claim, never a proof.
    pub claimed_time: Option<Timestamp>,
    /// The level P of its DocMDP when it certifies (12.8.2.2); 2 when it does not say.
    pub certifies: Option<u8>,
    /// What it locks (FieldMDP, 12.8.2.4).
    pub(crate) lock: Option<Lock>,
    /// The byte ranges that the CMS signs, within the file; `None` when /ByteRange is not fit to use.
    pub covered: Option<[Range<usize>; 2]>,
    /// The CMS structure without its padding (BER where a writer left it so); `None` when /Contents holds none.
    pub cms: Option<Vec<u8>>,
    /// Index of the revision that it stands in and covers to its end; `None` when it does not.
    pub revision: Option<usize>,
    pub(crate) owner: Owner,
}

/// The fields that may not change after a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    All,
    Include(HashSet<Vec<u8>>),
    Exclude(HashSet<Vec<u8>>),
}

impl Lock {
    /// Whether the field of that name, or one above it, is locked.
    pub(crate) fn holds(&self, field: &[u8]) -> bool {
        let dots = memchr::memchr_iter(b'.', field).chain([field.len()]);
        let named = |names: &HashSet<Vec<u8>>| {
            let mut above = dots.clone().filter_map(|end| field.get(..end));
            above.any(|name| names.contains(name))
        };
        match self {
            Self::All => true,
            Self::Include(names) => named(names),
            Self::Exclude(names) => !named(names),
        }
    }
}

/// The signature dictionary as it stands in the file: what the positional rules look at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Owner {
    /// Number and generation; `None` for a dictionary written into its field.
    pub(crate) id: Option<Id>,
    /// Offset of `n g obj`; `None` inside an object stream.
    pub(crate) offset: Option<usize>,
    /// Index of the revision whose bytes hold it.
    pub(crate) home: Option<usize>,
    /// The four numbers, when they are four plain direct ones.
    pub(crate) byte_range: Option<[usize; 4]>,
    /// The value of /Contents in the file, delimiters included, when it is a direct string.
    pub(crate) contents: Option<Range<usize>>,
    /// Whether only zeros follow the CMS.
    pub(crate) zero_padded: bool,
    pub(crate) type_name: Vec<u8>,
    pub(crate) has_cert: bool,
    /// The revisions whose form reaches it.
    pub(crate) reached: BTreeSet<usize>,
}

/// All sites, in the order of what they cover.
pub(crate) fn find(pdf: &Pdf<'_>, meter: &mut Meter) -> Result<Vec<Site>, Stop> {
    let mut reader = Reader::new(pdf, meter);
    let mut sites: Vec<(Anchor, Site)> = Vec::new();
    for revision in 0..pdf.revisions.len() {
        for field in fields(&mut reader, revision)? {
            let Some(value) = &field.value else { continue };
            let anchor = match value {
                Object::Reference(id) => Anchor::Object(*id, pdf.seat(*id, revision)),
                _ => Anchor::InField(field.id, field.id.and_then(|id| pdf.seat(id, revision))),
            };
            if let Some((_, known)) = sites.iter_mut().find(|(seen, _)| *seen == anchor) {
                known.owner.reached.insert(revision);
                continue;
            }
            reader.meter.spend(Resource::Signatures, 1)?;
            let resolved = reader.resolve(value, revision)?;
            let empty = Dictionary::default();
            let dictionary = resolved.dictionary().unwrap_or(&empty);
            sites.push((
                anchor,
                read_site(&mut reader, field.name, dictionary, anchor, revision)?,
            ));
        }
    }
    let mut sites: Vec<Site> = sites.into_iter().map(|(_, site)| site).collect();
    sites.sort_by_key(|site| site.covered.as_ref().map(|covered| covered[1].end));
    Ok(sites)
}

/// What makes a signature the same one in two revisions: number, generation and place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Anchor {
    Object(Id, Option<Seat>),
    InField(Option<Id>, Option<Seat>),
}

fn read_site<'p>(
    reader: &mut Reader<'p, '_>,
    field: String,
    dictionary: &Dictionary<'p>,
    anchor: Anchor,
    revision: usize,
) -> Result<Site, Stop> {
    let pdf = reader.pdf;
    let offset = match anchor {
        Anchor::Object(_, Some(Seat::File(offset)))
        | Anchor::InField(_, Some(Seat::File(offset))) => Some(offset),
        _ => None,
    };
    let (byte_range, contents) = match offset {
        Some(_) => (
            plain_byte_range(pdf, dictionary),
            contents_token(dictionary),
        ),
        None => (None, None),
    };
    let decoded = contents
        .clone()
        .and_then(|token| contents::decode(pdf.bytes.get(token)?));
    let covered = byte_range.and_then(|range| cover(range, pdf.bytes.len()));
    let home = offset.and_then(|offset| {
        pdf.revisions
            .iter()
            .position(|r| (r.start..r.end).contains(&offset))
    });
    let ends_with = |index: &usize| {
        let end = covered.as_ref().map(|covered| covered[1].end);
        pdf.revisions
            .get(*index)
            .is_some_and(|r| end == Some(r.end) || end == Some(r.eof))
    };
    let (certifies, lock) = read_transforms(reader, dictionary, revision)?;
    Ok(Site {
        field,
        kind: kind(dictionary),
        claimed_time: dictionary
            .get(b"M")
            .and_then(Object::text)
            .and_then(|text| date::parse(&text)),
        certifies,
        lock,
        revision: home.filter(ends_with),
        owner: Owner {
            id: match anchor {
                Anchor::Object(id, _) => Some(id),
                Anchor::InField(..) => None,
            },
            offset,
            home,
            byte_range,
            contents,
            zero_padded: decoded
                .as_ref()
                .is_some_and(|contents| contents.zero_padded),
            type_name: dictionary
                .get(b"Type")
                .and_then(Object::name)
                .unwrap_or_default()
                .to_vec(),
            has_cert: dictionary.get(b"Cert").is_some(),
            reached: BTreeSet::from([revision]),
        },
        covered,
        cms: decoded.map(|contents| contents.cms),
    })
}

fn kind(dictionary: &Dictionary<'_>) -> Kind {
    match dictionary.get(b"SubFilter").and_then(Object::name) {
        Some(b"ETSI.CAdES.detached") => Kind::CadesDetached,
        Some(b"adbe.pkcs7.detached") => Kind::Pkcs7Detached,
        Some(b"ETSI.RFC3161") => Kind::DocTimeStamp,
        _ => Kind::Other,
    }
}

/// `[a b c d]` written with digits and white space only.
fn plain_byte_range(pdf: &Pdf<'_>, dictionary: &Dictionary<'_>) -> Option<[usize; 4]> {
    let entry = dictionary.entry(b"ByteRange")?;
    let [b'[', inner @ .., b']'] = pdf.bytes.get(entry.span.clone())? else {
        return None;
    };
    if !inner
        .iter()
        .all(|byte| byte.is_ascii_digit() || super::parser::is_white(*byte))
    {
        return None;
    }
    let numbers = entry
        .value
        .array()?
        .iter()
        .map(|item| usize::try_from(item.integer()?).ok());
    numbers.collect::<Option<Vec<usize>>>()?.try_into().ok()
}

fn contents_token(dictionary: &Dictionary<'_>) -> Option<Range<usize>> {
    let entry = dictionary.entry(b"Contents")?;
    matches!(entry.value, Object::Text(_)).then(|| entry.span.clone())
}

fn cover([a, b, c, d]: [usize; 4], length: usize) -> Option<[Range<usize>; 2]> {
    let (first, second) = (a..a.checked_add(b)?, c..c.checked_add(d)?);
    (first.end <= second.start && second.end <= length).then_some([first, second])
}

/// DocMDP level and FieldMDP lock from /Reference (12.8.2).
fn read_transforms<'p>(
    reader: &mut Reader<'p, '_>,
    dictionary: &Dictionary<'p>,
    revision: usize,
) -> Result<(Option<u8>, Option<Lock>), Stop> {
    let (mut certifies, mut lock) = (None, None);
    let references = reader.entry(dictionary, b"Reference", revision)?;
    for reference in references.array().unwrap_or_default() {
        reader.meter.spend(Resource::Work, NAME as u64)?;
        let reference = reader.resolve(reference, revision)?;
        let Some(reference) = reference.dictionary() else {
            continue;
        };
        let parameters = reader.entry(reference, b"TransformParams", revision)?;
        let empty = Dictionary::default();
        let parameters = parameters.dictionary().unwrap_or(&empty);
        match reference.get(b"TransformMethod").and_then(Object::name) {
            Some(b"DocMDP") => {
                let level = parameters.get(b"P").map_or(Some(2), Object::integer);
                certifies = Some(
                    level
                        .and_then(|level| u8::try_from(level).ok())
                        .filter(|l| (1..=3).contains(l))
                        .unwrap_or(1),
                );
            }
            Some(b"FieldMDP") => lock = Some(read_lock(reader, parameters, revision)?),
            _ => {}
        }
    }
    Ok((certifies, lock))
}

fn read_lock<'p>(
    reader: &mut Reader<'p, '_>,
    parameters: &Dictionary<'p>,
    revision: usize,
) -> Result<Lock, Stop> {
    let names = reader.entry(parameters, b"Fields", revision)?;
    let names = names.array().unwrap_or_default();
    let length = |name: &Object<'_>| match name {
        Object::Text(text) => text.raw.len() + NAME,
        _ => NAME,
    };
    let work: usize = names.iter().map(length).sum();
    reader.meter.spend(Resource::Work, work as u64)?;
    let names = names.iter().filter_map(Object::text).collect();
    Ok(match parameters.get(b"Action").and_then(Object::name) {
        Some(b"Include") => Lock::Include(names),
        Some(b"Exclude") => Lock::Exclude(names),
        _ => Lock::All,
    })
}

/// A signature field with a value or without.
struct Field<'p> {
    name: String,
    id: Option<Id>,
    value: Option<Object<'p>>,
}

/// Every signature field of the revision's form.
fn fields<'p>(reader: &mut Reader<'p, '_>, revision: usize) -> Result<Vec<Field<'p>>, Stop> {
    let catalog = reader.catalog(revision)?;
    let Some(catalog) = catalog.dictionary() else {
        return Ok(Vec::new());
    };
    let form = reader.entry(catalog, b"AcroForm", revision)?;
    let Some(form) = form.dictionary() else {
        return Ok(Vec::new());
    };
    let roots = reader.entry(form, b"Fields", revision)?;
    let mut walk = FieldWalk {
        reader,
        revision,
        seen: HashSet::new(),
        found: Vec::new(),
    };
    for root in roots.array().unwrap_or_default() {
        walk.visit(root, false, "", 1)?;
    }
    Ok(walk.found)
}

struct FieldWalk<'r, 'p, 'm> {
    reader: &'r mut Reader<'p, 'm>,
    revision: usize,
    seen: HashSet<Id>,
    found: Vec<Field<'p>>,
}

impl<'p> FieldWalk<'_, 'p, '_> {
    fn visit(
        &mut self,
        node: &Object<'p>,
        inherited: bool,
        above: &str,
        depth: u64,
    ) -> Result<(), Stop> {
        self.reader.meter.within(Resource::Nesting, depth)?;
        self.reader.meter.spend(Resource::Work, VISIT)?;
        let id = node.reference();
        if id.is_some_and(|id| !self.seen.insert(id)) {
            return Ok(());
        }
        let resolved = self.reader.resolve(node, self.revision)?;
        let Some(field) = resolved.dictionary() else {
            return Ok(());
        };
        let is_signature = match field.get(b"FT") {
            Some(kind) => kind.name() == Some(b"Sig"),
            None => inherited,
        };
        let name = self.reader.field_name(above, field)?;
        if let Some(value) = field.get(b"V").filter(|_| is_signature) {
            self.found.push(Field {
                name: name.clone(),
                id,
                value: Some(value.clone()),
            });
        }
        let kids = self.reader.entry(field, b"Kids", self.revision)?;
        for kid in kids.array().unwrap_or_default() {
            self.visit(kid, is_signature, &name, depth + 1)?;
        }
        Ok(())
    }
}

impl Reader<'_, '_> {
    /// Partial names joined by dots (12.7.3.2), shortened: they only serve locks and findings.
    pub(crate) fn field_name(
        &mut self,
        above: &str,
        field: &Dictionary<'_>,
    ) -> Result<String, Stop> {
        const LONGEST: usize = 256;
        let Some(Object::Text(partial)) = field.get(b"T") else {
            return Ok(above.to_owned());
        };
        self.meter.spend(Resource::Work, partial.raw.len() as u64)?;
        let partial = partial.decode();
        let partial = String::from_utf8_lossy(&partial);
        let joined = if above.is_empty() {
            partial.into_owned()
        } else {
            format!("{above}.{partial}")
        };
        Ok(joined.chars().take(LONGEST).collect())
    }
}
