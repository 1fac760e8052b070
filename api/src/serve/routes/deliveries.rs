//! What agencies deliver against what is expected of them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use registry::batches::Deliveries;
use registry::persons::Role;
use registry::units::UnitKind;
use serde::Serialize;

use crate::clock;
use crate::serve::answer::{About, Told};
use crate::serve::app::App;
use crate::serve::caller::Caller;

/// How the deliveries of an agency for a type stand.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct DeliveryLine {
    /// Credit code of the agency.
    agency: String,
    /// Type code.
    r#type: String,
    /// What is expected; nothing if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<Expected>,
    /// When a batch was accepted last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    /// Since when the following is counted.
    since: String,
    /// Batches.
    batches: u64,
    /// Rows that were answered.
    rows: u64,
    /// Rows in error.
    refused: u64,
    /// How long the oldest batch waits that is not brought to its end, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    lag_seconds: Option<i64>,
    /// `silent`, `shrunk`, `refused`.
    alarms: Vec<&'static str>,
}

/// What a type expects of each agency.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Expected {
    /// A delivery at least once in so many days.
    every_days: u16,
    /// Rows of an ordinary delivery.
    rows: u32,
}

/// The deliveries of every agency for every type that it may issue; an agency sees its own.
#[utoipa::path(get, path = "/v1/deliveries", tag = "batches", responses((status = 200, body = Vec<DeliveryLine>)))]
pub(crate) async fn list(State(app): State<Arc<App>>, caller: Caller) -> Told {
    let mut all = app.registry().batches().deliveries(clock::now()).await?;
    let overseers = [Role::CentreOperator, Role::Supervisor, Role::Auditor];
    if !caller.subject().roles().any_of(&overseers) {
        // Of an organisation that is a desk, too, only who stands for the agency.
        let issues = caller.subject().kind() == UnitKind::Agency;
        all.retain(|deliveries| issues && deliveries.agency == *caller.subject().unit());
    }
    let lines: Vec<DeliveryLine> = all.into_iter().map(line).collect();
    let about = About::by(
        &caller,
        "delivery.listed",
        "deliveries",
        format!("count={}", lines.len()),
    );
    app.tell(about, StatusCode::OK, &lines).await
}

fn line(deliveries: Deliveries) -> DeliveryLine {
    DeliveryLine {
        agency: deliveries.agency.to_string(),
        r#type: deliveries.type_code.to_string(),
        expected: deliveries.expected.map(|rule| Expected {
            every_days: rule.every_days,
            rows: rule.rows,
        }),
        last: deliveries.last.map(|last| last.to_string()),
        since: deliveries.since.to_string(),
        batches: deliveries.batches,
        rows: deliveries.rows,
        refused: deliveries.refused,
        lag_seconds: deliveries.lag.map(|lag| lag.as_secs()),
        alarms: deliveries
            .alarms
            .iter()
            .map(|alarm| alarm.as_str())
            .collect(),
    }
}
