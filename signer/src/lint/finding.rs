//! One finding: a stable code, the place, words in two languages.

use std::fmt;

use crate::Error;
use crate::template::Place;

/// Something that must be mended before a template is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintFinding {
    /// Stable name of the rule, e.g. `qr.module_too_small`.
    pub code: &'static str,
    /// Where.
    pub place: Place,
    /// What is wrong and what to do, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl LintFinding {
    pub(super) fn new(
        code: &'static str,
        place: &Place,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            code,
            place: place.clone(),
            zh: zh.into(),
            en: en.into(),
        }
    }

    pub(super) fn whole(code: &'static str, zh: &str, en: &str) -> Self {
        Self::new(code, &Place::default(), zh, en)
    }

    /// A finding from what laying out said.
    pub(super) fn of(error: &Error) -> Self {
        let (code, place) = match error {
            Error::Template { place, .. } => ("template.wrong", place.clone()),
            Error::DoesNotFit { place, .. } => ("text.overflow", place.clone()),
            Error::MissingGlyph { .. } => ("font.glyph_missing", Place::default()),
            _ => ("layout.failed", Place::default()),
        };
        Self::new(
            code,
            &place,
            format!("试排失败：{}", error.zh()),
            format!("trial layout failed: {error}"),
        )
    }
}

impl fmt::Display for LintFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]", self.place, self.en, self.code)
    }
}
