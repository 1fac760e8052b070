//! `certificate.json` v1: what a machine reads of a certificate, embedded in its file and under its seal.
//!
//! Final from the first day: schema and examples stand in docs/. Only printed fields; never the printed code.
//! Called by layout; the metadata also by the XMP packet.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::document::{Document, Field, Kind, StatusRef, Value};
use crate::pdf::xmp_date;

/// A metadata property of GB/T 36903.
pub(crate) struct Property {
    /// English name, as GB/T 36903 gives it.
    pub(crate) name: &'static str,
    /// Chinese name.
    pub(crate) meaning: &'static str,
    pub(crate) value: String,
}

/// The metadata of a certificate, in canonical order. Several holders are joined with `^`; a certificate
/// without end has no certificateExpiringDate, one whose type does not print the holder's code no
/// certificateHolderCode: what the page does not say the file does not say.
pub(crate) fn properties(document: &Document) -> Vec<Property> {
    let mut all = Vec::with_capacity(17);
    let mut put = |name, meaning, value| {
        all.push(Property {
            name,
            meaning,
            value,
        })
    };
    put("certificateName", "证照名称", document.type_name.clone());
    put(
        "certificateTypeCode",
        "证照类型代码",
        document.type_code.clone(),
    );
    put("certificateNumber", "证照编号", document.number.clone());
    put(
        "certificateIdentifier",
        "证照标识",
        document.identifier.clone(),
    );
    put(
        "certificateIssuingAuthorityName",
        "证照颁发机构",
        document.agency_name.clone(),
    );
    put(
        "certificateIssuingAuthorityCode",
        "证照颁发机构代码",
        document.agency_code.clone(),
    );
    put(
        "certificateIssuedDate",
        "证照颁发日期",
        document.issued.to_string(),
    );
    put(
        "certificateHolderName",
        "持证主体",
        joined(document, |holder| &holder.name),
    );
    if document.holders.iter().all(|holder| holder.code_printed) {
        put(
            "certificateHolderCode",
            "持证主体代码",
            joined(document, |holder| &holder.code),
        );
    }
    put(
        "certificateHolderTypeName",
        "持证主体代码类型",
        joined(document, |h| &h.kind_name),
    );
    put(
        "certificateHolderType",
        "持证主体代码类型代码",
        joined(document, |h| &h.kind_code),
    );
    put(
        "certificateEffectiveDate",
        "证照有效期起始日期",
        document.effective.to_string(),
    );
    if let Some(day) = document.expiring {
        put(
            "certificateExpiringDate",
            "证照有效期截止日期",
            day.to_string(),
        );
    }
    if let Kind::Copy(note) = &document.kind {
        put(
            "certificateCopyCreationTime",
            "加注件制作时间",
            xmp_date(note.created),
        );
        put(
            "certificateCopyCreator",
            "加注件制作者",
            note.creator.clone(),
        );
        put("certificateCopyCause", "加注件制作事由", note.cause.clone());
        put(
            "certificateCopyExpiringTime",
            "加注件有效期截止时间",
            xmp_date(note.expiring),
        );
    }
    all
}

fn joined(document: &Document, part: impl Fn(&crate::document::Holder) -> &String) -> String {
    document
        .holders
        .iter()
        .map(|holder| part(holder).as_str())
        .collect::<Vec<_>>()
        .join("^")
}

/// The file's text: UTF-8, keys in this order, no spaces, dates as ISO 8601.
pub(crate) fn certificate_json(document: &Document) -> Result<Vec<u8>, serde_json::Error> {
    let copy = match &document.kind {
        Kind::Original => None,
        Kind::Copy(note) => Some(Copy {
            copy_id: hex::encode(note.copy_id),
            receiver: &note.receiver,
        }),
    };
    serde_json::to_vec(&Certificate {
        version: 1,
        document: if copy.is_some() { "copy" } else { "original" },
        metadata: Metadata(properties(document)),
        long_term: document.expiring.is_none(),
        fields: document
            .fields
            .iter()
            .filter(|field| field.printed)
            .map(FieldJson::of)
            .collect(),
        copy,
        status: Status {
            status_list: StatusList::of(&document.status),
        },
    })
}

#[derive(Serialize)]
struct Certificate<'a> {
    version: u32,
    document: &'static str,
    metadata: Metadata,
    long_term: bool,
    fields: Vec<FieldJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    copy: Option<Copy<'a>>,
    status: Status<'a>,
}

struct Metadata(Vec<Property>);

impl Serialize for Metadata {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.0
                .iter()
                .map(|property| (property.name, &property.value)),
        )
    }
}

#[derive(Serialize)]
struct FieldJson<'a> {
    name: &'a str,
    label: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<std::borrow::Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

impl<'a> FieldJson<'a> {
    fn of(field: &'a Field) -> Self {
        let mut json = Self {
            name: &field.name,
            label: &field.label,
            kind: "text",
            value: None,
            code: None,
            media: None,
            sha256: None,
        };
        match &field.value {
            Value::Text(text) => json.value = Some(text.into()),
            Value::Date(day) => {
                json.kind = "date";
                json.value = Some(day.to_string().into());
            }
            Value::Coded { code, label } => {
                json.kind = "coded";
                json.value = Some(label.into());
                json.code = Some(code);
            }
            Value::Image { media, sha256, .. } => {
                json.kind = "image";
                json.media = Some(media);
                json.sha256 = Some(hex::encode(sha256));
            }
        }
        json
    }
}

#[derive(Serialize)]
struct Copy<'a> {
    copy_id: String,
    receiver: &'a str,
}

#[derive(Serialize)]
struct Status<'a> {
    status_list: StatusList<'a>,
}

/// As in the Token Status List draft of the IETF.
#[derive(Serialize)]
struct StatusList<'a> {
    idx: u64,
    uri: &'a str,
}

impl<'a> StatusList<'a> {
    fn of(status: &'a StatusRef) -> Self {
        Self {
            idx: status.idx,
            uri: &status.uri,
        }
    }
}
