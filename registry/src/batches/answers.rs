//! What people see of a job: its progress, and the answer to each row.

use serde::{Deserialize, Serialize};

use super::{Batches, refused};
use crate::certificates::{Identifier, Serial, TypeCode, Version};
use crate::cipher::DataKey;
use crate::error::{Error, Result, Sentence};
use crate::ids::Id;
use crate::rows::{FieldRef, RowError};
use crate::store::Reader;
use crate::store::items::{self, StoredIdentifier, StoredItem};
use crate::store::jobs;
use crate::types::PublishedType;
use crate::units::CreditCode;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Waits for a worker.
    Accepted,
    /// A worker has it.
    Running,
    /// Rows wait for a reviewer, and nothing else is left to do.
    InReview,
    /// Every row is answered, every approved one issued.
    Done,
    /// The file could not be read to its end.
    Failed,
    /// Ended by a person.
    Cancelled,
}

/// A job as it is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Where it stands.
    pub state: JobState,
    /// Why it failed.
    pub fault: Option<Sentence>,
    /// Rows whose certificate was planned.
    pub planned: u64,
    /// Certificates issued.
    pub issued: u64,
    /// Rows that were pushed before, with equal content.
    pub existing: u64,
    /// Rows in error.
    pub refused: u64,
    /// Length of the body in bytes.
    pub body_length: u64,
}

impl Progress {
    /// Whether nothing more will happen to it.
    pub fn is_over(&self) -> bool {
        matches!(
            self.state,
            JobState::Done | JobState::Failed | JobState::Cancelled
        )
    }
}

/// The answer to one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowAnswer {
    /// The row, as an editor or spreadsheet counts it.
    pub row: u64,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Laid out, and waits for a reviewer.
    InReview(Identifier),
    /// Planned, and not yet issued.
    Planned(Identifier),
    /// Issued.
    Issued(Identifier),
    /// Pushed before with equal content: this certificate is the answer.
    Existing(Identifier),
    /// In error; nothing was made of it.
    Refused(Vec<RowFault>),
    /// Given up with its job.
    Cancelled,
}

/// One thing wrong with a row; it holds no value of the row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowFault {
    /// Stable machine name, such as `field.required`.
    pub code: String,
    /// The field by its machine name, or `#3` for the third column.
    pub field: Option<String>,
    /// What is wrong and what to do, in Chinese; row and field stand beside it.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl RowFault {
    /// A fault that a room beside `rows` found, such as a layout that does not fit.
    pub fn new(code: &str, field: Option<&str>, zh: &str, en: &str) -> Self {
        Self {
            code: code.to_owned(),
            field: field.map(str::to_owned),
            zh: zh.to_owned(),
            en: en.to_owned(),
        }
    }
}

impl From<&RowError> for RowFault {
    fn from(error: &RowError) -> Self {
        let field = error.field.as_ref().map(|field| match field {
            FieldRef::Name(name) => name.clone(),
            FieldRef::Position(at) => format!("#{at}"),
        });
        Self {
            code: error.rule.code().to_owned(),
            field,
            zh: error.rule.zh(),
            en: error.rule.en(),
        }
    }
}

