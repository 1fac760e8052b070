//! Where glyphs stand: values into patterns, line breaking, fitting into boxes.
//!
//! Not here: which font has a glyph (font), how it is written into a PDF (pdf). Called by layout and lint.

mod breaking;
mod fit;
mod table;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use fit::{Line, place};
pub(crate) use table::{ShapedRow, place_table};
pub(crate) use value::{field_at, fill};

use crate::Error;
use crate::font::{Fonts, Glyph};

/// Points in a millimetre.
pub(crate) const PT_PER_MM: f32 = 72.0 / 25.4;

/// Looks up every character; `field` is named in the error. Line breaks stay, tabs become spaces.
pub(crate) fn shape(
    fonts: &Fonts,
    role: &str,
    text: &str,
    field: &str,
) -> Result<Vec<Vec<Glyph>>, Error> {
    let mut before = 0;
    let paragraphs = text.split('\n').map(|paragraph| {
        let first = before + 1;
        before += paragraph.chars().count() + 1;
        paragraph
            .strip_suffix('\r')
            .unwrap_or(paragraph)
            .chars()
            .zip(first..)
            .map(|(character, at)| {
                let shown = if character == '\t' { ' ' } else { character };
                fonts.glyph(role, shown).ok_or_else(|| Error::MissingGlyph {
                    field: field.to_owned(),
                    at,
                    plane: u32::from(character) >> 16,
                })
            })
            .collect()
    });
    paragraphs.collect()
}
