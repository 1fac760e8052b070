//! What a handler returns: an answer that the audit has on record. Nothing else can be made of one.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use registry::audit::{Entry, Recorded};
use serde::Serialize;

use super::app::App;
use super::caller::Caller;
use super::refusal::Refusal;
use crate::clock;

/// An answer whose entry in the audit is durable.
#[derive(Debug)]
pub(crate) struct Answer(Recorded<Response>);

/// What every handler returns.
pub(crate) type Told = Result<Answer, Refusal>;

/// What is put on record about an answer; never a name or number of a person.
#[derive(Debug, Clone)]
pub(crate) struct About {
    /// What was asked, such as `certificate.verified`.
    pub kind: &'static str,
    /// About which object.
    pub object: String,
    /// By whom; `anonymous` for anybody.
    pub actor: String,
    /// Result, purpose and the like, as `key=value`.
    pub detail: String,
}

impl About {
    /// What a caller was told about an object.
    pub(crate) fn by(
        caller: &Caller,
        kind: &'static str,
        object: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            object: object.into(),
            actor: caller.name(),
            detail: detail.into(),
        }
    }
}

impl App {
    /// Puts an answer on record, then lets it leave as JSON.
    ///
    /// # Errors
    /// 503 where the audit cannot be written: then nothing leaves.
    pub(crate) async fn tell<T: Serialize>(
        &self,
        about: About,
        status: StatusCode,
        body: &T,
    ) -> Told {
        self.tell_response(about, (status, axum::Json(body)).into_response())
            .await
    }

    /// The same for an answer that is no JSON.
    pub(crate) async fn tell_response(&self, about: About, response: Response) -> Told {
        self.put_on_record(vec![about], response).await.map(Answer)
    }

    /// Puts each thing that an answer tells on record, in one commit; only then the answer may leave.
    ///
    /// # Errors
    /// 503 where the audit cannot be written.
    pub(crate) async fn put_on_record<T>(
        &self,
        told: Vec<About>,
        answer: T,
    ) -> Result<Recorded<T>, Refusal> {
        let at = clock::now().as_millisecond();
        let entries = told.into_iter().map(|about| Entry {
            at,
            kind: about.kind.to_owned(),
            object: about.object,
            actor: about.actor,
            detail: about.detail,
        });
        let recorded = self
            .registry()
            .audit()
            .record_all(entries.collect(), answer)
            .await;
        recorded.map_err(|error| {
            tracing::error!(%error, "the audit could not be written, so nothing was answered");
            Refusal::unanswered()
        })
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = self.0.into_answer();
        response
            .headers_mut()
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
        response
    }
}

/// An answer of text or bytes with its type.
pub(crate) fn raw(content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Sets a header whose value was made here.
pub(crate) fn with_header(mut response: Response, name: HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}
