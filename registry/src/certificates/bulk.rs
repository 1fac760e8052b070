//! One decision about many certificates: prepared, tried, confirmed by a second person where it is
//! a mass act, and carried out in groups that a restart goes on with.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::decision::record_transition;
use super::{Certificates, Decision, Filter, Name, Record};
use crate::audit::{Acts, Entry};
use crate::error::{Error, Result, Sentence};
use crate::ids::Id;
use crate::store::{Tx, bulk, records};
use crate::units::{Act, Actor, CreditCode};

/// More certificates than this make an act a mass act, however they were chosen.
const MASS: usize = 100;

/// Which certificates an act is about.
#[derive(Debug, Clone, Copy)]
pub enum Selection<'a> {
    /// These, by name, each once; one that is not on record, or is misspelt, becomes a refused item.
    List(&'a [Name]),
    /// All that a search finds now; always a mass act.
    Query(&'a Filter<'a>),
}

/// A decision about many certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BulkAct {
    /// Its id.
    pub id: Id,
    /// Whether a second person must confirm it.
    pub mass: bool,
    /// Who prepared it.
    pub actor: Actor,
    /// Who confirmed it.
    pub second: Option<Actor>,
    /// When it was prepared.
    pub prepared_at: Timestamp,
    /// What was decided.
    pub decision: Decision,
}

/// One certificate of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BulkItem {
    /// Place in the act, from 1.
    pub place: u64,
    /// By which name.
    pub asked: String,
    /// What became of it.
    pub outcome: ItemOutcome,
    /// Why it was refused; empty otherwise.
    pub message: Sentence,
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemOutcome {
    /// Not yet carried out.
    Waiting,
    /// Carried out; of a trial: would be.
    Done,
    /// Not possible, for the reason of its message.
    Refused,
}

/// What one group of an act came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BulkProgress {
    /// Carried out in this group.
    pub done: u64,
    /// Refused in this group.
    pub refused: u64,
    /// Whether nothing waits any more.
    pub finished: bool,
}

impl ItemOutcome {
    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Done, Self::Refused]
            .into_iter()
            .find(|outcome| outcome.as_str() == word)
    }
}

