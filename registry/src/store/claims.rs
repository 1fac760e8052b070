//! SQL of keyed hashes: what one certificate alone may have, and by what certificates are found.

use std::collections::HashMap;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::generated::{Insert, select_in};
use super::plans::number;
use super::{Connection, Dialect, Tx};
use crate::certificates::{ClaimKind, KeyedHash, LookupKind};
use crate::cipher::Hash;
use crate::error::Result;
use crate::ids::Id;

/// A claim on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claimed {
    pub(crate) hash: Hash,
    pub(crate) certificate: Id,
}

/// A certificate that has a claim: the keyed hash of its content, the parts of its identifier, and
/// where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Holding {
    pub(crate) certificate: Id,
    pub(crate) content: (u32, Hash),
    pub(crate) type_code: String,
    pub(crate) agency: String,
    pub(crate) serial: String,
    pub(crate) version: i64,
    pub(crate) state: String,
    /// The job that made it; `None` for imported ones.
    pub(crate) job: Option<Id>,
}

/// The claims among these hashes that are taken.
pub(crate) async fn claims(
    on: &mut Connection,
    dialect: Dialect,
    hashes: &[Hash],
) -> Result<Vec<Claimed>> {
    let select = "SELECT hash, certificate FROM claims WHERE hash IN";
    let rows = select_in(on, dialect, select, hashes, |hash, values| {
        values.add(hash.0.to_vec()).map(drop)
    })
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Claimed {
                hash: hash(row, 0)?,
                certificate: Id::stored(row.try_get(1)?)?,
            })
        })
        .collect()
}

/// Takes the claims that are free and returns the hashes of those that were. On PostgreSQL it
/// waits for a transaction that is just taking the same one.
pub(crate) async fn claim(
    tx: &mut Tx,
    dialect: Dialect,
    claims: &[(Id, KeyedHash<ClaimKind>)],
) -> Result<Vec<Hash>> {
    let insert = Insert {
        table: "claims",
        columns: &["hash", "kind", "key_version", "certificate"],
    };
    let taken = insert
        .run_where_free(tx, dialect, claims, |(certificate, claim), values| {
            values.add(claim.hash.0.to_vec())?.add(claim.kind as i64)?;
            values
                .add(i64::from(claim.version))?
                .add(certificate.to_string())?;
            Ok(())
        })
        .await?;
    let hashes: Vec<Hash> = claims.iter().map(|(_, claim)| claim.hash).collect();
    if taken == claims.len() {
        return Ok(hashes);
    }
    // Some belong to others; the certificate tells whose each is.
    let held = self::claims(tx, dialect, &hashes).await?;
    let held: HashMap<Hash, Id> = held
        .into_iter()
        .map(|claimed| (claimed.hash, claimed.certificate))
        .collect();
    let own = |(certificate, claim): &&(Id, KeyedHash<ClaimKind>)| {
        held.get(&claim.hash) == Some(certificate)
    };
    Ok(claims
        .iter()
        .filter(own)
        .map(|(_, claim)| claim.hash)
        .collect())
}

/// Gives a claim back; the certificate was never issued.
pub(crate) async fn unclaim(tx: &mut Tx, hash: Hash, certificate: Id) -> Result<()> {
    sqlx::query("DELETE FROM claims WHERE hash = $1 AND certificate = $2")
        .bind(hash.0.to_vec())
        .bind(certificate.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Passes a claim on from a row that comes to no certificate to one that does.
pub(crate) async fn pass_on(tx: &mut Tx, hash: Hash, certificate: Id) -> Result<()> {
    sqlx::query("UPDATE claims SET certificate = $2 WHERE hash = $1")
        .bind(hash.0.to_vec())
        .bind(certificate.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Records by what certificates are found.
pub(crate) async fn insert_lookups(
    tx: &mut Tx,
    dialect: Dialect,
    lookups: &[(Id, KeyedHash<LookupKind>)],
) -> Result<()> {
    let columns = &["hash", "kind", "key_version", "certificate"];
    Insert {
        table: "lookups",
        columns,
    }
    .run(tx, dialect, lookups, |(certificate, lookup), values| {
        values
            .add(lookup.hash.0.to_vec())?
            .add(lookup.kind as i64)?;
        values
            .add(i64::from(lookup.version))?
            .add(certificate.to_string())?;
        Ok(())
    })
    .await
}

/// The certificates of these ids.
pub(crate) async fn holdings(
    on: &mut Connection,
    dialect: Dialect,
    certificates: &[Id],
) -> Result<Vec<Holding>> {
    let select = "SELECT id, content_key, content_hash, type_code, agency, serial, version, state, \
                  job FROM certificates WHERE id IN";
    let rows = select_in(on, dialect, select, certificates, |id, values| {
        values.add(id.to_string()).map(drop)
    })
    .await?;
    rows.iter()
        .map(|row| {
            let job: Option<String> = row.try_get(8)?;
            Ok(Holding {
                certificate: Id::stored(row.try_get(0)?)?,
                content: (number(row.try_get(1)?)?, hash(row, 2)?),
                type_code: row.try_get(3)?,
                agency: row.try_get(4)?,
                serial: row.try_get(5)?,
                version: row.try_get(6)?,
                state: row.try_get(7)?,
                job: job.as_deref().map(Id::stored).transpose()?,
            })
        })
        .collect()
}

/// Locks holders of a single-instance type until the transaction ends, in the order given: sort
/// them, so that two groups never wait for each other crosswise.
pub(crate) async fn lock_holders(tx: &mut Tx, hashes: &[Hash], now: i64) -> Result<()> {
    for hash in hashes {
        sqlx::query(
            "INSERT INTO holder_locks (hash, touched) VALUES ($1, $2) \
             ON CONFLICT (hash) DO UPDATE SET touched = excluded.touched",
        )
        .bind(hash.0.to_vec())
        .bind(now)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Whether one of these single-instance hashes belongs to a certificate that has not ended on a
/// day, other than the one that is to be replaced.
pub(crate) async fn holder_has_one(
    tx: &mut Tx,
    hashes: &[Hash],
    day: &str,
    replaced: Option<Id>,
) -> Result<bool> {
    let replaced = replaced.map_or(String::new(), |id| id.to_string());
    for hash in hashes {
        let row = sqlx::query(
            "SELECT COUNT(*) FROM lookups l JOIN certificates c ON c.id = l.certificate \
             WHERE l.hash = $1 AND l.kind = $2 AND c.id <> $3 \
             AND c.state IN ('pending_review', 'approved', 'active', 'suspended') \
             AND (c.expiring IS NULL OR c.expiring >= $4)",
        )
        .bind(hash.0.to_vec())
        .bind(LookupKind::SingleInstance as i64)
        .bind(replaced.as_str())
        .bind(day)
        .fetch_one(&mut **tx)
        .await?;
        if row.try_get::<i64, _>(0)? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

fn hash(row: &AnyRow, column: usize) -> Result<Hash> {
    super::log::fixed(row.try_get(column)?).map(Hash)
}
