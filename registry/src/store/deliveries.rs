//! SQL of who delivers what: whose a job is, the jobs of an agency, and what it delivered for a type.

use sqlx::Row;

use super::Reader;
use crate::error::Result;
use crate::ids::Id;

/// What an agency delivered for a type.
#[derive(Debug, Default)]
pub(crate) struct Delivered {
    /// When a batch was accepted last.
    pub(crate) last: Option<i64>,
    /// Batches, rows, and rows in error since the instant asked about.
    pub(crate) batches: i64,
    pub(crate) rows: i64,
    pub(crate) refused: i64,
    /// When the oldest batch was accepted that a worker still has to bring to its end.
    pub(crate) oldest_open: Option<i64>,
}

/// What an agency delivered for a type since an instant.
pub(crate) async fn delivered(
    reader: &mut Reader,
    agency: &str,
    type_code: &str,
    since: i64,
) -> Result<Delivered> {
    let row = sqlx::query(
        "SELECT MAX(accepted_at), \
         COUNT(CASE WHEN accepted_at >= $3 THEN 1 END), \
         CAST(COALESCE(SUM(CASE WHEN accepted_at >= $3 THEN planned + existing + refused END), 0) AS BIGINT), \
         CAST(COALESCE(SUM(CASE WHEN accepted_at >= $3 THEN refused END), 0) AS BIGINT), \
         MIN(CASE WHEN finished_at IS NULL AND state <> 'in_review' THEN accepted_at END) \
         FROM jobs WHERE agency = $1 AND type_code = $2",
    )
    .bind(agency)
    .bind(type_code)
    .bind(since)
    .fetch_one(&mut **reader)
    .await?;
    Ok(Delivered {
        last: row.try_get(0)?,
        batches: row.try_get(1)?,
        rows: row.try_get(2)?,
        refused: row.try_get(3)?,
        oldest_open: row.try_get(4)?,
    })
}

/// The jobs of an agency before one, newest first; all, or those that one unit delivered.
pub(crate) async fn of_agency(
    reader: &mut Reader,
    agency: &str,
    delivered_by: Option<&str>,
    before: Option<Id>,
    limit: u32,
) -> Result<Vec<Id>> {
    // No id is as great as this.
    let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
    let rows = sqlx::query(
        "SELECT id FROM jobs WHERE agency = $1 AND id < $2 AND ($4 = '' OR delivered_by = $4) \
         ORDER BY id DESC LIMIT $3",
    )
    .bind(agency)
    .bind(before)
    .bind(i64::from(limit))
    .bind(delivered_by.unwrap_or_default())
    .fetch_all(&mut **reader)
    .await?;
    rows.iter().map(|row| Id::stored(row.try_get(0)?)).collect()
}

/// Whose a job is.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) agency: String,
    pub(crate) type_code: String,
    pub(crate) delivered_by: String,
    /// The person who pushed it.
    pub(crate) subject: String,
}

/// For which agency a job issues, what, and who delivered it.
pub(crate) async fn delivery(reader: &mut Reader, job: Id) -> Result<Option<Delivery>> {
    let row =
        sqlx::query("SELECT agency, type_code, delivered_by, subject FROM jobs WHERE id = $1")
            .bind(job.to_string())
            .fetch_optional(&mut **reader)
            .await?;
    row.map(|row| {
        Ok(Delivery {
            agency: row.try_get(0)?,
            type_code: row.try_get(1)?,
            delivered_by: row.try_get(2)?,
            subject: row.try_get(3)?,
        })
    })
    .transpose()
}
