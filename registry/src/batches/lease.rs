//! A worker's hold on a job. Every write of the worker carries the epoch of its lease, so one that
//! was overtaken writes nothing.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::Batches;
use super::accept::format_of;
use super::answers::unknown;
use super::approved::Approved;
use super::reader::RowReader;
use super::refused::UnderWay;
use super::status_places::Places;
use super::turns::Turns;
use crate::audit::{Acts, Entry};
use crate::certificates::TypeCode;
use crate::cipher::DataKey;
use crate::error::{Error, Result, Sentence};
use crate::ids::Id;
use crate::rows::{FileFault, RowError, RowLimits, check_header, read};
use crate::store::jobs::{self, LeasedJob};
use crate::store::{Tx, files, reviews};
use crate::types::PublishedType;
use crate::units::{Actor, Authority, CreditCode, Unit};

/// Milliseconds for which a lease holds after each write.
const LEASE: i64 = 60_000;

/// A worker's hold on a job; what it needs at hand while it works on it.
#[derive(Debug)]
pub struct Lease {
    pub(super) job: Id,
    pub(super) epoch: i64,
    pub(super) subject: Actor,
    pub(super) published: PublishedType,
    pub(super) agency: Arc<Unit>,
    /// The agency's rights over the type.
    pub(super) rights: Vec<Authority>,
    /// Seals answers.
    pub(super) key: DataKey,
    /// Rows read and not answered yet.
    pub(super) under_way: UnderWay,
    pub(super) reader: Arc<Mutex<RowReader>>,
    /// Approved earlier, and to be laid out again.
    pub(super) again: Mutex<VecDeque<Approved>>,
    pub(super) places: Mutex<Places>,
    /// The order in which its groups plan.
    pub(super) turns: Turns,
}

/// How a worker left a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// Every row is answered and every plan has its file.
    Done,
    /// All that is left waits for a reviewer.
    InReview,
    /// Something is left; the job waits for the next lease.
    Unfinished,
}

impl Lease {
    /// The job.
    pub fn job(&self) -> Id {
        self.job
    }

    /// Counts the leases of the job.
    pub fn epoch(&self) -> u64 {
        self.epoch.unsigned_abs()
    }

    /// The type that the job issues, for compiling its template once.
    pub fn published(&self) -> &PublishedType {
        &self.published
    }

    /// The agency that issues.
    pub fn agency(&self) -> &Unit {
        &self.agency
    }

    pub(super) fn again(&self) -> MutexGuard<'_, VecDeque<Approved>> {
        self.again.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn act(&self, kind: &str, detail: String, now: Timestamp) -> Entry {
        Entry {
            at: now.as_millisecond(),
            kind: kind.to_owned(),
            object: self.job.to_string(),
            actor: self.subject.to_string(),
            detail,
        }
    }
}

