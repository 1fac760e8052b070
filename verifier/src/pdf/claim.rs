//! Which certificate a file claims to be: the `identifier` of its embedded `certificate.json`, else the one its XMP
//! metadata names. A claim that anyone can write; it only helps to ask the registry the right question.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::Deserialize;

use super::object::{Dictionary, Id, Object};
use super::reader::Reader;
use super::{Stop, filter};
use crate::budget::Resource;

const FILE_NAME: &str = "certificate.json";
/// Root of every identifier (GB/T 36904).
const ROOT: &[u8] = b"1.2.156.3005.2.";
const LONGEST: usize = 160;
/// Work units for one node of a tree, one file in a list.
const VISIT: u64 = 100;
/// Work units for putting one on the list.
const LISTED: u64 = 8;

/// The claim of the newest revision.
pub(super) fn find(reader: &mut Reader<'_, '_>) -> Result<Option<String>, Stop> {
    let revision = reader.pdf.revisions.len().saturating_sub(1);
    let catalog = reader.catalog(revision)?;
    let Some(catalog) = catalog.dictionary() else {
        return Ok(None);
    };
    let mut seen = HashSet::<Id>::new();
    for specification in file_specifications(reader, catalog, revision)? {
        reader.meter.spend(Resource::Work, VISIT)?;
        if specification.reference().is_some_and(|id| !seen.insert(id)) {
            continue;
        }
        let specification = reader.resolve(&specification, revision)?;
        let Some(specification) = specification.dictionary() else {
            continue;
        };
        if let Some(identifier) = from_file(reader, specification, revision)? {
            return Ok(Some(identifier));
        }
    }
    let metadata = reader.entry(catalog, b"Metadata", revision)?;
    Ok(decoded(reader, &metadata)?.as_deref().and_then(from_xmp))
}

/// The associated files (ISO 19005-3 6.8), then the tree of embedded files (ISO 32000-1 7.11.4).
fn file_specifications<'p>(
    reader: &mut Reader<'p, '_>,
    catalog: &Dictionary<'p>,
    revision: usize,
) -> Result<Vec<Object<'p>>, Stop> {
    let associated = reader.entry(catalog, b"AF", revision)?;
    let mut found = associated.array().unwrap_or_default().to_vec();
    let names = reader.entry(catalog, b"Names", revision)?;
    let tree = names
        .dictionary()
        .and_then(|names| names.get(b"EmbeddedFiles"))
        .cloned();
    let (mut open, mut seen) = (Vec::from_iter(tree), HashSet::<Id>::new());
    while let Some(node) = open.pop() {
        reader.meter.spend(Resource::Work, VISIT)?;
        if node.reference().is_some_and(|id| !seen.insert(id)) {
            continue;
        }
        let node = reader.resolve(&node, revision)?;
        let Some(node) = node.dictionary() else {
            continue;
        };
        let pairs = reader.entry(node, b"Names", revision)?;
        let kids = reader.entry(node, b"Kids", revision)?;
        let (pairs, kids) = (
            pairs.array().unwrap_or_default(),
            kids.array().unwrap_or_default(),
        );
        // Many nodes may share one list.
        let listed = (pairs.len() + kids.len()) as u64;
        reader.meter.spend(Resource::Work, LISTED * listed)?;
        found.extend(pairs.iter().skip(1).step_by(2).cloned());
        let kids = kids.iter().filter(|kid| kid.reference().is_some());
        open.extend(kids.cloned());
    }
    Ok(found)
}

fn from_file<'p>(
    reader: &mut Reader<'p, '_>,
    specification: &Dictionary<'p>,
    revision: usize,
) -> Result<Option<String>, Stop> {
    if !is_named(reader, specification, b"UF")? && !is_named(reader, specification, b"F")? {
        return Ok(None);
    }
    let files = reader.entry(specification, b"EF", revision)?;
    let Some(files) = files.dictionary() else {
        return Ok(None);
    };
    let file = reader.entry(files, b"F", revision)?;
    let json = decoded(reader, &file)?.unwrap_or_default();
    let named = serde_json::from_slice::<Named>(&json).ok();
    Ok(named
        .map(|named| named.identifier)
        .filter(|identifier| identifier.len() <= LONGEST))
}

