//! A file complete but for its signature value.

use std::ops::Range;

use ring::digest::{Context, SHA256};

use super::Compiled;
use crate::document::{Document, Value};

/// A PDF whose /Contents is still zeros. Made only by [`lay_out()`](super::lay_out()).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub(crate) bytes: Vec<u8>,
    pub(crate) covered: [Range<u64>; 2],
    pub(crate) digest: [u8; 32],
    pub(crate) inputs_digest: [u8; 32],
}

impl Draft {
    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the seal covers: everything but the gap.
    pub fn covered(&self) -> &[Range<u64>; 2] {
        &self.covered
    }

    /// SHA-256 over the covered ranges: the messageDigest of the CMS.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// SHA-256 over what a reviewer approves: face, holders, agency, dates, template, fonts, writer.
    /// Identifier, number, codes and the time of making are not in it: they come with the plan.
    pub fn inputs_digest(&self) -> &[u8; 32] {
        &self.inputs_digest
    }

    /// Where the CMS goes: from `<` to behind `>`, in bytes of the file.
    pub fn contents_gap(&self) -> Range<u64> {
        self.covered[0].end..self.covered[1].start
    }
}

/// Whom the file names as its producer.
pub(super) const PRODUCER: &str = concat!("yinxin ", env!("CARGO_PKG_VERSION"));
/// Changes, with the producer or without, whenever the same inputs give other bytes.
const WRITER: &str = concat!("yinxin ", env!("CARGO_PKG_VERSION"), " layout 3");

pub(super) fn inputs_digest(compiled: &Compiled, document: &Document) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    let mut part = |bytes: &[u8]| {
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    };
    part(WRITER.as_bytes());
    part(compiled.template_digest());
    part(compiled.fonts().digest());
    for text in [
        &document.type_code,
        &document.type_name,
        &document.agency_name,
        &document.agency_code,
        &document.seal_label,
    ] {
        part(text.as_bytes());
    }
    for day in [
        Some(document.issued),
        Some(document.effective),
        document.expiring,
    ] {
        part(
            day.map(|day| day.to_string())
                .unwrap_or_default()
                .as_bytes(),
        );
    }
    part(&(document.holders.len() as u64).to_be_bytes());
    for holder in &document.holders {
        for text in [
            &holder.kind_code,
            &holder.kind_name,
            &holder.code,
            &holder.name,
        ] {
            part(text.as_bytes());
        }
    }
    for field in &document.fields {
        part(field.name.as_bytes());
        part(field.label.as_bytes());
        part(&[u8::from(field.printed)]);
        match &field.value {
            Value::Text(text) => part(text.as_bytes()),
            Value::Date(day) => part(day.to_string().as_bytes()),
            Value::Image { sha256, .. } => part(sha256),
            Value::Coded { code, label } => {
                part(code.as_bytes());
                part(label.as_bytes());
            }
        }
    }
    sha256_of(context)
}

pub(super) fn sha256_of(context: Context) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}
