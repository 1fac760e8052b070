//! A row before it is checked.

use std::fmt;

use jiff::civil::Date;
use serde_json::{Value, json};

/// One row as its file gives it. Nothing in it is trusted.
#[derive(Clone, PartialEq)]
pub struct RawRow {
    /// Line of the file or row of the sheet, from 1.
    pub row: u64,
    /// Columns or members with their values, in the order of the file.
    pub members: Vec<(String, RawValue)>,
}

/// A value as its file gives it.
#[derive(Clone, PartialEq)]
pub enum RawValue {
    /// Nothing: an empty cell, `null`.
    Empty,
    /// Text.
    Text(String),
    /// A JSON number or a number cell, as digits.
    Number(String),
    /// A date cell.
    Day(Date),
    /// Several values, from NDJSON.
    List(Vec<String>),
    /// A picture within the row: `{"base64": "…"}`.
    Base64(String),
    /// A formula cell for which the workbook keeps no value: whoever wrote it did not calculate.
    Uncalculated,
    /// A value of a kind that no field takes: a truth value, a cell with an error.
    Other,
}

impl RawRow {
    /// Whether there is nothing in it, as in the rows that spreadsheets leave at their end.
    pub fn is_empty(&self) -> bool {
        self.members.iter().all(|(_, value)| match value {
            RawValue::Empty => true,
            RawValue::Text(text) => text.trim().is_empty(),
            _ => false,
        })
    }

    /// Takes out what a file of refused rows has beside the rows themselves, so that it can be pushed as it is.
    pub(super) fn without_errors(mut self) -> Self {
        let all = self.members.len();
        self.members.retain(|(name, _)| !is_of_error(name));
        if self.members.len() < all {
            for (_, value) in &mut self.members {
                if let RawValue::Text(text) = value {
                    let unguarded = text.strip_prefix('\'').filter(|rest| is_guarded(rest));
                    if let Some(rest) = unguarded.map(str::to_owned) {
                        *text = rest;
                    }
                }
            }
        }
        self
    }

    /// How long its names and values are.
    pub(crate) fn bytes(&self) -> usize {
        let of = |value: &RawValue| match value {
            RawValue::Text(text) | RawValue::Number(text) | RawValue::Base64(text) => text.len(),
            RawValue::List(list) => list.iter().map(String::len).sum(),
            RawValue::Empty | RawValue::Day(_) | RawValue::Uncalculated | RawValue::Other => 0,
        };
        let members = self.members.iter();
        // Each takes memory of its own, however short it is.
        members
            .map(|(name, value)| MEMBER + name.len() + of(value))
            .sum()
    }

    /// Its members as they are written in NDJSON.
    pub(crate) fn as_json(&self) -> Vec<(String, Value)> {
        let written = |value: &RawValue| match value {
            RawValue::Empty | RawValue::Uncalculated | RawValue::Other => Value::Null,
            RawValue::Text(text) => text.as_str().into(),
            RawValue::Number(digits) => {
                serde_json::from_str(digits).unwrap_or_else(|_| digits.as_str().into())
            }
            RawValue::Day(day) => day.to_string().into(),
            RawValue::List(list) => list.as_slice().into(),
            RawValue::Base64(text) => json!({ "base64": text }),
        };
        let members = self.members.iter();
        members
            .map(|(name, value)| (name.clone(), written(value)))
            .collect()
    }

    /// The digests of pictures that were put before and are named in this row as
    /// `sha256:<64 hex>`, so that the caller can fetch them before the check.
    pub fn named_blobs(&self) -> impl Iterator<Item = [u8; 32]> + '_ {
        self.members.iter().filter_map(|(_, value)| match value {
            RawValue::Text(text) => blob_digest(text),
            _ => None,
        })
    }
}

/// About what a member takes besides its name and value.
const MEMBER: usize = 64;

/// Columns that a file of refused rows has beside those that were pushed.
const OF_ERRORS: &str = "_error";

pub(super) fn is_of_error(name: &str) -> bool {
    name.trim().starts_with(OF_ERRORS)
}

/// Whether a file of refused rows has an apostrophe before such a text, so that no spreadsheet takes it for a formula.
pub fn is_guarded(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\''])
}

/// Reads `sha256:<64 hex>`.
pub(super) fn blob_digest(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    hex::decode_to_slice(text.trim().strip_prefix("sha256:")?, &mut digest).ok()?;
    Some(digest)
}

impl fmt::Debug for RawRow {
    /// Row and count only: names and values may be somebody's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawRow({}, {} members)", self.row, self.members.len())
    }
}

impl fmt::Debug for RawValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawValue(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_refused_rows_is_pushed_as_it_is() {
        let row = |members: &[(&str, &str)]| RawRow {
            row: 1,
            members: members
                .iter()
                .map(|(name, text)| ((*name).to_owned(), RawValue::Text((*text).to_owned())))
                .collect(),
        };
        for (text, pushed) in [("'=1", "=1"), ("''x", "'x"), ("'x", "'x"), ("x", "x")] {
            let given_back = row(&[("name", text), ("_error_row", "1")]).without_errors();
            assert_eq!(
                given_back.members,
                row(&[("name", pushed)]).members,
                "{text}"
            );
            let own = row(&[("name", text)]).without_errors();
            assert_eq!(own.members, row(&[("name", text)]).members, "{text}");
        }
        assert!(row(&[("", ""); 100]).bytes() >= 6400);
    }
}
