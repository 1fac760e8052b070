//! A type with its agency and its rows, on the way from a file to certificates; the steps that demo and
//! benchmark share.

use std::io::Cursor;
use std::path::Path;

use jiff::civil::{Date, date};
use registry::Id;
use registry::certificates::day_of;
use registry::rows::RowFormat;
use registry::types::{Mark, Step, TemplateSource, TypePackage};
use registry::units::Authority;

use super::city::{self, Agency, CENTRE, Kind};
use super::story::{actor, credit_code};
use crate::batch::{self, Order};
use crate::cli::every;
use crate::clock;
use crate::installation::Installation;
use crate::problem::Problem;
use crate::template_lint;

/// The same rows every time.
const SEED: u64 = 2026;

/// First day of the agencies' rights, long before the oldest day of issue, and their legal basis.
pub(super) const SINCE: Date = date(2020, 1, 1);
pub(super) const BASIS: &str = "望澜市电子证照管理办法第八条";

/// What is issued, by whom, from which rows.
pub(crate) struct Subject {
    pub(crate) package: TypePackage,
    pub(crate) agency: &'static Agency,
    /// Rows as NDJSON: from which one on, and how many.
    pub(crate) rows: fn(u64, u32) -> Vec<u8>,
}

impl Subject {
    pub(crate) fn rows(&self, from: u64, count: u32) -> Vec<u8> {
        (self.rows)(from, count)
    }
}

/// The first rows of a kind of the city, as NDJSON.
pub(super) fn city_rows(kind: Kind, count: u32) -> Vec<u8> {
    let mut body = String::new();
    for row in city::rows(kind, u64::from(count), SEED, day_of(clock::now())) {
        body.push_str(&serde_json::Value::Object(row).to_string());
        body.push('\n');
    }
    body.into_bytes()
}

/// The type of a kind, from the files that come with the program.
pub(crate) fn package(kind: Kind) -> Result<TypePackage, Problem> {
    let files = kind.files();
    let assets = files
        .assets
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()));
    let template = TemplateSource {
        text: files.template.to_owned(),
        assets: assets.collect(),
    };
    TypePackage::parse(files.definition, template)
        .map_err(|faults| every(kind.file_name().as_ref(), &faults))
}

/// From file to published, as agency and centre would: four steps by three people; and the right to issue.
pub(crate) async fn publish(
    installation: &Installation,
    package: &TypePackage,
    agency: &Agency,
) -> Result<(), Problem> {
    let code = package.definition().code.clone();
    let types = installation.registry.types();
    let (clerk, second) = (
        actor(agency.clerk, agency.code)?,
        actor(agency.second, agency.code)?,
    );
    let centre = actor("centre.checker", CENTRE.1)?;
    let settings = &installation.settings;
    let lint = template_lint::ready(&settings.fonts(), settings.verify_url_len())?;
    let version = types.import(package, &clerk, clock::now()).await?;
    for (step, by) in [
        (Step::Propose, &clerk),
        (Step::Check, &centre),
        (Step::Confirm, &second),
        (Step::Publish, &centre),
    ] {
        let mark = Mark {
            step,
            actor: by.clone(),
            at: clock::now(),
            note: String::new(),
        };
        types.step(&code, version, mark, &lint).await?;
    }
    let right = Authority::new(credit_code(agency.code)?, code, SINCE, None, BASIS)
        .map_err(|fault| Problem::usage(fault.zh(), fault.to_string()))?;
    installation
        .registry
        .units()
        .authorise(right, &centre, clock::now())
        .await?;
    Ok(())
}

/// Pushes rows in the name of the agency's clerk.
pub(crate) async fn accept(
    installation: &Installation,
    package: &TypePackage,
    agency: &Agency,
    body: Vec<u8>,
    idempotency_key: &str,
) -> Result<Id, Problem> {
    let by = actor(agency.clerk, agency.code)?;
    let order = Order {
        actor: &by,
        agency: by.unit.clone(),
        type_code: package.definition().code.clone(),
        format: RowFormat::Ndjson,
        idempotency_key: idempotency_key.to_owned(),
    };
    let (mut body, source) = (Cursor::new(body), Path::new(idempotency_key));
    Ok(batch::accept(installation, order, &mut body, source)
        .await?
        .job)
}
