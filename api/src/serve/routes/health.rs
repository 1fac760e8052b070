//! Whether the process runs, and whether it can answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::serve::app::App;
use crate::serve::refusal::Refusal;

/// How the service is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
}

const OK: Json<Health> = Json(Health { status: "ok" });

/// The process runs.
#[utoipa::path(get, path = "/health/live", tag = "health", responses((status = 200, body = Health)))]
pub(crate) async fn live() -> Json<Health> {
    OK
}

/// Records can be read; 503 while they cannot, or while the service stops.
#[utoipa::path(get, path = "/health/ready", tag = "health", responses((status = 200, body = Health), (status = 503)))]
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<Json<Health>, Refusal> {
    if *app.stopping.borrow() {
        return Err(Refusal::new(
            axum::http::StatusCode::SERVICE_UNAVAILABLE,
            "stopping",
            "服务正在停止",
            "the service is stopping",
        ));
    }
    app.registry().reach().await?;
    Ok(OK)
}
