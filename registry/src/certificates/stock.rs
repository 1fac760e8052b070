//! Stock of earlier systems: taken over with number, state and identifier, without a file.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::decision::record_transition;
use super::room::unknown;
use super::{
    Certificates, ClaimKind, Decision, Identifier, KeyedHash, Particulars, Transition,
    TransitionKind, day_of, start_of_day,
};
use crate::audit::{Acts, covered};
use crate::cipher::{Hash, Subject};
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::rows::{CheckedRow, RowNumber, StockColumns};
use crate::store::stock::NewStock;
use crate::store::{Tx, claims, records, stock as rows};
use crate::types::PublishedType;
use crate::units::{ActingAuthority, Actor, CreditCode, UnitKind};

/// One certificate of an earlier system.
#[derive(Debug, Clone)]
pub struct Stock {
    /// What it says, checked against the type.
    pub row: CheckedRow,
    /// Its printed number, where the type builds numbers and the row has none.
    pub number: Option<String>,
    /// The identifier it was given; a wrong check character in it is kept as it stands.
    pub identifier: Option<Identifier>,
    /// The decision that ended or suspended it before it was taken over.
    pub then: Option<Decision>,
}

impl Stock {
    /// A row with the columns that stock has beside it; `authority` decided how it ended.
    pub fn new(row: CheckedRow, columns: StockColumns, authority: &ActingAuthority) -> Self {
        let StockColumns {
            number,
            identifier,
            ended,
        } = columns;
        let then = ended.map(|ended| Decision {
            kind: ended.kind,
            effective_at: Some(start_of_day(ended.since)),
            authority: authority.clone(),
            reason: ended.reason,
            legal_basis: ended.legal_basis,
            evidence: Vec::new(),
        });
        Self {
            row,
            number,
            identifier,
            then,
        }
    }
}

/// What became of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StockOutcome {
    /// Taken over.
    Imported(Id),
    /// Taken over before, with equal content.
    Existing(Id),
    /// Not taken over, with a message that names nobody.
    Refused {
        /// Stable machine name.
        code: &'static str,
        /// For people, in Chinese.
        zh: String,
        /// The same in English.
        en: String,
    },
}

