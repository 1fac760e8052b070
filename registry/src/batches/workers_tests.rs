//! Several workers: one job has one at a time, and one that was overtaken writes nothing.

use std::sync::Arc;

use jiff::SignedDuration;
use sqlx::Row as _;

use super::Finished;
use super::tests::outcomes;
use crate::files::{Disk, LocalDisk};
use crate::store::jobs;
use crate::testing::{
    Fault, ForgetfulDisk, Ground, Worker, check_invariants, expire_leases, on_both_grounds, open,
    options, publish, push, rows, run_job, story_time,
};
use crate::{Error, Id, Registry};

async fn whole(registry: &Registry) {
    let broken = check_invariants(registry).await;
    assert!(broken.is_empty(), "{broken:#?}");
}

async fn published(ground: &Ground) -> Registry {
    let registry = open(ground).await;
    publish(&registry, str::to_owned).await;
    registry
}

/// Another process on PostgreSQL; the embedded database has one, which may take a job again.
async fn another(ground: &Ground, registry: &Registry) -> Registry {
    if ground.is_postgres() {
        open(ground).await
    } else {
        registry.clone()
    }
}

async fn accepted(registry: &Registry, key: &str, from: u32, to: u32) -> Id {
    push(registry, key, &rows(from, to)).await.unwrap().job
}

/// Each step of a worker that writes.
#[derive(Clone, Copy, Debug)]
enum Step {
    Recover,
    ReadOn,
    Plan,
    Keep,
    Finish,
}

/// Comes up to a step at `job`, is overtaken there, and takes the step.
async fn overtaken_at(
    step: Step,
    job: Id,
    registry: &Registry,
    overtake: impl AsyncFnOnce(),
) -> Result<(), Error> {
    let mut worker = Worker::take(registry, job, story_time()).await?;
    if matches!(step, Step::Recover) {
        overtake().await;
        return worker.recover().await.map(drop);
    }
    worker.recover().await?;
    if matches!(step, Step::ReadOn) {
        overtake().await;
        return worker.lay_out(4).await.map(drop);
    }
    let laid = worker.lay_out(4).await?.unwrap();
    if matches!(step, Step::Plan) {
        overtake().await;
        return worker.plan(laid).await.map(drop);
    }
    let sealed = worker.plan(laid).await?;
    if matches!(step, Step::Keep) {
        overtake().await;
        return worker.keep(sealed).await.map(drop);
    }
    worker.keep(sealed).await?;
    overtake().await;
    worker.finish().await.map(drop)
}

#[test]
fn no_write_of_an_overtaken_worker_counts() {
    on_both_grounds(|ground| async move {
        let first = published(&ground).await;
        let second = another(&ground, &first).await;
        let steps = [
            Step::Recover,
            Step::ReadOn,
            Step::Plan,
            Step::Keep,
            Step::Finish,
        ];
        let mut from = 0;
        for step in steps {
            // The next worker has just taken the job, or has ended it already.
            for ended in [false, true] {
                let job = accepted(&first, &format!("{step:?} {ended}"), from, from + 9).await;
                from += 9;
                let mut next = None;
                let overtake = async || {
                    expire_leases(&second).await;
                    let worker = Worker::take(&second, job, story_time()).await.unwrap();
                    worker.recover().await.unwrap();
                    if ended {
                        assert_eq!(worker.work().await.unwrap(), Finished::Done);
                    } else {
                        next = Some(worker);
                    }
                };
                let refused = overtaken_at(step, job, &first, overtake).await;
                assert!(
                    matches!(refused, Err(Error::LeaseLost)),
                    "{step:?}: {refused:?}"
                );
                if let Some(worker) = next {
                    assert_eq!(worker.work().await.unwrap(), Finished::Done, "{step:?}");
                }
                let progress = second.batches().progress(job).await.unwrap();
                assert_eq!((progress.planned, progress.issued), (9, 9), "{step:?}");
                whole(&second).await;
            }
        }
    });
}

