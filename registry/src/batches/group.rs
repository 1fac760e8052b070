//! The next rows of a job: read, checked against their type and the record, approved or answered.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use ring::rand::SystemRandom;
use tokio::runtime::Handle;

use super::Batches;
use super::answers::{Outcome, RowAnswer};
use super::approved::{Approved, FileInputs, GroupSpan, Origin, Record, StatusPlace};
use super::check::{Answered, Sorted};
use super::lease::{Lease, not_read};
use super::reader::{ReadRow, Unread};
use super::replaces::Replaces;
use super::review::sent_back_before;
use crate::audit::Acts;
use crate::certificates::{Identifier, Particulars, PrintedCode, Serial, Version, day_of};
use crate::cipher::random;
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::rows::{Blobs, CheckedRow, FileFault, RawRow, RowNumber};
use crate::store::items::{self, Item};
use crate::store::jobs::{self, Counted};
use crate::store::{Tx, claims, counters};
use crate::types::NumberRule;

/// The next rows of a job.
#[derive(Debug)]
pub struct Group {
    /// Rows to lay out and plan, or to refuse by their layout. All of them must come back together
    /// in one call of [`Batches::plan`], which waits until the groups handed out before have planned.
    pub approved: Vec<Approved>,
    /// Rows that are answered already: in error, or pushed before.
    pub answered: Vec<RowAnswer>,
    /// Whether no row is left.
    pub end: bool,
}

