//! What a template must know of its type, and a made-up certificate of that type for previews.

use jiff::Timestamp;
use jiff::civil::date;

use crate::document::{Document, Field, Holder, Kind, StatusRef, Value};

/// What laying out must know of a type.
#[derive(Debug, Clone)]
pub struct TypeInfo {
    /// Name of the type.
    pub name: String,
    /// Its fields, in order.
    pub fields: Vec<FieldInfo>,
    /// How large what every certificate has may be.
    pub extent: Extent,
    /// The file ends at the level it is sealed at: nothing may be added later (DocMDP P=1, else P=2).
    pub final_level: bool,
    /// Length of the address in the QR code, in bytes.
    pub verify_url_len: usize,
    /// Bytes to keep for the CMS in /Contents.
    pub contents_bytes: usize,
}

/// How large the values may be that every certificate has (`cert.…`), as far as the type says so.
#[derive(Debug, Clone)]
pub struct Extent {
    /// A made-up number, as long as any.
    pub number: String,
    /// Most characters of a holder's name.
    pub holder_name: usize,
    /// Most characters of a holder's code, ASCII.
    pub holder_code: usize,
    /// The longest name of a kind of code that a holder may have.
    pub holder_kind: String,
    /// How many holders a page is laid out for.
    pub holders: usize,
}

impl Default for Extent {
    /// What most types say.
    fn default() -> Self {
        Self {
            number: "国".repeat(16) + "〔2026〕99999号",
            holder_name: LARGEST_NAME,
            holder_code: 18,
            holder_kind: "统一社会信用代码".to_owned(),
            holders: 1,
        }
    }
}

/// A field as far as a page is concerned.
#[derive(Debug, Clone)]
pub struct FieldInfo {
    /// Machine name.
    pub name: String,
    /// Its name on the page.
    pub label: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether it stands in the file.
    pub printed: bool,
}

/// What a field holds.
#[derive(Debug, Clone)]
pub enum FieldKind {
    /// Text of so many characters at most; `narrow` where only ASCII may occur.
    Text {
        /// Most characters.
        max_chars: usize,
        /// ASCII only, e.g. codes and numbers.
        narrow: bool,
    },
    /// A day.
    Date,
    /// A picture.
    Image,
    /// Codes with their labels.
    Coded(Vec<(String, String)>),
}

/// How long sample values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SampleSize {
    /// As most rows are.
    Usual,
    /// As long as the type allows, in the widest characters.
    Largest,
}

/// Most characters that the name of an agency is expected to have; a type says nothing about it.
const LARGEST_NAME: usize = 30;

impl Document {
    /// A made-up certificate of that type, for previews.
    pub fn sample(info: &TypeInfo) -> Self {
        Self::sample_sized(info, SampleSize::Usual)
    }

    pub(crate) fn sample_sized(info: &TypeInfo, size: SampleSize) -> Self {
        let extent = &info.extent;
        let usual = Holder {
            kind_code: "001".to_owned(),
            kind_name: "统一社会信用代码".to_owned(),
            code: "11990000MB9999017Y".to_owned(),
            code_printed: true,
            name: "样例单位".to_owned(),
        };
        let largest = Holder {
            kind_code: usual.kind_code.clone(),
            kind_name: extent.holder_kind.clone(),
            code: "W".repeat(extent.holder_code),
            code_printed: true,
            name: "国".repeat(extent.holder_name),
        };
        Self {
            kind: Kind::Original,
            identifier:
                "1.2.156.3005.2.11990000MB99990094001.11990000MB99990094.2026000000000001.001.R"
                    .to_owned(),
            type_code: "11990000MB99990094001".to_owned(),
            type_name: info.name.clone(),
            number: match size {
                SampleSize::Usual => "样例〔2026〕1号".to_owned(),
                SampleSize::Largest => extent.number.clone(),
            },
            agency_name: match size {
                SampleSize::Usual => "样例市行政审批局".to_owned(),
                SampleSize::Largest => "国".repeat(LARGEST_NAME),
            },
            agency_code: "11990000MB99990094".to_owned(),
            issued: date(2026, 11, 22),
            effective: date(2026, 11, 22),
            expiring: Some(date(2029, 11, 21)),
            holders: match size {
                SampleSize::Usual => vec![usual],
                SampleSize::Largest => vec![largest; extent.holders],
            },
            fields: info.fields.iter().map(|field| field.sample(size)).collect(),
            verify_url: sample_url(info.verify_url_len),
            printed_code: "0123456789ABCDEF".to_owned(),
            status: StatusRef {
                uri: "https://status.example.org/1".to_owned(),
                idx: 0,
            },
            file_id: [0; 16],
            made_at: Timestamp::UNIX_EPOCH,
            seal_label: "样例市电子证照认证中心".to_owned(),
        }
    }
}

/// The widest character of a text that is ASCII only, or of any.
pub(crate) fn widest(narrow: bool) -> &'static str {
    if narrow { "W" } else { "国" }
}

fn sample_url(length: usize) -> String {
    let mut url = "https://example.org/v#0123456789ABCDEF".to_owned();
    url.extend(std::iter::repeat_n('0', length.saturating_sub(url.len())));
    url
}

impl FieldInfo {
    fn sample(&self, size: SampleSize) -> Field {
        Field {
            name: self.name.clone(),
            label: self.label.clone(),
            value: self.kind.sample(&self.label, size),
            printed: self.printed,
        }
    }
}

impl FieldKind {
    fn sample(&self, label: &str, size: SampleSize) -> Value {
        match (self, size) {
            (
                Self::Text {
                    max_chars,
                    narrow: false,
                },
                SampleSize::Usual,
            ) => Value::Text(label.chars().cycle().take(12.min(*max_chars)).collect()),
            (
                Self::Text {
                    max_chars,
                    narrow: true,
                },
                SampleSize::Usual,
            ) => Value::Text(
                "0123456789"
                    .chars()
                    .cycle()
                    .take(18.min(*max_chars))
                    .collect(),
            ),
            (Self::Text { max_chars, narrow }, SampleSize::Largest) => {
                Value::Text(widest(*narrow).repeat(*max_chars))
            }
            (Self::Date, _) => Value::Date(date(2026, 12, 30)),
            (Self::Image, _) => sample_picture(),
            (Self::Coded(entries), _) => {
                let longest = entries
                    .iter()
                    .max_by_key(|(_, label)| label.chars().count());
                let (code, label) = longest.cloned().unwrap_or_default();
                Value::Coded { code, label }
            }
        }
    }
}

/// A grey picture of 5 × 7 pixels.
fn sample_picture() -> Value {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 5, 7);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    // Writing to memory cannot fail; were it to, the picture would be refused as broken.
    let _ = encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&[0xd0; 35]));
    let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(digest.as_ref());
    Value::Image {
        media: "image/png".to_owned(),
        bytes,
        sha256,
    }
}
