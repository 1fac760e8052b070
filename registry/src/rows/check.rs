//! A raw row against a published type: all that is wrong with it, or a row in which all is typed.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::digest::content_digest;
use super::error::{FieldRef, RowError, Rule};
use super::raw::{RawRow, RawValue};
use super::text;
use super::value::{self, Context};
use super::values::{Value, Values};
use crate::certificates::{Face, FieldValue, Holder, Identifier, Name, PersonReference, Validity};
use crate::types::{Field, HolderRule, PublishedType, REF_COLUMN, REPLACES_COLUMN, TypeDefinition};

/// Pictures that were put before, by SHA-256; the caller fetches those a row names
/// ([`RawRow::named_blobs`]).
pub type Blobs = HashMap<[u8; 32], Arc<[u8]>>;

/// A row that satisfies its type. Made only by [`check_row`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CheckedRow {
    /// Line of the file or row of the sheet.
    pub row: u64,
    /// The agency's own name for the row, unique per agency and type.
    pub reference: String,
    /// The values in the order of the type.
    pub face: Face,
    /// One holder or several.
    pub holders: Vec<Holder>,
    /// Other persons the face names.
    pub persons: Vec<PersonReference>,
    /// The printed number.
    pub number: RowNumber,
    /// Day of issue.
    pub issued: Date,
    /// First and last day.
    pub validity: Validity,
    /// The certificate whose next version this is to be.
    pub replaces: Option<Name>,
    /// Digest of type and values; key it before storing it.
    pub digest: [u8; 32],
}

/// The printed number of a row.
#[derive(Clone, PartialEq, Eq)]
pub enum RowNumber {
    /// Given by the row.
    Given(String),
    /// Built by the type's rule when the certificate is planned.
    ByRule,
}

impl std::fmt::Debug for RowNumber {
    /// Numbers stand in no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Given(_) => "Given(..)",
            Self::ByRule => "ByRule",
        })
    }
}

/// Checks the heading of a table once, before its rows: unknown and repeated columns, and missing
/// ones that every row needs.
pub fn check_header(kind: &PublishedType, header: &[String]) -> Vec<RowError> {
    let definition = kind.definition();
    let members = header.iter().filter(|name| !name.trim().is_empty());
    let members = members
        .map(|name| (name.clone(), RawValue::Empty))
        .collect();
    let mut check = Check::new(definition, 1);
    let Sorted {
        reference, values, ..
    } = check.sort(members);
    if reference.is_none() {
        check.fault(REF_COLUMN, Rule::Required);
    }
    for (field, value) in definition.fields.iter().zip(values) {
        if field.required && value.is_none() {
            check.fault(&field.name, Rule::Required);
        }
    }
    check.errors
}

/// Checks a row. `today` bounds dates of birth and issue, and is the day of issue where the type
/// takes none from the row.
pub fn check_row(
    kind: &PublishedType,
    row: RawRow,
    today: Date,
    blobs: &Blobs,
) -> Result<CheckedRow, Vec<RowError>> {
    let definition = kind.definition();
    let mut check = Check::new(definition, row.row);
    let sorted = check.sort(row.members);
    let reference = check.reference(sorted.reference);
    let replaces = check.replaces(sorted.replaces);
    let values = check.values(sorted.values, &Context { today, blobs });
    let holders = check.holders(&values, today);
    let persons = definition
        .persons
        .iter()
        .filter_map(|rule| check.person(rule, &values, today));
    let persons = persons.collect();
    let issued = check.issued(&values, today);
    let validity = check.validity(&values, issued);
    let number = check.number(&values);
    match (reference, holders, issued, validity, number) {
        (Some(reference), Some(holders), Some(issued), Some(validity), Some(number))
            if check.errors.is_empty() =>
        {
            let face = values.into_face(definition);
            let digest = content_digest(&definition.code, replaces.as_ref(), &face);
            let row = row.row;
            Ok(CheckedRow {
                row,
                reference,
                face,
                holders,
                persons,
                number,
                issued,
                validity,
                replaces,
                digest,
            })
        }
        _ => {
            check.errors.truncate(MOST_FAULTS);
            Err(check.errors)
        }
    }
}

/// Faults of one row that are told; who mends those sees the others.
const MOST_FAULTS: usize = 100;

/// The members of a row, put to their places.
struct Sorted {
    reference: Option<RawValue>,
    replaces: Option<RawValue>,
    /// One place a field of the type.
    values: Vec<Option<RawValue>>,
}

/// A check under way: what it checks against, and what was found.
pub(super) struct Check<'a> {
    pub(super) definition: &'a TypeDefinition,
    row: u64,
    errors: Vec<RowError>,
}

impl<'a> Check<'a> {
    fn new(definition: &'a TypeDefinition, row: u64) -> Self {
        Self {
            definition,
            row,
            errors: Vec::new(),
        }
    }

