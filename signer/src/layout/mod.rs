//! From a template and a document to the exact bytes that will be sealed: compiled once for a batch, laid out
//! for each document. Pure: the same inputs give the same bytes.
//!
//! Not here: the signature value (seal), the store (registry). Called by batch, previews and lint.

mod compile;
mod draft;
mod draw;
mod lay_out;
mod preview;
mod skeleton;
#[cfg(test)]
pub(crate) mod tests;

pub use compile::Compiled;
pub use draft::Draft;
pub(crate) use draw::fits;
pub use lay_out::lay_out;
pub use preview::{Preview, preview, sample_preview};