impl Certificates<'_> {
    /// Fixes which certificates a decision is about. Nothing happens to them yet.
    pub async fn prepare_bulk(
        &self,
        selection: Selection<'_>,
        decision: &Decision,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<BulkAct> {
        let items = self.selected(selection, actor, now).await?;
        let act = BulkAct {
            id: Id::new(now)?,
            mass: selection.is_mass(items.len()),
            actor: actor.clone(),
            second: None,
            prepared_at: now,
            decision: decision.clone(),
        };
        let mut tx = self.registry.store().begin().await?;
        bulk::insert(&mut tx, &act, &items).await?;
        let detail = format!(
            "kind={} items={} mass={}",
            decision.kind.as_str(),
            items.len(),
            act.mass
        );
        let entry = act.entry("bulk.prepared", actor, now, detail);
        self.registry.journal().commit(tx, Acts::one(entry)).await?;
        Ok(act)
    }

    /// The dry run: what a decision about these certificates would come to now. Nothing is written.
    pub async fn try_bulk(
        &self,
        selection: Selection<'_>,
        decision: &Decision,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Vec<BulkItem>> {
        let mut items = Vec::new();
        for (place, (asked, certificate)) in (1..).zip(self.selected(selection, actor, now).await?)
        {
            let tried = match certificate {
                Some(id) => self.try_decision(id, decision, actor, now).await.map(drop),
                None => Err(unknown()),
            };
            let (outcome, message) = outcome(tried)?;
            items.push(BulkItem {
                place,
                asked,
                outcome,
                message,
            });
        }
        Ok(items)
    }

    /// An act that was prepared, as it stands.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_bulk_act`.
    pub async fn bulk_act(&self, id: Id) -> Result<BulkAct> {
        let mut reader = self.registry.store().reader().await?;
        bulk::find(&mut reader, id).await?.ok_or_else(unknown_act)
    }

    /// Confirms a mass act; another person than the one who prepared it must.
    ///
    /// # Errors
    /// [`Error::Refused`] `same_person`.
    pub async fn confirm_bulk(&self, id: Id, second: &Actor, now: Timestamp) -> Result<()> {
        let mut tx = self.registry.store().begin().await?;
        let act = bulk::lock(&mut tx, id).await?.ok_or_else(unknown_act)?;
        match &act.second {
            Some(first) if first == second => return Ok(()),
            Some(_) => {
                return Err(Error::refused(
                    "already_confirmed",
                    "该批操作已由另一人确认",
                    "another person has confirmed this act already",
                ));
            }
            None => {}
        }
        if act.actor == *second {
            return Err(Error::refused(
                "same_person",
                "批量操作不能由准备者本人确认；须由第二人确认",
                "who prepared a mass act cannot confirm it; a second person must",
            ));
        }
        let (units, day) = (self.registry.units(), super::day_of(now));
        let one_unit = units.acts_for(&second.unit, &act.actor.unit, day).await?;
        if !one_unit || !units.share_kind(second, &act.actor).await? {
            return Err(Error::refused(
                "other_unit",
                "第二人须与准备者同属一个单位",
                "the second person must be of the unit that prepared the act",
            ));
        }
        bulk::put_second(&mut tx, id, second).await?;
        let entry = act.entry("bulk.confirmed", second, now, String::new());
        self.registry.journal().commit(tx, Acts::one(entry)).await
    }

    /// Carries out the next items, at most `limit`, in one transaction. Called until it is
    /// finished; after a restart the items that are settled stay so.
    ///
    /// # Errors
    /// [`Error::Refused`] `second_person_needed` for a mass act that nobody has confirmed.
    pub async fn run_bulk(&self, id: Id, limit: u32, now: Timestamp) -> Result<BulkProgress> {
        let mut tx = self.registry.store().begin().await?;
        let act = bulk::lock(&mut tx, id).await?.ok_or_else(unknown_act)?;
        if act.mass && act.second.is_none() {
            return Err(Error::refused(
                "second_person_needed",
                "该操作涉及大量证照，须由第二人确认",
                "this act is about many certificates; a second person must confirm it",
            ));
        }
        let mut waiting = bulk::waiting(&mut tx, id, limit).await?;
        if waiting.is_empty() {
            return Ok(BulkProgress {
                finished: true,
                ..BulkProgress::default()
            });
        }
        let mut progress = BulkProgress {
            finished: waiting.len() < limit as usize,
            ..BulkProgress::default()
        };
        // One order for all who lock several certificates.
        waiting.sort_by_key(|(_, certificate)| *certificate);
        let mut acts = Acts::default();
        for (place, certificate) in waiting {
            let (outcome, message) = outcome(
                self.carry_out(&mut tx, &act, certificate, &mut acts, now)
                    .await,
            )?;
            match outcome {
                ItemOutcome::Done => progress.done += 1,
                _ => progress.refused += 1,
            }
            bulk::settle(&mut tx, id, place, outcome, &message).await?;
        }
        let detail = format!("done={} refused={}", progress.done, progress.refused);
        acts.audit
            .push(act.entry("bulk.carried_out", &act.actor, now, detail));
        self.registry.journal().commit(tx, acts).await?;
        Ok(progress)
    }

    /// The items of an act after a place, with what became of them.
    pub async fn bulk_items(&self, id: Id, after: u64, limit: u32) -> Result<Vec<BulkItem>> {
        bulk::items(
            &mut *self.registry.store().reader().await?,
            id,
            after,
            limit,
        )
        .await
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        act: &BulkAct,
        certificate: Option<Id>,
        acts: &mut Acts,
        now: Timestamp,
    ) -> Result<()> {
        let id = certificate.ok_or_else(unknown)?;
        let record = records::lock(tx, id).await?.ok_or_else(unknown)?;
        let transition = self
            .transition(&record, &act.decision, &act.actor, now)
            .await?;
        let (_, said) = record_transition(tx, record, transition).await?;
        acts.audit.extend(said.audit);
        acts.events.extend(said.events);
        Ok(())
    }

    async fn selected(
        &self,
        selection: Selection<'_>,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Vec<(String, Option<Id>)>> {
        let mut items = Vec::new();
        let mut own = HashMap::new();
        match selection {
            Selection::List(names) => {
                let mut seen = HashSet::new();
                for name in names {
                    let asked = name.to_string();
                    if !seen.insert(asked.clone()) {
                        continue;
                    }
                    let found = self.find(name.key()).await?;
                    let found = match found {
                        Some(record) if self.is_own(&record, actor, &mut own, now).await? => {
                            Some(record.id)
                        }
                        _ => None,
                    };
                    items.push((asked, found));
                }
            }
            Selection::Query(filter) => {
                let mut after = None;
                loop {
                    let page = self.search(filter, after, 1000, now).await?;
                    for record in &page.records {
                        if self.is_own(record, actor, &mut own, now).await? {
                            items.push((record.name(), Some(record.id)));
                        }
                    }
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
            }
        }
        Ok(items)
    }

    /// Whether a certificate is one of the actor's: their agency's, a predecessor's, or any for the centre. What is
    /// foreign is to an act as if it were not there.
    async fn is_own(
        &self,
        record: &Record,
        actor: &Actor,
        known: &mut HashMap<CreditCode, bool>,
        now: Timestamp,
    ) -> Result<bool> {
        if let Some(own) = known.get(&record.agency) {
            return Ok(*own);
        }
        let act = Act::Deliver(&record.agency);
        let own = match self.registry.units().may(actor, act, now).await {
            Ok(()) => true,
            Err(Error::Refused { .. }) => false,
            Err(other) => return Err(other),
        };
        known.insert(record.agency.clone(), own);
        Ok(own)
    }
}

impl Selection<'_> {
    /// Whether an act on so many certificates, chosen like this, needs a second person (design §4).
    pub fn is_mass(&self, items: usize) -> bool {
        matches!(self, Self::Query(_)) || items > MASS
    }
}

impl BulkAct {
    fn entry(&self, kind: &str, actor: &Actor, now: Timestamp, detail: String) -> Entry {
        Entry {
            at: now.as_millisecond(),
            kind: kind.to_owned(),
            object: self.id.to_string(),
            actor: actor.to_string(),
            detail,
        }
    }
}

/// A refusal is an outcome; every other error stops the group.
fn outcome(result: Result<()>) -> Result<(ItemOutcome, Sentence)> {
    match result {
        Ok(()) => Ok((ItemOutcome::Done, Sentence::default())),
        Err(Error::Refused { zh, en, .. }) => Ok((ItemOutcome::Refused, Sentence { zh, en })),
        Err(other) => Err(other),
    }
}

/// One sentence for what is foreign and for what is not there.
fn unknown() -> Error {
    Error::refused(
        "unknown_certificate",
        "没有这一证照，或该证照由其他机构颁发；请核对标识",
        "there is no such certificate, or another agency issued it; check its identifier",
    )
}

fn unknown_act() -> Error {
    Error::refused(
        "unknown_bulk_act",
        "没有准备过这一批量操作；请核对编号",
        "no such act on many certificates has been prepared",
    )
}

#[cfg(test)]
#[path = "bulk_tests.rs"]
mod tests;
