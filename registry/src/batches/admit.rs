//! New rows against the record once more, within the plan transaction, under its locks.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use super::Batches;
use super::answers::RowFault;
use super::check::{Answered, holder_has_one, not_entitled, number_taken};
use super::lease::Lease;
use super::prepare::Fresh;
use super::replaces::under_way;
use crate::cipher::Hash;
use crate::error::Result;
use crate::ids::Id;
use crate::store::{Tx, claims as record, units};

impl Batches<'_> {
    /// Checks new rows again and takes their claims; rows that fail become answers.
    pub(super) async fn admit(
        &self,
        lease: &Lease,
        tx: &mut Tx,
        fresh: Vec<Fresh>,
        answered: &mut Vec<Answered>,
        now: Timestamp,
    ) -> Result<Vec<Fresh>> {
        let fresh = self.still_entitled(lease, tx, fresh, answered).await?;
        let fresh = self
            .still_replaceable(lease, tx, fresh, answered, now)
            .await?;
        let fresh = self.single_instance(tx, fresh, answered, now).await?;
        self.allot(lease, tx, fresh, answered).await
    }

    async fn still_entitled(
        &self,
        lease: &Lease,
        tx: &mut Tx,
        fresh: Vec<Fresh>,
        answered: &mut Vec<Answered>,
    ) -> Result<Vec<Fresh>> {
        let days: BTreeSet<_> = fresh.iter().map(|row| row.approved.issued).collect();
        let mut without = HashSet::new();
        for day in days {
            let type_code = &lease.published.definition().code;
            if !units::entitled(tx, &lease.agency.code, type_code, day).await? {
                without.insert(day);
            }
        }
        Ok(split(
            fresh,
            answered,
            |row| without.contains(&row.approved.issued),
            not_entitled,
        ))
    }

    /// Under a lock for each holder, refuses rows of holders who have one on record.
    async fn single_instance(
        &self,
        tx: &mut Tx,
        fresh: Vec<Fresh>,
        answered: &mut Vec<Answered>,
        now: Timestamp,
    ) -> Result<Vec<Fresh>> {
        let locks: BTreeSet<Hash> = fresh.iter().flat_map(|row| row.single.clone()).collect();
        let locks: Vec<Hash> = locks.into_iter().collect();
        record::lock_holders(tx, &locks, now.as_millisecond()).await?;
        let mut have = HashSet::new();
        for row in &fresh {
            let day = row.approved.issued.to_string();
            if record::holder_has_one(tx, &row.single, &day, row.predecessor()).await? {
                have.insert(row.id());
            }
        }
        let has_one = |row: &Fresh| have.contains(&row.id());
        Ok(split(fresh, answered, has_one, holder_has_one))
    }

    /// Gives each row, in their order, what one row alone may have: ref, number and printed code, a
    /// predecessor, a holder. A row that lacks one of them takes nothing from the rows after it.
    async fn allot(
        &self,
        lease: &Lease,
        tx: &mut Tx,
        fresh: Vec<Fresh>,
        answered: &mut Vec<Answered>,
    ) -> Result<Vec<Fresh>> {
        let free = self.claim(tx, &fresh).await?;
        let older = self.older_claims(tx, &fresh).await?;
        let mut taken = Taken::default();
        let mut kept = Vec::with_capacity(fresh.len());
        for row in fresh {
            let place = row.approved.record.place;
            if row
                .predecessor()
                .is_some_and(|id| taken.predecessors.contains(&id))
            {
                answered.push(Answered::refused(place, under_way()));
            } else if row.single.iter().any(|hash| taken.holders.contains(hash)) {
                answered.push(Answered::refused(place, holder_has_one()));
            } else if older.contains(&row.id())
                || !row.claims.iter().all(|claim| {
                    free.contains_key(&claim.hash) && !taken.claims.contains(&claim.hash)
                })
            {
                answered.push(self.loser(lease, tx, &row).await?);
            } else {
                taken.add(&row);
                for claim in &row.claims {
                    if free.get(&claim.hash) != Some(&row.id()) {
                        record::pass_on(tx, claim.hash, row.id()).await?;
                    }
                }
                kept.push(row);
            }
        }
        for (hash, id) in free {
            if !taken.claims.contains(&hash) {
                record::unclaim(tx, hash, id).await?;
            }
        }
        Ok(kept)
    }

    /// Takes every ref, number and printed code of the rows that no certificate has, for the first row
    /// that names it; says which those are.
    async fn claim(&self, tx: &mut Tx, fresh: &[Fresh]) -> Result<HashMap<Hash, Id>> {
        let of_row = |row: &Fresh| {
            let id = row.id();
            row.claims
                .iter()
                .map(move |claim| (id, *claim))
                .collect::<Vec<_>>()
        };
        let mut claims: Vec<_> = fresh.iter().flat_map(of_row).collect();
        // One order for all workers, so that two never wait for each other crosswise.
        claims.sort_by_key(|(_, claim)| claim.hash);
        claims.dedup_by_key(|(_, claim)| claim.hash);
        let free = record::claim(tx, self.registry.store().dialect(), &claims).await?;
        let free: HashSet<Hash> = free.into_iter().collect();
        Ok(claims
            .into_iter()
            .filter(|(_, claim)| free.contains(&claim.hash))
            .map(|(id, claim)| (claim.hash, id))
            .collect())
    }

    /// Rows whose ref or number is claimed under a look-up key that is no longer the newest.
    async fn older_claims(&self, tx: &mut Tx, fresh: &[Fresh]) -> Result<HashSet<Id>> {
        let mut older = Vec::new();
        for row in fresh {
            for subject in row.subjects() {
                let hashes = self.registry.vault().hashes(subject).into_iter().skip(1);
                older.extend(hashes.map(|(_, hash)| (hash, row.id())));
            }
        }
        let hashes: Vec<Hash> = older.iter().map(|(hash, _)| *hash).collect();
        let taken = record::claims(tx, self.registry.store().dialect(), &hashes).await?;
        let taken: HashSet<Hash> = taken.into_iter().map(|claim| claim.hash).collect();
        older.retain(|(hash, _)| taken.contains(hash));
        Ok(older.into_iter().map(|(_, id)| id).collect())
    }

    /// The answer to a row that lost a claim: the certificate with its ref if the content is
    /// equal, else an error.
    async fn loser(&self, lease: &Lease, tx: &mut Tx, row: &Fresh) -> Result<Answered> {
        let place = row.approved.record.place;
        let reference = row.subjects().next();
        let hashes = reference.map(|reference| self.registry.vault().hashes(reference));
        let hashes: Vec<Hash> = hashes.into_iter().flatten().map(|(_, hash)| hash).collect();
        match self.holdings(tx, &hashes).await?.into_values().next() {
            Some(first) => self.same_ref(lease, place, &row.digest, &first),
            None => Ok(Answered::refused(place, number_taken())),
        }
    }
}

/// What rows of a group have that go ahead of others.
#[derive(Default)]
struct Taken {
    predecessors: HashSet<Id>,
    holders: HashSet<Hash>,
    claims: HashSet<Hash>,
}

impl Taken {
    fn add(&mut self, row: &Fresh) {
        self.predecessors.extend(row.predecessor());
        self.holders.extend(&row.single);
        self.claims
            .extend(row.claims.iter().map(|claim| claim.hash));
    }
}

/// Takes out the rows that fail a test; each is answered with its fault.
fn split(
    fresh: Vec<Fresh>,
    answered: &mut Vec<Answered>,
    fails: impl Fn(&Fresh) -> bool,
    fault: fn() -> RowFault,
) -> Vec<Fresh> {
    let (failed, kept): (Vec<Fresh>, Vec<Fresh>) = fresh.into_iter().partition(|row| fails(row));
    answered.extend(
        failed
            .iter()
            .map(|row| Answered::refused(row.approved.record.place, fault())),
    );
    kept
}
