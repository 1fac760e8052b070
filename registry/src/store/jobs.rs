//! SQL of jobs, their leases, and the answers to their rows.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::generated::Insert;
use super::{Connection, Dialect, Reader, Tx};
use crate::cipher::WrappedKey;
use crate::error::{Error, Result};
use crate::ids::Id;

/// A job as it is first recorded.
#[derive(Debug)]
pub(crate) struct NewJob {
    pub(crate) id: Id,
    pub(crate) idempotency: String,
    pub(crate) subject: String,
    pub(crate) agency: String,
    pub(crate) delivered_by: String,
    pub(crate) type_code: String,
    pub(crate) type_version: u32,
    pub(crate) format: String,
    pub(crate) body_length: u64,
    pub(crate) body_sha256: [u8; 32],
    pub(crate) accepted_at: i64,
}

/// The job that has an idempotency key.
#[derive(Debug)]
pub(crate) struct FirstJob {
    pub(crate) id: Id,
    pub(crate) body_sha256: Vec<u8>,
    /// Agency, type and format.
    pub(crate) what: String,
}

/// What a worker needs to know of a job it has leased.
#[derive(Debug)]
pub(crate) struct LeasedJob {
    pub(crate) id: Id,
    pub(crate) epoch: i64,
    pub(crate) subject: String,
    pub(crate) agency: String,
    pub(crate) type_code: String,
    pub(crate) type_version: u32,
    pub(crate) format: String,
    pub(crate) body_length: u64,
    /// Rows up to this one are answered.
    pub(crate) rows_done: u64,
}

/// A job as people watch it.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) state: String,
    pub(crate) fault: Option<String>,
    pub(crate) counted: Counted,
    pub(crate) body_length: u64,
}

/// What happened to rows, to be added to the counts of a job.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Counted {
    pub(crate) planned: i64,
    pub(crate) issued: i64,
    pub(crate) existing: i64,
    pub(crate) refused: i64,
}

/// Records a job; where one has its idempotency key already, returns that one instead.
pub(crate) async fn insert(tx: &mut Tx, job: &NewJob) -> Result<Option<FirstJob>> {
    let inserted = sqlx::query(
        "INSERT INTO jobs (id, idempotency, subject, agency, delivered_by, type_code, \
         type_version, format, body_length, body_sha256, accepted_at, state, rows_done, \
         planned, issued, existing, refused, epoch, lease_holder, lease_until) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'accepted', 0, 0, 0, 0, 0, 0, '', 0) ON CONFLICT (idempotency) DO NOTHING RETURNING id",
    )
    .bind(job.id.to_string())
    .bind(job.idempotency.as_str())
    .bind(job.subject.as_str())
    .bind(job.agency.as_str())
    .bind(job.delivered_by.as_str())
    .bind(job.type_code.as_str())
    .bind(i64::from(job.type_version))
    .bind(job.format.as_str())
    .bind(job.body_length as i64)
    .bind(job.body_sha256.to_vec())
    .bind(job.accepted_at)
    .fetch_optional(&mut **tx)
    .await?;
    if inserted.is_some() {
        return Ok(None);
    }
    let first = of_key(tx, &job.idempotency).await?;
    let gone = || {
        Error::damaged(
            "幂等键的首个批次已不存在",
            "the first job of an idempotency key is gone",
        )
    };
    first.ok_or_else(gone).map(Some)
}

/// The job that an idempotency key was first pushed for.
pub(crate) async fn of_key(on: &mut Connection, idempotency: &str) -> Result<Option<FirstJob>> {
    let row = sqlx::query(
        "SELECT id, body_sha256, agency || ' ' || type_code || ' ' || format \
         FROM jobs WHERE idempotency = $1",
    )
    .bind(idempotency)
    .fetch_optional(on)
    .await?;
    row.map(|row| {
        Ok(FirstJob {
            id: Id::stored(row.try_get(0)?)?,
            body_sha256: row.try_get(1)?,
            what: row.try_get(2)?,
        })
    })
    .transpose()
}

/// The type that a job issues, and the version that was published when it was accepted.
pub(crate) async fn type_of(reader: &mut Reader, job: Id) -> Result<Option<(String, u32)>> {
    let row = sqlx::query("SELECT type_code, type_version FROM jobs WHERE id = $1")
        .bind(job.to_string())
        .fetch_optional(&mut **reader)
        .await?;
    row.map(|row| {
        let version = u32::try_from(row.try_get::<i64, _>(1)?).unwrap_or_default();
        Ok((row.try_get(0)?, version))
    })
    .transpose()
}

