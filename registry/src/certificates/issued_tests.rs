//! Stories of certificates that a batch has issued, over both databases.

use ring::digest::{SHA256, digest};

use super::story::{clerk, decided, hours, refusal, suspend};
use super::{
    Basis, Filter, Identifier, Key, Record, RecordedState, StateName, TransitionKind, start_of_day,
};
use crate::Registry;
use crate::batches::Outcome;
use crate::testing::{check_invariants, on_both, publish, push, row, run_job, story_time};

/// Issues one certificate for each row and returns their identifiers.
async fn issue(registry: &Registry, body: &str) -> Vec<Identifier> {
    publish(registry, str::to_owned).await;
    let job = push(registry, "key-1", body).await.unwrap().job;
    run_job(registry, job, story_time()).await.unwrap();
    for beyond in [100, i64::MAX as u64, 1 << 63, u64::MAX] {
        let none = registry.batches().answers(job, beyond, 10).await.unwrap();
        assert_eq!(none, [], "after {beyond}");
    }
    let answers = registry.batches().answers(job, 0, 100).await.unwrap();
    let issued = answers.into_iter().map(|answer| match answer.outcome {
        Outcome::Issued(identifier) => identifier,
        other => panic!("{other:?}"),
    });
    issued.collect()
}

async fn found(registry: &Registry, key: Key<'_>) -> Record {
    registry.certificates().find(key).await.unwrap().unwrap()
}

#[test]
fn what_a_batch_issued_is_found_with_its_history_and_file() {
    on_both(|registry| async move {
        let issued = issue(
            &registry,
            &[row(0, "a", "同意。"), row(1, "b", "同意。")].concat(),
        )
        .await;
        let record = found(&registry, Key::Identifier(&issued[1])).await;
        assert_eq!(record.basis, Basis::Issued);
        let text = issued[1].to_string();
        let (body, last) = text.split_at(text.len() - 1);
        let misspelt = format!("{body}{}", if last == "A" { "B" } else { "A" });
        let misspelt = Identifier::parse(&misspelt).unwrap().value;
        let room = registry.certificates();
        assert_eq!(room.find(Key::Identifier(&misspelt)).await.unwrap(), None);
        let meant = room.meant_by(&misspelt).await.unwrap();
        assert_eq!(meant.as_ref(), Some(&issued[1]));
        assert_eq!(room.meant_by(&issued[1]).await.unwrap(), None);
        assert_eq!(record.identifier.as_ref(), Some(&issued[1]));
        let history = record.history.transitions();
        let words: Vec<_> = history.iter().map(|t| t.kind.as_str()).collect();
        assert_eq!(words, ["approve", "issue"]);
        assert_eq!(history[0].actor.to_string(), "li@11990000MB99990094");

        let bytes = registry.batches().file(&issued[1]).await.unwrap();
        let sha256: [u8; 32] = digest(&SHA256, &bytes).as_ref().try_into().unwrap();
        let files = registry.certificates().files(&record).await.unwrap();
        assert_eq!(
            (files[0].sha256, files[0].length),
            (sha256, bytes.len() as u64)
        );
        let by_file = found(&registry, Key::FileRevisions(&[[0; 32], sha256])).await;
        assert_eq!(by_file.id, record.id);
        let number = Key::Number {
            type_code: &record.type_code,
            agency: &record.agency,
            number: "示建批〔2026〕2号",
        };
        assert_eq!(found(&registry, number).await.id, record.id);
        let facts = registry
            .certificates()
            .facts(record, hours(1), hours(1))
            .await
            .unwrap();
        assert_eq!((facts.entitled, facts.standing), (Some(true), None));
    });
}

