//! A batch from a file of rows to sealed files, without a server: accept, work, write out.
//!
//! Called by `sign`, `demo` and `bench`; the same rooms will serve HTTP.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keys::{BuiltInTsa, Purpose, RemoteTsa, TimeStampSource};
use registry::batches::{Accepted, Outcome, Push, RowAnswer};
use registry::certificates::{Identifier, TypeCode};
use registry::rows::{Encoding, RowFormat};
use registry::types::FinalLevel;
use registry::units::{Actor, CreditCode};
use registry::{Id, Sentence};
use signer::Fonts;
use signer::batch::{Tally, Workshop};

use crate::clock;
use crate::installation::{Installation, off_the_runtime};
use crate::problem::Problem;
use crate::use_log::key_use;

/// Where time-stamps come from.
#[derive(Clone, Debug)]
pub(crate) enum TimeStamps {
    /// Files are B-B.
    None,
    /// The authority of this installation.
    BuiltIn,
    /// An outside one, by address; over TLS also by the anchors of its server, where not those of the system.
    Remote(String, Option<PathBuf>),
}

/// What is pushed: who, what for, and under which key.
pub(crate) struct Order<'a> {
    /// Who pushes.
    pub actor: &'a Actor,
    /// The agency that issues.
    pub agency: CreditCode,
    /// What is to be issued.
    pub type_code: TypeCode,
    /// How the rows are written.
    pub format: RowFormat,
    /// Pushing the same under the same key again answers the same job.
    pub idempotency_key: String,
}

/// The format of a file of rows, by its ending; the encoding of CSV is recognised where none is declared.
///
/// # Errors
/// [`Problem::Usage`] for any other ending, or where an encoding is declared of what has its own.
pub(crate) fn format_of(path: &Path, declared: Option<Encoding>) -> Result<RowFormat, Problem> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => Ok(RowFormat::Csv(declared)),
        Some("ndjson" | "jsonl" | "xlsx") if declared.is_some() => Err(Problem::Usage {
            zh: "--encoding 只用于 .csv 文件".into(),
            en: "--encoding is for .csv files".into(),
        }),
        Some("ndjson" | "jsonl") => Ok(RowFormat::Ndjson),
        Some("xlsx") => Ok(RowFormat::Xlsx),
        _ => Err(Problem::Usage {
            zh: format!("{} 应为 .csv、.ndjson 或 .xlsx 文件", path.display()),
            en: format!("{} must end in .csv, .ndjson or .xlsx", path.display()),
        }),
    }
}

/// Takes rows in; when it returns, they are durable and will be answered.
///
/// # Errors
/// [`Problem::Unreadable`]; [`Problem::Registry`] as for `accept`.
pub(crate) async fn accept(
    installation: &Installation,
    order: Order<'_>,
    rows: &mut dyn Read,
    source: &Path,
) -> Result<Accepted, Problem> {
    let batches = installation.registry.batches();
    let now = clock::now();
    let mut body = batches.receive(now)?;
    let mut piece = vec![0; 1 << 16];
    loop {
        let length = rows
            .read(&mut piece)
            .map_err(|e| Problem::unreadable(source, e))?;
        if length == 0 {
            break;
        }
        body.write(&piece[..length])?;
    }
    let push = Push {
        subject: order.actor.clone(),
        route: "sign".to_owned(),
        key: order.idempotency_key,
        agency: order.agency,
        type_code: order.type_code,
        format: order.format,
    };
    Ok(batches.accept(body.finish()?, &push, now).await?)
}

/// Puts every picture of a folder, for rows that name them by their SHA-256. Returns how many.
///
/// # Errors
/// [`Problem::Unreadable`]; [`Problem::BadFile`] for what is no picture of bounded size.
pub(crate) async fn put_images(
    installation: &Installation,
    actor: &Actor,
    folder: &Path,
) -> Result<u64, Problem> {
    /// More than any picture may have, so that what is no picture is not read to its end.
    const LARGEST: u64 = 64 << 20;
    let batches = installation.registry.batches();
    let mut put = 0;
    for path in pictures_in(folder)? {
        let mut bytes = Vec::new();
        File::open(&path)
            .and_then(|file| file.take(LARGEST).read_to_end(&mut bytes))
            .map_err(|source| Problem::unreadable(&path, source))?;
        let kept = batches.put_image(&bytes, None, actor, clock::now()).await;
        match kept {
            Err(error) if matches!(error.code(), "image_format" | "image_too_large") => {
                return Err(Problem::BadFile {
                    path,
                    reason: Sentence::new(error.zh(), error.to_string()),
                });
            }
            kept => kept?,
        };
        put += 1;
    }
    Ok(put)
}

