//! Who may call what: one table, reviewed line by line. A route that is not in it is answered to nobody.
//!
//! The table says which roles reach a route. Whether an object belongs to the caller's unit the rooms below decide;
//! what is foreign is answered as what is not there.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use registry::persons::Role::{self, *};
use registry::units::UnitKind;

use super::app::App;
use super::caller::{Caller, Peer};
use super::proxy;
use super::rates::{Load, Payer, Standing};
use super::refusal::Refusal;
use crate::clock;

/// Who reaches a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Everybody, on the public listener alone.
    Anyone,
    /// Whoever is known on the extranet and has one of these roles.
    Roles(&'static [Role]),
    /// The same, of an agency or the centre alone: an organisation that is a desk, too, issues nothing as a desk.
    Issuers(&'static [Role]),
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    /// Method.
    pub method: &'static str,
    /// Path as it is routed.
    pub path: &'static str,
    /// Who reaches it.
    pub who: Who,
    /// Whose objects it is about, in words for the reviewer.
    pub scope: &'static str,
}

const fn rule(method: &'static str, path: &'static str, who: Who, scope: &'static str) -> Rule {
    Rule {
        method,
        path,
        who,
        scope,
    }
}

const EVERY: Who = Who::Roles(&Role::ALL);
const ADMINISTRATORS: Who = Who::Roles(&[UnitAdministrator, CentreOperator]);
const OVERSEERS: Who = Who::Roles(&[UnitAdministrator, CentreOperator, Supervisor, Auditor]);
const CATALOGUE: Who = Who::Roles(&[CatalogueKeeper, CatalogueReviewer, CentreOperator]);
const PUSHERS: Who = Who::Roles(&[Clerk, System]);
const WATCHERS: Who = Who::Roles(&[Clerk, System, Reviewer, CentreOperator]);
const DELIVERIES: Who = Who::Roles(&[
    UnitAdministrator,
    Clerk,
    Reviewer,
    InformationManager,
    CentreOperator,
    Supervisor,
    Auditor,
]);
const REVIEWERS: Who = Who::Issuers(&[Reviewer]);
const DECIDERS: Who = Who::Issuers(&[Clerk, Reviewer, CentreOperator]);
const VERIFIERS: Who = Who::Roles(&registry::grants::VERIFIERS);

/// Every route of the service.
#[rustfmt::skip] // a line a route
pub(crate) const TABLE: &[Rule] = &[
    // Public listener.
    rule("GET", "/health/live", Who::Anyone, "says that the process runs"),
    rule("GET", "/health/ready", Who::Anyone, "says that records can be read"),
    rule("GET", "/openapi.json", Who::Anyone, "this interface"),
    rule("GET", "/", Who::Anyone, "the page"),
    rule("GET", "/v", Who::Anyone, "the page, as QR codes open it"),
    rule("GET", "/assets/{name}", Who::Anyone, "script and style of the page"),
    rule("GET", "/anchors.pem", Who::Anyone, "trust material"),
    rule("GET", "/policy.toml", Who::Anyone, "trust material"),
    rule("GET", "/crl.pem", Who::Anyone, "trust material"),
    rule("GET", "/crl/{name}", Who::Anyone, "trust material"),
    rule("GET", "/x509/{name}", Who::Anyone, "trust material"),
    rule("GET", "/v1/catalogue", Who::Anyone, "published types and who may issue them"),
    rule("POST", "/v1/public/files", Who::Anyone, "verdict on a file in hand, no face"),
    rule("POST", "/v1/public/codes", Who::Anyone, "state and masked holder behind a printed code"),
    // Extranet.
    rule("GET", "/v1/me", EVERY, "the caller"),
    rule("POST", "/v1/me/keys", EVERY, "the caller's next key"),
    rule("GET", "/v1/units", OVERSEERS, "an administrator sees the own unit, the others all"),
    rule("GET", "/v1/units/{kind}/{code}", OVERSEERS, "an administrator: own unit"),
    rule("PUT", "/v1/units/{kind}/{code}", Who::Roles(&[CentreOperator]), "any unit"),
    rule("GET", "/v1/units/{kind}/{code}/persons", OVERSEERS, "an administrator: own unit"),
    rule("GET", "/v1/units/{kind}/{code}/persons/{account}", OVERSEERS, "an administrator: own unit"),
    rule("PUT", "/v1/units/{kind}/{code}/persons/{account}", ADMINISTRATORS, "own unit, or the centre"),
    rule("DELETE", "/v1/units/{kind}/{code}/persons/{account}", ADMINISTRATORS, "own unit, or the centre"),
    rule("POST", "/v1/units/{kind}/{code}/persons/{account}/keys", ADMINISTRATORS, "own unit, or the centre"),
    rule("DELETE", "/v1/units/{kind}/{code}/persons/{account}/keys/{key}", ADMINISTRATORS, "own unit, or the centre"),
    rule("GET", "/v1/types", EVERY, "every type"),
    rule("POST", "/v1/types", CATALOGUE, "the owner's types"),
    rule("GET", "/v1/types/{type}/versions/{version}", EVERY, "every type"),
    rule("POST", "/v1/types/{type}/versions/{version}/steps", CATALOGUE, "owner or centre, by the step"),
    rule("GET", "/v1/types/{type}/versions/{version}/changes", EVERY, "every type"),
    rule("GET", "/v1/types/{type}/versions/{version}/page", EVERY, "every type, made-up data"),
    rule("PUT", "/v1/types/{type}/rights/{agency}", Who::Roles(&[CentreOperator]), "any agency"),
    rule("GET", "/v1/types/{type}/rights/{agency}/deliverers", ADMINISTRATORS, "own agency, or the centre"),
    rule("PUT", "/v1/types/{type}/rights/{agency}/deliverers", ADMINISTRATORS, "own agency, or the centre"),
    rule("POST", "/v1/images", Who::Issuers(&[Clerk, System]), "for rows of the own unit"),
    rule("POST", "/v1/batches", PUSHERS, "for the own agency, a predecessor, or on behalf: as the centre, or named as deliverer"),
    rule("GET", "/v1/batches", WATCHERS, "batches of the own agency"),
    rule("GET", "/v1/batches/{batch}", WATCHERS, "own batches"),
    rule("GET", "/v1/batches/{batch}/rows", WATCHERS, "own batches"),
    rule("GET", "/v1/batches/{batch}/errors", WATCHERS, "own batches"),
    rule("GET", "/v1/batches/{batch}/repair", PUSHERS, "own batches, with the values of rows in error"),
    rule("GET", "/v1/batches/{batch}/events", WATCHERS, "own batches"),
    rule("GET", "/v1/batches/{batch}/files", Who::Issuers(&[Clerk, System]), "own batches"),
    rule("GET", "/v1/batches/{batch}/rows/{row}/file", Who::Issuers(&[Clerk, System]), "own batches"),
    rule("POST", "/v1/batches/{batch}/cancel", PUSHERS, "own batches"),
    rule("GET", "/v1/deliveries", DELIVERIES, "an agency its own, the others all"),
    rule("GET", "/v1/reviews", REVIEWERS, "batches of the own agency"),
    rule("GET", "/v1/batches/{batch}/reviews", REVIEWERS, "batches of the own agency"),
    rule("POST", "/v1/batches/{batch}/reviews", REVIEWERS, "batches of the own agency that others pushed"),
    rule("GET", "/v1/batches/{batch}/rows/{row}/page", REVIEWERS, "rows of the own agency that wait, faces included"),
    rule("POST", "/v1/transitions", DECIDERS, "own certificates; the centre: files made in error"),
    rule("GET", "/v1/transitions/{act}", DECIDERS, "own acts"),
    rule("POST", "/v1/transitions/{act}/confirm", DECIDERS, "own acts, another person"),
    rule("POST", "/v1/verifications", VERIFIERS, "state and verdict, no face"),
    rule("POST", "/v1/verifications/files", VERIFIERS, "verdict on a file"),
    rule("POST", "/v1/verifications/many", VERIFIERS, "up to 10,000, streamed"),
    rule("POST", "/v1/36906/{operation}", VERIFIERS, "the two verify operations"),
    rule("GET", "/v1/audit", Who::Roles(&[Supervisor, Auditor]), "the whole log"),
];

/// The table as a page (Markdown), for those who review it.
pub(crate) fn page() -> String {
    let mut page = String::from("| method | path | who | about |\n|---|---|---|---|\n");
    for rule in TABLE {
        let who = match rule.who {
            Who::Anyone => "anyone".to_owned(),
            Who::Roles(roles) if roles.len() == Role::ALL.len() => "every role".to_owned(),
            Who::Roles(roles) | Who::Issuers(roles) => {
                let words: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
                let issuers = match rule.who {
                    Who::Issuers(_) => " of an agency or the centre",
                    _ => "",
                };
                words.join(", ") + issuers
            }
        };
        let Rule {
            method,
            path,
            scope,
            ..
        } = rule;
        page.push_str(&format!("| {method} | `{path}` | {who} | {scope} |\n"));
    }
    page
}

/// The rule of a route; a `HEAD` is a `GET` without a body.
pub(crate) fn rule_of(method: &Method, path: &str) -> Option<&'static Rule> {
    let method = if method == Method::HEAD {
        "GET"
    } else {
        method.as_str()
    };
    TABLE
        .iter()
        .find(|rule| rule.method == method && rule.path == path)
}

