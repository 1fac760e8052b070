//! Drives a batch: rows that the registry approved become pages, plans, seals, and files on record.
//!
//! It owns the order of the steps (design §5.5) and the use of the cores; what may be issued, what is
//! durable and what comes after a restart the registry decides. Called by `api`.

mod cores;
mod faults;
mod group;
mod workshop;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use registry::batches::{Finished, Lease, Recovered};
use registry::{Id, Registry};
use tokio::task::JoinSet;

pub use workshop::Workshop;

use crate::Error;
use workshop::Press;

/// Rows of one group: one plan transaction, one sync of the segment, one result transaction for all.
const GROUP: usize = 512;

/// Groups at work at once: while one waits for the disk, others are laid out and sealed.
const AT_ONCE: usize = 3;

/// Rows of a group, one at a time, while somebody waits for an answer: a transaction of so many holds up no call
/// for long.
const SMALL_GROUP: usize = 64;

/// What a run over a batch came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Certificates issued in this run, adopted ones included.
    pub issued: u64,
    /// Rows answered without a certificate of their own: in error, or pushed before.
    pub answered: u64,
    /// Time of the cores for laying out, up to the plan's digest.
    pub layout_cpu: Duration,
    /// Time of the cores for sealing.
    pub seal_cpu: Duration,
    /// How long the groups were in each stage.
    pub stages: Stages,
    /// What an earlier, interrupted run had left.
    pub recovered: Recovered,
    /// Whether the job is done.
    pub done: bool,
}

/// How long groups took from one stage to the next, waiting for cores, disk and database included. Groups
/// overlap, so that all of it together is longer than the run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stages {
    /// Rows out of the spool, parsed, checked, approved.
    pub read: Duration,
    /// Laying out.
    pub layout: Duration,
    /// Committing the plans.
    pub plan: Duration,
    /// Sealing.
    pub seal: Duration,
    /// Appending to the segment and syncing it.
    pub append: Duration,
    /// Committing the results.
    pub record: Duration,
}

impl std::ops::AddAssign for Stages {
    fn add_assign(&mut self, other: Self) {
        self.read += other.read;
        self.layout += other.layout;
        self.plan += other.plan;
        self.seal += other.seal;
        self.append += other.append;
        self.record += other.record;
    }
}

/// Works on a job until no row is left. `clock` gives the time; `watch` is told of every group that is
/// durable.
///
/// Memory is bounded by the groups at work, however long the batch is. After an error or a crash the same
/// call goes on where the record stands.
///
/// # Errors
/// [`Error::Registry`]; [`Error::Template`], [`Error::Font`] or [`Error::Key`] where no row could be sealed.
/// What is wrong with a row is its answer and no error.
pub async fn run(
    registry: &Registry,
    job: Id,
    workshop: &Arc<Workshop>,
    clock: fn() -> Timestamp,
    watch: impl Fn(&Tally),
) -> Result<Tally, Error> {
    let batches = registry.batches();
    let lease = Arc::new(batches.lease(job, clock()).await?);
    let recovered = batches.recover(&lease, clock()).await?;
    let mut tally = Tally {
        issued: recovered.adopted,
        recovered,
        ..Tally::default()
    };
    watch(&tally);
    let press = Arc::new(workshop.set_up(lease.published())?);
    let mut at_work = JoinSet::new();
    let mut failure = None;
    loop {
        while failure.is_none() {
            let (rows, at_once) = match workshop.is_wanted_elsewhere() {
                true => (SMALL_GROUP, 1),
                false => (GROUP, AT_ONCE),
            };
            if at_work.len() >= at_once {
                break;
            }
            let started = Instant::now();
            let group = match batches.next_group(&lease, rows, clock()).await {
                Ok(group) => group,
                Err(error) => {
                    failure = Some(error.into());
                    break;
                }
            };
            tally.stages.read += started.elapsed();
            tally.answered += group.answered.len() as u64;
            if group.end {
                break;
            }
            if group.approved.is_empty() {
                continue;
            }
            let line = Line {
                registry: registry.clone(),
                lease: Arc::clone(&lease),
                press: Arc::clone(&press),
                clock,
            };
            at_work.spawn(line.work(group.approved));
        }
        // An attempt that a group voided comes back with the next one, so the end is asked for again.
        let Some(finished) = at_work.join_next().await else {
            break;
        };
        match finished.unwrap_or(Err(Error::Stopped)) {
            Ok(group) => {
                tally.issued += group.issued;
                tally.answered += group.answered;
                tally.layout_cpu += group.layout_cpu;
                tally.seal_cpu += group.seal_cpu;
                tally.stages += group.stages;
                watch(&tally);
            }
            Err(error) => {
                failure = Some(match failure {
                    Some(first) => cause(first, error),
                    None => error,
                });
            }
        }
    }
    // What was at work when it happened has come to its end: it is kept, or the next run finds it.
    if let Some(error) = failure {
        return Err(error);
    }
    let lease = Arc::into_inner(lease).ok_or(Error::Stopped)?;
    tally.done = batches.finish(lease, clock()).await? == Finished::Done;
    Ok(tally)
}

/// Of two errors of a run the one that tells why: groups end out of turn after another has failed.
fn cause(first: Error, second: Error) -> Error {
    match first {
        Error::Registry(registry::Error::OutOfTurn) => second,
        first => first,
    }
}

/// What one group needs on its way.
struct Line {
    registry: Registry,
    lease: Arc<Lease>,
    press: Arc<Press>,
    clock: fn() -> Timestamp,
}
