//! Trust material and the catalogue: for everybody, nothing in it about anybody.

use std::path::Path as FilePath;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use keys::KeyId;
use registry::types::{Stage, TypeLine};
use ring::digest::{SHA256, digest};
use serde::Serialize;

use crate::serve::answer::{raw, with_header};
use crate::serve::app::App;
use crate::serve::body::Path;
use crate::serve::refusal::Refusal;

const PEM: &str = "application/x-pem-file";

/// The anchors, in PEM.
#[utoipa::path(get, path = "/anchors.pem", tag = "trust", responses((status = 200, content_type = "application/x-pem-file", body = String)))]
pub(crate) async fn anchors(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    file(&app.installation.folder.anchors(), PEM, &headers)
}

/// The policy: anchors by purpose, seal X.509s, CRLs, algorithms (TOML).
#[utoipa::path(get, path = "/policy.toml", tag = "trust", responses((status = 200, content_type = "application/toml", body = String)))]
pub(crate) async fn policy(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    file(
        &app.installation.folder.policy(),
        "application/toml",
        &headers,
    )
}

/// Every CRL, in PEM.
#[utoipa::path(get, path = "/crl.pem", tag = "trust", responses((status = 200, content_type = "application/x-pem-file", body = String)))]
pub(crate) async fn crls(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    file(&app.installation.folder.crl(), PEM, &headers)
}

/// The CRL of one authority of ours, in DER: the address that X.509s name.
#[utoipa::path(get, path = "/crl/{name}", tag = "trust",
    params(("name" = String, Path, description = "KEY.crl")),
    responses((status = 200, content_type = "application/pkix-crl"), (status = 404)))]
pub(crate) async fn crl(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let authority = authority(&app, &name, ".crl")?;
    let path = app.installation.folder.crl();
    let pem = std::fs::read_to_string(&path).map_err(|_| Refusal::not_found())?;
    let crls = keys::ca::crls_in(&pem)?;
    let crl = keys::ca::crl_of(&authority, &crls).ok_or_else(Refusal::not_found)?;
    tagged(crl.der().to_vec(), "application/pkix-crl", &headers)
}

/// The X.509 of one authority of ours, in DER: the address that X.509s name.
#[utoipa::path(get, path = "/x509/{name}", tag = "trust",
    params(("name" = String, Path, description = "KEY.cer")),
    responses((status = 200, content_type = "application/pkix-cert"), (status = 404)))]
pub(crate) async fn x509(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let authority = authority(&app, &name, ".cer")?;
    tagged(authority.der().to_vec(), "application/pkix-cert", &headers)
}

/// A type that may be issued.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CatalogueLine {
    /// Type code (GB/T 36902).
    r#type: String,
    /// Newest published version.
    version: u32,
    /// Its name.
    name: String,
    /// Credit codes of the agencies that have a right to issue it.
    agencies: Vec<String>,
}

/// The catalogue as it was last read, until a type or a right changes.
#[derive(Debug, Default)]
pub(crate) struct Catalogue(Mutex<Option<Read>>);

#[derive(Debug, Clone)]
struct Read {
    /// Types with version and stage, and how many rights were ever recorded.
    of: (Vec<TypeLine>, u64),
    body: Bytes,
}

/// The published types, and who may issue them.
#[utoipa::path(get, path = "/v1/catalogue", tag = "trust", responses((status = 200, body = Vec<CatalogueLine>, headers(("ETag" = String)))))]
pub(crate) async fn catalogue(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (types, units) = (app.registry().types(), app.registry().units());
    // A published version never changes, and rights are only added to: by these two the catalogue is known.
    let of = (types.list().await?, units.rights_recorded().await?);
    let held = || {
        app.catalogue
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    };
    let known = held().clone().filter(|read| read.of == of);
    let body = match known {
        Some(read) => read.body,
        None => {
            let lines = catalogue_lines(&app, &of.0).await?;
            let body = Bytes::from(serde_json::to_vec(&lines).map_err(|_| Refusal::unanswered())?);
            let read = Read {
                of,
                body: body.clone(),
            };
            *held() = Some(read);
            body
        }
    };
    tagged(body, "application/json", &headers)
}

async fn catalogue_lines(app: &App, types: &[TypeLine]) -> Result<Vec<CatalogueLine>, Refusal> {
    let units = app.registry().units();
    let mut lines: Vec<CatalogueLine> = Vec::new();
    for line in types.iter().filter(|line| line.stage == Stage::Published) {
        let version = app
            .registry()
            .types()
            .version(&line.code, line.version)
            .await?;
        let mut agencies: Vec<String> = units
            .rights(&line.code)
            .await?
            .iter()
            .map(|right| right.agency().to_string())
            .collect();
        agencies.sort();
        agencies.dedup();
        let fresh = CatalogueLine {
            r#type: line.code.to_string(),
            version: line.version,
            name: version.package().definition().name.clone(),
            agencies,
        };
        // Versions come in order, so the newest published one stays.
        match lines.last_mut().filter(|last| last.r#type == fresh.r#type) {
            Some(last) => *last = fresh,
            None => lines.push(fresh),
        }
    }
    Ok(lines)
}

/// The authority of a name such as `seal-ca-1.crl`.
fn authority(app: &App, name: &str, ending: &str) -> Result<keys::X509, Refusal> {
    let id: KeyId = name
        .strip_suffix(ending)
        .and_then(|id| id.parse().ok())
        .ok_or_else(Refusal::not_found)?;
    let facts = app
        .installation
        .keys
        .facts(&id)
        .map_err(|_| Refusal::not_found())?;
    if !matches!(facts.purpose, keys::Purpose::Root | keys::Purpose::Ca) {
        return Err(Refusal::not_found());
    }
    Ok(facts.x509()?.clone())
}

fn file(path: &FilePath, media: &'static str, headers: &HeaderMap) -> Result<Response, Refusal> {
    let bytes = std::fs::read(path)
        .map_err(|source| Refusal::from(crate::problem::Problem::unreadable(path, source)))?;
    tagged(bytes, media, headers)
}

/// With an `ETag`; 304 where the client has the same.
fn tagged(
    bytes: impl Into<Bytes>,
    media: &'static str,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let bytes = bytes.into();
    let tag = format!(
        "\"{}\"",
        hex::encode(&digest(&SHA256, &bytes).as_ref()[..16])
    );
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let known = known.filter_map(|value| value.to_str().ok());
    let response = if known
        .flat_map(|value| value.split(','))
        .any(|value| value.trim() == tag)
    {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        raw(media, bytes)
    };
    let response = with_header(response, header::ETAG, &tag);
    Ok(with_header(
        response,
        header::CACHE_CONTROL,
        "public, max-age=300",
    ))
}
