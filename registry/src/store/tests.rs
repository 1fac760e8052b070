use jiff::Timestamp;
use sqlx::Row;

use super::generated::Insert;
use super::testing::{Ground, on_both_grounds};
use super::{Dialect, FolderLock, Store, start};
use crate::error::Error;

async fn open(ground: &Ground) -> Store {
    Store::open(
        ground.folder.path(),
        &ground.database,
        Timestamp::UNIX_EPOCH,
    )
    .await
    .unwrap()
}

#[test]
fn the_schema_is_applied_once() {
    on_both_grounds(|ground| async move {
        open(&ground).await.close().await;
        let store = open(&ground).await;
        let mut reader = store.reader().await.unwrap();
        let row = sqlx::query("SELECT COUNT(*) FROM schema_steps WHERE step = $1")
            .bind(1_i64)
            .fetch_one(&mut *reader)
            .await
            .unwrap();
        assert_eq!(row.get::<i64, _>(0), 1);
    });
}

#[test]
fn a_schema_of_a_later_program_is_refused() {
    on_both_grounds(|ground| async move {
        let store = open(&ground).await;
        let mut tx = store.begin().await.unwrap();
        sqlx::query("INSERT INTO schema_steps VALUES (99, 'from_the_future', '', 0)")
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        store.close().await;
        let again = Store::open(
            ground.folder.path(),
            &ground.database,
            Timestamp::UNIX_EPOCH,
        )
        .await;
        let Err(Error::SetUp(message)) = again else {
            panic!("opened")
        };
        assert!(message.en.contains("from_the_future"), "{message}");
    });
}

#[test]
fn many_rows_go_in_at_once_and_come_back() {
    on_both_grounds(|ground| async move {
        let store = open(&ground).await;
        let mut tx = store.begin().await.unwrap();
        sqlx::query("CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT, body BYTEA)")
            .execute(&mut *tx)
            .await
            .unwrap();
        let rows: Vec<i64> = (0..147).collect();
        Insert {
            table: "t",
            columns: &["id", "name", "body"],
        }
        .run(&mut tx, store.dialect(), &rows, |id, values| {
            let name = (id % 2 == 0).then(|| format!("n{id}"));
            values.add(*id)?.add(name)?.add(vec![*id as u8])?;
            Ok(())
        })
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let mut reader = store.reader().await.unwrap();
        let found = sqlx::query("SELECT id, name, body FROM t ORDER BY id")
            .fetch_all(&mut *reader)
            .await
            .unwrap();
        assert_eq!(found.len(), 147);
        for (id, row) in found.iter().enumerate() {
            assert_eq!(row.get::<i64, _>(0), id as i64);
            assert_eq!(row.get::<Option<String>, _>(1).is_some(), id % 2 == 0);
            assert_eq!(row.get::<Vec<u8>, _>(2), vec![id as u8]);
        }
    });
}

#[test]
fn a_transaction_that_is_dropped_never_happened() {
    on_both_grounds(|ground| async move {
        let store = open(&ground).await;
        let mut tx = store.begin().await.unwrap();
        sqlx::query("INSERT INTO schema_steps VALUES (50, 'x', 'y', 0)")
            .execute(&mut *tx)
            .await
            .unwrap();
        drop(tx);
        let mut tx = store.begin().await.unwrap();
        let row = sqlx::query("SELECT COUNT(*) FROM schema_steps WHERE step = 50")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        assert_eq!(row.get::<i64, _>(0), 0);
    });
}

#[test]
fn unsafe_databases_are_refused() {
    let refused = |result: crate::Result<()>, word: &str| match result {
        Err(Error::SetUp(message)) => assert!(message.en.contains(word), "{message}"),
        other => panic!("{word}: {other:?}"),
    };
    refused(start::refuse_old_sqlite("3.51.2"), "3.51.2");
    refused(start::refuse_old_sqlite("3.9"), "3.9");
    refused(start::refuse_off("fsync", "off"), "fsync");
    refused(
        start::refuse_collation("en_US.UTF-8", "UTF8"),
        "en_US.UTF-8",
    );
    refused(start::refuse_collation("C", "SQL_ASCII"), "SQL_ASCII");
    assert!(start::refuse_old_sqlite("3.51.3").is_ok());
    assert!(start::refuse_old_sqlite("4.0.0").is_ok());
    assert!(start::refuse_off("fsync", "on").is_ok());
    assert!(start::refuse_collation("C", "UTF8").is_ok());
}

#[test]
fn sqlite_syncs_every_commit() {
    on_both_grounds(|ground| async move {
        let store = open(&ground).await;
        if store.dialect() == Dialect::Sqlite {
            let mut tx = store.begin().await.unwrap();
            let mode: String = sqlx::query("PRAGMA journal_mode")
                .fetch_one(&mut *tx)
                .await
                .unwrap()
                .get(0);
            let synchronous: i64 = sqlx::query("PRAGMA synchronous")
                .fetch_one(&mut *tx)
                .await
                .unwrap()
                .get(0);
            assert_eq!((mode.as_str(), synchronous), ("wal", 2));
        }
    });
}

#[test]
fn a_second_writer_is_told_who_holds_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let held = FolderLock::take(folder.path(), "yinxin serve").unwrap();
    let Err(Error::FolderInUse { holder }) = FolderLock::take(folder.path(), "yinxin sign") else {
        panic!("taken twice")
    };
    assert!(holder.starts_with("yinxin serve, process "), "{holder}");
    drop(held);
    FolderLock::take(folder.path(), "yinxin sign").unwrap();
}