/// Takes a job that nobody holds; on the embedded database this process alone can hold one.
pub(crate) async fn lease(
    tx: &mut Tx,
    dialect: Dialect,
    job: Id,
    holder: &str,
    clock: i64,
    until: i64,
) -> Result<Option<LeasedJob>> {
    let sql = match dialect {
        Dialect::Sqlite => {
            "UPDATE jobs SET epoch = epoch + 1, lease_holder = $2, lease_until = $3, \
             state = 'running' WHERE id = $1 AND finished_at IS NULL AND $4 = $4 RETURNING *"
        }
        Dialect::Postgres => {
            "UPDATE jobs SET epoch = epoch + 1, lease_holder = $2, lease_until = $3, \
             state = 'running' WHERE id = $1 AND finished_at IS NULL \
             AND (lease_until < $4 OR lease_holder = $2) RETURNING *"
        }
    };
    let row = sqlx::query(sql)
        .bind(job.to_string())
        .bind(holder)
        .bind(until)
        .bind(clock)
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(read_leased).transpose()
}

/// The oldest job that waits for a worker. PostgreSQL passes over those that another worker is
/// just taking.
pub(crate) async fn waiting(
    tx: &mut Tx,
    dialect: Dialect,
    holder: &str,
    clock: i64,
) -> Result<Option<Id>> {
    let sql = match dialect {
        // Another holder of the embedded database is dead: it does not hold the folder.
        Dialect::Sqlite => {
            "SELECT id FROM jobs WHERE finished_at IS NULL AND state <> 'in_review' \
             AND (lease_until < $1 OR lease_holder <> $2) ORDER BY accepted_at LIMIT 1"
        }
        Dialect::Postgres => {
            "SELECT id FROM jobs WHERE finished_at IS NULL AND state <> 'in_review' \
             AND lease_until < $1 AND $2 = $2 \
             ORDER BY accepted_at LIMIT 1 FOR UPDATE SKIP LOCKED"
        }
    };
    let row = sqlx::query(sql)
        .bind(clock)
        .bind(holder)
        .fetch_optional(&mut **tx)
        .await?;
    row.map(|row| Id::stored(row.try_get(0)?)).transpose()
}

/// The write that every transaction of a worker begins with: it renews the lease and fails where
/// the job went to another worker, or has ended.
pub(crate) async fn hold(tx: &mut Tx, job: Id, epoch: i64, until: i64) -> Result<()> {
    let held = sqlx::query(
        "UPDATE jobs SET lease_until = $3 WHERE id = $1 AND epoch = $2 AND finished_at IS NULL",
    )
    .bind(job.to_string())
    .bind(epoch)
    .bind(until)
    .execute(&mut **tx)
    .await?;
    if held.rows_affected() == 1 {
        Ok(())
    } else {
        Err(Error::LeaseLost)
    }
}