    pub(super) fn fault(&mut self, field: &str, rule: Rule) {
        let field = Some(FieldRef::Name(field.to_owned()));
        self.errors.push(RowError {
            row: self.row,
            field,
            rule,
        });
    }

    /// Puts each member to its field, by machine name or label.
    fn sort(&mut self, members: Vec<(String, RawValue)>) -> Sorted {
        let fields = &self.definition.fields;
        let mut sorted = Sorted {
            reference: None,
            replaces: None,
            values: fields.iter().map(|_| None).collect(),
        };
        for (at, (name, value)) in members.into_iter().enumerate() {
            let place = match name.trim() {
                REF_COLUMN => Some(&mut sorted.reference),
                REPLACES_COLUMN => Some(&mut sorted.replaces),
                name => fields
                    .iter()
                    .position(|field| field.name == name || field.label == name)
                    .and_then(|at| sorted.values.get_mut(at)),
            };
            let rule = match place {
                Some(empty @ None) => {
                    *empty = Some(value);
                    continue;
                }
                Some(_) => Rule::DuplicateField,
                None => Rule::UnknownField,
            };
            let field = Some(FieldRef::Position(at + 1));
            self.errors.push(RowError {
                row: self.row,
                field,
                rule,
            });
        }
        sorted
    }

    fn reference(&mut self, raw: Option<RawValue>) -> Option<String> {
        let read = match raw.unwrap_or(RawValue::Empty) {
            RawValue::Empty => Err(Rule::Required),
            RawValue::Number(_) => Err(Rule::NumericCell),
            RawValue::Uncalculated => Err(Rule::Uncalculated),
            RawValue::Text(raw) => match text::line(&raw) {
                Ok(text) if text.is_empty() => Err(Rule::Required),
                Ok(text) if text.chars().count() <= 100 => Ok(text),
                _ => Err(Rule::Reference),
            },
            _ => Err(Rule::Reference),
        };
        read.map_err(|rule| self.fault(REF_COLUMN, rule)).ok()
    }

    /// The identifier of the certificate that the row replaces. An earlier system's may have a
    /// wrong check character; whether it is on record is for the plan to say.
    fn replaces(&mut self, raw: Option<RawValue>) -> Option<Name> {
        let read = match raw.unwrap_or(RawValue::Empty) {
            RawValue::Empty => return None,
            RawValue::Text(text) if text.trim().is_empty() => return None,
            RawValue::Text(text) => match Name::parse(&text) {
                Some(name @ Name::Record(_)) => Ok(name),
                _ => Identifier::parse(&text)
                    .map(|checked| Name::Identifier(checked.value))
                    .map_err(Rule::Code),
            },
            RawValue::Uncalculated => Err(Rule::Uncalculated),
            _ => Err(Rule::Kind {
                expected: ("证照标识", "a certificate identifier"),
            }),
        };
        match read {
            Ok(name) => Some(name),
            Err(rule) => {
                self.fault(REPLACES_COLUMN, rule);
                None
            }
        }
    }

    fn values(&mut self, raws: Vec<Option<RawValue>>, context: &Context<'_>) -> Values {
        let definition = self.definition;
        let read = |(field, raw): (&Field, Option<RawValue>)| match read_all(
            &definition.holder,
            field,
            raw.unwrap_or(RawValue::Empty),
            context,
        ) {
            Ok(values) if values.is_empty() && field.required => {
                self.fault(&field.name, Rule::Required);
                Value::Refused
            }
            Ok(values) => Value::Read(values),
            Err(rule) => {
                self.fault(&field.name, rule);
                Value::Refused
            }
        };
        Values(definition.fields.iter().zip(raws).map(read).collect())
    }
}

/// Reads the values of a field: one, or as many as there are holders.
fn read_all(
    rule: &HolderRule,
    field: &Field,
    raw: RawValue,
    context: &Context<'_>,
) -> Result<Vec<FieldValue>, Rule> {
    let of_holder = field.name == rule.code_field
        || field.name == rule.name_field
        || rule.kind_field.as_ref() == Some(&field.name);
    let raws = match raw {
        RawValue::Text(text) if of_holder && rule.several => text
            .split('^')
            .map(|text| RawValue::Text(text.to_owned()))
            .collect(),
        RawValue::List(list) if of_holder && rule.several => {
            list.into_iter().map(RawValue::Text).collect()
        }
        RawValue::List(_) if of_holder => return Err(Rule::HolderCount),
        raw => vec![raw],
    };
    let several = raws.len() > 1;
    let mut values = Vec::with_capacity(raws.len());
    for raw in raws {
        match value::read(field, &raw, context)? {
            Some(value) => values.push(value),
            // `张三^^李四`: a gap would shift names against codes.
            None if several => return Err(Rule::HolderCount),
            None => {}
        }
    }
    Ok(values)
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "cell_tests.rs"]
mod cell_tests;
