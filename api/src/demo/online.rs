//! The steps of the demo over the service: types to publication, rows to files, decisions, verdicts.

use std::io::Read;
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indicatif::ProgressBar;
use registry::types::TypePackage;
use serde_json::{Value, json};

use super::city::{Agency, Kind};
use super::people::People;
use super::subject::{BASIS, SINCE, city_rows, package};
use crate::problem::Problem;
use crate::remote::Remote;
use crate::serve::routes::batch_rows::Row;
use crate::serve::routes::batches::{Acknowledged, Batch};
use crate::serve::routes::types::{PackageBody, TypeLineBody};

const GLANCE: Duration = Duration::from_millis(100);

/// Rows that were pushed, with what became of each.
pub(super) struct Pushed {
    pub(super) batch: String,
    pub(super) rows: Vec<Row>,
}

impl Pushed {
    /// Place and identifier of the n-th row that was issued.
    pub(super) fn nth(&self, n: usize) -> Result<(u64, &str), Problem> {
        let issued = self.rows.iter().filter_map(|row| {
            let identifier = row.identifier.as_deref()?;
            matches!(row.outcome.as_str(), "issued" | "existing").then_some((row.row, identifier))
        });
        issued.into_iter().nth(n).ok_or_else(|| Problem::Usage {
            zh: "演示的行没有全部签发；原因见批次的答复".into(),
            en: "not all rows of the demo were issued; the answers of the batch say why".into(),
        })
    }
}

/// From file to published: drafted and proposed by the agency's keeper, checked by the centre, confirmed by a second
/// person of the agency, published by the centre; and the agency's right to issue.
pub(super) fn publish(people: &People, kind: Kind) -> Result<(), Problem> {
    let (package, agency) = (package(kind)?, kind.agency());
    let (keeper, reviewer) = (people.of(agency.clerk)?, people.of(agency.second)?);
    let draft: TypeLineBody = keeper.send("POST", "/v1/types", &body(&package))?;
    let path = format!(
        "/v1/types/{}/versions/{}/steps",
        draft.r#type, draft.version
    );
    for (step, by) in [
        ("propose", keeper),
        ("check", people.operator()),
        ("confirm", reviewer),
        ("publish", people.operator()),
    ] {
        let _: TypeLineBody = by.send("POST", &path, &json!({ "step": step }))?;
    }
    let path = format!("/v1/types/{}/rights/{}", draft.r#type, agency.code);
    let right = json!({ "from": SINCE, "legal_basis": BASIS });
    let _: Value = people.operator().send("PUT", &path, &right)?;
    Ok(())
}

/// Pushes the first rows of a kind, and waits until they are answered.
pub(super) fn push(
    people: &People,
    kind: Kind,
    share: u32,
    bar: &ProgressBar,
) -> Result<Pushed, Problem> {
    let key = format!("demo-{}", kind.file_name());
    push_rows(people, kind, &city_rows(kind, share), &key, bar)
}

/// Pushes rows of a kind, and waits until they are answered.
pub(super) fn push_rows(
    people: &People,
    kind: Kind,
    rows: &[u8],
    key: &str,
    bar: &ProgressBar,
) -> Result<Pushed, Problem> {
    let agency = kind.agency();
    let clerk = people.of(agency.clerk)?;
    let code = package(kind)?.definition().code.clone();
    let path = format!("/v1/batches?agency={}&type={code}", agency.code);
    let headers = [
        ("content-type", "application/x-ndjson"),
        ("idempotency-key", key),
    ];
    let pushed: Acknowledged = clerk.upload(&path, &headers, &mut { rows })?;
    let before = bar.position();
    loop {
        let state: Batch = clerk.get(&format!("/v1/batches/{}", pushed.batch))?;
        bar.set_position(before + state.issued);
        if state.over {
            break;
        }
        thread::sleep(GLANCE);
    }
    let rows = all_rows(clerk, &pushed.batch)?;
    Ok(Pushed {
        batch: pushed.batch,
        rows,
    })
}

/// Decides about one certificate as a clerk of the agency that issued it.
pub(super) fn decide(
    people: &People,
    agency: &Agency,
    identifier: &str,
    kind: &str,
    reason: &str,
) -> Result<(), Problem> {
    let decision = json!({
        "kind": kind, "certificates": [identifier], "reason": reason,
        "legal_basis": "望澜市电子证照管理办法第十一条",
    });
    let act: Value = people
        .of(agency.clerk)?
        .send("POST", "/v1/transitions", &decision)?;
    match act["items"][0]["outcome"].as_str() {
        Some("done") => Ok(()),
        _ => Err(Problem::usage(
            format!("{kind} 未予办理：{act}"),
            format!("{kind} was refused: {act}"),
        )),
    }
}

/// One sealed file of a batch.
pub(super) fn file(
    people: &People,
    agency: &Agency,
    pushed: &Pushed,
    n: usize,
) -> Result<Vec<u8>, Problem> {
    let (row, _) = pushed.nth(n)?;
    let path = format!("/v1/batches/{}/rows/{row}/file", pushed.batch);
    let mut bytes = Vec::new();
    people
        .of(agency.clerk)?
        .stream(&path)?
        .read_to_end(&mut bytes)
        .map_err(|error| {
            Problem::usage(
                format!("文件没有取完：{error}"),
                format!("the file broke off: {error}"),
            )
        })?;
    Ok(bytes)
}

fn all_rows(clerk: &Remote, batch: &str) -> Result<Vec<Row>, Problem> {
    let mut all: Vec<Row> = Vec::new();
    loop {
        let after = all.last().map_or(0, |row| row.row);
        let page: Vec<Row> = clerk.get(&format!("/v1/batches/{batch}/rows?after={after}"))?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

fn body(package: &TypePackage) -> PackageBody {
    let template = package.template();
    let assets = template.assets.iter();
    PackageBody {
        definition: package.source().to_owned(),
        template: template.text.clone(),
        assets: assets
            .map(|(name, bytes)| (name.clone(), STANDARD.encode(bytes)))
            .collect(),
    }
}
