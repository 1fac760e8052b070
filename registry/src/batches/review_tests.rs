//! Stories of types that ask for review before issue.

use super::tests::{accepted, as_is, outcomes, whole};
use super::{Decided, Finished, JobState, ReviewDecision, ReviewLine, ReviewReason, Ruling};
use crate::certificates::TypeCode;
use crate::grants::ReviewPermit;
use crate::testing::{
    AGENCY, CENTRE, Press, TYPE, Worker, on_both, person, publish, push, row, rows, run_job,
    story_time,
};
use crate::units::Authority;
use crate::{Id, Registry};

fn with_review(text: &str) -> String {
    text.replace("review = false", "review = true")
}

fn reviewer() -> ReviewPermit {
    ReviewPermit::of(person("reviewer", AGENCY))
}

async fn waiting(registry: &Registry, job: Id) -> Vec<ReviewLine> {
    let batches = registry.batches();
    batches
        .rows_in_review(job, 0, 100, &reviewer(), story_time())
        .await
        .unwrap()
}

async fn decide(
    registry: &Registry,
    job: Id,
    line: &ReviewLine,
    ruling: Ruling,
) -> Result<Decided, String> {
    let decision = ReviewDecision {
        row: line.row,
        inputs: line.inputs,
        ruling,
    };
    let decided = registry
        .batches()
        .decide_reviews(job, &[decision], &reviewer(), story_time())
        .await;
    decided.map(|all| all[0]).map_err(|e| e.code().to_owned())
}

fn back() -> Ruling {
    Ruling::SendBack(ReviewReason::parse("批准内容有误").unwrap())
}

async fn run(registry: &Registry, job: Id) -> Finished {
    run_job(registry, job, story_time()).await.unwrap()
}

#[test]
fn nothing_is_sealed_before_a_second_person_approves() {
    on_both(|registry| async move {
        publish(&registry, with_review).await;
        let body = [rows(0, 2), row(1, "r1", "新建项目，批准建设内容若干。")].concat();
        let job = accepted(&registry, &body).await;
        assert_eq!(run(&registry, job).await, Finished::InReview);
        assert_eq!(
            outcomes(&registry, job).await,
            ["1: in review", "2: in review", "3: existing"]
        );
        let progress = registry.batches().progress(job).await.unwrap();
        assert_eq!((progress.state, progress.issued), (JobState::InReview, 0));
        assert!(registry.batches().to_work_on().await.unwrap().is_empty());
        whole(&registry).await;

        let lines = waiting(&registry, job).await;
        let first = decide(&registry, job, &lines[0], Ruling::Approve).await;
        assert_eq!(first, Ok(Decided::Recorded));
        let twice = decide(&registry, job, &lines[0], back()).await;
        assert_eq!(twice, Ok(Decided::NotWaiting), "the first reviewer won");
        assert_eq!(run(&registry, job).await, Finished::InReview);
        assert_eq!(outcomes(&registry, job).await[0], "1: issued");
        whole(&registry).await;

        let second = decide(&registry, job, &lines[1], back()).await;
        assert_eq!(second, Ok(Decided::Recorded));
        assert_eq!(run(&registry, job).await, Finished::Done);
        assert_eq!(
            outcomes(&registry, job).await,
            ["1: issued", "2: review.sent_back", "3: review.sent_back"],
            "the repeat of the row that was sent back goes with it"
        );
        whole(&registry).await;

        let again = push(&registry, "key-2", &row(1, "r1", "改正后的内容。"))
            .await
            .unwrap();
        assert_eq!(run(&registry, again.job).await, Finished::InReview);
        assert_eq!(outcomes(&registry, again.job).await, ["1: in review"]);
        whole(&registry).await;
    });
}

#[test]
fn who_pushed_does_not_review_and_who_is_foreign_sees_nothing() {
    on_both(|registry| async move {
        publish(&registry, with_review).await;
        let job = accepted(&registry, &rows(0, 1)).await;
        run(&registry, job).await;
        let lines = waiting(&registry, job).await;
        let decision = ReviewDecision {
            row: lines[0].row,
            inputs: lines[0].inputs,
            ruling: Ruling::Approve,
        };
        let batches = registry.batches();
        for (who, unit, expected) in [
            ("li", AGENCY, "own_rows"),
            ("operator", CENTRE, "unknown_job"),
        ] {
            let permit = ReviewPermit::of(person(who, unit));
            let decided = batches
                .decide_reviews(job, std::slice::from_ref(&decision), &permit, story_time())
                .await;
            assert_eq!(decided.unwrap_err().code(), expected, "{who}");
        }
        let centre = ReviewPermit::of(person("operator", CENTRE));
        let seen = batches.in_review(job, 1, &centre, story_time()).await;
        assert_eq!(seen.unwrap_err().code(), "unknown_job");
        let seen = batches.in_review(job, 1, &reviewer(), story_time()).await;
        assert_eq!(seen.unwrap().inputs(), &decision.inputs);
        let none = batches.in_review(job, 9, &reviewer(), story_time()).await;
        assert_eq!(none.unwrap_err().code(), "not_in_review");
        whole(&registry).await;
    });
}

