//! The template lint with the fonts of this installation.

use std::sync::Arc;

use signer::{FontSettings, Fonts, TemplateLint};

use crate::problem::Problem;

/// Loads the fonts and makes the lint ready.
///
/// # Errors
/// [`Problem::Signer`] with the font that cannot be used and what to install.
pub(crate) fn ready(fonts: &FontSettings, verify_url_len: usize) -> Result<TemplateLint, Problem> {
    Ok(TemplateLint {
        fonts: Arc::new(Fonts::load(fonts)?),
        verify_url_len,
    })
}