#[test]
fn it_counts_from_its_day_of_issue_and_was_not_known_before_its_record() {
    on_both(|registry| async move {
        let issued = issue(&registry, &row(0, "a", "同意。")).await.remove(0);
        let room = registry.certificates();
        let record = found(&registry, Key::Identifier(&issued)).await;
        let sealed = record.history.transitions()[1].recorded_at;
        let day = start_of_day(record.issued);
        assert!(day < sealed, "the day of issue lies before the story");
        let between = day + sealed.duration_since(day) / 2;
        let name = |record: &Record, at, known_at| record.state_at(at, known_at).map(|s| s.name);
        assert_eq!(name(&record, day, sealed), Some(StateName::Valid));
        assert_eq!(name(&record, between, sealed), Some(StateName::Valid));
        let early = day - jiff::SignedDuration::from_millis(1);
        assert_eq!(name(&record, early, sealed), None);
        assert_eq!(name(&record, sealed, between), None, "nobody knew it then");
        let facts = room.facts(record.clone(), between, sealed).await.unwrap();
        assert_eq!(facts.issued_at, day);

        let mut withdraw = decided(TransitionKind::Withdraw, "03");
        withdraw.effective_at = Some(between);
        withdraw.legal_basis = None;
        let bare = room.decide(record.id, &withdraw, &clerk(), hours(1)).await;
        assert_eq!(refusal(bare), Some("transition_refused"));
        withdraw.legal_basis = Some("行政许可法第69条".into());
        room.decide(record.id, &withdraw, &clerk(), hours(1))
            .await
            .unwrap();
        let record = found(&registry, Key::Identifier(&issued)).await;
        let withdrawn = Some(StateName::Recorded(RecordedState::Withdrawn));
        assert_eq!(name(&record, between, hours(1)), withdrawn);
        assert_eq!(name(&record, day, hours(1)), Some(StateName::Valid));
        assert_eq!(name(&record, between, sealed), Some(StateName::Valid));
        assert!(registry.audit().verify().await.unwrap().is_empty());
    });
}

#[test]
fn an_issued_certificate_is_suspended_and_searched_for() {
    on_both(|registry| async move {
        let issued = issue(
            &registry,
            &[row(0, "a", "同意。"), row(1, "b", "同意。")].concat(),
        )
        .await;
        let room = registry.certificates();
        let record = found(&registry, Key::Identifier(&issued[0])).await;
        room.decide(record.id, &suspend(None), &clerk(), hours(1))
            .await
            .unwrap();
        let state = Some(StateName::Recorded(RecordedState::Suspended));
        let filter = Filter {
            type_code: Some(&record.type_code),
            state,
            ..Filter::default()
        };
        let page = room.search(&filter, None, 10, hours(1)).await.unwrap();
        let names: Vec<_> = page.records.iter().map(Record::name).collect();
        assert_eq!(names, [issued[0].to_string()]);
        let broken = check_invariants(&registry).await;
        assert!(broken.is_empty(), "{broken:#?}");
    });
}

#[test]
fn a_replaced_certificate_is_superseded_and_its_number_goes_on() {
    on_both(|registry| async move {
        let first = issue(&registry, &row(0, "a", "同意。")).await.remove(0);
        let replaces = format!("{{\"replaces\":\"{first}\",");
        let body = row(0, "b", "变更。").replacen('{', &replaces, 1);
        let job = push(&registry, "key-2", &body).await.unwrap().job;
        run_job(&registry, job, hours(1)).await.unwrap();
        let next = first.next_version().unwrap();
        let old = found(&registry, Key::Identifier(&first)).await;
        let state = old.state_at(hours(1), hours(1)).unwrap();
        assert_eq!(state.name, StateName::Recorded(RecordedState::Superseded));
        let new = found(&registry, Key::Identifier(&next)).await;
        // At no instant do both hold or neither: the day of issue of the second is the same.
        for (at, first, second) in [
            (hours(0), "valid", None),
            (hours(1), "superseded", Some("valid")),
        ] {
            let name = |record: &Record| record.state_at(at, hours(1)).map(|s| s.name.as_str());
            assert_eq!((name(&old), name(&new)), (Some(first), second), "{at}");
        }
        let number = Key::Number {
            type_code: &new.type_code,
            agency: &new.agency,
            number: "示建批〔2026〕1号",
        };
        assert_eq!(found(&registry, number).await.id, new.id);
    });
}
