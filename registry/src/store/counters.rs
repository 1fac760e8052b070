//! SQL of what counts up: numbers by rule, places in status lists.

use sqlx::Row;

use super::Tx;
use crate::cipher::WrappedKey;
use crate::error::Result;

/// Half of the 2^20 places of a list: at this mark the next list begins.
pub(crate) const HALF_LIST: i64 = 1 << 19;

/// A status list as it is stored.
#[derive(Debug)]
pub(crate) struct StoredList {
    pub(crate) list: u32,
    pub(crate) secret: WrappedKey,
}

/// Takes the next `count` values of a counter; returns the first, from 1. Values of a transaction
/// that fails are given again.
pub(crate) async fn take(tx: &mut Tx, name: &str, count: u32) -> Result<u64> {
    let row = sqlx::query(
        "INSERT INTO counters (name, value) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value RETURNING value",
    )
    .bind(name)
    .bind(i64::from(count))
    .fetch_one(&mut **tx)
    .await?;
    Ok((row.try_get::<i64, _>(0)? - i64::from(count) + 1).unsigned_abs())
}

/// Takes the next `count` places of a type's newest list that is not half full; returns the list
/// and the counter's first value. `None` where a new list must begin.
pub(crate) async fn take_places(
    tx: &mut Tx,
    type_code: &str,
    count: u32,
) -> Result<Option<(StoredList, u32)>> {
    let row = sqlx::query(
        "UPDATE status_lists SET next = next + $2 WHERE type_code = $1 AND next + $2 <= $3 \
         AND list = (SELECT MAX(s.list) FROM status_lists s WHERE s.type_code = $1) \
         RETURNING list, kek, secret, next",
    )
    .bind(type_code)
    .bind(i64::from(count))
    .bind(HALF_LIST)
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|row| {
        let stored = |column: &str| -> Result<u32> {
            Ok(u32::try_from(row.try_get::<i64, _>(column)?).unwrap_or(u32::MAX))
        };
        let secret = WrappedKey {
            version: stored("kek")?,
            bytes: row.try_get("secret")?,
        };
        Ok((
            StoredList {
                list: stored("list")?,
                secret,
            },
            stored("next")? - count,
        ))
    })
    .transpose()
}

/// The number that a type's next list gets, from 1; `None` where another worker has just begun one that has room
/// for `count` places.
pub(crate) async fn next_list(tx: &mut Tx, type_code: &str, count: u32) -> Result<Option<u32>> {
    let row = sqlx::query(
        "SELECT list, next FROM status_lists WHERE type_code = $1 ORDER BY list DESC LIMIT 1",
    )
    .bind(type_code)
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else {
        return Ok(Some(1));
    };
    if row.try_get::<i64, _>(1)? + i64::from(count) <= HALF_LIST {
        return Ok(None);
    }
    let newest = u32::try_from(row.try_get::<i64, _>(0)?).unwrap_or(u32::MAX - 1);
    Ok(Some(newest + 1))
}

/// Begins a list, unless another worker has just done so.
pub(crate) async fn begin_list(
    tx: &mut Tx,
    type_code: &str,
    list: u32,
    secret: &WrappedKey,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO status_lists (type_code, list, kek, secret, next) VALUES ($1, $2, $3, $4, 0) \
         ON CONFLICT (type_code, list) DO NOTHING",
    )
    .bind(type_code)
    .bind(i64::from(list))
    .bind(i64::from(secret.version))
    .bind(secret.bytes.clone())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
