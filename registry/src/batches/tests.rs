use std::sync::Arc;

use super::{
    Approved, Finished, Group, GroupPlan, JobState, Laid, Lease, Outcome, Reservation, RowFault,
    UseRefused,
};
use crate::testing::{
    Fault, ForgetfulDisk, Ground, Press, check_invariants, on_both, on_both_grounds, open, options,
    person, publish, push, row, rows, run_job, run_lease, seal_key, story_time,
};
use crate::{Error, Id, Registry};

pub(super) fn as_is(text: &str) -> String {
    text.to_owned()
}

pub(super) async fn whole(registry: &Registry) {
    let broken = check_invariants(registry).await;
    assert!(broken.is_empty(), "{broken:#?}");
}

pub(super) async fn accepted(registry: &Registry, body: &str) -> Id {
    push(registry, "key-1", body).await.unwrap().job
}

pub(super) fn lay_out(press: &mut Press, group: Group) -> Vec<Laid> {
    group
        .approved
        .into_iter()
        .map(|approved| press.lay_out(approved))
        .collect()
}

/// Leases a job and plans its first rows.
pub(super) async fn plan(registry: &Registry, job: Id, press: &mut Press) -> (Lease, GroupPlan) {
    let batches = registry.batches();
    let lease = batches.lease(job, story_time()).await.unwrap();
    batches.recover(&lease, story_time()).await.unwrap();
    let group = batches.next_group(&lease, 4, story_time()).await.unwrap();
    let laid = lay_out(press, group);
    let plan = batches
        .plan(&lease, laid, &seal_key(), story_time())
        .await
        .unwrap();
    (lease, plan)
}

/// `row: code` for rows in error, `row: issued` and so on for others.
pub(super) async fn outcomes(registry: &Registry, job: Id) -> Vec<String> {
    let answers = registry.batches().answers(job, 0, 1000).await.unwrap();
    let word = |outcome: &Outcome| match outcome {
        Outcome::InReview(_) => "in review".to_owned(),
        Outcome::Planned(_) => "planned".to_owned(),
        Outcome::Issued(_) => "issued".to_owned(),
        Outcome::Existing(_) => "existing".to_owned(),
        Outcome::Cancelled => "cancelled".to_owned(),
        Outcome::Refused(faults) => faults[0].code.clone(),
    };
    answers
        .iter()
        .map(|answer| format!("{}: {}", answer.row, word(&answer.outcome)))
        .collect()
}

#[test]
fn every_row_is_issued_or_answered() {
    on_both(|registry| async move {
        publish(&registry, as_is).await;
        let body = [
            rows(0, 3),
            row(1, "r1", "新建项目，批准建设内容若干。"),
            row(7, "r1", "另一内容"),
            row(0, "r9", "同一编号"),
            "{\"ref\":\"x\"}\n".to_owned(),
            "no json\n".to_owned(),
            rows(20, 150),
        ]
        .concat();
        let job = accepted(&registry, &body).await;
        assert_eq!(
            run_job(&registry, job, story_time()).await.unwrap(),
            Finished::Done
        );
        let outcomes = outcomes(&registry, job).await;
        assert_eq!(
            outcomes[..8],
            [
                "1: issued",
                "2: issued",
                "3: issued",
                "4: existing",
                "5: ref.conflict",
                "6: number.taken",
                "7: field.required",
                "8: row.json"
            ]
        );
        assert_eq!(outcomes.len(), 138);
        let progress = registry.batches().progress(job).await.unwrap();
        assert_eq!((progress.state, progress.issued), (JobState::Done, 133));
        assert_eq!((progress.existing, progress.refused), (1, 4));
        whole(&registry).await;
    });
}

#[test]
fn the_same_push_is_one_job() {
    on_both(|registry| async move {
        publish(&registry, as_is).await;
        let first = push(&registry, "key-1", &rows(0, 2)).await.unwrap();
        let again = push(&registry, "key-1", &rows(0, 2)).await.unwrap();
        assert!(!first.repeated && again.repeated && first.job == again.job);
        let other = push(&registry, "key-1", &rows(0, 3)).await;
        assert_eq!(other.unwrap_err().code(), "idempotency_key_reused");
        run_job(&registry, first.job, story_time()).await.unwrap();
        assert!(
            push(&registry, "key-1", &rows(0, 2))
                .await
                .unwrap()
                .repeated,
            "kept with the batch"
        );
        let second = push(&registry, "key-2", &rows(0, 2)).await.unwrap();
        run_job(&registry, second.job, story_time()).await.unwrap();
        assert_eq!(
            outcomes(&registry, second.job).await,
            ["1: existing", "2: existing"]
        );
        assert_eq!(registry.spool().bodies().unwrap(), []);
        whole(&registry).await;
    });
}

