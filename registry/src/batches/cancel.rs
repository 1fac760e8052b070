//! Ending a job before its time. What was issued stays issued; the rest is given up, and its refs
//! and numbers are free again.

use jiff::Timestamp;

use super::Batches;
use super::stored::key_of;
use crate::audit::{Acts, Entry};
use crate::certificates::{Particulars, TypeCode};
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::store::plans::{Open, OpenPlan};
use crate::store::{Tx, claims, files, jobs, plans};
use crate::units::{Actor, CreditCode};

impl Batches<'_> {
    /// Cancels a job; whoever may watch it may take it back. A worker that has it writes nothing more; files that it
    /// has sealed and not kept never leave the service.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_job`, for foreign ones too; `job_ended`.
    pub async fn cancel(&self, job: Id, actor: &Actor, now: Timestamp) -> Result<()> {
        self.may_watch(job, actor, now).await?;
        let at = now.as_millisecond();
        let mut tx = self.registry.store().begin().await?;
        if !jobs::cancel(&mut tx, job, at).await? {
            return Err(Error::refused(
                "job_ended",
                format!("批次 {job} 已经结束"),
                format!("batch {job} has ended already"),
            ));
        }
        let given_up = self.give_up_open(&mut tx, job, "was cancelled", at).await?;
        let act = Entry {
            at,
            kind: "batch.cancelled".into(),
            object: job.to_string(),
            actor: actor.to_string(),
            detail: format!("given_up={given_up}"),
        };
        self.registry.journal().commit(tx, Acts::one(act)).await?;
        self.registry.spool().remove(job)
    }

    /// Gives up what a job that has just ended had planned and not issued, and explains the uses that
    /// were reserved for it. `how` it ended; returns how many plans that were.
    pub(super) async fn give_up_open(
        &self,
        tx: &mut Tx,
        job: Id,
        how: &str,
        at: i64,
    ) -> Result<usize> {
        let open = plans::open_plans(tx, job, Open::All).await?;
        let reason = format!("its batch {how}");
        for plan in &open {
            self.give_up(tx, job, plan, &reason).await?;
        }
        plans::give_up_repeats(tx, job).await?;
        for (number, reserved, results) in files::open_reservations(tx, job).await? {
            let gap = reserved - results;
            let why = format!("the batch {how}; {gap} of {reserved} uses led to no file");
            files::explain(tx, number, at, &why).await?;
        }
        Ok(open.len())
    }

    async fn give_up(&self, tx: &mut Tx, job: Id, plan: &OpenPlan, reason: &str) -> Result<()> {
        plans::void(tx, plan.id, reason).await?;
        plans::give_up(tx, plan.certificate, job, plan.place).await?;
        self.free_claims(tx, plan).await
    }

    /// Gives back the ref and number of a plan that comes to nothing.
    pub(super) async fn free_claims(&self, tx: &mut Tx, plan: &OpenPlan) -> Result<()> {
        let vault = self.registry.vault();
        let content = Particulars::open(&key_of(vault, plan)?, plan.face.clone())?;
        let damaged = || Error::damaged("签章计划无法读出", "a stored plan does not read back");
        let agency = CreditCode::parse(&plan.agency).map_err(|_| damaged())?;
        let type_code = TypeCode::parse(&plan.type_code).map_err(|_| damaged())?;
        for (_, subject) in content.claims(&agency, &type_code) {
            for (_, hash) in vault.hashes(subject) {
                claims::unclaim(tx, hash, plan.certificate).await?;
            }
        }
        Ok(())
    }
}
