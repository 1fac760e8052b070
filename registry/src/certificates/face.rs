//! The face (照面): the ordered field values of one certificate.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use ring::digest;

/// Field values in the order of the type. Serialises for the sealed blob of its record.
#[derive(Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Face(Vec<FaceField>);

/// One field that has a value. Label and rules stand in the type's version.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FaceField {
    /// Machine name.
    pub name: String,
    /// The value.
    pub value: FieldValue,
}

/// A checked value.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldValue {
    /// Text in NFC; identity, credit and region codes folded.
    Text(String),
    /// A decimal number as digits, without superfluous zeros in front.
    Number(String),
    /// A day.
    Date(Date),
    /// 长期, in a date field that allows it.
    Unlimited,
    /// A code of the field's list with its label.
    Coded {
        /// The code.
        code: String,
        /// What it means, as printed.
        label: String,
    },
    /// A picture.
    Image(Image),
}

/// A picture with its digest. Serialises as the base64 of its bytes, from which the rest follows.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Image {
    media: Media,
    sha256: [u8; 32],
    bytes: Arc<[u8]>,
}

/// The picture formats that a file can carry unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `image/png`
    Png,
    /// `image/jpeg`
    Jpeg,
}

impl Face {
    /// A face from values in the order of the type.
    pub fn new(fields: Vec<FaceField>) -> Self {
        Self(fields)
    }

    /// The fields in order.
    pub fn fields(&self) -> &[FaceField] {
        &self.0
    }

    /// The value of a field.
    pub fn value(&self, name: &str) -> Option<&FieldValue> {
        self.0
            .iter()
            .find(|field| field.name == name)
            .map(|field| &field.value)
    }
}

impl FieldValue {
    /// The value as people read it; `None` for a picture.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text.clone()),
            Self::Date(day) => Some(day.to_string()),
            Self::Unlimited => Some("长期".to_owned()),
            Self::Coded { label, .. } => Some(label.clone()),
            Self::Image(_) => None,
        }
    }
}

impl Image {
    /// Recognises a picture by its first bytes; `None` for every other format.
    pub fn recognise(bytes: Arc<[u8]>) -> Option<Self> {
        let media = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Media::Png
        } else if bytes.starts_with(b"\xFF\xD8\xFF") {
            Media::Jpeg
        } else {
            return None;
        };
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest::digest(&digest::SHA256, &bytes).as_ref());
        Some(Self {
            media,
            sha256,
            bytes,
        })
    }

    /// Its format.
    pub fn media(&self) -> Media {
        self.media
    }

    /// Digest of its bytes.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// Its bytes.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }
}

impl fmt::Debug for Face {
    /// Field names only: values stand in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|field| &field.name))
            .finish()
    }
}

impl fmt::Debug for FaceField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FaceField({}, ..)", self.name)
    }
}

impl fmt::Debug for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FieldValue(..)")
    }
}

impl From<Image> for String {
    fn from(image: Image) -> Self {
        STANDARD.encode(image.bytes)
    }
}

impl TryFrom<String> for Image {
    type Error = &'static str;

    fn try_from(base64: String) -> Result<Self, Self::Error> {
        let bytes = STANDARD
            .decode(base64)
            .map_err(|_| "a picture is not base64")?;
        Self::recognise(Arc::from(bytes)).ok_or("a picture is neither PNG nor JPEG")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_survives_its_blob() {
        let image = Image::recognise(Arc::from(&b"\xFF\xD8\xFF\xE0rest"[..])).unwrap();
        let value = |name: &str, value| FaceField {
            name: name.into(),
            value,
        };
        let face = Face::new(vec![
            value("title", FieldValue::Text("批复".into())),
            value("until", FieldValue::Unlimited),
            value("on", FieldValue::Date(jiff::civil::date(2026, 1, 2))),
            value(
                "sex",
                FieldValue::Coded {
                    code: "1".into(),
                    label: "男".into(),
                },
            ),
            value("photo", FieldValue::Image(image)),
        ]);
        let blob = serde_json::to_vec(&face).unwrap();
        assert!(serde_json::from_slice::<Face>(&blob).unwrap() == face);
        assert_eq!(
            format!("{face:?}"),
            r#"["title", "until", "on", "sex", "photo"]"#
        );
    }

    #[test]
    fn only_pictures_are_pictures() {
        assert!(Image::recognise(Arc::from(&b"%PDF-1.7"[..])).is_none());
    }
}
