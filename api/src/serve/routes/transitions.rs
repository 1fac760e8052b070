//! Decisions about certificates: one or many, tried first, confirmed by a second person where they are a mass act.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use jiff::Timestamp;
use jiff::civil::Date;
use registry::Id;
use registry::certificates::{
    BulkAct, BulkItem, Decision, Filter, Name, Selection, StateName, TransitionKind, end_of_day,
};
use registry::persons::Role;
use registry::units::{ActingAuthority, CreditCode};
use serde::{Deserialize, Serialize};

use super::{credit_code, sha256, type_code};
use crate::clock;
use crate::serve::answer::{About, Told, with_header};
use crate::serve::app::App;
use crate::serve::body::{Json, Path, Query};
use crate::serve::caller::Caller;
use crate::serve::refusal::{Refusal, Said};

/// Certificates of one transaction, and items of one answer.
const GROUP: u32 = 500;

/// A decision about certificates.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionBody {
    /// `suspend`, `resume`, `revoke`, `cancel` or `withdraw`.
    kind: String,
    /// Identifiers (GB/T 36904), or `record:…` of stock without one.
    #[serde(default)]
    certificates: Vec<String>,
    /// All that a search finds now, in place of a list; always a mass act.
    query: Option<QueryBody>,
    /// A code of the type's list of reasons.
    reason: Option<String>,
    /// The rule; needed where it counts from an earlier instant.
    legal_basis: Option<String>,
    /// Last day of a suspension.
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Date>,
    /// From when it counts; now if left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    effective_at: Option<Timestamp>,
    /// Credit code of the agency that decided, if it is another than the caller's unit.
    authority: Option<String>,
    /// SHA-256 of the files that prove it, hexadecimal.
    #[serde(default)]
    evidence: Vec<String>,
    /// Say what would happen, and do nothing.
    #[serde(default)]
    dry_run: bool,
}

/// What to look for.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueryBody {
    /// Type code.
    r#type: String,
    /// State at this moment.
    state: Option<String>,
    /// First day of issue.
    #[schema(value_type = Option<String>, format = Date)]
    issued_from: Option<Date>,
    /// Last day of issue.
    #[schema(value_type = Option<String>, format = Date)]
    issued_to: Option<Date>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct After {
    /// Items after this place; 500 come at once, `Link` names the next.
    #[serde(default)]
    after: u64,
}

/// An act as it stands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ActBody {
    /// Its name; none for a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<String>,
    /// What was decided.
    kind: String,
    /// Whether a second person must confirm it.
    mass: bool,
    /// Whether it waits for that person.
    waits_for_second: bool,
    /// What became of each certificate.
    items: Vec<ItemBody>,
}

/// What became of a certificate.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ItemBody {
    /// As it was asked for.
    certificate: String,
    /// `waiting`, `done` (of a dry run: would be done) or `refused`.
    outcome: &'static str,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<Said>,
}

/// Decides about certificates. Up to 100 named ones are carried out at once; more, or a query, wait for a second person.
#[utoipa::path(post, path = "/v1/transitions", tag = "transitions", request_body = DecisionBody,
    responses((status = 200, body = ActBody), (status = 202, body = ActBody), (status = 422, body = crate::serve::refusal::ProblemBody)))]
