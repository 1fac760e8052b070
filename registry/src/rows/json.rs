//! NDJSON: one object a line, its members plain values.

use std::fmt;
use std::io::BufRead;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::error::{RowError, Rule};
use super::lines::Lines;
use super::raw::{RawRow, RawValue};
use super::read::{ReadFault, RowLimits};

/// Rows of an NDJSON file.
pub(super) struct JsonRows<R> {
    lines: Lines<R>,
    max: usize,
}

impl<R: BufRead> JsonRows<R> {
    pub(super) fn new(source: R, limits: &RowLimits) -> Self {
        Self {
            lines: Lines::new(source, limits.row_bytes),
            max: limits.row_bytes,
        }
    }

    /// The next row that is not blank.
    pub(super) fn next_row(&mut self) -> Option<Result<RawRow, ReadFault>> {
        loop {
            let line = match self.lines.next_line() {
                Ok(line) => line?,
                Err(error) => return Some(Err(error.into())),
            };
            let row = line.number;
            let Some(bytes) = line.bytes else {
                return Some(Err(
                    RowError::row(row, Rule::RowTooLong { max: self.max }).into()
                ));
            };
            let bytes = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
                Some(rest) if row == 1 => rest,
                _ => &bytes,
            };
            if !bytes.trim_ascii().is_empty() {
                return Some(parse(row, bytes).map_err(ReadFault::Row));
            }
        }
    }
}

fn parse(row: u64, bytes: &[u8]) -> Result<RawRow, RowError> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| RowError::row(row, Rule::Encoding("UTF-8")))?;
    // The parser's own words may quote values, so only the place is kept.
    let Members(members) = serde_json::from_str(text).map_err(|error| {
        RowError::row(
            row,
            Rule::Json {
                column: error.column(),
            },
        )
    })?;
    Ok(RawRow { row, members })
}

/// No type has as many fields.
const MOST_MEMBERS: usize = 1000;

/// The members of an object in order; one that stands twice is kept twice, and refused later.
struct Members(Vec<(String, RawValue)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            if members.len() == MOST_MEMBERS {
                return Err(A::Error::custom("too many members"));
            }
            members.push(member);
        }
        Ok(Members(members))
    }
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = RawValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plain value")
    }

    fn visit_unit<E: Error>(self) -> Result<RawValue, E> {
        Ok(RawValue::Empty)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<RawValue, E> {
        Ok(RawValue::Other)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<RawValue, E> {
        Ok(RawValue::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<RawValue, E> {
        Ok(RawValue::Text(text))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<RawValue, E> {
        Ok(RawValue::Number(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<RawValue, E> {
        Ok(RawValue::Number(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<RawValue, E> {
        Ok(decimal(number))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RawValue, A::Error> {
        let mut list = Vec::new();
        while let Some(text) = seq.next_element()? {
            list.push(text);
        }
        Ok(RawValue::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawValue, A::Error> {
        match (
            map.next_entry::<String, String>()?,
            map.next_key::<String>()?,
        ) {
            (Some((key, text)), None) if key == "base64" => Ok(RawValue::Base64(text)),
            _ => Err(A::Error::custom("an object other than a picture")),
        }
    }
}

/// A binary number as digits; one with more digits than it can hold exactly is no number of ours.
pub(super) fn decimal(number: f64) -> RawValue {
    if number.is_finite() && number.abs() < 1e15 {
        RawValue::Number(number.to_string())
    } else if number.is_finite() {
        // Its last digits are lost already. Written so, it is a number that no field takes.
        RawValue::Number(format!("{number:e}"))
    } else {
        RawValue::Other
    }
}
