//! SQL of reviews before issue: what waits, and what was decided.

use sqlx::Row;

use super::generated::{Insert, select_in};
use super::{Connection, Dialect, Reader, Tx, log};
use crate::error::Result;
use crate::ids::Id;

/// A row that goes to a reviewer.
#[derive(Debug)]
pub(crate) struct NewReview {
    pub(crate) certificate: Id,
    pub(crate) job: Id,
    pub(crate) place: u64,
    pub(crate) inputs: [u8; 32],
    pub(crate) submitted_at: i64,
}

/// A review on record.
#[derive(Debug)]
pub(crate) struct StoredReview {
    pub(crate) certificate: Id,
    pub(crate) place: u64,
    pub(crate) inputs: [u8; 32],
    pub(crate) submitted_at: i64,
    /// Whether it has been decided.
    pub(crate) decided: bool,
}

/// What a reviewer decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ruled {
    Approved,
    Rejected,
}

/// Puts rows before a reviewer.
pub(crate) async fn insert(tx: &mut Tx, dialect: Dialect, reviews: &[NewReview]) -> Result<()> {
    Insert {
        table: "reviews",
        columns: &[
            "certificate",
            "job",
            "place",
            "inputs_digest",
            "submitted_at",
        ],
    }
    .run(tx, dialect, reviews, |review, values| {
        values
            .add(review.certificate.to_string())?
            .add(review.job.to_string())?
            .add(review.place as i64)?;
        values
            .add(review.inputs.to_vec())?
            .add(review.submitted_at)?;
        Ok(())
    })
    .await
}

/// Puts a row before a reviewer once more: its page is made of other things than what was approved.
pub(crate) async fn put_again(
    tx: &mut Tx,
    certificate: Id,
    inputs: &[u8; 32],
    at: i64,
) -> Result<()> {
    sqlx::query(
        "UPDATE reviews SET inputs_digest = $2, submitted_at = $3, decision = NULL, \
         decided_at = NULL, decided_by = NULL WHERE certificate = $1",
    )
    .bind(certificate.to_string())
    .bind(inputs.to_vec())
    .bind(at)
    .execute(&mut **tx)
    .await?;
    sqlx::query("UPDATE certificates SET state = 'pending_review' WHERE id = $1")
        .bind(certificate.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Of these certificates those that were approved, with the digest that was.
pub(crate) async fn approved(
    on: &mut Connection,
    dialect: Dialect,
    certificates: &[Id],
) -> Result<Vec<(Id, [u8; 32])>> {
    let select = "SELECT certificate, inputs_digest FROM reviews WHERE decision = 'approved' AND certificate IN";
    let rows = select_in(on, dialect, select, certificates, |id, values| {
        values.add(id.to_string()).map(drop)
    })
    .await?;
    rows.iter()
        .map(|row| Ok((Id::stored(row.try_get(0)?)?, log::fixed(row.try_get(1)?)?)))
        .collect()
}

/// The rows of a job that wait, after one, in order.
pub(crate) async fn waiting(
    reader: &mut Reader,
    job: Id,
    after: u64,
    limit: u32,
) -> Result<Vec<StoredReview>> {
    let rows = sqlx::query(
        "SELECT r.certificate, r.place, r.inputs_digest, r.submitted_at, r.decision \
         FROM reviews r JOIN jobs j ON j.id = r.job WHERE r.job = $1 AND r.place > $2 \
         AND r.decision IS NULL AND j.finished_at IS NULL ORDER BY r.place LIMIT $3",
    )
    .bind(job.to_string())
    .bind(i64::try_from(after).unwrap_or(i64::MAX))
    .bind(i64::from(limit))
    .fetch_all(&mut **reader)
    .await?;
    rows.iter().map(read).collect()
}

/// The review of a row.
pub(crate) async fn of_row(
    on: &mut Connection,
    job: Id,
    place: u64,
) -> Result<Option<StoredReview>> {
    let row = sqlx::query(
        "SELECT certificate, place, inputs_digest, submitted_at, decision FROM reviews \
         WHERE job = $1 AND place = $2",
    )
    .bind(job.to_string())
    .bind(i64::try_from(place).unwrap_or(i64::MAX))
    .fetch_optional(on)
    .await?;
    row.as_ref().map(read).transpose()
}

/// How many rows of a job wait.
pub(crate) async fn count(on: &mut Connection, job: Id) -> Result<u64> {
    let row = sqlx::query("SELECT COUNT(*) FROM reviews WHERE job = $1 AND decision IS NULL")
        .bind(job.to_string())
        .fetch_one(on)
        .await?;
    Ok(row.try_get::<i64, _>(0)?.unsigned_abs())
}

/// The jobs of an agency with rows that wait, and how many; the oldest first.
pub(crate) async fn of_agency(reader: &mut Reader, agency: &str) -> Result<Vec<(Id, u64)>> {
    let rows = sqlx::query(
        "SELECT r.job, COUNT(*) FROM reviews r JOIN jobs j ON j.id = r.job \
         WHERE r.decision IS NULL AND j.agency = $1 AND j.finished_at IS NULL \
         GROUP BY r.job ORDER BY r.job",
    )
    .bind(agency)
    .fetch_all(&mut **reader)
    .await?;
    rows.iter()
        .map(|row| {
            let count: i64 = row.try_get(1)?;
            Ok((Id::stored(row.try_get(0)?)?, count.unsigned_abs()))
        })
        .collect()
}

/// Decides about what waits under this digest; false where somebody was first or it waits under another.
pub(crate) async fn decide(
    tx: &mut Tx,
    certificate: Id,
    inputs: &[u8; 32],
    ruled: Ruled,
    by: &str,
    at: i64,
) -> Result<bool> {
    let (decision, state) = match ruled {
        Ruled::Approved => ("approved", "approved"),
        Ruled::Rejected => ("rejected", "rejected"),
    };
    let decided = sqlx::query(
        "UPDATE reviews SET decision = $3, decided_at = $4, decided_by = $5 \
         WHERE certificate = $1 AND inputs_digest = $2 AND decision IS NULL",
    )
    .bind(certificate.to_string())
    .bind(inputs.to_vec())
    .bind(decision)
    .bind(at)
    .bind(by)
    .execute(&mut **tx)
    .await?;
    if decided.rows_affected() != 1 {
        return Ok(false);
    }
    sqlx::query(
        "UPDATE certificates SET state = $2, approved_at = $3 \
         WHERE id = $1 AND state = 'pending_review'",
    )
    .bind(certificate.to_string())
    .bind(state)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(true)
}

fn read(row: &sqlx::any::AnyRow) -> Result<StoredReview> {
    Ok(StoredReview {
        certificate: Id::stored(row.try_get(0)?)?,
        place: row.try_get::<i64, _>(1)?.unsigned_abs(),
        inputs: log::fixed(row.try_get(2)?)?,
        submitted_at: row.try_get(3)?,
        decided: row.try_get::<Option<String>, _>(4)?.is_some(),
    })
}
