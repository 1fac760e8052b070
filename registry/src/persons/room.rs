//! Persons on record: registered, given keys, ended.

use jiff::Timestamp;

use super::{EnrolledKey, KeyDigest, Person, Subject};
use crate::Registry;
use crate::audit::{Acts, Entry};
use crate::edition::Expected;
use crate::error::{Error, Result};
use crate::store::{Tx, persons as rows};
use crate::units::{Actor, CreditCode, UnitKind};

/// The room of persons.
#[derive(Debug, Clone, Copy)]
pub struct Persons<'r> {
    registry: &'r Registry,
}

impl<'r> Persons<'r> {
    pub(crate) fn new(registry: &'r Registry) -> Self {
        Self { registry }
    }

    /// Registers a person of a registered unit, or takes down new roles; one that had ended acts again.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_unit`; `account_taken` where the account is one of the same organisation as
    /// another kind of unit: acts name persons by account and credit code alone.
    pub async fn register(&self, person: &Person, by: &Actor, now: Timestamp) -> Result<()> {
        let expected = Expected::Anything;
        self.register_if(person, &expected, by, now).await
    }

    /// The same if what stands on record is what the caller has read.
    ///
    /// # Errors
    /// As for [`Self::register`], and [`Error::Refused`] `precondition_failed`.
    pub async fn register_if(
        &self,
        person: &Person,
        expected: &Expected,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let (unit, kind) = (&person.actor.unit, person.kind);
        if self.registry.units().find(unit, kind).await?.is_none() {
            return Err(Error::refused(
                "unknown_unit",
                format!("{} {unit} 尚未登记；请先登记该单位", kind.zh()),
                format!(
                    "no {} {unit} is registered; register the unit first",
                    kind.as_str()
                ),
            ));
        }
        let mut tx = self.registry.store().begin().await?;
        meets(&mut tx, &person.actor, kind, expected).await?;
        let kinds = rows::kinds(&mut tx, &person.actor).await?;
        if let Some(other) = kinds.into_iter().find(|other| *other != kind) {
            return Err(Error::refused(
                "account_taken",
                format!(
                    "该单位作为{}已用过这一账号；同一账号在审计中只能指一人，请换用其他账号",
                    other.zh()
                ),
                format!(
                    "this organisation has used the account as {}; in the audit an account names one person, \
                     so choose another",
                    other.as_str()
                ),
            ));
        }
        rows::put(&mut tx, person, now).await?;
        let detail = format!("kind={} roles={}", kind.as_str(), person.roles);
        let act = entry("person.registered", &person.actor, by, detail, now);
        self.registry.journal().commit(tx, Acts::one(act)).await
    }

    /// Ends a person and every key of theirs at once.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_person`.
    pub async fn end(
        &self,
        person: &Actor,
        kind: UnitKind,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let expected = Expected::Anything;
        self.end_if(person, kind, &expected, by, now).await
    }

    /// The same if what stands on record is what the caller has read.
    ///
    /// # Errors
    /// As for [`Self::end`], and [`Error::Refused`] `precondition_failed`.
    pub async fn end_if(
        &self,
        person: &Actor,
        kind: UnitKind,
        expected: &Expected,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.registry.store().begin().await?;
        meets(&mut tx, person, kind, expected).await?;
        if !rows::end(&mut tx, person, kind, now).await? {
            return Err(unknown_person());
        }
        let act = entry("person.ended", person, by, String::new(), now);
        self.registry.journal().commit(tx, Acts::one(act)).await
    }

    /// Takes down a key by which a person is known from now on, beside those they have.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_person`; `key_enrolled` for a key that somebody has or had: keys are never used again.
    pub async fn enrol(
        &self,
        person: &Actor,
        kind: UnitKind,
        key: &EnrolledKey,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.registry.store().begin().await?;
        let standing = rows::one(&mut tx, person, kind).await?;
        if standing.is_none_or(|person| person.ended.is_some()) {
            return Err(unknown_person());
        }
        if !rows::put_key(&mut tx, person, kind, key, now).await? {
            return Err(Error::refused(
                "key_enrolled",
                "该密钥正在使用或曾经使用；请另行生成密钥并重新申请",
                "this key is or was in use already; make a new key and a new request",
            ));
        }
        let detail = format!("key={} serial={}", hex::encode(key.key.0), key.serial);
        let act = entry("person.key_enrolled", person, by, detail, now);
        self.registry.journal().commit(tx, Acts::one(act)).await
    }

    /// Ends one key, lost or renewed: the next call under it is refused, on open connections too.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_key`.
    pub async fn end_key(
        &self,
        key: KeyDigest,
        reason: &str,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.registry.store().begin().await?;
        let Some(person) = rows::end_key(&mut tx, key, reason, now).await? else {
            return Err(Error::refused(
                "unknown_key",
                "没有这一在用的密钥；请列出该人员的密钥",
                "no such key is in use; list the person's keys",
            ));
        };
        let detail = format!("key={} reason={reason}", hex::encode(key.0));
        let act = entry("person.key_ended", &person, by, detail, now);
        self.registry.journal().commit(tx, Acts::one(act)).await
    }

    /// Who calls under a key, if its X.509, the key and the person all stand at this moment.
    pub async fn subject(&self, key: KeyDigest, now: Timestamp) -> Result<Option<Subject>> {
        let mut reader = self.registry.store().reader().await?;
        let person = rows::by_key(&mut reader, key, now).await?;
        Ok(person.map(Subject::proven))
    }

    /// One person of a unit, also one that has ended.
    pub async fn find(&self, person: &Actor, kind: UnitKind) -> Result<Option<Person>> {
        rows::one(&mut *self.registry.store().reader().await?, person, kind).await
    }

    /// Every person of a unit, by account.
    pub async fn list(&self, unit: &CreditCode, kind: UnitKind) -> Result<Vec<Person>> {
        rows::of_unit(&mut *self.registry.store().reader().await?, unit, kind).await
    }

    /// Every key of a person, oldest first, ended ones included.
    pub async fn keys(&self, person: &Actor, kind: UnitKind) -> Result<Vec<EnrolledKey>> {
        rows::keys(&mut *self.registry.store().reader().await?, person, kind).await
    }
}

/// Holds a person against what a writer has read; nobody else writes them until the transaction ends.
async fn meets(tx: &mut Tx, person: &Actor, kind: UnitKind, expected: &Expected) -> Result<()> {
    if !expected.asks() {
        return Ok(());
    }
    let standing = rows::one_for_update(tx, person, kind).await?;
    expected.met_by(standing.as_ref().map(Person::edition))
}

fn entry(act: &str, person: &Actor, by: &Actor, detail: String, now: Timestamp) -> Entry {
    Entry {
        at: now.as_millisecond(),
        kind: act.to_owned(),
        object: person.to_string(),
        actor: by.to_string(),
        detail,
    }
}

fn unknown_person() -> Error {
    Error::refused(
        "unknown_person",
        "该单位没有登记这一人员；请先登记",
        "no such person acts for that unit; register them first",
    )
}

#[cfg(test)]
#[path = "room_tests.rs"]
mod tests;
