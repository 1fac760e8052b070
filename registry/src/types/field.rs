//! One field of a face, as the type defines it.

use std::fmt;

use regex::Regex;
use regex_syntax::ast::{self, Ast, ClassPerl, ClassPerlKind, ClassSetItem};

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

/// A regular expression that the whole value must match. `\d` is one of 0 to 9: a number in full-width digits
/// looks like its twin and is another value.
#[derive(Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Compiles a pattern; it is anchored at both ends, and its compiled size is bounded.
    pub fn new(pattern: &str) -> Result<Self, Sentence> {
        let wrong = |said: String| Sentence::new(format!("正则表达式有误（{said}）"), said);
        let pattern = with_ascii_digits(pattern).map_err(|error| wrong(error.to_string()))?;
        let regex = regex::RegexBuilder::new(&format!("^(?:{pattern})$"))
            .size_limit(1 << 20)
            .build()
            .map_err(|error| wrong(error.to_string()))?;
        Ok(Self(regex))
    }

    /// Whether the whole value matches.
    pub fn matches(&self, value: &str) -> bool {
        self.0.is_match(value)
    }
}

/// Writes every `\d` and `\D` of a pattern as a class of ASCII digits.
fn with_ascii_digits(pattern: &str) -> Result<String, Box<ast::Error>> {
    let ast = ast::parse::Parser::new().parse(pattern).map_err(Box::new)?;
    let Ok(digits) = ast::visit(&ast, Digits::default());
    let mut written = pattern.to_owned();
    // From the end, so that the places before stay where they are.
    for (span, class) in digits.0.into_iter().rev() {
        written.replace_range(span, class);
    }
    Ok(written)
}

/// Where a pattern has `\d` or `\D`, in order, and what stands there instead.
#[derive(Default)]
struct Digits(Vec<(std::ops::Range<usize>, &'static str)>);

impl Digits {
    fn note(&mut self, class: &ClassPerl, [yes, no]: [&'static str; 2]) {
        if class.kind == ClassPerlKind::Digit {
            let span = class.span.start.offset..class.span.end.offset;
            self.0.push((span, if class.negated { no } else { yes }));
        }
    }
}

impl ast::Visitor for Digits {
    type Output = Self;
    type Err = std::convert::Infallible;

    fn finish(self) -> Result<Self, Self::Err> {
        Ok(self)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Self::Err> {
        if let Ast::ClassPerl(class) = ast {
            self.note(class, ["[0-9]", "[^0-9]"]);
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Self::Err> {
        if let ClassSetItem::Perl(class) = item {
            self.note(class, ["[:digit:]", "[:^digit:]"]);
        }
        Ok(())
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({})", self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_digit_is_one_of_ten() {
        for (pattern, good, bad) in [
            (r"示〔\d{4}〕\d+号", "示〔2026〕1号", "示〔２０２６〕1号"),
            (r"[\dX-]{3}", "1-X", "１-X"),
            (r"(?i)a[^\d]", "Ab", "A1"),
            (r"\D+|\\d", "１", "1"),
            (r"\D+|\\d", r"\d", "7"),
            (r"[一-二\D]", "１", "1"),
        ] {
            let compiled = Pattern::new(pattern).unwrap();
            assert!(compiled.matches(good), "{pattern} {good}");
            assert!(!compiled.matches(bad), "{pattern} {bad}");
        }
    }

    #[test]
    fn a_pattern_is_one_expression_and_bounded() {
        for pattern in ["a)|(b", "(", r"\d{1000}{1000}"] {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        }
    }
}
