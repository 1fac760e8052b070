//! Rows of histories.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::{Tx, instant};
use crate::certificates::{About, Identifier, Reason, RecordedState, Transition, TransitionKind};
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::units::Actor;

/// The stored transitions of a certificate, in the order of record.
pub(crate) async fn of(on: &mut AnyConnection, certificate: Id) -> Result<Vec<Transition>> {
    let rows = sqlx::query("SELECT * FROM transitions WHERE certificate = $1 ORDER BY place")
        .bind(certificate.to_string())
        .fetch_all(on)
        .await?;
    rows.iter().map(read).collect()
}

/// Adds a transition at its place and notes the state that transitions lead to now.
pub(crate) async fn put(
    tx: &mut Tx,
    certificate: Id,
    place: usize,
    transition: &Transition,
    state: RecordedState,
) -> Result<()> {
    let (until, by) = parts(&transition.kind);
    sqlx::query(
        "INSERT INTO transitions (certificate, place, kind, effective_at, recorded_at, actor, \
         authority, reason, about, legal_basis, evidence, until, superseded_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(certificate.to_string())
    .bind(place as i64)
    .bind(transition.kind.as_str())
    .bind(transition.effective_at.as_millisecond())
    .bind(transition.recorded_at.as_millisecond())
    .bind(transition.actor.to_string())
    .bind(transition.authority.as_ref().map(json).transpose()?)
    .bind(
        transition
            .reason
            .as_ref()
            .map(|reason| reason.code.as_str()),
    )
    .bind(
        transition
            .reason
            .as_ref()
            .map(|reason| reason.about.as_str()),
    )
    .bind(transition.legal_basis.as_deref())
    .bind(evidence(&transition.evidence))
    .bind(until)
    .bind(by)
    .execute(&mut **tx)
    .await?;
    sqlx::query("UPDATE certificates SET state = $2 WHERE id = $1")
        .bind(certificate.to_string())
        .bind(state.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The end of a suspension and the successor of a superseded version, as columns.
pub(super) fn parts(kind: &TransitionKind) -> (Option<i64>, Option<String>) {
    match kind {
        TransitionKind::Suspend { until } => (until.map(|until| until.as_millisecond()), None),
        TransitionKind::Supersede { by } => (None, Some(by.to_string())),
        _ => (None, None),
    }
}

/// Reads a kind from its columns.
pub(super) fn read_kind(row: &AnyRow, by: Option<String>) -> Result<TransitionKind> {
    let until: Option<i64> = row.try_get("until")?;
    let until = until.map(instant).transpose()?;
    let by = by.map(|by| Identifier::parse_own(&by)).transpose();
    let by = by.map_err(|fault| damaged(&format!("an identifier {fault}")))?;
    let word: String = row.try_get("kind")?;
    TransitionKind::from_parts(&word, until, by).ok_or_else(|| damaged("unknown transition"))
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| damaged(&format!("cannot be written: {error}")))
}

pub(super) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| damaged(&format!("cannot be read: {error}")))
}

/// Digests as hex words.
pub(super) fn evidence(digests: &[[u8; 32]]) -> String {
    digests
        .iter()
        .map(hex::encode)
        .collect::<Vec<_>>()
        .join(" ")
}

pub(super) fn read_evidence(words: &str) -> Result<Vec<[u8; 32]>> {
    let read = |word: &str| {
        let mut digest = [0; 32];
        hex::decode_to_slice(word, &mut digest)
            .map(|()| digest)
            .map_err(|_| damaged("a digest has another form"))
    };
    words.split_whitespace().map(read).collect()
}

pub(super) fn read_actor(text: &str) -> Result<Actor> {
    Actor::parse(text).map_err(|fault| damaged(&format!("an actor {fault}")))
}

pub(super) fn damaged(what: &str) -> Error {
    Error::damaged("证照的状态变动无法读出", format!("history: {what}"))
}

pub(super) fn read(row: &AnyRow) -> Result<Transition> {
    let code: Option<String> = row.try_get("reason")?;
    let about: Option<String> = row.try_get("about")?;
    let reason = match (code, about.as_deref().map(About::parse)) {
        (None, None) => None,
        (Some(code), Some(Some(about))) => Some(Reason { code, about }),
        _ => return Err(damaged("a reason has another form")),
    };
    let authority: Option<String> = row.try_get("authority")?;
    Ok(Transition {
        kind: read_kind(row, row.try_get("superseded_by")?)?,
        effective_at: instant(row.try_get("effective_at")?)?,
        recorded_at: instant(row.try_get("recorded_at")?)?,
        actor: read_actor(&row.try_get::<String, _>("actor")?)?,
        authority: authority.as_deref().map(from_json).transpose()?,
        reason,
        legal_basis: row.try_get("legal_basis")?,
        evidence: read_evidence(&row.try_get::<String, _>("evidence")?)?,
    })
}
