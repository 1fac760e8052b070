//! Text strings and dates outside of pages.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A text string as UTF-16BE in hexadecimal: an even number of digits (ISO 19005-3, 6.1.6).
pub(crate) fn text_string(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(6 + text.len() * 4);
    out.push_str("<FEFF");
    for unit in text.encode_utf16() {
        let _ = write!(out, "{unit:04X}");
    }
    out.push('>');
    out
}

/// Civil time in China: fixed +08:00.
fn local_date(at: Timestamp) -> DateTime {
    at.to_zoned(TimeZone::fixed(jiff::tz::offset(8))).datetime()
}

/// `D:YYYYMMDDHHmmSS+08'00'` (ISO 32000-1, 7.9.4).
pub(crate) fn pdf_date(at: Timestamp) -> String {
    let t = local_date(at);
    format!(
        "D:{:04}{:02}{:02}{:02}{:02}{:02}+08'00'",
        t.year(),
        t.month(),
        t.day(),
        t.hour(),
        t.minute(),
        t.second()
    )
}

/// `YYYY-MM-DDTHH:mm:SS+08:00`, the same instant for XMP.
pub(crate) fn xmp_date(at: Timestamp) -> String {
    let t = local_date(at);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+08:00",
        t.year(),
        t.month(),
        t.day(),
        t.hour(),
        t.minute(),
        t.second()
    )
}
