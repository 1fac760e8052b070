//! Rows that tie a version to the one it supersedes.

use sqlx::{AnyConnection, Row};

use super::generated::select_in;
use super::{Connection, Dialect, Tx};
use crate::certificates::ClaimKind;
use crate::error::Result;
use crate::ids::Id;

/// Notes that a version is to supersede another when its file is kept.
pub(crate) async fn put(tx: &mut Tx, successor: Id, predecessor: Id) -> Result<()> {
    sqlx::query("INSERT INTO replacements (successor, predecessor) VALUES ($1, $2)")
        .bind(successor.to_string())
        .bind(predecessor.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The version that this one is to supersede.
pub(crate) async fn predecessor(on: &mut AnyConnection, successor: Id) -> Result<Option<Id>> {
    let row = sqlx::query("SELECT predecessor FROM replacements WHERE successor = $1")
        .bind(successor.to_string())
        .fetch_optional(on)
        .await?;
    row.map(|row| Id::stored(row.try_get(0)?)).transpose()
}

/// Whether a version that was not given up is on its way to supersede this one, or has.
pub(crate) async fn is_under_way(on: &mut AnyConnection, predecessor: Id) -> Result<bool> {
    let row = sqlx::query(
        "SELECT COUNT(*) FROM replacements r JOIN certificates c ON c.id = r.successor \
         WHERE r.predecessor = $1 AND c.state NOT IN ('cancelled_before_issue', 'rejected')",
    )
    .bind(predecessor.to_string())
    .fetch_one(on)
    .await?;
    Ok(row.try_get::<i64, _>(0)? > 0)
}

/// Hands the printed number on to the successor, unless that has a number of its own.
pub(crate) async fn hand_number_on(tx: &mut Tx, predecessor: Id, successor: Id) -> Result<()> {
    sqlx::query(
        "UPDATE claims SET certificate = $2 WHERE certificate = $1 AND kind = $3 \
         AND NOT EXISTS (SELECT 1 FROM claims own WHERE own.certificate = $2 AND own.kind = $3)",
    )
    .bind(predecessor.to_string())
    .bind(successor.to_string())
    .bind(ClaimKind::Number as i64)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Which of these certificates are to supersede another.
pub(crate) async fn successors_among(
    on: &mut Connection,
    dialect: Dialect,
    certificates: &[Id],
) -> Result<Vec<Id>> {
    let select = "SELECT successor FROM replacements WHERE successor IN";
    let rows = select_in(on, dialect, select, certificates, |id, values| {
        values.add(id.to_string()).map(drop)
    })
    .await?;
    rows.iter().map(|row| Id::stored(row.try_get(0)?)).collect()
}
