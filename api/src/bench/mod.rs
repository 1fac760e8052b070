//! `yinxin bench`: our own rates, by stage, under names that stay.
//!
//! Everything runs on the production path in a folder of its own: rows pushed, sealed, kept; then the
//! files are verified. Rates of different machines and days do not compare: ratios of one run do, so the
//! bare limits (digest, signature) are measured beside.

mod bare;
mod batch;
mod rows;
mod verify;

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

use crate::batch::{TimeStamps, fonts, workshop};
use crate::cli::Bench;
use crate::demo;
use crate::demo::city::Kind;
use crate::folder::DataFolder;
use crate::installation::Installation;
use crate::problem::Problem;
use crate::say::Say;

/// What was measured. Names are stable: `.per_second` is a rate, `.us` the time of one row or file, `.cpu_us`
/// that of the cores, `.ratio` a ratio within this run.
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
    demo::clear(&folder).await?;
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
    let workshop = workshop(installation, fonts(installation)?, TimeStamps::None, None).await?;
    let text = rows::notice()?;
    demo::publish(installation, &text.package, text.agency).await?;
    // Warms fonts and database, and makes the files to verify.
    let warm = batch::push(installation, &workshop, &text, 512, 1).await?;
    batch::text(installation, &workshop, &text, count, &mut rates).await?;
    rates.note("memory.text.peak_mib", peak_mib());
    let files = batch::files(installation, warm.job).await?;
    let bytes: usize = files.iter().map(Vec::len).sum();
    rates.note("file.bytes", bytes as f64 / files.len().max(1) as f64);
    verify::measure(installation, &files, &mut rates)?;
    let photo = rows::of_city(Kind::ResidencePermit)?;
    demo::publish(installation, &photo.package, photo.agency).await?;
    let photos = (count / 10).clamp(100, 2000);
    let pushed = batch::push(installation, &workshop, &photo, photos, 1).await?;
    rates.note("batch.photo.per_second", per_second(photos, pushed.took));
    rates.note("memory.peak_mib", peak_mib());
    Ok(rates)
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
            .map(|(name, value)| format!("{name:<28} {value:>12.2}"))
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
