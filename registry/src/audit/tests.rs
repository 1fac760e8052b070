use sqlx::Row as _;

use super::{Acts, Entry};
use crate::Registry;
use crate::testing::{on_both, story_time};

fn entry(kind: &str, object: &str) -> Entry {
    Entry {
        at: 5,
        kind: kind.to_owned(),
        object: object.to_owned(),
        actor: "test".to_owned(),
        detail: String::new(),
    }
}

async fn act(registry: &Registry, names: &[&str]) {
    let tx = registry.store().begin().await.unwrap();
    let entries = |stream| names.iter().map(|name| entry(stream, name)).collect();
    let acts = Acts {
        audit: entries("act"),
        events: entries("event"),
    };
    registry.journal().commit(tx, acts).await.unwrap();
}

#[test]
fn numbers_follow_each_other_without_gaps() {
    on_both(|registry| async move {
        act(&registry, &["a", "b"]).await;
        assert!(
            registry.feed().after(0, 10).await.unwrap().is_empty(),
            "not numbered yet"
        );
        assert_eq!(registry.feed().number(story_time()).await.unwrap(), 4);
        act(&registry, &["c"]).await;
        act(&registry, &["d", "e"]).await;
        assert_eq!(registry.feed().number(story_time()).await.unwrap(), 6);
        assert_eq!(registry.feed().number(story_time()).await.unwrap(), 0);
        let read = |after, limit| {
            let registry = registry.clone();
            async move {
                let events = registry.feed().after(after, limit).await.unwrap();
                events
                    .into_iter()
                    .map(|(n, event)| format!("{n}{}", event.object))
                    .collect::<String>()
            }
        };
        assert_eq!(read(0, 10).await, "1a2b3c4d5e");
        assert_eq!(read(1, 3).await, "2b3c4d");
        assert_eq!(read(5, 3).await, "");
        assert_eq!(
            registry.audit().after(3, 1).await.unwrap()[0].1,
            entry("act", "d")
        );
        assert!(registry.audit().verify().await.unwrap().is_empty());
    });
}

#[test]
fn a_change_in_the_past_is_noticed() {
    let changes = [
        (
            "UPDATE audit SET detail = 'x' WHERE seq = 2",
            "it does not hold the digest",
        ),
        ("DELETE FROM audit WHERE seq = 1", "the row is missing"),
        (
            "UPDATE audit SET actor = 'x' WHERE seq = 3",
            "its digest is not the one that was numbered",
        ),
        (
            "DELETE FROM audit WHERE seq >= 2",
            "rows that were numbered are missing",
        ),
        (
            "DELETE FROM log_ranges WHERE first = 1 AND stream = 'audit'",
            "its range of numbers",
        ),
    ];
    for (change, seen) in changes {
        on_both(|registry| async move {
            act(&registry, &["a", "b"]).await;
            registry.feed().number(story_time()).await.unwrap();
            act(&registry, &["c", "d"]).await;
            registry.feed().number(story_time()).await.unwrap();
            let mut tx = registry.store().begin().await.unwrap();
            sqlx::query(change).execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
            let faults = registry.audit().verify().await.unwrap();
            assert!(
                faults.iter().any(|f| f.to_string().contains(seen)),
                "{change}: {faults:?}"
            );
        });
    }
}

#[test]
fn a_failed_commit_leaves_the_chain_whole() {
    on_both(|registry| async move {
        act(&registry, &["a"]).await;
        let mut tx = registry.store().begin().await.unwrap();
        // A row that stands in the way of the next one: the commit fails.
        let writer = registry.journal().writer();
        let stray = "INSERT INTO audit SELECT writer, 1, prev, at, kind, object, actor, detail FROM audit WHERE writer = $1";
        sqlx::query(stray)
            .bind(writer)
            .execute(&mut *tx)
            .await
            .unwrap();
        assert!(
            registry
                .journal()
                .commit(tx, Acts::one(entry("act", "b")))
                .await
                .is_err()
        );
        act(&registry, &["c"]).await;
        registry.feed().number(story_time()).await.unwrap();
        let acts = registry.audit().after(0, 10).await.unwrap();
        assert_eq!(
            acts.iter()
                .map(|(_, act)| act.object.as_str())
                .collect::<String>(),
            "ac"
        );
        assert!(registry.audit().verify().await.unwrap().is_empty());
        let mut reader = registry.store().reader().await.unwrap();
        let row = sqlx::query("SELECT COUNT(*) FROM audit")
            .fetch_one(&mut *reader)
            .await
            .unwrap();
        assert_eq!(row.get::<i64, _>(0), 2);
    });
}

