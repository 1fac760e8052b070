//! Rows of certificates that come without a file.

use jiff::civil::Date;
use sqlx::{AnyConnection, Row};

use super::Tx;
use super::records::{damaged, unsigned};
use crate::audit::Decided;
use crate::certificates::{
    Basis, ClaimKind, History, Identifier, KeyedHash, LookupKind, Record, Transition, TypeCode,
    Validity, Version,
};
use crate::cipher::{Hash, WrappedKey};
use crate::error::Result;
use crate::ids::Id;
use crate::units::CreditCode;

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
    /// The digest of what an earlier system decided, as it will read back.
    pub(crate) fn decided(&self) -> [u8; 32] {
        let id = self.id.to_string();
        let (serial, version) = self.serial(&id);
        let foreign = self.foreign.map(Identifier::to_string);
        let expiring = self.validity.expiring().map(|day| day.to_string());
        let decided = Decided {
            certificate: &id,
            type_code: self.type_code.as_str(),
            type_version: i64::from(self.type_version),
            agency: self.agency.as_str(),
            serial,
            version: i64::from(version.number()),
            foreign: foreign.as_deref(),
            issued: &self.issued.to_string(),
            effective: &self.validity.effective().to_string(),
            expiring: expiring.as_deref(),
            approved_at: self.recorded_at,
            content_hash: &self.content.1.0,
        };
        decided.digest()
    }

    /// Without a foreign identifier the record's own id stands in its place, so that nothing looks like
    /// a serial that was given.
    fn serial<'s>(&'s self, id: &'s str) -> (&'s str, Version) {
        self.foreign.map_or((id, Version::FIRST), |foreign| {
            (foreign.serial().as_str(), foreign.version())
        })
    }

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
    let (serial, version) = stock.serial(&id);
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
