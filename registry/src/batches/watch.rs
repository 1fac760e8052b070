//! Who may watch which batch, and the batches of an agency.

use jiff::Timestamp;

use super::answers::unknown;
use super::{Batches, Progress};
use crate::error::{Error, Result, Sentence};
use crate::ids::Id;
use crate::store::jobs;
use crate::units::{Act, Actor, CreditCode};

/// A batch in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobLine {
    /// Which.
    pub job: Id,
    /// Where it stands.
    pub progress: Progress,
}

impl Batches<'_> {
    /// Whether an actor may see a batch: whoever may deliver rows for its agency. To everybody else it is not there.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_job`, for foreign ones too.
    pub async fn may_watch(&self, job: Id, actor: &Actor, now: Timestamp) -> Result<()> {
        let agency = jobs::agency(&mut self.registry.store().reader().await?, job).await?;
        let agency = agency.ok_or_else(|| unknown(job))?;
        let agency = CreditCode::parse(&agency).map_err(|_| {
            Error::Damaged(Sentence::new("批次未注明发证机构", "a job names no agency"))
        })?;
        self.may_see(&agency, actor, now)
            .await
            .map_err(|error| match error {
                Error::Refused { .. } => unknown(job),
                other => other,
            })
    }

    /// The batches of an agency before one, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Refused`] `not_your_agency`.
    pub async fn of_agency(
        &self,
        agency: &CreditCode,
        before: Option<Id>,
        limit: u32,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Vec<JobLine>> {
        self.may_see(agency, actor, now).await?;
        let mut reader = self.registry.store().reader().await?;
        let found = jobs::of_agency(&mut reader, agency.as_str(), before, limit).await?;
        drop(reader);
        let mut lines = Vec::with_capacity(found.len());
        for job in found {
            let progress = self.progress(job).await?;
            lines.push(JobLine { job, progress });
        }
        Ok(lines)
    }

    async fn may_see(&self, agency: &CreditCode, actor: &Actor, now: Timestamp) -> Result<()> {
        let units = self.registry.units();
        units.may(actor, Act::Deliver(agency), now).await
    }
}
