//! The glyphs of a face that a file shows, and the font program with only them.

use registry::Sentence;
use std::fmt::Write;

use subsetter::GlyphRemapper;

use super::{Face, Glyph, Outlines};

/// Glyphs in use, renumbered from 1 in the order of first use; 0 is .notdef and never shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Subset {
    pub(super) remapper: GlyphRemapper,
    /// Character and advance by new number - 1.
    glyphs: Vec<(char, f32)>,
}

/// A font program for embedding and what goes with it.
pub(crate) struct SubsetFont {
    /// `ABCDEF+Name`.
    pub(crate) name: String,
    /// TrueType file or bare CFF table.
    pub(crate) program: Vec<u8>,
    /// The /W array, without brackets.
    pub(crate) widths: String,
    /// The ToUnicode CMap.
    pub(crate) to_unicode: String,
}

/// The /DW of our fonts: the width of a Chinese character.
const FULL_WIDTH: f32 = 1000.0;

impl Subset {
    /// The number of the glyph in the subset; the same glyph always has the same.
    pub(crate) fn number(&mut self, glyph: Glyph) -> u16 {
        let number = self.remapper.remap(glyph.id);
        if usize::from(number) > self.glyphs.len() {
            self.glyphs.push((glyph.character, glyph.advance));
        }
        number
    }

    /// The number of a glyph that is in the subset already and stands for that very character.
    pub(crate) fn existing(&self, glyph: Glyph) -> Option<u16> {
        let number = self.remapper.get(glyph.id)?;
        let (character, _) = self.glyphs.get(usize::from(number).checked_sub(1)?)?;
        (*character == glyph.character).then_some(number)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.glyphs.is_empty()
    }

    /// Cuts the font down. The error says what the font lacks.
    pub(crate) fn cut(&self, face: &Face) -> Result<SubsetFont, Sentence> {
        let program = match &face.outlines {
            Outlines::TrueType(tables) => {
                let glyphs = self.remapper.remapped_gids().skip(1);
                tables.cut(face.data(), glyphs)?
            }
            Outlines::Cff => {
                let font = subsetter::subset(face.data(), 0, &self.remapper);
                cff_table(font.map_err(|e| no_subset(&e))?)?
            }
        };
        Ok(SubsetFont {
            name: format!("{}+{}", self.tag(), face.name),
            program,
            widths: self.widths(),
            to_unicode: self.to_unicode(),
        })
    }

    /// Six capitals that follow from the glyphs alone (ISO 32000-1, 9.6.4): FNV-1a of their numbers.
    fn tag(&self) -> String {
        let hash = self
            .remapper
            .remapped_gids()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, glyph| {
                (hash ^ u64::from(glyph)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        (0..6)
            .map(|n| char::from(b'A' + (hash >> (n * 8)) as u8 % 26))
            .collect()
    }

    /// Runs of `first [w w …]` for glyphs that are not full width.
    fn widths(&self) -> String {
        let mut out = String::new();
        let mut previous = None;
        for (number, (_, advance)) in (1_u32..).zip(&self.glyphs) {
            if *advance == FULL_WIDTH {
                continue;
            }
            // Writing to a String cannot fail.
            let _ = match previous {
                Some(last) if last + 1 == number => write!(out, " {advance}"),
                Some(_) => write!(out, "]{number}[{advance}"),
                None => write!(out, "{number}[{advance}"),
            };
            previous = Some(number);
        }
        if previous.is_some() {
            out.push(']');
        }
        out
    }

    /// ISO 32000-1, 9.10.3; a range with its characters one by one, none beyond codes that begin alike.
    fn to_unicode(&self) -> String {
        let mut out = String::with_capacity(400 + self.glyphs.len() * 8);
        out.push_str(
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n\
             /CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n\
             /CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n\
             1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n",
        );
        let mut first = 1;
        while let Some(rest) = self.glyphs.get(first - 1..).filter(|rest| !rest.is_empty()) {
            let range = &rest[..rest.len().min(256 - first % 256)];
            let last = first + range.len() - 1;
            let _ = write!(out, "1 beginbfrange\n<{first:04X}><{last:04X}>[");
            for (character, _) in range {
                out.push('<');
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "{unit:04X}");
                }
                out.push('>');
            }
            out.push_str("]\nendbfrange\n");
            first = last + 1;
        }
        out.push_str("endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend\n");
        out
    }
}

/// The `CFF ` table of an OpenType file: what a FontFile3 of subtype CIDFontType0C holds.
fn cff_table(file: Vec<u8>) -> Result<Vec<u8>, Sentence> {
    let font = skrifa::FontRef::new(&file).map_err(|error| no_subset(&error))?;
    let table = font
        .table_data(skrifa::Tag::new(b"CFF "))
        .ok_or_else(|| no_subset(&"no CFF table in the subset"))?;
    Ok(table.as_bytes().to_vec())
}

fn no_subset(why: &dyn std::fmt::Display) -> Sentence {
    Sentence::new(format!("无法取出子集（{why}）"), why.to_string())
}