#[test]
fn a_holder_has_one_certificate_of_a_single_instance_type() {
    on_both(|registry| async move {
        publish(&registry, |text| {
            text.replace("single_instance = false", "single_instance = true")
        })
        .await;
        // All rows name one applicant.
        let job = accepted(&registry, &rows(0, 3)).await;
        run_job(&registry, job, story_time()).await.unwrap();
        let expect = ["1: issued", "2: holder.has_one", "3: holder.has_one"];
        assert_eq!(outcomes(&registry, job).await, expect);
        let later = push(&registry, "later", &rows(5, 6)).await.unwrap().job;
        run_job(&registry, later, story_time()).await.unwrap();
        assert_eq!(outcomes(&registry, later).await, ["1: holder.has_one"]);
        whole(&registry).await;
    });
}

#[test]
fn a_row_before_the_right_of_the_agency_is_in_error() {
    on_both(|registry| async move {
        publish(&registry, as_is).await;
        let body = rows(0, 1).replace("2026-03-01", "2025-12-31") + &rows(1, 2);
        let job = accepted(&registry, &body).await;
        run_job(&registry, job, story_time()).await.unwrap();
        let expect = ["1: agency.not_entitled", "2: issued"];
        assert_eq!(outcomes(&registry, job).await, expect);
    });
}

#[test]
fn a_row_that_cannot_be_laid_out_is_in_error() {
    on_both(|registry| async move {
        publish(&registry, as_is).await;
        let job = accepted(&registry, &rows(0, 2)).await;
        let batches = registry.batches();
        let lease = batches.lease(job, story_time()).await.unwrap();
        let mut group = batches.next_group(&lease, 4, story_time()).await.unwrap();
        let fault = RowFault::new("layout.glyph_missing", Some("title"), "缺字", "a character");
        let mut press = Press::new("v1");
        let second: Approved = group.approved.pop().unwrap();
        let first = press.lay_out(group.approved.pop().unwrap());
        let laid = vec![first, Laid::Refused(second, fault)];
        let plan = batches
            .plan(&lease, laid, &seal_key(), story_time())
            .await
            .unwrap();
        let sealed = plan
            .planned
            .into_iter()
            .map(|planned| press.seal(planned))
            .collect();
        assert_eq!(
            batches
                .keep(&lease, sealed, story_time())
                .await
                .unwrap()
                .issued,
            1
        );
        assert_eq!(
            run_lease(&registry, lease, story_time()).await.unwrap(),
            Finished::Done
        );
        assert_eq!(
            outcomes(&registry, job).await,
            ["1: issued", "2: layout.glyph_missing"]
        );
        whole(&registry).await;
    });
}

#[test]
fn plans_without_files_are_laid_out_again_after_a_restart() {
    on_both_grounds(|ground| async move {
        let registry = open(&ground).await;
        publish(&registry, as_is).await;
        let job = accepted(&registry, &rows(0, 9)).await;
        let (lease, planned) = plan(&registry, job, &mut Press::new("v1")).await;
        assert_eq!(planned.planned.len(), 4);
        drop((lease, planned));
        let registry = restart(&ground, registry).await;
        let lease = lease_after_restart(&registry, job).await;
        let found = registry.batches().recover(&lease, later()).await.unwrap();
        assert_eq!((found.adopted, found.again, found.unaccounted), (0, 4, 4));
        assert_eq!(
            run_lease(&registry, lease, later()).await.unwrap(),
            Finished::Done
        );
        assert_eq!(registry.batches().progress(job).await.unwrap().issued, 9);
        whole(&registry).await;
    });
}

#[test]
fn synced_files_are_adopted_without_a_new_signature() {
    on_both_grounds(|ground| async move {
        let registry = open(&ground).await;
        publish(&registry, as_is).await;
        let job = accepted(&registry, &rows(0, 9)).await;
        let mut press = Press::new("v1");
        let (lease, group) = plan(&registry, job, &mut press).await;
        // Another lease makes the commit of the results fail, after the segment was synced.
        let taken = registry.batches().lease(job, story_time()).await.unwrap();
        let sealed = group
            .planned
            .into_iter()
            .map(|planned| press.seal(planned))
            .collect();
        let kept = registry.batches().keep(&lease, sealed, story_time()).await;
        assert!(matches!(kept, Err(Error::LeaseLost)));
        drop((lease, taken));
        let registry = restart(&ground, registry).await;
        let lease = lease_after_restart(&registry, job).await;
        let found = registry.batches().recover(&lease, later()).await.unwrap();
        assert_eq!((found.adopted, found.again, found.unaccounted), (4, 0, 0));
        assert_eq!(
            run_lease(&registry, lease, later()).await.unwrap(),
            Finished::Done
        );
        whole(&registry).await;
    });
}

