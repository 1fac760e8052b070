//! QR codes: encoded, the mask chosen, and drawn as one path of filled rectangles.

mod codes;
mod matrix;
mod penalty;

use registry::Sentence;

use super::Content;
use crate::Error;
pub(crate) use codes::QrCodes;
use matrix::Matrix;

/// Light modules around the code (ISO/IEC 18004, 6.3.8).
const QUIET: usize = 4;

/// Modules on a side, with the quiet zone, for a text of so many bytes; none where it is too long.
pub(crate) fn modules(bytes: usize) -> Option<usize> {
    codes::side(bytes).map(|side| side + 2 * QUIET)
}

/// Draws the code of `text` with its quiet zone into a square, in points from the lower left corner.
///
/// # Errors
/// [`Error::Value`] where the text is too long.
pub(crate) fn draw_qr(
    out: &mut Content,
    codes: &QrCodes,
    text: &str,
    [x, y]: [f32; 2],
    side: f32,
) -> Result<(), Error> {
    let code = codes.code(text).ok_or_else(|| Error::Value {
        field: "verify_url".to_owned(),
        what: Sentence::new(
            "地址太长，放不进二维码；请缩短 public_url",
            "the address is too long for a QR code; shorten the public address",
        ),
    })?;
    draw(out, &code, [x, y], side);
    Ok(())
}

fn draw(out: &mut Content, code: &Matrix, [x, y]: [f32; 2], side: f32) {
    let whole = code.side() + 2 * QUIET;
    let module = side / whole as f32;
    out.put("q ");
    // one unit is one module, the first row on top
    out.number(module)
        .put("0 0 -")
        .number(module)
        .number(x)
        .number(y + side)
        .put("cm 1 g 0 0 ");
    out.integer(whole).put(" ").integer(whole).put(" re f 0 g ");
    for [column, row, width, height] in code.rectangles() {
        out.integer(column + QUIET)
            .put(" ")
            .integer(row + QUIET)
            .put(" ")
            .integer(width)
            .put(" ")
            .integer(height)
            .put(" re ");
    }
    out.put("f Q\n");
}
