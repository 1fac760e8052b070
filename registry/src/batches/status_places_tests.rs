//! Status lists of a type: a new one at half full, and no place given twice, also to plans that
//! came to nothing.

use std::collections::BTreeMap;

use sqlx::Row as _;

use super::{Finished, Laid};
use crate::store::counters::HALF_LIST;
use crate::store::testing::fill_status_list;
use crate::testing::{
    Ground, Press, TYPE, Worker, check_invariants, expire_leases, on_both_grounds, open, person,
    publish, push, rows, run_job, seal_key, story_time,
};
use crate::{Id, Registry};

/// A list has so many places.
const PLACES: i64 = 1 << 20;

async fn accepted(registry: &Registry, key: &str, from: u32, to: u32) -> Id {
    push(registry, key, &rows(from, to)).await.unwrap().job
}

async fn done(registry: &Registry, job: Id) {
    let finished = run_job(registry, job, story_time()).await;
    assert_eq!(finished.unwrap(), Finished::Done);
}

/// How many plans have a place in each list, void ones included; every place stands there once and
/// lies within its list.
async fn places(registry: &Registry) -> BTreeMap<i64, usize> {
    let broken = check_invariants(registry).await;
    assert!(broken.is_empty(), "{broken:#?}");
    let mut reader = registry.store().reader().await.unwrap();
    let plans = sqlx::query("SELECT status_list, status_index FROM plans");
    let plans = plans.fetch_all(&mut *reader).await.unwrap();
    let mut lists: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for plan in plans {
        let (list, place): (i64, i64) = (plan.get(0), plan.get(1));
        assert!((0..PLACES).contains(&place), "{place}");
        lists.entry(list).or_default().push(place);
    }
    lists
        .into_iter()
        .map(|(list, mut places)| {
            let count = places.len();
            places.sort_unstable();
            places.dedup();
            assert_eq!(places.len(), count, "list {list} gave a place twice");
            (list, count)
        })
        .collect()
}

/// The lists of the type, and how many places of each are taken.
async fn lists(registry: &Registry) -> Vec<(i64, i64)> {
    let mut reader = registry.store().reader().await.unwrap();
    let lists =
        sqlx::query("SELECT list, next FROM status_lists WHERE type_code = $1 ORDER BY list");
    let lists = lists.bind(TYPE).fetch_all(&mut *reader).await.unwrap();
    lists.iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn published(ground: &Ground) -> Registry {
    let registry = open(ground).await;
    publish(&registry, str::to_owned).await;
    registry
}

#[test]
fn a_list_that_is_half_full_is_followed_by_the_next() {
    on_both_grounds(|ground| async move {
        let registry = published(&ground).await;
        done(&registry, accepted(&registry, "first", 0, 5).await).await;
        let block = lists(&registry).await[0].1;
        // Room for one more block up to the half.
        fill_status_list(registry.store(), TYPE, HALF_LIST - block).await;
        // One batch that takes the last block, comes to its end, and goes on in the next list.
        let count = u32::try_from(block).unwrap() + 50;
        let job = accepted(&registry, "second", 5, 5 + count).await;
        done(&registry, job).await;
        assert_eq!(lists(&registry).await, [(1, HALF_LIST), (2, block)]);
        let expect = BTreeMap::from([(1, 5 + block as usize), (2, 50)]);
        assert_eq!(places(&registry).await, expect);
        // Nobody goes back to the first list.
        done(&registry, accepted(&registry, "third", 5000, 5005).await).await;
        assert_eq!(lists(&registry).await, [(1, HALF_LIST), (2, 2 * block)]);
        assert_eq!(places(&registry).await[&2], 55);
        // The address that is printed names the list, and neighbours do not lie side by side.
        let job = accepted(&registry, "fourth", 6000, 6008).await;
        let group = {
            let batches = registry.batches();
            let lease = batches.lease(job, story_time()).await.unwrap();
            batches.next_group(&lease, 8, story_time()).await.unwrap()
        };
        let printed: Vec<_> = group
            .approved
            .iter()
            .map(|row| &row.file().status)
            .collect();
        assert_eq!(printed.len(), 8);
        for pair in printed.windows(2) {
            assert_eq!(pair[0].uri, format!("https://status.example/{TYPE}/2"));
            assert_ne!(pair[0].index.abs_diff(pair[1].index), 1);
        }
    });
}

/// Places of files that may have been sealed are not given again: of plans that are void because
/// their layout changed, or their batch was cancelled.
#[test]
fn places_of_void_plans_are_never_given_again() {
    on_both_grounds(|ground| async move {
        let registry = published(&ground).await;
        done(&registry, accepted(&registry, "first", 0, 1).await).await;
        let block = lists(&registry).await[0].1;
        // The first attempts take the last block of list 1; the next attempts find it spent.
        fill_status_list(registry.store(), TYPE, HALF_LIST - block).await;
        let job = accepted(&registry, "changed", 10, 16).await;
        let mut worker = Worker::take(&registry, job, story_time()).await.unwrap();
        let laid = worker.lay_out(6).await.unwrap().unwrap();
        drop(worker.plan(laid).await.unwrap());
        drop(worker);
        expire_leases(&registry).await;
        let batches = registry.batches();
        let lease = batches.lease(job, story_time()).await.unwrap();
        batches.recover(&lease, story_time()).await.unwrap();
        let group = batches.next_group(&lease, 6, story_time()).await.unwrap();
        let mut press = Press::new("other fonts");
        let laid: Vec<Laid> = group
            .approved
            .into_iter()
            .map(|row| press.lay_out(row))
            .collect();
        let plan = batches.plan(&lease, laid, &seal_key(), story_time()).await;
        assert_eq!(plan.unwrap().voided, 6);
        drop(lease);
        expire_leases(&registry).await;
        done(&registry, job).await;
        assert_eq!(places(&registry).await, BTreeMap::from([(1, 7), (2, 6)]));

        let job = accepted(&registry, "cancelled", 20, 24).await;
        let mut worker = Worker::take(&registry, job, story_time()).await.unwrap();
        let laid = worker.lay_out(4).await.unwrap().unwrap();
        drop(worker.plan(laid).await.unwrap());
        let clerk = person("li", crate::testing::AGENCY);
        batches.cancel(job, &clerk, story_time()).await.unwrap();
        // The same rows again: new certificates, new places.
        done(&registry, accepted(&registry, "again", 20, 24).await).await;
        assert_eq!(places(&registry).await, BTreeMap::from([(1, 7), (2, 14)]));
    });
}

/// Two workers that find the list half full at the same moment begin the next one once.
#[test]
fn workers_that_meet_at_the_half_begin_one_list() {
    on_both_grounds(|ground| async move {
        let first = published(&ground).await;
        let second = if ground.is_postgres() {
            open(&ground).await
        } else {
            first.clone()
        };
        done(&first, accepted(&first, "first", 0, 1).await).await;
        let block = lists(&first).await[0].1;
        for round in 0..4 {
            let begun = i64::from(round) + 1;
            fill_status_list(first.store(), TYPE, HALF_LIST).await;
            let from = 100 + round * 20;
            let one = accepted(&first, &format!("one {round}"), from, from + 10).await;
            let other = accepted(&first, &format!("other {round}"), from + 10, from + 20).await;
            tokio::join!(done(&first, one), done(&second, other));
            let last = lists(&first).await.pop();
            assert_eq!(last, Some((begun + 1, 2 * block)));
            assert_eq!(places(&first).await[&(begun + 1)], 20);
        }
    });
}
