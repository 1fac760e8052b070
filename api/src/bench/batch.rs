//! A batch, to commit(results): how fast, where its time goes, and whether late rows cost more than early ones.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use registry::batches::Outcome;
use signer::batch::{Stages, Tally, Workshop};

use super::{Rates, per_second, spent};
use crate::batch;
use crate::demo::{self, Subject};
use crate::installation::Installation;
use crate::problem::Problem;

/// Rows of each of the two windows that are held against each other.
const WINDOW: u64 = 10_000;

/// What a push took, from the first byte of its rows to the last of its results; making up the rows is not in it.
pub(super) struct Pushed {
    pub(super) job: registry::Id,
    pub(super) took: Duration,
    spool: Duration,
    cpu: Duration,
    tally: Tally,
    marks: Vec<Mark>,
}

/// How far a push was at a moment.
#[derive(Clone, Copy)]
struct Mark {
    issued: u64,
    at: Instant,
    cpu: Duration,
}

pub(super) async fn push(
    installation: &Installation,
    workshop: &Arc<Workshop>,
    subject: &Subject,
    count: u32,
    from: u64,
) -> Result<Pushed, Problem> {
    let body = subject.rows(from, count);
    let key = format!("bench {} {from}", subject.package.definition().code);
    let (package, agency) = (&subject.package, subject.agency);
    let (cpu, started) = (spent(), Instant::now());
    let job = demo::accept(installation, package, agency, body, &key).await?;
    let spool = started.elapsed();
    let marks = RefCell::new(Vec::new());
    let watch = |tally: &Tally| {
        marks.borrow_mut().push(Mark {
            issued: tally.issued,
            at: Instant::now(),
            cpu: spent(),
        });
    };
    let tally = batch::work(installation, job, workshop, watch).await?;
    if tally.issued != u64::from(count) {
        return Err(Problem::usage(
            format!("{count} 行中只签发了 {} 行", tally.issued),
            format!("{} of {count} rows were issued", tally.issued),
        ));
    }
    Ok(Pushed {
        job,
        took: started.elapsed(),
        spool,
        cpu: spent() - cpu,
        tally,
        marks: marks.into_inner(),
    })
}

/// The type of text alone.
pub(super) async fn text(
    installation: &Installation,
    workshop: &Arc<Workshop>,
    subject: &Subject,
    count: u32,
    rates: &mut Rates,
) -> Result<(), Problem> {
    let pushed = push(installation, workshop, subject, count, 1000).await?;
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(count);
    let Tally {
        layout_cpu,
        seal_cpu,
        stages,
        ..
    } = pushed.tally;
    rates.note("batch.per_second", per_second(count, pushed.took));
    rates.note("batch.cpu_us", each(pushed.cpu));
    rates.note("batch.layout.cpu_us", each(layout_cpu));
    rates.note("batch.seal.cpu_us", each(seal_cpu));
    let beyond = pushed.cpu.saturating_sub(layout_cpu);
    rates.note("batch.beyond_layout.cpu_us", each(beyond));
    let Stages {
        read,
        layout,
        plan,
        seal,
        append,
        record,
    } = stages;
    for (name, time) in [
        ("batch.stage.spool.us", pushed.spool),
        ("batch.stage.read.us", read),
        ("batch.stage.layout.us", layout),
        ("batch.stage.plan.us", plan),
        ("batch.stage.seal.us", seal),
        ("batch.stage.append.us", append),
        ("batch.stage.record.us", record),
    ] {
        rates.note(name, each(time));
    }
    note_windows(&pushed.marks, u64::from(count), rates);
    Ok(())
}

/// The second ten thousand rows, and the last ten thousand: the more rows are on record, the deeper are its indexes.
fn note_windows(marks: &[Mark], count: u64, rates: &mut Rates) {
    if count < 2 * WINDOW {
        return;
    }
    let Some(early) = window(marks, WINDOW, 2 * WINDOW) else {
        return;
    };
    rates.note("batch.early_rows.us", early[0]);
    rates.note("batch.early_rows.cpu_us", early[1]);
    let late = (count > 3 * WINDOW).then(|| window(marks, count - WINDOW, count));
    if let Some(late) = late.flatten() {
        rates.note("batch.late_rows.us", late[0]);
        rates.note("batch.late_rows.cpu_us", late[1]);
        rates.note("batch.late_rows.ratio", late[0] / early[0]);
        rates.note("batch.late_rows.cpu_ratio", late[1] / early[1]);
    }
}

/// Microseconds that one of these rows took, and of the cores.
fn window(marks: &[Mark], after: u64, upto: u64) -> Option<[f64; 2]> {
    let first = |row| marks.iter().find(|mark| mark.issued >= row);
    let (begin, end) = (first(after)?, first(upto)?);
    let rows = (end.issued - begin.issued) as f64;
    let times = [end.at - begin.at, end.cpu - begin.cpu];
    (rows > 0.0).then(|| times.map(|time| time.as_secs_f64() * 1e6 / rows))
}

/// The files of a job.
pub(super) async fn files(
    installation: &Installation,
    job: registry::Id,
) -> Result<Vec<Vec<u8>>, Problem> {
    let mut files = Vec::new();
    for answer in batch::answers(installation, job).await? {
        if let Outcome::Issued(identifier) = &answer.outcome {
            files.push(installation.registry.batches().file(identifier).await?);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_counts_its_own_rows() {
        let started = Instant::now();
        let mark = |issued, ms| Mark {
            issued,
            at: started + Duration::from_millis(ms),
            cpu: Duration::from_millis(2 * ms),
        };
        let marks = [mark(0, 0), mark(90, 10), mark(110, 30), mark(200, 70)];
        let check = |after, upto, expect: Option<f64>| {
            let found = window(&marks, after, upto);
            assert_eq!(found, expect.map(|us| [us, 2.0 * us]), "{after} to {upto}");
        };
        check(100, 200, Some(40e3 / 90.0));
        check(0, 100, Some(30e3 / 110.0));
        check(100, 100, None);
        check(100, 201, None);
    }
}