/// Stands before every route of the extranet: who calls, and whether their roles reach.
pub(crate) async fn of_units(
    State(app): State<Arc<App>>,
    path: Option<MatchedPath>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(peer) = request.extensions().get::<Peer>().copied() else {
        return unlisted("a call without a connection");
    };
    let key = peer.key();
    let stranger = Payer::Stranger(peer.address());
    let proxies = &app.installation.settings.serve.proxies;
    let key = match proxy::key_of_call(request.headers(), key, proxies, clock::now()) {
        Ok(key) => key,
        Err(refused) => return refused.into_response(),
    };
    let caller = match Caller::of(&app, key).await {
        Ok(caller) => caller,
        Err(refused) => {
            let taken = app.rates.take(stranger, Load::Read, 1);
            return taken.err().unwrap_or(refused).into_response();
        }
    };
    let Some(path) = path else {
        return Refusal::not_found().into_response();
    };
    let load = Load::of(request.method().as_str(), path.as_str());
    let standing = app
        .rates
        .take(Payer::Unit(caller.subject().actor()), load, 1);
    let standing = match standing {
        Ok(standing) => standing,
        Err(refused) => return refused.into_response(),
    };
    match rule_of(request.method(), path.as_str()).map(|rule| rule.who) {
        Some(Who::Roles(roles)) if caller.subject().roles().any_of(roles) => {}
        Some(Who::Issuers(roles))
            if caller.subject().roles().any_of(roles)
                && matches!(caller.subject().kind(), UnitKind::Agency | UnitKind::Centre) => {}
        Some(Who::Roles(_) | Who::Issuers(_)) => return Refusal::role_missing().into_response(),
        Some(Who::Anyone) | None => return unlisted(path.as_str()),
    }
    let under_way = match app.calls.take(caller.subject().actor()) {
        Ok(under_way) => under_way,
        Err(refused) => return refused.into_response(),
    };
    request.extensions_mut().insert(caller);
    let response = next.run(request).await;
    drop(under_way);
    with_standing(response, standing)
}

