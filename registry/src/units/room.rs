//! Units on record: registered, given rights, succeeded.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Act, Actor, Authority, CreditCode, Succession, Unit, UnitKind, acts_for};
use crate::Registry;
use crate::audit::{Acts, Entry};
use crate::certificates::TypeCode;
use crate::edition::Expected;
use crate::error::{Error, Result};
use crate::store::{persons, units as rows};

/// The room of units.
#[derive(Debug, Clone, Copy)]
pub struct Units<'r> {
    pub(super) registry: &'r Registry,
}

impl<'r> Units<'r> {
    pub(crate) fn new(registry: &'r Registry) -> Self {
        Self { registry }
    }

    /// Registers a unit, or takes down what has changed about it. The centre does; the first centre
    /// puts itself on record.
    ///
    /// # Errors
    /// [`Error::Refused`] `not_the_centre`; `unit_incomplete` where a name or telephone number is
    /// empty.
    pub async fn register(&self, unit: Unit, actor: &Actor, now: Timestamp) -> Result<()> {
        let expected = Expected::Anything;
        self.register_if(unit, &expected, actor, now).await
    }

    /// The same if what stands on record is what the caller has read.
    ///
    /// # Errors
    /// As for [`Self::register`], and [`Error::Refused`] `precondition_failed`.
    pub async fn register_if(
        &self,
        unit: Unit,
        expected: &Expected,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        self.may(actor, Act::Register(&unit), now).await?;
        let unit = unit
            .check()
            .map_err(|fault| Error::refused("unit_incomplete", fault.zh(), fault.to_string()))?;
        let mut tx = self.registry.store().begin().await?;
        if expected.asks() {
            let standing = rows::unit_for_update(&mut tx, &unit.code, unit.kind).await?;
            expected.met_by(standing.as_ref().map(Unit::edition))?;
        }
        rows::put_unit(&mut tx, &unit, now).await?;
        let act = Entry {
            at: now.as_millisecond(),
            kind: "unit.registered".into(),
            object: unit.code.to_string(),
            actor: actor.to_string(),
            detail: format!("kind={} region={}", unit.kind.as_str(), unit.region),
        };
        self.registry.journal().commit(tx, Acts::one(act)).await
    }

    /// The unit of a code and kind.
    pub async fn find(&self, code: &CreditCode, kind: UnitKind) -> Result<Option<Unit>> {
        rows::unit(&mut self.registry.store().reader().await?, code, kind).await
    }

    /// The agency of a code.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_agency`.
    pub async fn agency(&self, code: &CreditCode) -> Result<Unit> {
        self.find(code, UnitKind::Agency).await?.ok_or_else(|| {
            Error::refused(
                "unknown_agency",
                format!("机构 {code} 尚未登记；请先登记"),
                format!("no agency {code} is registered; register it first"),
            )
        })
    }

