//! Pages to look at before anything is sealed.

use std::sync::Arc;

use registry::batches::InReview;
use registry::types::TypePackage;
use signer::{Document, Fonts, Preview};

use crate::installation::off_the_runtime;
use crate::problem::Problem;
use crate::settings::Settings;

/// The page of a row that waits for a reviewer.
///
/// # Errors
/// [`Problem::Signer`] where it cannot be laid out any more, as after a change of fonts.
pub(crate) async fn of_row(
    settings: &Settings,
    fonts: Arc<Fonts>,
    waits: InReview,
) -> Result<Preview, Problem> {
    let (length, label) = (settings.verify_url_len(), settings.centre_name.clone());
    off_the_runtime(move || {
        let document = Document::of(waits.row(), &label);
        let package = waits.row().published().package();
        signer::preview(package, &document, &fonts, length)
    })
    .await
}

/// A page of a type with made-up data.
///
/// # Errors
/// [`Problem::Signer`] where template and type do not fit each other.
pub(crate) async fn of_type(
    settings: &Settings,
    fonts: Arc<Fonts>,
    package: Arc<TypePackage>,
) -> Result<Preview, Problem> {
    let length = settings.verify_url_len();
    off_the_runtime(move || signer::sample_preview(&package, &fonts, length)).await
}
