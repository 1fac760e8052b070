//! Units that deliver rows in the name of an agency: a data bureau's platform, another agency. The agency goes
//! on answering for the data.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Act, Actor, CreditCode, UnitKind, Units};
use crate::audit::{Acts, Entry};
use crate::certificates::{TypeCode, day_of};
use crate::error::{Error, Result};
use crate::store::deliverers as rows;

/// Which unit delivers rows of a type in the name of an agency, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliverer {
    /// The agency that issues and answers for the data.
    pub agency: CreditCode,
    /// What is delivered.
    pub type_code: TypeCode,
    /// Who delivers.
    pub unit: CreditCode,
    /// As which kind of unit.
    pub kind: UnitKind,
    /// First day.
    pub from: Date,
    /// Last day; `None` until it is ended.
    pub to: Option<Date>,
}

impl Units<'_> {
    /// Records that a unit delivers in the name of an agency, or until when.
    ///
    /// # Errors
    /// [`Error::Refused`] `not_your_agency` for others than the agency and the centre; `unknown_unit`,
    /// `ends_before_it_begins`.
    pub async fn name_deliverer(
        &self,
        deliverer: &Deliverer,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let Deliverer {
            agency,
            type_code,
            unit,
            kind,
            from,
            to,
        } = deliverer;
        self.may(actor, Act::Deliver(agency), now).await?;
        self.agency(agency).await?;
        if self.find(unit, *kind).await?.is_none() {
            return Err(Error::refused(
                "unknown_unit",
                format!("单位 {unit} 尚未登记为{}；请先登记", kind.zh()),
                format!(
                    "no {} {unit} is registered; register it first",
                    kind.as_str()
                ),
            ));
        }
        if matches!(kind, UnitKind::Centre | UnitKind::Supervisor) {
            return Err(Error::refused(
                "not_a_deliverer",
                "只有发证机构、用证单位和业务系统可以登记为代推送单位",
                "only agencies, desks and relying systems are named as deliverers",
            ));
        }
        if to.is_some_and(|to| to < *from) {
            return Err(Error::refused(
                "ends_before_it_begins",
                "截止日早于起始日；请核对两个日期",
                "the last day lies before the first; check both days",
            ));
        }
        let mut tx = self.registry.store().begin().await?;
        rows::put(&mut tx, deliverer, now).await?;
        let last = to.map_or("open".to_owned(), |day| day.to_string());
        let act = Entry {
            at: now.as_millisecond(),
            kind: "deliverer.named".into(),
            object: agency.to_string(),
            actor: actor.to_string(),
            detail: format!(
                "type={type_code} unit={unit} kind={} from={from} to={last}",
                kind.as_str()
            ),
        };
        self.registry.journal().commit(tx, Acts::one(act)).await
    }

    /// Who delivers in the name of an agency, or has.
    ///
    /// # Errors
    /// [`Error::Refused`] `not_your_agency`.
    pub async fn deliverers(
        &self,
        agency: &CreditCode,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Vec<Deliverer>> {
        self.may(actor, Act::Deliver(agency), now).await?;
        rows::of_agency(&mut self.registry.store().reader().await?, agency).await
    }

    /// Whether an actor's unit delivers today in the name of an agency; rows of one type, or of any.
    pub(crate) async fn delivers(
        &self,
        actor: &Actor,
        agency: &CreditCode,
        type_code: Option<&str>,
        now: Timestamp,
    ) -> Result<bool> {
        let mut reader = self.registry.store().reader().await?;
        let today = day_of(now);
        let kinds = rows::kinds_on(&mut reader, agency, type_code, &actor.unit, today).await?;
        drop(reader);
        for kind in kinds {
            if self.stands_as(actor, kind).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
