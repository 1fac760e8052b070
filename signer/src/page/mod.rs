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
pub(crate) use value::fill;

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
    let paragraphs = text.split('\n').map(|paragraph| {
        paragraph
            .strip_suffix('\r')
            .unwrap_or(paragraph)
            .chars()
            .map(|character| {
                let shown = if character == '\t' { ' ' } else { character };
                fonts.glyph(role, shown).ok_or_else(|| Error::MissingGlyph {
                    field: field.to_owned(),
                    character,
                })
            })
            .collect()
    });
    paragraphs.collect()
}