/// Adds to the counts of a job, and moves the mark below which every row is answered if it stands
/// where this span of rows begins.
pub(crate) async fn count(
    tx: &mut Tx,
    job: Id,
    counted: Counted,
    span: Option<(u64, u64)>,
) -> Result<()> {
    let (from, to) = span.map_or((-1, -1), |(from, to)| (from as i64, to as i64));
    sqlx::query(
        "UPDATE jobs SET planned = planned + $2, issued = issued + $3, \
         existing = existing + $4, refused = refused + $5, \
         rows_done = CASE WHEN rows_done = $6 THEN $7 ELSE rows_done END WHERE id = $1",
    )
    .bind(job.to_string())
    .bind(counted.planned)
    .bind(counted.issued)
    .bind(counted.existing)
    .bind(counted.refused)
    .bind(from)
    .bind(to)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// How many rows of a job are answered.
pub(crate) async fn rows_answered(tx: &mut Tx, job: Id) -> Result<u64> {
    let row = sqlx::query("SELECT planned + existing + refused FROM jobs WHERE id = $1")
        .bind(job.to_string())
        .fetch_one(&mut **tx)
        .await?;
    Ok(row.try_get::<i64, _>(0)?.unsigned_abs())
}

/// Ends a job or gives up its lease; `state` and `fault` say how it ended.
pub(crate) async fn release(
    tx: &mut Tx,
    job: Id,
    epoch: i64,
    ended: Option<(&'static str, i64, Option<&str>)>,
) -> Result<()> {
    let (state, at, fault) = match ended {
        Some((state, at, fault)) => (state, Some(at), fault),
        None => ("accepted", None, None),
    };
    let released = sqlx::query(
        "UPDATE jobs SET state = $3, finished_at = $4, fault = $5, lease_until = 0 \
         WHERE id = $1 AND epoch = $2 AND finished_at IS NULL",
    )
    .bind(job.to_string())
    .bind(epoch)
    .bind(state)
    .bind(at)
    .bind(fault)
    .execute(&mut **tx)
    .await?;
    if released.rows_affected() == 1 {
        Ok(())
    } else {
        Err(Error::LeaseLost)
    }
}

/// Gives up the lease of a job of which only a reviewer can bring anything forward.
pub(crate) async fn rest(tx: &mut Tx, job: Id, epoch: i64) -> Result<()> {
    let rests = sqlx::query(
        "UPDATE jobs SET state = 'in_review', lease_until = 0 \
         WHERE id = $1 AND epoch = $2 AND finished_at IS NULL",
    )
    .bind(job.to_string())
    .bind(epoch)
    .execute(&mut **tx)
    .await?;
    if rests.rows_affected() == 1 {
        Ok(())
    } else {
        Err(Error::LeaseLost)
    }
}

/// Lets a worker take a job up of which a reviewer decided something, and locks it until the transaction
/// ends; false where it has ended. A worker that has it just now finds out when it wants to end it.
pub(crate) async fn wake(tx: &mut Tx, job: Id) -> Result<bool> {
    let woken = sqlx::query(
        "UPDATE jobs SET state = CASE WHEN state = 'in_review' THEN 'accepted' ELSE state END \
         WHERE id = $1 AND finished_at IS NULL",
    )
    .bind(job.to_string())
    .execute(&mut **tx)
    .await?;
    Ok(woken.rows_affected() == 1)
}

/// Ends a job over the head of its worker; false where it has ended already.
pub(crate) async fn cancel(tx: &mut Tx, job: Id, at: i64) -> Result<bool> {
    let cancelled = sqlx::query(
        "UPDATE jobs SET state = 'cancelled', finished_at = $2, epoch = epoch + 1, \
         lease_until = 0 WHERE id = $1 AND finished_at IS NULL",
    )
    .bind(job.to_string())
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(cancelled.rows_affected() == 1)
}

/// A job as people watch it.
pub(crate) async fn watch(reader: &mut Reader, job: Id) -> Result<Option<Watched>> {
    let row = sqlx::query(
        "SELECT state, fault, planned, issued, existing, refused, body_length \
         FROM jobs WHERE id = $1",
    )
    .bind(job.to_string())
    .fetch_optional(&mut **reader)
    .await?;
    row.map(|row| {
        Ok(Watched {
            state: row.try_get(0)?,
            fault: row.try_get(1)?,
            counted: Counted {
                planned: row.try_get(2)?,
                issued: row.try_get(3)?,
                existing: row.try_get(4)?,
                refused: row.try_get(5)?,
            },
            body_length: row.try_get::<i64, _>(6)?.unsigned_abs(),
        })
    })
    .transpose()
}

/// The jobs that a worker can bring forward, oldest first.
pub(crate) async fn to_work_on(reader: &mut Reader) -> Result<Vec<Id>> {
    let rows = sqlx::query(
        "SELECT id FROM jobs WHERE finished_at IS NULL AND state <> 'in_review' \
         ORDER BY accepted_at",
    )
    .fetch_all(&mut **reader)
    .await?;
    rows.iter().map(|row| Id::stored(row.try_get(0)?)).collect()
}

/// The jobs that have not ended, oldest first.
pub(crate) async fn unfinished(reader: &mut Reader) -> Result<Vec<Id>> {
    let rows = sqlx::query("SELECT id FROM jobs WHERE finished_at IS NULL ORDER BY accepted_at")
        .fetch_all(&mut **reader)
        .await?;
    rows.iter().map(|row| Id::stored(row.try_get(0)?)).collect()
}

/// Records the data key of a record.
pub(crate) async fn insert_keys(
    tx: &mut Tx,
    dialect: Dialect,
    keys: &[(Id, &WrappedKey)],
) -> Result<()> {
    Insert {
        table: "data_keys",
        columns: &["owner", "kek", "wrapped"],
    }
    .run(tx, dialect, keys, |(owner, wrapped), values| {
        values
            .add(owner.to_string())?
            .add(i64::from(wrapped.version))?;
        values.add(wrapped.bytes.clone())?;
        Ok(())
    })
    .await
}

/// The data key of a record; `None` where it was erased.
pub(crate) async fn data_key(on: &mut Connection, owner: Id) -> Result<Option<WrappedKey>> {
    let row = sqlx::query("SELECT kek, wrapped FROM data_keys WHERE owner = $1")
        .bind(owner.to_string())
        .fetch_optional(on)
        .await?;
    row.map(|row| {
        Ok(WrappedKey {
            version: u32::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default(),
            bytes: row.try_get(1)?,
        })
    })
    .transpose()
}

fn read_leased(row: &AnyRow) -> Result<LeasedJob> {
    Ok(LeasedJob {
        id: Id::stored(row.try_get("id")?)?,
        epoch: row.try_get("epoch")?,
        subject: row.try_get("subject")?,
        agency: row.try_get("agency")?,
        type_code: row.try_get("type_code")?,
        type_version: u32::try_from(row.try_get::<i64, _>("type_version")?).unwrap_or_default(),
        format: row.try_get("format")?,
        body_length: row.try_get::<i64, _>("body_length")?.unsigned_abs(),
        rows_done: row.try_get::<i64, _>("rows_done")?.unsigned_abs(),
    })
}
