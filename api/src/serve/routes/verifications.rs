//! Verification by units: of a file, or of what a caller has of a certificate; one or many. One set of rules and codes.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use registry::certificates::{HolderKind, Identifier, Key, PrintedCode, Record};
use registry::grants::{BusinessNumber, Permit, Purpose, TermFault};
use serde::{Deserialize, Serialize};
use verifier::inspect::inspect;
use verifier::verdict::Asker;
use verifier::{Asked, Budgets, FileReport, Verdict, examine, judge};

use super::{credit_code, type_code};
use crate::clock;
use crate::facts;
use crate::serve::answer::{About, Told, raw};
use crate::serve::app::App;
use crate::serve::body::{self, Json, Query};
use crate::serve::caller::Caller;
use crate::serve::examiner::{Claimed, Judged};
use crate::serve::refusal::Refusal;

/// Longest file that is examined here, in bytes.
pub(crate) const FILE_BYTES: usize = 32 << 20;
/// Files of known callers up to this many bytes and objects are read by the service itself.
const NEAR_BYTES: usize = 1 << 20;
const NEAR_OBJECTS: usize = 20_000;
/// Questions of one call, and bytes of its body.
const MANY: usize = 10_000;
const MANY_BYTES: usize = 8 << 20;

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

/// What a caller has of a certificate: one of identifier, printed code, digest of the file, or number.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sought {
    /// Identifier (GB/T 36904).
    identifier: Option<String>,
    /// The code under the QR code.
    printed_code: Option<String>,
    /// SHA-256 of the whole file, hexadecimal.
    sha256: Option<String>,
    /// Type, agency and printed number; asked together with the holder.
    number: Option<Number>,
    /// The holder as the caller knows them; where they differ, the answer is `unknown`.
    holder: Option<Holder>,
}

impl Sought {
    /// By the code under the QR code.
    pub(super) fn by_printed_code(code: String) -> Self {
        Self {
            printed_code: Some(code),
            ..Self::default()
        }
    }

    /// By identifier.
    pub(super) fn by_identifier(identifier: String) -> Self {
        Self {
            identifier: Some(identifier),
            ..Self::default()
        }
    }
}

/// A printed number, unique within agency and type.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Number {
    /// Type code.
    r#type: String,
    /// Credit code of the issuing agency.
    agency: String,
    /// As printed.
    number: String,
}

/// Who holds a certificate.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Holder {
    /// Kind of the code, such as `111`.
    kind: String,
    /// The code.
    code: String,
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
    let untrusted = body::whole(request.into_body(), FILE_BYTES).await?;
    let at = terms.at.unwrap_or_else(clock::now);
    let judged = of_file(&app, untrusted, &permit, at).await?;
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
        .map(<[u8]>::to_vec)
        .filter(|line| !line.trim_ascii().is_empty())
        .collect();
    if lines.len() > MANY {
        return Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_many",
            format!("一次最多 {MANY} 条；请分批"),
            format!("at most {MANY} questions a call; split them"),
        ));
    }
    let at = terms.at.unwrap_or_else(clock::now);
    // On record before the first answer leaves, with how many were asked.
    let about = about(
        &caller,
        &permit,
        "many",
        &format!("questions={}", lines.len()),
    );
    let shared = Arc::clone(&app);
    let answers = futures_util::stream::unfold(
        (lines.into_iter().enumerate(), shared, permit),
        move |(mut lines, app, permit)| async move {
            let (at_line, line) = lines.next()?;
            let answer = answer_line(&app, at_line + 1, &line, &permit, at).await;
            let mut text = serde_json::to_vec(&answer).unwrap_or_default();
            text.push(b'\n');
            Some((
                Ok::<_, std::convert::Infallible>(text),
                (lines, app, permit),
            ))
        },
    );
    let response = raw("application/x-ndjson", Body::from_stream(answers));
    app.tell_response(about, response).await
}

async fn answer_line(
    app: &App,
    line: usize,
    text: &[u8],
    permit: &Permit,
    at: Timestamp,
) -> LineAnswer {
    let answered = match body::parse::<Sought>(text) {
        Ok(sought) => of_sought(app, &sought, permit, at, "").await,
        Err(refused) => Err(refused),
    };
    let (verdict, problem) = match answered {
        Ok(found) => (Some(found.verdict), None),
        Err(refused) => {
            let (code, zh, en) = refused.into_words();
            (None, Some(LineProblem { code, zh, en }))
        }
    };
    LineAnswer {
        line,
        verdict,
        problem,
    }
}