#[test]
fn a_job_has_one_worker_and_the_database_tells_the_time() {
    on_postgres(|ground| async move {
        let first = published(&ground).await;
        let second = open(&ground).await;
        let job = accepted(&first, "k", 0, 3).await;
        let worker = Worker::take(&first, job, story_time()).await.unwrap();
        // A clock that is off does not end another's lease.
        let far = story_time() + SignedDuration::from_hours(24 * 3650);
        let refused = Worker::take(&second, job, far).await.unwrap_err();
        assert_eq!(refused.code(), "job_not_free");
        assert!(second.batches().lease_any(far).await.unwrap().is_none());
        assert_eq!(worker.work().await.unwrap(), Finished::Done);
        let refused = Worker::take(&second, job, far).await.unwrap_err();
        assert_eq!(refused.code(), "job_not_free", "it has ended");
        whole(&second).await;
    });
}

#[test]
fn workers_pass_over_jobs_that_others_take() {
    on_postgres(|ground| async move {
        let first = published(&ground).await;
        let second = open(&ground).await;
        let mut jobs = Vec::new();
        for n in 0..3 {
            let job = accepted(&first, &format!("{n}"), n * 5, n * 5 + 5).await;
            jobs.push(job);
        }
        // A worker that is just about to take the oldest one.
        let mut tx = first.store().begin().await.unwrap();
        let clock = first.store().lease_clock(story_time()).await.unwrap();
        let oldest = jobs::waiting(&mut tx, first.store().dialect(), "", clock).await;
        let oldest = oldest.unwrap().unwrap();
        jobs.retain(|job| *job != oldest);
        jobs.sort_unstable();
        let (batches, others) = (first.batches(), second.batches());
        let (one, other) = tokio::join!(
            batches.lease_any(story_time()),
            others.lease_any(story_time())
        );
        let (one, other) = (one.unwrap().unwrap(), other.unwrap().unwrap());
        let mut taken = [one.job(), other.job()];
        taken.sort_unstable();
        assert_eq!(taken[..], jobs, "neither waits, and neither takes the same");
        tx.rollback().await.unwrap();
        // Both work at the same time, on the same type.
        let run = |registry: &Registry, lease| {
            let registry = registry.clone();
            async move { crate::testing::run_lease(&registry, lease, story_time()).await }
        };
        let (one, other) = tokio::join!(run(&first, one), run(&second, other));
        assert_eq!(
            (one.unwrap(), other.unwrap()),
            (Finished::Done, Finished::Done)
        );
        let last = second.batches().lease_any(story_time()).await.unwrap();
        let done = run(&second, last.unwrap()).await;
        assert_eq!(done.unwrap(), Finished::Done);
        whole(&first).await;
    });
}

/// The same rows pushed to two workers as two jobs: one certificate each, whoever comes first.
#[test]
fn two_jobs_with_the_same_rows_make_one_certificate_of_each() {
    on_postgres(|ground| async move {
        let first = published(&ground).await;
        let second = open(&ground).await;
        let (one, other) = (
            accepted(&first, "one", 0, 200).await,
            accepted(&second, "other", 0, 200).await,
        );
        let (done, also) = tokio::join!(
            run_job(&first, one, story_time()),
            run_job(&second, other, story_time())
        );
        assert_eq!(
            (done.unwrap(), also.unwrap()),
            (Finished::Done, Finished::Done)
        );
        let mut issued = 0;
        for job in [one, other] {
            for said in outcomes(&first, job).await {
                match said.split_once(": ").unwrap().1 {
                    "issued" => issued += 1,
                    // The other one was just at it.
                    "existing" | "ref.under_way" => {}
                    _ => panic!("{said}"),
                }
            }
        }
        assert_eq!(issued, 200);
        // Whoever was told to push again finds them all.
        let again = accepted(&first, "again", 0, 200).await;
        run_job(&first, again, story_time()).await.unwrap();
        let progress = first.batches().progress(again).await.unwrap();
        assert_eq!((progress.existing, progress.refused), (200, 0));
        whole(&first).await;
    });
}

