//! The one store over SQLite and PostgreSQL: connections, transactions, schema, and all SQL.
//! It is not a place for rules: it moves rows. The rooms beside it decide what the rows mean.
//! Called by the rooms of this crate only; nothing outside this folder writes SQL.

pub(crate) mod bulk;
pub(crate) mod claims;
pub(crate) mod counters;
pub(crate) mod deliverers;
pub(crate) mod deliveries;
pub(crate) mod files;
mod folder;
pub(crate) mod generated;
#[cfg(any(test, feature = "testing"))]
pub(crate) mod images;
pub(crate) mod invariants;
pub(crate) mod items;
pub(crate) mod jobs;
pub(crate) mod log;
pub(crate) mod log_covers;
pub(crate) mod log_verify;
mod migrate;
pub(crate) mod persons;
pub(crate) mod plans;
pub(crate) mod records;
pub(crate) mod replacements;
pub(crate) mod reviews;
mod start;
pub(crate) mod stock;
#[cfg(any(test, feature = "testing"))]
#[allow(
    clippy::expect_used,
    reason = "a harness stops at what it does not expect"
)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub(crate) mod transitions;
pub(crate) mod types;
pub(crate) mod units;

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyPool, Row};

use crate::error::{Error, Result};

pub(crate) use folder::FolderLock;
use start::Cache;

/// A write transaction. Dropped without `commit`, it never happened.
pub(crate) type Tx = sqlx::Transaction<'static, Any>;

/// A connection that only reads.
pub(crate) type Reader = sqlx::pool::PoolConnection<Any>;

/// Any connection, for what is asked both within and outside of transactions.
pub(crate) type Connection = sqlx::AnyConnection;

/// Where the rows live.
#[derive(Debug, Clone)]
pub enum Database {
    /// SQLite in the data folder, written by one process.
    Embedded,
    /// PostgreSQL 15 or later, by URL.
    Postgres(String),
}

/// Which of the two databases is behind the store; for the few places where they differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// Pools of one database. SQLite has one write connection, so that a transaction that reads and
/// then writes never fails half way; PostgreSQL writes first and lets row locks decide.
#[derive(Debug)]
pub(crate) struct Store {
    dialect: Dialect,
    write: AnyPool,
    read: AnyPool,
}

impl Store {
    /// Connects, refuses a database that could lose data, and brings the schema up to date.
    pub(crate) async fn open(folder: &Path, database: &Database, now: Timestamp) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let store = match database {
            Database::Embedded => Self::sqlite(&folder.join("registry.db")).await?,
            Database::Postgres(url) => Self::postgres(url).await?,
        };
        store.refuse_unsafe().await?;
        migrate::migrate(&store, now).await?;
        Ok(store)
    }

    /// Connects for reading alone, beside whoever writes. The schema must be there already.
    pub(crate) async fn open_to_read(folder: &Path, database: &Database) -> Result<Self> {
        sqlx::any::install_default_drivers();
        match database {
            Database::Embedded => {
                let read = start::sqlite_to_read(&folder.join("registry.db")).await?;
                Ok(Self {
                    dialect: Dialect::Sqlite,
                    write: read.clone(),
                    read,
                })
            }
            Database::Postgres(url) => Self::postgres(url).await,
        }
    }

    async fn sqlite(file: &Path) -> Result<Self> {
        let url = start::sqlite_url(file, "rwc")?;
        let write = start::sqlite_pool(1, Cache::Writer).connect(&url).await?;
        let read = start::sqlite_pool(4, Cache::Reader).connect(&url).await?;
        Ok(Self {
            dialect: Dialect::Sqlite,
            write,
            read,
        })
    }

    async fn postgres(url: &str) -> Result<Self> {
        let pool = AnyPoolOptions::new()
            .max_connections(12)
            .acquire_timeout(Duration::from_secs(30))
            .connect(url)
            .await?;
        Ok(Self {
            dialect: Dialect::Postgres,
            write: pool.clone(),
            read: pool,
        })
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Begins a write transaction. On SQLite it waits for the one write connection.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        Ok(match self.dialect {
            Dialect::Sqlite => self.write.begin_with("BEGIN IMMEDIATE").await?,
            Dialect::Postgres => self.write.begin().await?,
        })
    }

    /// A connection for reading.
    pub(crate) async fn reader(&self) -> Result<Reader> {
        Ok(self.read.acquire().await?)
    }

    /// The time that leases are measured by: PostgreSQL's own, since several machines share it;
    /// the given one on SQLite, where one process owns the folder.
    pub(crate) async fn lease_clock(&self, now: Timestamp) -> Result<i64> {
        match self.dialect {
            Dialect::Sqlite => Ok(now.as_millisecond()),
            Dialect::Postgres => {
                let row = sqlx::query(
                    "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
                )
                .fetch_one(&self.read)
                .await?;
                Ok(row.try_get(0)?)
            }
        }
    }

    /// Closes every connection; SQLite then folds its write-ahead log into the main file.
    pub(crate) async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    async fn refuse_unsafe(&self) -> Result<()> {
        match self.dialect {
            Dialect::Sqlite => start::refuse_unsafe_sqlite(&self.write).await,
            Dialect::Postgres => start::refuse_unsafe_postgres(&self.write).await,
        }
    }
}

/// A place or number as the database counts: beyond what it holds nothing stands, and nothing wraps round.
pub(crate) fn place(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Reads a stored instant.
pub(crate) fn instant(millis: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(millis).map_err(|_| {
        Error::damaged(
            format!("{millis} 不是时间"),
            format!("{millis} is no instant"),
        )
    })
}
