//! The schema as numbered SQL text, applied once each, in order, in one transaction.

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use sqlx::{Executor, Row};

use super::{Dialect, Store, Tx};
use crate::error::{Error, Result};

/// Every step ever released, in order. A released step never changes; a change is a new step.
const STEPS: &[(&str, &str)] = &[
    ("0001_batches", include_str!("schema/0001_batches.sql")),
    (
        "0002_units_types",
        include_str!("schema/0002_units_types.sql"),
    ),
    (
        "0003_certificates",
        include_str!("schema/0003_certificates.sql"),
    ),
    ("0004_persons", include_str!("schema/0004_persons.sql")),
    (
        "0005_rights_history",
        include_str!("schema/0005_rights_history.sql"),
    ),
    ("0006_images", include_str!("schema/0006_images.sql")),
    ("0007_reviews", include_str!("schema/0007_reviews.sql")),
    (
        "0008_file_digests",
        include_str!("schema/0008_file_digests.sql"),
    ),
    (
        "0009_deliveries",
        include_str!("schema/0009_deliveries.sql"),
    ),
    (
        "0010_deliverers",
        include_str!("schema/0010_deliverers.sql"),
    ),
];

/// Brings the database to the newest step; refuses one that a later program has changed.
pub(super) async fn migrate(store: &Store, now: Timestamp) -> Result<()> {
    let mut tx = store.begin().await?;
    if store.dialect() == Dialect::Postgres {
        // Two processes may start at once; creating a table is not safe against that by itself.
        tx.execute(sqlx::raw_sql("SELECT pg_advisory_xact_lock(7301)"))
            .await?;
    }
    tx.execute(sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS schema_steps \
         (step BIGINT PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at BIGINT NOT NULL)",
    ))
    .await?;
    let applied = applied_steps(&mut tx).await?;
    refuse_unknown(&applied)?;
    for (index, (name, sql)) in STEPS.iter().enumerate().skip(applied.len()) {
        tx.execute(sqlx::raw_sql(*sql)).await?;
        sqlx::query(
            "INSERT INTO schema_steps (step, name, sha256, applied_at) VALUES ($1, $2, $3, $4)",
        )
        .bind(index as i64 + 1)
        .bind(*name)
        .bind(fingerprint(sql))
        .bind(now.as_millisecond())
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn applied_steps(tx: &mut Tx) -> Result<Vec<(String, String)>> {
    let rows = sqlx::query("SELECT name, sha256 FROM schema_steps ORDER BY step")
        .fetch_all(&mut **tx)
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

fn refuse_unknown(applied: &[(String, String)]) -> Result<()> {
    for (index, (name, sha256)) in applied.iter().enumerate() {
        let known = STEPS
            .get(index)
            .is_some_and(|(n, sql)| n == name && fingerprint(sql) == *sha256);
        if !known {
            return Err(Error::set_up(
                format!(
                    "数据库含有本程序不认识的结构步骤 {name}；请使用写入它的或更新版本的 yinxin"
                ),
                format!(
                    "the database has the schema step {name}, which this program does not know; \
                     use the version of yinxin that wrote it, or a later one"
                ),
            ));
        }
    }
    Ok(())
}

fn fingerprint(sql: &str) -> String {
    hex::encode(digest(&SHA256, sql.as_bytes()))
}