pub(crate) async fn act(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(body): Json<DecisionBody>,
) -> Told {
    decides(&caller)?;
    let decision = decision(&app, &caller, &body).await?;
    let (names, type_code);
    let selection = match &body.query {
        None => {
            names = listed(&body.certificates)?;
            Selection::List(&names)
        }
        Some(_) if !body.certificates.is_empty() => {
            return Err(Refusal::value(
                "/query",
                "certificates 与 query 只能给出一项",
                "give either certificates or a query",
            ));
        }
        Some(query) => {
            type_code = self::type_code("/query/type", &query.r#type)?;
            Selection::Query(&filter(query, &type_code)?)
        }
    };
    let (actor, now) = (caller.subject().actor(), clock::now());
    let certificates = app.registry().certificates();
    if body.dry_run {
        let items = certificates
            .try_bulk(selection, &decision, actor, now)
            .await?;
        let mass = selection.is_mass(items.len());
        let about = About::by(
            &caller,
            "transition.tried",
            "none",
            format!("items={}", items.len()),
        );
        return app
            .tell(
                about,
                StatusCode::OK,
                &act_body(None, &decision, mass, false, items),
            )
            .await;
    }
    let prepared = certificates
        .prepare_bulk(selection, &decision, actor, now)
        .await?;
    if !prepared.mass {
        carry_out(&app, prepared.id).await?;
    }
    let status = match prepared.mass {
        true => StatusCode::ACCEPTED,
        false => StatusCode::OK,
    };
    answer(&app, &caller, &prepared, 0, status).await
}

/// An act as it stands.
#[utoipa::path(get, path = "/v1/transitions/{act}", tag = "transitions", params(("act" = String, Path), After),
    responses((status = 200, body = ActBody), (status = 404)))]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
    Query(query): Query<After>,
) -> Told {
    let prepared = own(&app, &caller, &name).await?;
    answer(&app, &caller, &prepared, query.after, StatusCode::OK).await
}

/// Confirms a mass act as a second person of the same unit, and carries it out; called again, it goes on.
#[utoipa::path(post, path = "/v1/transitions/{act}/confirm", tag = "transitions", params(("act" = String, Path)),
    responses((status = 200, body = ActBody), (status = 403), (status = 404)))]
pub(crate) async fn confirm(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
) -> Told {
    let prepared = own(&app, &caller, &name).await?;
    let (actor, now) = (caller.subject().actor(), clock::now());
    let certificates = app.registry().certificates();
    if prepared.second.is_none() {
        if !caller
            .subject()
            .roles()
            .any_of(&[Role::Reviewer, Role::CentreOperator])
        {
            return Err(Refusal::role_missing());
        }
        certificates.confirm_bulk(prepared.id, actor, now).await?;
    }
    carry_out(&app, prepared.id).await?;
    let prepared = certificates.bulk_act(prepared.id).await?;
    answer(&app, &caller, &prepared, 0, StatusCode::OK).await
}

/// A clerk prepares decisions; of the centre an operator does.
fn decides(caller: &Caller) -> Result<(), Refusal> {
    match caller
        .subject()
        .roles()
        .any_of(&[Role::Clerk, Role::CentreOperator])
    {
        true => Ok(()),
        false => Err(Refusal::role_missing()),
    }
}

async fn carry_out(app: &App, act: Id) -> Result<(), Refusal> {
    let certificates = app.registry().certificates();
    while !certificates
        .run_bulk(act, GROUP, clock::now())
        .await?
        .finished
    {}
    Ok(())
}

/// The act of an address, if the caller's unit prepared it.
async fn own(app: &App, caller: &Caller, name: &str) -> Result<BulkAct, Refusal> {
    let id: Id = name.parse().map_err(|()| Refusal::not_found())?;
    let prepared = app.registry().certificates().bulk_act(id).await?;
    match prepared.actor.unit == *caller.subject().unit() {
        true => Ok(prepared),
        false => Err(Refusal::not_found()),
    }
}

async fn answer(
    app: &App,
    caller: &Caller,
    prepared: &BulkAct,
    after: u64,
    status: StatusCode,
) -> Told {
    let certificates = app.registry().certificates();
    let items = certificates.bulk_items(prepared.id, after, GROUP).await?;
    let waits = prepared.mass && prepared.second.is_none();
    let name = prepared.id.to_string();
    let full = items.len() == GROUP as usize;
    let next = items.last().filter(|_| full).map(|last| {
        format!(
            "</v1/transitions/{name}?after={}>; rel=\"next\"",
            last.place
        )
    });
    let about = About::by(
        caller,
        "transition.answered",
        name.as_str(),
        format!("items={}", items.len()),
    );
    let body = act_body(Some(name), &prepared.decision, prepared.mass, waits, items);
    let mut response = (status, axum::Json(body)).into_response();
    if let Some(next) = next {
        response = with_header(response, header::LINK, &next);
    }
    app.tell_response(about, response).await
}

