//! Types and templates: brought in as a draft, taken step by step to publication, compared version by version.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use registry::persons::Role;
use registry::types::{DefinitionFault, Mark, Step, TemplateSource, TypePackage, TypeVersion};
use serde::{Deserialize, Serialize};
use signer::TemplateLint;
use similar::TextDiff;

use super::type_code;
use crate::clock;
use crate::preview;
use crate::serve::answer::{About, Told, raw};
use crate::serve::app::App;
use crate::serve::body::{self, Json, Path, Query};
use crate::serve::caller::Caller;
use crate::serve::editions::{IfMatch, tagged};
use crate::serve::refusal::Refusal;

/// A version of a type.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct TypeLineBody {
    /// Type code.
    pub r#type: String,
    /// From 1.
    pub version: u32,
    /// `draft`, `proposed`, `checked`, `confirmed`, `published`, `retired`.
    pub stage: String,
}

/// Type file and template, as a person wrote them.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PackageBody {
    /// The type file (TOML).
    pub definition: String,
    /// The template file (TOML).
    pub template: String,
    /// Backgrounds and pictures by file name, base64.
    #[serde(default, deserialize_with = "body::each_once")]
    pub assets: BTreeMap<String, String>,
}

/// A version with its files and the steps it took.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct VersionBody {
    #[serde(flatten)]
    line: TypeLineBody,
    /// Type file and template.
    package: PackageBody,
    /// Steps taken, oldest first.
    steps: Vec<StepLine>,
}

/// A step that was taken.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct StepLine {
    step: &'static str,
    by: String,
    at: String,
    note: String,
}

/// A step to take.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepBody {
    /// `propose`, `check`, `confirm`, `publish`, `retire` or `send_back`.
    step: String,
    /// What is said about it; needed where the version is sent back.
    #[serde(default)]
    note: String,
}

/// Every version of every type.
#[utoipa::path(get, path = "/v1/types", tag = "types", responses((status = 200, body = Vec<TypeLineBody>)))]
pub(crate) async fn list(State(app): State<Arc<App>>, caller: Caller) -> Told {
    let lines: Vec<TypeLineBody> = app
        .registry()
        .types()
        .list()
        .await?
        .into_iter()
        .map(|line| TypeLineBody {
            r#type: line.code.to_string(),
            version: line.version,
            stage: line.stage.as_str().to_owned(),
        })
        .collect();
    let about = About::by(
        &caller,
        "type.listed",
        "types",
        format!("count={}", lines.len()),
    );
    app.tell(about, StatusCode::OK, &lines).await
}

/// One version, with its files and the steps it took.
#[utoipa::path(get, path = "/v1/types/{type}/versions/{version}", tag = "types",
    params(("type" = String, Path), ("version" = u32, Path)), responses((status = 200, body = VersionBody, headers(("ETag" = String))), (status = 422)))]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((code, version)): Path<(String, u32)>,
) -> Told {
    let found = version_of(&app, &code, version).await?;
    let about = About::by(&caller, "type.read", &code, format!("version={version}"));
    let response = axum::Json(version_body(&found)).into_response();
    app.tell_response(about, tagged(response, found.edition()))
        .await
}

/// Brings in a type file with its template as a draft.
#[utoipa::path(post, path = "/v1/types", tag = "types", params(("If-Match" = Option<String>, Header, description = "the ETag of the newest version that was read; 412 where it differs")),
    request_body = PackageBody,
    responses((status = 201, body = TypeLineBody), (status = 412, body = crate::serve::refusal::ProblemBody), (status = 422, body = crate::serve::refusal::ProblemBody)))]
