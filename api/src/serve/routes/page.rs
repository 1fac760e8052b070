//! The public page: drop a file, or open the address of a QR code, and read the verdict in plain words.
//!
//! One page, one script, one style; nothing from elsewhere, and a policy that lets nothing else in.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::Response;
use axum::routing::get;

use crate::serve::answer::{raw, with_header};
use crate::serve::app::App;
use crate::serve::body::Path;
use crate::serve::refusal::Refusal;

const PAGE: &str = include_str!("../page/index.html");
const SCRIPT: &str = include_str!("../page/verify.js");
const STYLE: &str = include_str!("../page/verify.css");

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(page))
        .route("/v", get(page))
        .route("/assets/{name}", get(asset))
}

async fn page() -> Response {
    let response = raw("text/html; charset=utf-8", PAGE);
    with_header(response, header::CONTENT_SECURITY_POLICY, POLICY)
}

async fn asset(Path(name): Path<String>) -> Result<Response, Refusal> {
    match name.as_str() {
        "verify.js" => Ok(raw("text/javascript; charset=utf-8", SCRIPT)),
        "verify.css" => Ok(raw("text/css; charset=utf-8", STYLE)),
        _ => Err(Refusal::not_found()),
    }
}
