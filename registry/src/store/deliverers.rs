//! Rows of units that deliver in the name of an agency.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::units::day;
use super::{Reader, Tx};
use crate::certificates::TypeCode;
use crate::error::{Error, Result};
use crate::units::{CreditCode, Deliverer, UnitKind};

/// Writes that a unit delivers, over what was said of it before.
pub(crate) async fn put(tx: &mut Tx, deliverer: &Deliverer, now: Timestamp) -> Result<()> {
    sqlx::query(
        "INSERT INTO deliverers (agency, type_code, unit, kind, first_day, last_day, named_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (agency, type_code, unit, kind) DO UPDATE SET \
         first_day = excluded.first_day, last_day = excluded.last_day, named_at = excluded.named_at",
    )
    .bind(deliverer.agency.as_str())
    .bind(deliverer.type_code.as_str())
    .bind(deliverer.unit.as_str())
    .bind(deliverer.kind.as_str())
    .bind(deliverer.from.to_string())
    .bind(deliverer.to.map(|day| day.to_string()))
    .bind(now.as_millisecond())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Who delivers in the name of an agency, or has.
pub(crate) async fn of_agency(reader: &mut Reader, agency: &CreditCode) -> Result<Vec<Deliverer>> {
    let rows = sqlx::query(
        "SELECT agency, type_code, unit, kind, first_day, last_day FROM deliverers \
         WHERE agency = $1 ORDER BY type_code, unit, kind",
    )
    .bind(agency.as_str())
    .fetch_all(&mut **reader)
    .await?;
    rows.iter().map(read).collect()
}

/// The kinds as which a unit delivers on a day in the name of an agency; of one type, or of any.
pub(crate) async fn kinds_on(
    reader: &mut Reader,
    agency: &CreditCode,
    type_code: Option<&str>,
    unit: &CreditCode,
    day: Date,
) -> Result<Vec<UnitKind>> {
    let rows = sqlx::query(
        "SELECT DISTINCT kind FROM deliverers WHERE agency = $1 AND unit = $2 \
         AND ($3 = '' OR type_code = $3) AND first_day <= $4 \
         AND (last_day IS NULL OR last_day >= $4)",
    )
    .bind(agency.as_str())
    .bind(unit.as_str())
    .bind(type_code.unwrap_or_default())
    .bind(day.to_string())
    .fetch_all(&mut **reader)
    .await?;
    rows.iter().map(|row| kind(row, 0)).collect()
}

fn read(row: &AnyRow) -> Result<Deliverer> {
    let code = |column: usize| -> Result<CreditCode> {
        CreditCode::parse(&row.try_get::<String, _>(column)?).map_err(|_| damaged())
    };
    let last: Option<String> = row.try_get(5)?;
    Ok(Deliverer {
        agency: code(0)?,
        type_code: TypeCode::parse(&row.try_get::<String, _>(1)?).map_err(|_| damaged())?,
        unit: code(2)?,
        kind: kind(row, 3)?,
        from: day(&row.try_get::<String, _>(4)?)?,
        to: last.as_deref().map(day).transpose()?,
    })
}

fn kind(row: &AnyRow, column: usize) -> Result<UnitKind> {
    UnitKind::parse(&row.try_get::<String, _>(column)?).ok_or_else(damaged)
}

fn damaged() -> Error {
    Error::damaged(
        "代为推送的记录无法读出",
        "a stored deliverer does not read back",
    )
}
