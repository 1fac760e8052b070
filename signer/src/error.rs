//! What can go wrong between an approved row and a sealed file, by who is at fault.

use crate::template::Place;

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The author of the template: the file says something that cannot be drawn.
    #[error("template, {place}: {what}")]
    Template {
        /// Page, element and key.
        place: Place,
        /// What is wrong and what to write instead.
        what: String,
    },
    /// The operator: a font file named in the settings cannot be used.
    #[error("font {path}: {what}")]
    Font {
        /// The path as the settings give it.
        path: String,
        /// What is wrong and what to do.
        what: String,
    },
    /// The row: a character that no font of the chain can draw. The character is not repeated: a rare one
    /// may be somebody's name.
    #[error(
        "field `{field}`: no font has a glyph for character {at}, of Unicode plane {plane}; correct the value or add a fallback font"
    )]
    MissingGlyph {
        /// Machine name of the field, or the place in the template.
        field: String,
        /// Which character of the text that is drawn, from 1.
        at: usize,
        /// The Unicode plane of the character; 2 and 3 hold the rare Chinese ones.
        plane: u32,
    },
    /// The row: a text too long for its box, even at the smallest size allowed.
    #[error(
        "field `{field}`: the text does not fit its box at {size} pt ({place}); shorten the value or enlarge the box"
    )]
    DoesNotFit {
        /// Machine names of the fields in the text, or the text's place.
        field: String,
        /// The element.
        place: Place,
        /// The smallest size tried, in points.
        size: f32,
    },
    /// The row: an image that cannot be shown.
    #[error("field `{field}`: {what}")]
    Image {
        /// Machine name of the field.
        field: String,
        /// What is wrong and what to do.
        what: String,
    },
    /// The row: a value of the wrong kind, or too large to write.
    #[error("field `{field}`: {what}")]
    Value {
        /// Machine name of the field, or the name of the property.
        field: String,
        /// What is wrong.
        what: String,
    },
    /// The caller: the draft keeps less room for the CMS than this key and level take.
    #[error(
        "the seal takes {needed} bytes, the draft keeps {reserved}: lay it out again with what contents_reserved says"
    )]
    ContentsTooSmall {
        /// Bytes of the CMS.
        needed: usize,
        /// Bytes kept in /Contents.
        reserved: usize,
    },
    /// The operator: the type ends at B-T, and there is no time-stamp authority.
    #[error("type {type_code} is sealed at B-T, but no time-stamp authority is set; name one")]
    NoTimeStamps {
        /// Which type.
        type_code: String,
    },
    /// A worker thread ended without an answer; the batch goes on where the record stands.
    #[error(
        "a worker stopped in the middle of a group; run the batch again, it goes on from there"
    )]
    Stopped,
    /// The registry refused, or could not keep something.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// The key store, its log of uses or the time-stamp authority.
    #[error(transparent)]
    Key(#[from] keys::Error),
}
