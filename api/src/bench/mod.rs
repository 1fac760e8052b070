//! `yinxin bench`: our own rates, by stage, under names that stay.
//!
//! Everything runs on the production path in a folder of its own: rows pushed, sealed, kept; then the
//! files are verified. Rates of different machines and days do not compare: ratios of one run do, so the
//! bare limits (digest, signature) are measured beside.

mod bare;
mod rows;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use registry::batches::Outcome;
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;
use signer::batch::Workshop;
use verifier::{Budgets, Trust, examine};

use crate::batch::{self, TimeStamps};
use crate::cli::Bench;
use crate::clock;
use crate::demo::city::Kind;
use crate::demo::{self, Subject};
use crate::folder::DataFolder;
use crate::installation::Installation;
use crate::problem::Problem;
use crate::say::Say;

/// What was measured. Names are stable; rates end in `.per_second`, times of the cores in `.cpu_us`.
#[derive(Debug, Default, Serialize)]
struct Rates(Vec<(&'static str, f64)>);

impl Rates {
    fn note(&mut self, name: &'static str, value: f64) {
        self.0.push((name, value));
    }
}

pub(crate) async fn run(args: Bench, say: Say) -> Result<(), Problem> {
    let work = match args.work {
        Some(folder) => folder,
        None => std::env::temp_dir().join(format!("yinxin-bench-{}", std::process::id())),
    };
    let folder = DataFolder::at(&work);
    demo::clear(&folder)?;
    let installation = demo::found(folder).await?;
    demo::register_agencies(&installation).await?;
    let measured = measure(&installation, args.rows).await;
    installation.close().await;
    std::fs::remove_dir_all(&work).map_err(|source| Problem::unwritable(&work, source))?;
    tell(&measured?, say)
}

async fn measure(installation: &Installation, count: u32) -> Result<Rates, Problem> {
    let mut rates = Rates::default();
    bare::measure(&mut rates)?;
    let workshop = batch::workshop(installation, TimeStamps::None).await?;
    let text = rows::notice()?;
    demo::publish(installation, &text.package, text.agency).await?;
    let files = seal(installation, &workshop, &text, count, &mut rates).await?;
    let bytes: usize = files.iter().map(Vec::len).sum();
    rates.note("file.bytes", bytes as f64 / files.len().max(1) as f64);
    verify(installation, &files, &mut rates)?;
    let photo = rows::of_city(Kind::ResidencePermit)?;
    demo::publish(installation, &photo.package, photo.agency).await?;
    let started = Instant::now();
    let photos = (count / 10).max(100);
    push(installation, &workshop, &photo, photos, 1).await?;
    rates.note(
        "batch.photo.per_second",
        per_second(photos, started.elapsed()),
    );
    rates.note("memory.peak_mib", peak_mib());
    Ok(rates)
}

/// The batch, to commit(results); in two pushes, so that late rows can be held against early ones.
async fn seal(
    installation: &Installation,
    workshop: &Arc<Workshop>,
    subject: &Subject,
    count: u32,
    rates: &mut Rates,
) -> Result<Vec<Vec<u8>>, Problem> {
    // The first push warms fonts and database.
    let warm = push(installation, workshop, subject, 512, 1).await?;
    let (cpu, started) = (spent(), Instant::now());
    let done = push(installation, workshop, subject, count, 1000).await?;
    let (cpu, wall) = (spent() - cpu, started.elapsed());
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(count);
    rates.note("batch.per_second", per_second(count, wall));
    rates.note("batch.cpu_us", each(cpu));
    rates.note("batch.layout.cpu_us", each(done.layout_cpu));
    rates.note("batch.seal.cpu_us", each(done.seal_cpu));
    rates.note(
        "batch.beyond_layout.cpu_us",
        each(cpu.saturating_sub(done.layout_cpu)),
    );
    let started = Instant::now();
    let late = (count / 2).max(1);
    push(installation, workshop, subject, late, 10_000_000).await?;
    rates.note(
        "batch.late_rows.ratio",
        per_second(count, wall) / per_second(late, started.elapsed()),
    );
    let mut files = Vec::new();
    for answer in batch::answers(installation, warm.job).await? {
        if let Outcome::Issued(identifier) = &answer.outcome {
            files.push(installation.registry.batches().file(identifier).await?);
        }
    }
    Ok(files)
}

/// What a push took.
struct Pushed {
    job: registry::Id,
    layout_cpu: Duration,
    seal_cpu: Duration,
}

async fn push(
    installation: &Installation,
    workshop: &Arc<Workshop>,
    subject: &Subject,
    count: u32,
    from: u64,
) -> Result<Pushed, Problem> {
    let body = subject.rows(from, count);
    let key = format!("bench {} {from}", subject.package.definition().code);
    let (package, agency) = (&subject.package, subject.agency);
    let job = demo::accept(installation, package, agency, body, &key).await?;
    let tally = batch::work(installation, job, workshop, |_| ()).await?;
    if tally.issued != u64::from(count) {
        return Err(Problem::usage(
            format!("{count} 行中只签发了 {} 行", tally.issued),
            format!("{} of {count} rows were issued", tally.issued),
        ));
    }
    Ok(Pushed {
        job,
        layout_cpu: tally.layout_cpu,
        seal_cpu: tally.seal_cpu,
    })
}

/// Files verified on all cores with prepared anchors and chains, and the first one cold.
fn verify(
    installation: &Installation,
    files: &[Vec<u8>],
    rates: &mut Rates,
) -> Result<(), Problem> {
    let path: &Path = &installation.folder.policy();
    let policy = std::fs::read_to_string(path).map_err(|e| Problem::unreadable(path, e))?;
    let (at, budgets) = (clock::now(), Budgets::default());
    let started = Instant::now();
    let trust = Trust::from_policy(&policy)?;
    let cold = files
        .first()
        .map(|file| examine(file, &trust, at, &budgets).indication);
    rates.note("verify.cold.us", started.elapsed().as_secs_f64() * 1e6);
    if cold != Some(Some(verifier::report::Indication::TotalPassed)) {
        return Err(Problem::usage(
            format!("自己签发的文件核验不通过：{cold:?}"),
            format!("a file of ours does not verify: {cold:?}"),
        ));
    }
    let rate = bare::on_all_cores(|| {
        for file in files {
            std::hint::black_box(examine(file, &trust, at, &budgets));
        }
        files.len()
    });
    rates.note("verify.per_second", rate);
    let bare = bare::verify_rate(files)?;
    rates.note("verify.bare.per_second", bare);
    rates.note("verify.to_bare.ratio", rate / bare);
    Ok(())
}

fn tell(rates: &Rates, say: Say) -> Result<(), Problem> {
    let value: serde_json::Map<String, serde_json::Value> = rates
        .0
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).into()))
        .collect();
    say.answer(&value, |_| {
        let lines: Vec<String> = rates
            .0
            .iter()
            .map(|(name, value)| format!("{name:<28} {value:>12.1}"))
            .collect();
        lines.join("\n")
    })
}

fn per_second(count: u32, time: Duration) -> f64 {
    f64::from(count) / time.as_secs_f64()
}

/// Time of the cores that this process has had.
fn spent() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

/// The most memory this process ever held, as the kernel tells it.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.map_or(f64::NAN, |kib| kib / 1024.0)
}
