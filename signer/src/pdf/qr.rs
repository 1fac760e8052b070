//! The QR code as one path of filled rectangles.

use fast_qr::{ECL, QRBuilder, QRCode};
use registry::Sentence;

use super::Content;
use crate::Error;

/// Light modules around the code (ISO/IEC 18004, 6.3.8).
const QUIET: usize = 4;

/// Modules on a side, with the quiet zone, for a text of so many bytes; none where it is too long.
pub(crate) fn modules(bytes: usize) -> Option<usize> {
    // lower case, so that the code is in byte mode as addresses are
    encode(&"x".repeat(bytes))
        .ok()
        .map(|code| code.size + 2 * QUIET)
}

/// Draws the code of `text` with its quiet zone into a square, in points from the lower left corner.
pub(crate) fn draw_qr(
    out: &mut Content,
    text: &str,
    x: f32,
    y: f32,
    side: f32,
) -> Result<(), Error> {
    let code = encode(text)?;
    let whole = code.size + 2 * QUIET;
    let module = side / whole as f32;
    out.put("q ");
    // one unit is one module, the first row on top
    out.number(module)
        .put("0 0 -")
        .number(module)
        .number(x)
        .number(y + side)
        .put("cm 1 g 0 0 ");
    out.integer(whole)
        .put(" ")
        .integer(whole)
        .put(" re f 0 g\n");
    for row in 0..code.size {
        let mut column = 0;
        while column < code.size {
            let dark = |column: usize| column < code.size && code[row][column].value();
            let length = (column..).take_while(|&column| dark(column)).count();
            if length > 0 {
                out.integer(column + QUIET)
                    .put(" ")
                    .integer(row + QUIET)
                    .put(" ")
                    .integer(length);
                out.put(" 1 re\n");
            }
            column += length.max(1);
        }
    }
    out.put("f Q\n");
    Ok(())
}

/// Level M: 15 % may be damaged.
fn encode(text: &str) -> Result<QRCode, Error> {
    QRBuilder::new(text)
        .ecl(ECL::M)
        .build()
        .map_err(|_| Error::Value {
            field: "verify_url".to_owned(),
            what: Sentence::new(
                "地址太长，放不进二维码；请缩短 public_url",
                "the address is too long for a QR code; shorten the public address",
            ),
        })
}
