//! From approved data and a template to the sealed bytes of a PDF.
//!
//! Not here: what may be issued and to whom (registry), keys (keys), judging a file (verifier).
//! Called by `api`, which drives a batch with it.

pub mod batch;
mod document;
mod error;
mod font;
mod json;
mod layout;
mod lint;
mod page;
mod pdf;
mod record;
mod seal;
mod template;

pub use document::{CopyNote, Document, Field, Holder, Kind, StatusRef, Value};
pub use error::Error;
pub use font::{FontSettings, FontSource, Fonts};
pub use layout::{Compiled, Draft, Preview, lay_out, preview, sample_preview};
pub use lint::LintFinding;
pub use record::TemplateLint;
pub use seal::{Level, Sealer, contents_reserved, seal};
pub use template::{Assets, Extent, FieldInfo, FieldKind, Place, Template, TypeInfo};
