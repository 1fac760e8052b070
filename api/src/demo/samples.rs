//! Samples of the demo: one certificate of each fate, good files and bad ones, and their verdicts.

use std::fs;
use std::path::{Path, PathBuf};

use registry::batches::RowAnswer;
use registry::certificates::{Identifier, TransitionKind};
use serde_json::{Map, Value};
use signer::batch::Workshop;
use signer::{Compiled, Document, Level, Template, TypeInfo, contents_reserved};
use verifier::Trust;

use super::city::Kind;
use super::forger::{self, Forger};
use super::story::{decide, nth};
use super::subject::{accept, city_rows, package};
use crate::batch::{self, TimeStamps};
use crate::cli::verdict_words;
use crate::clock;
use crate::facts;
use crate::installation::Installation;
use crate::problem::Problem;
use crate::say::Say;

/// Answers by type.
type Issued = [(Kind, Vec<RowAnswer>)];

/// The certificates that something happened to.
pub(super) struct Fates {
    suspended: Identifier,
    revoked: Identifier,
    superseded: Identifier,
    successor: Identifier,
}

impl Fates {
    /// Suspends a residence permit, revokes a business licence, replaces an approval.
    pub(super) async fn decide(
        installation: &Installation,
        issued: &Issued,
    ) -> Result<Self, Problem> {
        let suspended = nth(of(issued, Kind::ResidencePermit), 1)?.clone();
        let suspend = TransitionKind::Suspend { until: None };
        decide(
            installation,
            Kind::ResidencePermit,
            &suspended,
            suspend,
            "01",
        )
        .await?;
        let revoked = nth(of(issued, Kind::BusinessLicence), 1)?.clone();
        let revoke = TransitionKind::Revoke;
        let reason = reason_for_revoking()?;
        decide(
            installation,
            Kind::BusinessLicence,
            &revoked,
            revoke,
            &reason,
        )
        .await?;
        let superseded = nth(of(issued, Kind::Approval), 1)?.clone();
        let successor = replace(installation, Kind::Approval, &superseded).await?;
        Ok(Self {
            suspended,
            revoked,
            superseded,
            successor,
        })
    }
}

/// Makes the next version of a certificate from a changed row.
async fn replace(
    installation: &Installation,
    kind: Kind,
    identifier: &Identifier,
) -> Result<Identifier, Problem> {
    // The second row of the city is the one that was issued second.
    let rows = city_rows(kind, 2);
    let second = rows.split(|byte| *byte == b'\n').nth(1).unwrap_or_default();
    let mut row: Map<String, Value> = serde_json::from_slice(second)
        .map_err(|error| Problem::usage(format!("演示数据有误（{error}）"), error.to_string()))?;
    row.insert(
        "ref".to_owned(),
        format!("{}-changed", kind.file_name()).into(),
    );
    row.insert("replaces".to_owned(), identifier.to_string().into());
    let (package, body) = (package(kind)?, Value::Object(row).to_string().into_bytes());
    let job = accept(
        installation,
        &package,
        kind.agency(),
        body,
        "demo replacement",
    )
    .await?;
    let workshop = batch::workshop(installation, TimeStamps::BuiltIn).await?;
    batch::work(installation, job, &workshop, |_| ()).await?;
    Ok(nth(&batch::answers(installation, job).await?, 0)?.clone())
}

/// Writes good and bad files; returns them in the order in which they are shown.
pub(super) async fn write(
    installation: &Installation,
    issued: &Issued,
    fates: &Fates,
) -> Result<Vec<PathBuf>, Problem> {
    let (good, bad) = (
        installation.folder.good_samples(),
        installation.folder.bad_samples(),
    );
    for folder in [&good, &bad] {
        fs::create_dir_all(folder).map_err(|source| Problem::unwritable(folder, source))?;
    }
    let mut samples = Vec::new();
    for (kind, answers) in issued {
        let path = good.join(kind.file_name()).with_extension("pdf");
        batch::write_file(installation, nth(answers, 0)?, &path).await?;
        samples.push(path);
    }
    for (name, identifier) in [
        ("replacement", &fates.successor),
        ("suspended", &fates.suspended),
        ("revoked", &fates.revoked),
        ("superseded", &fates.superseded),
    ] {
        let folder = if name == "replacement" { &good } else { &bad };
        let path = folder.join(name).with_extension("pdf");
        batch::write_file(installation, identifier, &path).await?;
        samples.push(path);
    }
    samples.extend(forgeries(installation, issued, &bad).await?);
    Ok(samples)
}