pub(crate) async fn import(
    State(app): State<Arc<App>>,
    caller: Caller,
    IfMatch(expected): IfMatch,
    Json(package): Json<PackageBody>,
) -> Told {
    keeps(&caller, &[Role::CatalogueKeeper, Role::CentreOperator])?;
    let mut assets = BTreeMap::new();
    for (name, text) in package.assets {
        let bytes = STANDARD.decode(&text).map_err(|_| {
            Refusal::value(&format!("/assets/{name}"), "应为 base64", "must be base64")
        })?;
        assets.insert(name, bytes);
    }
    let template = TemplateSource {
        text: package.template,
        assets,
    };
    let package = TypePackage::parse(&package.definition, template).map_err(faults)?;
    let by = caller.subject().actor();
    let version = app
        .registry()
        .types()
        .import_if(&package, &expected, by, clock::now())
        .await?;
    let line = TypeLineBody {
        r#type: package.definition().code.to_string(),
        version,
        stage: "draft".to_owned(),
    };
    let about = About::by(
        &caller,
        "type.answered",
        &line.r#type,
        format!("version={version}"),
    );
    app.tell(about, StatusCode::CREATED, &line).await
}

/// Takes a version one step further, or back.
#[utoipa::path(post, path = "/v1/types/{type}/versions/{version}/steps", tag = "types",
    params(("type" = String, Path), ("version" = u32, Path),
        ("If-Match" = Option<String>, Header, description = "the ETag that was read; 412 where it differs")),
    request_body = StepBody,
    responses((status = 200, body = TypeLineBody, headers(("ETag" = String))), (status = 412, body = crate::serve::refusal::ProblemBody), (status = 409, body = crate::serve::refusal::ProblemBody)))]
pub(crate) async fn step(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((code, version)): Path<(String, u32)>,
    IfMatch(expected): IfMatch,
    Json(taken): Json<StepBody>,
) -> Told {
    let step = Step::parse(&taken.step).ok_or_else(|| {
        Refusal::value(
            "/step",
            "应为 propose、check、confirm、publish、retire、send_back 之一",
            "is one of propose, check, confirm, publish, retire, send_back",
        )
    })?;
    keeps(&caller, takers(step))?;
    let mark = Mark {
        step,
        actor: caller.subject().actor().clone(),
        at: clock::now(),
        note: taken.note,
    };
    let settings = &app.installation.settings;
    let lint = TemplateLint {
        fonts: app.fonts().await?,
        verify_url_len: settings.verify_url_len(),
    };
    let code = type_code("#/path/type", &code)?;
    let found = app
        .registry()
        .types()
        .step_if(&code, version, &expected, mark, &lint)
        .await?;
    let about = About::by(
        &caller,
        "type.answered",
        code.as_str(),
        format!("version={version}"),
    );
    let response = axum::Json(line(&found)).into_response();
    app.tell_response(about, tagged(response, found.edition()))
        .await
}

/// A page of a version, laid out with made-up data and marked as a preview.
#[utoipa::path(get, path = "/v1/types/{type}/versions/{version}/page", tag = "types",
    params(("type" = String, Path), ("version" = u32, Path)),
    responses((status = 200, content_type = "application/pdf"), (status = 422, body = crate::serve::refusal::ProblemBody)))]
pub(crate) async fn page(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((code, version)): Path<(String, u32)>,
) -> Told {
    let found = version_of(&app, &code, version).await?;
    let (settings, fonts) = (&app.installation.settings, app.fonts().await?);
    let shown = preview::of_type(settings, fonts, Arc::clone(found.package())).await;
    let shown = shown.map_err(|problem| Refusal::not_laid_out("#/path/version", problem))?;
    let about = About::by(
        &caller,
        "type.page_read",
        &code,
        format!("version={version}"),
    );
    app.tell_response(about, raw("application/pdf", shown.bytes))
        .await
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Since {
    /// Compare with this version; the one before if left out.
    since: Option<u32>,
}

/// What a version changes, in unified diffs.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Changes {
    /// Compared with this version.
    since: u32,
    /// Of the type file.
    definition: String,
    /// Of the template.
    template: String,
    /// Names of files that were added, removed or changed.
    assets: Vec<String>,
}

