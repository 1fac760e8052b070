//! Rows of acts on many certificates.

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::transitions::{evidence, from_json, json, parts, read_actor, read_evidence, read_kind};
use super::{Tx, instant};
use crate::certificates::{BulkAct, BulkItem, Decision, ItemOutcome};
use crate::error::{Error, Result, Sentence};
use crate::ids::Id;
use crate::units::Actor;

/// Records an act with its items, all waiting.
pub(crate) async fn insert(
    tx: &mut Tx,
    act: &BulkAct,
    items: &[(String, Option<Id>)],
) -> Result<()> {
    let decision = &act.decision;
    sqlx::query(
        "INSERT INTO bulk_acts (id, mass, actor, second, prepared_at, kind, effective_at, \
         authority, reason, legal_basis, evidence, until) \
         VALUES ($1, $2, $3, NULL, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(act.id.to_string())
    .bind(i64::from(act.mass))
    .bind(act.actor.to_string())
    .bind(act.prepared_at.as_millisecond())
    .bind(decision.kind.as_str())
    .bind(decision.effective_at.map(Timestamp::as_millisecond))
    .bind(json(&decision.authority)?)
    .bind(decision.reason.as_deref())
    .bind(decision.legal_basis.as_deref())
    .bind(evidence(&decision.evidence))
    .bind(parts(&decision.kind).0)
    .execute(&mut **tx)
    .await?;
    for (place, (asked, certificate)) in items.iter().enumerate() {
        sqlx::query(
            "INSERT INTO bulk_items (act, place, asked, certificate, outcome, message) \
             VALUES ($1, $2, $3, $4, 'waiting', '')",
        )
        .bind(act.id.to_string())
        .bind(place as i64 + 1)
        .bind(asked)
        .bind(certificate.map(|id| id.to_string()))
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Locks an act until the transaction ends and reads it.
pub(crate) async fn lock(tx: &mut Tx, id: Id) -> Result<Option<BulkAct>> {
    sqlx::query("UPDATE bulk_acts SET mass = mass WHERE id = $1")
        .bind(id.to_string())
        .execute(&mut **tx)
        .await?;
    find(tx, id).await
}

/// An act.
pub(crate) async fn find(on: &mut AnyConnection, id: Id) -> Result<Option<BulkAct>> {
    let row = sqlx::query("SELECT * FROM bulk_acts WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(on)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Notes the second person.
pub(crate) async fn put_second(tx: &mut Tx, id: Id, second: &Actor) -> Result<()> {
    sqlx::query("UPDATE bulk_acts SET second = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(second.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Items that wait, in order, at most `limit`: place and certificate.
pub(crate) async fn waiting(
    on: &mut AnyConnection,
    id: Id,
    limit: u32,
) -> Result<Vec<(u64, Option<Id>)>> {
    let rows = sqlx::query(
        "SELECT place, certificate FROM bulk_items WHERE act = $1 AND outcome = 'waiting' \
         ORDER BY place LIMIT $2",
    )
    .bind(id.to_string())
    .bind(i64::from(limit))
    .fetch_all(on)
    .await?;
    let read = |row: &AnyRow| {
        let certificate: Option<String> = row.try_get(1)?;
        let certificate = certificate.as_deref().map(Id::stored).transpose()?;
        Ok((row.try_get::<i64, _>(0)?.unsigned_abs(), certificate))
    };
    rows.iter().map(read).collect()
}

/// Notes the outcome of an item.
pub(crate) async fn settle(
    tx: &mut Tx,
    id: Id,
    place: u64,
    outcome: ItemOutcome,
    message: &Sentence,
) -> Result<()> {
    sqlx::query("UPDATE bulk_items SET outcome = $3, message = $4 WHERE act = $1 AND place = $2")
        .bind(id.to_string())
        .bind(super::place(place))
        .bind(outcome.as_str())
        .bind(message.to_stored())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Items after a place, in order.
pub(crate) async fn items(
    on: &mut AnyConnection,
    id: Id,
    after: u64,
    limit: u32,
) -> Result<Vec<BulkItem>> {
    let rows = sqlx::query(
        "SELECT place, asked, outcome, message FROM bulk_items WHERE act = $1 AND place > $2 \
         ORDER BY place LIMIT $3",
    )
    .bind(id.to_string())
    .bind(super::place(after))
    .bind(i64::from(limit))
    .fetch_all(on)
    .await?;
    let read = |row: &AnyRow| {
        let outcome: String = row.try_get(2)?;
        Ok(BulkItem {
            place: row.try_get::<i64, _>(0)?.unsigned_abs(),
            asked: row.try_get(1)?,
            outcome: ItemOutcome::parse(&outcome).ok_or_else(|| {
                Error::damaged("批量操作的结果无法读出", "an item has an unknown outcome")
            })?,
            message: Sentence::from_stored(row.try_get(3)?),
        })
    };
    rows.iter().map(read).collect()
}

/// How many acts, items and audit rows there are.
#[cfg(test)]
pub(crate) async fn written(on: &mut AnyConnection) -> Result<[i64; 3]> {
    let row = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM bulk_acts), (SELECT COUNT(*) FROM bulk_items), \
         (SELECT COUNT(*) FROM audit)",
    )
    .fetch_one(on)
    .await?;
    Ok([row.try_get(0)?, row.try_get(1)?, row.try_get(2)?])
}

fn read(row: &AnyRow) -> Result<BulkAct> {
    let effective_at: Option<i64> = row.try_get("effective_at")?;
    let second: Option<String> = row.try_get("second")?;
    Ok(BulkAct {
        id: Id::stored(row.try_get("id")?)?,
        mass: row.try_get::<i64, _>("mass")? != 0,
        actor: read_actor(&row.try_get::<String, _>("actor")?)?,
        second: second.as_deref().map(read_actor).transpose()?,
        prepared_at: instant(row.try_get("prepared_at")?)?,
        decision: Decision {
            kind: read_kind(row, None)?,
            effective_at: effective_at.map(instant).transpose()?,
            authority: from_json(&row.try_get::<String, _>("authority")?)?,
            reason: row.try_get("reason")?,
            legal_basis: row.try_get("legal_basis")?,
            evidence: read_evidence(&row.try_get::<String, _>("evidence")?)?,
        },
    })
}
