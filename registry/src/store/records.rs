//! Rows of certificates as they are asked for: by key, by search, with history and files.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::{Tx, instant, transitions};
use crate::certificates::{
    Basis, ClaimKind, FileRevision, History, Identifier, LookupKind, Record, Serial, Transition,
    TransitionKind, TypeCode, Validity, Version, start_of_day,
};
use crate::cipher::{Hash, OVERHEAD};
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::units::{Actor, CreditCode, PersonId};

/// The columns of a record, who asked for it, when its first file was kept, whether it has
/// transitions of its own, whether it replaces another, and what an earlier system called it.
macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT c.id, c.basis, c.type_code, c.type_version, c.agency, c.serial, c.version, \
             c.issued, c.effective, c.expiring, c.approved_at, \
             (SELECT subject FROM jobs WHERE jobs.id = c.job) AS subject, \
             (SELECT MIN(kept_at) FROM files WHERE files.certificate = c.id) AS kept_at, \
             (SELECT COUNT(*) FROM transitions t WHERE t.certificate = c.id) AS transitions, \
             (SELECT COUNT(*) FROM replacements p WHERE p.successor = c.id) AS replaces, \
             (SELECT identifier FROM foreign_identifiers f WHERE f.certificate = c.id) AS foreign_id, \
             r.submitted_at, r.decision, r.decided_at, r.decided_by \
             FROM certificates c LEFT JOIN reviews r ON r.certificate = c.id ",
            $tail
        )
    };
}

/// The record of an id.
pub(crate) async fn by_id(on: &mut AnyConnection, id: Id) -> Result<Option<Record>> {
    let row = sqlx::query(select!("WHERE c.id = $1"))
        .bind(id.to_string())
        .fetch_optional(&mut *on)
        .await?;
    match row {
        Some(row) => Ok(Some(record(on, &row).await?)),
        None => Ok(None),
    }
}

