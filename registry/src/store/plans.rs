//! SQL of certificates, their keyed hashes, and plans.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::generated::Insert;
use super::{Connection, Dialect, Tx};
use crate::audit::Decided;
use crate::cipher::{Hash, WrappedKey};
use crate::error::{Error, Result};
use crate::ids::Id;

/// A certificate from a batch.
#[derive(Debug)]
pub(crate) struct NewCertificate<'a> {
    pub(crate) id: Id,
    pub(crate) type_code: &'a str,
    pub(crate) type_version: u32,
    pub(crate) agency: &'a str,
    pub(crate) serial: &'a str,
    pub(crate) version: u16,
    pub(crate) issued: String,
    pub(crate) effective: String,
    pub(crate) expiring: Option<String>,
    /// `approved`, or `pending_review` under a type that asks for it.
    pub(crate) state: &'static str,
    pub(crate) approved_at: i64,
    pub(crate) job: Id,
    pub(crate) place: u64,
    pub(crate) content: (u32, Hash),
    /// Sealed.
    pub(crate) face: Vec<u8>,
}

impl NewCertificate<'_> {
    /// The digest of what is decided, as it will read back.
    pub(crate) fn decided(&self) -> [u8; 32] {
        let decided = Decided {
            certificate: &self.id.to_string(),
            type_code: self.type_code,
            type_version: i64::from(self.type_version),
            agency: self.agency,
            serial: self.serial,
            version: i64::from(self.version),
            foreign: None,
            issued: &self.issued,
            effective: &self.effective,
            expiring: self.expiring.as_deref(),
            approved_at: self.approved_at,
            content_hash: &self.content.1.0,
        };
        decided.digest()
    }
}

/// A plan.
#[derive(Debug)]
pub(crate) struct NewPlan {
    pub(crate) id: Id,
    pub(crate) certificate: Id,
    pub(crate) attempt: u32,
    pub(crate) job: Id,
    pub(crate) status: (u32, u32),
    /// Sealed.
    pub(crate) inputs: Vec<u8>,
    pub(crate) planned_at: i64,
    /// `None` for an attempt that waits to be laid out.
    pub(crate) laid: Option<LaidOut>,
}

/// What layout adds to a plan, and the reservation under which it may be sealed.
#[derive(Debug, Clone)]
pub(crate) struct LaidOut {
    /// `None` while a reviewer has not approved it.
    pub(crate) reservation: Option<i64>,
    pub(crate) inputs_digest: [u8; 32],
    pub(crate) container: &'static str,
    pub(crate) algorithm: &'static str,
    pub(crate) covered: String,
}

/// A plan without a file, with all that is needed to rebuild what was approved.
#[derive(Debug)]
pub(crate) struct OpenPlan {
    pub(crate) id: Id,
    pub(crate) attempt: u32,
    pub(crate) reservation: Option<i64>,
    pub(crate) inputs: Vec<u8>,
    pub(crate) inputs_digest: Option<Vec<u8>>,
    pub(crate) covered: Option<String>,
    pub(crate) certificate: Id,
    pub(crate) type_code: String,
    pub(crate) type_version: i64,
    pub(crate) agency: String,
    pub(crate) serial: String,
    pub(crate) version: i64,
    pub(crate) issued: String,
    pub(crate) effective: String,
    pub(crate) expiring: Option<String>,
    pub(crate) approved_at: i64,
    pub(crate) content_hash: Vec<u8>,
    pub(crate) place: u64,
    pub(crate) face: Vec<u8>,
    pub(crate) key: Option<WrappedKey>,
}

impl OpenPlan {
    /// The digest of what is decided about its certificate.
    pub(crate) fn decided(&self) -> [u8; 32] {
        let decided = Decided {
            certificate: &self.certificate.to_string(),
            type_code: &self.type_code,
            type_version: self.type_version,
            agency: &self.agency,
            serial: &self.serial,
            version: self.version,
            foreign: None,
            issued: &self.issued,
            effective: &self.effective,
            expiring: self.expiring.as_deref(),
            approved_at: self.approved_at,
            content_hash: &self.content_hash,
        };
        decided.digest()
    }
}