/// The files of a folder; names that begin with a dot and folders in it are passed over.
///
/// # Errors
/// [`Problem::Unreadable`].
pub(crate) fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let unreadable = |source| Problem::unreadable(folder, source);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !hidden && entry.path().is_file() {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

/// The fonts of this installation.
///
/// # Errors
/// [`Problem::Signer`] with the font that cannot be used and what to install.
pub(crate) fn fonts(installation: &Installation) -> Result<Arc<Fonts>, Problem> {
    Ok(Workshop::load_fonts(&installation.settings.fonts())?)
}

/// The means of this installation, ready to seal.
///
/// # Errors
/// [`Problem::Keys`] where there is no seal key with an X.509.
pub(crate) async fn workshop(
    installation: &Installation,
    fonts: Arc<Fonts>,
    time_stamps: TimeStamps,
    wanted_elsewhere: Option<Arc<dyn Fn() -> bool + Send + Sync>>,
) -> Result<Arc<Workshop>, Problem> {
    let seal = installation.current(Purpose::Seal)?;
    Ok(Arc::new(Workshop {
        fonts,
        keys: Arc::clone(&installation.keys),
        key_use: key_use(&seal.id, Purpose::Seal),
        seal_key: seal.id,
        log: installation.log.clone(),
        time_stamps: time_stamp_source(installation, time_stamps).await?,
        seal_label: installation.settings.centre_name.clone(),
        verify_url_len: installation.settings.verify_url_len(),
        wanted_elsewhere,
    }))
}

/// The time-stamps of a job for which nobody named any: as its type says, as it was when the job was accepted,
/// else `otherwise`.
///
/// # Errors
/// [`Problem::Registry`].
pub(crate) async fn usual_time_stamps(
    installation: &Installation,
    job: Id,
    otherwise: TimeStamps,
) -> Result<TimeStamps, Problem> {
    let published = installation.registry.batches().type_of(job).await?;
    Ok(match published.definition().final_level {
        Some(FinalLevel::BT) => TimeStamps::BuiltIn,
        Some(FinalLevel::BB) => TimeStamps::None,
        None => otherwise,
    })
}

/// Works on a job to its end, or goes on where an earlier run was cut off.
///
/// # Errors
/// [`Problem::Registry`], [`Problem::Signer`]: the job waits, and the same call goes on with it.
pub(crate) async fn work(
    installation: &Installation,
    job: Id,
    workshop: &Arc<Workshop>,
    watch: impl Fn(&Tally),
) -> Result<Tally, Problem> {
    Ok(signer::batch::run(&installation.registry, job, workshop, clock::now, watch).await?)
}

/// The answers to every row of a job, in order.
pub(crate) async fn answers(
    installation: &Installation,
    job: Id,
) -> Result<Vec<RowAnswer>, Problem> {
    const PAGE: u32 = 10_000;
    let batches = installation.registry.batches();
    let mut all: Vec<RowAnswer> = Vec::new();
    loop {
        let after = all.last().map_or(0, |answer| answer.row);
        let page = batches.answers(job, after, PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// Writes the sealed files of a job into a folder, each named by its identifier: names and numbers of
/// people stand in no file name. Returns how many.
///
/// # Errors
/// [`Problem::Unwritable`].
pub(crate) async fn write_out(
    installation: &Installation,
    answers: &[RowAnswer],
    out: &Path,
) -> Result<u64, Problem> {
    fs::create_dir_all(out).map_err(|source| Problem::unwritable(out, source))?;
    let mut written = 0;
    for answer in answers {
        if let Outcome::Issued(identifier) | Outcome::Existing(identifier) = &answer.outcome {
            write_file(
                installation,
                identifier,
                &out.join(format!("{identifier}.pdf")),
            )
            .await?;
            written += 1;
        }
    }
    Ok(written)
}

/// Writes the newest file of one certificate.
pub(crate) async fn write_file(
    installation: &Installation,
    identifier: &Identifier,
    path: &Path,
) -> Result<(), Problem> {
    let bytes = installation.registry.batches().file(identifier).await?;
    File::create(path)
        .and_then(|mut file| file.write_all(&bytes))
        .map_err(|source| Problem::unwritable(path, source))
}

async fn time_stamp_source(
    installation: &Installation,
    wanted: TimeStamps,
) -> Result<Option<Arc<dyn TimeStampSource>>, Problem> {
    /// How long an outside authority may take.
    const LIMIT: std::time::Duration = std::time::Duration::from_secs(20);
    /// Where Debian keeps the X.509s of the CAs that a system trusts.
    const SYSTEM_ANCHORS: &str = "/etc/ssl/certs/ca-certificates.crt";
    Ok(match wanted {
        TimeStamps::None => None,
        TimeStamps::Remote(address, anchors) if address.starts_with("https://") => {
            let anchors = anchors.unwrap_or_else(|| PathBuf::from(SYSTEM_ANCHORS));
            let pem = fs::read(&anchors).map_err(|e| Problem::unreadable(&anchors, e))?;
            Some(Arc::new(RemoteTsa::over_tls(&address, LIMIT, &pem)?))
        }
        TimeStamps::Remote(address, _) => Some(Arc::new(RemoteTsa::new(&address, LIMIT)?)),
        TimeStamps::BuiltIn => {
            let key = installation.current(Purpose::TimeStamp)?.id;
            let (keys, log) = (Arc::clone(&installation.keys), installation.log.clone());
            let tsa = move || BuiltInTsa::new(keys, log, key, clock::now);
            Some(Arc::new(off_the_runtime(tsa).await?))
        }
    })
}