impl Batches<'_> {
    /// The next rows of the job, at most `max`; first those that an earlier worker planned and did
    /// not finish. What is answered here is durable when it returns.
    ///
    /// # Errors
    /// [`Error::LeaseLost`]; [`Error::Disk`] and [`Error::Damaged`] where the spool does not give the
    /// body: lease the job again; [`Error::Refused`] `file_unreadable` where the file cannot be read
    /// further, by which the job has failed.
    pub async fn next_group(&self, lease: &Lease, max: usize, now: Timestamp) -> Result<Group> {
        let again: Vec<Approved> = {
            let mut again = lease.again();
            let count = max.min(again.len());
            again.drain(..count).collect()
        };
        if !again.is_empty() {
            return Ok(Group {
                approved: again,
                answered: Vec::new(),
                end: false,
            });
        }
        let (after, mut rows) = match self.read_rows(lease, max, now).await? {
            Ok(read) => read,
            // The disk may be well again by the next attempt; a file without form stays so.
            Err(Unread::File(FileFault::Io(error))) => return Err(not_read(lease.job, error)),
            Err(Unread::Images(error)) => return Err(error),
            Err(Unread::File(fault)) => {
                return Err(self.fail(lease.job, lease.epoch, fault.said(), now).await?);
            }
        };
        let Some(upto) = rows.last().map(|row| row.row) else {
            return Ok(Group {
                approved: Vec::new(),
                answered: Vec::new(),
                end: true,
            });
        };
        lease.under_way.keep(&mut rows);
        let rows = self.not_answered(lease, after, upto, rows).await?;
        let sorted = self.sort(lease, rows).await?;
        self.approve(lease, sorted, (after, upto), now).await
    }

    async fn read_rows(
        &self,
        lease: &Lease,
        max: usize,
        now: Timestamp,
    ) -> Result<Result<(u64, Vec<ReadRow>), Unread>> {
        let (reader, published) = (Arc::clone(&lease.reader), lease.published.clone());
        let today = day_of(now);
        let (registry, unit) = (self.registry.clone(), lease.subject.unit.clone());
        let runtime = Handle::current();
        tokio::task::spawn_blocking(move || {
            let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
            let batches = registry.batches();
            let images = |row: &RawRow| match row.named_blobs().next() {
                None => Ok(Blobs::new()),
                Some(_) => runtime.block_on(batches.images_of(&unit, row)),
            };
            reader.take(max, &published, today, &images)
        })
        .await
        .map_err(|_| Error::damaged("读取各行的线程已停止", "the reader of rows stopped"))
    }

    /// Leaves out rows that an earlier worker answered beyond the mark.
    async fn not_answered(
        &self,
        lease: &Lease,
        after: u64,
        upto: u64,
        mut rows: Vec<ReadRow>,
    ) -> Result<Vec<ReadRow>> {
        let resumed = lease
            .reader
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .resumed;
        if resumed {
            let mut reader = self.registry.store().reader().await?;
            let answered = items::answered(&mut reader, lease.job, after, upto).await?;
            rows.retain(|row| answered.binary_search(&row.row).is_err());
        }
        Ok(rows)
    }

    /// Records the answers, reserves numbers and places, and makes what is approved.
    async fn approve(
        &self,
        lease: &Lease,
        sorted: Sorted,
        span: (u64, u64),
        now: Timestamp,
    ) -> Result<Group> {
        let Sorted {
            fresh,
            mut answered,
        } = sorted;
        let missing = lease.places_missing(fresh.len());
        let by_rule = fresh.iter().any(|row| row.number == RowNumber::ByRule);
        let replacing = fresh.iter().any(|row| row.replaces.is_some());
        if missing == 0 && !by_rule && !replacing && answered.is_empty() && !fresh.is_empty() {
            let fresh = fresh.into_iter().map(|row| (row, None)).collect();
            let approved = self.make(lease, fresh, Vec::new(), span, now)?;
            return Ok(Group {
                approved,
                answered: Vec::new(),
                end: false,
            });
        }
        let mut tx = self.begin(lease, now).await?;
        self.refuse_repeats_of_sent_back(lease, &mut tx, &mut answered)
            .await?;
        let fresh = self
            .find_predecessors(lease, &mut tx, fresh, &mut answered, now)
            .await?;
        let numbers = self.reserve_numbers(lease, &mut tx, &fresh).await?;
        let places = self.reserve_places(lease, &mut tx, missing).await?;
        self.record_answers(lease, &mut tx, &answered).await?;
        let advance = fresh.is_empty().then_some(span);
        jobs::count(&mut tx, lease.job, counted(&answered), advance).await?;
        self.registry.journal().commit(tx, Acts::default()).await?;
        if fresh.is_empty() {
            lease.under_way.let_go(span);
        }
        lease.stock_places(places);
        let approved = self.make(lease, fresh, numbers, span, now)?;
        let answered = answered.into_iter().map(Answered::into_answer).collect();
        Ok(Group {
            approved,
            answered,
            end: false,
        })
    }

    /// A row that was answered by a certificate which its reviewer has sent back meanwhile goes with it. The job is
    /// held by now, so that no decision comes between this and the commit.
    async fn refuse_repeats_of_sent_back(
        &self,
        lease: &Lease,
        tx: &mut Tx,
        answered: &mut [Answered],
    ) -> Result<()> {
        if !lease.published.definition().review {
            return Ok(());
        }
        let first = |answered: &Answered| match answered {
            Answered::Existing { certificate, .. } => Some(*certificate),
            Answered::Refused { .. } => None,
        };
        let ids: Vec<Id> = answered.iter().filter_map(first).collect();
        let dialect = self.registry.store().dialect();
        let mut sent_back = claims::holdings(tx, dialect, &ids).await?;
        sent_back.retain(|holding| holding.state == "rejected");
        for answer in answered {
            if let Answered::Existing {
                row, certificate, ..
            } = answer
                && sent_back
                    .iter()
                    .any(|held| held.certificate == *certificate)
            {
                *answer = Answered::refused(*row, sent_back_before());
            }
        }
        Ok(())
    }

    /// Records answers to rows.
    pub(super) async fn record_answers(
        &self,
        lease: &Lease,
        tx: &mut Tx,
        answered: &[Answered],
    ) -> Result<()> {
        let items: Vec<Item> = answered
            .iter()
            .map(|answer| {
                Ok(match answer {
                    Answered::Refused { row, faults } => Item {
                        place: *row,
                        outcome: "refused",
                        certificate: None,
                        answer: Some(lease.seal_refused(*row, faults)?),
                    },
                    Answered::Existing {
                        row, certificate, ..
                    } => Item {
                        place: *row,
                        outcome: "existing",
                        certificate: Some(*certificate),
                        answer: None,
                    },
                })
            })
            .collect::<Result<_>>()?;
        items::insert_items(tx, self.registry.store().dialect(), lease.job, &items).await
    }

    /// Numbers by the type's rule, counted for type, agency and year; empty for a type that takes
    /// them from its rows.
    async fn reserve_numbers(
        &self,
        lease: &Lease,
        tx: &mut Tx,
        fresh: &[(CheckedRow, Option<Replaces>)],
    ) -> Result<Vec<String>> {
        let NumberRule::Pattern(pattern) = &lease.published.definition().number else {
            return Ok(Vec::new());
        };
        let mut years: BTreeMap<i16, (u32, u64)> = BTreeMap::new();
        for (row, _) in fresh {
            years.entry(row.issued.year()).or_default().0 += 1;
        }
        let (type_code, agency) = (&lease.published.definition().code, &lease.agency);
        for (year, (count, next)) in &mut years {
            let counter = format!("number {type_code} {} {year}", agency.code);
            *next = counters::take(tx, &counter, *count).await?;
        }
        let mut number = |(row, _): &(CheckedRow, Option<Replaces>)| {
            let year = row.issued.year();
            let next = &mut years.entry(year).or_default().1;
            let sequence = *next;
            *next += 1;
            pattern.render(year, &agency.code, &agency.region, sequence)
        };
        Ok(fresh.iter().map(&mut number).collect())
    }

    fn make(
        &self,
        lease: &Lease,
        fresh: Vec<(CheckedRow, Option<Replaces>)>,
        numbers: Vec<String>,
        (after, upto): (u64, u64),
        now: Timestamp,
    ) -> Result<Vec<Approved>> {
        if fresh.is_empty() {
            return Ok(Vec::new());
        }
        let span = Arc::new(GroupSpan {
            after,
            upto,
            approved: fresh.len(),
            turn: lease.turns.take(),
        });
        let certificates = Id::run(now, fresh.len())?;
        let plans = Id::run(now, fresh.len())?;
        let mut numbers = numbers.into_iter();
        let mut places = lease.give_places(fresh.len());
        let ids = certificates.into_iter().zip(plans);
        fresh
            .into_iter()
            .zip(ids)
            .map(|((row, replaces), (certificate, plan))| {
                let number = match &row.number {
                    RowNumber::Given(number) => number.clone(),
                    RowNumber::ByRule => numbers.next().unwrap_or_default(),
                };
                let (key, wrapped) = self.registry.vault().new_key(&certificate.to_string())?;
                let next = replaces.as_ref().map(|replaces| &replaces.predecessor.next);
                let identifier = match next {
                    Some(Some(next)) => next.clone(),
                    // The first of its kind, also where an earlier system gave its predecessor none.
                    Some(None) | None => new_identifier(lease, row.issued)?,
                };
                let origin = Origin::Row {
                    replaces: replaces.map(Box::new),
                    wrapped,
                    digest: row.digest,
                    group: Arc::clone(&span),
                };
                Ok(Approved {
                    published: lease.published.clone(),
                    agency: Arc::clone(&lease.agency),
                    identifier,
                    issued: row.issued,
                    validity: row.validity,
                    content: Particulars {
                        reference: row.reference,
                        number,
                        holders: row.holders,
                        persons: row.persons,
                        face: row.face,
                    },
                    file: self.new_inputs(places.pop(), now)?,
                    record: Record {
                        certificate,
                        plan,
                        attempt: 1,
                        place: row.row,
                        key,
                        origin,
                    },
                })
            })
            .collect()
    }

    /// Draws what a plan adds to the content.
    pub(super) fn new_inputs(
        &self,
        status: Option<StatusPlace>,
        now: Timestamp,
    ) -> Result<FileInputs> {
        let printed_code = PrintedCode::draw(&SystemRandom::new()).map_err(|_| no_random())?;
        // Dates in files have no fractions of a second.
        let second = Timestamp::from_second(now.as_second());
        Ok(FileInputs {
            file_id: random()?,
            made_at: second.map_err(|_| {
                Error::set_up(
                    "系统时钟偏差过大；请校准",
                    "the clock is far off; set it right",
                )
            })?,
            verify_url: format!(
                "{}/v#{}",
                self.registry.addresses().public,
                printed_code.as_str()
            ),
            printed_code,
            status: status
                .ok_or_else(|| Error::damaged("状态列表中没有位置", "no place in a status list"))?,
        })
    }
}

