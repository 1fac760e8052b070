//! A font as a Type 0 font with Identity-H (ISO 32000-1, 9.7; ISO 19005-3, 6.2.11).

use super::file::{File, Ref, push};
use super::{Content, deflate_well};
use crate::font::{Face, Outlines, Subset};
use registry::Sentence;

/// How often a font is written: what is written for each document must be quick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reuse {
    /// For one document.
    Once,
    /// Once for a batch.
    Batch,
}

/// Writes the five objects of a font and gives its Type 0 dictionary.
///
/// # Errors
/// In words, when the font cannot be cut.
pub(crate) fn write_font(
    file: &mut File,
    face: &Face,
    subset: &Subset,
    reuse: Reuse,
) -> Result<Ref, Sentence> {
    let font = subset.cut(face)?;
    let [type0, cid, descriptor, program, cmap] = [(); 5].map(|()| file.reserve());
    let name = &font.name;
    file.object(type0, |out| {
        push(
            out,
            format_args!(
                "<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H/DescendantFonts[{cid}]/ToUnicode {cmap}>>"
            ),
        );
    });
    // 6.2.11.3.2: a CIDFontType2 says how its CIDs become glyphs
    let (kind, map, key, subtype) = match &face.outlines {
        Outlines::TrueType(_) => (
            "CIDFontType2",
            "/CIDToGIDMap/Identity",
            "FontFile2",
            String::new(),
        ),
        Outlines::Cff => (
            "CIDFontType0",
            "",
            "FontFile3",
            "/Subtype/CIDFontType0C".to_owned(),
        ),
    };
    let widths = &font.widths;
    file.object(cid, |out| {
        push(
            out,
            format_args!(
                "<</Type/Font/Subtype/{kind}/BaseFont/{name}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor {descriptor}/DW 1000/W[{widths}]{map}>>"
            ),
        );
    });
    let mut figures = Content::default();
    figures.put("/FontBBox[");
    for value in face.bbox {
        figures.number(value);
    }
    figures.put("]/ItalicAngle ").number(face.italic_angle);
    figures
        .put("/Ascent ")
        .number(face.ascent)
        .put("/Descent ")
        .number(face.descent);
    figures.put("/CapHeight ").number(face.cap_height);
    file.object(descriptor, |out| {
        // 4: symbolic, as glyphs outside the standard Latin set are
        push(
            out,
            format_args!("<</Type/FontDescriptor/FontName/{name}/Flags 4"),
        );
        out.extend_from_slice(&figures.out);
        push(out, format_args!("/StemV 80/{key} {program}>>"));
    });
    let length = match &face.outlines {
        Outlines::TrueType(_) => format!("/Length1 {}", font.program.len()),
        Outlines::Cff => subtype,
    };
    let compressed = match reuse {
        Reuse::Once => face.code.deflate(&font.program),
        Reuse::Batch => deflate_well(&font.program),
    };
    file.stream(
        program,
        &format!("/Filter/FlateDecode{length}"),
        &compressed,
    );
    match reuse {
        // so short that compressing costs more than it saves
        Reuse::Once => file.stream(cmap, "", font.to_unicode.as_bytes()),
        Reuse::Batch => {
            let compressed = deflate_well(font.to_unicode.as_bytes());
            file.stream(cmap, "/Filter/FlateDecode", &compressed);
        }
    }
    Ok(type0)
}
