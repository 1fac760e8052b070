//! A raw row against a published type: all that is wrong with it, or a row in which all is typed.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::digest::content_digest;
use super::error::{FieldRef, RowError, Rule};
use super::raw::{RawRow, RawValue};
use super::text;
use super::value::{self, Context};
use crate::certificates::{
    Face, FaceField, FieldValue, Holder, HolderKind, PersonReference, Validity,
};
use crate::types::{
    End, Field, HolderRule, NumberRule, PersonRule, PublishedType, REF_COLUMN, TypeDefinition,
};
use crate::units::CodeFault;

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
    let (reference, values) = check.sort(members);
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
    let (reference, raws) = check.sort(row.members);
    let reference = check.reference(reference);
    let values = check.values(raws, &Context { today, blobs });
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
            let digest = content_digest(&definition.code, &face);
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
                digest,
            })
        }
        _ => Err(check.errors),
    }
}

/// The values of a row, one place a field of the type.
struct Values(Vec<Value>);

/// What a field holds: several values only for holders.
enum Value {
    Read(Vec<FieldValue>),
    /// Something was wrong with it, and has been said.
    Refused,
}

/// A check under way: what it checks against, and what was found.
struct Check<'a> {
    definition: &'a TypeDefinition,
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

    fn fault(&mut self, field: &str, rule: Rule) {
        let field = Some(FieldRef::Name(field.to_owned()));
        self.errors.push(RowError {
            row: self.row,
            field,
            rule,
        });
    }

    /// Puts each member to its field, by machine name or label.
    fn sort(
        &mut self,
        members: Vec<(String, RawValue)>,
    ) -> (Option<RawValue>, Vec<Option<RawValue>>) {
        let fields = &self.definition.fields;
        let mut reference = None;
        let mut sorted: Vec<Option<RawValue>> = fields.iter().map(|_| None).collect();
        for (at, (name, value)) in members.into_iter().enumerate() {
            let name = name.trim();
            let place = if name == REF_COLUMN {
                Some(&mut reference)
            } else {
                let field = fields
                    .iter()
                    .position(|field| field.name == name || field.label == name);
                field.and_then(|field| sorted.get_mut(field))
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
        (reference, sorted)
    }

    fn reference(&mut self, raw: Option<RawValue>) -> Option<String> {
        let read = match raw.unwrap_or(RawValue::Empty) {
            RawValue::Empty => Err(Rule::Required),
            RawValue::Number(_) => Err(Rule::NumericCell),
            RawValue::Text(raw) => match text::line(&raw) {
                Ok(text) if text.is_empty() => Err(Rule::Required),
                Ok(text) if text.chars().count() <= 100 => Ok(text),
                _ => Err(Rule::Reference),
            },
            _ => Err(Rule::Reference),
        };
        read.map_err(|rule| self.fault(REF_COLUMN, rule)).ok()
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

    /// The holders; `None` after a fault.
    fn holders(&mut self, values: &Values, today: Date) -> Option<Vec<Holder>> {
        let definition = self.definition;
        let HolderRule {
            kinds,
            kind_field,
            code_field,
            name_field,
            ..
        } = &definition.holder;
        let codes = values.of(definition, code_field)?;
        let names = values.of(definition, name_field)?;
        let kinds = match kind_field {
            Some(field) => self.kinds(values.of(definition, field)?, kinds, field)?,
            None => kinds.iter().take(1).copied().collect(),
        };
        if codes.len() != names.len() || !(kinds.len() == 1 || kinds.len() == codes.len()) {
            self.fault(code_field, Rule::HolderCount);
            return None;
        }
        let mut holders: Vec<Holder> = Vec::with_capacity(codes.len());
        for ((code, name), kind) in codes.iter().zip(names).zip(kinds.iter().cycle()) {
            let holder = Holder::new(*kind, &plain(code), &plain(name), today);
            let holder = holder
                .map_err(|fault| self.fault(code_field, Rule::Code(fault)))
                .ok()?;
            if holders
                .iter()
                .any(|h| h.kind() == holder.kind() && h.code() == holder.code())
            {
                self.fault(code_field, Rule::HolderTwice);
                return None;
            }
            holders.push(holder);
        }
        Some(holders)
    }

    fn kinds(
        &mut self,
        values: &[FieldValue],
        allowed: &[HolderKind],
        field: &str,
    ) -> Option<Vec<HolderKind>> {
        let read = |value: &FieldValue| {
            let code = plain(value);
            allowed
                .iter()
                .copied()
                .find(|kind| kind.code() == code || kind.name_zh() == code)
        };
        let kinds: Option<Vec<HolderKind>> = values.iter().map(read).collect();
        if kinds.is_none() {
            self.fault(field, Rule::HolderKind);
        }
        kinds
    }

    /// Another person; `None` where the row names none, and after a fault.
    fn person(
        &mut self,
        rule: &PersonRule,
        values: &Values,
        today: Date,
    ) -> Option<PersonReference> {
        let definition = self.definition;
        let name = values.of(definition, &rule.name_field)?.first().map(plain);
        let code = match &rule.code_field {
            Some(field) => values.of(definition, field)?.first().map(plain),
            None => None,
        };
        let Some(name) = name else {
            if code.is_some() {
                self.fault(&rule.name_field, Rule::Required);
            }
            return None;
        };
        let kind = match (&code, &rule.kind_field) {
            (None, _) => None,
            (Some(_), Some(field)) => self
                .kinds(values.of(definition, field)?, &rule.kinds, field)?
                .first()
                .copied(),
            (Some(_), None) => rule.kinds.first().copied(),
        };
        let code_field = rule.code_field.as_ref().unwrap_or(&rule.name_field);
        let identity = kind.zip(code.as_deref());
        PersonReference::new(&rule.role, &name, identity, today)
            .map_err(|fault: CodeFault| self.fault(code_field, Rule::Code(fault)))
            .ok()
    }

    fn issued(&mut self, values: &Values, today: Date) -> Option<Date> {
        let Some(field) = &self.definition.validity.issued_field else {
            return Some(today);
        };
        let issued = values.day(self.definition, field)?;
        if issued > today {
            self.fault(field, Rule::IssuedInFuture);
            return None;
        }
        Some(issued)
    }

    fn validity(&mut self, values: &Values, issued: Option<Date>) -> Option<Validity> {
        let definition = self.definition;
        let rule = &definition.validity;
        let effective = match &rule.effective_field {
            Some(field) => values.day(definition, field)?,
            None => issued?,
        };
        let (expiring, blamed) = match &rule.end {
            End::Unlimited => (None, None),
            End::After(period) => (Some(period.last_day(effective)), None),
            End::Field(field) => match values.of(definition, field)? {
                [FieldValue::Date(day)] => (Some(Some(*day)), Some(field)),
                _ => (None, Some(field)),
            },
        };
        let validity = match expiring {
            Some(day) => day.and_then(|day| Validity::new(effective, Some(day))),
            None => Validity::new(effective, None),
        };
        if validity.is_none() {
            let blamed = blamed
                .or(rule.effective_field.as_ref())
                .map_or(REF_COLUMN, String::as_str);
            self.fault(blamed, Rule::EndsBeforeItBegins);
        }
        validity
    }

    fn number(&self, values: &Values) -> Option<RowNumber> {
        match &self.definition.number {
            NumberRule::Pattern(_) => Some(RowNumber::ByRule),
            NumberRule::Field(field) => {
                let values = values.of(self.definition, field)?;
                values.first().map(|value| RowNumber::Given(plain(value)))
            }
        }
    }
}

impl Values {
    /// The values of a field, none where the row gives none; `None` where it was refused.
    fn of(&self, definition: &TypeDefinition, name: &str) -> Option<&[FieldValue]> {
        let at = definition
            .fields
            .iter()
            .position(|field| field.name == name)?;
        match self.0.get(at)? {
            Value::Read(values) => Some(values),
            Value::Refused => None,
        }
    }

    fn day(&self, definition: &TypeDefinition, name: &str) -> Option<Date> {
        match self.of(definition, name)? {
            [FieldValue::Date(day)] => Some(*day),
            _ => None,
        }
    }

    /// The face: fields that have a value; several holders joined as they are printed.
    fn into_face(self, definition: &TypeDefinition) -> Face {
        let joined = |mut values: Vec<FieldValue>| match values.len() {
            0 | 1 => values.pop(),
            _ => {
                let texts: Vec<String> = values.iter().filter_map(FieldValue::text).collect();
                Some(FieldValue::Text(texts.join("、")))
            }
        };
        let field = |(field, value): (&Field, Value)| match value {
            Value::Read(values) => joined(values).map(|value| FaceField {
                name: field.name.clone(),
                value,
            }),
            Value::Refused => None,
        };
        Face::new(
            definition
                .fields
                .iter()
                .zip(self.0)
                .filter_map(field)
                .collect(),
        )
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

/// A value as codes are compared: a code rather than its label.
fn plain(value: &FieldValue) -> String {
    match value {
        FieldValue::Coded { code, .. } => code.clone(),
        other => other.text().unwrap_or_default(),
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
