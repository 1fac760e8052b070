//! How large a type may be: far more than any certificate needs, and little enough that reading, linting and
//! laying out any type takes bounded memory. Lint runs within the service, on what an agency wrote.

use super::fault::Faults;
use super::raw::{RawField, RawKind, RawType};

/// Longest type file, in bytes.
pub(super) const MAX_FILE: usize = 1 << 20;
/// Most fields of a face; a sheet has room for more columns.
const MAX_FIELDS: usize = 300;
/// Most entries of a code list.
const MAX_CODES: usize = 5000;
/// Most service items, persons and reasons.
const MAX_ENTRIES: usize = 500;
/// Longest value of a field, in characters.
const MAX_LENGTH: usize = 10_000;
/// Longest values of all fields together, in characters.
const MAX_FACE: usize = 100_000;
/// Largest picture, in bytes.
const MAX_BYTES: usize = 8 << 20;
/// Longest name, label or fixed part, in characters.
const MAX_LABEL: usize = 200;
/// Longest pattern, in characters.
const MAX_PATTERN: usize = 1000;

/// Notes everything that is larger than a type may be.
pub(super) fn check(raw: &RawType, faults: &mut Faults<'_>) {
    most(faults, "field", raw.field.len(), MAX_FIELDS);
    most(faults, "reason", raw.reason.len(), MAX_ENTRIES);
    most(faults, "person", raw.person.len(), MAX_ENTRIES);
    most(faults, "items", raw.items.len(), MAX_ENTRIES);
    short(faults, "name", &raw.name, MAX_LABEL);
    if let Some(pattern) = &raw.number.pattern {
        short(faults, "number.pattern", pattern, MAX_LABEL);
    }
    for (at, reason) in raw.reason.iter().enumerate() {
        short(
            faults,
            &format!("reason[{}].label", at + 1),
            &reason.label,
            MAX_LABEL,
        );
    }
    let mut face = 0_usize;
    for (at, raw) in raw.field.iter().enumerate() {
        field(faults, &format!("field[{}]", at + 1), raw);
        face = face.saturating_add(longest(raw));
    }
    if face > MAX_FACE {
        faults.note(
            "field",
            format!("各文本字段的最大长度合计 {face}；至多 {MAX_FACE}"),
            format!("the longest texts of all fields come to {face}; at most {MAX_FACE} together"),
        );
    }
}

fn field(faults: &mut Faults<'_>, place: &str, raw: &RawField) {
    within(
        faults,
        &format!("{place}.max_length"),
        raw.max_length,
        MAX_LENGTH,
    );
    within(
        faults,
        &format!("{place}.max_bytes"),
        raw.max_bytes,
        MAX_BYTES,
    );
    short(faults, &format!("{place}.label"), &raw.label, MAX_LABEL);
    most(
        faults,
        &format!("{place}.codes"),
        raw.codes.len(),
        MAX_CODES,
    );
    if let Some(pattern) = &raw.pattern {
        short(faults, &format!("{place}.pattern"), pattern, MAX_PATTERN);
    }
    for entry in &raw.codes {
        short(faults, &format!("{place}.codes"), &entry.label, MAX_LABEL);
    }
}

/// The longest value of a text or paragraph, in characters; 0 for other kinds, whose values are short or pictures.
pub(super) fn longest(raw: &RawField) -> usize {
    match raw.kind {
        RawKind::Text => raw.max_length.unwrap_or(200),
        RawKind::Paragraph => raw.max_length.unwrap_or(2000),
        _ => 0,
    }
}

fn most(faults: &mut Faults<'_>, place: &str, found: usize, most: usize) {
    if found > most {
        faults.note(
            place,
            format!("有 {found} 项；至多 {most} 项"),
            format!("has {found} entries; at most {most}"),
        );
    }
}

fn within(faults: &mut Faults<'_>, place: &str, given: Option<usize>, most: usize) {
    if given.is_some_and(|given| !(1..=most).contains(&given)) {
        faults.note(
            place,
            format!("须为 1 至 {most}"),
            format!("is a number from 1 to {most}"),
        );
    }
}

fn short(faults: &mut Faults<'_>, place: &str, text: &str, most: usize) {
    if text.chars().count() > most {
        faults.note(
            place,
            format!("超过 {most} 个字符"),
            format!("is longer than {most} characters"),
        );
    }
}