    /// The unit of a code, whatever its kind; of several the first of [`UnitKind::ALL`].
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_unit`.
    pub async fn of_any_kind(&self, code: &CreditCode) -> Result<Unit> {
        for kind in UnitKind::ALL {
            if let Some(unit) = self.find(code, kind).await? {
                return Ok(unit);
            }
        }
        Err(Error::refused(
            "unknown_unit",
            format!("单位 {code} 尚未登记；请先登记"),
            format!("no unit {code} is registered; register it first"),
        ))
    }

    /// Every unit, by kind and code.
    pub async fn list(&self) -> Result<Vec<Unit>> {
        rows::all_units(&mut self.registry.store().reader().await?).await
    }

    /// Records that an agency may issue a type, or that the right of that first day has changed;
    /// what was known before stays on record.
    ///
    /// # Errors
    /// [`Error::Refused`] `not_the_centre`, `unknown_agency`.
    pub async fn authorise(&self, right: Authority, actor: &Actor, now: Timestamp) -> Result<()> {
        self.may(actor, Act::KeepRights, now).await?;
        self.agency(right.agency()).await?;
        let mut tx = self.registry.store().begin().await?;
        rows::put_right(&mut tx, &right, now).await?;
        let last = right.to().map_or("open".to_owned(), |day| day.to_string());
        let act = Entry {
            at: now.as_millisecond(),
            kind: "agency.authorised".into(),
            object: right.agency().to_string(),
            actor: actor.to_string(),
            detail: format!("type={} from={} to={last}", right.type_code(), right.from()),
        };
        self.registry.journal().commit(tx, Acts::one(act)).await
    }

    /// How many rights were ever recorded: another number after each change of any.
    pub async fn rights_recorded(&self) -> Result<u64> {
        rows::rights_recorded(&mut self.registry.store().reader().await?).await
    }

    /// All rights to a type after all that is on record, by agency and first day.
    pub async fn rights(&self, type_code: &TypeCode) -> Result<Vec<Authority>> {
        self.rights_known_at(type_code, Timestamp::MAX).await
    }

    /// All rights to a type as they were known at an instant.
    pub async fn rights_known_at(
        &self,
        type_code: &TypeCode,
        known_at: Timestamp,
    ) -> Result<Vec<Authority>> {
        let mut reader = self.registry.store().reader().await?;
        rows::rights(&mut reader, type_code, known_at).await
    }

    /// Whether an agency may issue a type on a day.
    pub async fn entitled(
        &self,
        agency: &CreditCode,
        type_code: &TypeCode,
        day: Date,
    ) -> Result<bool> {
        let rights = self.rights(type_code).await?;
        Ok(rights
            .iter()
            .any(|right| right.agency() == agency && right.covers(day)))
    }

    /// Records that one agency acts on another's certificates from a day on.
    ///
    /// # Errors
    /// [`Error::Refused`] `not_the_centre`, `unknown_agency`, `succession_of_itself`.
    pub async fn succeed(
        &self,
        succession: Succession,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        self.may(actor, Act::KeepRights, now).await?;
        if succession.predecessor == succession.successor {
            return Err(Error::refused(
                "succession_of_itself",
                "机构不能承继自身；请核对两个代码",
                "an agency cannot succeed itself; check both codes",
            ));
        }
        self.agency(&succession.predecessor).await?;
        self.agency(&succession.successor).await?;
        let mut tx = self.registry.store().begin().await?;
        rows::put_succession(&mut tx, &succession, now).await?;
        let act = Entry {
            at: now.as_millisecond(),
            kind: "agency.succeeded".into(),
            object: succession.predecessor.to_string(),
            actor: actor.to_string(),
            detail: format!(
                "successor={} from={}",
                succession.successor, succession.from
            ),
        };
        self.registry.journal().commit(tx, Acts::one(act)).await
    }

    /// Whether a unit may act on a day for what an agency issued.
    pub async fn acts_for(
        &self,
        actor: &CreditCode,
        agency: &CreditCode,
        day: Date,
    ) -> Result<bool> {
        let mut reader = self.registry.store().reader().await?;
        let successions = rows::successions(&mut reader).await?;
        Ok(acts_for(&successions, actor, agency, day))
    }

    /// Whether an actor stands for their unit as one of this kind.
    ///
    /// An organisation may be several kinds of unit; each of its persons is registered under one of them, and
    /// has no part in the others' rights. Whom the record does not know, a command line vouches for.
    pub(crate) async fn stands_as(&self, actor: &Actor, kind: UnitKind) -> Result<bool> {
        let mut reader = self.registry.store().reader().await?;
        let kinds = persons::kinds(&mut reader, actor).await?;
        Ok(kinds.is_empty() || kinds.contains(&kind))
    }

    /// Whether two actors stand for one kind of unit, as far as the record knows them.
    pub(crate) async fn share_kind(&self, one: &Actor, other: &Actor) -> Result<bool> {
        let mut reader = self.registry.store().reader().await?;
        let one = persons::kinds(&mut reader, one).await?;
        let other = persons::kinds(&mut reader, other).await?;
        let shared = one.iter().any(|kind| other.contains(kind));
        Ok(one.is_empty() || other.is_empty() || shared)
    }
}

#[cfg(test)]
#[path = "room_tests.rs"]
mod tests;
