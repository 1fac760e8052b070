//! New rows against the record once more, within the plan transaction, under its locks.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use super::Batches;
use super::answers::RowFault;
use super::check::{Answered, holder_has_one, not_entitled, number_taken};
use super::lease::Lease;
use super::prepare::Fresh;
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
        self.claim(tx, fresh, answered).await
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

    /// Under a lock for each holder, refuses rows of holders who have one, or get one here.
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
        let mut seen: HashSet<Hash> = HashSet::new();
        for row in &fresh {
            let day = row.approved.issued.to_string();
            let here = row.single.iter().any(|hash| seen.contains(hash));
            if here || record::holder_has_one(tx, &row.single, &day, row.predecessor()).await? {
                have.insert(row.id());
            }
            seen.extend(&row.single);
        }
        let has_one = |row: &Fresh| have.contains(&row.id());
        Ok(split(fresh, answered, has_one, holder_has_one))
    }

    /// Takes refs, numbers and printed codes; what another row has is not taken twice, under
    /// whichever live key it was hashed.
    async fn claim(
        &self,
        tx: &mut Tx,
        fresh: Vec<Fresh>,
        answered: &mut Vec<Answered>,
    ) -> Result<Vec<Fresh>> {
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
        let owners: HashMap<Hash, Id> = claims
            .iter()
            .filter(|(_, claim)| free.contains(&claim.hash))
            .map(|(id, claim)| (claim.hash, *id))
            .collect();
        let older = self.older_claims(tx, &fresh).await?;
        let mut kept = Vec::with_capacity(fresh.len());
        for row in fresh {
            let mine = |hash: &Hash| owners.get(hash) == Some(&row.id());
            if row.claims.iter().all(|claim| mine(&claim.hash)) && !older.contains(&row.id()) {
                kept.push(row);
                continue;
            }
            for claim in row.claims.iter().filter(|claim| mine(&claim.hash)) {
                record::unclaim(tx, claim.hash, row.id()).await?;
            }
            answered.push(self.loser(tx, &row).await?);
        }
        Ok(kept)
    }

    /// Rows whose ref or number is claimed under a look-up key that is no longer the newest.
    async fn older_claims(&self, tx: &mut Tx, fresh: &[Fresh]) -> Result<HashSet<Id>> {
        let mut of = HashMap::new();
        for row in fresh {
            for subject in row.subjects() {
                let older = self.registry.vault().hashes(subject).into_iter().skip(1);
                of.extend(older.map(|(_, hash)| (hash, row.id())));
            }
        }
        let hashes: Vec<Hash> = of.keys().copied().collect();
        let taken = record::claims(tx, self.registry.store().dialect(), &hashes).await?;
        Ok(taken
            .iter()
            .filter_map(|claim| of.get(&claim.hash).copied())
            .collect())
    }

    /// The answer to a row that lost a claim: the certificate with its ref if the content is
    /// equal, else an error.
    async fn loser(&self, tx: &mut Tx, row: &Fresh) -> Result<Answered> {
        let place = row.approved.record.place;
        let reference = row.subjects().next();
        let hashes = reference.map(|reference| self.registry.vault().hashes(reference));
        let hashes: Vec<Hash> = hashes.into_iter().flatten().map(|(_, hash)| hash).collect();
        match self.holdings(tx, &hashes).await?.into_values().next() {
            Some(first) => self.same_ref(place, &row.digest, &first),
            None => Ok(Answered::refused(place, number_taken())),
        }
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
