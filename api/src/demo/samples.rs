//! Samples of the demo: one certificate of each fate, good files and bad ones, and their verdicts.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use serde_json::{Map, Value};
use signer::batch::Workshop;
use signer::{Compiled, Document, Level, Template, TypeInfo, contents_reserved};

use super::city::Kind;
use super::forger::{self, Forger};
use super::online::{self, Pushed};
use super::people::People;
use super::story::Story;
use super::subject::{city_rows, package};
use crate::clock;
use crate::folder::DataFolder;
use crate::installation::Installation;
use crate::language::Language;
use crate::problem::Problem;
use crate::remote::Remote;
use crate::say::Say;

/// What was pushed, by type.
type Issued = [(Kind, Pushed)];

/// Suspends a residence permit, revokes a business licence, replaces an approval, and writes a file of each fate.
pub(super) fn fates_and_files(
    folder: &DataFolder,
    people: &People,
    issued: &Issued,
) -> Result<Story, Problem> {
    let (permits, licences) = (
        of(issued, Kind::ResidencePermit)?,
        of(issued, Kind::BusinessLicence)?,
    );
    let approvals = of(issued, Kind::Approval)?;
    let agency = Kind::ResidencePermit.agency();
    online::decide(people, agency, permits.nth(1)?.1, "suspend", "01")?;
    let agency = Kind::BusinessLicence.agency();
    online::decide(
        people,
        agency,
        licences.nth(1)?.1,
        "revoke",
        &reason_for_revoking()?,
    )?;
    let successor = replace(people, Kind::Approval, approvals.nth(1)?.1)?;

    let (good, bad) = (folder.good_samples(), folder.bad_samples());
    let mut samples = Vec::new();
    let mut write = |folder: &Path, name: &str, kind: Kind, pushed: &Pushed, n: usize| {
        fs::create_dir_all(folder).map_err(|source| Problem::unwritable(folder, source))?;
        let path = folder.join(name).with_extension("pdf");
        let bytes = online::file(people, kind.agency(), pushed, n)?;
        fs::write(&path, &bytes).map_err(|source| Problem::unwritable(&path, source))?;
        samples.push(path);
        Ok::<_, Problem>(bytes)
    };
    let mut genuine = Vec::new();
    for (kind, pushed) in issued {
        let bytes = write(&good, kind.file_name(), *kind, pushed, 0)?;
        if *kind == Kind::Diploma {
            genuine = bytes;
        }
    }
    write(&good, "replacement", Kind::Approval, &successor, 0)?;
    write(&bad, "suspended", Kind::ResidencePermit, permits, 1)?;
    write(&bad, "revoked", Kind::BusinessLicence, licences, 1)?;
    write(&bad, "superseded", Kind::Approval, approvals, 1)?;
    Ok(Story {
        diploma: of(issued, Kind::Diploma)?.nth(0)?.1.to_owned(),
        genuine,
        samples,
    })
}

/// Makes the next version of a certificate from a changed row.
fn replace(people: &People, kind: Kind, identifier: &str) -> Result<Pushed, Problem> {
    // The second row of the city is the one that was issued second.
    let rows = city_rows(kind, 2);
    let second = rows.split(|byte| *byte == b'\n').nth(1).unwrap_or_default();
    let mut row: Map<String, Value> = serde_json::from_slice(second)
        .map_err(|error| Problem::usage(format!("演示数据有误（{error}）"), error.to_string()))?;
    row.insert(
        "ref".to_owned(),
        format!("{}-changed", kind.file_name()).into(),
    );
    row.insert("replaces".to_owned(), identifier.into());
    let row = Value::Object(row).to_string();
    online::push_rows(
        people,
        kind,
        row.as_bytes(),
        "demo-replacement",
        &ProgressBar::hidden(),
    )
}

/// Names of the forged files, in the order in which they are shown.
const FORGED: [&str; 4] = ["stripped", "tampered", "tls-key", "foreign"];

/// Writes what a forger makes of the first diploma.
pub(super) async fn forgeries(
    installation: &Installation,
    diploma: &str,
    genuine: &[u8],
) -> Result<(), Problem> {
    let (compiled, document) = forged_page(installation, diploma)?;
    let throwaway = installation.folder.path().join("forger");
    let centre = &installation.settings.centre_name;
    // Opening a CA's key waits for the log of uses, so this is no work for a task.
    let forged = tokio::task::block_in_place(|| {
        let forger = Forger::set_up(&throwaway)?;
        Ok::<_, Problem>([
            forger.with_a_tls_key(installation, &compiled, &document)?,
            forger.with_its_own_centre(&compiled, &document, centre)?,
        ])
    });
    fs::remove_dir_all(&throwaway).map_err(|source| Problem::unwritable(&throwaway, source))?;
    let altered = [
        forger::stripped(genuine),
        forger::tampered(genuine).unwrap_or_default(),
    ];
    let bad = installation.folder.bad_samples();
    for (name, bytes) in FORGED.into_iter().zip(altered.into_iter().chain(forged?)) {
        let path = bad.join(name).with_extension("pdf");
        fs::write(&path, bytes).map_err(|source| Problem::unwritable(&path, source))?;
    }
    Ok(())
}

/// Every sample in the order in which they are shown: what the story wrote, then what the forger did.
pub(super) fn in_order(installation: &Installation, written: &[PathBuf]) -> Vec<PathBuf> {
    let bad = installation.folder.bad_samples();
    let forged = FORGED.map(|name| bad.join(name).with_extension("pdf"));
    written.iter().cloned().chain(forged).collect()
}

/// A page that claims to be a certificate on record.
fn forged_page(
    installation: &Installation,
    identifier: &str,
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

/// Verifies each sample as anybody can, at the public listener, and says the verdict.
pub(super) fn verify(public: &str, samples: &[PathBuf], say: Say) -> Result<(), Problem> {
    let anybody = Remote::anonymous(public);
    for path in samples {
        let mut file = File::open(path).map_err(|source| Problem::unreadable(path, source))?;
        let headers = [("content-type", "application/pdf")];
        let spoken: Spoken = anybody.upload("/v1/public/files", &headers, &mut file)?;
        say.answer(&spoken.verdict, |language| {
            let [happened, why, to_do] = match language {
                Language::Zh => &spoken.zh,
                Language::En => &spoken.en,
            };
            format!("{}\n  {happened}\n  {why}\n  {to_do}", path.display())
        })?;
    }
    Ok(())
}

/// An answer of the public listener.
#[derive(serde::Deserialize)]
struct Spoken {
    zh: [String; 3],
    en: [String; 3],
    verdict: Value,
}

fn of(issued: &Issued, wanted: Kind) -> Result<&Pushed, Problem> {
    let found = issued.iter().find(|(kind, _)| *kind == wanted);
    let found = found.map(|(_, pushed)| pushed);
    found.ok_or_else(|| Problem::usage("没有推送这一类证照", "nothing of that kind was pushed"))
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
