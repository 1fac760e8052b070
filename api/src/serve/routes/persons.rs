//! Persons and systems under a unit: registered, given keys and ended by the unit's administrator or the centre.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use keys::ca::{ClientRequest, issue_client};
use registry::persons::{EnrolledKey, KeyDigest, Person, Role, Roles, RolesFault};
use registry::units::{Actor, CreditCode, UnitKind};
use serde::{Deserialize, Serialize};

use super::{account, credit_code, unit_kind};
use crate::clock;
use crate::installation::off_the_runtime;
use crate::problem::Problem;
use crate::serve::answer::{About, Told};
use crate::serve::app::App;
use crate::serve::body::{Json, Path};
use crate::serve::caller::{Caller, key_digest};
use crate::serve::editions::{IfMatch, tagged};
use crate::serve::refusal::Refusal;

/// Days for which a person's X.509 is good.
pub(crate) const DAYS: u16 = 365;

/// A person under a unit.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PersonLine {
    /// Account; no personal name.
    account: String,
    /// What they may be.
    roles: Vec<&'static str>,
    /// Since when they act no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
    /// Their keys, oldest first.
    keys: Vec<KeyLine>,
}

/// A key of a person.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct KeyLine {
    /// SHA-256 of its SubjectPublicKeyInfo, hexadecimal.
    key: String,
    /// End of its X.509.
    not_after: String,
    /// Since when it counts no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
}

/// Roles for a person.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RolesBody {
    /// Such as `clerk`, `reviewer`, `desk_officer`.
    roles: Vec<String>,
}

/// A request for an X.509.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    /// PKCS#10 in PEM; the key stays with the person.
    pub request: String,
}

/// A key that was enrolled.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Enrolled {
    /// SHA-256 of its SubjectPublicKeyInfo, hexadecimal.
    pub key: String,
    /// The X.509 in PEM, followed by that of the issuing authority.
    pub x509: String,
    /// Its end.
    pub not_after: String,
}

/// Why a key is ended.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EndReason {
    /// Lost, or known to others.
    Lost,
    /// A newer one took its place.
    Renewed,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndQuery {
    /// `lost` or `renewed`.
    reason: EndReason,
}

/// The persons of a unit and their keys.
#[utoipa::path(get, path = "/v1/units/{kind}/{code}/persons", tag = "persons",
    params(("kind" = String, Path), ("code" = String, Path)), responses((status = 200, body = Vec<PersonLine>), (status = 404)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((kind, code)): Path<(String, String)>,
) -> Told {
    let (kind, unit) = (unit_kind(&kind)?, credit_code("#/path/code", &code)?);
    if !oversees(&caller, &unit, kind) {
        return Err(Refusal::not_found());
    }
    let persons = app.registry().persons();
    let mut lines = Vec::new();
    for person in persons.list(&unit, kind).await? {
        let keys = persons.keys(&person.actor, kind).await?;
        lines.push(line(&person, &keys));
    }
    let detail = format!("kind={} count={}", kind.as_str(), lines.len());
    let about = About::by(&caller, "person.listed", unit.to_string(), detail);
    app.tell(about, StatusCode::OK, &lines).await
}

/// One person of a unit and their keys.
#[utoipa::path(get, path = "/v1/units/{kind}/{code}/persons/{account}", tag = "persons",
    params(("kind" = String, Path), ("code" = String, Path), ("account" = String, Path)),
    responses((status = 200, body = PersonLine, headers(("ETag" = String))), (status = 404)))]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((kind, code, name)): Path<(String, String, String)>,
) -> Told {
    let (kind, unit) = (unit_kind(&kind)?, credit_code("#/path/code", &code)?);
    if !oversees(&caller, &unit, kind) {
        return Err(Refusal::not_found());
    }
    let actor = account(unit, &name)?;
    let persons = app.registry().persons();
    let person = persons.find(&actor, kind).await?;
    let person = person.ok_or_else(Refusal::not_found)?;
    let keys = persons.keys(&actor, kind).await?;
    let about = About::by(&caller, "person.read", actor.to_string(), String::new());
    app.tell_response(about, shown(&person, &keys)).await
}