/// A verdict, and what it was about as the audit names it.
pub(super) struct Found {
    pub(super) verdict: Verdict,
    pub(super) object: String,
}

/// The verdict on what is on record under what a caller has.
pub(super) async fn of_sought(
    app: &App,
    sought: &Sought,
    permit: &Permit,
    at: Timestamp,
    pointer: &str,
) -> Result<Found, Refusal> {
    let record = find(app, sought, pointer).await?;
    let object = record.as_ref().map_or("none".to_owned(), Record::name);
    let asker = asker(permit);
    let known_at = clock::now();
    let facts = facts::of_record(app.registry(), record, asker, at, known_at).await?;
    Ok(Found {
        verdict: judge(Asked::Record, &facts),
        object,
    })
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

async fn find(app: &App, sought: &Sought, pointer: &str) -> Result<Option<Record>, Refusal> {
    let given = [
        sought.identifier.is_some(),
        sought.printed_code.is_some(),
        sought.sha256.is_some(),
        sought.number.is_some(),
    ];
    if given.into_iter().filter(|given| *given).count() != 1 {
        return Err(Refusal::value(
            pointer,
            "identifier、printed_code、sha256、number 四者须且只须给出一项",
            "give exactly one of identifier, printed_code, sha256 and number",
        ));
    }
    let certificates = app.registry().certificates();
    let found = if let Some(text) = &sought.identifier {
        let identifier = identifier(&format!("{pointer}/identifier"), text)?;
        certificates.find(Key::Identifier(&identifier)).await?
    } else if let Some(text) = &sought.printed_code {
        let code = printed_code(&format!("{pointer}/printed_code"), text)?;
        certificates.find(Key::PrintedCode(&code)).await?
    } else if let Some(text) = &sought.sha256 {
        let digest = sha256(&format!("{pointer}/sha256"), text)?;
        certificates.find(Key::FileRevisions(&[digest])).await?
    } else if let Some(number) = &sought.number {
        let place = format!("{pointer}/number");
        if sought.holder.is_none() {
            return Err(Refusal::value(
                &format!("{pointer}/holder"),
                "按编号核验须同时给出持证主体",
                "a number is asked together with its holder",
            ));
        }
        let type_code = type_code(&format!("{place}/type"), &number.r#type)?;
        let agency = credit_code(&format!("{place}/agency"), &number.agency)?;
        let key = Key::Number {
            type_code: &type_code,
            agency: &agency,
            number: &number.number,
        };
        certificates.find(key).await?
    } else {
        None
    };
    let (Some(record), Some(holder)) = (&found, &sought.holder) else {
        return Ok(found);
    };
    let kind = HolderKind::parse(&holder.kind).map_err(|fault| {
        Refusal::value(
            &format!("{pointer}/holder/kind"),
            "没有这一证件类型代码",
            format!("there is no such kind of code: {fault}"),
        )
    })?;
    // No permit tells a wrong holder from nothing at all yet: both are the same answer.
    let held = certificates.is_held_by(record, kind, &holder.code).await?;
    Ok(found.filter(|_| held))
}

pub(super) fn identifier(pointer: &str, text: &str) -> Result<Identifier, Refusal> {
    facts::identifier(text).ok_or_else(|| {
        Refusal::value(
            pointer,
            "不是电子证照标识（GB/T 36904）；请核对",
            "is no certificate identifier (GB/T 36904); check it",
        )
    })
}

pub(super) fn printed_code(pointer: &str, text: &str) -> Result<PrintedCode, Refusal> {
    PrintedCode::parse(text).map_err(|_| {
        Refusal::value(
            pointer,
            "应为二维码下方的 16 位核验码",
            "must be the code of 16 characters under the QR code",
        )
    })
}

fn sha256(pointer: &str, text: &str) -> Result<[u8; 32], Refusal> {
    let digest = hex::decode(text)
        .ok()
        .and_then(|bytes| bytes.try_into().ok());
    digest.ok_or_else(|| {
        Refusal::value(
            pointer,
            "应为文件的 SHA-256，64 位十六进制",
            "must be the SHA-256 of the file, 64 hexadecimal digits",
        )
    })
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
