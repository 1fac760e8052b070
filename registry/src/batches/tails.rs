//! What lies in segments behind the last record that the database accounts for: files that were
//! synced while their results were not committed, and what a crash tore.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::Batches;
use super::keep::end_of;
use super::prepare::stopped;
use crate::Registry;
use crate::audit::{Acts, Entry};
use crate::error::Result;
use crate::files::{Found, Location};
use crate::ids::Id;
use crate::store::files;

/// The whole records of a segment behind its mark.
#[derive(Debug)]
pub(super) struct Tail {
    pub(super) segment: String,
    mark: u64,
    pub(super) records: Vec<Found>,
}

impl Batches<'_> {
    /// The tails of all segments.
    pub(super) async fn tails(&self) -> Result<Vec<Tail>> {
        let mut reader = self.registry.store().reader().await?;
        let marks: HashMap<String, u64> =
            files::accounted(&mut reader).await?.into_iter().collect();
        drop(reader);
        let registry = self.registry.clone();
        let read = tokio::task::spawn_blocking(move || read_tails(&registry, &marks));
        read.await.map_err(|_| stopped())?
    }

    /// Collects orphans: records behind the marks that belong to no file, of plans that can get
    /// none from them. Each is a use of a key and stands in the audit. Segments in which an open
    /// plan may still find its record are left alone.
    pub(super) async fn collect(&self, now: Timestamp) -> Result<u64> {
        let mut orphans = 0;
        for tail in self.tails().await? {
            orphans += self.collect_tail(tail, now).await?;
        }
        Ok(orphans)
    }

    async fn collect_tail(&self, tail: Tail, now: Timestamp) -> Result<u64> {
        let dialect = self.registry.store().dialect();
        let plans: Vec<Id> = tail.records.iter().map(|record| record.plan).collect();
        let mut tx = self.registry.store().begin().await?;
        if files::hold_segment(&mut tx, &tail.segment, tail.mark).await? > tail.mark {
            // Its worker or another collector was here since it was read.
            return Ok(0);
        }
        let kept: HashMap<Id, Location> = files::of_plans(&mut tx, dialect, &plans)
            .await?
            .into_iter()
            .collect();
        let open: HashSet<Id> = files::still_open(&mut tx, dialect, &plans)
            .await?
            .into_iter()
            .collect();
        let is_kept = |record: &&Found| kept.get(&record.plan) == Some(&record.location);
        let waits =
            |record: &Found| open.contains(&record.plan) && !kept.contains_key(&record.plan);
        if tail.records.iter().any(waits) {
            return Ok(0);
        }
        let last_kept = tail
            .records
            .iter()
            .filter(is_kept)
            .map(|r| end_of(&r.location))
            .max();
        let end = last_kept.unwrap_or(tail.mark);
        // What is in the audit is accounted for, also where a living process keeps it from being cut.
        let seen = tail.records.last().map(|record| end_of(&record.location));
        let orphans: Vec<&Found> = tail
            .records
            .iter()
            .filter(|record| !is_kept(record))
            .collect();
        let acts = Acts {
            audit: orphans
                .iter()
                .map(|orphan| self.orphan(&tail.segment, orphan, now))
                .collect(),
            events: Vec::new(),
        };
        files::account(&mut tx, &tail.segment, seen.unwrap_or(end)).await?;
        let count = orphans.len() as u64;
        self.registry.journal().commit(tx, acts).await?;
        let (registry, segment) = (self.registry.clone(), tail.segment);
        let cut = tokio::task::spawn_blocking(move || registry.segments().cut(&segment, end));
        cut.await.map_err(|_| stopped())??;
        Ok(count)
    }

    fn orphan(&self, segment: &str, orphan: &Found, now: Timestamp) -> Entry {
        Entry {
            at: now.as_millisecond(),
            kind: "key.orphan".into(),
            object: orphan.plan.to_string(),
            actor: self.registry.process().to_owned(),
            detail: format!(
                "segment={segment} offset={} sha256={}",
                orphan.location.offset,
                hex::encode(orphan.file_sha256)
            ),
        }
    }
}

fn read_tails(registry: &Registry, marks: &HashMap<String, u64>) -> Result<Vec<Tail>> {
    let segments = registry.segments();
    let mut tails = Vec::new();
    for segment in segments.names()? {
        let mark = marks.get(&segment).copied().unwrap_or(0);
        if let Some(records) = segments.tail(&segment, mark)? {
            tails.push(Tail {
                segment,
                mark,
                records,
            });
        }
    }
    Ok(tails)
}
