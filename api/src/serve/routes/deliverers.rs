//! Units that deliver rows in the name of an agency; the agency names them and answers for the data.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use jiff::civil::Date;
use registry::units::Deliverer;
use serde::{Deserialize, Serialize};

use super::{credit_code, type_code, unit_kind};
use crate::clock;
use crate::serve::answer::{About, Told};
use crate::serve::app::App;
use crate::serve::body::{Json, Path};
use crate::serve::caller::Caller;
use crate::serve::refusal::Refusal;

/// Who delivers, and when.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DelivererBody {
    /// Credit code of the unit.
    unit: String,
    /// `agency`, `desk` or `relying_system`.
    kind: String,
    /// First day.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// Last day; open if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    to: Option<Date>,
}

/// Who delivers rows of a type in the name of an agency, or has.
#[utoipa::path(get, path = "/v1/types/{type}/rights/{agency}/deliverers", tag = "types",
    params(("type" = String, Path), ("agency" = String, Path)), responses((status = 200, body = Vec<DelivererBody>)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((code, agency)): Path<(String, String)>,
) -> Told {
    let code = type_code("#/path/type", &code)?;
    let agency = credit_code("#/path/agency", &agency)?;
    let units = app.registry().units();
    let by = caller.subject().actor();
    let mut found = units.deliverers(&agency, by, clock::now()).await?;
    found.retain(|deliverer| deliverer.type_code == code);
    let lines: Vec<DelivererBody> = found.iter().map(body).collect();
    let about = About::by(
        &caller,
        "deliverer.listed",
        agency.as_str(),
        format!("type={code}"),
    );
    app.tell(about, StatusCode::OK, &lines).await
}

/// Names a unit that delivers rows of a type in the name of an agency, or changes until when.
#[utoipa::path(put, path = "/v1/types/{type}/rights/{agency}/deliverers", tag = "types",
    params(("type" = String, Path), ("agency" = String, Path)), request_body = DelivererBody,
    responses((status = 200, body = DelivererBody), (status = 403), (status = 422)))]
pub(crate) async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((code, agency)): Path<(String, String)>,
    Json(named): Json<DelivererBody>,
) -> Told {
    let deliverer = Deliverer {
        agency: credit_code("#/path/agency", &agency)?,
        type_code: type_code("#/path/type", &code)?,
        unit: credit_code("/unit", &named.unit)?,
        kind: unit_kind(&named.kind).map_err(|_| {
            Refusal::value(
                "/kind",
                "应为 agency、desk 或 relying_system",
                "is agency, desk or relying_system",
            )
        })?,
        from: named.from,
        to: named.to,
    };
    let units = app.registry().units();
    let by = caller.subject().actor();
    units.name_deliverer(&deliverer, by, clock::now()).await?;
    let about = About::by(
        &caller,
        "deliverer.answered",
        deliverer.agency.as_str(),
        format!("type={} unit={}", deliverer.type_code, deliverer.unit),
    );
    app.tell(about, StatusCode::OK, &body(&deliverer)).await
}

fn body(deliverer: &Deliverer) -> DelivererBody {
    DelivererBody {
        unit: deliverer.unit.to_string(),
        kind: deliverer.kind.as_str().to_owned(),
        from: deliverer.from,
        to: deliverer.to,
    }
}
