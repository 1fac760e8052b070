//! Rows that name a certificate whose place theirs takes: a change or renewal. The version is named
//! before layout, and asked for again in the plan transaction, under a lock.

use jiff::Timestamp;

use super::Batches;
use super::answers::RowFault;
use super::check::Answered;
use super::lease::Lease;
use super::prepare::Fresh;
use crate::audit::Acts;
use crate::certificates::{
    ClaimKind, LOOKUP_NAME_RULE, LookupKind, Name, Predecessor, predecessor, supersede,
};
use crate::cipher::{Hash, Subject};
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::rows::{CheckedRow, RowNumber};
use crate::store::{Tx, claims, records, replacements};

/// The certificate that a row replaces.
#[derive(Debug)]
pub(super) struct Replaces {
    pub(super) named: Name,
    pub(super) predecessor: Predecessor,
}

impl Batches<'_> {
    /// Finds what rows replace; rows that may not become answers.
    pub(super) async fn find_predecessors(
        &self,
        lease: &Lease,
        tx: &mut Tx,
        fresh: Vec<CheckedRow>,
        answered: &mut Vec<Answered>,
        now: Timestamp,
    ) -> Result<Vec<(CheckedRow, Option<Replaces>)>> {
        let mut found = Vec::with_capacity(fresh.len());
        for row in fresh {
            let Some(named) = row.replaces.clone() else {
                found.push((row, None));
                continue;
            };
            match self.predecessor(lease, tx, &named, now).await? {
                Ok(found) if !self.is_of_one_holder(lease, tx, &row, found.id).await? => {
                    answered.push(Answered::refused(row.row, another_holder()));
                }
                Ok(predecessor) => found.push((row, Some(Replaces { named, predecessor }))),
                Err(fault) => answered.push(Answered::refused(row.row, fault)),
            }
        }
        Ok(found)
    }

    /// Asks again, under the lock of each predecessor. A number that the predecessor has is not
    /// claimed: it is handed on when the file is kept.
    pub(super) async fn still_replaceable(
        &self,
        lease: &Lease,
        tx: &mut Tx,
        fresh: Vec<Fresh>,
        answered: &mut Vec<Answered>,
        now: Timestamp,
    ) -> Result<Vec<Fresh>> {
        let mut kept = Vec::with_capacity(fresh.len());
        for mut row in fresh {
            let Some(Replaces {
                named,
                predecessor: first,
            }) = row.replaces()
            else {
                kept.push(row);
                continue;
            };
            let place = row.approved.record.place;
            let asked = self.predecessor(lease, tx, named, now).await?;
            match asked.map(|again| again == *first) {
                Ok(true) => {
                    let predecessor = first.id;
                    if self.has_number(tx, &row, predecessor).await? {
                        row.claims.retain(|claim| claim.kind != ClaimKind::Number);
                    }
                    kept.push(row);
                }
                Ok(false) => answered.push(Answered::refused(place, under_way())),
                Err(fault) => answered.push(Answered::refused(place, fault)),
            }
        }
        Ok(kept)
    }

    /// Supersedes the predecessors of certificates whose files are being kept.
    pub(super) async fn supersede_predecessors(
        &self,
        lease: &Lease,
        tx: &mut Tx,
        kept: &[Id],
        now: Timestamp,
    ) -> Result<Acts> {
        let mut acts = Acts::default();
        let dialect = self.registry.store().dialect();
        for successor in replacements::successors_among(tx, dialect, kept).await? {
            let record = records::by_id(tx, successor).await?;
            let identifier = record.and_then(|record| record.identifier);
            let by = identifier.ok_or_else(|| {
                Error::damaged(
                    "替换他证的版本没有标识",
                    "a version that replaces another has no identifier",
                )
            })?;
            let more = supersede(tx, successor, &by, &lease.subject, now).await?;
            acts.audit.extend(more.audit);
            acts.events.extend(more.events);
        }
        Ok(acts)
    }

    async fn predecessor(
        &self,
        lease: &Lease,
        tx: &mut Tx,
        named: &Name,
        now: Timestamp,
    ) -> Result<Result<Predecessor, RowFault>> {
        let type_code = &lease.published.definition().code;
        match predecessor(tx, named, &lease.agency.code, type_code, now).await {
            Ok(found) => Ok(Ok(found)),
            Err(Error::Refused { code, zh, en }) => {
                let code = format!("replaces.{code}");
                Ok(Err(RowFault::new(&code, Some("replaces"), &zh, &en)))
            }
            Err(other) => Err(other),
        }
    }

    /// Whether a row and its predecessor speak of one holder: they share a holder's code, a holder's name, or the
    /// number. One of them is enough, for each of them may be what has changed: a passport is renewed, a newborn
    /// gets a number, a company takes another name, one of several holders leaves. Where none is the same, the
    /// identifier was mistaken. The record's own holders never change, so this is asked once.
    async fn is_of_one_holder(
        &self,
        lease: &Lease,
        tx: &mut Tx,
        row: &CheckedRow,
        predecessor: Id,
    ) -> Result<bool> {
        let vault = self.registry.vault();
        for holder in &row.holders {
            let name = holder.lookup_name();
            let subjects = [
                (
                    LookupKind::HolderCode,
                    Subject::HolderCode {
                        kind: holder.kind().code(),
                        code: holder.code(),
                    },
                ),
                (
                    LookupKind::HolderName,
                    Subject::HolderName {
                        type_code: lease.type_code(),
                        rule: LOOKUP_NAME_RULE,
                        name: name.as_str(),
                    },
                ),
            ];
            for (kind, subject) in subjects {
                let hashes = vault.hashes(subject);
                if records::has_lookup(&mut *tx, predecessor, kind, &hashes).await? {
                    return Ok(true);
                }
            }
        }
        let RowNumber::Given(number) = &row.number else {
            return Ok(false);
        };
        // A successor agency hands the number on under its own name; the predecessor has it under the first.
        let record = records::by_id(tx, predecessor).await?;
        let Some(agency) = record.map(|record| record.agency) else {
            return Ok(false);
        };
        let subject = Subject::Number {
            agency: agency.as_str(),
            type_code: lease.type_code(),
            number,
        };
        self.claims_one(tx, subject, predecessor).await
    }

    async fn has_number(&self, tx: &mut Tx, row: &Fresh, predecessor: Id) -> Result<bool> {
        let identifier = &row.approved.identifier;
        let subject = Subject::Number {
            agency: identifier.agency().as_str(),
            type_code: identifier.type_code().as_str(),
            number: row.approved.number(),
        };
        self.claims_one(tx, subject, predecessor).await
    }

    /// Whether a certificate has a claim.
    async fn claims_one(&self, tx: &mut Tx, subject: Subject<'_>, certificate: Id) -> Result<bool> {
        let hashes = self.registry.vault().hashes(subject);
        let hashes: Vec<Hash> = hashes.into_iter().map(|(_, hash)| hash).collect();
        let claims = claims::claims(tx, self.registry.store().dialect(), &hashes).await?;
        Ok(claims.iter().any(|claim| claim.certificate == certificate))
    }
}

fn another_holder() -> RowFault {
    RowFault::new(
        "replaces.another_holder",
        Some("replaces"),
        "所替换的证照属于其他持证主体：持证主体代码、名称、证照编号无一相同；请核对 replaces",
        "the certificate to be replaced is another holder's: neither a holder's code nor name nor the number is the same; check it",
    )
}

pub(super) fn under_way() -> RowFault {
    RowFault::new(
        "replaces.under_way",
        Some("replaces"),
        "所替换的证照已有新版本在制作，或在此期间发生了变化",
        "a newer version of the certificate is on its way, or it has changed meanwhile; push again",
    )
}
