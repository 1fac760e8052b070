//! The examination of a type and its template before they are published, done by `signer`.

use super::TypePackage;
use crate::Sentence;

/// Looks for what would spoil certificates: missing glyphs, overflow at the largest value, a QR
/// code too small, a seal outside the page. The registry calls it before it publishes.
pub trait Lint {
    /// Everything found; an [`Severity::Error`] stops publication.
    fn lint(&self, package: &TypePackage) -> Vec<LintFinding>;
}

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintFinding {
    /// Whether it stops publication.
    pub severity: Severity,
    /// Stable name, such as `glyph.missing`.
    pub code: String,
    /// The element or field.
    pub place: Sentence,
    /// What was seen and what to do.
    pub what: Sentence,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Certificates would be wrong.
    Error,
    /// Certificates would be poor.
    Warning,
}
