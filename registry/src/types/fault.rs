//! Where a type file is wrong: line, place, and what to do.

use std::fmt;

use toml::de::{DeTable, DeValue};

use crate::Sentence;

/// One thing wrong in a file that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionFault {
    /// Line of the file, from 1; `None` where something is missing altogether.
    pub line: Option<usize>,
    /// The place, such as `field[2].pattern`, counted from 1; empty where the text is no TOML.
    pub place: String,
    /// What is wrong and what to do.
    pub what: Sentence,
}

impl fmt::Display for DefinitionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.what.en)
    }
}

impl std::error::Error for DefinitionFault {}

impl DefinitionFault {
    /// The whole sentence in Chinese; displayed it is English.
    pub fn zh(&self) -> String {
        let line = self.line.map(|line| format!("第 {line} 行："));
        let place = match self.place.as_str() {
            "" => String::new(),
            place => format!("{place}："),
        };
        format!("{}{place}{}", line.unwrap_or_default(), self.what.zh)
    }
}

/// Reads a file into its raw form. Unknown keys and wrong kinds of value are faults with a line.
pub(super) fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, DefinitionFault> {
    toml::from_str(text).map_err(|error| DefinitionFault {
        line: error.span().map(|span| line_of(text, span.start)),
        place: String::new(),
        what: Sentence::new(format!("写法有误（{}）", error.message()), error.message()),
    })
}

/// Most faults that are told at once: each is looked up in the file.
const MOST_TOLD: usize = 100;

/// Collects what is wrong with the meaning of a file and finds the lines.
pub(super) struct Faults<'a> {
    text: &'a str,
    found: Vec<DefinitionFault>,
}

impl<'a> Faults<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            found: Vec::new(),
        }
    }

    /// Notes a fault, up to the hundredth, at a place such as `field[2].pattern`.
    pub(super) fn note(
        &mut self,
        place: impl Into<String>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        if self.found.len() == MOST_TOLD {
            return;
        }
        let place = place.into();
        let line = offset_of(self.text, &place).map(|offset| line_of(self.text, offset));
        self.found.push(DefinitionFault {
            line,
            place,
            what: Sentence::new(zh, en),
        });
    }

    /// Notes the fault of a result at a place and keeps its value.
    pub(super) fn take<T>(&mut self, place: &str, result: Result<T, Sentence>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(Sentence { zh, en }) => {
                self.note(place, zh, en);
                None
            }
        }
    }

    /// Everything noted, in the order of the file's checks.
    pub(super) fn into_found(self) -> Vec<DefinitionFault> {
        self.found
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}

/// Follows a place through the parsed file as far as it exists.
fn offset_of(text: &str, place: &str) -> Option<usize> {
    let root = DeTable::parse(text).ok()?;
    let mut table = Some(root.get_ref());
    let mut offset = None;
    for segment in place.split('.') {
        let (key, index) = match segment.split_once('[') {
            Some((key, index)) => (key, index.trim_end_matches(']').parse::<usize>().ok()),
            None => (segment, None),
        };
        let Some(mut value) = table.and_then(|table| table.get(key)) else {
            break;
        };
        if let (Some(index), DeValue::Array(array)) = (index, value.get_ref()) {
            value = array.get(index.checked_sub(1)?)?;
        }
        offset = Some(value.span().start);
        table = match value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => None,
        };
    }
    offset
}
