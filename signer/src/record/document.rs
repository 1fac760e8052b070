//! An approved row as the plain data of its page.

use registry::batches::Approved;
use registry::certificates::{self, FaceField, FieldValue, Media};
use registry::types::TypeDefinition;

use crate::document::{Document, Field, Holder, Kind, StatusRef, Value};

impl Document {
    /// The original of an approved row. `seal_label` is whom the stamp names: the centre.
    pub fn of(approved: &Approved, seal_label: &str) -> Self {
        let (definition, file) = (approved.published().definition(), approved.file());
        let face = approved.face().fields().iter();
        Self {
            kind: Kind::Original,
            identifier: approved.identifier().to_string(),
            type_code: definition.code.to_string(),
            type_name: definition.name.clone(),
            number: approved.number().to_owned(),
            agency_name: approved.agency().name.clone(),
            agency_code: approved.agency().code.to_string(),
            issued: approved.issued(),
            effective: approved.validity().effective(),
            expiring: approved.validity().expiring(),
            holders: approved
                .holders()
                .iter()
                .map(|one| holder(one, definition))
                .collect(),
            fields: face.map(|field| of_face(field, definition)).collect(),
            verify_url: file.verify_url.clone(),
            printed_code: file.printed_code.as_str().to_owned(),
            status: StatusRef {
                uri: file.status.uri.clone(),
                idx: u64::from(file.status.index),
            },
            file_id: file.file_id,
            made_at: file.made_at,
            seal_label: seal_label.to_owned(),
        }
    }
}

fn holder(holder: &certificates::Holder, definition: &TypeDefinition) -> Holder {
    let code_field = definition.field(&definition.holder.code_field);
    Holder {
        kind_code: holder.kind().code().to_owned(),
        kind_name: holder.kind().name_zh().to_owned(),
        code: holder.code().to_owned(),
        code_printed: code_field.is_some_and(|field| field.printed),
        name: holder.name().to_owned(),
    }
}

/// A value with the label of its field. One that the type no longer knew would not be printed.
fn of_face(field: &FaceField, definition: &TypeDefinition) -> Field {
    let defined = definition.field(&field.name);
    Field {
        name: field.name.clone(),
        label: defined.map_or_else(String::new, |defined| defined.label.clone()),
        printed: defined.is_some_and(|defined| defined.printed),
        value: value(&field.value),
    }
}

fn value(value: &FieldValue) -> Value {
    match value {
        FieldValue::Text(text) | FieldValue::Number(text) => Value::Text(text.clone()),
        FieldValue::Date(day) => Value::Date(*day),
        FieldValue::Unlimited => Value::Text("长期".to_owned()),
        FieldValue::Coded { code, label } => Value::Coded {
            code: code.clone(),
            label: label.clone(),
        },
        FieldValue::Image(image) => Value::Image {
            media: match image.media() {
                Media::Png => "image/png",
                Media::Jpeg => "image/jpeg",
            }
            .to_owned(),
            bytes: image.bytes().to_vec(),
            sha256: *image.sha256(),
        },
    }
}
