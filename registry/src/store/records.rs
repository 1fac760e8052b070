//! Rows of certificates as they are asked for: by key, by search, with history and files.

use jiff::civil::Date;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::{Tx, instant, transitions};
use crate::certificates::{
    Basis, ClaimKind, FileRevision, History, Identifier, KeyedHash, LookupKind, Record, Serial,
    Transition, TransitionKind, TypeCode, Validity, Version,
};
use crate::cipher::{Hash, WrappedKey};
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::units::{Actor, CreditCode, PersonId};

/// The columns of a record, who asked for it, when its first file was kept, whether it has
/// transitions of its own, and what an earlier system called it.
macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT c.id, c.basis, c.type_code, c.type_version, c.agency, c.serial, c.version, \
             c.issued, c.effective, c.expiring, c.approved_at, \
             (SELECT subject FROM jobs WHERE jobs.id = c.job) AS subject, \
             (SELECT MIN(kept_at) FROM files WHERE files.certificate = c.id) AS kept_at, \
             (SELECT COUNT(*) FROM transitions t WHERE t.certificate = c.id) AS transitions, \
             (SELECT identifier FROM foreign_identifiers f WHERE f.certificate = c.id) AS foreign_id \
             FROM certificates c ",
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
    let row = sqlx::query("SELECT certificate FROM files WHERE sha256 = $1")
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
            length: row.try_get::<i64, _>("length")?.unsigned_abs(),
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

/// A certificate of an earlier system, as it is first recorded.
pub(crate) struct NewStock<'a> {
    pub(crate) id: Id,
    pub(crate) type_code: &'a TypeCode,
    pub(crate) type_version: u32,
    pub(crate) agency: &'a CreditCode,
    pub(crate) foreign: Option<&'a Identifier>,
    pub(crate) issued: Date,
    pub(crate) validity: Validity,
    pub(crate) recorded_at: i64,
    pub(crate) content: (u32, Hash),
    pub(crate) key: &'a WrappedKey,
    /// Sealed.
    pub(crate) face: Vec<u8>,
    pub(crate) claims: Vec<KeyedHash<ClaimKind>>,
    pub(crate) lookups: Vec<KeyedHash<LookupKind>>,
}

impl NewStock<'_> {
    /// The record as it will read back, with a history.
    pub(crate) fn record(&self, history: Vec<Transition>) -> Record {
        Record {
            id: self.id,
            basis: Basis::Imported,
            identifier: self.foreign.cloned(),
            type_code: self.type_code.clone(),
            type_version: self.type_version,
            agency: self.agency.clone(),
            issued: self.issued,
            validity: self.validity,
            history: History::from_record(history),
        }
    }
}

