//! The table of contents: every route by noun, on its listener, with what stands before all of them.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access;
use super::app::App;
use super::metrics::Metrics;
use super::refusal::Refusal;
use super::routes::{
    audit, batch_errors, batch_files, batch_rows, batches, deliverers, deliveries, gb36906, health,
    images, me, page, persons, public, reviews, rights, transitions, trust, types, units,
    verifications,
};

/// yinxin (印信): electronic certificates (电子证照), sealed in bulk and verified point to point.
#[derive(OpenApi)]
#[openapi(info(title = "yinxin", license(name = "Apache-2.0")))]
struct Interface;

fn of_anyone() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(Interface::openapi())
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(trust::anchors))
        .routes(routes!(trust::policy))
        .routes(routes!(trust::crls))
        .routes(routes!(trust::crl))
        .routes(routes!(trust::x509))
        .routes(routes!(trust::catalogue))
        .routes(routes!(public::file))
        .routes(routes!(public::code))
}

fn of_units() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(me::get))
        .routes(routes!(me::renew_key))
        .routes(routes!(units::list))
        .routes(routes!(units::get, units::put))
        .routes(routes!(persons::list))
        .routes(routes!(persons::get, persons::put, persons::end))
        .routes(routes!(persons::enrol))
        .routes(routes!(persons::end_key))
        .routes(routes!(types::list, types::import))
        .routes(routes!(types::get))
        .routes(routes!(types::step))
        .routes(routes!(types::changes))
        .routes(routes!(types::page))
        .routes(routes!(rights::authorise))
        .routes(routes!(batches::push, batches::list))
        .routes(routes!(batches::get))
        .routes(routes!(batches::cancel))
        .routes(routes!(batches::events))
        .routes(routes!(batch_rows::rows))
        .routes(routes!(batch_errors::errors))
        .routes(routes!(batch_errors::repair))
        .routes(routes!(batch_files::files))
        .routes(routes!(batch_files::file))
        .routes(routes!(images::put))
        .routes(routes!(deliverers::list, deliverers::put))
        .routes(routes!(deliveries::list))
        .routes(routes!(reviews::list))
        .routes(routes!(reviews::rows, reviews::decide))
        .routes(routes!(reviews::page))
        .routes(routes!(transitions::act))
        .routes(routes!(transitions::get))
        .routes(routes!(transitions::confirm))
        .routes(routes!(verifications::one))
        .routes(routes!(verifications::file))
        .routes(routes!(verifications::many))
        .routes(routes!(gb36906::operation))
        .routes(routes!(audit::list))
}

/// The description of every route (OpenAPI 3.1).
pub(crate) fn openapi() -> utoipa::openapi::OpenApi {
    of_anyone().merge(of_units()).into_openapi()
}

/// The routers of the public listener and of the extranet.
pub(crate) fn routers(app: &Arc<App>) -> (Router, Router) {
    let description = Arc::new(openapi());
    let anyone = Router::from(of_anyone())
        .merge(page::routes())
        .route(
            "/openapi.json",
            get(move || async move { Json(description.as_ref().clone()) }),
        )
        .route_layer(middleware::from_fn_with_state(
            Arc::clone(app),
            access::of_anyone,
        ));
    let units = Router::from(of_units()).route_layer(middleware::from_fn_with_state(
        Arc::clone(app),
        access::of_units,
    ));
    (finished(anyone, app), finished(units, app))
}

/// The one page of the metrics listener.
pub(crate) fn metrics(metrics: Metrics) -> Router {
    Router::new().route("/metrics", get(move || async move { metrics.page() }))
}

fn finished(router: Router<Arc<App>>, app: &Arc<App>) -> Router {
    router
        .fallback(|| async { Refusal::not_found() })
        .method_not_allowed_fallback(|| async {
            Refusal::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method",
                "该地址不支持此方法",
                "this address does not know the method",
            )
        })
        .layer(middleware::from_fn_with_state(Arc::clone(app), watched))
        .with_state(Arc::clone(app))
}

/// Counts and logs each call, without its address's parameters; a panic is a 500 and no lost connection.
async fn watched(
    State(app): State<Arc<App>>,
    path: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let route = path.map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let span = app
        .traces
        .as_ref()
        .map(|traces| traces.begin(&method, &route));
    // What changes something runs in a task of its own: a client that goes away does not stop what it has begun.
    let run = next.run(request);
    let ended = match method.is_safe() {
        // Who no longer waits for an answer needs none.
        true => Ok(run.await),
        false => tokio::spawn(run).await,
    };
    let mut response = match ended {
        Ok(response) => response,
        Err(broken) => {
            tracing::error!(%broken, route, "a handler broke");
            Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "broken",
                "服务内部出错；请联系认证中心",
                "something in the service is broken; call the certification centre",
            )
            .into_response()
        }
    };
    let took = begun.elapsed();
    let status = response.status().as_u16();
    app.metrics.answered(&route, status, took);
    if status < 400 {
        app.verifying.note(&route);
    }
    if let Some(span) = span {
        span.end(status);
    }
    tracing::info!(%method, route, status, micros = took.as_micros() as u64, "answered");
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        let headers = response.headers_mut();
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interface_is_as_it_was_reviewed() {
        let now = serde_json::to_value(openapi()).unwrap();
        let reviewed = include_str!("../../../docs/openapi.json");
        let reviewed: serde_json::Value = serde_json::from_str(reviewed).unwrap();
        let changed: Vec<&String> = now["paths"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(path, item)| reviewed["paths"][path.as_str()] != **item)
            .map(|(path, _)| path)
            .collect();
        assert!(
            now == reviewed,
            "the interface has changed, at {changed:?} or in its schemas: look at the difference, \
             then write docs/openapi.json anew from /openapi.json of a running service (jq -S .)"
        );
    }
}
