//! The plan transaction: everything that determines the bytes of a group's files, and the uses of
//! the key, durable before the key is used.

use std::collections::HashMap;

use jiff::Timestamp;

use super::Batches;
use super::answers::{RowAnswer, RowFault};
use super::approved::{Approved, Origin, Planned, StatusPlace};
use super::check::Answered;
use super::digests::PlanDigests;
use super::group::counted;
use super::key_uses::{KeyUse, Reservation, new_number};
use super::lease::Lease;
use super::prepare::{Again, Fresh, Prepared, printed_code, stopped};
use super::stored::seal_inputs;
use crate::audit::Acts;
use crate::crash;
use crate::error::Result;
use crate::ids::Id;
use crate::store::items::{self, Item};
use crate::store::jobs;
use crate::store::plans::{self, LaidOut, NewCertificate, NewPlan};
use crate::store::reviews::{self, NewReview};
use crate::store::{Tx, claims, files, replacements};

/// What layout made of an approved row.
#[derive(Debug)]
pub enum Laid {
    /// A draft with these digests.
    Out(Approved, PlanDigests),
    /// It does not fit, or a character is missing: the row is in error.
    Refused(Approved, RowFault),
}

/// A group after its plans are durable.
#[derive(Debug)]
pub struct GroupPlan {
    /// To be sealed, in the order in which they were laid out.
    pub planned: Vec<Planned>,
    /// The uses of the key; `None` where nothing is to be sealed.
    pub reservation: Option<Reservation>,
    /// Rows that came to no certificate of their own.
    pub answered: Vec<RowAnswer>,
    /// Rows that wait for a reviewer now.
    pub submitted: usize,
    /// Plans of an earlier worker whose layout differs now: they are void, and new attempts come
    /// with the next group.
    pub voided: usize,
}

