//! Rows of units, rights and successions.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::{Reader, Tx};
use crate::certificates::TypeCode;
use crate::error::{Error, Result};
use crate::units::{Authority, CreditCode, RegionCode, Succession, Unit, UnitKind};

/// Writes a unit, over what was known of it.
pub(crate) async fn put_unit(tx: &mut Tx, unit: &Unit, now: Timestamp) -> Result<()> {
    let contacts = serde_json::to_string(&unit.contacts).map_err(|error| {
        Error::damaged(
            "单位的联系人无法写出",
            format!("contacts cannot be written: {error}"),
        )
    })?;
    sqlx::query(
        "INSERT INTO units (code, kind, name, region, region_name, contacts, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (code, kind) DO UPDATE SET name = excluded.name, region = excluded.region, \
         region_name = excluded.region_name, contacts = excluded.contacts, \
         changed_at = excluded.changed_at",
    )
    .bind(unit.code.as_str())
    .bind(unit.kind.as_str())
    .bind(&unit.name)
    .bind(unit.region.as_str())
    .bind(&unit.region_name)
    .bind(contacts)
    .bind(now.as_millisecond())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The unit of a code and kind.
pub(crate) async fn unit(
    reader: &mut Reader,
    code: &CreditCode,
    kind: UnitKind,
) -> Result<Option<Unit>> {
    let row = sqlx::query(
        "SELECT code, kind, name, region, region_name, contacts FROM units \
         WHERE code = $1 AND kind = $2",
    )
    .bind(code.as_str())
    .bind(kind.as_str())
    .fetch_optional(&mut **reader)
    .await?;
    row.as_ref().map(read_unit).transpose()
}

/// The same, which nobody else writes until the transaction ends.
pub(crate) async fn unit_for_update(
    tx: &mut Tx,
    code: &CreditCode,
    kind: UnitKind,
) -> Result<Option<Unit>> {
    let row = sqlx::query(
        "UPDATE units SET name = name WHERE code = $1 AND kind = $2 \
         RETURNING code, kind, name, region, region_name, contacts",
    )
    .bind(code.as_str())
    .bind(kind.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    row.as_ref().map(read_unit).transpose()
}

/// The codes of all units of a kind.
pub(crate) async fn codes(reader: &mut Reader, kind: UnitKind) -> Result<Vec<CreditCode>> {
    let rows = sqlx::query("SELECT code FROM units WHERE kind = $1 ORDER BY code")
        .bind(kind.as_str())
        .fetch_all(&mut **reader)
        .await?;
    rows.iter().map(|row| credit_code(row, "code")).collect()
}

/// Every unit, by kind and code.
pub(crate) async fn all_units(reader: &mut Reader) -> Result<Vec<Unit>> {
    let rows = sqlx::query(
        "SELECT code, kind, name, region, region_name, contacts FROM units ORDER BY kind, code",
    )
    .fetch_all(&mut **reader)
    .await?;
    rows.iter().map(read_unit).collect()
}

/// How many rights stand in the history, to which rows are only added.
pub(crate) async fn rights_recorded(reader: &mut Reader) -> Result<u64> {
    let row = sqlx::query("SELECT COUNT(*) FROM rights_history")
        .fetch_one(&mut **reader)
        .await?;
    Ok(row.try_get::<i64, _>(0)?.unsigned_abs())
}

/// Adds a right; an earlier one that begins on the same day stays on record and counts no more.
pub(crate) async fn put_right(tx: &mut Tx, right: &Authority, now: Timestamp) -> Result<()> {
    // The order of record is the order of time, also where two clocks differ a little.
    sqlx::query(
        "INSERT INTO rights_history \
         (agency, type_code, first_day, entry, last_day, legal_basis, recorded_at) \
         SELECT $1, $2, $3, COALESCE(MAX(entry), 0) + 1, CAST($4 AS TEXT), $5, \
         CASE WHEN MAX(recorded_at) > $6 THEN MAX(recorded_at) ELSE $6 END \
         FROM rights_history WHERE agency = $1 AND type_code = $2 AND first_day = $3",
    )
    .bind(right.agency().as_str())
    .bind(right.type_code().as_str())
    .bind(right.from().to_string())
    .bind(right.to().map(|day| day.to_string()))
    .bind(right.legal_basis())
    .bind(now.as_millisecond())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// All rights to a type as known at an instant, by agency and first day.
pub(crate) async fn rights(
    reader: &mut Reader,
    type_code: &TypeCode,
    known_at: Timestamp,
) -> Result<Vec<Authority>> {
    let rows = sqlx::query(
        "SELECT r.agency, r.first_day, r.last_day, r.legal_basis FROM rights_history r \
         WHERE r.type_code = $1 AND r.recorded_at <= $2 AND NOT EXISTS \
         (SELECT 1 FROM rights_history later WHERE later.agency = r.agency \
         AND later.type_code = r.type_code AND later.first_day = r.first_day \
         AND later.entry > r.entry AND later.recorded_at <= $2) \
         ORDER BY r.agency, r.first_day",
    )
    .bind(type_code.as_str())
    .bind(known_at.as_millisecond())
    .fetch_all(&mut **reader)
    .await?;
    rows.iter().map(|row| read_right(row, type_code)).collect()
}

/// Whether an agency may issue a type on a day, after all that is on record. For the plan
/// transaction, which asks again.
pub(crate) async fn entitled(
    tx: &mut Tx,
    agency: &CreditCode,
    type_code: &TypeCode,
    day: Date,
) -> Result<bool> {
    // Days are ISO text and sort as such.
    let row = sqlx::query(
        "SELECT COUNT(*) FROM rights_history r \
         WHERE r.agency = $1 AND r.type_code = $2 AND r.first_day <= $3 \
         AND (r.last_day IS NULL OR r.last_day >= $3) AND NOT EXISTS \
         (SELECT 1 FROM rights_history later WHERE later.agency = r.agency \
         AND later.type_code = r.type_code AND later.first_day = r.first_day \
         AND later.entry > r.entry)",
    )
    .bind(agency.as_str())
    .bind(type_code.as_str())
    .bind(day.to_string())
    .fetch_one(&mut **tx)
    .await?;
    Ok(row.try_get::<i64, _>(0)? > 0)
}

/// Writes a succession.
pub(crate) async fn put_succession(
    tx: &mut Tx,
    succession: &Succession,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO successions (predecessor, successor, first_day, legal_basis, recorded_at) \
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(succession.predecessor.as_str())
    .bind(succession.successor.as_str())
    .bind(succession.from.to_string())
    .bind(&succession.legal_basis)
    .bind(now.as_millisecond())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// All successions. There are as many as reforms of government, so they are read whole.
pub(crate) async fn successions(on: &mut AnyConnection) -> Result<Vec<Succession>> {
    let rows = sqlx::query(
        "SELECT predecessor, successor, first_day, legal_basis FROM successions \
         ORDER BY first_day, predecessor",
    )
    .fetch_all(on)
    .await?;
    rows.iter().map(read_succession).collect()
}

fn read_unit(row: &AnyRow) -> Result<Unit> {
    let kind: String = row.try_get("kind")?;
    let contacts: String = row.try_get("contacts")?;
    Ok(Unit {
        code: credit_code(row, "code")?,
        kind: UnitKind::parse(&kind).ok_or_else(|| damaged("kind of a unit"))?,
        name: row.try_get("name")?,
        region: RegionCode::parse(row.try_get("region")?).map_err(|_| damaged("region"))?,
        region_name: row.try_get("region_name")?,
        contacts: serde_json::from_str(&contacts).map_err(|_| damaged("contacts of a unit"))?,
    })
}

fn read_right(row: &AnyRow, type_code: &TypeCode) -> Result<Authority> {
    let last: Option<String> = row.try_get("last_day")?;
    Authority::new(
        credit_code(row, "agency")?,
        type_code.clone(),
        day(row.try_get("first_day")?)?,
        last.as_deref().map(day).transpose()?,
        row.try_get("legal_basis")?,
    )
    .map_err(|_| damaged("right of an agency"))
}

fn read_succession(row: &AnyRow) -> Result<Succession> {
    Ok(Succession {
        predecessor: credit_code(row, "predecessor")?,
        successor: credit_code(row, "successor")?,
        from: day(row.try_get("first_day")?)?,
        legal_basis: row.try_get("legal_basis")?,
    })
}

fn credit_code(row: &AnyRow, column: &str) -> Result<CreditCode> {
    CreditCode::parse(row.try_get(column)?).map_err(|_| damaged("credit code"))
}

/// Reads a stored day.
pub(crate) fn day(text: &str) -> Result<Date> {
    text.parse().map_err(|_| damaged("day"))
}

fn damaged(what: &str) -> Error {
    Error::damaged(
        "单位资料无法读出",
        format!("a stored {what} has another form"),
    )
}
