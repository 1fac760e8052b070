//! The caller: who the service takes them for, and their next key.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::persons::{Enrolled, Request, enrol_key};
use crate::serve::answer::{About, Told};
use crate::serve::app::App;
use crate::serve::body::Json;
use crate::serve::caller::Caller;

/// Who the service takes the caller for.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Me {
    /// Account and unit.
    pub person: String,
    /// Kind of the unit.
    pub kind: String,
    /// What they may be.
    pub roles: Vec<String>,
}

/// Who the service takes the caller for.
#[utoipa::path(get, path = "/v1/me", tag = "persons", responses((status = 200, body = Me)))]
pub(crate) async fn get(State(app): State<Arc<App>>, caller: Caller) -> Told {
    let subject = caller.subject();
    let me = Me {
        person: caller.name(),
        kind: subject.kind().as_str().to_owned(),
        roles: subject
            .roles()
            .iter()
            .map(|role| role.as_str().to_owned())
            .collect(),
    };
    let about = About {
        kind: "person.read",
        object: caller.name(),
        actor: caller.name(),
        detail: String::new(),
    };
    app.tell(about, StatusCode::OK, &me).await
}

/// The caller's next key, before the X.509 of the present one ends. The present key goes on until it ends or is ended.
#[utoipa::path(post, path = "/v1/me/keys", tag = "persons", request_body = Request, responses((status = 201, body = Enrolled)))]
pub(crate) async fn renew_key(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(request): Json<Request>,
) -> Told {
    let (person, kind) = (caller.subject().actor().clone(), caller.subject().kind());
    enrol_key(&app, &caller, person, kind, &request).await
}
