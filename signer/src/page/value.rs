//! From a document's values to the text of a pattern.

use jiff::tz::{Offset, TimeZone};

use crate::document::{Document, Kind, Value};
use crate::template::{Binding, CertKey, CopyKey, DatePattern, Format, Pattern, Piece};

/// China's civil time has no daylight saving: a fixed offset, no database of zones.
const CHINA: Offset = jiff::tz::offset(8);

/// The text of a pattern. A value that is absent, not printed or a picture is empty.
pub(crate) fn fill(pattern: &Pattern, document: &Document) -> String {
    let mut out = String::new();
    for piece in &pattern.0 {
        match piece {
            Piece::Literal(text) => out.push_str(text),
            Piece::Bound { binding, format } => bound(binding, format, document, &mut out),
        }
    }
    out
}

/// The field of which the `at`-th character of a pattern's text is, and its place in that value; both
/// from 1. `None` where the character is of the pattern itself or of no field.
pub(crate) fn field_at(
    pattern: &Pattern,
    document: &Document,
    at: usize,
) -> Option<(String, usize)> {
    let mut before = 0;
    for piece in &pattern.0 {
        let mut out = String::new();
        let field = match piece {
            Piece::Literal(text) => {
                out.push_str(text);
                None
            }
            Piece::Bound { binding, format } => {
                bound(binding, format, document, &mut out);
                match binding {
                    Binding::Field(name) => Some(name.to_string()),
                    _ => None,
                }
            }
        };
        let length = out.chars().count();
        if at <= before + length {
            return field.map(|name| (name, at - before));
        }
        before += length;
    }
    None
}

fn bound(binding: &Binding, format: &Format, document: &Document, out: &mut String) {
    match binding {
        Binding::Field(name) => {
            if let Some(field) = document.printed(name) {
                value(&field.value, format, out);
            }
        }
        Binding::Cert(key) => certificate(*key, format, document, out),
        Binding::Copy(key) => copy(*key, format, document, out),
    }
}

fn value(value: &Value, format: &Format, out: &mut String) {
    match (value, format) {
        (Value::Text(text), _) => out.push_str(text),
        (Value::Date(day), format) => date(*day, format, out),
        (Value::Coded { code, .. }, Format::Code) => out.push_str(code),
        (Value::Coded { label, .. }, _) => out.push_str(label),
        (Value::Image { .. }, _) => {}
    }
}

fn date(day: jiff::civil::Date, format: &Format, out: &mut String) {
    match format {
        Format::Date(pattern) => pattern.write(day, out),
        Format::Plain | Format::Code => DatePattern::usual().write(day, out),
    }
}

fn certificate(key: CertKey, format: &Format, document: &Document, out: &mut String) {
    match key {
        CertKey::Number => out.push_str(&document.number),
        CertKey::Identifier => out.push_str(&document.identifier),
        CertKey::Type => out.push_str(&document.type_name),
        CertKey::Agency => out.push_str(&document.agency_name),
        CertKey::AgencyCode => out.push_str(&document.agency_code),
        CertKey::Issued => date(document.issued, format, out),
        CertKey::Effective => date(document.effective, format, out),
        CertKey::Expiring => match document.expiring {
            Some(day) => date(day, format, out),
            None => out.push_str("长期"),
        },
        CertKey::Holder => joined(document.holders.iter().map(|holder| &holder.name), out),
        CertKey::HolderCode => joined(document.holders.iter().map(|holder| &holder.code), out),
        CertKey::HolderKind => joined(document.holders.iter().map(|holder| &holder.kind_name), out),
        CertKey::Code => grouped(&document.printed_code, out),
    }
}

fn joined<'a>(parts: impl Iterator<Item = &'a String>, out: &mut String) {
    for (number, part) in parts.enumerate() {
        if number > 0 {
            out.push('、');
        }
        out.push_str(part);
    }
}

/// `8F3K 2M9Q …`: four at a time, as a person reads a code aloud.
fn grouped(code: &str, out: &mut String) {
    for (number, character) in code.chars().enumerate() {
        if number > 0 && number % 4 == 0 {
            out.push(' ');
        }
        out.push(character);
    }
}

fn copy(key: CopyKey, format: &Format, document: &Document, out: &mut String) {
    let Kind::Copy(note) = &document.kind else {
        return;
    };
    let zone = TimeZone::fixed(CHINA);
    match key {
        CopyKey::Cause => out.push_str(&note.cause),
        CopyKey::Creator => out.push_str(&note.creator),
        CopyKey::Receiver => out.push_str(&note.receiver),
        CopyKey::Created => date(note.created.to_zoned(zone).date(), format, out),
        CopyKey::Expiring => date(note.expiring.to_zoned(zone).date(), format, out),
    }
}