fn new_identifier(lease: &Lease, issued: Date) -> Result<Identifier> {
    let serial = Serial::draw(issued.year(), &SystemRandom::new()).map_err(|_| no_random())?;
    let version = Version::new(1).ok_or_else(|| Error::damaged("第 1 版", "version 1"))?;
    let type_code = lease.published.definition().code.clone();
    Ok(Identifier::new(
        type_code,
        lease.agency.code.clone(),
        serial,
        version,
    ))
}

/// The counts of answers.
pub(super) fn counted(answered: &[Answered]) -> Counted {
    let refused = answered
        .iter()
        .filter(|a| matches!(a, Answered::Refused { .. }))
        .count();
    Counted {
        existing: (answered.len() - refused) as i64,
        refused: refused as i64,
        ..Counted::default()
    }
}

impl Answered {
    /// The answer as the caller sees it.
    pub(super) fn into_answer(self) -> RowAnswer {
        match self {
            Answered::Refused { row, faults } => RowAnswer {
                row,
                outcome: Outcome::Refused(faults),
            },
            Answered::Existing {
                row, identifier, ..
            } => RowAnswer {
                row,
                outcome: Outcome::Existing(identifier),
            },
        }
    }
}

fn no_random() -> Error {
    Error::set_up(
        "系统没有给出随机数；请检查 /dev/urandom",
        "the system gave no random bytes; check /dev/urandom",
    )
}
