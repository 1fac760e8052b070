//! A published type as laying out sees it.

use registry::types::{self, TypeDefinition};

use crate::template::{FieldInfo, FieldKind, TypeInfo};

impl TypeInfo {
    /// What laying out must know of a type; the rest comes from the installation: how long the address in
    /// the QR code is, and how many bytes the CMS takes.
    pub fn of(definition: &TypeDefinition, verify_url_len: usize, contents_bytes: usize) -> Self {
        Self {
            name: definition.name.clone(),
            fields: definition.fields.iter().map(field).collect(),
            final_level: definition.final_level.is_some(),
            verify_url_len,
            contents_bytes,
        }
    }
}

fn field(field: &types::Field) -> FieldInfo {
    FieldInfo {
        name: field.name.clone(),
        label: field.label.clone(),
        kind: kind(&field.kind),
        printed: field.printed,
    }
}

fn kind(kind: &types::FieldKind) -> FieldKind {
    use types::FieldKind as K;
    let text = |narrow| FieldKind::Text {
        max_chars: kind.max_length().unwrap_or(0),
        narrow,
    };
    match kind {
        K::Text { .. } | K::Paragraph { .. } => text(false),
        K::Number | K::CitizenId | K::CreditCode | K::RegionCode => text(true),
        K::Date { .. } => FieldKind::Date,
        K::Code(entries) => {
            let entries = entries.iter();
            FieldKind::Coded(entries.map(|e| (e.code.clone(), e.label.clone())).collect())
        }
        K::Image { .. } => FieldKind::Image,
    }
}
