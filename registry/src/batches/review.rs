//! Review before issue: another person of the agency sees each row as it will be laid out, and approves
//! the digest of what its page is made of. The seal stands by that digest: where it differs later, the row
//! comes back here.

use std::sync::Arc;

use jiff::Timestamp;

use super::Batches;
use super::answers::{RowFault, unknown};
use super::approved::Approved;
use super::check::not_entitled;
use super::refused;
use super::ruling::{Decided, ReviewDecision, ReviewLine, ReviewReason, Ruling};
use super::stored::rebuild;
use crate::audit::{Acts, Entry};
use crate::certificates::TypeCode;
use crate::error::{Error, Result};
use crate::grants::ReviewPermit;
use crate::ids::Id;
use crate::store::deliveries::Delivery;
use crate::store::jobs::{self, Counted};
use crate::store::plans::OpenPlan;
use crate::store::reviews::{self, Ruled, StoredReview};
use crate::store::{Tx, instant, items, plans, records, replacements, units};
use crate::units::{Act, Actor, CreditCode};

/// A row as its reviewer sees it: it can be looked at and not planned.
#[derive(Debug)]
pub struct InReview {
    approved: Approved,
    inputs: [u8; 32],
}

impl InReview {
    /// What will be sealed if it is approved.
    pub fn row(&self) -> &Approved {
        &self.approved
    }

    /// Digest of what its page is made of; the decision names it.
    pub fn inputs(&self) -> &[u8; 32] {
        &self.inputs
    }
}