/// What a certificate says about people, sealed under its own key.
pub(crate) async fn face(on: &mut AnyConnection, id: Id) -> Result<Option<Vec<u8>>> {
    let row = sqlx::query("SELECT face FROM certificates WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(on)
        .await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// One read of the record, as cheap as there is.
pub(crate) async fn reachable(on: &mut AnyConnection) -> Result<()> {
    sqlx::query("SELECT 1 FROM units LIMIT 1")
        .fetch_optional(on)
        .await?;
    Ok(())
}

/// Whether a person, a right, a type, a job or a certificate stands on record.
pub(crate) async fn any(on: &mut AnyConnection) -> Result<bool> {
    let row = sqlx::query(
        "SELECT 1 FROM persons UNION ALL SELECT 1 FROM rights_history \
         UNION ALL SELECT 1 FROM type_versions UNION ALL SELECT 1 FROM jobs \
         UNION ALL SELECT 1 FROM certificates LIMIT 1",
    );
    Ok(row.fetch_optional(on).await?.is_some())
}

/// Locks a record until the transaction ends and reads it as it is.
pub(crate) async fn lock(tx: &mut Tx, id: Id) -> Result<Option<Record>> {
    // Writes first, so that on PostgreSQL two who decide about one certificate wait for each other.
    sqlx::query("UPDATE certificates SET state = state WHERE id = $1")
        .bind(id.to_string())
        .execute(&mut **tx)
        .await?;
    by_id(tx, id).await
}

/// The certificate of an identifier: one made here, or one that an earlier system named so.
pub(crate) async fn by_identifier(
    on: &mut AnyConnection,
    identifier: &Identifier,
) -> Result<Option<Id>> {
    let row = sqlx::query(
        "SELECT id FROM certificates WHERE serial = $1 AND version = $2 AND type_code = $3 \
         AND agency = $4 AND basis = 'issued' \
         UNION ALL SELECT certificate FROM foreign_identifiers WHERE identifier = $5",
    )
    .bind(identifier.serial().as_str())
    .bind(i64::from(identifier.version().number()))
    .bind(identifier.type_code().as_str())
    .bind(identifier.agency().as_str())
    .bind(identifier.to_string())
    .fetch_optional(on)
    .await?;
    row.map(|row| Id::stored(row.try_get(0)?)).transpose()
}

/// The highest version that was ever planned under a serial.
pub(crate) async fn highest_version(
    on: &mut AnyConnection,
    serial: &Serial,
) -> Result<Option<Version>> {
    let row =
        sqlx::query("SELECT MAX(version) FROM certificates WHERE serial = $1 AND basis = 'issued'")
            .bind(serial.as_str())
            .fetch_one(on)
            .await?;
    let version: Option<i64> = row.try_get(0)?;
    Ok(version.and_then(|version| Version::new(u16::try_from(version).ok()?)))
}

/// The certificate that alone has one of these hashes.
pub(crate) async fn by_claim(
    on: &mut AnyConnection,
    kind: ClaimKind,
    hashes: &[(u32, Hash)],
) -> Result<Option<Id>> {
    for (_, hash) in hashes {
        let row = sqlx::query("SELECT certificate FROM claims WHERE hash = $1 AND kind = $2")
            .bind(hash.0.to_vec())
            .bind(kind as i64)
            .fetch_optional(&mut *on)
            .await?;
        if let Some(row) = row {
            return Ok(Some(Id::stored(row.try_get(0)?)?));
        }
    }
    Ok(None)
}

/// The certificates that share one of these hashes, after one, oldest first.
pub(crate) async fn by_lookup(
    on: &mut AnyConnection,
    kind: LookupKind,
    hashes: &[(u32, Hash)],
    after: Option<Id>,
    limit: u32,
) -> Result<Vec<Id>> {
    let mut ids = Vec::new();
    for (_, hash) in hashes {
        let rows = sqlx::query(
            "SELECT DISTINCT certificate FROM lookups WHERE hash = $1 AND kind = $2 \
             AND certificate > $3 ORDER BY certificate LIMIT $4",
        )
        .bind(hash.0.to_vec())
        .bind(kind as i64)
        .bind(after.map(|id| id.to_string()).unwrap_or_default())
        .bind(i64::from(limit))
        .fetch_all(&mut *on)
        .await?;
        for row in &rows {
            ids.push(Id::stored(row.try_get(0)?)?);
        }
    }
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(limit as usize);
    Ok(ids)
}

/// The certificate of which a file with this digest was kept.
pub(crate) async fn by_file(on: &mut AnyConnection, sha256: &[u8; 32]) -> Result<Option<Id>> {
    // As the index has it.
    let row = sqlx::query(
        "SELECT certificate FROM files WHERE substr(sha256, 1, 8) = $1 AND sha256 = $2",
    )
    .bind(sha256[..8].to_vec())
    .bind(sha256.to_vec())
    .fetch_optional(on)
    .await?;
    row.map(|row| Id::stored(row.try_get(0)?)).transpose()
}

/// The files of a certificate, oldest revision first.
pub(crate) async fn files(on: &mut AnyConnection, id: Id) -> Result<Vec<FileRevision>> {
    let rows = sqlx::query(
        "SELECT revision, length, sha256, kept_at FROM files WHERE certificate = $1 \
         ORDER BY revision",
    )
    .bind(id.to_string())
    .fetch_all(on)
    .await?;
    let read = |row: &AnyRow| {
        Ok(FileRevision {
            revision: unsigned(row, "revision")?,
            // On disk the file is sealed under its record's key, which makes it longer.
            length: row
                .try_get::<i64, _>("length")?
                .unsigned_abs()
                .saturating_sub(OVERHEAD as u64),
            sha256: super::log::fixed(row.try_get("sha256")?)?,
            kept_at: instant(row.try_get("kept_at")?)?,
        })
    };
    rows.iter().map(read).collect()
}

/// What a page of a search is bounded by, in SQL. Days are ISO text and sort as such.
pub(crate) struct Page<'a> {
    pub(crate) type_code: Option<&'a TypeCode>,
    pub(crate) agency: Option<&'a CreditCode>,
    pub(crate) issued: (Date, Date),
    pub(crate) expiring: (Date, Date),
    /// Only certificates with a transition of this kind.
    pub(crate) touched_by: &'static str,
    pub(crate) after: Option<Id>,
    pub(crate) limit: u32,
}

/// A page of records after a cursor, oldest first.
pub(crate) async fn page(on: &mut AnyConnection, page: &Page<'_>) -> Result<Vec<Record>> {
    let sql = match page.type_code {
        Some(_) => select!(
            "WHERE c.type_code = $1 AND c.id > $2 AND ($3 = '' OR c.agency = $3) \
             AND c.issued BETWEEN $4 AND $5 \
             AND COALESCE(c.expiring, '9999-12-31') BETWEEN $6 AND $7 \
             AND ($8 = '' OR EXISTS (SELECT 1 FROM transitions t \
             WHERE t.certificate = c.id AND t.kind = $8)) ORDER BY c.id LIMIT $9"
        ),
        None => select!(
            "WHERE $1 = '' AND c.id > $2 AND ($3 = '' OR c.agency = $3) \
             AND c.issued BETWEEN $4 AND $5 \
             AND COALESCE(c.expiring, '9999-12-31') BETWEEN $6 AND $7 \
             AND ($8 = '' OR EXISTS (SELECT 1 FROM transitions t \
             WHERE t.certificate = c.id AND t.kind = $8)) ORDER BY c.id LIMIT $9"
        ),
    };
    let rows = sqlx::query(sql)
        .bind(page.type_code.map_or("", TypeCode::as_str))
        .bind(page.after.map(|id| id.to_string()).unwrap_or_default())
        .bind(page.agency.map_or("", CreditCode::as_str))
        .bind(page.issued.0.to_string())
        .bind(page.issued.1.to_string())
        .bind(page.expiring.0.to_string())
        .bind(page.expiring.1.to_string())
        .bind(page.touched_by)
        .bind(i64::from(page.limit))
        .fetch_all(&mut *on)
        .await?;
    let mut records = Vec::with_capacity(rows.len());
    for row in &rows {
        records.push(record(on, row).await?);
    }
    Ok(records)
}

/// Whether a certificate has one of these hashes among those it shares.
pub(crate) async fn has_lookup(
    on: &mut AnyConnection,
    id: Id,
    kind: LookupKind,
    hashes: &[(u32, Hash)],
) -> Result<bool> {
    for (_, hash) in hashes {
        let row = sqlx::query(
            "SELECT 1 FROM lookups WHERE hash = $1 AND kind = $2 AND certificate = $3 LIMIT 1",
        )
        .bind(hash.0.to_vec())
        .bind(kind as i64)
        .bind(id.to_string())
        .fetch_optional(&mut *on)
        .await?;
        if row.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Completes a row of [`select!`] with its history.
async fn record(on: &mut AnyConnection, row: &AnyRow) -> Result<Record> {
    let id = Id::stored(row.try_get("id")?)?;
    let basis = match row.try_get::<String, _>("basis")?.as_str() {
        "issued" => Basis::Issued,
        "imported" => Basis::Imported,
        _ => return Err(damaged("unknown basis")),
    };
    let agency: String = row.try_get("agency")?;
    let agency = CreditCode::parse(&agency).map_err(|_| damaged("an agency's code is wrong"))?;
    let mut history = match basis {
        Basis::Issued => making(row, &agency)?,
        Basis::Imported => Vec::new(),
    };
    if row.try_get::<i64, _>("transitions")? > 0 {
        history.extend(transitions::of(on, id).await?);
    }
    let type_code: String = row.try_get("type_code")?;
    let type_code = TypeCode::parse(&type_code).map_err(|_| damaged("a type code is wrong"))?;
    let identifier = match basis {
        Basis::Issued => Some(own_identifier(row, &type_code, &agency)?),
        Basis::Imported => foreign_identifier(row)?,
    };
    let effective = day(&row.try_get::<String, _>("effective")?)?;
    let expiring: Option<String> = row.try_get("expiring")?;
    let expiring = expiring.as_deref().map(day).transpose()?;
    Ok(Record {
        id,
        basis,
        identifier,
        type_code,
        type_version: unsigned(row, "type_version")?,
        agency,
        issued: day(&row.try_get::<String, _>("issued")?)?,
        validity: Validity::new(effective, expiring)
            .ok_or_else(|| damaged("the last day lies before the first"))?,
        history: History::from_record(history),
    })
}

/// The first entries of a history: submission and decision where the type asks for review, else approval;
/// and issue once a file is kept. Issue, with what it stands on, counts from the day of issue, as the import of
/// stock does; a version that replaces another counts from the instant it takes that one's place, which is the
/// record of its file.
fn making(row: &AnyRow, agency: &CreditCode) -> Result<Vec<Transition>> {
    let read = |text: Option<String>| match text.as_deref().map(Actor::parse) {
        Some(Ok(actor)) => actor,
        // Pushed by a system that is not a person of a unit.
        _ => Actor {
            person: PersonId::service(),
            unit: agency.clone(),
        },
    };
    let subject = read(row.try_get("subject")?);
    let entry = |kind, effective_at, recorded_at, actor: &Actor| Transition {
        kind,
        effective_at,
        recorded_at,
        actor: actor.clone(),
        authority: None,
        reason: None,
        legal_basis: None,
        evidence: Vec::new(),
    };
    let kept_at = row.try_get::<Option<i64>, _>("kept_at")?;
    let kept_at = kept_at.map(instant).transpose()?;
    let issued_at = match (kept_at, row.try_get::<i64, _>("replaces")?) {
        (Some(kept_at), 0) => {
            let issued: String = row.try_get("issued")?;
            Some(start_of_day(day(&issued)?).min(kept_at))
        }
        (kept_at, _) => kept_at,
    };
    // What came before the issue was in effect by then.
    let before = |at: Timestamp| issued_at.map_or(at, |issued_at| issued_at.min(at));
    let mut made = Vec::new();
    if let Some(submitted_at) = row.try_get::<Option<i64>, _>("submitted_at")? {
        let at = instant(submitted_at)?;
        made.push(entry(TransitionKind::Submit, before(at), at, &subject));
        let decision: Option<String> = row.try_get("decision")?;
        let kind = match decision.as_deref() {
            Some("approved") => Some(TransitionKind::Approve),
            Some("rejected") => Some(TransitionKind::Reject),
            _ => None,
        };
        if let (Some(kind), Some(at)) = (kind, row.try_get::<Option<i64>, _>("decided_at")?) {
            let (at, reviewer) = (instant(at)?, read(row.try_get("decided_by")?));
            made.push(entry(kind, before(at), at, &reviewer));
        }
    } else {
        let at = instant(row.try_get("approved_at")?)?;
        made.push(entry(TransitionKind::Approve, before(at), at, &subject));
    }
    if let (Some(issued_at), Some(kept_at)) = (issued_at, kept_at) {
        made.push(entry(TransitionKind::Issue, issued_at, kept_at, &subject));
    }
    Ok(made)
}

pub(super) fn own_identifier(
    row: &AnyRow,
    type_code: &TypeCode,
    agency: &CreditCode,
) -> Result<Identifier> {
    let serial: String = row.try_get("serial")?;
    let serial = Serial::parse(&serial).map_err(|_| damaged("a serial has another form"))?;
    let version = u16::try_from(unsigned(row, "version")?)
        .ok()
        .and_then(Version::new);
    let version = version.ok_or_else(|| damaged("a version is out of range"))?;
    Ok(Identifier::new(
        type_code.clone(),
        agency.clone(),
        serial,
        version,
    ))
}

fn foreign_identifier(row: &AnyRow) -> Result<Option<Identifier>> {
    let text: Option<String> = row.try_get("foreign_id")?;
    let parse = |text: String| Identifier::parse(&text).map(|checked| checked.value);
    text.map(parse)
        .transpose()
        .map_err(|_| damaged("a foreign identifier has another form"))
}

pub(super) fn unsigned(row: &AnyRow, column: &str) -> Result<u32> {
    u32::try_from(row.try_get::<i64, _>(column)?).map_err(|_| damaged("a count is out of range"))
}

fn day(text: &str) -> Result<Date> {
    text.parse().map_err(|_| damaged("a day has another form"))
}

pub(super) fn damaged(what: &str) -> Error {
    Error::damaged("证照记录无法读出", format!("certificates: {what}"))
}
