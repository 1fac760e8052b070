//! A page to look at before anything is sealed: for reviewers and for those who check a type.

use std::sync::Arc;

use registry::types::TypePackage;

use super::draft::inputs_digest;
use super::lay_out::draw;
use super::skeleton::Use;
use crate::Error;
use crate::document::Document;
use crate::font::Fonts;
use crate::template::{Template, TypeInfo};

/// What stands slanted over every page of a preview.
const MARK: &str = "预览 未签章";
/// Nothing is signed, so no place is kept for it.
const NO_SIGNATURE: usize = 0;

/// A PDF without signature field, marked as a preview on every page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The file.
    pub bytes: Vec<u8>,
    /// SHA-256 over what a reviewer approves, the same as of the [`Draft`](super::Draft) that is sealed later.
    pub inputs_digest: [u8; 32],
}

/// Lays a document out to be looked at.
///
/// # Errors
/// [`Error::Template`], and those of [`lay_out()`](super::lay_out()).
pub fn preview(
    package: &TypePackage,
    document: &Document,
    fonts: &Arc<Fonts>,
    verify_url_len: usize,
) -> Result<Preview, Error> {
    let info = TypeInfo::of(package.definition(), verify_url_len, NO_SIGNATURE);
    let template = Template::of(package)?.marked(MARK)?;
    let compiled = template.compile_for(Use::Preview, fonts, &info)?;
    Ok(Preview {
        bytes: draw(&compiled, document)?.finish_unsealed(),
        inputs_digest: inputs_digest(&compiled, document),
    })
}

/// A preview of a type with made-up data.
///
/// # Errors
/// As for [`preview`].
pub fn sample_preview(
    package: &TypePackage,
    fonts: &Arc<Fonts>,
    verify_url_len: usize,
) -> Result<Preview, Error> {
    let info = TypeInfo::of(package.definition(), verify_url_len, NO_SIGNATURE);
    preview(package, &Document::sample(&info), fonts, verify_url_len)
}
