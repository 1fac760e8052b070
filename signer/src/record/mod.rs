//! From what the registry holds to what a page needs: type definitions, templates, approved rows.
//!
//! The one place of this crate that knows the registry's types besides `batch`. Decides nothing.

mod document;
mod lint;
mod type_info;

pub use lint::TemplateLint;
