//! Rights of agencies to issue types, kept by the centre.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use jiff::civil::Date;
use registry::units::{Authority, AuthorityFault};
use serde::Deserialize;

use super::{credit_code, type_code};
use crate::clock;
use crate::serve::answer::{About, Told};
use crate::serve::app::App;
use crate::serve::body::{Json, Path};
use crate::serve::caller::Caller;
use crate::serve::refusal::Refusal;

/// A right to issue a type.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RightBody {
    /// First day.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// Last day; open if left out.
    #[schema(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// The rule on which it stands.
    legal_basis: String,
}

/// Records that an agency may issue a type from a day on.
#[utoipa::path(put, path = "/v1/types/{type}/rights/{agency}", tag = "types",
    params(("type" = String, Path), ("agency" = String, Path)), request_body = RightBody, responses((status = 200), (status = 422)))]
pub(crate) async fn authorise(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((code, agency)): Path<(String, String)>,
    Json(right): Json<RightBody>,
) -> Told {
    let (code, agency) = (
        type_code("#/path/type", &code)?,
        credit_code("#/path/agency", &agency)?,
    );
    let right = Authority::new(
        agency.clone(),
        code.clone(),
        right.from,
        right.to,
        &right.legal_basis,
    )
    .map_err(|fault| {
        let place = match fault {
            AuthorityFault::EndsBeforeItBegins => "/to",
            AuthorityFault::NoLegalBasis => "/legal_basis",
        };
        Refusal::value(place, fault.zh(), fault.to_string())
    })?;
    let by = caller.subject().actor();
    app.registry()
        .units()
        .authorise(right, by, clock::now())
        .await?;
    let about = About::by(
        &caller,
        "type.answered",
        code.as_str(),
        format!("agency={agency}"),
    );
    let body = serde_json::json!({ "type": code.as_str(), "agency": agency.as_str() });
    app.tell(about, StatusCode::OK, &body).await
}
