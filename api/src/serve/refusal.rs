//! Problems of HTTP (RFC 9457). They exist here alone: the rooms below say what is wrong, this says it to a client.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::rates::Standing;
use crate::problem::Problem;

/// A refusal on its way to a client.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    zh: String,
    en: String,
    errors: Vec<At>,
    /// Seconds until it may be tried again, and what is left until then.
    wait: Option<Box<(u64, Standing)>>,
}

/// One thing wrong in a body, by its place.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct At {
    /// JSON Pointer (RFC 6901) into the request's body; `#/query/…` for a parameter.
    pub pointer: String,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// What is wrong.
    pub en: String,
}

/// One thing said in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Said {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl From<registry::Sentence> for Said {
    fn from(said: registry::Sentence) -> Self {
        Self {
            zh: said.zh,
            en: said.en,
        }
    }
}

/// The body of a problem, `application/problem+json`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ProblemBody {
    /// `urn:yinxin:problem:` and the code.
    r#type: String,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// Stable machine name.
    code: &'static str,
    /// What happened, why, what to do.
    detail: String,
    /// The same in Chinese.
    detail_zh: String,
    /// Where in the body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<At>,
}

impl Refusal {
    /// A refusal in both languages.
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code,
            zh: zh.into(),
            en: en.into(),
            errors: Vec::new(),
            wait: None,
        }
    }

    /// What the client sent cannot be read.
    pub(crate) fn malformed(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", zh, en)
    }

    /// A value that is not what its place demands.
    pub(crate) fn value(pointer: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        let (zh, en) = (zh.into(), en.into());
        let mut refusal = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "value",
            format!("{pointer}：{zh}"),
            format!("{pointer}: {en}"),
        );
        refusal.errors.push(At {
            pointer: pointer.to_owned(),
            zh,
            en,
        });
        refusal
    }

    /// Nothing there, or nothing that this caller may know of: one body for both.
    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "没有该对象，或您的单位无权查看；请核对地址与标识",
            "there is no such thing, or your unit may not see it; check address and identifier",
        )
    }

    /// The audit could not be written, so the answer stays here. What was asked may have been done.
    pub(crate) fn unanswered() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unanswered",
            "审计记录无法写入，故不予答复；所办事项可能已生效，请查询后再重试",
            "the audit cannot be written, so nothing is answered; what was asked may have been done: \
             look, then try again",
        )
    }

    /// A file that cannot be read within the bounds of time and memory.
    pub(crate) fn not_examined() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "file_not_examined",
            "该文件无法在规定的时间和内存内检查完毕；请取得原始文件后再试，或按证照编号核验",
            "the file cannot be examined within the bounds of time and memory; \
             get the original file, or verify by identifier",
        )
    }

    /// More calls than one caller may make.
    pub(crate) fn too_often(standing: Standing, wait: u64) -> Self {
        let quota = standing.quota();
        let refusal = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_often",
            format!("调用过于频繁：每分钟至多 {quota} 次；请在 {wait} 秒后重试"),
            format!("too many calls: at most {quota} a minute; try again in {wait} seconds"),
        );
        Self {
            wait: Some(Box::new((wait, standing))),
            ..refusal
        }
    }

    /// The caller's roles do not reach.
    pub(crate) fn role_missing() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "role_missing",
            "您的角色不能办理此项；请由本单位管理员授予相应角色",
            "none of your roles allows this; ask your unit's administrator for the role",
        )
    }

    /// A page that cannot be shown: what was asked for is to blame where it cannot be laid out.
    pub(crate) fn not_laid_out(pointer: &str, problem: Problem) -> Self {
        match problem {
            Problem::Signer(error) => Self::value(pointer, error.zh(), error.to_string()),
            other => other.into(),
        }
    }

    /// Code and both sentences, for answers that carry several.
    pub(crate) fn into_words(self) -> (&'static str, String, String) {
        (self.code, self.zh, self.en)
    }
}

/// Where an answer has begun to leave, what goes wrong breaks it off: the client sees that it is not whole.
impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code)
    }
}

impl std::error::Error for Refusal {}

impl From<registry::Error> for Refusal {
    fn from(error: registry::Error) -> Self {
        let registry::Error::Refused { code, zh, en } = error else {
            return ours(&error);
        };
        match code {
            "unknown_job"
            | "unknown_certificate"
            | "unknown_bulk_act"
            | "not_your_batch"
            | "unknown_person"
            | "unknown_key"
            | "unknown_type" => Self::not_found(),
            _ => Self::new(status_of(code), code, zh, en),
        }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Registry(error) => error.into(),
            Problem::Keys(error) => error.into(),
            Problem::Usage { zh, en } => Self::malformed(zh, en),
            other => ours(&other),
        }
    }
}

/// An examiner broke: the file was too much for it.
impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind::{BrokenPipe, TimedOut, UnexpectedEof};
        match error.kind() {
            TimedOut | UnexpectedEof | BrokenPipe => {
                tracing::warn!(%error, "a file was too much for its examiner");
                Self::not_examined()
            }
            // No examiner could be had: the file is not to blame.
            _ => ours(&error),
        }
    }
}

impl From<keys::Error> for Refusal {
    fn from(error: keys::Error) -> Self {
        match error {
            keys::Error::Argument(said) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "argument",
                said.zh,
                said.en,
            ),
            other => ours(&other),
        }
    }
}

/// The service is at fault; what exactly stands in its log and not in the answer.
fn ours(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "a call failed");
    Refusal::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "unavailable",
        "服务暂时无法办理，未作任何改动；请稍后重试，仍不行请联系认证中心",
        "the service cannot do this at the moment, and nothing was changed; \
         try again shortly, then call the certification centre",
    )
}

fn status_of(code: &str) -> StatusCode {
    match code {
        "not_the_centre"
        | "not_your_agency"
        | "not_your_certificate"
        | "not_your_type"
        | "role_missing"
        | "other_unit"
        | "own_rows"
        | "same_person" => StatusCode::FORBIDDEN,
        "step_refused"
        | "transition_refused"
        | "type_under_way"
        | "job_not_free"
        | "job_ended"
        | "not_in_review"
        | "already_confirmed"
        | "second_person_needed"
        | "key_enrolled" => StatusCode::CONFLICT,
        "precondition_failed" => StatusCode::PRECONDITION_FAILED,
        "body_too_long" | "body_too_large" | "image_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "spool_full" | "images_full" => StatusCode::INSUFFICIENT_STORAGE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = ProblemBody {
            r#type: format!("urn:yinxin:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Problem"),
            status: self.status.as_u16(),
            code: self.code,
            detail: self.en,
            detail_zh: self.zh,
            errors: self.errors,
        };
        let mut response = (self.status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(held) = self.wait {
            let (wait, standing) = *held;
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
            standing.write(headers);
        } else if matches!(
            self.status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
        ) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}
