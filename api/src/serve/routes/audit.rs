//! The log of acts and reads, for auditors and the supervisor.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::serve::answer::{About, Told};
use crate::serve::app::App;
use crate::serve::body::Query;
use crate::serve::caller::Caller;

const MOST: u32 = 1000;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct After {
    /// Entries after this number.
    #[serde(default)]
    after: u64,
    /// At most so many, up to 1,000.
    limit: Option<u32>,
}

/// One entry.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct EntryLine {
    /// Its number: never changes, no gaps.
    number: u64,
    /// When, milliseconds since 1970.
    at: i64,
    /// What was done.
    kind: String,
    /// To what.
    object: String,
    /// By whom.
    actor: String,
    /// More, as `key=value`.
    detail: String,
}

/// Entries after a number, oldest first.
#[utoipa::path(get, path = "/v1/audit", tag = "audit", params(After), responses((status = 200, body = Vec<EntryLine>)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<After>,
) -> Told {
    let limit = query.limit.unwrap_or(MOST).clamp(1, MOST);
    let entries = app.registry().audit().after(query.after, limit).await?;
    let lines: Vec<EntryLine> = entries
        .into_iter()
        .map(|(number, entry)| EntryLine {
            number,
            at: entry.at,
            kind: entry.kind,
            object: entry.object,
            actor: entry.actor,
            detail: entry.detail,
        })
        .collect();
    let about = About {
        kind: "audit.read",
        object: "audit".to_owned(),
        actor: caller.name(),
        detail: format!("after={} count={}", query.after, lines.len()),
    };
    app.tell(about, StatusCode::OK, &lines).await
}
