//! Verification: by the library, on all cores and the first time; by the program, as somebody calls it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use verifier::report::Indication;
use verifier::{Budgets, Trust, examine};

use super::{Rates, bare};
use crate::clock;
use crate::installation::Installation;
use crate::problem::Problem;

/// How often the program is started; the quickest counts, as the others were disturbed.
const STARTS: usize = 5;

/// Files verified on all cores with prepared anchors and chains, and the first one cold.
pub(super) fn measure(
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
    rates.note("verify.cold.us", micros(started.elapsed()));
    if cold != Some(Some(Indication::TotalPassed)) {
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
    if let Some(file) = files.first() {
        let process = process(installation, file)?;
        rates.note("verify.process.us", micros(process));
    }
    Ok(())
}

/// `yinxin verify FILE`, from its start to its end: seal, state and authority.
fn process(installation: &Installation, file: &[u8]) -> Result<Duration, Problem> {
    let path = installation.folder.path().join("bench.pdf");
    std::fs::write(&path, file).map_err(|source| Problem::unwritable(&path, source))?;
    let program = std::env::current_exe().map_err(not_started)?;
    let mut quickest = Duration::MAX;
    for _ in 0..STARTS {
        let mut verify = Command::new(&program);
        verify.arg("verify").arg(&path).arg("--data");
        verify.arg(installation.folder.path()).stdout(Stdio::null());
        let started = Instant::now();
        let status = verify.status().map_err(not_started)?;
        quickest = quickest.min(started.elapsed());
        if !status.success() {
            return Err(Problem::usage(
                format!("yinxin verify 对自己签发的文件答复 {status}"),
                format!("`yinxin verify` says {status} of a file of ours"),
            ));
        }
    }
    Ok(quickest)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn not_started(error: std::io::Error) -> Problem {
    Problem::usage(
        format!("yinxin verify 无法启动：{error}"),
        format!("`yinxin verify` does not start: {error}"),
    )
}
