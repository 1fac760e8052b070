//! Taking a body in. When its job is given out, body and idempotency key are durable.

use jiff::Timestamp;
use ring::digest::{Context, SHA256};

use super::Batches;
use crate::audit::{Acts, Entry};
use crate::certificates::TypeCode;
use crate::crash;
use crate::error::{Error, Result};
use crate::files::{Spooled, Spooling};
use crate::ids::Id;
use crate::rows::{Encoding, RowFormat};
use crate::store::jobs::{self, FirstJob, NewJob};
use crate::units::{Actor, CreditCode};

/// Who pushes what, under which idempotency key.
#[derive(Debug, Clone)]
pub struct Push {
    /// Who pushes. Their unit delivers: the agency itself, its successor, the centre on its behalf, or a unit that was
    /// named as its deliverer.
    pub subject: Actor,
    /// By which route; with the subject it is the scope of the key.
    pub route: String,
    /// The `Idempotency-Key`.
    pub key: String,
    /// The agency that issues and answers for the data.
    pub agency: CreditCode,
    /// What is to be issued.
    pub type_code: TypeCode,
    /// The format of the body.
    pub format: RowFormat,
}

/// The acknowledgement of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// The job.
    pub job: Id,
    /// Whether the same push had been accepted before; then this is its first job.
    pub repeated: bool,
}

impl Batches<'_> {
    /// Begins to take a body in. Its bytes are written to what is returned; nothing exists until
    /// that is finished and accepted.
    pub fn receive(&self, now: Timestamp) -> Result<Spooling> {
        self.registry.spool().begin(Id::new(now)?)
    }

    /// Makes a job of a body. Durable when it returns. The same key with the same body, agency,
    /// type and format returns the first job, whatever has become of type and agency since.
    ///
    /// # Errors
    /// [`Error::Refused`] `idempotency_key_reused` for another body under the same key,
    /// `type_not_published`, `unknown_agency`, `not_your_agency`, `agency_not_entitled`.
    pub async fn accept(&self, body: Spooled, push: &Push, now: Timestamp) -> Result<Accepted> {
        let accepted = self.record(&body, push, now).await;
        let unneeded = match &accepted {
            Ok(accepted) => accepted.repeated,
            // After any other error the job may be on record; if it is not, the next start removes
            // the body.
            Err(error) => matches!(error, Error::Refused { .. }),
        };
        if unneeded {
            self.registry.spool().remove(body.id)?;
        }
        accepted
    }

    /// Removes bodies that were never accepted, or whose job has ended. Only where no other process
    /// can be taking one in.
    pub(crate) async fn remove_forgotten_bodies(&self) -> Result<()> {
        let needed = self.unfinished().await?;
        for body in self.registry.spool().bodies()? {
            if !needed.contains(&body) {
                self.registry.spool().remove(body)?;
            }
        }
        Ok(())
    }

    async fn record(&self, body: &Spooled, push: &Push, now: Timestamp) -> Result<Accepted> {
        let mut reader = self.registry.store().reader().await?;
        if let Some(first) = jobs::of_key(&mut reader, &scoped(push)).await? {
            return repeated(first, body, push);
        }
        drop(reader);
        let job = self.new_job(body, push, now).await?;
        let mut tx = self.registry.store().begin().await?;
        if let Some(first) = jobs::insert(&mut tx, &job).await? {
            return repeated(first, body, push);
        }
        let dialect = self.registry.store().dialect();
        jobs::insert_keys(&mut tx, dialect, &[(body.id, &body.wrapped)]).await?;
        let act = Entry {
            at: now.as_millisecond(),
            kind: "batch.accepted".into(),
            object: job.id.to_string(),
            actor: push.subject.to_string(),
            detail: format!(
                "agency={} type={} version={} bytes={}",
                job.agency, job.type_code, job.type_version, body.length
            ),
        };
        crash::point("before_accept_commit");
        self.registry.journal().commit(tx, Acts::one(act)).await?;
        crash::point("after_accept_commit");
        Ok(Accepted {
            job: job.id,
            repeated: false,
        })
    }

    /// What can be refused before a row is read.
    async fn new_job(&self, body: &Spooled, push: &Push, now: Timestamp) -> Result<NewJob> {
        let published = self.registry.types().published(&push.type_code).await?;
        // First whether the caller may: to others an agency that is not registered is as a foreign one.
        self.may_deliver(
            &push.subject,
            &push.agency,
            Some(push.type_code.as_str()),
            now,
        )
        .await?;
        self.registry.units().agency(&push.agency).await?;
        let rights = self.registry.units().rights(&push.type_code).await?;
        if !rights.iter().any(|right| *right.agency() == push.agency) {
            return Err(Error::refused(
                "agency_not_entitled",
                format!(
                    "机构 {} 无权颁发类型 {}；请先授权",
                    push.agency, push.type_code
                ),
                format!(
                    "agency {} may not issue type {}; authorise it first",
                    push.agency, push.type_code
                ),
            ));
        }
        Ok(NewJob {
            id: body.id,
            idempotency: scoped(push),
            subject: push.subject.to_string(),
            agency: push.agency.to_string(),
            delivered_by: push.subject.unit.to_string(),
            type_code: push.type_code.to_string(),
            type_version: published.version(),
            format: format_word(push.format).to_owned(),
            body_length: body.length,
            body_sha256: body.sha256,
            accepted_at: now.as_millisecond(),
        })
    }
}

/// The key within its scope; hashed, since callers put anything into it.
fn scoped(push: &Push) -> String {
    let mut context = Context::new(&SHA256);
    for part in [&push.subject.to_string(), &push.route, &push.key] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    hex::encode(context.finish())
}

/// The answer to a push whose key came before.
fn repeated(first: FirstJob, body: &Spooled, push: &Push) -> Result<Accepted> {
    let (agency, type_code, format) = (&push.agency, &push.type_code, format_word(push.format));
    let same =
        first.body_sha256 == body.sha256 && first.what == format!("{agency} {type_code} {format}");
    if !same {
        return Err(reused());
    }
    Ok(Accepted {
        job: first.id,
        repeated: true,
    })
}

fn reused() -> Error {
    Error::refused(
        "idempotency_key_reused",
        "该 Idempotency-Key 此前用于其他内容、机构、类型或格式；新数据请使用新的键",
        "this Idempotency-Key came before with another body, agency, type or format; \
         push new data under a new key",
    )
}

/// The stored word of a format.
fn format_word(format: RowFormat) -> &'static str {
    match format {
        RowFormat::Ndjson => "ndjson",
        RowFormat::Csv(None) => "csv",
        RowFormat::Csv(Some(Encoding::Utf8)) => "csv utf-8",
        RowFormat::Csv(Some(Encoding::Gb18030)) => "csv gb18030",
        RowFormat::Xlsx => "xlsx",
    }
}

/// Reads the stored word of a format.
pub(super) fn format_of(word: &str) -> Result<RowFormat> {
    match word {
        "ndjson" => Ok(RowFormat::Ndjson),
        "csv" => Ok(RowFormat::Csv(None)),
        "csv utf-8" => Ok(RowFormat::Csv(Some(Encoding::Utf8))),
        "csv gb18030" => Ok(RowFormat::Csv(Some(Encoding::Gb18030))),
        "xlsx" => Ok(RowFormat::Xlsx),
        _ => Err(Error::damaged(
            "批次的格式无法读出",
            "the format of a job does not read back",
        )),
    }
}
