//! Batches: pushed, watched, cancelled. Once a job's address is given out, its rows will be answered.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use registry::Id;
use registry::batches::{JobLine, JobState, Progress, Push};
use registry::rows::{Encoding, RowFormat};
use serde::{Deserialize, Serialize};

use super::{credit_code, type_code};
use crate::clock;
use crate::serve::answer::{About, Told, with_header};
use crate::serve::app::{App, stopped};
use crate::serve::body::{self, Path, Query};
use crate::serve::caller::Caller;
use crate::serve::holds::Hold;
use crate::serve::refusal::{Refusal, Said};

/// How often a watched batch is looked at.
const GLANCE: Duration = Duration::from_millis(250);
/// How often it is asked whether the key of who watches stands.
const LOOK: Duration = Duration::from_secs(1);
const MOST: u32 = 200;

/// Stands in the answer to a push that had been pushed before.
pub(crate) const REPEATED: HeaderName = HeaderName::from_static("idempotency-replayed");

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// Credit code of the agency that issues and answers for the data.
    agency: String,
    /// Type code.
    r#type: String,
}

/// A batch as it stands.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Batch {
    /// Its name.
    pub batch: String,
    /// `accepted`, `running`, `in_review`, `done`, `failed`, `cancelled`.
    pub state: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Said>,
    /// Certificates issued.
    pub issued: u64,
    /// Rows pushed before with equal content.
    pub existing: u64,
    /// Rows in error.
    pub refused: u64,
    /// Whether nothing more will happen to it.
    pub over: bool,
}

/// The acknowledgement of a push. From here on nothing is lost.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Acknowledged {
    /// Name of the batch.
    pub batch: String,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listing {
    /// Credit code of the agency.
    agency: String,
    /// Batches before this one; the newest without it.
    before: Option<String>,
}

/// Pushes rows: NDJSON, CSV (UTF-8 or GB18030) or XLSX. The same `Idempotency-Key` with the same body answers the same.
#[utoipa::path(post, path = "/v1/batches", tag = "batches",
    params(Order, ("Idempotency-Key" = String, Header), ("Content-Digest" = Option<String>, Header, description = "sha-256=:base64: (RFC 9530)")),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 202, body = Acknowledged), (status = 422, body = crate::serve::refusal::ProblemBody)))]
pub(crate) async fn push(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(order): Query<Order>,
    request: Request,
) -> Told {
    let (parts, arriving) = request.into_parts();
    let push = Push {
        subject: caller.subject().actor().clone(),
        route: "POST /v1/batches".to_owned(),
        key: idempotency_key(&parts.headers)?,
        agency: credit_code("#/query/agency", &order.agency)?,
        type_code: type_code("#/query/type", &order.r#type)?,
        format: format(&parts.headers)?,
    };
    let expected = content_digest(&parts.headers)?;
    let batches = app.registry().batches();
    let mut spooling = batches.receive(clock::now())?;
    let mut stream = arriving.into_data_stream();
    while let Some(piece) = body::next(&mut stream).await? {
        // Pieces go to disk; a thread that may wait writes them.
        spooling = tokio::task::spawn_blocking(move || spooling.write(&piece).map(|()| spooling))
            .await
            .map_err(|_| body::too_long(0))??;
    }
    let spooled = tokio::task::spawn_blocking(move || spooling.finish())
        .await
        .map_err(|_| body::too_long(0))??;
    if expected.is_some_and(|expected| expected != *spooled.sha256()) {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "content_digest",
            "收到的内容与 Content-Digest 不符；未作受理，请重新上传",
            "what arrived differs from its Content-Digest; nothing was accepted, push it again",
        ));
    }
    let accepted = batches.accept(spooled, &push, clock::now()).await?;
    app.work.notify_one();
    let job = accepted.job.to_string();
    let about = About::by(
        &caller,
        "batch.answered",
        &job,
        format!("repeated={}", accepted.repeated),
    );
    let response = (
        StatusCode::ACCEPTED,
        axum::Json(Acknowledged { batch: job.clone() }),
    );
    let response = with_header(
        response.into_response(),
        header::LOCATION,
        &format!("/v1/batches/{job}"),
    );
    // The body stays that of the first time; only a header tells.
    let response = match accepted.repeated {
        true => with_header(response, REPEATED, "true"),
        false => response,
    };
    app.tell_response(about, response).await
}