/// Registers a person, or gives other roles.
#[utoipa::path(put, path = "/v1/units/{kind}/{code}/persons/{account}", tag = "persons",
    params(("kind" = String, Path), ("code" = String, Path), ("account" = String, Path),
        ("If-Match" = Option<String>, Header, description = "the ETag that was read; 412 where it differs")),
    request_body = RolesBody, responses((status = 200, body = PersonLine, headers(("ETag" = String))), (status = 404),
        (status = 412, body = crate::serve::refusal::ProblemBody)))]
pub(crate) async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((kind, code, name)): Path<(String, String, String)>,
    IfMatch(expected): IfMatch,
    Json(body): Json<RolesBody>,
) -> Told {
    let (actor, kind) = administered(&caller, &kind, &code, &name)?;
    let roles = Roles::parse(body.roles.iter().map(String::as_str), kind).map_err(roles_fault)?;
    let person = Person {
        actor,
        kind,
        roles,
        ended: None,
    };
    let by = caller.subject().actor();
    let persons = app.registry().persons();
    persons
        .register_if(&person, &expected, by, clock::now())
        .await?;
    let keys = persons.keys(&person.actor, kind).await?;
    let about = About::by(
        &caller,
        "person.answered",
        person.actor.to_string(),
        String::new(),
    );
    app.tell_response(about, shown(&person, &keys)).await
}

/// Ends a person and all their keys, at once.
#[utoipa::path(delete, path = "/v1/units/{kind}/{code}/persons/{account}", tag = "persons",
    params(("kind" = String, Path), ("code" = String, Path), ("account" = String, Path),
        ("If-Match" = Option<String>, Header, description = "the ETag that was read; 412 where it differs")),
    responses((status = 200), (status = 404), (status = 412, body = crate::serve::refusal::ProblemBody)))]
pub(crate) async fn end(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((kind, code, name)): Path<(String, String, String)>,
    IfMatch(expected): IfMatch,
) -> Told {
    let (actor, kind) = administered(&caller, &kind, &code, &name)?;
    let by = caller.subject().actor();
    app.registry()
        .persons()
        .end_if(&actor, kind, &expected, by, clock::now())
        .await?;
    let about = About::by(
        &caller,
        "person.answered",
        actor.to_string(),
        "ended".to_owned(),
    );
    app.tell(
        about,
        StatusCode::OK,
        &serde_json::json!({ "ended": actor.to_string() }),
    )
    .await
}

/// Enrols a key of a person: from their request to an X.509.
#[utoipa::path(post, path = "/v1/units/{kind}/{code}/persons/{account}/keys", tag = "persons",
    params(("kind" = String, Path), ("code" = String, Path), ("account" = String, Path)),
    request_body = Request, responses((status = 201, body = Enrolled), (status = 404), (status = 409)))]
pub(crate) async fn enrol(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((kind, code, name)): Path<(String, String, String)>,
    Json(request): Json<Request>,
) -> Told {
    let (actor, kind) = administered(&caller, &kind, &code, &name)?;
    enrol_key(&app, &caller, actor, kind, &request).await
}

/// Ends one key: the next call under it is refused, on open connections and resumed sessions too.
#[utoipa::path(delete, path = "/v1/units/{kind}/{code}/persons/{account}/keys/{key}", tag = "persons",
    params(("kind" = String, Path), ("code" = String, Path), ("account" = String, Path), ("key" = String, Path), EndQuery),
    responses((status = 200), (status = 404)))]
pub(crate) async fn end_key(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((kind, code, name, key)): Path<(String, String, String, String)>,
    crate::serve::body::Query(query): crate::serve::body::Query<EndQuery>,
) -> Told {
    let (actor, kind) = administered(&caller, &kind, &code, &name)?;
    let digest = hex::decode(&key)
        .ok()
        .and_then(|bytes| bytes.try_into().ok());
    let digest = KeyDigest(digest.ok_or_else(Refusal::not_found)?);
    let persons = app.registry().persons();
    let own = persons.keys(&actor, kind).await?;
    if !own.iter().any(|enrolled| enrolled.key == digest) {
        return Err(Refusal::not_found());
    }
    let reason = match query.reason {
        EndReason::Lost => "lost",
        EndReason::Renewed => "renewed",
    };
    let by = caller.subject().actor();
    persons.end_key(digest, reason, by, clock::now()).await?;
    let about = About::by(
        &caller,
        "person.answered",
        actor.to_string(),
        format!("key={key} reason={reason}"),
    );
    app.tell(about, StatusCode::OK, &serde_json::json!({ "ended": key }))
        .await
}