impl Batches<'_> {
    /// Stores the plans of a group and reserves the uses of the key, in one transaction; under a type that
    /// asks for review, only of what was approved just as it is laid out now. The agency's right, refs, numbers and single instance are checked again in it. Groups plan in the
    /// order of their rows: the first of two rows with one ref wins.
    ///
    /// # Errors
    /// [`LeaseLost`](crate::Error::LeaseLost); [`OutOfTurn`](crate::Error::OutOfTurn) where a group ahead ended without plans. Then nothing
    /// of the group was kept.
    pub async fn plan(
        &self,
        lease: &Lease,
        laid: Vec<Laid>,
        key: &KeyUse,
        now: Timestamp,
    ) -> Result<GroupPlan> {
        let vault = self.registry.vault().clone();
        let prepared = tokio::task::spawn_blocking(move || Prepared::of(laid, &vault));
        let mut group = prepared.await.map_err(|_| stopped())??;
        if let Some(rows) = &group.group {
            rows.turn.come().await?;
        }

        // Places for attempts that may have to be made anew; what is left goes back to the stock.
        let mut places = lease.give_places(group.again.len());
        let mut tx = self.begin(lease, now).await?;
        let missing = group.again.len() - places.len();
        places.extend(self.reserve_places(lease, &mut tx, missing).await?);
        let fresh = std::mem::take(&mut group.fresh);
        let fresh = self
            .admit(lease, &mut tx, fresh, &mut group.answered, now)
            .await?;
        let (same, changed): (Vec<Again>, Vec<Again>) = std::mem::take(&mut group.again)
            .into_iter()
            .partition(Again::is_same);
        let (same, other) = self.cleared(lease, &mut tx, same).await?;
        let (fresh, to_review) = match lease.published.definition().review {
            true => (Vec::new(), fresh),
            false => (fresh, Vec::new()),
        };
        let reservation = Reservation {
            number: new_number(now)?,
            uses: u32::try_from(fresh.len() + same.len()).unwrap_or(u32::MAX),
        };
        if reservation.uses > 0 {
            let (number, at) = (reservation.number as i64, now.as_millisecond());
            let (name, purpose) = (&key.key, &key.purpose);
            files::reserve(
                &mut tx,
                number,
                name,
                purpose,
                Some(lease.job),
                reservation.uses,
                at,
            )
            .await?;
        }
        let decided = self
            .insert(lease, &mut tx, &fresh, Some(reservation), now)
            .await?;
        self.insert(lease, &mut tx, &to_review, None, now).await?;
        self.submit(lease, &mut tx, &to_review, &other, now).await?;
        for plan in &same {
            let laid = laid_out(&plan.digests, Some(reservation));
            plans::take_up(&mut tx, plan.approved.record.plan, &laid).await?;
        }
        let voided = changed.len();
        let attempts = self.void(lease, &mut tx, changed, &mut places, now).await?;
        self.record_answers(lease, &mut tx, &group.answered).await?;
        let mut count = counted(&group.answered);
        let submitted = to_review.len() + other.len();
        count.planned = (fresh.len() + to_review.len()) as i64;
        jobs::count(&mut tx, lease.job, count, group.span).await?;

        let detail = format!(
            "reservation={} key={} uses={} new={} again={} submitted={submitted} void={voided}",
            reservation.number,
            key.key,
            reservation.uses,
            fresh.len(),
            same.len(),
        );
        let act = lease.act("batch.planned", detail, now);
        crash::point("before_plans_commit");
        self.registry.journal().commit(tx, Acts::one(act)).await?;
        crash::point("after_plans_commit");
        if let Some(rows) = &group.group {
            rows.turn.planned();
        }

        if let Some(span) = group.span {
            lease.under_way.let_go(span);
        }
        lease.stock_places(places);
        lease.again().extend(attempts);
        let reservation = (reservation.uses > 0).then_some(reservation);
        if let Some(reservation) = reservation {
            self.registry.confirmable().add(reservation, key.clone());
        }
        let number = reservation.map_or(0, |reservation| reservation.number);
        let fresh = fresh
            .into_iter()
            .zip(decided)
            .map(|(fresh, decided)| planned(fresh.approved, fresh.digests, decided, number));
        let same = same
            .into_iter()
            .map(|again| planned(again.approved, again.digests, again.decided, number));
        Ok(GroupPlan {
            planned: fresh.chain(same).collect(),
            reservation,
            answered: group
                .answered
                .into_iter()
                .map(Answered::into_answer)
                .collect(),
            submitted,
            voided,
        })
    }

    /// Of plans that are laid out again those that may be sealed, and those that a reviewer must see first:
    /// what was approved is made of other things.
    async fn cleared(
        &self,
        lease: &Lease,
        tx: &mut Tx,
        again: Vec<Again>,
    ) -> Result<(Vec<Again>, Vec<Again>)> {
        if !lease.published.definition().review {
            return Ok((again, Vec::new()));
        }
        let ids: Vec<Id> = again
            .iter()
            .map(|plan| plan.approved.record.certificate)
            .collect();
        let approved = reviews::approved(tx, self.registry.store().dialect(), &ids).await?;
        let approved: HashMap<Id, [u8; 32]> = approved.into_iter().collect();
        let is_cleared = |plan: &Again| {
            approved.get(&plan.approved.record.certificate) == Some(&plan.digests.inputs)
        };
        Ok(again.into_iter().partition(is_cleared))
    }

    /// Puts rows before a reviewer: new ones, and those whose page is made of other things than what was approved.
    async fn submit(
        &self,
        lease: &Lease,
        tx: &mut Tx,
        new: &[Fresh],
        again: &[Again],
        now: Timestamp,
    ) -> Result<()> {
        let at = now.as_millisecond();
        let reviews: Vec<NewReview> = new
            .iter()
            .map(|row| NewReview {
                certificate: row.id(),
                job: lease.job,
                place: row.approved.record.place,
                inputs: row.digests.inputs,
                submitted_at: at,
            })
            .collect();
        reviews::insert(tx, self.registry.store().dialect(), &reviews).await?;
        for plan in again {
            let record = &plan.approved.record;
            plans::take_up(tx, record.plan, &laid_out(&plan.digests, None)).await?;
            reviews::put_again(tx, record.certificate, &plan.digests.inputs, at).await?;
        }
        Ok(())
    }

    /// Stores all that is new; returns the digest of what is decided about each. Without a reservation they wait for
    /// a reviewer.
    async fn insert(
        &self,
        lease: &Lease,
        tx: &mut Tx,
        fresh: &[Fresh],
        reservation: Option<Reservation>,
        now: Timestamp,
    ) -> Result<Vec<[u8; 32]>> {
        if fresh.is_empty() {
            return Ok(Vec::new());
        }
        let state = match reservation {
            Some(_) => "approved",
            None => "pending_review",
        };
        let dialect = self.registry.store().dialect();
        let vault = self.registry.vault();
        let keys: Vec<_> = fresh
            .iter()
            .map(|row| (row.approved.record.certificate, &row.wrapped))
            .collect();
        jobs::insert_keys(tx, dialect, &keys).await?;
        let at = now.as_millisecond();
        let certificates: Vec<_> = fresh
            .iter()
            .map(|row| row.certificate(lease, vault, state, at))
            .collect();
        plans::insert_certificates(tx, dialect, &certificates).await?;
        let lookups: Vec<_> = fresh
            .iter()
            .flat_map(|row| row.lookups.iter().map(|hash| (row.id(), *hash)))
            .collect();
        claims::insert_lookups(tx, dialect, &lookups).await?;
        let new: Vec<_> = fresh
            .iter()
            .map(|row| {
                let laid = laid_out(&row.digests, reservation);
                new_plan(lease, &row.approved, row.inputs.clone(), Some(laid), at)
            })
            .collect();
        plans::insert_plans(tx, dialect, &new).await?;
        for row in fresh {
            if let Some(predecessor) = row.predecessor() {
                replacements::put(tx, row.id(), predecessor).await?;
            }
        }
        let items: Vec<Item> = fresh
            .iter()
            .map(|row| Item {
                place: row.approved.record.place,
                outcome: "planned",
                certificate: Some(row.approved.record.certificate),
                answer: None,
            })
            .collect();
        items::insert_items(tx, dialect, lease.job, &items).await?;
        Ok(certificates.iter().map(NewCertificate::decided).collect())
    }

    /// Gives up plans whose layout has changed, and stores their next attempts with new inputs:
    /// a place or code of a file that may have been sealed is never used again.
    async fn void(
        &self,
        lease: &Lease,
        tx: &mut Tx,
        changed: Vec<Again>,
        places: &mut Vec<StatusPlace>,
        now: Timestamp,
    ) -> Result<Vec<Approved>> {
        let mut attempts = Vec::with_capacity(changed.len());
        for again in changed {
            let mut approved = again.approved;
            let reason = "laid out again after a restart, its digest differs";
            plans::void(tx, approved.record.plan, reason).await?;
            approved.file = self.new_inputs(places.pop(), now)?;
            approved.record.plan = Id::new(now)?;
            approved.record.attempt += 1;
            approved.record.origin = Origin::Plan {
                digests: None,
                decided: again.decided,
            };
            let inputs = seal_inputs(&approved.record.key, &approved.file)?;
            let plan = new_plan(lease, &approved, inputs, None, now.as_millisecond());
            let dialect = self.registry.store().dialect();
            let claim = printed_code(self.registry.vault(), &approved);
            claims::claim(tx, dialect, &[(approved.record.certificate, claim)]).await?;
            plans::insert_plans(tx, dialect, &[plan]).await?;
            attempts.push(approved);
        }
        Ok(attempts)
    }
}

fn laid_out(digests: &PlanDigests, reservation: Option<Reservation>) -> LaidOut {
    LaidOut {
        reservation: reservation.map(|reservation| reservation.number as i64),
        inputs_digest: digests.inputs,
        container: digests.container.as_str(),
        algorithm: digests.algorithm.as_str(),
        covered: digests.covered_text(),
    }
}

fn new_plan(
    lease: &Lease,
    approved: &Approved,
    inputs: Vec<u8>,
    laid: Option<LaidOut>,
    planned_at: i64,
) -> NewPlan {
    NewPlan {
        id: approved.record.plan,
        certificate: approved.record.certificate,
        attempt: approved.record.attempt,
        job: lease.job,
        status: (approved.file.status.list, approved.file.status.index),
        inputs,
        planned_at,
        laid,
    }
}

fn planned(
    approved: Approved,
    digests: PlanDigests,
    decided: [u8; 32],
    reservation: u64,
) -> Planned {
    Planned {
        identifier: approved.identifier,
        certificate: approved.record.certificate,
        plan: approved.record.plan,
        place: approved.record.place,
        key: approved.record.key,
        digests,
        decided,
        reservation,
    }
}
