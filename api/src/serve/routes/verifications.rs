//! Verification by units: of a file, or of what a caller has of a certificate; one or many. One set of rules and codes.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use registry::grants::{BusinessNumber, Permit, Purpose, TermFault};
use serde::{Deserialize, Serialize};
use verifier::inspect::inspect;
use verifier::verdict::Asker;
use verifier::{Asked, Budgets, FileReport, Verdict, examine, judge};

use super::sought::{Sought, of_sought};
use crate::clock;
use crate::facts;
use crate::serve::answer::{About, Told, raw};
use crate::serve::app::App;
use crate::serve::body::{self, Json, Query};
use crate::serve::caller::Caller;
use crate::serve::examiner::{Claimed, Judged};
use crate::serve::rates::{Load, Payer};
use crate::serve::refusal::Refusal;

/// Longest file that is examined here, in bytes.
pub(crate) const FILE_BYTES: usize = 32 << 20;
/// Files of known callers up to this many bytes and objects are read by the service itself.
const NEAR_BYTES: usize = 1 << 20;
const NEAR_OBJECTS: usize = 20_000;
/// Questions of one call, and bytes of its body.
const MANY: usize = 10_000;
const MANY_BYTES: usize = 8 << 20;
/// Answers that are put on record, and leave, together.
const PAGE: usize = 100;

/// For what a caller verifies; on record with every answer.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Terms {
    /// What the certificate is used for, 1 to 200 characters.
    purpose: String,
    /// The number of the business at hand, 1 to 64 visible ASCII characters.
    business_number: String,
    /// The instant that the question is about; now if left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[param(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
}

/// One question.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// What the certificate is used for, 1 to 200 characters.
    purpose: String,
    /// The number of the business at hand, 1 to 64 visible ASCII characters.
    business_number: String,
    /// The instant that the question is about; now if left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// What the caller has of it.
    certificate: Sought,
}

/// The state of a certificate by what the caller has of it. No file is checked, and the answer says so.
#[utoipa::path(post, path = "/v1/verifications", tag = "verifications", request_body = Question,
    responses((status = 200, description = "the verdict"), (status = 422, body = crate::serve::refusal::ProblemBody)))]
pub(crate) async fn one(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(question): Json<Question>,
) -> Told {
    let permit = permit(&app, &caller, &question.purpose, &question.business_number)?;
    let at = question.at.unwrap_or_else(clock::now);
    let verdict = of_sought(&app, &question.certificate, &permit, at, "/certificate").await?;
    let about = about(
        &caller,
        &permit,
        &verdict.object,
        verdict.verdict.outcome().name(),
    );
    app.tell(about, StatusCode::OK, &verdict.verdict).await
}

/// The verdict on a file: seal, state and authority in one. The body is the file.
#[utoipa::path(post, path = "/v1/verifications/files", tag = "verifications", params(Terms),
    request_body(content = String, content_type = "application/pdf"), responses((status = 200, description = "the verdict")))]
pub(crate) async fn file(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(terms): Query<Terms>,
    request: Request,
) -> Told {
    let permit = permit(&app, &caller, &terms.purpose, &terms.business_number)?;
    let file = body::file(&app.files, request.into_body(), FILE_BYTES).await?;
    let at = terms.at.unwrap_or_else(clock::now);
    let judged = of_file(&app, file.untrusted, &permit, at).await?;
    let about = about(&caller, &permit, "file", &judged.outcome);
    app.tell(about, StatusCode::OK, &judged.verdict).await
}

/// One line of an answer to many questions.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct LineAnswer {
    /// Line of the question, from 1.
    line: usize,
    /// The verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    verdict: Option<Verdict>,
    /// Why this line was not answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<LineProblem>,
}

/// Why a line was not answered.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct LineProblem {
    code: &'static str,
    zh: String,
    en: String,
}

/// Up to 10,000 questions, one to a line (NDJSON of what the caller has of each); answers come a line each, in order.
#[utoipa::path(post, path = "/v1/verifications/many", tag = "verifications", params(Terms),
    request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, content_type = "application/x-ndjson", body = LineAnswer)))]
pub(crate) async fn many(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(terms): Query<Terms>,
    request: Request,
) -> Told {
    let permit = permit(&app, &caller, &terms.purpose, &terms.business_number)?;
    let bytes = body::whole(request.into_body(), MANY_BYTES).await?;
    let lines: Vec<Vec<u8>> = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .take(MANY + 1)
        .map(<[u8]>::to_vec)
        .collect();
    if lines.len() > MANY {
        return Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_many",
            format!("一次最多 {MANY} 条；请分批"),
            format!("at most {MANY} questions a call; split them"),
        ));
    }
    // Each question is a read.
    let payer = Payer::Unit(caller.subject().actor());
    app.rates.take(payer, Load::Read, lines.len() as u64)?;
    let at = terms.at.unwrap_or_else(clock::now);
    // The call is on record before the first answer leaves, and each answer before it leaves itself.
    let about = about(
        &caller,
        &permit,
        "many",
        &format!("told_by_line questions={}", lines.len()),
    );
    let many = Many {
        app: Arc::clone(&app),
        caller,
        permit,
        at,
        lines: lines.into_iter(),
        done: 0,
    };
    let answers = futures_util::stream::unfold(many, Many::next);
    let response = raw("application/x-ndjson", Body::from_stream(answers));
    app.tell_response(about, response).await
}

/// The questions of one call that are not answered yet.
struct Many {
    app: Arc<App>,
    caller: Caller,
    permit: Permit,
    at: Timestamp,
    lines: std::vec::IntoIter<Vec<u8>>,
    done: usize,
}