impl Certificates<'_> {
    /// Takes stock over, in one transaction; each gets its outcome, in order. Taking the same over
    /// again changes nothing.
    ///
    /// # Errors
    /// [`Error::Refused`] `not_your_certificate` for a unit that acts neither for the agency nor
    /// as the centre.
    pub async fn import(
        &self,
        published: &PublishedType,
        agency: &CreditCode,
        stock: Vec<Stock>,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Vec<StockOutcome>> {
        self.may_import(agency, actor, now).await?;
        let mut tx = self.registry.store().begin().await?;
        self.lock_holders(&mut tx, published, &stock, now).await?;
        let mut acts = Acts::default();
        let mut outcomes = Vec::with_capacity(stock.len());
        // One run, so that ids sort in the order of the stock.
        for (id, one) in Id::run(now, stock.len())?.into_iter().zip(stock) {
            let importing = Importing {
                id,
                published,
                agency,
                actor,
                now,
            };
            outcomes.push(
                match self.import_one(&mut tx, importing, one, &mut acts).await {
                    Ok(outcome) => outcome,
                    Err(Error::Refused { code, zh, en }) => StockOutcome::Refused { code, zh, en },
                    Err(other) => return Err(other),
                },
            );
        }
        self.registry.journal().commit(tx, acts).await?;
        Ok(outcomes)
    }

    async fn may_import(&self, agency: &CreditCode, actor: &Actor, now: Timestamp) -> Result<()> {
        let units = self.registry.units();
        if units.acts_for(&actor.unit, agency, day_of(now)).await?
            && units.stands_as(actor, UnitKind::Agency).await?
        {
            return Ok(());
        }
        if units.find(&actor.unit, UnitKind::Centre).await?.is_some()
            && units.stands_as(actor, UnitKind::Centre).await?
        {
            return Ok(());
        }
        Err(Error::refused(
            "not_your_certificate",
            "存量证照只能由所属机构、其承继机构或认证中心导入",
            "stock is taken over by its agency, the successor, or the centre",
        ))
    }

    /// Locks the holders of a single-instance type, all at once and in the order of all who do.
    async fn lock_holders(
        &self,
        tx: &mut Tx,
        published: &PublishedType,
        stock: &[Stock],
        now: Timestamp,
    ) -> Result<()> {
        let (vault, definition) = (self.registry.vault(), published.definition());
        let mut locks: BTreeSet<Hash> = BTreeSet::new();
        for one in stock {
            // A row without a number is refused in its turn.
            if let Ok(content) = particulars(&one.row, one.number.clone()) {
                locks.extend(content.single_instance(vault, definition));
            }
        }
        let locks: Vec<Hash> = locks.into_iter().collect();
        claims::lock_holders(tx, &locks, now.as_millisecond()).await
    }

    /// A holder has one certificate of a single-instance type. What has ended or expired takes no
    /// place: the history of an earlier system comes over beside the one that holds.
    async fn refuse_second(
        &self,
        tx: &mut Tx,
        particulars: &Particulars,
        published: &PublishedType,
        (row, then): (&CheckedRow, Option<&Decision>),
        now: Timestamp,
    ) -> Result<()> {
        let today = day_of(now);
        let expired = row.validity.expiring().is_some_and(|last| last < today);
        let ended = then.is_some_and(|decision| {
            !matches!(decision.kind, TransitionKind::Suspend { .. })
                && decision.effective_at.is_none_or(|at| at <= now)
        });
        if expired || ended {
            return Ok(());
        }
        let hashes = particulars.single_instance(self.registry.vault(), published.definition());
        if claims::holder_has_one(tx, &hashes, &today.to_string(), None).await? {
            return Err(Error::refused(
                "holder_has_one",
                "持证主体已有一份未终止的此类证照；两份之一须附终止时的状态",
                "its holder has a certificate of this type that has not ended; one of \
                           the two must come with the state in which it ended",
            ));
        }
        Ok(())
    }

    /// Checks everything that can be refused before the first write, so that a refusal leaves
    /// nothing behind in the transaction of the others.
    async fn import_one(
        &self,
        tx: &mut Tx,
        importing: Importing<'_>,
        stock: Stock,
        acts: &mut Acts,
    ) -> Result<StockOutcome> {
        let Importing {
            id,
            published,
            agency,
            actor,
            now,
        } = importing;
        let definition = published.definition();
        let Stock {
            row,
            number,
            identifier,
            then,
        } = stock;
        let particulars = particulars(&row, number)?;
        let claims = particulars.claims(agency, &definition.code);
        if let Some(existing) = self.claimed(tx, &claims, &row).await? {
            return Ok(StockOutcome::Existing(existing));
        }
        if let Some(identifier) = &identifier
            && records::by_identifier(tx, identifier).await?.is_some()
        {
            return Err(Error::refused(
                "identifier_taken",
                "该证照标识属于另一份在册证照",
                "its identifier belongs to another certificate on record",
            ));
        }
        self.refuse_second(tx, &particulars, published, (&row, then.as_ref()), now)
            .await?;
        let vault = self.registry.vault();
        let imported = Transition {
            kind: TransitionKind::Import,
            effective_at: start_of_day(row.issued).min(now),
            recorded_at: now,
            actor: actor.clone(),
            authority: None,
            reason: None,
            legal_basis: None,
            evidence: Vec::new(),
        };
        let (key, wrapped) = vault.new_key(&id.to_string())?;
        let stock = NewStock {
            id,
            type_code: &definition.code,
            type_version: published.version(),
            agency,
            foreign: identifier.as_ref(),
            issued: row.issued,
            validity: row.validity,
            recorded_at: now.as_millisecond(),
            content: vault.hash(Subject::RowContent(&row.digest)),
            key: &wrapped,
            face: particulars.seal(&key)?,
            claims: claims
                .map(|(kind, subject)| KeyedHash::of(vault, kind, subject))
                .to_vec(),
            lookups: particulars.lookups(vault, definition),
        };
        let planned = self
            .planned_decision(&stock, &imported, then.as_ref(), actor, now)
            .await?;
        let decided = covered::import(&stock.decided());
        rows::insert_stock(tx, stock).await?;
        for transition in [Some(imported), planned].into_iter().flatten() {
            let is_import = transition.kind == TransitionKind::Import;
            let record = records::by_id(tx, id).await?.ok_or_else(unknown)?;
            let (_, mut said) = record_transition(tx, record, transition).await?;
            if is_import {
                for entry in said.audit.iter_mut().chain(&mut said.events) {
                    entry.detail = format!("{} {decided}", entry.detail);
                }
            }
            acts.audit.extend(said.audit);
            acts.events.extend(said.events);
        }
        Ok(StockOutcome::Imported(id))
    }

    /// The certificate that the row names already: equal content is the same row again.
    async fn claimed(
        &self,
        tx: &mut Tx,
        claims: &[(ClaimKind, Subject<'_>)],
        row: &CheckedRow,
    ) -> Result<Option<Id>> {
        let vault = self.registry.vault();
        for (kind, subject) in claims {
            let Some(id) = records::by_claim(tx, *kind, &vault.hashes(*subject)).await? else {
                continue;
            };
            let (version, hash) = rows::content(tx, id).await?;
            let same = vault.hash_under(version, Subject::RowContent(&row.digest))? == hash;
            return match kind {
                ClaimKind::Ref if same => Ok(Some(id)),
                ClaimKind::Ref => Err(Error::refused(
                    "ref_taken",
                    "该 ref 已用于内容不同的证照；请换用其他 ref",
                    "this ref names a certificate with other content; give the row another ref",
                )),
                _ => Err(Error::refused(
                    "number_taken",
                    "证照编号已属于本机构同类型的另一份证照",
                    "its number belongs to another certificate of this agency and type",
                )),
            };
        }
        Ok(None)
    }

    /// The decision that comes with the stock, tried on a history that begins with the import.
    async fn planned_decision(
        &self,
        stock: &NewStock<'_>,
        imported: &Transition,
        then: Option<&Decision>,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Option<Transition>> {
        let Some(decision) = then else {
            return Ok(None);
        };
        let record = stock.record(vec![imported.clone()]);
        let transition = self.transition(&record, decision, actor, now).await?;
        let admitted = record.history.admit(&transition);
        admitted.map_err(|refused| {
            Error::refused("transition_refused", refused.zh(), refused.to_string())
        })?;
        Ok(Some(transition))
    }
}

/// The new record's id, and what all of one import share.
#[derive(Clone, Copy)]
struct Importing<'a> {
    id: Id,
    published: &'a PublishedType,
    agency: &'a CreditCode,
    actor: &'a Actor,
    now: Timestamp,
}

fn particulars(row: &CheckedRow, number: Option<String>) -> Result<Particulars> {
    let number = match (&row.number, number) {
        (RowNumber::Given(number), _) => number.clone(),
        (RowNumber::ByRule, Some(number)) => number,
        (RowNumber::ByRule, None) => {
            return Err(Error::refused(
                "number_missing",
                "存量证照保留原编号；请随该行给出",
                "stock keeps the number it has; give it beside the row",
            ));
        }
    };
    Ok(Particulars {
        reference: row.reference.clone(),
        number,
        holders: row.holders.clone(),
        persons: row.persons.clone(),
        face: row.face.clone(),
    })
}

#[cfg(test)]
#[path = "stock_tests.rs"]
mod tests;
