//! The digest by which a row is recognised when it comes again.

use ring::digest::{Context, SHA256};

use crate::certificates::{Face, FieldValue, Name, TypeCode};

/// SHA-256 over type, replaced certificate and values in canonical form, independent of file format, order of columns,
/// width of digits, and the day of the push.
///
/// Values are few and guessable: whoever stores this digest keys it first.
pub(super) fn content_digest(
    type_code: &TypeCode,
    replaces: Option<&Name>,
    face: &Face,
) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    let mut part = |bytes: &[u8]| {
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    };
    part(b"yinxin row v1");
    part(type_code.as_str().as_bytes());
    part(replaces.map(Name::to_string).unwrap_or_default().as_bytes());
    for field in face.fields() {
        part(field.name.as_bytes());
        match &field.value {
            FieldValue::Text(text) | FieldValue::Number(text) => part(text.as_bytes()),
            FieldValue::Date(day) => part(day.to_string().as_bytes()),
            FieldValue::Unlimited => part("长期".as_bytes()),
            FieldValue::Coded { code, .. } => part(code.as_bytes()),
            FieldValue::Image(image) => part(image.sha256()),
        }
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}
