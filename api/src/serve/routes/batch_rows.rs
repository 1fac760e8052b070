//! The answers to the rows of a batch: all of them page by page, or those in error as a file that a clerk repairs.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use registry::batches::{Outcome, RowAnswer, RowFault};
use serde::{Deserialize, Serialize};

use super::batches::own;
use crate::serve::answer::{About, Told, raw, with_header};
use crate::serve::app::App;
use crate::serve::body::{Path, Query};
use crate::serve::caller::Caller;
use crate::serve::refusal::Refusal;

const MOST: u32 = 1000;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct After {
    /// Rows after this one.
    #[serde(default)]
    after: u64,
    /// At most so many, up to 1,000.
    limit: Option<u32>,
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
    let limit = query.limit.unwrap_or(MOST).clamp(1, MOST);
    let answers = app
        .registry()
        .batches()
        .answers(job, query.after, limit)
        .await?;
    let full = answers.len() == limit as usize;
    let rows: Vec<Row> = answers.into_iter().map(row).collect();
    let next = rows.last().filter(|_| full).map(|last| {
        format!(
            "</v1/batches/{name}/rows?after={}&limit={limit}>; rel=\"next\"",
            last.row
        )
    });
    let about = About::by(
        &caller,
        "batch.rows_read",
        &name,
        format!("after={} count={}", query.after, rows.len()),
    );
    let mut response = axum::Json(rows).into_response();
    if let Some(next) = next {
        response = with_header(response, header::LINK, &next);
    }
    app.tell_response(about, response).await
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Form {
    /// `ndjson` (default) or `csv`.
    #[serde(default)]
    form: FormName,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FormName {
    #[default]
    Ndjson,
    Csv,
}

/// The rows in error, as a file: row, field, code, what is wrong and what to do.
#[utoipa::path(get, path = "/v1/batches/{batch}/errors", tag = "batches", params(("batch" = String, Path), Form),
    responses((status = 200, content_type = "text/csv", body = String), (status = 404)))]
pub(crate) async fn errors(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
    Query(query): Query<Form>,
) -> Told {
    let job = own(&app, &caller, &name).await?;
    let batches = app.registry().batches();
    let (mut text, mut after, mut count) = (Vec::new(), 0, 0_u64);
    if matches!(query.form, FormName::Csv) {
        // A byte-order mark, so that spreadsheets read Chinese.
        text.extend_from_slice("\u{FEFF}row,field,code,zh,en\r\n".as_bytes());
    }
    loop {
        let page = batches.answers(job, after, MOST).await?;
        let Some(last) = page.last() else { break };
        after = last.row;
        for answer in page {
            let Outcome::Refused(faults) = answer.outcome else {
                continue;
            };
            count += 1;
            match query.form {
                FormName::Ndjson => ndjson(&mut text, answer.row, faults)?,
                FormName::Csv => csv(&mut text, answer.row, faults),
            }
        }
    }
    let media = match query.form {
        FormName::Ndjson => "application/x-ndjson",
        FormName::Csv => "text/csv; charset=utf-8",
    };
    let about = About::by(&caller, "batch.errors_read", &name, format!("rows={count}"));
    app.tell_response(about, raw(media, text)).await
}

fn ndjson(text: &mut Vec<u8>, row: u64, faults: Vec<RowFault>) -> Result<(), Refusal> {
    let line = Row {
        row,
        outcome: "refused".to_owned(),
        identifier: None,
        errors: faults.into_iter().map(fault).collect(),
    };
    serde_json::to_writer(&mut *text, &line).map_err(|_| {
        Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "broken",
            "无法写出错误清单",
            "the list of errors cannot be written",
        )
    })?;
    text.push(b'\n');
    Ok(())
}

fn csv(text: &mut Vec<u8>, row: u64, faults: Vec<RowFault>) {
    for fault in faults {
        let field = fault.field.unwrap_or_default();
        let cells = [row.to_string(), field, fault.code, fault.zh, fault.en];
        let line: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        text.extend_from_slice(line.join(",").as_bytes());
        text.extend_from_slice(b"\r\n");
    }
}

/// A cell of RFC 4180; what a spreadsheet would take for a formula is kept a text.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
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

fn fault(fault: RowFault) -> Fault {
    Fault {
        code: fault.code,
        field: fault.field,
        zh: fault.zh,
        en: fault.en,
    }
}
