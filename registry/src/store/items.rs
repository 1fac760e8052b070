//! SQL of the answers to rows.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::generated::Insert;
use super::{Dialect, Reader, Tx, place};
use crate::error::Result;
use crate::ids::Id;

/// The answer to a row.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) place: u64,
    pub(crate) outcome: &'static str,
    pub(crate) certificate: Option<Id>,
    pub(crate) answer: Option<Vec<u8>>,
}

/// An answer as it is stored, with the parts of its certificate's identifier.
#[derive(Debug)]
pub(crate) struct StoredItem {
    pub(crate) place: u64,
    pub(crate) outcome: String,
    pub(crate) answer: Option<Vec<u8>>,
    pub(crate) certificate: Option<StoredIdentifier>,
}

/// The parts of an identifier, with the state of its certificate.
#[derive(Debug)]
pub(crate) struct StoredIdentifier {
    pub(crate) type_code: String,
    pub(crate) agency: String,
    pub(crate) serial: String,
    pub(crate) version: i64,
    pub(crate) state: String,
}

/// Records answers to rows.
pub(crate) async fn insert_items(
    tx: &mut Tx,
    dialect: Dialect,
    job: Id,
    items: &[Item],
) -> Result<()> {
    let job = job.to_string();
    Insert {
        table: "items",
        columns: &["job", "place", "outcome", "certificate", "answer"],
    }
    .run(tx, dialect, items, |item, values| {
        values
            .add(job.as_str())?
            .add(place(item.place))?
            .add(item.outcome)?;
        values
            .add(item.certificate.map(|id| id.to_string()))?
            .add(item.answer.clone())?;
        Ok(())
    })
    .await
}

/// The rows of a job that are answered by a certificate, in order.
pub(crate) async fn answered_by(tx: &mut Tx, job: Id, certificate: Id) -> Result<Vec<u64>> {
    let rows =
        sqlx::query("SELECT place FROM items WHERE job = $1 AND certificate = $2 ORDER BY place")
            .bind(job.to_string())
            .bind(certificate.to_string())
            .fetch_all(&mut **tx)
            .await?;
    rows.iter()
        .map(|row| Ok(row.try_get::<i64, _>(0)?.unsigned_abs()))
        .collect()
}

/// Turns the answer to a row into a refusal, for what a reviewer said.
pub(crate) async fn refuse(tx: &mut Tx, job: Id, place: u64, answer: Vec<u8>) -> Result<()> {
    sqlx::query(
        "UPDATE items SET outcome = 'refused', certificate = NULL, answer = $3 \
         WHERE job = $1 AND place = $2",
    )
    .bind(job.to_string())
    .bind(place as i64)
    .bind(answer)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The rows after one, up to another, that are answered already.
pub(crate) async fn answered(
    reader: &mut Reader,
    job: Id,
    after: u64,
    upto: u64,
) -> Result<Vec<u64>> {
    let rows = sqlx::query(
        "SELECT place FROM items WHERE job = $1 AND place > $2 AND place <= $3 ORDER BY place",
    )
    .bind(job.to_string())
    .bind(place(after))
    .bind(place(upto))
    .fetch_all(&mut **reader)
    .await?;
    rows.iter()
        .map(|row| Ok(row.try_get::<i64, _>(0)? as u64))
        .collect()
}

/// Answers after a row, in order.
pub(crate) async fn items(
    reader: &mut Reader,
    job: Id,
    after: u64,
    limit: u32,
) -> Result<Vec<StoredItem>> {
    let rows = sqlx::query(
        "SELECT i.place, i.outcome, i.answer, c.type_code, c.agency, c.serial, c.version, c.state \
         FROM items i LEFT JOIN certificates c ON c.id = i.certificate \
         WHERE i.job = $1 AND i.place > $2 ORDER BY i.place LIMIT $3",
    )
    .bind(job.to_string())
    .bind(place(after))
    .bind(i64::from(limit))
    .fetch_all(&mut **reader)
    .await?;
    rows.iter().map(read_item).collect()
}

/// The rows in error after a row with their sealed answers, in order.
pub(crate) async fn refused(
    reader: &mut Reader,
    job: Id,
    after: u64,
    limit: u32,
) -> Result<Vec<(u64, Vec<u8>)>> {
    let rows = sqlx::query(
        "SELECT place, answer FROM items \
         WHERE job = $1 AND place > $2 AND outcome = 'refused' ORDER BY place LIMIT $3",
    )
    .bind(job.to_string())
    .bind(after as i64)
    .bind(i64::from(limit))
    .fetch_all(&mut **reader)
    .await?;
    let read = |row: &AnyRow| {
        let answer: Option<Vec<u8>> = row.try_get(1)?;
        Ok((
            row.try_get::<i64, _>(0)?.unsigned_abs(),
            answer.unwrap_or_default(),
        ))
    };
    rows.iter().map(read).collect()
}

fn read_item(row: &AnyRow) -> Result<StoredItem> {
    let certificate = match row.try_get::<Option<String>, _>(3)? {
        None => None,
        Some(type_code) => Some(StoredIdentifier {
            type_code,
            agency: row.try_get(4)?,
            serial: row.try_get(5)?,
            version: row.try_get(6)?,
            state: row.try_get(7)?,
        }),
    };
    Ok(StoredItem {
        place: row.try_get::<i64, _>(0)?.unsigned_abs(),
        outcome: row.try_get(1)?,
        answer: row.try_get(2)?,
        certificate,
    })
}