/// The batches of an agency, newest first.
#[utoipa::path(get, path = "/v1/batches", tag = "batches", params(Listing), responses((status = 200, body = Vec<Batch>)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(listing): Query<Listing>,
) -> Told {
    let agency = credit_code("#/query/agency", &listing.agency)?;
    let before = listing.before.as_deref().map(batch_id).transpose()?;
    let actor = caller.subject().actor();
    let jobs = app.registry().batches();
    let jobs = jobs
        .of_agency(&agency, before, MOST, actor, clock::now())
        .await?;
    let next = (jobs.len() == MOST as usize).then(|| jobs.last()).flatten();
    let link = next.map(|last| {
        format!(
            "</v1/batches?agency={agency}&before={}>; rel=\"next\"",
            last.job
        )
    });
    let lines: Vec<Batch> = jobs
        .into_iter()
        .map(|JobLine { job, progress }| batch(job, progress))
        .collect();
    let about = About::by(
        &caller,
        "batch.listed",
        agency.as_str(),
        format!("count={}", lines.len()),
    );
    let mut response = axum::Json(lines).into_response();
    if let Some(link) = link {
        response = with_header(response, header::LINK, &link);
    }
    app.tell_response(about, response).await
}

/// A batch as it stands.
#[utoipa::path(get, path = "/v1/batches/{batch}", tag = "batches", params(("batch" = String, Path)),
    responses((status = 200, body = Batch), (status = 404)))]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
) -> Told {
    let job = own(&app, &caller, &name).await?;
    let progress = app.registry().batches().progress(job).await?;
    let about = About::by(&caller, "batch.read", &name, String::new());
    app.tell(about, StatusCode::OK, &batch(job, progress)).await
}

/// Ends a batch before its time; what was issued stays issued.
#[utoipa::path(post, path = "/v1/batches/{batch}/cancel", tag = "batches", params(("batch" = String, Path)),
    responses((status = 200, body = Batch), (status = 404), (status = 409)))]
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
) -> Told {
    let job = own(&app, &caller, &name).await?;
    let batches = app.registry().batches();
    batches
        .cancel(job, caller.subject().actor(), clock::now())
        .await?;
    let progress = batches.progress(job).await?;
    let about = About::by(&caller, "batch.answered", &name, "cancelled".to_owned());
    app.tell(about, StatusCode::OK, &batch(job, progress)).await
}

/// A batch as it goes on: one event for each change, until it is over (server-sent events).
#[utoipa::path(get, path = "/v1/batches/{batch}/events", tag = "batches", params(("batch" = String, Path)),
    responses((status = 200, content_type = "text/event-stream", body = Batch), (status = 404)))]
pub(crate) async fn events(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
) -> Told {
    let job = own(&app, &caller, &name).await?;
    let hold = app.watchers.take(caller.subject().actor())?;
    let about = About::by(&caller, "batch.watched", &name, String::new());
    let shared = Arc::clone(&app);
    let events = futures_util::stream::unfold(Watch::new(shared, caller, job, hold), Watch::next);
    let response = Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response();
    app.tell_response(about, response).await
}

/// Where a watcher of a batch is.
struct Watch {
    app: Arc<App>,
    caller: Caller,
    job: Id,
    last: Option<Progress>,
    looked: Instant,
    _hold: Hold,
}

impl Watch {
    fn new(app: Arc<App>, caller: Caller, job: Id, hold: Hold) -> Self {
        Self {
            app,
            caller,
            job,
            last: None,
            looked: Instant::now(),
            _hold: hold,
        }
    }

    /// The next change; ends with the batch, with the service, and with the key of who watches.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        if self.last.as_ref().is_some_and(Progress::is_over) {
            return None;
        }
        loop {
            if self.looked.elapsed() >= LOOK {
                self.caller.still_stands(&self.app).await.ok()?;
                self.looked = Instant::now();
            }
            let progress = self
                .app
                .registry()
                .batches()
                .progress(self.job)
                .await
                .ok()?;
            if self.last.as_ref() != Some(&progress) {
                let event = Event::default()
                    .event("progress")
                    .json_data(batch(self.job, progress.clone()))
                    .ok()?;
                self.last = Some(progress);
                return Some((Ok(event), self));
            }
            let mut stopping = self.app.stopping.clone();
            tokio::select! {
                () = tokio::time::sleep(GLANCE) => {}
                () = stopped(&mut stopping) => return None,
            }
        }
    }
}

