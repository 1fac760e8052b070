//! SQL of sealed files, segments, and the uses of signing keys.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::generated::{Insert, select_in};
use super::{Connection, Dialect, Reader, Tx};
use crate::error::Result;
use crate::files::Location;
use crate::ids::Id;

/// A sealed file on its way onto the record.
#[derive(Debug)]
pub(crate) struct NewFile {
    pub(crate) certificate: Id,
    pub(crate) plan: Id,
    pub(crate) reservation: i64,
    pub(crate) location: Location,
    pub(crate) sha256: [u8; 32],
    /// Of what was decided about its certificate; the log covers it with the file.
    pub(crate) decided: [u8; 32],
    pub(crate) kept_at: i64,
}

/// Records first revisions and issues their certificates.
pub(crate) async fn insert(tx: &mut Tx, dialect: Dialect, files: &[NewFile]) -> Result<()> {
    let columns = &[
        "certificate",
        "revision",
        "plan",
        "reservation",
        "segment",
        "place",
        "length",
        "sha256",
        "kept_at",
    ];
    Insert {
        table: "files",
        columns,
    }
    .run(tx, dialect, files, |file, values| {
        values
            .add(file.certificate.to_string())?
            .add(1_i64)?
            .add(file.plan.to_string())?;
        values
            .add(file.reservation)?
            .add(file.location.segment.as_str())?;
        values
            .add(file.location.offset as i64)?
            .add(file.location.length as i64)?;
        values.add(file.sha256.to_vec())?.add(file.kept_at)?;
        Ok(())
    })
    .await
}

/// Makes the certificates of these reservations that have a file active.
pub(crate) async fn activate(tx: &mut Tx, reservation: i64) -> Result<()> {
    sqlx::query(
        "UPDATE certificates SET state = 'active' WHERE state = 'approved' AND id IN \
         (SELECT p.certificate FROM plans p JOIN files f ON f.plan = p.id WHERE p.reservation = $1)",
    )
    .bind(reservation)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Where the newest revision of a certificate lies, and its digest.
pub(crate) async fn newest(
    reader: &mut Reader,
    certificate: Id,
) -> Result<Option<(Location, Vec<u8>)>> {
    let row = sqlx::query(
        "SELECT segment, place, length, sha256 FROM files WHERE certificate = $1 \
         ORDER BY revision DESC LIMIT 1",
    )
    .bind(certificate.to_string())
    .fetch_optional(&mut **reader)
    .await?;
    row.map(|row| Ok((location(&row)?, row.try_get("sha256")?)))
        .transpose()
}

/// The certificate of an identifier's parts.
pub(crate) async fn certificate(
    reader: &mut Reader,
    serial: &str,
    version: u16,
    type_code: &str,
    agency: &str,
) -> Result<Option<Id>> {
    let row = sqlx::query(
        "SELECT id FROM certificates WHERE serial = $1 AND version = $2 \
         AND type_code = $3 AND agency = $4 AND basis = 'issued'",
    )
    .bind(serial)
    .bind(i64::from(version))
    .bind(type_code)
    .bind(agency)
    .fetch_optional(&mut **reader)
    .await?;
    row.map(|row| Id::stored(row.try_get(0)?)).transpose()
}

/// Which of these plans have a file, and where.
pub(crate) async fn of_plans(
    on: &mut Connection,
    dialect: Dialect,
    plans: &[Id],
) -> Result<Vec<(Id, Location)>> {
    let select = "SELECT plan, segment, place, length FROM files WHERE plan IN";
    let rows = select_in(on, dialect, select, plans, |id, values| {
        values.add(id.to_string()).map(drop)
    })
    .await?;
    rows.iter()
        .map(|row| Ok((Id::stored(row.try_get("plan")?)?, location(row)?)))
        .collect()
}

/// The plans among these that may still get a file: not void, under an open reservation.
pub(crate) async fn still_open(
    on: &mut Connection,
    dialect: Dialect,
    plans: &[Id],
) -> Result<Vec<Id>> {
    let select = "SELECT p.id FROM plans p JOIN key_uses k ON k.number = p.reservation \
                  WHERE p.void_reason IS NULL AND k.settled_at IS NULL AND p.id IN";
    let rows = select_in(on, dialect, select, plans, |id, values| {
        values.add(id.to_string()).map(drop)
    })
    .await?;
    rows.iter().map(|row| Id::stored(row.try_get(0)?)).collect()
}

/// Notes up to where a segment is accounted for.
pub(crate) async fn account(tx: &mut Tx, segment: &str, committed: u64) -> Result<()> {
    sqlx::query(
        "INSERT INTO segments (name, committed) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET \
         committed = CASE WHEN segments.committed < excluded.committed \
                     THEN excluded.committed ELSE segments.committed END",
    )
    .bind(segment)
    .bind(committed as i64)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes hold of a segment until the transaction ends; returns up to where it is accounted for now,
/// at least `known`.
pub(crate) async fn hold_segment(tx: &mut Tx, segment: &str, known: u64) -> Result<u64> {
    let row = sqlx::query(
        "INSERT INTO segments (name, committed) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET committed = segments.committed RETURNING committed",
    )
    .bind(segment)
    .bind(known as i64)
    .fetch_one(&mut **tx)
    .await?;
    Ok(row.try_get::<i64, _>(0)?.unsigned_abs())
}

/// Up to where each segment is accounted for.
pub(crate) async fn accounted(reader: &mut Reader) -> Result<Vec<(String, u64)>> {
    let rows = sqlx::query("SELECT name, committed FROM segments")
        .fetch_all(&mut **reader)
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get::<i64, _>(1)?.unsigned_abs())))
        .collect()
}

