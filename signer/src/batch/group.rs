//! The way of one group: lay out → plan → seal → keep.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use registry::batches::{Approved, Laid, PlanDigests, Planned, Reservation};

use super::cores::on_all_cores;
use super::workshop::Press;
use super::{Line, Stages, faults};
use crate::Error;
use crate::document::Document;
use crate::layout::{Draft, lay_out};
use crate::seal::Sealer;

/// What a group came to, and what it took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Done {
    pub(super) issued: u64,
    pub(super) answered: u64,
    pub(super) layout_cpu: Duration,
    pub(super) seal_cpu: Duration,
    pub(super) stages: Stages,
}

impl Line {
    /// Takes approved rows to files on record.
    pub(super) async fn work(self, approved: Vec<Approved>) -> Result<Done, Error> {
        let batches = self.registry.batches();
        let (press, started) = (Arc::clone(&self.press), Instant::now());
        let (laid, drafts, layout_cpu) =
            off_the_runtime(move || lay_out_all(&press, approved)).await?;
        let mut done = Done {
            issued: 0,
            answered: 0,
            layout_cpu,
            seal_cpu: Duration::ZERO,
            stages: Stages {
                layout: started.elapsed(),
                ..Stages::default()
            },
        };
        let started = Instant::now();
        let plan = batches
            .plan(&self.lease, laid, self.press.key_use(), (self.clock)())
            .await?;
        done.stages.plan = started.elapsed();
        done.answered = plan.answered.len() as u64;
        if let Some(reservation) = plan.reservation {
            let (press, started) = (Arc::clone(&self.press), Instant::now());
            let seal = move || seal_all(&press, reservation, plan.planned, drafts);
            let (sealed, seal_cpu) = off_the_runtime(seal).await?;
            done.seal_cpu = seal_cpu;
            done.stages.seal = started.elapsed();
            let kept = batches.keep(&self.lease, sealed, (self.clock)()).await?;
            done.issued = kept.issued;
            done.stages.append = kept.append;
            done.stages.record = kept.record;
        }
        Ok(done)
    }
}

/// A plan with the bytes that keep it.
type Sealed = (Planned, Vec<u8>);

/// Drafts by the row they come from.
type Drafts = HashMap<u64, Draft>;

fn lay_out_all(
    press: &Press,
    approved: Vec<Approved>,
) -> Result<(Vec<Laid>, Drafts, Duration), Error> {
    let (outcomes, spent) = on_all_cores(approved, |approved| lay_out_one(press, approved))?;
    let mut drafts = Drafts::with_capacity(outcomes.len());
    let laid = outcomes.into_iter().map(|(laid, draft)| {
        if let (Laid::Out(approved, _), Some(draft)) = (&laid, draft) {
            drafts.insert(approved.row(), draft);
        }
        laid
    });
    let laid = laid.collect();
    Ok((laid, drafts, spent))
}

fn lay_out_one(press: &Press, approved: Approved) -> Result<(Laid, Option<Draft>), Error> {
    match lay_out(
        &press.compiled,
        &Document::of(&approved, press.seal_label()),
    ) {
        Ok(draft) => {
            let digests = PlanDigests::pdf(
                draft.covered().clone(),
                *draft.digest(),
                *draft.inputs_digest(),
            );
            Ok((Laid::Out(approved, digests), Some(draft)))
        }
        Err(error) => Ok((Laid::Refused(approved, faults::of_row(error)?), None)),
    }
}

/// Seals what was planned: the key opens for just these uses.
fn seal_all(
    press: &Press,
    reservation: Reservation,
    planned: Vec<Planned>,
    mut drafts: Drafts,
) -> Result<(Vec<Sealed>, Duration), Error> {
    let signer = press.open_key(reservation)?;
    let sealer = Sealer::new(&signer)?;
    let pairs: Vec<(Planned, Draft)> = planned
        .into_iter()
        .filter_map(|planned| drafts.remove(&planned.row()).map(|draft| (planned, draft)))
        .collect();
    on_all_cores(pairs, |(planned, draft)| {
        Ok((planned, sealer.seal(draft, press.level())?))
    })
}

/// Work for the cores, off the threads that wait for disk and database.
async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Error::Stopped)?
}