#[test]
fn a_plan_whose_layout_changed_is_void_and_made_anew() {
    on_both_grounds(|ground| async move {
        let registry = open(&ground).await;
        publish(&registry, as_is).await;
        let job = accepted(&registry, &rows(0, 6)).await;
        drop(plan(&registry, job, &mut Press::new("v1")).await);
        let registry = restart(&ground, registry).await;
        let lease = lease_after_restart(&registry, job).await;
        let batches = registry.batches();
        batches.recover(&lease, later()).await.unwrap();
        let mut press = Press::new("v2");
        let group = batches.next_group(&lease, 9, later()).await.unwrap();
        let before: Vec<String> = group
            .approved
            .iter()
            .map(|a| a.identifier().to_string())
            .collect();
        let laid = lay_out(&mut press, group);
        let plan = batches
            .plan(&lease, laid, &seal_key(), later())
            .await
            .unwrap();
        assert_eq!(
            (plan.voided, plan.planned.len(), plan.reservation),
            (4, 0, None)
        );
        let group = batches.next_group(&lease, 9, later()).await.unwrap();
        let after: Vec<String> = group
            .approved
            .iter()
            .map(|a| a.identifier().to_string())
            .collect();
        assert_eq!(before, after, "the certificates keep their identifiers");
        // The worker dies before it has laid them out; the next one does.
        drop((group, lease));
        let registry = restart(&ground, registry).await;
        let lease = lease_after_restart(&registry, job).await;
        registry.batches().recover(&lease, later()).await.unwrap();
        let finished = run_lease(&registry, lease, later()).await.unwrap();
        assert_eq!(finished, Finished::Done);
        assert_eq!(registry.batches().progress(job).await.unwrap().issued, 6);
        whole(&registry).await;
    });
}

#[test]
fn a_cancelled_job_gives_refs_and_numbers_back() {
    on_both(|registry| async move {
        publish(&registry, as_is).await;
        let job = accepted(&registry, &rows(0, 6)).await;
        let mut press = Press::new("v1");
        let (lease, group) = plan(&registry, job, &mut press).await;
        registry
            .batches()
            .cancel(job, &person("li", crate::testing::AGENCY), story_time())
            .await
            .unwrap();
        let sealed = group
            .planned
            .into_iter()
            .map(|planned| press.seal(planned))
            .collect();
        let kept = registry.batches().keep(&lease, sealed, story_time()).await;
        assert!(
            matches!(kept, Err(Error::LeaseLost)),
            "nothing leaves after that"
        );
        assert_eq!(outcomes(&registry, job).await[0], "1: cancelled");
        let again = registry
            .batches()
            .cancel(job, &person("li", crate::testing::AGENCY), story_time())
            .await;
        assert_eq!(again.unwrap_err().code(), "job_ended");
        let next = push(&registry, "key-2", &rows(0, 6)).await.unwrap().job;
        run_job(&registry, next, story_time()).await.unwrap();
        assert_eq!(registry.batches().progress(next).await.unwrap().issued, 6);
        whole(&registry).await;
    });
}

#[test]
fn a_row_takes_the_place_of_the_certificate_it_replaces() {
    on_both(|registry| async move {
        publish(&registry, |text| {
            text.replace("single_instance = false", "single_instance = true")
        })
        .await;
        let job = accepted(&registry, &rows(0, 1)).await;
        run_job(&registry, job, story_time()).await.unwrap();
        let answers = registry.batches().answers(job, 0, 9).await.unwrap();
        let Outcome::Issued(first) = &answers[0].outcome else {
            panic!("{answers:?}")
        };
        let replacing = |reference: &str| {
            let row = row(0, reference, "变更后的内容");
            row.replacen('{', &format!("{{\"replaces\":\"{first}\","), 1)
        };
        let body = [replacing("r1"), replacing("r2")].concat();
        let job = push(&registry, "change", &body).await.unwrap().job;
        run_job(&registry, job, later()).await.unwrap();
        assert_eq!(
            outcomes(&registry, job).await,
            ["1: issued", "2: replaces.under_way"]
        );
        let answers = registry.batches().answers(job, 0, 1).await.unwrap();
        let Outcome::Issued(second) = &answers[0].outcome else {
            panic!("{answers:?}")
        };
        assert_eq!(*second, first.next_version().unwrap());
        let third = push(&registry, "late", &replacing("r3")).await.unwrap().job;
        run_job(&registry, third, later()).await.unwrap();
        assert_eq!(
            outcomes(&registry, third).await,
            ["1: replaces.not_replaceable"]
        );
        whole(&registry).await;
    });
}

