//! One field of a face, as the type defines it.

use std::fmt;

use regex::Regex;

use super::ShareClass;
use crate::Sentence;

/// What a field holds and how it is treated.
#[derive(Debug, Clone)]
pub struct Field {
    /// Machine name: the column of a row, the key in `certificate.json`.
    pub name: String,
    /// The label in Chinese, also accepted as the column.
    pub label: String,
    /// What its values are.
    pub kind: FieldKind,
    /// Whether a row must give it.
    pub required: bool,
    /// What the whole value must match.
    pub pattern: Option<Pattern>,
    /// Not to be shown without need: masked in lists and previews.
    pub sensitive: bool,
    /// Whether the file carries it; otherwise it stays in the registry.
    pub printed: bool,
    /// Share class where it differs from the type's.
    pub share: Option<ShareClass>,
    /// The department that answers for it (Guangzhou 2016, §3), where it is not the issuing one.
    pub source: Option<String>,
}

/// The kinds of value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// One line of text.
    Text {
        /// Longest value, in characters.
        max_length: usize,
    },
    /// Text that may have several lines.
    Paragraph {
        /// Longest value, in characters.
        max_length: usize,
    },
    /// A decimal number.
    Number,
    /// A day.
    Date {
        /// Whether 长期 may stand instead of a day.
        unlimited: bool,
    },
    /// One of a list.
    Code(Vec<CodeEntry>),
    /// A PNG or JPEG picture.
    Image {
        /// Largest picture, in bytes.
        max_bytes: usize,
    },
    /// A citizen identity number (GB 11643).
    CitizenId,
    /// A unified social credit code (GB 32100).
    CreditCode,
    /// A region code of 6 or 12 digits.
    RegionCode,
}

impl FieldKind {
    /// Longest value in characters, for lint and the look of forms; `None` for pictures.
    pub fn max_length(&self) -> Option<usize> {
        match self {
            Self::Text { max_length } | Self::Paragraph { max_length } => Some(*max_length),
            Self::Number => Some(30),
            Self::Date { .. } => Some(11),
            Self::Code(entries) => entries.iter().map(|e| e.label.chars().count()).max(),
            Self::Image { .. } => None,
            Self::CitizenId | Self::CreditCode => Some(18),
            Self::RegionCode => Some(12),
        }
    }
}

/// One entry of a code list.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeEntry {
    /// What a row gives; the label is accepted too.
    pub code: String,
    /// What is printed.
    pub label: String,
}

/// A regular expression that the whole value must match.
#[derive(Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Compiles a pattern; it is anchored at both ends, and its compiled size is bounded.
    pub fn new(pattern: &str) -> Result<Self, Sentence> {
        let anchored = format!("^(?:{pattern})$");
        let regex = regex::RegexBuilder::new(&anchored)
            .size_limit(1 << 20)
            .build()
            .map_err(|error| {
                Sentence::new(format!("正则表达式有误（{error}）"), error.to_string())
            })?;
        Ok(Self(regex))
    }

    /// Whether the whole value matches.
    pub fn matches(&self, value: &str) -> bool {
        self.0.is_match(value)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({})", self.0.as_str())
    }
}
