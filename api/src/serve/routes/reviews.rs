//! Review before issue: what waits, the page as it will be laid out, and what a reviewer decides.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use registry::batches::{Decided, ReviewDecision, ReviewReason, Ruling};
use registry::grants::ReviewPermit;
use serde::{Deserialize, Serialize};

use super::batch_rows::After;
use super::batches::batch_id;
use super::{credit_code, sha256};
use crate::clock;
use crate::preview;
use crate::serve::answer::{About, Told, raw, with_header};
use crate::serve::app::App;
use crate::serve::body::{Json, Path, Query};
use crate::serve::caller::Caller;
use crate::serve::refusal::Refusal;

/// Decisions in one call.
const MOST: usize = 1000;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfAgency {
    /// Credit code of the agency.
    agency: String,
}

/// A batch in which rows wait.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Waiting {
    /// The batch.
    pub batch: String,
    /// How many of its rows wait for a reviewer.
    pub rows: u64,
}

/// A row that waits for a reviewer.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct RowInReview {
    /// As an editor or spreadsheet counts it.
    pub row: u64,
    /// Digest of what its page is made of: data, template, fonts, program.
    pub inputs: String,
    /// Since when it waits.
    pub since: String,
}

/// What a reviewer decides about a row.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionBody {
    /// The row.
    pub row: u64,
    /// Digest of the page that was looked at.
    pub inputs: String,
    /// Whether it may be sealed.
    pub decision: DecisionWord,
    /// Why it is sent back, for who pushed it: 1 to 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Approved or sent back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DecisionWord {
    Approve,
    SendBack,
}

/// What became of a decision.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct DecidedRow {
    /// The row.
    pub row: u64,
    /// `recorded`; `refused` where what was approved may not be issued any more; `not_waiting` where there is none or another reviewer was first; `changed` where the page is made
    /// of other things by now and is to be looked at again.
    pub outcome: String,
}

/// The batches of an agency in which rows wait for a reviewer.
#[utoipa::path(get, path = "/v1/reviews", tag = "reviews", params(OfAgency), responses((status = 200, body = Vec<Waiting>)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<OfAgency>,
) -> Told {
    let (permit, agency) = (
        permit(&app, &caller)?,
        credit_code("#/query/agency", &query.agency)?,
    );
    let batches = app.registry().batches();
    let waiting = batches
        .waiting_for_review(&agency, &permit, clock::now())
        .await?;
    let lines: Vec<Waiting> = waiting
        .into_iter()
        .map(|(job, rows)| Waiting {
            batch: job.to_string(),
            rows,
        })
        .collect();
    let about = About::by(
        &caller,
        "review.listed",
        agency.as_str(),
        format!("count={}", lines.len()),
    );
    app.tell(about, StatusCode::OK, &lines).await
}

/// The rows of a batch that wait for a reviewer, in order.
#[utoipa::path(get, path = "/v1/batches/{batch}/reviews", tag = "reviews", params(("batch" = String, Path), After),
    responses((status = 200, body = Vec<RowInReview>), (status = 404)))]
pub(crate) async fn rows(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
    Query(query): Query<After>,
) -> Told {
    let (permit, job) = (permit(&app, &caller)?, batch_id(&name)?);
    let batches = app.registry().batches();
    let waiting = batches
        .rows_in_review(job, query.after, query.limit(), &permit, clock::now())
        .await?;
    let numbers: Vec<u64> = waiting.iter().map(|line| line.row).collect();
    let lines: Vec<RowInReview> = waiting
        .into_iter()
        .map(|line| RowInReview {
            row: line.row,
            inputs: hex::encode(line.inputs),
            since: line.submitted_at.to_string(),
        })
        .collect();
    let about = About::by(
        &caller,
        "review.rows_read",
        &name,
        format!("after={} count={}", query.after, lines.len()),
    );
    let path = format!("/v1/batches/{name}/reviews");
    let response = query.linked(axum::Json(lines).into_response(), &path, &numbers);
    app.tell_response(about, response).await
}

/// The page of a row that waits, as it will be laid out and marked as a preview. Its `ETag` is the digest that the decision names.
#[utoipa::path(get, path = "/v1/batches/{batch}/rows/{row}/page", tag = "reviews", params(("batch" = String, Path), ("row" = u64, Path)),
    responses((status = 200, content_type = "application/pdf"), (status = 404)))]
