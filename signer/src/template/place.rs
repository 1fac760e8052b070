//! Where in a template something is, in the words of the person who wrote it.

use std::fmt;

/// A place in a template. Pages and elements count from 1, as a person counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Page, from 1; 0 is the template as a whole.
    pub page: usize,
    /// Element of the page, from 1; 0 is the page as a whole.
    pub element: usize,
    /// Kind of the element, e.g. `text`; empty where unknown.
    pub kind: String,
    /// The key, e.g. `box`; empty where none is meant.
    pub key: String,
}

impl Place {
    pub(crate) fn page(page: usize) -> Self {
        Self {
            page: page + 1,
            ..Self::default()
        }
    }

    pub(crate) fn element(page: usize, element: usize, kind: &str) -> Self {
        Self {
            page: page + 1,
            element: element + 1,
            kind: kind.to_owned(),
            key: String::new(),
        }
    }

    pub(crate) fn key(&self, key: &str) -> Self {
        Self {
            key: key.to_owned(),
            ..self.clone()
        }
    }
}

impl Place {
    /// The place in Chinese; displayed it is English.
    pub fn zh(&self) -> String {
        let mut out = match (self.page, self.element) {
            (0, _) => "整个文件".to_owned(),
            (page, 0) => format!("第 {page} 页"),
            (page, element) => format!("第 {page} 页第 {element} 个元素"),
        };
        if !self.kind.is_empty() {
            out.push_str(&format!("（{}）", self.kind));
        }
        if !self.key.is_empty() {
            out.push_str(&format!("的 {}", self.key));
        }
        out
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.page, self.element) {
            (0, _) => f.write_str("whole file")?,
            (page, 0) => write!(f, "page {page}")?,
            (page, element) => write!(f, "page {page}, element {element}")?,
        }
        if !self.kind.is_empty() {
            write!(f, " ({})", self.kind)?;
        }
        if !self.key.is_empty() {
            write!(f, ", key `{}`", self.key)?;
        }
        Ok(())
    }
}
