//! The operations of GB/T 36906: the two that verify. The others are told to be not offered yet.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::sought::{Sought, of_sought};
use super::verifications::{self, FILE_BYTES, of_file, permit};
use crate::clock;
use crate::serve::answer::Told;
use crate::serve::app::App;
use crate::serve::body::{self, Path};
use crate::serve::caller::Caller;
use crate::serve::examiner::Judged;
use crate::serve::refusal::Refusal;

/// A question, as GB/T 36906 names its parts.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Call {
    /// What the certificate is used for.
    use_cause: String,
    /// The number of the business at hand.
    business_number: String,
    /// Identifier of the certificate; for *verify information*.
    certificate_identifier: Option<String>,
    /// The file in base64; for *verify file*.
    file: Option<String>,
}

/// The answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer36906 {
    /// *Verify information*: 0 valid, 1 not yet, 2 suspended, 3 ended, 4 could not check, 5 unknown, 6 wrong.
    /// *Verify file*: 0 passed, 1 seal failed, 2 everything else.
    result: u8,
    /// Our own word for it.
    outcome: String,
}

/// *Verify information* (`verify-information`) and *verify file* (`verify-file`).
#[utoipa::path(post, path = "/v1/36906/{operation}", tag = "36906", params(("operation" = String, Path)),
    request_body = Call, responses((status = 200, body = Answer36906), (status = 501, body = crate::serve::refusal::ProblemBody)))]
pub(crate) async fn operation(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(operation): Path<String>,
    request: Request,
) -> Told {
    let of_a_file = match operation.as_str() {
        "verify-information" => false,
        "verify-file" => true,
        _ => return Err(not_offered()),
    };
    // Base64 takes a third more.
    let body = body::file(&app.files, request.into_body(), FILE_BYTES / 3 * 4 + 4096).await?;
    let call: Call = body::parse(&body.untrusted)?;
    let permit = permit(&app, &caller, &call.use_cause, &call.business_number)?;
    let now = clock::now();
    let (judged, object) = if of_a_file {
        let file = file(call.file.as_deref())?;
        (of_file(&app, file, &permit, now).await?, "file".to_owned())
    } else {
        let text = call.certificate_identifier.ok_or_else(|| {
            Refusal::value("/certificateIdentifier", "缺少证照标识", "is missing")
        })?;
        let sought = Sought::by_identifier(text);
        let found = of_sought(&app, &sought, &permit, now, "").await?;
        (Judged::of(&found.verdict), found.object)
    };
    let (information, of_file) = judged.codes;
    let result = of_file.filter(|_| of_a_file).unwrap_or(information);
    let about = verifications::about(&caller, &permit, &object, &judged.outcome);
    let outcome = judged.outcome;
    app.tell(about, StatusCode::OK, &Answer36906 { result, outcome })
        .await
}

fn file(text: Option<&str>) -> Result<Vec<u8>, Refusal> {
    use base64::Engine;
    let text = text.ok_or_else(|| Refusal::value("/file", "缺少文件", "is missing"))?;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .map_err(|_| Refusal::value("/file", "应为 base64", "must be base64"))
}

fn not_offered() -> Refusal {
    Refusal::new(
        StatusCode::NOT_IMPLEMENTED,
        "not_offered",
        "本服务目前只提供 verify-information 与 verify-file 两项操作",
        "this service offers verify-information and verify-file; the other operations of GB/T 36906 are not offered",
    )
}