impl Batches<'_> {
    /// Where a job stands.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_job`.
    pub async fn progress(&self, job: Id) -> Result<Progress> {
        let mut reader = self.registry.store().reader().await?;
        let found = jobs::watch(&mut reader, job)
            .await?
            .ok_or_else(|| unknown(job))?;
        Ok(Progress {
            state: JobState::parse(&found.state)?,
            fault: found.fault.map(Sentence::from_stored),
            planned: found.counted.planned.unsigned_abs(),
            issued: found.counted.issued.unsigned_abs(),
            existing: found.counted.existing.unsigned_abs(),
            refused: found.counted.refused.unsigned_abs(),
            body_length: found.body_length,
        })
    }

    /// The type that a job issues, in the version that was published when it was accepted.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_job`.
    pub async fn type_of(&self, job: Id) -> Result<PublishedType> {
        let mut reader = self.registry.store().reader().await?;
        let found = jobs::type_of(&mut reader, job).await?;
        drop(reader);
        let (type_code, version) = found.ok_or_else(|| unknown(job))?;
        let type_code = TypeCode::parse(&type_code).map_err(|_| damaged())?;
        self.registry.types().pinned(&type_code, version).await
    }

    /// The jobs that a worker can bring forward, oldest first; not those that wait for a reviewer.
    pub async fn to_work_on(&self) -> Result<Vec<Id>> {
        jobs::to_work_on(&mut self.registry.store().reader().await?).await
    }

    /// The jobs that have not ended, oldest first.
    pub async fn unfinished(&self) -> Result<Vec<Id>> {
        jobs::unfinished(&mut self.registry.store().reader().await?).await
    }

    /// Answers to rows after one, in order, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_job`, `answers_erased`.
    pub async fn answers(&self, job: Id, after: u64, limit: u32) -> Result<Vec<RowAnswer>> {
        let mut reader = self.registry.store().reader().await?;
        if jobs::watch(&mut reader, job).await?.is_none() {
            return Err(unknown(job));
        }
        let key = self.key_of_answers(&mut reader, job).await?;
        let items = items::items(&mut reader, job, after, limit).await?;
        items
            .into_iter()
            .map(|item| read_answer(item, &key))
            .collect()
    }

    /// The key under which the answers to a job are sealed.
    pub(super) async fn key_of_answers(&self, reader: &mut Reader, job: Id) -> Result<DataKey> {
        let wrapped = jobs::data_key(reader, job).await?.ok_or_else(|| {
            Error::refused(
                "answers_erased",
                "该批次的结果已被清除",
                "the answers to this batch have been erased",
            )
        })?;
        self.registry.vault().open_key(&job.to_string(), &wrapped)
    }
}

fn read_answer(item: StoredItem, key: &DataKey) -> Result<RowAnswer> {
    let outcome = match (item.outcome.as_str(), &item.certificate) {
        ("refused", _) => {
            let (faults, _) = refused::open(key, item.answer.unwrap_or_default())?;
            Outcome::Refused(faults)
        }
        ("cancelled", _) => Outcome::Cancelled,
        ("existing", Some(certificate)) => Outcome::Existing(identifier(certificate)?),
        ("planned", Some(certificate)) if certificate.state == "pending_review" => {
            Outcome::InReview(identifier(certificate)?)
        }
        ("planned", Some(certificate)) if certificate.state == "approved" => {
            Outcome::Planned(identifier(certificate)?)
        }
        ("planned", Some(certificate)) => Outcome::Issued(identifier(certificate)?),
        _ => return Err(damaged()),
    };
    Ok(RowAnswer {
        row: item.place,
        outcome,
    })
}

fn identifier(stored: &StoredIdentifier) -> Result<Identifier> {
    let version = u16::try_from(stored.version).ok();
    Ok(Identifier::new(
        TypeCode::parse(&stored.type_code).map_err(|_| damaged())?,
        CreditCode::parse(&stored.agency).map_err(|_| damaged())?,
        Serial::parse(&stored.serial).map_err(|_| damaged())?,
        version.and_then(Version::new).ok_or_else(damaged)?,
    ))
}

impl JobState {
    fn parse(word: &str) -> Result<Self> {
        match word {
            "accepted" => Ok(Self::Accepted),
            "running" => Ok(Self::Running),
            "in_review" => Ok(Self::InReview),
            "done" => Ok(Self::Done),
            "failed" => Ok(Self::Failed),
            "cancelled" => Ok(Self::Cancelled),
            _ => Err(damaged()),
        }
    }
}

pub(super) fn unknown(job: Id) -> Error {
    Error::refused(
        "unknown_job",
        format!("没有批次 {job}；请核对编号"),
        format!("there is no batch {job}; check its address"),
    )
}

pub(super) fn damaged() -> Error {
    Error::damaged("行的结果无法读出", "the answer to a row does not read back")
}

pub(super) fn unknown_certificate() -> Error {
    Error::refused(
        "unknown_certificate",
        "没有这一证照标识；请核对各字符",
        "no certificate has this identifier; check its characters",
    )
}
