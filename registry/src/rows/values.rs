//! The values of a row while it is checked, and the face they become.

use jiff::civil::Date;

use crate::certificates::{Face, FaceField, FieldValue};
use crate::types::{Field, TypeDefinition};

/// The values of a row, one place a field of the type.
pub(super) struct Values(pub(super) Vec<Value>);

/// What a field holds: several values only for holders.
pub(super) enum Value {
    Read(Vec<FieldValue>),
    /// Something was wrong with it, and has been said.
    Refused,
}

impl Values {
    /// The values of a field, none where the row gives none; `None` where it was refused.
    pub(super) fn of(&self, definition: &TypeDefinition, name: &str) -> Option<&[FieldValue]> {
        let at = definition
            .fields
            .iter()
            .position(|field| field.name == name)?;
        match self.0.get(at)? {
            Value::Read(values) => Some(values),
            Value::Refused => None,
        }
    }

    pub(super) fn day(&self, definition: &TypeDefinition, name: &str) -> Option<Date> {
        match self.of(definition, name)? {
            [FieldValue::Date(day)] => Some(*day),
            _ => None,
        }
    }

    /// The face: fields that have a value; several holders joined as they are printed.
    pub(super) fn into_face(self, definition: &TypeDefinition) -> Face {
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

/// A value as codes are compared: a code rather than its label.
pub(super) fn plain(value: &FieldValue) -> String {
    match value {
        FieldValue::Coded { code, .. } => code.clone(),
        other => other.text().unwrap_or_default(),
    }
}
