//! A face reduced to what a PDF needs of it. Cutting subsets from the whole file would parse glyph names and
//! copy name records each time, for nothing.

use skrifa::{FontRef, Tag};

/// Tables that subsets are cut from, in the order of their tags.
const KEPT: [&[u8; 4]; 12] = [
    b"CFF ", b"cvt ", b"fpgm", b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp", b"name",
    b"post", b"prep",
];

/// A single font with these tables; without names, and without names of glyphs.
pub(super) fn strip(font: &FontRef<'_>) -> Vec<u8> {
    let tables: Vec<(&[u8; 4], Vec<u8>)> = KEPT
        .into_iter()
        .filter_map(|tag| {
            Some((
                tag,
                reduced(tag, font.table_data(Tag::new(tag))?.as_bytes()),
            ))
        })
        .collect();
    let is_cff = tables.iter().any(|(tag, _)| *tag == b"CFF ");
    let mut file = if is_cff {
        b"OTTO".to_vec()
    } else {
        vec![0, 1, 0, 0]
    };
    file.extend((tables.len() as u16).to_be_bytes());
    // hints for binary search, which nobody here does
    file.extend([0; 6]);
    let mut offset = 12 + 16 * tables.len();
    for (tag, table) in &tables {
        file.extend(*tag);
        file.extend([0; 4]);
        file.extend((offset as u32).to_be_bytes());
        file.extend((table.len() as u32).to_be_bytes());
        offset += table.len().next_multiple_of(4);
    }
    for (_, table) in tables {
        file.extend(table);
        file.resize(file.len().next_multiple_of(4), 0);
    }
    file
}

fn reduced(tag: &[u8; 4], table: &[u8]) -> Vec<u8> {
    match tag {
        // version 0, no records, strings behind the header
        b"name" => vec![0, 0, 0, 0, 0, 6],
        // version 3: the header's figures without names
        b"post" => [&[0, 3, 0, 0], table.get(4..32).unwrap_or_default()].concat(),
        _ => table.to_vec(),
    }
}
