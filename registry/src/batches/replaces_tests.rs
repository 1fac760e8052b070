//! Whose certificate a row may replace, and what number is taken.

use super::Outcome;
use super::tests::{accepted, as_is, later, outcomes, whole};
use crate::testing::{CENTRE, on_both, publish, push, row, rows, run_job, story_time};

#[test]
fn a_row_replaces_no_stranger_s_certificate() {
    on_both(|registry| async move {
        publish(&registry, as_is).await;
        let job = accepted(&registry, &rows(0, 4)).await;
        run_job(&registry, job, story_time()).await.unwrap();
        let answers = registry.batches().answers(job, 0, 9).await.unwrap();
        let mut body = String::new();
        for (n, (answer, same)) in (0..).zip(answers.iter().zip(["", "code", "name", "number"])) {
            let Outcome::Issued(first) = &answer.outcome else {
                panic!("{answers:?}")
            };
            let mut next = row(n, &format!("next-{n}"), "变更后的内容");
            for (what, from, to) in [
                ("code", "91350100M000100Y43".to_owned(), CENTRE.to_owned()),
                ("name", format!("示例公司{n}"), "另一公司".to_owned()),
                (
                    "number",
                    format!("〕{}号", n + 1),
                    format!("〕{}号", n + 71),
                ),
            ] {
                if what != same {
                    next = next.replace(&from, &to);
                }
            }
            body += &next.replacen('{', &format!("{{\"replaces\":\"{first}\","), 1);
        }
        let job = push(&registry, "change", &body).await.unwrap().job;
        run_job(&registry, job, later()).await.unwrap();
        let expect = [
            "1: replaces.another_holder",
            "2: issued",
            "3: issued",
            "4: issued",
        ];
        assert_eq!(outcomes(&registry, job).await, expect);
        whole(&registry).await;
    });
}

#[test]
fn a_number_in_full_width_digits_is_the_same_number() {
    on_both(|registry| async move {
        publish(&registry, |text| {
            text.replace("pattern = '示建批〔\\d{4}〕\\d{1,5}号'\n", "")
        })
        .await;
        let wide = row(1, "wide", "甲").replace("〔2026〕2号", "〔２０２６〕１号");
        let job = accepted(&registry, &(row(0, "narrow", "甲") + &wide)).await;
        run_job(&registry, job, story_time()).await.unwrap();
        assert_eq!(
            outcomes(&registry, job).await,
            ["1: issued", "2: number.taken"]
        );
        let job = push(&registry, "later", &wide).await.unwrap().job;
        run_job(&registry, job, story_time()).await.unwrap();
        assert_eq!(outcomes(&registry, job).await, ["1: number.taken"]);
        whole(&registry).await;
    });
}