#[test]
fn what_is_laid_out_otherwise_after_its_approval_is_reviewed_again() {
    on_both(|registry| async move {
        publish(&registry, with_review).await;
        let job = accepted(&registry, &rows(0, 1)).await;
        run(&registry, job).await;
        let seen = waiting(&registry, job).await.remove(0);
        let approved = decide(&registry, job, &seen, Ruling::Approve).await;
        assert_eq!(approved, Ok(Decided::Recorded));

        // A worker with other fonts: it voids the plan, and its next attempt waits again.
        let mut worker = Worker::take(&registry, job, story_time()).await.unwrap();
        worker.recover().await.unwrap();
        worker.replace_press(Press::new("v2"));
        assert_eq!(worker.work().await.unwrap(), Finished::InReview);
        let again = waiting(&registry, job).await.remove(0);
        assert_ne!(again.inputs, seen.inputs);
        let stale = decide(&registry, job, &seen, Ruling::Approve).await;
        assert_eq!(stale, Ok(Decided::Changed));
        whole(&registry).await;

        let approved = decide(&registry, job, &again, Ruling::Approve).await;
        assert_eq!(approved, Ok(Decided::Recorded));
        let mut worker = Worker::take(&registry, job, story_time()).await.unwrap();
        worker.recover().await.unwrap();
        worker.replace_press(Press::new("v2"));
        assert_eq!(worker.work().await.unwrap(), Finished::Done);
        assert_eq!(outcomes(&registry, job).await, ["1: issued"]);
        whole(&registry).await;
    });
}

#[test]
fn a_cancelled_batch_takes_back_what_waits() {
    on_both(|registry| async move {
        publish(&registry, with_review).await;
        let job = accepted(&registry, &rows(0, 2)).await;
        run(&registry, job).await;
        let line = waiting(&registry, job).await.remove(0);
        let clerk = person("clerk", AGENCY);
        let batches = registry.batches();
        batches.cancel(job, &clerk, story_time()).await.unwrap();
        assert_eq!(waiting(&registry, job).await, []);
        let late = decide(&registry, job, &line, Ruling::Approve).await;
        assert_eq!(late, Err("job_ended".to_owned()));
        assert_eq!(
            outcomes(&registry, job).await,
            ["1: cancelled", "2: cancelled"]
        );
        let again = push(&registry, "key-2", &rows(0, 2)).await.unwrap();
        assert_eq!(run(&registry, again.job).await, Finished::InReview);
        whole(&registry).await;
    });
}

#[test]
fn a_decision_while_a_worker_has_the_job_is_not_lost() {
    on_both(|registry| async move {
        publish(&registry, with_review).await;
        let job = accepted(&registry, &rows(0, 2)).await;
        let mut worker = Worker::take(&registry, job, story_time()).await.unwrap();
        worker.recover().await.unwrap();
        let laid = worker.lay_out(64).await.unwrap().unwrap();
        assert!(worker.plan(laid).await.unwrap().is_empty());
        for line in waiting(&registry, job).await {
            let decided = decide(&registry, job, &line, Ruling::Approve).await;
            assert_eq!(decided, Ok(Decided::Recorded));
        }
        assert_eq!(worker.work().await.unwrap(), Finished::Unfinished);
        assert_eq!(registry.batches().to_work_on().await.unwrap(), [job]);
        assert_eq!(run(&registry, job).await, Finished::Done);
        whole(&registry).await;
        assert_eq!(outcomes(&registry, job).await, ["1: issued", "2: issued"]);
    });
}

#[test]
fn without_review_nothing_waits() {
    on_both(|registry| async move {
        publish(&registry, as_is).await;
        let job = accepted(&registry, &rows(0, 1)).await;
        assert_eq!(run(&registry, job).await, Finished::Done);
        assert!(waiting(&registry, job).await.is_empty());
        whole(&registry).await;
    });
}

#[test]
fn who_looks_decides_about_what_is_seen() {
    on_both(|registry| async move {
        publish(&registry, with_review).await;
        let job = accepted(&registry, &rows(0, 1)).await;
        run(&registry, job).await;
        let first = waiting(&registry, job).await.remove(0);
        let batches = registry.batches();
        batches
            .show_anew(job, 1, &[9; 32], &reviewer(), story_time())
            .await
            .unwrap();
        let stale = decide(&registry, job, &first, Ruling::Approve).await;
        assert_eq!(stale, Ok(Decided::Changed));
        let again = waiting(&registry, job).await.remove(0);
        assert_eq!(again.inputs, [9; 32]);
        assert_eq!(run(&registry, job).await, Finished::InReview);
        whole(&registry).await;
        // The worker lays out otherwise than what was seen: nothing is sealed, and it waits once more.
        let approved = decide(&registry, job, &again, Ruling::Approve).await;
        assert_eq!(approved, Ok(Decided::Recorded));
        assert_eq!(run(&registry, job).await, Finished::InReview);
        assert_eq!(waiting(&registry, job).await[0].inputs, first.inputs);
        whole(&registry).await;
    });
}

#[test]
fn a_right_that_ended_while_a_row_waited_stops_it() {
    on_both(|registry| async move {
        publish(&registry, with_review).await;
        let job = accepted(&registry, &rows(0, 1)).await;
        run(&registry, job).await;
        let line = waiting(&registry, job).await.remove(0);
        let (units, code) = (registry.units(), TypeCode::parse(TYPE).unwrap());
        let right = units.rights(&code).await.unwrap().remove(0);
        let ended = Authority::new(
            right.agency().clone(),
            right.type_code().clone(),
            right.from(),
            Some(right.from()),
            "示例条例第三条",
        );
        let centre = person("root", CENTRE);
        units
            .authorise(ended.unwrap(), &centre, story_time())
            .await
            .unwrap();
        let refused = decide(&registry, job, &line, Ruling::Approve).await;
        assert_eq!(refused, Ok(Decided::Refused));
        assert_eq!(run(&registry, job).await, Finished::Done);
        assert_eq!(outcomes(&registry, job).await, ["1: agency.not_entitled"]);
        whole(&registry).await;
    });
}
