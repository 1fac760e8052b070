//! What anybody may ask: the verdict on a file they hold, the state and the masked holder behind a printed code.
//! No face, no reason.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use registry::certificates::MaskedName;
use serde::{Deserialize, Serialize};

use super::sought::{Sought, of_sought, printed_code};
use super::verifications::{FILE_BYTES, of_file};
use crate::clock;
use crate::serve::answer::{About, Told};
use crate::serve::app::App;
use crate::serve::body::{self, Json};
use crate::serve::examiner::Judged;

/// A verdict with the words for a person.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Spoken {
    /// What happened, why, what to do, in Chinese.
    zh: [String; 3],
    /// The same in English.
    en: [String; 3],
    /// The verdict.
    #[schema(value_type = Object)]
    verdict: serde_json::Value,
    /// Behind a printed code: each holder masked, two asterisks and the last letter of the name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    holders: Vec<String>,
}

/// A printed code.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    /// The 16 characters under the QR code; spaces and hyphens are left out.
    code: String,
}

/// The verdict on a file in hand. The body is the file.
#[utoipa::path(post, path = "/v1/public/files", tag = "public",
    request_body(content = String, content_type = "application/pdf"), responses((status = 200, body = Spoken)))]
pub(crate) async fn file(State(app): State<Arc<App>>, request: Request) -> Told {
    let file = body::file(&app.files_of_strangers, request.into_body(), FILE_BYTES).await?;
    let permit = app.registry().grants().of_anyone();
    let judged = of_file(&app, file.untrusted, &permit, clock::now()).await?;
    tell(&app, "file", judged, &[]).await
}

/// The state behind a printed code, and its holders masked.
#[utoipa::path(post, path = "/v1/public/codes", tag = "public", request_body = Code, responses((status = 200, body = Spoken)))]
pub(crate) async fn code(State(app): State<Arc<App>>, Json(body): Json<Code>) -> Told {
    let permit = app.registry().grants().of_anyone();
    printed_code("/code", &body.code)?;
    let sought = Sought::by_printed_code(body.code);
    let found = of_sought(&app, &sought, &permit, clock::now(), "").await?;
    let judged = Judged::of(&found.verdict);
    tell(&app, &found.object, judged, &found.holders).await
}

async fn tell(app: &App, object: &str, judged: Judged, holders: &[MaskedName]) -> Told {
    let about = About {
        kind: "certificate.verified",
        object: object.to_owned(),
        actor: "anonymous".to_owned(),
        detail: format!("outcome={}", judged.outcome),
    };
    let Judged {
        zh, en, verdict, ..
    } = judged;
    let spoken = Spoken {
        zh,
        en,
        verdict,
        holders: holders
            .iter()
            .map(|holder| holder.as_str().to_owned())
            .collect(),
    };
    app.tell(about, StatusCode::OK, &spoken).await
}
