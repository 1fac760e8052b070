//! The signature dictionary with its gap (ISO 32000-1, 12.8; ETSI EN 319 142-1, 5 and 6).

use std::ops::Range;

use jiff::Timestamp;

use super::file::{File, Ref, push};
use super::pdf_date;

/// Where the CMS goes: from `<` to behind `>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) contents: Range<usize>,
    byte_range: usize,
}

/// `/ByteRange` is filled in once the length is known: plain integers, then spaces, always as wide as this.
const BYTE_RANGE_WIDTH: usize = "[0 1234567890 1234567890 1234567890]".len();

/// Writes the dictionary with /Contents of so many zero bytes; the last object of the file.
///
/// No /Cert (EN 319 142-1, 6.3) and no /DigestMethod in the reference, as /Perms names this dictionary
/// (ISO 19005-3, 6.1.12). `permission` is the DocMDP P.
pub(crate) fn write_signature(
    file: &mut File,
    number: Ref,
    contents_bytes: usize,
    permission: u8,
    made_at: Timestamp,
) -> Gap {
    let mut gap = Gap {
        contents: 0..0,
        byte_range: 0,
    };
    file.object(number, |out| {
        out.extend_from_slice(
            b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange ",
        );
        gap.byte_range = out.len();
        out.resize(out.len() + BYTE_RANGE_WIDTH, b' ');
        out.extend_from_slice(b"/Contents ");
        let start = out.len();
        out.push(b'<');
        out.resize(out.len() + contents_bytes * 2, b'0');
        out.push(b'>');
        gap.contents = start..out.len();
        let date = pdf_date(made_at);
        push(
            out,
            format_args!(
                "/M({date})/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P {permission}/V/1.2>>>>]>>"
            ),
        );
    });
    gap
}

/// Writes `[0 a b c]` into its place, the file being complete.
pub(crate) fn fill_byte_range(bytes: &mut [u8], gap: &Gap) {
    let rest = bytes.len() - gap.contents.end;
    let text = format!("[0 {} {} {rest}]", gap.contents.start, gap.contents.end);
    bytes[gap.byte_range..gap.byte_range + text.len()].copy_from_slice(text.as_bytes());
}