impl Many {
    /// The next page of answers, each with an entry of its own: who asks later who looked at a certificate finds it
    /// by its identifier. Breaks off where the audit cannot be written, and where the caller's key counts no more.
    async fn next(mut self) -> Option<(Result<Vec<u8>, Refusal>, Self)> {
        let page: Vec<Vec<u8>> = self.lines.by_ref().take(PAGE).collect();
        if page.is_empty() {
            return None;
        }
        let answered = self.answer(page).await;
        if answered.is_err() {
            self.lines = Vec::new().into_iter();
        }
        Some((answered, self))
    }

    async fn answer(&mut self, page: Vec<Vec<u8>>) -> Result<Vec<u8>, Refusal> {
        self.caller.still_stands(&self.app).await?;
        let (mut text, mut told) = (Vec::new(), Vec::with_capacity(page.len()));
        for line in page {
            self.done += 1;
            let (answer, object) =
                answer_line(&self.app, self.done, &line, &self.permit, self.at).await;
            let outcome = match (&answer.verdict, &answer.problem) {
                (Some(verdict), _) => verdict.outcome().name(),
                (None, Some(problem)) => problem.code,
                (None, None) => "none",
            };
            let outcome = format!("{outcome} line={}", self.done);
            told.push(about(&self.caller, &self.permit, &object, &outcome));
            serde_json::to_writer(&mut text, &answer).map_err(|_| Refusal::unanswered())?;
            text.push(b'\n');
        }
        let recorded = self.app.put_on_record(told, text).await?;
        Ok(recorded.into_answer())
    }
}

async fn answer_line(
    app: &App,
    line: usize,
    text: &[u8],
    permit: &Permit,
    at: Timestamp,
) -> (LineAnswer, String) {
    let answered = match body::parse::<Sought>(text) {
        Ok(sought) => of_sought(app, &sought, permit, at, "").await,
        Err(refused) => Err(refused),
    };
    let (verdict, problem, object) = match answered {
        Ok(found) => (Some(found.verdict), None, found.object),
        Err(refused) => {
            let (code, zh, en) = refused.into_words();
            (None, Some(LineProblem { code, zh, en }), "none".to_owned())
        }
    };
    let answer = LineAnswer {
        line,
        verdict,
        problem,
    };
    (answer, object)
}

/// The verdict on a file that somebody sent. Files of strangers, large ones and ones of many objects are read in a
/// process of their own.
pub(super) async fn of_file(
    app: &App,
    untrusted: Vec<u8>,
    permit: &Permit,
    at: Timestamp,
) -> Result<Judged, Refusal> {
    if untrusted.is_empty() {
        return Err(Refusal::malformed(
            "请求体为空；请把文件作为请求体发送",
            "the body is empty; send the file as the body",
        ));
    }
    let asker = asker(permit);
    let apart =
        permit.caller().is_none() || untrusted.len() > NEAR_BYTES || has_many_objects(&untrusted);
    let judged = match apart {
        true => {
            let facts = async |claimed: Claimed| {
                Ok::<_, Refusal>(facts::of_file(app.registry(), &claimed, asker, at).await?)
            };
            app.examiners.judge(&untrusted, at, facts).await?
        }
        false => {
            let trust = app.trust();
            let report = tokio::task::spawn_blocking(move || FileReport {
                inspected: inspect(&untrusted),
                seal: examine(&untrusted, &trust, at, &Budgets::default()),
            });
            let report = report.await.map_err(|_| Refusal::not_examined())?;
            let claimed = Claimed::by(&report.inspected);
            let facts = facts::of_file(app.registry(), &claimed, asker, at).await?;
            Judged::of(&judge(Asked::File(&report), &facts))
        }
    };
    if judged.alarm {
        tracing::error!(
            alarm = "sealed_not_on_record",
            "a file bears our seal and is not on record"
        );
        app.metrics.count("yinxin_alarms_total", Vec::new(), 1);
    }
    Ok(judged)
}

/// Objects are counted as they are written; those inside streams are bounded by the budget of the reader.
fn has_many_objects(untrusted: &[u8]) -> bool {
    let mut objects = untrusted.windows(4).filter(|bytes| bytes == b" obj");
    objects.nth(NEAR_OBJECTS).is_some()
}

/// What a permit shows: a caller by duty reads reason and acting authority, everybody else the state alone.
pub(super) fn asker(permit: &Permit) -> Asker {
    match permit.caller() {
        Some(_) => Asker::ByDuty,
        None => Asker::Anonymous,
    }
}

/// What the caller may learn, for what they state.
pub(super) fn permit(
    app: &App,
    caller: &Caller,
    purpose: &str,
    business: &str,
) -> Result<Permit, Refusal> {
    let fault =
        |pointer: &str, fault: TermFault| Refusal::value(pointer, fault.zh(), fault.to_string());
    let purpose = Purpose::parse(purpose).map_err(|f| fault("/purpose", f))?;
    let business = BusinessNumber::parse(business).map_err(|f| fault("/business_number", f))?;
    Ok(app
        .registry()
        .grants()
        .to_verify(caller.subject(), purpose, business)?)
}

pub(super) fn about(caller: &Caller, permit: &Permit, object: &str, outcome: &str) -> About {
    let purpose = permit.purpose().map_or("", Purpose::as_str);
    let business = permit.business().map_or("", BusinessNumber::as_str);
    About {
        kind: "certificate.verified",
        object: object.to_owned(),
        actor: caller.name(),
        detail: format!("outcome={outcome} business={business} purpose={purpose}"),
    }
}
