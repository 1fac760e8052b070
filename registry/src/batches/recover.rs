//! After a restart: what an earlier worker planned and did not finish. A whole record whose digests
//! match its plan is synced and adopted without a new signature; every other plan is handed out
//! again with the same inputs.

use std::collections::HashMap;

use jiff::Timestamp;

use super::Batches;
use super::keep::read_file;
use super::lease::Lease;
use super::prepare::stopped;
use super::stored::{digests_of, key_of, rebuild};
use crate::Registry;
use crate::audit::Acts;
use crate::error::{Error, Result};
use crate::files::Found;
use crate::ids::Id;
use crate::store::files::{self, NewFile};
use crate::store::plans::{self, Open, OpenPlan};

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovered {
    /// Files that were synced and are issued now, without a new signature.
    pub adopted: u64,
    /// Plans that come again with the next groups.
    pub again: u64,
    /// Sealed records that belong to no file: extra uses of a key, now in the audit.
    pub orphans: u64,
    /// Reserved uses of which no whole record tells.
    pub unaccounted: u64,
}

impl Batches<'_> {
    /// Settles what an earlier worker left of the job. Call it once, before the first group.
    pub async fn recover(&self, lease: &Lease, now: Timestamp) -> Result<Recovered> {
        let mut tx = self.begin(lease, now).await?;
        let open = plans::open_plans(&mut tx, lease.job, Open::ToWorkOn).await?;
        tx.commit().await?;
        let (adopted, rest) = self.match_records(open, now).await?;
        for group in adopted.chunks(512) {
            self.record_files(lease, group, None, now).await?;
        }
        let unaccounted = self.settle(lease, &rest, now).await?;
        let again = rest.len() as u64;
        for plan in rest {
            let approved = rebuild(self.registry.vault(), plan, &lease.agency, &lease.published)?;
            lease.again().push_back(approved);
        }
        let orphans = self.collect(now).await?;
        Ok(Recovered {
            adopted: adopted.len() as u64,
            again,
            orphans,
            unaccounted,
        })
    }

    /// Finds the plans whose file lies whole in a segment.
    async fn match_records(
        &self,
        open: Vec<OpenPlan>,
        now: Timestamp,
    ) -> Result<(Vec<NewFile>, Vec<OpenPlan>)> {
        if open.is_empty() {
            return Ok((Vec::new(), open));
        }
        let mut records: HashMap<Id, Vec<Found>> = HashMap::new();
        for record in self
            .tails()
            .await?
            .into_iter()
            .flat_map(|tail| tail.records)
        {
            records.entry(record.plan).or_default().push(record);
        }
        let registry = self.registry.clone();
        let matched = tokio::task::spawn_blocking(move || {
            let (mut adopted, mut rest) = (Vec::new(), Vec::new());
            for plan in open {
                let found = records.remove(&plan.id).unwrap_or_default();
                match first_match(&registry, &plan, found, now)? {
                    Some(file) => adopted.push(file),
                    None => rest.push(plan),
                }
            }
            // A process that died between append and sync left them to the system alone.
            let found = adopted.iter().map(|file| file.location.segment.as_str());
            registry.segments().sync_found(&found.collect())?;
            Ok((adopted, rest))
        });
        matched.await.map_err(|_| stopped())?
    }

    /// Lets the plans that are left wait for a new reservation, and explains the gap of the old
    /// ones; returns how many uses no record tells of.
    async fn settle(&self, lease: &Lease, rest: &[OpenPlan], now: Timestamp) -> Result<u64> {
        let at = now.as_millisecond();
        let mut tx = self.begin(lease, now).await?;
        for plan in rest.iter().filter(|plan| plan.reservation.is_some()) {
            plans::lay_down(&mut tx, plan.id).await?;
        }
        let (mut unaccounted, mut acts) = (0, Acts::default());
        for (number, reserved, results) in files::open_reservations(&mut tx, lease.job).await? {
            let gap = reserved - results;
            let why =
                format!("{gap} of {reserved} uses left no whole record before the worker ended");
            files::explain(&mut tx, number, at, &why).await?;
            let detail = format!("reservation={number} reserved={reserved} results={results}");
            acts.audit.push(lease.act("key.gap", detail, now));
            unaccounted += gap.unsigned_abs();
        }
        self.registry.journal().commit(tx, acts).await?;
        Ok(unaccounted)
    }
}

/// The first record that opens under the key of the plan's certificate and has its digests.
fn first_match(
    registry: &Registry,
    plan: &OpenPlan,
    found: Vec<Found>,
    now: Timestamp,
) -> Result<Option<NewFile>> {
    let (Some(digests), Some(reservation)) = (digests_of(plan)?, plan.reservation) else {
        return Ok(None);
    };
    let key = key_of(registry.vault(), plan)?;
    let planned = digests.covered_digest();
    for record in found
        .into_iter()
        .filter(|record| record.covered_sha256 == planned)
    {
        let bytes = match read_file(registry, &key, &record.location) {
            Ok(bytes) => bytes,
            Err(Error::Damaged(_)) => continue,
            Err(error) => return Err(error),
        };
        let same = digests.check(&bytes);
        if same.is_some_and(|same| same.file == record.file_sha256) {
            return Ok(Some(NewFile {
                certificate: plan.certificate,
                plan: plan.id,
                reservation,
                location: record.location,
                sha256: record.file_sha256,
                decided: plan.decided(),
                kept_at: now.as_millisecond(),
            }));
        }
    }
    Ok(None)
}