/// What changed from an earlier version to this one, for those who check and confirm.
#[utoipa::path(get, path = "/v1/types/{type}/versions/{version}/changes", tag = "types",
    params(("type" = String, Path), ("version" = u32, Path), Since), responses((status = 200, body = Changes), (status = 422)))]
pub(crate) async fn changes(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((code, version)): Path<(String, u32)>,
    Query(query): Query<Since>,
) -> Told {
    let new = version_of(&app, &code, version).await?;
    let since = query.since.unwrap_or(version.saturating_sub(1));
    let old = match since {
        0 => None,
        since => Some(version_of(&app, &code, since).await?),
    };
    let source = |found: &TypeVersion| found.package().source().to_owned();
    let text = |found: &TypeVersion| found.package().template().text.clone();
    let (old_source, old_text) = (old.as_ref().map(source), old.as_ref().map(text));
    let none = BTreeMap::new();
    let old_assets = old
        .as_ref()
        .map_or(&none, |old| &old.package().template().assets);
    let new_assets = &new.package().template().assets;
    let names = old_assets.keys().chain(new_assets.keys());
    let mut assets: Vec<String> = names
        .filter(|name| old_assets.get(*name) != new_assets.get(*name))
        .cloned()
        .collect();
    assets.sort();
    assets.dedup();
    let changes = Changes {
        since,
        definition: diff(&old_source.unwrap_or_default(), &source(&new)),
        template: diff(&old_text.unwrap_or_default(), &text(&new)),
        assets,
    };
    let about = About::by(
        &caller,
        "type.read",
        &code,
        format!("version={version} since={since}"),
    );
    app.tell(about, StatusCode::OK, &changes).await
}

/// Whose role takes a step; the registry asks besides whether they stand for the owner or the centre.
fn takers(step: Step) -> &'static [Role] {
    match step {
        Step::Propose => &[Role::CatalogueKeeper],
        Step::Confirm => &[Role::CatalogueReviewer],
        Step::Check => &[Role::CatalogueReviewer, Role::CentreOperator],
        Step::Publish => &[Role::CentreOperator],
        Step::Retire | Step::SendBack => &[
            Role::CatalogueKeeper,
            Role::CatalogueReviewer,
            Role::CentreOperator,
        ],
    }
}

fn keeps(caller: &Caller, roles: &[Role]) -> Result<(), Refusal> {
    match caller.subject().roles().any_of(roles) {
        true => Ok(()),
        false => Err(Refusal::role_missing()),
    }
}

async fn version_of(app: &App, code: &str, version: u32) -> Result<TypeVersion, Refusal> {
    let code = type_code("#/path/type", code)?;
    Ok(app.registry().types().version(&code, version).await?)
}

fn diff(old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(2)
        .to_string()
}

/// The refusal names every fault, each with its line.
fn faults(faults: Vec<DefinitionFault>) -> Refusal {
    let zh: Vec<String> = faults.iter().map(DefinitionFault::zh).collect();
    let en: Vec<String> = faults.iter().map(ToString::to_string).collect();
    Refusal::value("/definition", zh.join("\n"), en.join("\n"))
}

fn line(found: &TypeVersion) -> TypeLineBody {
    TypeLineBody {
        r#type: found.package().definition().code.to_string(),
        version: found.version(),
        stage: found.stage().as_str().to_owned(),
    }
}

fn version_body(found: &TypeVersion) -> VersionBody {
    let package = found.package();
    let template = package.template();
    let encoded = |(name, bytes): (&String, &Vec<u8>)| (name.clone(), STANDARD.encode(bytes));
    VersionBody {
        line: line(found),
        package: PackageBody {
            definition: package.source().to_owned(),
            template: template.text.clone(),
            assets: template.assets.iter().map(encoded).collect(),
        },
        steps: found
            .marks()
            .iter()
            .map(|mark| StepLine {
                step: mark.step.as_str(),
                by: mark.actor.to_string(),
                at: mark.at.to_string(),
                note: mark.note.clone(),
            })
            .collect(),
    }
}