/// Reserves uses of a key.
pub(crate) async fn reserve(
    tx: &mut Tx,
    number: i64,
    key: &str,
    purpose: &str,
    job: Option<Id>,
    uses: u32,
    at: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO key_uses (number, key, purpose, job, reserved, results, reserved_at) \
         VALUES ($1, $2, $3, $4, $5, 0, $6)",
    )
    .bind(number)
    .bind(key)
    .bind(purpose)
    .bind(job.map(|job| job.to_string()))
    .bind(i64::from(uses))
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Adds results to a reservation; it is settled when there are as many as were reserved.
pub(crate) async fn add_results(tx: &mut Tx, number: i64, results: usize, at: i64) -> Result<()> {
    sqlx::query(
        "UPDATE key_uses SET results = results + $2, \
         settled_at = CASE WHEN results + $2 = reserved THEN $3 ELSE settled_at END \
         WHERE number = $1",
    )
    .bind(number)
    .bind(results as i64)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Settles a reservation that no job planned for; once, however often it is asked.
pub(crate) async fn settle(
    tx: &mut Tx,
    number: i64,
    results: u32,
    at: i64,
    explanation: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "UPDATE key_uses SET results = $2, settled_at = $3, explanation = $4 \
         WHERE number = $1 AND settled_at IS NULL",
    )
    .bind(number)
    .bind(i64::from(results))
    .bind(at)
    .bind(explanation)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Settles a reservation whose results fall short, and says why.
pub(crate) async fn explain(tx: &mut Tx, number: i64, at: i64, explanation: &str) -> Result<()> {
    sqlx::query(
        "UPDATE key_uses SET settled_at = $2, explanation = $3 \
         WHERE number = $1 AND settled_at IS NULL",
    )
    .bind(number)
    .bind(at)
    .bind(explanation)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The open reservations of a job: number, reserved, results.
pub(crate) async fn open_reservations(tx: &mut Tx, job: Id) -> Result<Vec<(i64, i64, i64)>> {
    let rows = sqlx::query(
        "SELECT number, reserved, results FROM key_uses WHERE job = $1 AND settled_at IS NULL \
         ORDER BY number",
    )
    .bind(job.to_string())
    .fetch_all(&mut **tx)
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
        .collect()
}

/// The open reservations that no job planned for: number, reserved, results.
pub(crate) async fn open_groups(tx: &mut Tx) -> Result<Vec<(i64, i64, i64)>> {
    let rows = sqlx::query(
        "SELECT number, reserved, results FROM key_uses WHERE job IS NULL AND settled_at IS NULL \
         ORDER BY number",
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
        .collect()
}

/// How many plans of a job have neither file nor reason to be void, and wait for no reviewer.
pub(crate) async fn unfinished_plans(tx: &mut Tx, job: Id) -> Result<i64> {
    let row = sqlx::query(
        "SELECT COUNT(*) FROM plans p JOIN certificates c ON c.id = p.certificate \
         WHERE p.void_reason IS NULL AND c.state <> 'pending_review' \
         AND (p.reservation IN (SELECT number FROM key_uses WHERE job = $1 AND settled_at IS NULL) \
              OR (p.job = $1 AND p.reservation IS NULL)) \
         AND NOT EXISTS (SELECT 1 FROM files f WHERE f.plan = p.id)",
    )
    .bind(job.to_string())
    .fetch_one(&mut **tx)
    .await?;
    Ok(row.try_get(0)?)
}

fn location(row: &AnyRow) -> Result<Location> {
    Ok(Location {
        segment: row.try_get("segment")?,
        offset: row.try_get::<i64, _>("place")?.unsigned_abs(),
        length: row.try_get::<i64, _>("length")?.unsigned_abs(),
    })
}