/// What a forger makes of the first diploma.
async fn forgeries(
    installation: &Installation,
    issued: &Issued,
    bad: &Path,
) -> Result<Vec<PathBuf>, Problem> {
    let identifier = nth(of(issued, Kind::Diploma), 0)?;
    let genuine = installation.registry.batches().file(identifier).await?;
    let (compiled, document) = forged_page(installation, identifier)?;
    let throwaway = installation.folder.path().join("forger");
    let centre = &installation.settings.centre_name;
    // Opening a CA's key waits for the log of uses, so this is no work for a task.
    let forged = tokio::task::block_in_place(|| {
        let forger = Forger::set_up(&throwaway)?;
        Ok::<_, Problem>([
            (
                "tls-key",
                forger.with_a_tls_key(installation, &compiled, &document)?,
            ),
            (
                "foreign",
                forger.with_its_own_centre(&compiled, &document, centre)?,
            ),
        ])
    });
    fs::remove_dir_all(&throwaway).map_err(|source| Problem::unwritable(&throwaway, source))?;
    let altered = [
        ("stripped", forger::stripped(&genuine)),
        ("tampered", forger::tampered(&genuine).unwrap_or_default()),
    ];
    let mut paths = Vec::new();
    for (name, bytes) in altered.into_iter().chain(forged?) {
        let path = bad.join(name).with_extension("pdf");
        fs::write(&path, bytes).map_err(|source| Problem::unwritable(&path, source))?;
        paths.push(path);
    }
    Ok(paths)
}

/// A page that claims to be a certificate on record.
fn forged_page(
    installation: &Installation,
    identifier: &Identifier,
) -> Result<(Compiled, Document), Problem> {
    let package = package(Kind::Diploma)?;
    let fonts = Workshop::load_fonts(&installation.settings.fonts())?;
    let key = installation.current(keys::Purpose::Seal)?;
    // An X.509 for TLS is longer than one for seals; any forger would leave more room.
    let room = contents_reserved(&key, Level::BB)? + 1024;
    let info = TypeInfo::of(
        package.definition(),
        installation.settings.verify_url_len(),
        room,
    );
    let compiled = Template::of(&package)?.compile(&fonts, &info)?;
    let mut document = Document::sample(&info);
    document.identifier = identifier.to_string();
    document.made_at = clock::now();
    Ok((compiled, document))
}

/// Verifies each sample by the same steps as `yinxin verify`, and says the verdict.
pub(super) async fn verify(
    installation: &Installation,
    samples: &[PathBuf],
    say: Say,
) -> Result<(), Problem> {
    let policy = installation.folder.policy();
    let policy = fs::read_to_string(&policy).map_err(|e| Problem::unreadable(&policy, e))?;
    let trust = Trust::from_policy(&policy)?;
    let at = clock::now();
    for path in samples {
        let bytes = fs::read(path).map_err(|source| Problem::unreadable(path, source))?;
        let verdict = facts::verdict_on(&bytes, &installation.registry, &trust, at).await?;
        say.answer(&verdict, |language| verdict_words(path, &verdict, language))?;
    }
    Ok(())
}

fn of(issued: &Issued, wanted: Kind) -> &[RowAnswer] {
    issued
        .iter()
        .find(|(kind, _)| *kind == wanted)
        .map_or(&[], |(_, answers)| answers)
}

/// The first reason for which the type lets a business licence be revoked.
fn reason_for_revoking() -> Result<String, Problem> {
    let package = package(Kind::BusinessLicence)?;
    let mut reasons = package.definition().reasons.iter();
    let found = reasons.find(|rule| rule.uses.contains(&registry::types::ReasonUse::Revoke));
    found.map(|rule| rule.code.clone()).ok_or_else(|| {
        Problem::usage(
            "该类型没有吊销的原因",
            "the type has no reason for revoking",
        )
    })
}
