//! Stories of agencies that deliver, or stop.

use jiff::{SignedDuration, Timestamp};

use super::{Deliveries, DeliveryAlarm};
use crate::Registry;
use crate::testing::{on_both, publish, push, rows, run_job, story_time};

/// Five rows a week.
fn weekly(text: &str) -> String {
    text.replacen(
        "[share]",
        "[delivery]\nevery_days = 7\nrows = 5\n\n[share]",
        1,
    )
}

fn after(days: i64) -> Timestamp {
    story_time() + SignedDuration::from_hours(24 * days)
}

async fn check(registry: &Registry, at: Timestamp, expect: &[DeliveryAlarm]) -> Deliveries {
    let mut all = registry.batches().deliveries(at).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].alarms, expect, "{:?}", all[0]);
    all.remove(0)
}

#[test]
fn a_feed_that_goes_silent_or_shrinks_is_told() {
    on_both(|registry| async move {
        publish(&registry, weekly).await;
        let job = push(&registry, "one", &rows(0, 5)).await.unwrap().job;
        let open = check(&registry, after(0), &[DeliveryAlarm::Shrunk]).await;
        assert_eq!(
            open.lag,
            Some(SignedDuration::ZERO),
            "accepted, not yet read"
        );
        run_job(&registry, job, story_time()).await.unwrap();
        let done = check(&registry, after(0), &[]).await;
        assert_eq!((done.batches, done.rows, done.refused), (1, 5, 0));
        assert_eq!((done.lag, done.last), (None, Some(story_time())));
        check(&registry, after(10), &[]).await;
        check(&registry, after(11), &[DeliveryAlarm::Silent]).await;
        let job = push(&registry, "two", &rows(20, 22)).await.unwrap().job;
        run_job(&registry, job, story_time()).await.unwrap();
        check(&registry, after(0), &[]).await;
    });
}

#[test]
fn a_feed_in_error_is_told_and_one_that_nobody_expects_is_not_silent() {
    on_both(|registry| async move {
        publish(&registry, str::to_owned).await;
        check(&registry, after(400), &[]).await;
        let body = rows(0, 9) + "{\"ref\":\"x\"}\nno json\n";
        let job = push(&registry, "one", &body).await.unwrap().job;
        run_job(&registry, job, story_time()).await.unwrap();
        let found = check(&registry, after(1), &[DeliveryAlarm::Refused]).await;
        assert_eq!((found.rows, found.refused), (11, 2));
    });
}

#[test]
fn only_the_newest_version_expects() {
    on_both(|registry| async move {
        publish(&registry, weekly).await;
        publish(&registry, str::to_owned).await;
        check(&registry, after(100), &[]).await;
    });
}