/// Records stock without a file.
pub(crate) async fn insert_stock(tx: &mut Tx, stock: NewStock<'_>) -> Result<()> {
    let id = stock.id.to_string();
    // Without a foreign identifier the record's own id stands in its place, so that nothing looks
    // like a serial that was given.
    let serial = stock
        .foreign
        .map_or(id.as_str(), |foreign| foreign.serial().as_str());
    let version = stock.foreign.map_or(Version::FIRST, Identifier::version);
    sqlx::query(
        "INSERT INTO certificates (id, basis, type_code, type_version, agency, serial, version, \
         state, issued, effective, expiring, approved_at, content_key, content_hash, face) \
         VALUES ($1, 'imported', $2, $3, $4, $5, $6, 'active', $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(&id)
    .bind(stock.type_code.as_str())
    .bind(i64::from(stock.type_version))
    .bind(stock.agency.as_str())
    .bind(serial)
    .bind(i64::from(version.number()))
    .bind(stock.issued.to_string())
    .bind(stock.validity.effective().to_string())
    .bind(stock.validity.expiring().map(|day| day.to_string()))
    .bind(stock.recorded_at)
    .bind(i64::from(stock.content.0))
    .bind(stock.content.1.0.to_vec())
    .bind(stock.face)
    .execute(&mut **tx)
    .await?;
    if let Some(foreign) = stock.foreign {
        sqlx::query("INSERT INTO foreign_identifiers (certificate, identifier) VALUES ($1, $2)")
            .bind(&id)
            .bind(foreign.to_string())
            .execute(&mut **tx)
            .await?;
    }
    sqlx::query("INSERT INTO data_keys (owner, kek, wrapped) VALUES ($1, $2, $3)")
        .bind(&id)
        .bind(i64::from(stock.key.version))
        .bind(stock.key.bytes.clone())
        .execute(&mut **tx)
        .await?;
    let claims =
        "INSERT INTO claims (hash, kind, key_version, certificate) VALUES ($1, $2, $3, $4)";
    for claim in stock.claims {
        put_hash(
            tx,
            claims,
            claim.hash,
            claim.kind as i64,
            claim.version,
            &id,
        )
        .await?;
    }
    let lookups =
        "INSERT INTO lookups (hash, kind, key_version, certificate) VALUES ($1, $2, $3, $4)";
    for lookup in stock.lookups {
        put_hash(
            tx,
            lookups,
            lookup.hash,
            lookup.kind as i64,
            lookup.version,
            &id,
        )
        .await?;
    }
    Ok(())
}

async fn put_hash(
    tx: &mut Tx,
    sql: &'static str,
    hash: Hash,
    kind: i64,
    version: u32,
    certificate: &str,
) -> Result<()> {
    sqlx::query(sql)
        .bind(hash.0.to_vec())
        .bind(kind)
        .bind(i64::from(version))
        .bind(certificate)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The key version and hash of a certificate's content.
pub(crate) async fn content(on: &mut AnyConnection, id: Id) -> Result<(u32, Hash)> {
    let row = sqlx::query("SELECT content_key, content_hash FROM certificates WHERE id = $1")
        .bind(id.to_string())
        .fetch_one(on)
        .await?;
    let hash = row.try_get::<Vec<u8>, _>(1)?.try_into();
    let hash = hash.map_err(|_| damaged("a hash has another length"))?;
    Ok((unsigned(&row, "content_key")?, Hash(hash)))
}

/// Notes that a version is to supersede another when its file is kept.
pub(crate) async fn put_replacement(tx: &mut Tx, successor: Id, predecessor: Id) -> Result<()> {
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

/// The first two entries of a history: approval, and issue once a file is kept.
fn making(row: &AnyRow, agency: &CreditCode) -> Result<Vec<Transition>> {
    let subject: Option<String> = row.try_get("subject")?;
    let actor = match subject.as_deref().map(Actor::parse) {
        Some(Ok(actor)) => actor,
        // Pushed by a system that is not a person of a unit.
        _ => Actor {
            person: PersonId::service(),
            unit: agency.clone(),
        },
    };
    let entry = |kind, at| Transition {
        kind,
        effective_at: at,
        recorded_at: at,
        actor: actor.clone(),
        authority: None,
        reason: None,
        legal_basis: None,
        evidence: Vec::new(),
    };
    let mut made = vec![entry(
        TransitionKind::Approve,
        instant(row.try_get("approved_at")?)?,
    )];
    if let Some(kept_at) = row.try_get::<Option<i64>, _>("kept_at")? {
        made.push(entry(TransitionKind::Issue, instant(kept_at)?));
    }
    Ok(made)
}

fn own_identifier(row: &AnyRow, type_code: &TypeCode, agency: &CreditCode) -> Result<Identifier> {
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

fn unsigned(row: &AnyRow, column: &str) -> Result<u32> {
    u32::try_from(row.try_get::<i64, _>(column)?).map_err(|_| damaged("a count is out of range"))
}

fn day(text: &str) -> Result<Date> {
    text.parse().map_err(|_| damaged("a day has another form"))
}

fn damaged(what: &str) -> Error {
    Error::Damaged(format!("certificates: {what}"))
}
