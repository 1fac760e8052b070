//! How batches end that do not come to their end, and what a repeated push is told.

use std::sync::Arc;

use super::tests::{accepted, as_is, later, outcomes, plan, whole};
use super::{Finished, JobState, Outcome};
use crate::certificates::TypeCode;
use crate::testing::{
    AGENCY, CENTRE, ForgetfulDisk, Press, TYPE, expire_leases, on_both, on_both_grounds, open,
    options, person, publish, push, row, rows, run_job, run_lease, story_time,
};
use crate::types::{Lint, LintFinding, Mark, Step, TypePackage};
use crate::{Database, Error, Registry, Sentence};

/// Every call that opens or reads a file fails once, also in the middle of a body: the job waits for
/// the next lease and comes to its end.
#[test]
fn no_read_fault_of_the_disk_ends_a_job_or_loses_a_row() {
    on_both_grounds(|ground| async move {
        let disk = ForgetfulDisk::default();
        let mut with_disk = options(&ground);
        with_disk.disk = Arc::new(disk.clone());
        let registry = Registry::open(with_disk, story_time()).await.unwrap();
        publish(&registry, as_is).await;
        let long = "批".repeat(1200);
        let mut failed = 0;
        for call in 0_u64.. {
            // Longer than one piece of the spool.
            let from = call as u32 * 30;
            let body: String = (from..from + 30)
                .map(|n| row(n, &format!("r{n}"), &long))
                .collect();
            let job = push(&registry, &call.to_string(), &body).await.unwrap().job;
            disk.fail_read_after(call);
            let first = run_job(&registry, job, story_time()).await;
            let all_read = disk.take_read_fault_back();
            if !matches!(first, Ok(Finished::Done)) {
                failed += 1;
                let progress = registry.batches().progress(job).await.unwrap();
                assert!(!progress.is_over(), "call {call}: {first:?}, {progress:?}");
                expire_leases(&registry).await;
                let again = run_job(&registry, job, later()).await;
                assert_eq!(again.unwrap(), Finished::Done, "call {call}");
            }
            assert_eq!(registry.batches().progress(job).await.unwrap().issued, 30);
            whole(&registry).await;
            if all_read {
                break;
            }
        }
        assert!(failed >= 3, "opening the body and reading its two pieces");
    });
}

#[test]
fn a_job_that_fails_gives_up_what_it_had_planned_and_says_so() {
    on_both(|registry| async move {
        publish(&registry, as_is).await;
        let repeat = row(1, "r1", "新建项目，批准建设内容若干。");
        let job = accepted(&registry, &(rows(0, 3) + &repeat)).await;
        let (lease, _) = plan(&registry, job, &mut Press::new("v1")).await;
        let batches = registry.batches();
        let group = batches.next_group(&lease, 4, story_time()).await.unwrap();
        assert_eq!(group.answered.len(), 1);
        let why = || Sentence::new("表头无法读取", "the heading cannot be read");
        let error = batches
            .fail(job, lease.epoch, why(), story_time())
            .await
            .unwrap();
        assert_eq!(error.code(), "file_unreadable");
        let progress = batches.progress(job).await.unwrap();
        assert_eq!(
            (progress.state, progress.fault),
            (JobState::Failed, Some(why()))
        );
        let expect = [
            "1: cancelled",
            "2: cancelled",
            "3: cancelled",
            "4: cancelled",
        ];
        assert_eq!(outcomes(&registry, job).await, expect);
        assert_eq!(registry.spool().bodies().unwrap(), []);
        whole(&registry).await;
        let next = push(&registry, "key-2", &rows(0, 3)).await.unwrap().job;
        run_job(&registry, next, story_time()).await.unwrap();
        let expect = ["1: issued", "2: issued", "3: issued"];
        assert_eq!(outcomes(&registry, next).await, expect);
        whole(&registry).await;
    });
}

#[test]
fn a_row_that_another_batch_has_not_issued_yet_is_no_existing_one() {
    on_both(|registry| async move {
        publish(&registry, as_is).await;
        let job = accepted(&registry, &rows(0, 2)).await;
        let mut press = Press::new("v1");
        let (lease, group) = plan(&registry, job, &mut press).await;
        let early = push(&registry, "early", &rows(0, 3)).await.unwrap().job;
        run_job(&registry, early, story_time()).await.unwrap();
        let expect = ["1: ref.under_way", "2: ref.under_way", "3: issued"];
        assert_eq!(outcomes(&registry, early).await, expect);
        let sealed = group.planned.into_iter().map(|p| press.seal(p)).collect();
        let batches = registry.batches();
        batches.keep(&lease, sealed, story_time()).await.unwrap();
        run_lease(&registry, lease, story_time()).await.unwrap();
        let late = push(&registry, "late", &rows(0, 2)).await.unwrap().job;
        run_job(&registry, late, story_time()).await.unwrap();
        assert_eq!(
            outcomes(&registry, late).await,
            ["1: existing", "2: existing"]
        );
        whole(&registry).await;
    });
}

