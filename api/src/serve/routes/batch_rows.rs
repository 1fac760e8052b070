//! The answers to the rows of a batch, page by page.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use registry::batches::{Outcome, RowAnswer, RowFault};
use serde::{Deserialize, Serialize};

use super::batches::own;
use crate::serve::answer::{About, Told, with_header};
use crate::serve::app::App;
use crate::serve::body::{Path, Query};
use crate::serve::caller::Caller;

const MOST: u32 = 1000;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct After {
    /// Rows after this one.
    #[serde(default)]
    pub(super) after: u64,
    /// At most so many, up to 1,000.
    limit: Option<u32>,
}

impl After {
    pub(super) fn limit(&self) -> u32 {
        self.limit.unwrap_or(MOST).clamp(1, MOST)
    }

    /// The answer with a link to what follows, where `rows` fill a page of the list at `path`.
    pub(super) fn linked(&self, response: Response, path: &str, rows: &[u64]) -> Response {
        let limit = self.limit();
        match rows.last().filter(|_| rows.len() == limit as usize) {
            Some(last) => {
                let next = format!("<{path}?after={last}&limit={limit}>; rel=\"next\"");
                with_header(response, header::LINK, &next)
            }
            None => response,
        }
    }
}

/// What became of a row.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Row {
    /// As an editor or spreadsheet counts it.
    pub row: u64,
    /// `in_review`, `planned`, `issued`, `existing`, `refused`, `cancelled`.
    pub outcome: String,
    /// The certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// What is wrong with it; no value of the row.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub errors: Vec<Fault>,
}

/// One thing wrong with a row.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Fault {
    /// Stable machine name, such as `field.required`.
    pub code: String,
    /// The field, or `#3` for the third column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong and what to do, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// The rows of a batch, in order.
#[utoipa::path(get, path = "/v1/batches/{batch}/rows", tag = "batches", params(("batch" = String, Path), After),
    responses((status = 200, body = Vec<Row>), (status = 404)))]
pub(crate) async fn rows(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
    Query(query): Query<After>,
) -> Told {
    let job = own(&app, &caller, &name).await?;
    let batches = app.registry().batches();
    let answers = batches.answers(job, query.after, query.limit()).await?;
    let numbers: Vec<u64> = answers.iter().map(|answer| answer.row).collect();
    let rows: Vec<Row> = answers.into_iter().map(row).collect();
    let about = About::by(
        &caller,
        "batch.rows_read",
        &name,
        format!("after={} count={}", query.after, rows.len()),
    );
    let path = format!("/v1/batches/{name}/rows");
    let response = query.linked(axum::Json(rows).into_response(), &path, &numbers);
    app.tell_response(about, response).await
}

fn row(answer: RowAnswer) -> Row {
    let (outcome, identifier, errors) = match answer.outcome {
        Outcome::InReview(identifier) => ("in_review", Some(identifier), Vec::new()),
        Outcome::Planned(identifier) => ("planned", Some(identifier), Vec::new()),
        Outcome::Issued(identifier) => ("issued", Some(identifier), Vec::new()),
        Outcome::Existing(identifier) => ("existing", Some(identifier), Vec::new()),
        Outcome::Refused(faults) => ("refused", None, faults),
        Outcome::Cancelled => ("cancelled", None, Vec::new()),
    };
    Row {
        row: answer.row,
        outcome: outcome.to_owned(),
        identifier: identifier.map(|identifier| identifier.to_string()),
        errors: errors.into_iter().map(fault).collect(),
    }
}

pub(super) fn fault(fault: RowFault) -> Fault {
    Fault {
        code: fault.code,
        field: fault.field,
        zh: fault.zh,
        en: fault.en,
    }
}