impl Batches<'_> {
    /// Takes a job. Call [`Batches::recover`] next: an earlier worker may have left plans behind.
    ///
    /// # Errors
    /// [`Error::Refused`] `job_not_free` while another worker has it or after it ended,
    /// `file_unreadable` where its body is no file of rows; then the job has failed.
    pub async fn lease(&self, job: Id, now: Timestamp) -> Result<Lease> {
        let store = self.registry.store();
        let clock = store.lease_clock(now).await?;
        let mut tx = store.begin().await?;
        let leased = self.take(&mut tx, job, clock).await?;
        let leased = leased.ok_or_else(|| {
            Error::refused(
                "job_not_free",
                format!("批次 {job} 已经结束，或正由其他进程处理；请改为查看进度"),
                format!("batch {job} has ended or another worker has it; watch it instead"),
            )
        })?;
        tx.commit().await?;
        self.open(leased, now).await
    }

    /// Takes the oldest job that waits; `None` where none does.
    pub async fn lease_any(&self, now: Timestamp) -> Result<Option<Lease>> {
        let store = self.registry.store();
        let clock = store.lease_clock(now).await?;
        let mut tx = store.begin().await?;
        let Some(job) =
            jobs::waiting(&mut tx, store.dialect(), self.registry.process(), clock).await?
        else {
            return Ok(None);
        };
        let Some(leased) = self.take(&mut tx, job, clock).await? else {
            return Ok(None);
        };
        tx.commit().await?;
        self.open(leased, now).await.map(Some)
    }

    /// Ends the worker's hold. The job is done where every row is answered and every plan has its
    /// file; else it waits for the next lease.
    pub async fn finish(&self, lease: Lease, now: Timestamp) -> Result<Finished> {
        let mut tx = self.begin(&lease, now).await?;
        let read_whole = lease.read_whole();
        let answered = jobs::rows_answered(&mut tx, lease.job).await?;
        let open = files::unfinished_plans(&mut tx, lease.job).await?;
        if open > 0 || read_whole != Some(answered) {
            jobs::release(&mut tx, lease.job, lease.epoch, None).await?;
            self.registry.journal().commit(tx, Acts::default()).await?;
            return Ok(Finished::Unfinished);
        }
        if reviews::count(&mut tx, lease.job).await? > 0 {
            jobs::rest(&mut tx, lease.job, lease.epoch).await?;
            self.registry.journal().commit(tx, Acts::default()).await?;
            return Ok(Finished::InReview);
        }
        let ended = ("done", now.as_millisecond(), None);
        jobs::release(&mut tx, lease.job, lease.epoch, Some(ended)).await?;
        let act = lease.act("batch.done", format!("rows={answered}"), now);
        self.registry.journal().commit(tx, Acts::one(act)).await?;
        self.registry.spool().remove(lease.job)?;
        Ok(Finished::Done)
    }

    /// Begins a transaction of a worker.
    pub(super) async fn begin(&self, lease: &Lease, now: Timestamp) -> Result<Tx> {
        let store = self.registry.store();
        let until = store.lease_clock(now).await? + LEASE;
        let mut tx = store.begin().await?;
        jobs::hold(&mut tx, lease.job, lease.epoch, until).await?;
        Ok(tx)
    }

    /// Ends a job for what is in its file: what it had planned and not issued is given up. Returns the
    /// error for the worker.
    pub(super) async fn fail(
        &self,
        job: Id,
        epoch: i64,
        fault: Sentence,
        now: Timestamp,
    ) -> Result<Error> {
        let mut tx = self.registry.store().begin().await?;
        let at = now.as_millisecond();
        jobs::release(
            &mut tx,
            job,
            epoch,
            Some(("failed", at, Some(&fault.to_stored()))),
        )
        .await?;
        let given_up = self.give_up_open(&mut tx, job, "failed", at).await?;
        let act = Entry {
            at,
            kind: "batch.failed".into(),
            object: job.to_string(),
            actor: self.registry.process().to_owned(),
            detail: format!("given_up={given_up}"),
        };
        self.registry.journal().commit(tx, Acts::one(act)).await?;
        self.registry.spool().remove(job)?;
        Ok(Error::refused("file_unreadable", fault.zh, fault.en))
    }

    async fn take(&self, tx: &mut Tx, job: Id, clock: i64) -> Result<Option<LeasedJob>> {
        let dialect = self.registry.store().dialect();
        let holder = self.registry.process();
        jobs::lease(tx, dialect, job, holder, clock, clock + LEASE).await
    }

    async fn open(&self, leased: LeasedJob, now: Timestamp) -> Result<Lease> {
        let stored = || Error::damaged("批次无法读出", "a stored job does not read back");
        let type_code = TypeCode::parse(&leased.type_code).map_err(|_| stored())?;
        let agency = CreditCode::parse(&leased.agency).map_err(|_| stored())?;
        let published = self
            .registry
            .types()
            .pinned(&type_code, leased.type_version)
            .await?;
        let unit = self.registry.units().agency(&agency).await?;
        let mut rights = self.registry.units().rights(&type_code).await?;
        rights.retain(|right| *right.agency() == agency);
        let mut connection = self.registry.store().reader().await?;
        let wrapped = jobs::data_key(&mut connection, leased.id).await?;
        let wrapped = wrapped.ok_or_else(|| unknown(leased.id))?;
        let body = self
            .registry
            .spool()
            .read(leased.id, leased.body_length, &wrapped)?;
        let format = format_of(&leased.format)?;
        let opened = tokio::task::spawn_blocking(move || read(body, format, &RowLimits::default()));
        let rows = match opened.await.map_err(|_| stored())? {
            Ok(rows) => rows,
            Err(FileFault::Io(error)) => return Err(not_read(leased.id, error)),
            Err(fault) => {
                return Err(self
                    .fail(leased.id, leased.epoch, fault.said(), now)
                    .await?);
            }
        };
        if let Some(header) = rows.header() {
            let faults = check_header(&published, &header);
            if !faults.is_empty() {
                let zh: Vec<String> = faults.iter().map(RowError::zh).collect();
                let en: Vec<String> = faults.iter().map(ToString::to_string).collect();
                let fault = Sentence::new(zh.join("；"), en.join("; "));
                return Err(self.fail(leased.id, leased.epoch, fault, now).await?);
            }
        }
        Ok(Lease {
            job: leased.id,
            epoch: leased.epoch,
            subject: Actor::parse(&leased.subject).map_err(|_| stored())?,
            published,
            agency: Arc::new(unit),
            rights,
            key: self
                .registry
                .vault()
                .open_key(&leased.id.to_string(), &wrapped)?,
            reader: Arc::new(Mutex::new(RowReader::new(
                rows,
                leased.rows_done,
                leased.epoch > 1,
            ))),
            under_way: UnderWay::default(),
            again: Mutex::default(),
            places: Mutex::default(),
            turns: Turns::default(),
        })
    }
}

/// The spool did not give a body. The disk is at fault or what lies on it, not the job: it waits.
pub(super) fn not_read(job: Id, error: io::Error) -> Error {
    match error.raw_os_error() {
        Some(_) => Error::disk("read", Path::new(&format!("spool/{job}.body")), error),
        None => Error::damaged("批次的内容无法读出", error.to_string()),
    }
}

impl Lease {
    /// How many rows the file has, once it has been read to its end.
    fn read_whole(&self) -> Option<u64> {
        self.reader
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .whole()
    }
}
