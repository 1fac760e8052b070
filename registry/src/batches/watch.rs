//! Who may watch which batch, and the batches of an agency.

use jiff::Timestamp;

use super::answers::unknown;
use super::{Batches, Progress};
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::store::deliveries::{self, Delivery};
use crate::units::{Act, Actor, CreditCode};

/// A batch in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobLine {
    /// Which.
    pub job: Id,
    /// Where it stands.
    pub progress: Progress,
}

/// Whose batches of an agency an actor has to do with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// All: the agency itself, its successor, the centre.
    Agency,
    /// Those that its own unit delivered, which was named for it.
    OwnDeliveries,
}

impl Batches<'_> {
    /// Whether an actor may see a batch: whoever may deliver rows for its agency; a unit that was named as its
    /// deliverer sees what it delivered itself. To everybody else it is not there.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_job`, for foreign ones too.
    pub async fn may_watch(&self, job: Id, actor: &Actor, now: Timestamp) -> Result<()> {
        let (agency, delivery) = self.delivery(job).await?;
        let type_code = Some(delivery.type_code.as_str());
        match self.may_deliver(actor, &agency, type_code, now).await {
            Ok(Reach::Agency) => Ok(()),
            Ok(Reach::OwnDeliveries) if delivery.delivered_by == actor.unit.as_str() => Ok(()),
            Ok(Reach::OwnDeliveries) | Err(Error::Refused { .. }) => Err(unknown(job)),
            Err(other) => Err(other),
        }
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
        let by = match self.may_deliver(actor, agency, None, now).await? {
            Reach::Agency => None,
            Reach::OwnDeliveries => Some(actor.unit.as_str()),
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

    /// Refuses who may not deliver rows in the name of an agency, of one type or of any; says what the others reach.
    pub(super) async fn may_deliver(
        &self,
        actor: &Actor,
        agency: &CreditCode,
        type_code: Option<&str>,
        now: Timestamp,
    ) -> Result<Reach> {
        let units = self.registry.units();
        match units.may(actor, Act::Deliver(agency), now).await {
            Ok(()) => Ok(Reach::Agency),
            Err(refused @ Error::Refused { .. }) => {
                match units.delivers(actor, agency, type_code, now).await? {
                    true => Ok(Reach::OwnDeliveries),
                    false => Err(refused),
                }
            }
            Err(other) => Err(other),
        }
    }

    /// Whose a batch is.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_job`.
    pub(super) async fn delivery(&self, job: Id) -> Result<(CreditCode, Delivery)> {
        let mut reader = self.registry.store().reader().await?;
        let delivery = deliveries::delivery(&mut reader, job).await?;
        let delivery = delivery.ok_or_else(|| unknown(job))?;
        let agency = CreditCode::parse(&delivery.agency)
            .map_err(|_| Error::damaged("批次未注明发证机构", "a job names no agency"))?;
        Ok((agency, delivery))
    }
}