pub(crate) async fn page(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((name, row)): Path<(String, u64)>,
) -> Told {
    let (permit, job) = (permit(&app, &caller)?, batch_id(&name)?);
    let batches = app.registry().batches();
    let waits = batches.in_review(job, row, &permit, clock::now()).await?;
    let waits_under = *waits.inputs();
    let shown = preview::of_row(&app.installation.settings, app.fonts().await?, waits).await;
    let shown = shown.map_err(|problem| Refusal::not_laid_out("#/path/row", problem))?;
    if shown.inputs_digest != waits_under {
        // Fonts or program have changed since: the decision is about what is seen now.
        let digest = &shown.inputs_digest;
        batches
            .show_anew(job, row, digest, &permit, clock::now())
            .await?;
        app.work.notify_one();
    }
    let about = About::by(
        &caller,
        "review.page_read",
        &name,
        format!("row={row} inputs={}", hex::encode(shown.inputs_digest)),
    );
    let tag = format!("\"{}\"", hex::encode(shown.inputs_digest));
    let response = with_header(raw("application/pdf", shown.bytes), header::ETAG, &tag);
    app.tell_response(about, response).await
}

/// Records what a reviewer decided about rows of a batch. Each is answered by itself; of two reviewers of one row the first wins.
#[utoipa::path(post, path = "/v1/batches/{batch}/reviews", tag = "reviews", params(("batch" = String, Path)),
    request_body = Vec<DecisionBody>,
    responses((status = 200, body = Vec<DecidedRow>), (status = 404), (status = 409, body = crate::serve::refusal::ProblemBody)))]
pub(crate) async fn decide(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
    Json(bodies): Json<Vec<DecisionBody>>,
) -> Told {
    let (permit, job) = (permit(&app, &caller)?, batch_id(&name)?);
    if bodies.is_empty() || bodies.len() > MOST {
        return Err(Refusal::value(
            "",
            "一次 1 至 1000 项决定",
            "1 to 1,000 decisions in a call",
        ));
    }
    let decisions = bodies
        .into_iter()
        .enumerate()
        .map(|(at, body)| decision(at, body))
        .collect::<Result<Vec<_>, _>>()?;
    let batches = app.registry().batches();
    let decided = batches
        .decide_reviews(job, &decisions, &permit, clock::now())
        .await?;
    app.work.notify_one();
    let rows: Vec<DecidedRow> = decisions
        .iter()
        .zip(&decided)
        .map(|(decision, decided)| DecidedRow {
            row: decision.row,
            outcome: word(*decided).to_owned(),
        })
        .collect();
    let recorded = decided
        .iter()
        .filter(|outcome| **outcome == Decided::Recorded);
    let about = About::by(
        &caller,
        "review.answered",
        &name,
        format!("recorded={}", recorded.count()),
    );
    app.tell(about, StatusCode::OK, &rows).await
}

fn decision(at: usize, body: DecisionBody) -> Result<ReviewDecision, Refusal> {
    let inputs = sha256(&format!("/{at}/inputs"), &body.inputs)?;
    let reason = body.reason.as_deref().map(ReviewReason::parse);
    let ruling = match (body.decision, reason) {
        (DecisionWord::Approve, None) => Ruling::Approve,
        (DecisionWord::SendBack, Some(Some(reason))) => Ruling::SendBack(reason),
        (DecisionWord::Approve, Some(_)) => {
            return Err(Refusal::value(
                &format!("/{at}/reason"),
                "通过时不写理由",
                "an approval has no reason",
            ));
        }
        (DecisionWord::SendBack, _) => {
            return Err(Refusal::value(
                &format!("/{at}/reason"),
                "退回须写明理由，1 至 200 字",
                "say why it is sent back, in 1 to 200 characters",
            ));
        }
    };
    Ok(ReviewDecision {
        row: body.row,
        inputs,
        ruling,
    })
}

fn word(decided: Decided) -> &'static str {
    match decided {
        Decided::Recorded => "recorded",
        Decided::Refused => "refused",
        Decided::NotWaiting => "not_waiting",
        Decided::Changed => "changed",
    }
}

fn permit(app: &App, caller: &Caller) -> Result<ReviewPermit, Refusal> {
    Ok(app.registry().grants().to_review(caller.subject())?)
}