fn act_body(
    act: Option<String>,
    decision: &Decision,
    mass: bool,
    waits_for_second: bool,
    items: Vec<BulkItem>,
) -> ActBody {
    let items = items.into_iter().map(|item| ItemBody {
        certificate: item.asked,
        outcome: item.outcome.as_str(),
        why: Some(Said::from(item.message)).filter(|why| !why.en.is_empty()),
    });
    ActBody {
        act,
        kind: decision.kind.as_str().to_owned(),
        mass,
        waits_for_second,
        items: items.collect(),
    }
}

async fn decision(app: &App, caller: &Caller, body: &DecisionBody) -> Result<Decision, Refusal> {
    let unit: CreditCode = match &body.authority {
        Some(text) => credit_code("/authority", text)?,
        None => caller.subject().unit().clone(),
    };
    let unit = app.registry().units().of_any_kind(&unit).await?;
    let kind = match body.kind.as_str() {
        "suspend" => TransitionKind::Suspend {
            until: body.until.map(end_of_day),
        },
        "resume" => TransitionKind::Resume,
        "revoke" => TransitionKind::Revoke,
        "cancel" => TransitionKind::Cancel,
        "withdraw" => TransitionKind::Withdraw,
        _ => {
            return Err(Refusal::value(
                "/kind",
                "应为 suspend、resume、revoke、cancel、withdraw 之一",
                "is one of suspend, resume, revoke, cancel, withdraw",
            ));
        }
    };
    if body.until.is_some() && !matches!(kind, TransitionKind::Suspend { .. }) {
        return Err(Refusal::value(
            "/until",
            "只有暂停可以定截止日",
            "only a suspension has a last day",
        ));
    }
    let digest = |(at, text): (usize, &String)| sha256(&format!("/evidence/{at}"), text);
    Ok(Decision {
        kind,
        effective_at: body.effective_at,
        authority: ActingAuthority {
            code: unit.code,
            name: unit.name,
            region: unit.region,
        },
        reason: body.reason.clone(),
        legal_basis: body.legal_basis.clone(),
        evidence: body
            .evidence
            .iter()
            .enumerate()
            .map(digest)
            .collect::<Result<_, _>>()?,
    })
}

fn listed(texts: &[String]) -> Result<Vec<Name>, Refusal> {
    if texts.is_empty() {
        return Err(Refusal::value(
            "/certificates",
            "请给出证照标识，或给出 query",
            "name certificates, or give a query",
        ));
    }
    let read = |(at, text): (usize, &String)| {
        Name::parse(text).ok_or_else(|| {
            Refusal::value(
                &format!("/certificates/{at}"),
                "不是电子证照标识（GB/T 36904），也不是 record:… 登记号",
                "is no certificate identifier (GB/T 36904), nor record:…",
            )
        })
    };
    texts.iter().enumerate().map(read).collect()
}

fn filter<'a>(
    query: &QueryBody,
    type_code: &'a registry::certificates::TypeCode,
) -> Result<Filter<'a>, Refusal> {
    let state = |word: &String| {
        StateName::parse(word)
            .ok_or_else(|| Refusal::value("/query/state", "没有这一状态", "there is no such state"))
    };
    let days = (query.issued_from, query.issued_to);
    Ok(Filter {
        type_code: Some(type_code),
        state: query.state.as_ref().map(state).transpose()?,
        issued: (days != (None, None))
            .then(|| (days.0.unwrap_or(Date::MIN), days.1.unwrap_or(Date::MAX))),
        ..Filter::default()
    })
}