#[test]
fn a_use_that_leads_to_no_file_stands_in_the_audit_once() {
    on_both_grounds(|ground| async move {
        let first = published(&ground).await;
        let second = another(&ground, &first).await;
        let job = accepted(&first, "k", 0, 4).await;
        let mut worker = Worker::take(&first, job, story_time()).await.unwrap();
        let laid = worker.lay_out(4).await.unwrap().unwrap();
        let sealed = worker.plan(laid).await.unwrap();
        expire_leases(&second).await;
        run_job(&second, job, story_time()).await.unwrap();
        let lost = worker.keep(sealed).await;
        assert!(matches!(lost, Err(Error::LeaseLost)));
        assert_eq!(orphans(&second).await, 0, "nobody has looked yet");
        // Its process seems to live on, so that nobody may cut its segments.
        let segments = ground.folder.path().join("segments");
        let mut claims = Vec::new();
        for name in LocalDisk.names(&segments).unwrap() {
            let file = LocalDisk.open(&segments.join(name)).unwrap();
            file.claim().unwrap();
            claims.push(file);
        }
        let (batches, others) = (first.batches(), second.batches());
        let (one, other) =
            tokio::join!(batches.collect(story_time()), others.collect(story_time()));
        assert_eq!(one.unwrap() + other.unwrap(), 4);
        drop(claims);
        assert_eq!(others.collect(story_time()).await.unwrap(), 0);
        assert_eq!(orphans(&second).await, 4);
        whole(&second).await;
    });
}

/// What a process wrote and did not sync is the system's alone: a later loss of power takes it,
/// unless whoever adopts it has made it durable.
#[test]
fn what_a_dead_process_wrote_is_durable_before_it_is_adopted() {
    on_both_grounds(|ground| async move {
        let disk = ForgetfulDisk::default();
        let open = async || {
            let mut options = options(&ground);
            options.disk = Arc::new(disk.clone());
            Registry::open(options, story_time()).await.unwrap()
        };
        let registry = open().await;
        publish(&registry, str::to_owned).await;
        let job = accepted(&registry, "k", 0, 4).await;
        let mut dying = Worker::take(&registry, job, story_time()).await.unwrap();
        let laid = dying.lay_out(4).await.unwrap().unwrap();
        let sealed = dying.plan(laid).await.unwrap();
        // A new segment is made, its folder synced; the records are appended and not synced.
        disk.fail_after(4, Fault::Lost);
        let kept = dying.keep(sealed).await;
        assert!(
            matches!(kept, Err(Error::Disk { doing: "sync", .. })),
            "{kept:?}"
        );
        drop(dying);
        registry.close().await;
        let registry = open().await;
        expire_leases(&registry).await;
        let worker = Worker::take(&registry, job, story_time()).await.unwrap();
        assert_eq!(worker.recover().await.unwrap().adopted, 4);
        assert_eq!(worker.work().await.unwrap(), Finished::Done);
        registry.close().await;
        disk.crash(0);
        whole(&open().await).await;
    });
}

async fn orphans(registry: &Registry) -> i64 {
    count(registry, "key.orphan").await
}

async fn count(registry: &Registry, kind: &str) -> i64 {
    let mut reader = registry.store().reader().await.unwrap();
    let row = sqlx::query("SELECT COUNT(*) FROM audit WHERE kind = $1").bind(kind);
    row.fetch_one(&mut *reader).await.unwrap().get(0)
}

/// A story of several processes, which the embedded database does not have.
fn on_postgres<Fut: Future<Output = ()>>(story: impl Fn(Ground) -> Fut) {
    on_both_grounds(|ground| async {
        if ground.is_postgres() {
            story(ground).await;
        }
    });
}