/// The job of an address, if the caller may see it; what is foreign is as if it were not there.
pub(super) async fn own(app: &App, caller: &Caller, name: &str) -> Result<Id, Refusal> {
    let job = batch_id(name)?;
    let actor = caller.subject().actor();
    app.registry()
        .batches()
        .may_watch(job, actor, clock::now())
        .await?;
    Ok(job)
}

pub(super) fn batch_id(name: &str) -> Result<Id, Refusal> {
    name.parse().map_err(|()| Refusal::not_found())
}

fn batch(job: Id, progress: Progress) -> Batch {
    let state = match progress.state {
        JobState::Accepted => "accepted",
        JobState::Running => "running",
        JobState::InReview => "in_review",
        JobState::Done => "done",
        JobState::Failed => "failed",
        JobState::Cancelled => "cancelled",
    };
    Batch {
        batch: job.to_string(),
        state: state.to_owned(),
        over: progress.is_over(),
        fault: progress.fault.map(Said::from),
        issued: progress.issued,
        existing: progress.existing,
        refused: progress.refused,
    }
}

/// 1 to 128 visible ASCII characters; a structured-field string's quotes are taken off.
fn idempotency_key(headers: &HeaderMap) -> Result<String, Refusal> {
    let mut values = headers.get_all("idempotency-key").iter();
    let key = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().unwrap_or("").trim().trim_matches('"'),
        _ => "",
    };
    if (1..=128).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(key.to_owned());
    }
    Err(Refusal::new(
        StatusCode::BAD_REQUEST,
        "idempotency_key",
        "须带一个 Idempotency-Key 请求头：1 至 128 个可见 ASCII 字符，每次新推送用新值，重试用原值",
        "send one header Idempotency-Key of 1 to 128 visible ASCII characters: a new one for each push, the same for a repeat",
    ))
}

fn format(headers: &HeaderMap) -> Result<RowFormat, Refusal> {
    let media = headers.get(header::CONTENT_TYPE);
    let media = media.and_then(|value| value.to_str().ok()).unwrap_or("");
    let (media, parameters) = media.split_once(';').unwrap_or((media, ""));
    let charset = parameters
        .trim()
        .strip_prefix("charset=")
        .map(str::to_ascii_lowercase);
    match (media.trim(), charset.as_deref()) {
        ("application/x-ndjson", None | Some("utf-8")) => Ok(RowFormat::Ndjson),
        ("text/csv", None) => Ok(RowFormat::Csv(None)),
        ("text/csv", Some("utf-8")) => Ok(RowFormat::Csv(Some(Encoding::Utf8))),
        ("text/csv", Some("gb18030" | "gbk" | "gb2312")) => {
            Ok(RowFormat::Csv(Some(Encoding::Gb18030)))
        }
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", None) => {
            Ok(RowFormat::Xlsx)
        }
        _ => Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media_type",
            "Content-Type 应为 application/x-ndjson、text/csv（可带 charset=utf-8 或 gb18030）或 xlsx 的类型",
            "Content-Type must be application/x-ndjson, text/csv (with charset=utf-8 or gb18030 if known), or that of xlsx",
        )),
    }
}

/// SHA-256 of `Content-Digest` (RFC 9530), if one is given.
fn content_digest(headers: &HeaderMap) -> Result<Option<[u8; 32]>, Refusal> {
    let Some(value) = headers.get("content-digest") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or("");
    let member = text
        .split(',')
        .find_map(|member| member.trim().strip_prefix("sha-256=:")?.strip_suffix(':'));
    let digest = member.and_then(|text| STANDARD.decode(text).ok());
    let digest = digest.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    digest.map(Some).ok_or_else(|| {
        Refusal::malformed(
            "Content-Digest 应含 sha-256=:base64:（RFC 9530）",
            "Content-Digest must hold sha-256=:base64: (RFC 9530)",
        )
    })
}
