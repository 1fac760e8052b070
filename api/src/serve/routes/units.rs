//! Units: registered by the centre; each administrator sees their own.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use registry::persons::Role;
use registry::units::{Contact, Contacts, RegionCode, Unit};
use serde::{Deserialize, Serialize};

use super::{credit_code, unit_kind};
use crate::clock;
use crate::serve::answer::{About, Told};
use crate::serve::app::App;
use crate::serve::body::{Json, Path};
use crate::serve::caller::Caller;
use crate::serve::editions::{IfMatch, tagged};
use crate::serve::refusal::Refusal;

/// Whom to call about a unit's data.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactBody {
    /// Name of the person.
    name: String,
    /// Telephone number as it is dialled.
    phone: String,
    /// Post or department.
    #[serde(default)]
    post: String,
}

/// What is known of a unit.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitBody {
    /// Full name.
    name: String,
    /// Region code (GB/T 2260).
    region: String,
    /// Name of the region.
    region_name: String,
    /// Who answers for the unit's part.
    responsible: ContactBody,
    /// Who knows the business.
    business: ContactBody,
    /// Who knows the systems.
    technical: ContactBody,
}

/// A unit on record.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct UnitLine {
    /// `agency`, `desk`, `relying_system`, `centre` or `supervisor`.
    kind: &'static str,
    /// Unified social credit code.
    code: String,
    #[serde(flatten)]
    unit: UnitBody,
}

/// Every unit; an administrator sees their own.
#[utoipa::path(get, path = "/v1/units", tag = "units", responses((status = 200, body = Vec<UnitLine>)))]
pub(crate) async fn list(State(app): State<Arc<App>>, caller: Caller) -> Told {
    let subject = caller.subject();
    let all = oversees(&caller);
    let units = app.registry().units().list().await?.into_iter();
    let seen =
        units.filter(|unit| all || unit.code == *subject.unit() && unit.kind == subject.kind());
    let lines: Vec<UnitLine> = seen.map(line).collect();
    let about = About {
        kind: "unit.listed",
        object: "units".to_owned(),
        actor: caller.name(),
        detail: format!("count={}", lines.len()),
    };
    app.tell(about, StatusCode::OK, &lines).await
}

/// One unit; an administrator sees their own.
#[utoipa::path(get, path = "/v1/units/{kind}/{code}", tag = "units",
    params(("kind" = String, Path), ("code" = String, Path)),
    responses((status = 200, body = UnitLine, headers(("ETag" = String))), (status = 404)))]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((kind, code)): Path<(String, String)>,
) -> Told {
    let (kind, code) = (unit_kind(&kind)?, credit_code("#/path/code", &code)?);
    if !oversees(&caller) && !caller.subject().administers(&code, kind) {
        return Err(Refusal::not_found());
    }
    let unit = app.registry().units().find(&code, kind).await?;
    let unit = unit.ok_or_else(Refusal::not_found)?;
    let about = About::by(
        &caller,
        "unit.read",
        code.to_string(),
        format!("kind={}", kind.as_str()),
    );
    let edition = unit.edition();
    let response = axum::Json(line(unit)).into_response();
    app.tell_response(about, tagged(response, edition)).await
}

/// Registers a unit, or takes down what has changed about it.
#[utoipa::path(put, path = "/v1/units/{kind}/{code}", tag = "units",
    params(("kind" = String, Path, description = "agency, desk, relying_system, centre or supervisor"), ("code" = String, Path, description = "credit code"),
        ("If-Match" = Option<String>, Header, description = "the ETag that was read; 412 where it differs")),
    request_body = UnitBody, responses((status = 200, body = UnitLine, headers(("ETag" = String))), (status = 412, body = crate::serve::refusal::ProblemBody), (status = 422, body = crate::serve::refusal::ProblemBody)))]
pub(crate) async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((kind, code)): Path<(String, String)>,
    IfMatch(expected): IfMatch,
    Json(body): Json<UnitBody>,
) -> Told {
    let region = RegionCode::parse(&body.region).map_err(|fault| {
        Refusal::value(
            "/region",
            "应为 6 位行政区划代码",
            format!("must be a region code of 6 digits: {fault}"),
        )
    })?;
    let unit = Unit {
        code: credit_code("#/path/code", &code)?,
        kind: unit_kind(&kind)?,
        name: body.name,
        region,
        region_name: body.region_name,
        contacts: Contacts {
            responsible: contact(body.responsible),
            business: contact(body.business),
            technical: contact(body.technical),
        },
    };
    let actor = caller.subject().actor();
    let units = app.registry().units();
    units
        .register_if(unit.clone(), &expected, actor, clock::now())
        .await?;
    let about = About {
        kind: "unit.answered",
        object: unit.code.to_string(),
        actor: caller.name(),
        detail: format!("kind={}", unit.kind.as_str()),
    };
    let edition = unit.edition();
    let response = axum::Json(line(unit)).into_response();
    app.tell_response(about, tagged(response, edition)).await
}

/// Whether the caller sees every unit.
fn oversees(caller: &Caller) -> bool {
    let overseers = [Role::CentreOperator, Role::Supervisor, Role::Auditor];
    caller.subject().roles().any_of(&overseers)
}

fn contact(body: ContactBody) -> Contact {
    Contact {
        name: body.name,
        phone: body.phone,
        post: body.post,
    }
}

fn contact_body(contact: Contact) -> ContactBody {
    ContactBody {
        name: contact.name,
        phone: contact.phone,
        post: contact.post,
    }
}

fn line(unit: Unit) -> UnitLine {
    UnitLine {
        kind: unit.kind.as_str(),
        code: unit.code.to_string(),
        unit: UnitBody {
            name: unit.name,
            region: unit.region.to_string(),
            region_name: unit.region_name,
            responsible: contact_body(unit.contacts.responsible),
            business: contact_body(unit.contacts.business),
            technical: contact_body(unit.contacts.technical),
        },
    }
}