#[test]
fn only_the_planned_bytes_are_kept() {
    on_both(|registry| async move {
        publish(&registry, as_is).await;
        let job = accepted(&registry, &rows(0, 1)).await;
        let mut press = Press::new("v1");
        let (lease, group) = plan(&registry, job, &mut press).await;
        let mut sealed: Vec<_> = group
            .planned
            .into_iter()
            .map(|planned| press.seal(planned))
            .collect();
        sealed[0].1[3] ^= 1;
        let kept = registry.batches().keep(&lease, sealed, story_time()).await;
        assert_eq!(kept.unwrap_err().code(), "bytes_differ_from_plan");
        assert_eq!(
            run_job(&registry, job, story_time()).await.unwrap(),
            Finished::Done
        );
        whole(&registry).await;
    });
}

#[test]
fn a_reservation_opens_its_key_once() {
    on_both(|registry| async move {
        let batches = registry.batches();
        let reservation = batches
            .reserve_uses(&seal_key(), 3, story_time())
            .await
            .unwrap();
        let confirm = |reservation| batches.confirm_reservation(reservation, &seal_key());
        let more = Reservation {
            uses: 4,
            ..reservation
        };
        assert_eq!(confirm(more), Err(UseRefused::Differs));
        assert_eq!(confirm(reservation), Ok(()));
        assert_eq!(confirm(reservation), Err(UseRefused::NotOpen));
        batches
            .settle_uses(reservation, 2, story_time())
            .await
            .unwrap();
        whole(&registry).await;
    });
}

#[test]
fn a_file_that_is_no_file_of_rows_fails_its_job() {
    on_both(|registry| async move {
        publish(&registry, as_is).await;
        let mut body = registry.batches().receive(story_time()).unwrap();
        body.write(b"ref,colour\n1,red\n").unwrap();
        let push = super::Push {
            subject: person("li", crate::testing::AGENCY),
            route: "push".into(),
            key: "k".into(),
            agency: crate::units::CreditCode::parse(crate::testing::AGENCY).unwrap(),
            type_code: crate::certificates::TypeCode::parse(crate::testing::TYPE).unwrap(),
            format: crate::rows::RowFormat::Csv(None),
        };
        let batches = registry.batches();
        let job = batches
            .accept(body.finish().unwrap(), &push, story_time())
            .await
            .unwrap()
            .job;
        let refused = batches.lease(job, story_time()).await.unwrap_err();
        assert_eq!(refused.code(), "file_unreadable");
        let progress = batches.progress(job).await.unwrap();
        assert_eq!(progress.state, JobState::Failed);
        let fault = progress.fault.unwrap();
        assert!(fault.en.contains("column 2") && fault.zh.contains("第 2 列"));
        whole(&registry).await;
    });
}

/// Every call that changes the disk fails once, in each way; whatever was acknowledged is there
/// after power was lost, once, and the job comes to its end.
#[test]
fn no_fault_of_the_disk_loses_or_doubles_a_row() {
    on_both_grounds(|ground| async move {
        let disk = ForgetfulDisk::default();
        let open = async |disk: &ForgetfulDisk| {
            let mut options = options(&ground);
            options.disk = Arc::new(disk.clone());
            Registry::open(options, story_time()).await.unwrap()
        };
        let registry = open(&disk).await;
        publish(&registry, as_is).await;
        registry.close().await;
        let mut now = story_time();
        let mut from = 0;
        for fault in [Fault::Lost, Fault::Kept, Fault::Full] {
            for call in 0..9 {
                let registry = open(&disk).await;
                disk.fail_after(call, fault);
                let key = format!("{fault:?} {call}");
                let body = rows(from, from + 10);
                from += 10;
                let job = match push(&registry, &key, &body).await {
                    Ok(accepted) => accepted.job,
                    // Not acknowledged, so it may be pushed again.
                    Err(_) => push(&registry, &key, &body).await.unwrap().job,
                };
                let first = run_job(&registry, job, now).await;
                drop(registry);
                disk.crash(call as usize * 100);
                now += jiff::SignedDuration::from_mins(5);
                let registry = open(&disk).await;
                if !matches!(first, Ok(Finished::Done)) {
                    crate::testing::expire_leases(&registry).await;
                    let again = run_job(&registry, job, now).await;
                    assert_eq!(again.unwrap(), Finished::Done, "{fault:?} at {call}");
                }
                assert_eq!(registry.batches().progress(job).await.unwrap().issued, 10);
                whole(&registry).await;
                registry.close().await;
            }
        }
    });
}

/// The process ends and another begins; on PostgreSQL the lease of the dead one runs out.
async fn restart(ground: &Ground, registry: Registry) -> Registry {
    drop(registry);
    open(ground).await
}

async fn lease_after_restart(registry: &Registry, job: Id) -> Lease {
    crate::testing::expire_leases(registry).await;
    registry.batches().lease(job, later()).await.unwrap()
}

pub(super) fn later() -> jiff::Timestamp {
    story_time() + jiff::SignedDuration::from_mins(5)
}
