//! Batches whose process dies: by SIGKILL at any moment, at each named point, and with the log of
//! SQLite cut after its last sync. After each death the same invariants are checked, the batch is
//! taken up again, and in the end every row has one certificate with one sealed file.

#![allow(clippy::expect_used, clippy::panic)] // helpers of tests

mod founding;
mod process;
mod program;
mod wal;

use std::time::{Duration, Instant};

use house::works::Site;
use process::Process;
use registry::batches::Progress;
use registry::testing::{Ground, on_both_grounds, run};
use registry::{Database, Id};
use wal::Wal;

/// Rows of a batch that is killed at any moment.
const LONG: u32 = 300;
/// Rows of a batch of one group.
const SHORT: u32 = 40;

/// Each named point, and what the next process finds when the last one died there: files that it
/// adopts without a new signature, plans that it lays out again. What was written and not synced is
/// still there, for the machine did not die; the disk that forgets it is in the registry's tests.
const POINTS: [(&str, u32, u32); 9] = [
    ("before_accept_commit", 0, 0),
    ("after_accept_commit", 0, 0),
    ("before_plans_commit", 0, 0),
    ("after_plans_commit", 0, SHORT),
    ("before_append", 0, SHORT),
    ("after_append", SHORT, 0),
    ("after_sync", SHORT, 0),
    ("before_results_commit", SHORT, 0),
    ("after_results_commit", 0, 0),
];

#[test]
fn killed_at_any_moment() {
    on_both_grounds(|ground| async move {
        let (store, wanted) = match &ground.database {
            Database::Embedded => ("SQLite", Kills::of(160, 120)),
            Database::Postgres(_) => ("PostgreSQL", Kills::of(40, 30)),
        };
        let (mut kills, mut batches) = (Kills::default(), 0);
        let mut span = Duration::ZERO;
        while kills.all < wanted.all || kills.within < wanted.within {
            // A machine that is busy for a while must not spoil the moments of the whole run.
            if batches % 10 == 0 {
                span = lasts(&ground.another()).await;
            }
            kill_one_batch(&ground.another(), span, &mut kills).await;
            batches += 1;
        }
        println!(
            "{store}: {} kills during {batches} batches of {LONG} rows, {} of them between the first \
             plan and the last result",
            kills.all, kills.within
        );
    });
}

#[test]
fn killed_at_each_named_point() {
    on_both_grounds(|ground| async move {
        for (point, adopted, again) in POINTS {
            let ground = ground.another();
            let site = Site::on(&ground);
            site.found().await;
            Process::start(&site, SHORT, Some(point)).dies_by_itself();
            let works = site.open().await;
            works.check().await;
            let job = works.accept(SHORT).await.job;
            let found = works.work(job, |_| ()).await.recovered;
            let expect = (u64::from(adopted), u64::from(again));
            assert_eq!((found.adopted, found.again), expect, "{point}: {found:?}");
            assert_eq!(
                found.unaccounted, found.again,
                "{point}: uses without a record"
            );
            works.check_issued(job, SHORT).await;
            works.registry.close().await;
        }
        println!("{} named points", POINTS.len());
    });
}

/// Power is lost while a transaction is written: its part of the log is torn anywhere, or garbled.
#[test]
fn the_log_of_sqlite_is_cut_after_its_last_sync() {
    run(async {
        for point in [
            "after_accept_commit",
            "after_plans_commit",
            "after_results_commit",
        ] {
            let ground = Ground::embedded();
            let site = Site::on(&ground);
            site.found().await;
            Process::start(&site, SHORT, Some(point)).dies_by_itself();
            let wal = Wal::of(&site.folder);
            let undamaged = ground.another();
            wal.copy(None, undamaged.folder.path());
            let whole = left(&Site::on(&undamaged)).await;
            let damages = wal.damages();
            for damage in &damages {
                let copy = ground.another();
                wal.copy(Some(*damage), copy.folder.path());
                let site = Site::on(&copy);
                let torn = left(&site).await;
                assert_ne!(torn, whole, "{point}: {damage:?} loses nothing");
                let works = site.open().await;
                let job = works.accept(SHORT).await.job;
                works.work(job, |_| ()).await;
                works.check_issued(job, SHORT).await;
                works.registry.close().await;
            }
            println!("{point}: the log damaged in {} ways", damages.len());
        }
    });
}

/// What a dead process has left: whether the batch was on record already, and where it stands. What
/// must hold there does.
async fn left(site: &Site) -> (bool, Option<Progress>) {
    let works = site.open().await;
    works.check().await;
    let accepted = works.accept(SHORT).await;
    let progress = works.progress(accepted.job).await;
    works.registry.close().await;
    (accepted.repeated, progress)
}

/// Deaths by SIGKILL.
#[derive(Default)]
struct Kills {
    all: u32,
    /// Between the first plan and the last result of the batch.
    within: u32,
}

impl Kills {
    fn of(all: u32, within: u32) -> Self {
        Self { all, within }
    }
}

/// How long a batch takes when nobody kills it.
async fn lasts(ground: &Ground) -> Duration {
    let site = Site::on(ground);
    site.found().await;
    let started = Instant::now();
    let job = Process::start(&site, LONG, None).done();
    let span = started.elapsed();
    let works = site.open().await;
    works.check_issued(job, LONG).await;
    works.registry.close().await;
    span
}

/// Starts processes on one batch and kills them, until one comes to the end before it is killed.
/// The moments fill the time that a batch takes when nobody kills it, the early ones more densely, so that
/// a batch dies several times before it comes to its end.
async fn kill_one_batch(ground: &Ground, span: Duration, kills: &mut Kills) {
    let site = Site::on(ground);
    site.found().await;
    let mut known: Option<Id> = None;
    loop {
        let process = Process::start(&site, LONG, None);
        let ended = process.killed_after(moment(kills.all, span));
        known = known.or(ended.accepted);
        let works = site.open().await;
        works.check().await;
        if ended.by_itself {
            let job = known.expect("it said its job");
            works.check_issued(job, LONG).await;
            return works.registry.close().await;
        }
        kills.all += 1;
        if let Some(job) = known {
            let progress = works.progress(job).await;
            let progress = progress.expect("an acknowledged batch is on record");
            let within = progress.planned > 0 && progress.issued < u64::from(LONG);
            kills.within += u32::from(within);
        }
        works.registry.close().await;
    }
}

/// The n-th of moments that fill the span ever more densely.
fn moment(n: u32, span: Duration) -> Duration {
    const GOLDEN: f64 = 0.618_033_988_749_895;
    span.mul_f64((f64::from(n) * GOLDEN).fract().powf(1.5))
}