#[test]
fn an_answer_leaves_when_its_entry_is_durable() {
    on_both(|registry| async move {
        let mut readers = tokio::task::JoinSet::new();
        for n in 0..64 {
            let registry = registry.clone();
            readers.spawn(async move {
                let read = entry("verified", &n.to_string());
                let recorded = registry.audit().record(read, n).await.unwrap();
                recorded.into_answer()
            });
        }
        let mut answered = readers.join_all().await;
        answered.sort_unstable();
        assert_eq!(answered, (0..64).collect::<Vec<_>>());
        registry.feed().number(story_time()).await.unwrap();
        let entries = registry.audit().after(0, 100).await.unwrap();
        let mut objects: Vec<u32> = entries
            .iter()
            .filter_map(|(_, entry)| entry.object.parse().ok())
            .collect();
        objects.sort_unstable();
        assert_eq!(objects, answered);
        assert!(registry.audit().verify().await.unwrap().is_empty());

        // without the audit there is no answer
        registry.store().close().await;
        assert!(
            registry
                .audit()
                .record(entry("verified", "x"), ())
                .await
                .is_err()
        );
    });
}

/// Writes the whole log anew, digests and all, as whoever owns the database could.
async fn rewrite(registry: &Registry, names: &[&str]) {
    crate::store::testing::forget_log(registry.store()).await;
    let again = super::Journal::new(
        registry.journal().writer().to_owned(),
        registry.store().dialect(),
    );
    let tx = registry.store().begin().await.unwrap();
    let audit = names.iter().map(|name| entry("act", name)).collect();
    let acts = Acts {
        audit,
        events: Vec::new(),
    };
    again.commit(tx, acts).await.unwrap();
}

#[test]
fn a_checkpoint_finds_a_log_that_was_rewritten_digests_and_all() {
    on_both(|registry| async move {
        act(&registry, &["a", "b"]).await;
        let (audit, now) = (registry.audit(), story_time());
        let kept = audit.checkpoint(now).await.unwrap();
        act(&registry, &["c"]).await;
        assert_eq!(audit.verify_against(&kept).await.unwrap(), []);
        let chain = kept
            .chains
            .iter()
            .find(|end| end.stream == "audit")
            .unwrap();
        let exported = audit.export(chain, 0, 10).await.unwrap();
        let objects: Vec<_> = exported.iter().map(|row| row.object.as_str()).collect();
        assert_eq!(objects, ["a", "b"], "none beyond the checkpoint");
        assert_eq!(exported[1].prev, exported[0].digest);
        assert_eq!(exported[1].digest, chain.digest);
        assert_eq!(audit.export(chain, 1, 10).await.unwrap().len(), 1);

        for (names, seen) in [
            (&["a", "x", "c"][..], "it is not what the checkpoint kept"),
            (&["a"][..], "rows that the checkpoint knows are missing"),
        ] {
            rewrite(&registry, names).await;
            assert_eq!(audit.verify().await.unwrap(), [], "whole by itself");
            let faults = audit.verify_against(&kept).await.unwrap();
            let said = |f: &super::LogFault| f.to_string().contains(seen);
            assert!(faults.iter().any(said), "{names:?}: {faults:?}");
        }
        crate::store::testing::forget_log(registry.store()).await;
        let faults = audit.verify_against(&kept).await.unwrap();
        let gone = "the checkpoint knows rows of this writer, and they are gone";
        assert!(
            faults.iter().any(|f| f.to_string().contains(gone)),
            "{faults:?}"
        );
    });
}
