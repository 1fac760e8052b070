//! Whoever changes the record behind the back of the log is named, over both databases.

use super::story::{clerk, code, decided, hours, identifier, stock, suspend};
use super::{Identifier, Key, Stock, TransitionKind};
use crate::Registry;
use crate::batches::Outcome;
use crate::ids::Id;
use crate::testing::{AGENCY, on_both, publish, push, row, run_job, story_time};

/// Four issued certificates, by the word that says what becomes of them.
struct Told {
    plain: Id,
    suspended: Id,
    revoked: Id,
    replaced: Id,
    names: Vec<Identifier>,
}

async fn tell(registry: &Registry) -> Told {
    publish(registry, str::to_owned).await;
    let body: String = (0..4).map(|n| row(n, &format!("r{n}"), "同意。")).collect();
    let job = push(registry, "key-1", &body).await.unwrap().job;
    run_job(registry, job, story_time()).await.unwrap();
    let (room, mut names, mut ids) = (registry.certificates(), Vec::new(), Vec::new());
    for answer in registry.batches().answers(job, 0, 100).await.unwrap() {
        let Outcome::Issued(identifier) = answer.outcome else {
            panic!("{answer:?}")
        };
        let record = room.find(Key::Identifier(&identifier)).await.unwrap();
        ids.push(record.unwrap().id);
        names.push(identifier);
    }
    room.decide(ids[1], &suspend(None), &clerk(), hours(1))
        .await
        .unwrap();
    let revoke = decided(TransitionKind::Revoke, "03");
    room.decide(ids[2], &revoke, &clerk(), hours(1))
        .await
        .unwrap();
    let replaces = format!("{{\"replaces\":\"{}\",", names[3]);
    let body = row(3, "next", "变更。").replacen('{', &replaces, 1);
    let job = push(registry, "key-2", &body).await.unwrap().job;
    run_job(registry, job, hours(1)).await.unwrap();
    Told {
        plain: ids[0],
        suspended: ids[1],
        revoked: ids[2],
        replaced: ids[3],
        names,
    }
}

async fn apart(registry: &Registry) -> Vec<String> {
    let told = registry.audit().unrecorded().await.unwrap();
    told.iter().map(ToString::to_string).collect()
}

async fn change(registry: &Registry, statements: &str, id: &str) {
    let mut tx = registry.store().begin().await.unwrap();
    for statement in statements.split(';') {
        let statement = sqlx::AssertSqlSafe(statement.replace("$1", &format!("'{id}'")));
        sqlx::query(statement).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[test]
fn each_change_of_the_record_alone_is_named() {
    on_both(|registry| async move {
        let told = tell(&registry).await;
        assert_eq!(apart(&registry).await, [""; 0]);
        let (revoked, replaced) = (told.names[2].to_string(), told.names[3].to_string());
        let (plain, suspended) = (told.plain.to_string(), told.suspended.to_string());
        // What is changed, of which certificate, and how it is named.
        let cases = [
            (
                "UPDATE certificates SET expiring = '2031-01-01' WHERE id = $1",
                told.plain,
                ("the dates, identifier, content or file are not", &plain),
            ),
            (
                "UPDATE certificates SET effective = '2026-03-02' WHERE id = $1",
                told.suspended,
                ("the dates, identifier, content or file are not", &suspended),
            ),
            (
                "UPDATE transitions SET legal_basis = 'x' WHERE certificate = $1",
                told.suspended,
                ("a transition is not what the log covers", &suspended),
            ),
            (
                "INSERT INTO transitions (certificate, place, kind, effective_at, recorded_at, actor, \
                 evidence) SELECT certificate, 9, kind, effective_at, recorded_at, actor, evidence \
                 FROM transitions WHERE certificate = $1",
                told.suspended,
                ("the audit does not know a transition", &suspended),
            ),
            (
                "DELETE FROM transitions WHERE certificate = $1",
                told.revoked,
                (
                    "the audit knows a transition that is not on record",
                    &revoked,
                ),
            ),
            (
                "DELETE FROM transitions WHERE certificate = $1",
                told.replaced,
                (
                    "the events know a transition that is not on record",
                    &replaced,
                ),
            ),
            (
                "DELETE FROM files WHERE certificate = $1",
                told.plain,
                ("the log knows an issue, and no file is on record", &plain),
            ),
            (
                "DELETE FROM plans WHERE certificate = $1; DELETE FROM certificates WHERE id = $1",
                told.plain,
                ("the events know an issue, and there is no record", &plain),
            ),
        ];
        for (statements, id, (words, name)) in cases {
            let before = apart(&registry).await;
            change(&registry, statements, &id.to_string()).await;
            let after = apart(&registry).await;
            let mut new = after.iter().filter(|line| !before.contains(line));
            let named = new.any(|line| line.starts_with(words) && line.ends_with(name.as_str()));
            assert!(named, "{statements}: {after:#?}");
        }
        assert_eq!(
            registry.audit().verify().await.unwrap(),
            [],
            "the chains are whole"
        );
    });
}

#[test]
fn what_came_with_stock_is_covered_too() {
    on_both(|registry| async move {
        let published = super::story::publish(&registry).await;
        let one = Stock {
            identifier: Some(identifier(1)),
            ..stock(&published, 1)
        };
        let imported = registry.certificates();
        let imported = imported
            .import(&published, &code(AGENCY), vec![one], &clerk(), hours(0))
            .await
            .unwrap();
        assert_eq!(imported.len(), 1);
        assert_eq!(apart(&registry).await, [""; 0]);
        let statement = "UPDATE certificates SET issued = '2020-01-01'";
        change(&registry, statement, "").await;
        let told = apart(&registry).await;
        assert_eq!(told.len(), 1, "{told:#?}");
        assert!(told[0].starts_with("a transition is not what the log covers"));
    });
}