#[test]
fn a_certificate_is_replaced_after_a_cancelled_batch_would_have_replaced_it() {
    on_both(|registry| async move {
        publish(&registry, as_is).await;
        let job = accepted(&registry, &rows(0, 1)).await;
        run_job(&registry, job, story_time()).await.unwrap();
        let issued = async |job| {
            let mut answers = registry.batches().answers(job, 0, 9).await.unwrap();
            match answers.remove(0).outcome {
                Outcome::Issued(identifier) => identifier,
                other => panic!("{other:?}"),
            }
        };
        let first = issued(job).await;
        let body = row(0, "r1", "变更后的内容");
        let body = body.replacen('{', &format!("{{\"replaces\":\"{first}\","), 1);
        let cancelled = push(&registry, "cancelled", &body).await.unwrap().job;
        let (lease, group) = plan(&registry, cancelled, &mut Press::new("v1")).await;
        assert_eq!(group.planned.len(), 1);
        let batches = registry.batches();
        let actor = person("li", AGENCY);
        batches
            .cancel(cancelled, &actor, story_time())
            .await
            .unwrap();
        drop((lease, group));
        let job = push(&registry, "again", &body).await.unwrap().job;
        run_job(&registry, job, later()).await.unwrap();
        // The version that was given up was planned, so its identifier may stand in a sealed file.
        let third = first.next_version().unwrap().next_version().unwrap();
        assert_eq!(issued(job).await, third);
        whole(&registry).await;
    });
}

struct NoLint;

impl Lint for NoLint {
    fn lint(&self, _: &TypePackage) -> Vec<LintFinding> {
        Vec::new()
    }
}

#[test]
fn the_same_push_is_answered_by_its_first_job_when_its_type_has_retired() {
    on_both(|registry| async move {
        publish(&registry, as_is).await;
        let job = accepted(&registry, &rows(0, 6)).await;
        // A worker dies in the middle.
        drop(plan(&registry, job, &mut Press::new("v1")).await);
        expire_leases(&registry).await;
        let mark = Mark {
            step: Step::Retire,
            actor: person("zhao", CENTRE),
            at: story_time(),
            note: String::new(),
        };
        let code = TypeCode::parse(TYPE).unwrap();
        registry
            .types()
            .step(&code, 1, mark, &NoLint)
            .await
            .unwrap();
        let batches = registry.batches();
        assert_eq!(batches.type_of(job).await.unwrap().version(), 1);
        assert_eq!(accepted(&registry, &rows(0, 6)).await, job);
        let finished = run_job(&registry, job, later()).await.unwrap();
        assert_eq!(finished, Finished::Done);
        assert_eq!(accepted(&registry, &rows(0, 6)).await, job);
        assert_eq!(registry.spool().bodies().unwrap(), []);
        let other = push(&registry, "key-1", &rows(0, 5)).await.unwrap_err();
        assert_eq!(other.code(), "idempotency_key_reused");
        let new = push(&registry, "key-2", &rows(0, 6)).await.unwrap_err();
        assert_eq!(new.code(), "type_not_published");
        assert_eq!(registry.spool().bodies().unwrap(), []);
        whole(&registry).await;
    });
}

#[test]
fn a_body_stays_where_nobody_knows_whether_its_job_was_recorded() {
    on_both_grounds(|ground| async move {
        let registry = open(&ground).await;
        publish(&registry, as_is).await;
        registry.clone().close().await;
        let error = push(&registry, "key-1", &rows(0, 2)).await.unwrap_err();
        assert!(matches!(error, Error::Database(_)), "{error}");
        assert_eq!(registry.spool().bodies().unwrap().len(), 1);
        drop(registry);
        let registry = open(&ground).await;
        if matches!(ground.database, Database::Embedded) {
            // The one process that owns the folder knows at its start that no job has it.
            assert_eq!(registry.spool().bodies().unwrap(), []);
        }
        let job = accepted(&registry, &rows(0, 2)).await;
        run_job(&registry, job, story_time()).await.unwrap();
        whole(&registry).await;
    });
}
