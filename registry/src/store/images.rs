//! SQL of pictures that rows will name.

use sqlx::Row;

use super::{Connection, Tx};
use crate::cipher::{Hash, WrappedKey};
use crate::error::Result;
use crate::ids::Id;

/// A picture as it is stored.
#[derive(Debug)]
pub(crate) struct StoredImage {
    pub(crate) id: Id,
    pub(crate) wrapped: WrappedKey,
    /// Sealed under its own key.
    pub(crate) content: Vec<u8>,
}

/// The picture of a hash.
pub(crate) async fn find(on: &mut Connection, hash: Hash) -> Result<Option<StoredImage>> {
    let row = sqlx::query("SELECT id, kek, wrapped, content FROM images WHERE hash = $1")
        .bind(hash.0.to_vec())
        .fetch_optional(on)
        .await?;
    row.map(|row| {
        Ok(StoredImage {
            id: Id::stored(row.try_get(0)?)?,
            wrapped: WrappedKey {
                version: u32::try_from(row.try_get::<i64, _>(1)?).unwrap_or_default(),
                bytes: row.try_get(2)?,
            },
            content: row.try_get(3)?,
        })
    })
    .transpose()
}

/// Keeps one longer that is there; false where it is not.
pub(crate) async fn touch(tx: &mut Tx, hash: Hash, at: i64) -> Result<bool> {
    let touched = sqlx::query("UPDATE images SET put_at = $2 WHERE hash = $1 AND put_at <= $2")
        .bind(hash.0.to_vec())
        .bind(at)
        .execute(&mut **tx)
        .await?;
    Ok(touched.rows_affected() > 0)
}

/// Writes one, unless another process has just done so.
pub(crate) async fn insert(tx: &mut Tx, hash: Hash, image: &StoredImage, at: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO images (hash, id, kek, wrapped, length, put_at, content) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (hash) DO NOTHING",
    )
    .bind(hash.0.to_vec())
    .bind(image.id.to_string())
    .bind(i64::from(image.wrapped.version))
    .bind(image.wrapped.bytes.as_slice())
    .bind(image.content.len() as i64)
    .bind(at)
    .bind(image.content.as_slice())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Bytes of all of them.
pub(crate) async fn room_taken(tx: &mut Tx) -> Result<u64> {
    let row = sqlx::query("SELECT CAST(COALESCE(SUM(length), 0) AS BIGINT) FROM images")
        .fetch_one(&mut **tx)
        .await?;
    Ok(row.try_get::<i64, _>(0)?.unsigned_abs())
}

/// Removes those that were last put before an instant, unless a batch still waits that may name them.
pub(crate) async fn forget(tx: &mut Tx, before: i64) -> Result<()> {
    sqlx::query(
        "DELETE FROM images WHERE put_at < $1 \
         AND NOT EXISTS (SELECT 1 FROM jobs WHERE finished_at IS NULL)",
    )
    .bind(before)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