impl Batches<'_> {
    /// The batches of an agency in which rows wait for a reviewer, and how many; the oldest first.
    ///
    /// # Errors
    /// [`Error::Refused`] `not_your_agency`.
    pub async fn waiting_for_review(
        &self,
        agency: &CreditCode,
        permit: &ReviewPermit,
        now: Timestamp,
    ) -> Result<Vec<(Id, u64)>> {
        let units = self.registry.units();
        units
            .may(permit.reviewer(), Act::Review(agency), now)
            .await?;
        let mut reader = self.registry.store().reader().await?;
        reviews::of_agency(&mut reader, agency.as_str()).await
    }

    /// The rows of a batch that wait, after one, in order, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_job`, for foreign ones too.
    pub async fn rows_in_review(
        &self,
        job: Id,
        after: u64,
        limit: u32,
        permit: &ReviewPermit,
        now: Timestamp,
    ) -> Result<Vec<ReviewLine>> {
        self.may_review(job, permit, now).await?;
        let mut reader = self.registry.store().reader().await?;
        let waiting = reviews::waiting(&mut reader, job, after, limit).await?;
        let line = |review: StoredReview| {
            Ok(ReviewLine {
                row: review.place,
                inputs: review.inputs,
                submitted_at: instant(review.submitted_at)?,
            })
        };
        waiting.into_iter().map(line).collect()
    }

    /// A row that waits, with all that is on its page.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_job`, for foreign ones too; `not_in_review`.
    pub async fn in_review(
        &self,
        job: Id,
        row: u64,
        permit: &ReviewPermit,
        now: Timestamp,
    ) -> Result<InReview> {
        let (agency, _) = self.may_review(job, permit, now).await?;
        let mut reader = self.registry.store().reader().await?;
        let review = reviews::of_row(&mut reader, job, row).await?;
        let review = review
            .filter(|review| !review.decided)
            .ok_or_else(not_in_review)?;
        let plan = plans::in_review(&mut reader, review.certificate).await?;
        let plan = plan.ok_or_else(not_in_review)?;
        drop(reader);
        let published = self.type_of(job).await?;
        let unit = Arc::new(self.registry.units().agency(&agency).await?);
        Ok(InReview {
            approved: rebuild(self.registry.vault(), plan, &unit, &published)?,
            inputs: review.inputs,
        })
    }

    /// Puts a row under the digest that its page has now: fonts or program have changed while it waited, and who
    /// looks at it decides about what is seen.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_job`, for foreign ones too; `not_in_review`.
    pub async fn show_anew(
        &self,
        job: Id,
        row: u64,
        inputs: &[u8; 32],
        permit: &ReviewPermit,
        now: Timestamp,
    ) -> Result<()> {
        self.may_review(job, permit, now).await?;
        let mut tx = self.registry.store().begin().await?;
        if !jobs::wake(&mut tx, job).await? {
            return Err(not_in_review());
        }
        let review = reviews::of_row(&mut tx, job, row).await?;
        let review = review
            .filter(|review| !review.decided)
            .ok_or_else(not_in_review)?;
        let at = now.as_millisecond();
        reviews::put_again(&mut tx, review.certificate, inputs, at).await?;
        let act = Entry {
            at,
            kind: "review.shown_anew".to_owned(),
            object: job.to_string(),
            actor: permit.reviewer().to_string(),
            detail: format!("row={row} inputs={}", hex::encode(inputs)),
        };
        self.registry.journal().commit(tx, Acts::one(act)).await
    }

    /// Records what a reviewer decided about rows of one batch, all in one transaction. Of two reviewers of one row
    /// the first wins. What is approved goes on to be sealed; what is sent back is a row in error, and its ref
    /// and number are free again.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_job`, for foreign ones too; `own_rows` for who pushed the batch; `job_ended`.
    pub async fn decide_reviews(
        &self,
        job: Id,
        decisions: &[ReviewDecision],
        permit: &ReviewPermit,
        now: Timestamp,
    ) -> Result<Vec<Decided>> {
        let (_, delivery) = self.may_review(job, permit, now).await?;
        let mut tx = self.registry.store().begin().await?;
        if !jobs::wake(&mut tx, job).await? {
            return Err(Error::refused(
                "job_ended",
                format!("批次 {job} 已经结束"),
                format!("batch {job} has ended already"),
            ));
        }
        if delivery.subject == permit.reviewer().to_string() {
            return Err(own_rows());
        }
        let (mut decided, mut acts) = (Vec::with_capacity(decisions.len()), Acts::default());
        for decision in decisions {
            let outcome = match reviews::of_row(&mut tx, job, decision.row).await? {
                Some(review) if !review.decided && review.inputs == decision.inputs => {
                    self.decide(&mut tx, job, &review, decision, permit.reviewer(), now)
                        .await?
                }
                Some(review) if !review.decided => Decided::Changed,
                _ => Decided::NotWaiting,
            };
            if matches!(outcome, Decided::Recorded | Decided::Refused) {
                acts.audit.push(entry(job, decision, outcome, permit, now));
            }
            decided.push(outcome);
        }
        if acts.audit.is_empty() {
            // Nothing has changed, so nobody need be woken.
            return Ok(decided);
        }
        self.registry.journal().commit(tx, acts).await?;
        Ok(decided)
    }

    async fn decide(
        &self,
        tx: &mut Tx,
        job: Id,
        review: &StoredReview,
        decision: &ReviewDecision,
        reviewer: &Actor,
        now: Timestamp,
    ) -> Result<Decided> {
        let plan = plans::in_review(tx, review.certificate).await?;
        let Some(plan) = plan else {
            return Ok(Decided::NotWaiting);
        };
        let fault = match &decision.ruling {
            Ruling::Approve => self.no_longer_allowed(tx, &plan, now).await?,
            Ruling::SendBack(reason) => Some(sent_back(reason)),
        };
        let ruled = match fault {
            None => Ruled::Approved,
            Some(_) => Ruled::Rejected,
        };
        let (by, at) = (reviewer.to_string(), now.as_millisecond());
        if !reviews::decide(tx, review.certificate, &review.inputs, ruled, &by, at).await? {
            return Ok(Decided::NotWaiting);
        }
        let Some(fault) = fault else {
            return Ok(Decided::Recorded);
        };
        plans::void(tx, plan.id, "refused in review").await?;
        self.free_claims(tx, &plan).await?;
        self.refuse_rows(tx, job, review, &fault).await?;
        Ok(match decision.ruling {
            Ruling::Approve => Decided::Refused,
            Ruling::SendBack(_) => Decided::Recorded,
        })
    }

    /// Asks again what was asked when the row was submitted, which may be days ago (design §5.2).
    async fn no_longer_allowed(
        &self,
        tx: &mut Tx,
        plan: &OpenPlan,
        now: Timestamp,
    ) -> Result<Option<RowFault>> {
        let damaged = || Error::damaged("签章计划无法读出", "a stored plan does not read back");
        let agency = CreditCode::parse(&plan.agency).map_err(|_| damaged())?;
        let type_code = TypeCode::parse(&plan.type_code).map_err(|_| damaged())?;
        let issued = units::day(&plan.issued)?;
        if !units::entitled(tx, &agency, &type_code, issued).await? {
            return Ok(Some(not_entitled()));
        }
        let Some(predecessor) = replacements::predecessor(tx, plan.certificate).await? else {
            return Ok(None);
        };
        let record = records::lock(tx, predecessor).await?;
        let stands = record
            .as_ref()
            .and_then(|record| record.history.standing_at(now, now))
            .is_some_and(|state| state.is_replaceable());
        Ok((!stands).then(predecessor_ended))
    }

    /// The row that was sent back is in error, and so are those that were answered by its certificate.
    async fn refuse_rows(
        &self,
        tx: &mut Tx,
        job: Id,
        review: &StoredReview,
        fault: &RowFault,
    ) -> Result<()> {
        let wrapped = jobs::data_key(tx, job).await?;
        let wrapped = wrapped.ok_or_else(|| unknown(job))?;
        let key = self.registry.vault().open_key(&job.to_string(), &wrapped)?;
        let mut count = Counted::default();
        for row in items::answered_by(tx, job, review.certificate).await? {
            let answer = refused::seal(&key, std::slice::from_ref(fault), None)?;
            items::refuse(tx, job, row, answer).await?;
            count.refused += 1;
            if row == review.place {
                count.planned -= 1;
            } else {
                count.existing -= 1;
            }
        }
        jobs::count(tx, job, count, None).await
    }

    /// Whose a batch is, if the reviewer may review for its agency.
    async fn may_review(
        &self,
        job: Id,
        permit: &ReviewPermit,
        now: Timestamp,
    ) -> Result<(CreditCode, Delivery)> {
        let (agency, delivery) = self.delivery(job).await?;
        let (units, act) = (self.registry.units(), Act::Review(&agency));
        match units.may(permit.reviewer(), act, now).await {
            Ok(()) => Ok((agency, delivery)),
            Err(Error::Refused { .. }) => Err(unknown(job)),
            Err(other) => Err(other),
        }
    }
}