/// Whether that entry names our file. Many lists may share one specification.
fn is_named(
    reader: &mut Reader<'_, '_>,
    specification: &Dictionary<'_>,
    key: &[u8],
) -> Result<bool, Stop> {
    let Some(Object::Text(name)) = specification.get(key) else {
        return Ok(false);
    };
    reader.meter.spend(Resource::Work, name.raw.len() as u64)?;
    Ok(text(&name.decode()) == FILE_NAME)
}

/// What is read of a `certificate.json`.
#[derive(Deserialize)]
struct Named {
    identifier: String,
}

/// A stream's data with filters undone; none when it cannot be done. It is charged as read through.
fn decoded<'p>(
    reader: &mut Reader<'p, '_>,
    object: &Object<'p>,
) -> Result<Option<Cow<'p, [u8]>>, Stop> {
    let Object::Stream(dictionary, data) = object else {
        return Ok(None);
    };
    match filter::decode(dictionary, data, reader.meter) {
        Ok(data) => {
            reader.meter.spend(Resource::Work, data.len() as u64)?;
            Ok(Some(data))
        }
        Err(Stop::Malformed(_)) => Ok(None),
        Err(limit) => Err(limit),
    }
}

fn from_xmp(xmp: &[u8]) -> Option<String> {
    let rest = xmp.get(memchr::memmem::find(xmp, ROOT)?..)?;
    let length = rest
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.')
        .count();
    let identifier = rest
        .get(..length)
        .filter(|identifier| identifier.len() <= LONGEST)?;
    std::str::from_utf8(identifier).ok().map(str::to_owned)
}

/// A text string (7.9.2.2): UTF-16BE with its mark, else taken as UTF-8.
fn text(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => {
            let units: Vec<u16> = rest
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect();
            String::from_utf16_lossy(&units)
        }
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => String::from_utf8_lossy(rest).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Builder, claimed};

    #[test]
    fn the_embedded_file_is_asked_before_the_metadata() {
        let file = r#"{"identifier":"1.2.156.3005.2.A.B.C.001.X"}"#;
        let stream =
            |data: &str| format!("<< /Length {} >>\nstream\n{data}\nendstream", data.len());
        let with = |catalog: &str| {
            Builder::new()
                .object(1, &format!("<< /Type /Catalog {catalog} >>"))
                .object(2, "<< /Type /Filespec /UF (certificate.json) /EF << /F 3 0 R >> >>")
                .object(3, &stream(file))
                .object(4, &stream("<x>1.2.156.3005.2.M.001.0</x>"))
                .object(5, "<< /Type /Filespec /UF <FEFF00630065007200740069006600690063006100740065002E006A0073006F006E> /EF << /F 4 0 R >> >>")
                .revision()
                .build()
        };
        let check = |catalog: &str, expect: Option<&str>| {
            assert_eq!(claimed(&with(catalog)).as_deref(), expect, "{catalog}")
        };
        check("/AF [2 0 R]", Some("1.2.156.3005.2.A.B.C.001.X"));
        check(
            "/AF [2 0 R] /Metadata 4 0 R",
            Some("1.2.156.3005.2.A.B.C.001.X"),
        );
        check(
            "/Names << /EmbeddedFiles << /Names [(a) 2 0 R] >> >>",
            Some("1.2.156.3005.2.A.B.C.001.X"),
        );
        check("/Metadata 4 0 R", Some("1.2.156.3005.2.M.001.0"));
        check(
            "/AF [5 0 R] /Metadata 4 0 R",
            Some("1.2.156.3005.2.M.001.0"),
        );
        check("/AF [3 0 R 9 0 R 1]", None);
        check("", None);
    }
}