/// Stands before every route of the public listener.
pub(crate) async fn of_anyone(
    State(app): State<Arc<App>>,
    path: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    if let Err(refused) = proxy::key_of_call(request.headers(), None, &[], clock::now()) {
        return refused.into_response();
    }
    let Some(path) = path else {
        return Refusal::not_found().into_response();
    };
    match rule_of(request.method(), path.as_str()).map(|rule| rule.who) {
        Some(Who::Anyone) => {}
        _ => return unlisted(path.as_str()),
    }
    // Who watches over the service asks as often as they like.
    if path.as_str().starts_with("/health/") {
        return next.run(request).await;
    }
    let Some(peer) = request.extensions().get::<Peer>().copied() else {
        return unlisted("a call without a connection");
    };
    let forwarders = &app.installation.settings.serve.forwarders;
    let address = proxy::address_of_call(request.headers(), peer.address(), forwarders);
    let load = Load::of(request.method().as_str(), path.as_str());
    match app.rates.take(Payer::Stranger(address), load, 1) {
        Ok(standing) => with_standing(next.run(request).await, standing),
        Err(refused) => refused.into_response(),
    }
}

/// Says beside an answer what is left of the caller's budget.
fn with_standing(mut response: Response, standing: Option<Standing>) -> Response {
    if let Some(standing) = standing {
        standing.write(response.headers_mut());
    }
    response
}

fn unlisted(path: &str) -> Response {
    tracing::error!(
        path,
        "a route is not in the table of access, so it is answered to nobody"
    );
    Refusal::not_found().into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Served beside the described routes.
    const UNDESCRIBED: [&str; 4] = ["GET /", "GET /v", "GET /assets/{name}", "GET /openapi.json"];

    #[test]
    fn every_route_is_in_the_table_and_every_line_is_a_route() {
        let described = serde_json::to_value(super::super::router::openapi()).unwrap();
        let mut routed: BTreeSet<String> = UNDESCRIBED.map(str::to_owned).into();
        for (path, item) in described["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                routed.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
        let listed: BTreeSet<String> = TABLE
            .iter()
            .map(|rule| format!("{} {}", rule.method, rule.path))
            .collect();
        assert_eq!(routed, listed);
        assert_eq!(TABLE.len(), listed.len(), "a route stands twice");
    }

    #[test]
    fn the_reviewed_page_is_the_table() {
        let reviewed = include_str!("../../../docs/access.md");
        assert!(
            reviewed.ends_with(&page()),
            "docs/access.md differs; `yinxin serve --routes` prints:\n{}",
            page()
        );
    }
}