fn entry(
    job: Id,
    decision: &ReviewDecision,
    outcome: Decided,
    permit: &ReviewPermit,
    now: Timestamp,
) -> Entry {
    let kind = match (&decision.ruling, outcome) {
        (Ruling::Approve, Decided::Refused) => "review.refused",
        (Ruling::Approve, _) => "review.approved",
        (Ruling::SendBack(_), _) => "review.sent_back",
    };
    Entry {
        at: now.as_millisecond(),
        kind: kind.to_owned(),
        object: job.to_string(),
        actor: permit.reviewer().to_string(),
        detail: format!(
            "row={} inputs={}",
            decision.row,
            hex::encode(decision.inputs)
        ),
    }
}

fn sent_back(reason: &ReviewReason) -> RowFault {
    RowFault::new(
        "review.sent_back",
        None,
        &format!("审核人退回：{}；请改正后重新推送", reason.as_str()),
        &format!(
            "the reviewer sent it back: {}; correct it and push it again",
            reason.as_str()
        ),
    )
}

/// A row whose ref was sent back while it was read.
pub(super) fn sent_back_before() -> RowFault {
    RowFault::new(
        "review.sent_back",
        None,
        "同一 ref 的行已被审核人退回；请改正后重新推送",
        "the row with this ref was sent back by its reviewer; correct it and push it again",
    )
}

fn predecessor_ended() -> RowFault {
    RowFault::new(
        "replaces.not_replaceable",
        Some("replaces"),
        "所替换的证照在待审核期间已经终止；请核对后重新推送",
        "the certificate that it replaces has ended while the row waited for review; check it and push again",
    )
}

fn own_rows() -> Error {
    Error::refused(
        "own_rows",
        "推送人不能审核自己推送的批次；请由本机构另一名审核人审核",
        "who pushed a batch does not review it; another reviewer of the agency must",
    )
}

fn not_in_review() -> Error {
    Error::refused(
        "not_in_review",
        "该行不在待审核之列：没有这一行，或已经审核",
        "this row waits for no review: there is none, or it has been decided",
    )
}