/// Records certificates that are not yet issued.
pub(crate) async fn insert_certificates(
    tx: &mut Tx,
    dialect: Dialect,
    certificates: &[NewCertificate<'_>],
) -> Result<()> {
    let columns = &[
        "id",
        "basis",
        "type_code",
        "type_version",
        "agency",
        "serial",
        "version",
        "state",
        "issued",
        "effective",
        "expiring",
        "approved_at",
        "job",
        "place",
        "content_key",
        "content_hash",
        "face",
    ];
    Insert {
        table: "certificates",
        columns,
    }
    .run(tx, dialect, certificates, |c, values| {
        values
            .add(c.id.to_string())?
            .add("issued")?
            .add(c.type_code)?;
        values
            .add(i64::from(c.type_version))?
            .add(c.agency)?
            .add(c.serial)?;
        values
            .add(i64::from(c.version))?
            .add(c.state)?
            .add(c.issued.as_str())?;
        values
            .add(c.effective.as_str())?
            .add(c.expiring.clone())?
            .add(c.approved_at)?;
        values
            .add(c.job.to_string())?
            .add(c.place as i64)?
            .add(i64::from(c.content.0))?;
        values.add(c.content.1.0.to_vec())?.add(c.face.clone())?;
        Ok(())
    })
    .await
}

/// Records plans.
pub(crate) async fn insert_plans(tx: &mut Tx, dialect: Dialect, plans: &[NewPlan]) -> Result<()> {
    let columns = &[
        "id",
        "certificate",
        "attempt",
        "job",
        "reservation",
        "status_list",
        "status_index",
        "inputs",
        "inputs_digest",
        "container",
        "digest_algorithm",
        "covered",
        "planned_at",
    ];
    Insert {
        table: "plans",
        columns,
    }
    .run(tx, dialect, plans, |plan, values| {
        let laid = plan.laid.as_ref();
        values
            .add(plan.id.to_string())?
            .add(plan.certificate.to_string())?;
        values
            .add(i64::from(plan.attempt))?
            .add(plan.job.to_string())?;
        values
            .add(laid.and_then(|l| l.reservation))?
            .add(i64::from(plan.status.0))?;
        values
            .add(i64::from(plan.status.1))?
            .add(plan.inputs.clone())?;
        values
            .add(laid.map(|l| l.inputs_digest.to_vec()))?
            .add(laid.map(|l| l.container))?;
        values
            .add(laid.map(|l| l.algorithm))?
            .add(laid.map(|l| l.covered.clone()))?;
        values.add(plan.planned_at)?;
        Ok(())
    })
    .await
}

/// Gives a plan that waits the digests of its layout, and puts it under a reservation if it may be sealed.
pub(crate) async fn take_up(tx: &mut Tx, plan: Id, laid: &LaidOut) -> Result<()> {
    sqlx::query(
        "UPDATE plans SET reservation = $2, inputs_digest = $3, container = $4, \
         digest_algorithm = $5, covered = $6 WHERE id = $1",
    )
    .bind(plan.to_string())
    .bind(laid.reservation)
    .bind(laid.inputs_digest.to_vec())
    .bind(laid.container)
    .bind(laid.algorithm)
    .bind(laid.covered.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Lets a plan wait to be laid out again.
pub(crate) async fn lay_down(tx: &mut Tx, plan: Id) -> Result<()> {
    sqlx::query("UPDATE plans SET reservation = NULL WHERE id = $1")
        .bind(plan.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Gives a plan up, with the reason.
pub(crate) async fn void(tx: &mut Tx, plan: Id, reason: &str) -> Result<()> {
    sqlx::query("UPDATE plans SET void_reason = $2 WHERE id = $1")
        .bind(plan.to_string())
        .bind(reason)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Marks a certificate that was given up before it was issued.
pub(crate) async fn give_up(tx: &mut Tx, certificate: Id, job: Id, place: u64) -> Result<()> {
    sqlx::query("UPDATE certificates SET state = 'cancelled_before_issue' WHERE id = $1")
        .bind(certificate.to_string())
        .execute(&mut **tx)
        .await?;
    sqlx::query("UPDATE items SET outcome = 'cancelled' WHERE job = $1 AND place = $2")
        .bind(job.to_string())
        .bind(place as i64)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Rows of a job that were answered by certificates of its own that are given up are given up, too.
pub(crate) async fn give_up_repeats(tx: &mut Tx, job: Id) -> Result<()> {
    sqlx::query(
        "UPDATE items SET outcome = 'cancelled' WHERE job = $1 AND outcome = 'existing' \
         AND EXISTS (SELECT 1 FROM certificates c WHERE c.id = items.certificate \
                     AND c.state = 'cancelled_before_issue')",
    )
    .bind(job.to_string())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The columns of an open plan, with what it was approved from.
macro_rules! select_open {
    ($tail:literal) => {
        concat!(
            "SELECT p.id, p.attempt, p.reservation, p.inputs, p.inputs_digest, p.covered, \
             c.id AS certificate, c.type_code, c.type_version, c.agency, c.serial, c.version, \
             c.issued, c.effective, c.expiring, c.approved_at, c.content_hash, c.place, c.face, \
             k.kek, k.wrapped \
             FROM plans p JOIN certificates c ON c.id = p.certificate \
             LEFT JOIN data_keys k ON k.owner = c.id \
             WHERE p.void_reason IS NULL ",
            $tail
        )
    };
}

/// Which open plans of a job.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Open {
    All,
    /// Those that wait for no reviewer.
    ToWorkOn,
}

/// The plans of a job that have no file and are not void: those of open reservations, and those
/// that wait, also for a reviewer.
pub(crate) async fn open_plans(tx: &mut Tx, job: Id, which: Open) -> Result<Vec<OpenPlan>> {
    let rows = sqlx::query(select_open!(
        "AND c.state <> $2 AND (p.reservation IN (SELECT number FROM key_uses WHERE job = $1 AND settled_at IS NULL) \
              OR (p.job = $1 AND p.reservation IS NULL)) \
         AND NOT EXISTS (SELECT 1 FROM files f WHERE f.plan = p.id) ORDER BY c.place"
    ))
    .bind(job.to_string())
    .bind(match which {
        Open::All => "",
        Open::ToWorkOn => "pending_review",
    })
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(read_open).collect()
}

/// The plan of a certificate that waits for a reviewer.
pub(crate) async fn in_review(on: &mut Connection, certificate: Id) -> Result<Option<OpenPlan>> {
    let row = sqlx::query(select_open!(
        "AND p.certificate = $1 AND p.reservation IS NULL AND c.state = 'pending_review'"
    ))
    .bind(certificate.to_string())
    .fetch_optional(on)
    .await?;
    row.as_ref().map(read_open).transpose()
}

fn read_open(row: &AnyRow) -> Result<OpenPlan> {
    let key = match row.try_get::<Option<i64>, _>("kek")? {
        Some(version) => Some(WrappedKey {
            version: number(version)?,
            bytes: row.try_get("wrapped")?,
        }),
        None => None,
    };
    Ok(OpenPlan {
        id: Id::stored(row.try_get("id")?)?,
        attempt: number(row.try_get("attempt")?)?,
        reservation: row.try_get("reservation")?,
        inputs: row.try_get("inputs")?,
        inputs_digest: row.try_get("inputs_digest")?,
        covered: row.try_get("covered")?,
        certificate: Id::stored(row.try_get("certificate")?)?,
        type_code: row.try_get("type_code")?,
        type_version: row.try_get("type_version")?,
        agency: row.try_get("agency")?,
        serial: row.try_get("serial")?,
        version: row.try_get("version")?,
        issued: row.try_get("issued")?,
        effective: row.try_get("effective")?,
        expiring: row.try_get("expiring")?,
        approved_at: row.try_get("approved_at")?,
        content_hash: row.try_get("content_hash")?,
        place: row.try_get::<i64, _>("place")?.unsigned_abs(),
        face: row.try_get("face")?,
        key,
    })
}

pub(super) fn number(stored: i64) -> Result<u32> {
    u32::try_from(stored).map_err(|_| {
        Error::damaged(
            format!("{stored} 不是版本号"),
            format!("{stored} is no version"),
        )
    })
}
