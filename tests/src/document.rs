//! From a row of the city to the document that is laid out, without a registry in between.

use jiff::civil::Date;
use registry::types::{End, FieldKind, TypeDefinition};
use ring::digest::{SHA256, digest};
use signer::{Document, Field, Holder, Kind as DocumentKind, StatusRef, TypeInfo, Value};
use yinxin::demo::city::{CENTRE, Kind, Row};

use crate::office::{NOW, VERIFY_URL};

const CODE: &str = "7K2M9QXD4TRW83HF";

/// What the layout must know of a type; the room for the CMS depends on the seal.
pub(crate) fn type_info(definition: &TypeDefinition) -> TypeInfo {
    TypeInfo::of(definition, VERIFY_URL.len(), 0)
}

/// One certificate.
///
/// # Panics
/// When the row does not fit its type.
pub(crate) fn of_row(kind: Kind, definition: &TypeDefinition, row: &Row) -> Document {
    let text = |name: &str| row[name].as_str().expect("rows hold text").to_owned();
    let day = |name: &String| text(name).parse::<Date>().expect("a day");
    let issued = definition
        .validity
        .issued_field
        .as_ref()
        .map(day)
        .expect("a day of issue");
    let expiring = match &definition.validity.end {
        End::Unlimited => None,
        End::After(period) => period.last_day(issued),
        End::Field(name) => Some(day(name)),
    };
    let holder_kind = definition.holder.kinds[0];
    let agency = kind.agency();
    Document {
        kind: DocumentKind::Original,
        identifier: format!(
            "1.2.156.3005.2.{}.{}.2026{CODE}.001.X",
            definition.code.as_str(),
            agency.code
        ),
        type_code: definition.code.as_str().to_owned(),
        type_name: definition.name.clone(),
        number: text("ref"),
        agency_name: agency.name.to_owned(),
        agency_code: agency.code.to_owned(),
        issued,
        effective: issued,
        expiring,
        holders: vec![Holder {
            kind_code: holder_kind.code().to_owned(),
            kind_name: holder_kind.name_zh().to_owned(),
            code: text(&definition.holder.code_field),
            code_printed: definition
                .field(&definition.holder.code_field)
                .is_some_and(|field| field.printed),
            name: text(&definition.holder.name_field),
        }],
        fields: definition
            .fields
            .iter()
            .filter_map(|field| value(field, row))
            .collect(),
        verify_url: VERIFY_URL.to_owned(),
        printed_code: CODE.to_owned(),
        status: StatusRef {
            uri: "https://zz.wanglan.example/status/1".to_owned(),
            idx: 4711,
        },
        file_id: *b"0123456789abcdef",
        made_at: NOW,
        seal_label: CENTRE.0.to_owned(),
    }
}

fn value(field: &registry::types::Field, row: &Row) -> Option<Field> {
    let given = row.get(&field.name)?;
    let text = || given.as_str().expect("rows hold text").to_owned();
    let value = match &field.kind {
        FieldKind::Date { .. } => Value::Date(text().parse().expect("a day")),
        FieldKind::Code(codes) => {
            let entry = codes
                .iter()
                .find(|entry| entry.code == text())
                .expect("a listed code");
            Value::Coded {
                code: entry.code.clone(),
                label: entry.label.clone(),
            }
        }
        FieldKind::Image { .. } => image(given["base64"].as_str().expect("base64")),
        _ => Value::Text(text()),
    };
    let (name, label) = (field.name.clone(), field.label.clone());
    Some(Field {
        name,
        label,
        value,
        printed: field.printed,
    })
}

fn image(base64: &str) -> Value {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(base64)
        .expect("base64");
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(digest(&SHA256, &bytes).as_ref());
    Value::Image {
        media: "image/png".to_owned(),
        bytes,
        sha256,
    }
}
