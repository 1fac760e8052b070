//! Of rows that cannot all be issued the first wins, and one that comes to nothing keeps nothing.

use std::time::Duration;

use super::tests::{accepted, as_is, lay_out, outcomes, whole};
use super::{Laid, Lease, Outcome};
use crate::certificates::Identifier;
use crate::testing::{
    CENTRE, Press, on_both, publish, push, row, rows, run_job, run_lease, seal_key, story_time,
};
use crate::{Error, Registry};

/// Two groups of a job, laid out: the second begins with the ref of a row of the first.
async fn two_groups(registry: &Registry, press: &mut Press) -> (Lease, Vec<Laid>, Vec<Laid>) {
    publish(registry, as_is).await;
    let body = rows(0, 3) + &row(7, "r1", "另一内容");
    let job = accepted(registry, &body).await;
    let batches = registry.batches();
    let lease = batches.lease(job, story_time()).await.unwrap();
    let mut next = async || {
        let group = batches.next_group(&lease, 64, story_time()).await.unwrap();
        lay_out(press, group)
    };
    let (first, second) = (next().await, next().await);
    assert_eq!((first.len(), second.len()), (3, 1));
    (lease, first, second)
}

#[test]
fn of_two_rows_with_one_ref_the_first_wins_however_their_groups_are_worked_on() {
    on_both(|registry| async move {
        let mut press = Press::new("v1");
        let (lease, first, second) = two_groups(&registry, &mut press).await;
        let (batches, key) = (registry.batches(), seal_key());
        let plan = |laid| batches.plan(&lease, laid, &key, story_time());
        let mut second = Box::pin(plan(second));
        // As long as the first has not planned the second waits, however ready it is.
        let ready = tokio::time::timeout(Duration::from_millis(300), &mut second).await;
        assert!(ready.is_err(), "the later group planned first");
        let first = plan(first).await.unwrap();
        assert_eq!(first.planned.len(), 3);
        let second = second.await.unwrap();
        assert_eq!((second.planned.len(), second.answered.len()), (0, 1));
        let sealed = first.planned.into_iter().map(|p| press.seal(p)).collect();
        batches.keep(&lease, sealed, story_time()).await.unwrap();
        let job = lease.job();
        run_lease(&registry, lease, story_time()).await.unwrap();
        let expect = ["1: issued", "2: issued", "3: issued", "4: ref.conflict"];
        assert_eq!(outcomes(&registry, job).await, expect);
        whole(&registry).await;
    });
}

#[test]
fn a_group_that_ends_without_plans_lets_none_overtake_it_or_wait_for_ever() {
    on_both(|registry| async move {
        let (lease, first, second) = two_groups(&registry, &mut Press::new("v1")).await;
        drop(first);
        let planned = registry
            .batches()
            .plan(&lease, second, &seal_key(), story_time())
            .await;
        assert!(matches!(planned, Err(Error::OutOfTurn)), "{planned:?}");
        let job = lease.job();
        drop(lease);
        run_job(&registry, job, story_time()).await.unwrap();
        let expect = ["1: issued", "2: issued", "3: issued", "4: ref.conflict"];
        assert_eq!(outcomes(&registry, job).await, expect);
        whole(&registry).await;
    });
}

/// Lays out `late`, then issues `early`, then plans and issues what is left of `late`.
async fn overtaken(registry: &Registry, key: &str, late: &str, early: &str) -> Vec<String> {
    let batches = registry.batches();
    let job = push(registry, &format!("{key} late"), late)
        .await
        .unwrap()
        .job;
    let lease = batches.lease(job, story_time()).await.unwrap();
    let group = batches.next_group(&lease, 64, story_time()).await.unwrap();
    let mut press = Press::new("v1");
    let laid = lay_out(&mut press, group);
    assert_eq!(laid.len(), late.lines().count(), "all may be issued as yet");
    let early = push(registry, &format!("{key} early"), early)
        .await
        .unwrap();
    run_job(registry, early.job, story_time()).await.unwrap();
    let plan = batches.plan(&lease, laid, &seal_key(), story_time()).await;
    let sealed = plan.unwrap().planned.into_iter().map(|p| press.seal(p));
    batches
        .keep(&lease, sealed.collect(), story_time())
        .await
        .unwrap();
    run_lease(registry, lease, story_time()).await.unwrap();
    whole(registry).await;
    outcomes(registry, job).await
}

/// A row that replaces a certificate.
fn replacing(n: u32, reference: &str, first: &Identifier) -> String {
    row(n, reference, "变更后的内容").replacen('{', &format!("{{\"replaces\":\"{first}\","), 1)
}

#[test]
fn a_row_that_loses_its_ref_keeps_no_number_and_no_predecessor_from_the_next() {
    on_both(|registry| async move {
        publish(&registry, as_is).await;
        let late = row(5, "a", "甲") + &row(5, "b", "乙");
        let outcome = overtaken(&registry, "number", &late, &row(9, "a", "丙")).await;
        assert_eq!(outcome, ["1: ref.conflict", "2: issued"]);

        let job = accepted(&registry, &rows(20, 21)).await;
        run_job(&registry, job, story_time()).await.unwrap();
        let answers = registry.batches().answers(job, 0, 9).await.unwrap();
        let Outcome::Issued(first) = &answers[0].outcome else {
            panic!("{answers:?}")
        };
        let late = replacing(20, "c", first) + &replacing(20, "d", first);
        let outcome = overtaken(&registry, "predecessor", &late, &row(10, "c", "丙")).await;
        assert_eq!(outcome, ["1: ref.conflict", "2: issued"]);
    });
}

#[test]
fn a_row_that_loses_its_number_keeps_no_holder_from_the_next() {
    on_both(|registry| async move {
        publish(&registry, |text| {
            text.replace("single_instance = false", "single_instance = true")
        })
        .await;
        let early = row(0, "e", "甲").replace("91350100M000100Y43", CENTRE);
        let late = row(0, "a", "甲") + &row(1, "b", "乙") + &row(2, "c", "丙");
        let outcome = overtaken(&registry, "holder", &late, &early).await;
        assert_eq!(
            outcome,
            ["1: number.taken", "2: issued", "3: holder.has_one"]
        );
    });
}
