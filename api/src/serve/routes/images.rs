//! Pictures put before the rows that name them by their SHA-256.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::serve::answer::{About, Told};
use crate::serve::app::App;
use crate::serve::body;
use crate::serve::caller::Caller;

/// Longest picture that a type may allow.
const LONGEST: usize = 8 << 20;

/// A picture that was put.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ImagePut {
    /// Rows name it `sha256:` and these 64 hexadecimal digits.
    pub sha256: String,
}

/// Keeps a picture (PNG or JPEG) for rows of the same unit, at least 30 days from when it was last put.
#[utoipa::path(post, path = "/v1/images", tag = "batches",
    request_body(content = Vec<u8>, content_type = "image/png"),
    responses((status = 200, body = ImagePut), (status = 413), (status = 422, body = crate::serve::refusal::ProblemBody)))]
pub(crate) async fn put(State(app): State<Arc<App>>, caller: Caller, request: Request) -> Told {
    let picture = body::file(&app.files, request.into_body(), LONGEST).await?;
    let batches = app.registry().batches();
    let by = caller.subject().actor();
    let digest = batches
        .put_image(&picture.untrusted, None, by, clock::now())
        .await?;
    let sha256 = hex::encode(digest);
    let about = About::by(&caller, "image.put", &sha256, String::new());
    app.tell(about, StatusCode::OK, &ImagePut { sha256 }).await
}
