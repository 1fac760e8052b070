//! Keeping sealed files: checked against their plans, appended and synced together, then recorded.
//! Only from there are bytes read again, so nothing leaves the service that could be lost.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Batches;
use super::answers::unknown_certificate;
use super::approved::Planned;
use super::lease::Lease;
use super::prepare::stopped;
use crate::audit::{Entry, covered};
use crate::certificates::Identifier;
use crate::cipher::{Content, DataKey};
use crate::crash;
use crate::error::{Error, Result};
use crate::files::{HEADER, Location, Record};
use crate::ids::Id;
use crate::store::files::{self, NewFile};
use crate::store::jobs::{self, Counted};

/// What keeping a group came to, and how long its two parts took.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// Certificates issued.
    pub issued: u64,
    /// Checking, sealing for the disk, appending to a segment and syncing it.
    pub append: Duration,
    /// Committing the results.
    pub record: Duration,
}

/// A file that passed its plan, ready to be appended. Its plain bytes are gone.
struct Checked {
    certificate: Id,
    reservation: u64,
    decided: [u8; 32],
    record: Record,
}

impl Batches<'_> {
    /// Takes the sealed files of planned rows. When it returns they are durable and issued.
    ///
    /// # Errors
    /// [`Error::Refused`] `bytes_differ_from_plan`; [`Error::LeaseLost`]; [`Error::Disk`]. After
    /// any of them, lease the job again and recover: what was synced whole is adopted.
    pub async fn keep(
        &self,
        lease: &Lease,
        sealed: Vec<(Planned, Vec<u8>)>,
        now: Timestamp,
    ) -> Result<Kept> {
        let (registry, started) = (self.registry.clone(), Instant::now());
        let appended = tokio::task::spawn_blocking(move || {
            let checked = sealed
                .into_iter()
                .map(check)
                .collect::<Result<Vec<Checked>>>()?;
            let (rest, records): (Vec<_>, Vec<_>) = checked
                .into_iter()
                .map(|c| ((c.certificate, c.reservation, c.decided), c.record))
                .unzip();
            crash::point("before_append");
            let locations = registry.segments().append(&records)?;
            crash::point("after_sync");
            let files = rest.into_iter().zip(records).zip(locations);
            let files = files.map(|((of, record), location)| {
                let (certificate, reservation, decided) = of;
                NewFile {
                    certificate,
                    plan: record.plan(),
                    reservation: reservation as i64,
                    location,
                    sha256: record.file_sha256(),
                    decided,
                    kept_at: now.as_millisecond(),
                }
            });
            Ok::<_, Error>(files.collect())
        });
        let files: Vec<NewFile> = appended.await.map_err(|_| stopped())??;
        let append = started.elapsed();
        let (Some(first), Some(last)) = (files.first(), files.last()) else {
            return Ok(Kept {
                issued: 0,
                append,
                record: Duration::ZERO,
            });
        };
        let (segment, start) = (first.location.segment.clone(), first.location.offset);
        let end = end_of(&last.location);
        let mark = self.registry.segments().mark_after(&segment, start, end);
        let recorded = self
            .record_files(lease, &files, Some((&segment, mark)), now)
            .await;
        match recorded {
            Ok(()) => self.registry.segments().recorded(&segment, start),
            Err(error) => {
                // What was synced stands in a closed segment, where recovery looks for it.
                self.registry.segments().roll();
                return Err(error);
            }
        }
        Ok(Kept {
            issued: files.len() as u64,
            append,
            record: started.elapsed() - append,
        })
    }

    /// Records files, issues their certificates, counts the results of their reservations. `mark`
    /// is up to where their segment is then accounted for; `None` for files that are adopted.
    pub(super) async fn record_files(
        &self,
        lease: &Lease,
        new: &[NewFile],
        mark: Option<(&str, u64)>,
        now: Timestamp,
    ) -> Result<()> {
        let at = now.as_millisecond();
        let mut tx = self.begin(lease, now).await?;
        files::insert(&mut tx, self.registry.store().dialect(), new).await?;
        let mut reservations: BTreeMap<i64, usize> = BTreeMap::new();
        for file in new {
            *reservations.entry(file.reservation).or_default() += 1;
        }
        for (number, results) in &reservations {
            files::add_results(&mut tx, *number, *results, at).await?;
            files::activate(&mut tx, *number).await?;
        }
        if let Some((segment, mark)) = mark {
            files::account(&mut tx, segment, mark).await?;
        }
        let kind = if mark.is_some() {
            "batch.kept"
        } else {
            "batch.adopted"
        };
        let counted = Counted {
            issued: new.len() as i64,
            ..Counted::default()
        };
        jobs::count(&mut tx, lease.job, counted, None).await?;
        let numbers: Vec<String> = reservations.keys().map(i64::to_string).collect();
        let detail = format!("reservation={} results={}", numbers.join(","), new.len());
        let event = |file: &NewFile| Entry {
            at,
            kind: "certificate.issued".to_owned(),
            object: file.certificate.to_string(),
            actor: lease.subject.to_string(),
            detail: covered::issue(&file.decided, &file.sha256),
        };
        let kept: Vec<Id> = new.iter().map(|file| file.certificate).collect();
        let mut acts = self
            .supersede_predecessors(lease, &mut tx, &kept, now)
            .await?;
        acts.audit.push(lease.act(kind, detail, now));
        acts.events.extend(new.iter().map(event));
        crash::point("before_results_commit");
        self.registry.journal().commit(tx, acts).await?;
        crash::point("after_results_commit");
        Ok(())
    }

    /// The newest revision of a certificate's file.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_certificate`, `no_file`, `file_erased`.
    pub async fn file(&self, identifier: &Identifier) -> Result<Vec<u8>> {
        let mut reader = self.registry.store().reader().await?;
        let certificate = files::certificate(
            &mut reader,
            identifier.serial().as_str(),
            identifier.version().number(),
            identifier.type_code().as_str(),
            identifier.agency().as_str(),
        )
        .await?
        .ok_or_else(unknown_certificate)?;
        let found = files::newest(&mut reader, certificate).await?;
        let (location, _) = found.ok_or_else(|| {
            Error::refused(
                "no_file",
                "该证照尚无文件，或导入时没有文件",
                "this certificate has no file yet, or was imported without one",
            )
        })?;
        let wrapped = jobs::data_key(&mut reader, certificate)
            .await?
            .ok_or_else(|| {
                Error::refused(
                    "file_erased",
                    "该证照的内容已被清除",
                    "the content of this certificate has been erased",
                )
            })?;
        let registry = self.registry.clone();
        let read = tokio::task::spawn_blocking(move || {
            let key = registry
                .vault()
                .open_key(&certificate.to_string(), &wrapped)?;
            read_file(&registry, &key, &location)
        });
        read.await.map_err(|_| stopped())?
    }
}

/// Reads and opens a file.
pub(super) fn read_file(
    registry: &crate::Registry,
    key: &DataKey,
    location: &Location,
) -> Result<Vec<u8>> {
    let sealed = registry.segments().read(location)?;
    key.open(Content::File, sealed)
}

/// Offset behind a record.
pub(super) fn end_of(location: &Location) -> u64 {
    location.offset + HEADER as u64 + location.length
}

fn check((planned, bytes): (Planned, Vec<u8>)) -> Result<Checked> {
    let digests = planned.digests.check(&bytes).ok_or_else(|| {
        Error::refused(
            "bytes_differ_from_plan",
            format!("第 {} 行的文件与计划不符，没有保存", planned.place),
            format!(
                "the bytes for row {} are not those that were planned; nothing was kept",
                planned.place
            ),
        )
    })?;
    let payload = planned
        .key
        .seal_behind_room(HEADER, Content::File, &bytes)?;
    Ok(Checked {
        certificate: planned.certificate,
        reservation: planned.reservation,
        decided: planned.decided,
        record: Record::new(planned.plan, digests.file, digests.covered, payload),
    })
}