/// From a request to an enrolled key with its X.509.
pub(super) async fn enrol_key(
    app: &App,
    caller: &Caller,
    person: Actor,
    kind: UnitKind,
    request: &Request,
) -> Told {
    let by = caller.subject().actor();
    let enrolled = enrol_on_record(&app.installation, &person, kind, &request.request, by).await?;
    let about = About::by(
        caller,
        "person.answered",
        person.to_string(),
        format!("key={}", enrolled.key),
    );
    app.tell(about, StatusCode::CREATED, &enrolled).await
}

/// The same without HTTP, for the first operator and the command line of the centre.
pub(crate) async fn enrol_on_record(
    installation: &crate::installation::Installation,
    person: &Actor,
    kind: UnitKind,
    pem: &str,
    by: &Actor,
) -> Result<Enrolled, Problem> {
    let request = ClientRequest::parse(pem)?;
    let digest = key_digest(request.public_key());
    let unit = installation
        .registry
        .units()
        .find(&person.unit, kind)
        .await?;
    let organisation: String = unit
        .map(|unit| unit.name)
        .unwrap_or_default()
        .chars()
        .take(64)
        .collect();
    let subject = keys::ca::Subject::new(&organisation, person.person.as_str())?;
    let (keys, log) = (
        Arc::clone(&installation.keys),
        Arc::clone(&installation.log),
    );
    let address = installation.settings.public_url.clone();
    let now = clock::now();
    let (own, authority) = off_the_runtime(move || {
        issue_client(&keys, &request, &subject, DAYS, Some(&address), now, &*log)
    })
    .await?;
    let key = EnrolledKey {
        key: digest,
        serial: hex::encode(own.serial()),
        not_after: own.not_after(),
        ended: None,
    };
    let persons = installation.registry.persons();
    persons.enrol(person, kind, &key, by, now).await?;
    Ok(Enrolled {
        key: hex::encode(digest.0),
        x509: own.pem() + &authority.pem(),
        not_after: own.not_after().to_string(),
    })
}

/// The person of an address, if the caller administers their unit; what is foreign is as if it were not there.
fn administered(
    caller: &Caller,
    kind: &str,
    code: &str,
    name: &str,
) -> Result<(Actor, UnitKind), Refusal> {
    let kind = unit_kind(kind)?;
    let unit: CreditCode = credit_code("#/path/code", code)?;
    if !caller.subject().administers(&unit, kind) {
        return Err(Refusal::not_found());
    }
    Ok((account(unit, name)?, kind))
}

/// Whether the caller may see the persons of a unit.
fn oversees(caller: &Caller, unit: &CreditCode, kind: UnitKind) -> bool {
    let overseers = [Role::CentreOperator, Role::Supervisor, Role::Auditor];
    caller.subject().roles().any_of(&overseers) || caller.subject().administers(unit, kind)
}

/// A person with the edition that stands on record.
fn shown(person: &Person, keys: &[EnrolledKey]) -> Response {
    let response = axum::Json(line(person, keys)).into_response();
    tagged(response, person.edition())
}

fn roles_fault(fault: RolesFault) -> Refusal {
    Refusal::value("/roles", fault.zh(), fault.to_string())
}

fn line(person: &Person, keys: &[EnrolledKey]) -> PersonLine {
    PersonLine {
        account: person.actor.person.as_str().to_owned(),
        roles: person.roles.iter().map(|role| role.as_str()).collect(),
        ended: person.ended.map(|at| at.to_string()),
        keys: keys
            .iter()
            .map(|key| KeyLine {
                key: hex::encode(key.key.0),
                not_after: key.not_after.to_string(),
                ended: key.ended.map(|at| at.to_string()),
            })
            .collect(),
    }
}
