//! Who may watch which batch, and the batches of an agency.

use jiff::Timestamp;

use super::answers::unknown;
use super::{Batches, Progress};
use crate::error::{Error, Result, Sentence};
use crate::ids::Id;
use crate::store::deliveries;
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
    /// Whether an actor may see a batch: whoever may deliver rows for its agency; a unit that was named as its
    /// deliverer sees what it delivered itself. To everybody else it is not there.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_job`, for foreign ones too.
    pub async fn may_watch(&self, job: Id, actor: &Actor, now: Timestamp) -> Result<()> {
        let mut reader = self.registry.store().reader().await?;
        let delivery = deliveries::delivery(&mut reader, job).await?;
        drop(reader);
        let delivery = delivery.ok_or_else(|| unknown(job))?;
        let agency = CreditCode::parse(&delivery.agency).map_err(|_| {
            Error::Damaged(Sentence::new("批次未注明发证机构", "a job names no agency"))
        })?;
        let (units, act) = (self.registry.units(), Act::Deliver(&agency));
        match units.may(actor, act, now).await {
            Err(Error::Refused { .. }) => {}
            other => return other,
        }
        let own = delivery.delivered_by == actor.unit.as_str();
        let type_code = Some(delivery.type_code.as_str());
        if own && units.delivers(actor, &agency, type_code, now).await? {
            return Ok(());
        }
        Err(unknown(job))
    }

    /// The batches of an agency before one, newest first, at most `limit`; to a unit that was named as its
    /// deliverer, those that it delivered.
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
        let units = self.registry.units();
        let by = match units.may(actor, Act::Deliver(agency), now).await {
            Ok(()) => None,
            Err(refused @ Error::Refused { .. }) => {
                match units.delivers(actor, agency, None, now).await? {
                    true => Some(actor.unit.as_str()),
                    false => return Err(refused),
                }
            }
            Err(other) => return Err(other),
        };
        let mut reader = self.registry.store().reader().await?;
        let found = deliveries::of_agency(&mut reader, agency.as_str(), by, before, limit).await?;
        drop(reader);
        let mut lines = Vec::with_capacity(found.len());
        for job in found {
            let progress = self.progress(job).await?;
            lines.push(JobLine { job, progress });
        }
        Ok(lines)
    }

    /// Refuses who may not deliver rows in the name of an agency; of one type, or of any.
    pub(super) async fn may_deliver(
        &self,
        actor: &Actor,
        agency: &CreditCode,
        type_code: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        let units = self.registry.units();
        match units.may(actor, Act::Deliver(agency), now).await {
            Err(refused @ Error::Refused { .. }) => {
                match units.delivers(actor, agency, type_code, now).await? {
                    true => Ok(()),
                    false => Err(refused),
                }
            }
            other => other,
        }
    }
}
