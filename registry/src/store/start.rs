//! Connecting, and refusing a database that could lose what it acknowledged.

use std::path::Path;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, Executor, Row};

use crate::error::{Error, Result};

/// Earlier versions can lose a transaction when the write-ahead log is reset.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);

/// Settings of every SQLite connection. FULL syncs the log at each commit.
const SQLITE_SETTINGS: &str = "\
    PRAGMA journal_mode = WAL; \
    PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; \
    PRAGMA busy_timeout = 10000; \
    PRAGMA temp_store = MEMORY; \
    PRAGMA wal_autocheckpoint = 32000";

/// The pages that one connection keeps in memory.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cache {
    /// 64 MiB: keyed hashes fall anywhere in their indexes, so that late rows of a long batch read old pages.
    /// Twice as much left late rows as far behind early ones.
    Writer,
    /// 8 MiB: what a reader keeps is out of date after the next commit.
    Reader,
}

pub(super) fn sqlite_pool(connections: u32, cache: Cache) -> AnyPoolOptions {
    let cache = match cache {
        Cache::Writer => "PRAGMA cache_size = -65536",
        Cache::Reader => "PRAGMA cache_size = -8192",
    };
    AnyPoolOptions::new()
        .max_connections(connections)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(sqlx::raw_sql(SQLITE_SETTINGS)).await?;
                connection.execute(sqlx::raw_sql(cache)).await?;
                Ok(())
            })
        })
}

/// A connection that changes nothing, not even the way of the log.
fn sqlite_reader() -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(1)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection
                    .execute(sqlx::raw_sql("PRAGMA busy_timeout = 10000"))
                    .await?;
                Ok(())
            })
        })
}

/// Opens a database to read. Beside a write-ahead log SQLite wants to write the log's index, which a folder that
/// is read-only does not allow: where the log holds nothing, the file alone is read, as one that does not
/// change meanwhile.
pub(super) async fn sqlite_to_read(file: &Path) -> Result<AnyPool> {
    let url = sqlite_url(file, "ro")?;
    match probed(&url).await {
        Err(error) if is_read_only(&error) && file.exists() => {}
        opened => return Ok(opened?),
    }
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        return Err(Error::set_up(
            "数据目录只读，而其预写日志（registry.db-wal）中还有内容，因此无法读取；请由可写该目录的用户运行这一命令，\
             或正常停止服务后再复制该目录，或向运行中的服务查询",
            "the data folder is read-only and its write-ahead log (registry.db-wal) still holds something, so it \
             cannot be read; run the command as a user who may write there, copy the folder after the service has \
             stopped in order, or ask the running service",
        ));
    }
    Ok(probed(&format!("{url}&immutable=true")).await?)
}

/// A pool whose first question was answered.
async fn probed(url: &str) -> sqlx::Result<AnyPool> {
    let pool = sqlite_reader().connect(url).await?;
    sqlx::query("SELECT COUNT(*) FROM sqlite_schema")
        .fetch_one(&pool)
        .await?;
    Ok(pool)
}

/// SQLITE_READONLY and SQLITE_CANTOPEN, in the low byte of what SQLite says in detail.
fn is_read_only(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(said) = error else {
        return false;
    };
    let code = said.code().and_then(|code| code.parse::<u32>().ok());
    matches!(code.map(|code| code & 0xff), Some(8 | 14))
}

/// The URL of a database file, whatever characters its path has; `mode` as SQLite names it.
pub(super) fn sqlite_url(file: &Path, mode: &str) -> Result<String> {
    let path = file.to_str().ok_or_else(|| {
        let file = file.display();
        Error::set_up(
            format!("路径 {file} 不是 UTF-8；请另选目录"),
            format!("the path {file} is not UTF-8; choose another folder"),
        )
    })?;
    let mut url = String::from("sqlite://");
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                url.push(char::from(byte));
            }
            other => url.push_str(&format!("%{other:02X}")),
        }
    }
    url.push_str("?mode=");
    url.push_str(mode);
    Ok(url)
}

pub(super) async fn refuse_unsafe_sqlite(pool: &AnyPool) -> Result<()> {
    let version: String = sqlx::query("SELECT sqlite_version()")
        .fetch_one(pool)
        .await?
        .try_get(0)?;
    refuse_old_sqlite(&version)
}

pub(super) fn refuse_old_sqlite(version: &str) -> Result<()> {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    let found = (next(), next(), next());
    if found < OLDEST_SQLITE {
        let (a, b, c) = OLDEST_SQLITE;
        return Err(Error::set_up(
            format!(
                "SQLite {version} 在重置日志时可能丢失已提交的数据；请用 {a}.{b}.{c} 或更新版本构建"
            ),
            format!(
                "SQLite {version} can lose committed data when its log is reset; build with {a}.{b}.{c} or later"
            ),
        ));
    }
    Ok(())
}

pub(super) async fn refuse_unsafe_postgres(pool: &AnyPool) -> Result<()> {
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let value: String = sqlx::query("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(pool)
            .await?
            .try_get(0)?;
        refuse_off(setting, &value)?;
    }
    let row = sqlx::query(
        "SELECT CAST(datcollate AS TEXT), CAST(pg_encoding_to_char(encoding) AS TEXT) \
         FROM pg_database WHERE datname = current_database()",
    )
    .fetch_one(pool)
    .await?;
    let (collation, encoding): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    refuse_collation(&collation, &encoding)
}

pub(super) fn refuse_off(setting: &str, value: &str) -> Result<()> {
    if value == "off" {
        return Err(Error::set_up(
            format!("PostgreSQL 的 {setting} 已关闭，可能丢失已提交的数据；请打开"),
            format!(
                "PostgreSQL runs with {setting} = off and can lose committed data; set it to on"
            ),
        ));
    }
    Ok(())
}

pub(super) fn refuse_collation(collation: &str, encoding: &str) -> Result<()> {
    if collation != "C" || encoding != "UTF8" {
        return Err(Error::set_up(
            format!(
                "PostgreSQL 数据库的排序规则为 {collation}、编码为 {encoding}，次序和唯一键可能随系统改变；\
                 请用 ENCODING 'UTF8' LC_COLLATE 'C' TEMPLATE template0 新建数据库"
            ),
            format!(
                "the PostgreSQL database sorts by {collation} in {encoding}, so orders and unique keys could \
                 change with the system; create it with ENCODING 'UTF8' LC_COLLATE 'C' TEMPLATE template0"
            ),
        ));
    }
    Ok(())
}
