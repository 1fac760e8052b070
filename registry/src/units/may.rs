//! Which unit may do what: the one place that decides it. The rooms ask before they act.
//!
//! It knows units with their kind, not roles: which role a person needs within the unit is settled where calls
//! come in.

use jiff::Timestamp;

use super::{Actor, CreditCode, Unit, UnitKind, Units, acts_for};
use crate::certificates::{About, day_of};
use crate::error::{Error, Result};
use crate::store::units as rows;

/// What an actor is about to do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Act<'a> {
    /// Put a unit on record.
    Register(&'a Unit),
    /// Give an agency a right, or another agency's place.
    KeepRights,
    /// Deliver rows in the name of an agency, which answers for them.
    Deliver(&'a CreditCode),
    /// Review what is to be issued in the name of an agency.
    Review(&'a CreditCode),
    /// Decide about what an agency issued; the reason says whether licence or file is at fault.
    Decide(&'a CreditCode, Option<About>),
}

/// What the record says about the actor's unit on the day of the act, as the kind of unit for which the
/// actor stands.
struct Standing {
    /// It is a centre.
    centre: bool,
    /// No centre is on record yet: the installation is being founded.
    unfounded: bool,
    /// It is the agency that the act is about, or its successor.
    agency: bool,
}

impl Units<'_> {
    /// Refuses what the actor's unit may not do.
    ///
    /// # Errors
    /// [`Error::Refused`] `not_the_centre`, `not_your_agency`, `not_your_certificate`.
    pub(crate) async fn may(&self, actor: &Actor, act: Act<'_>, now: Timestamp) -> Result<()> {
        let mut reader = self.registry.store().reader().await?;
        let centres = rows::codes(&mut reader, UnitKind::Centre).await?;
        let agency = match act {
            Act::Deliver(agency) | Act::Review(agency) | Act::Decide(agency, _) => {
                let successions = rows::successions(&mut reader).await?;
                acts_for(&successions, &actor.unit, agency, day_of(now))
            }
            Act::Register(_) | Act::KeepRights => false,
        };
        drop(reader);
        let standing = Standing {
            centre: centres.contains(&actor.unit)
                && self.stands_as(actor, UnitKind::Centre).await?,
            unfounded: centres.is_empty(),
            agency: agency && self.stands_as(actor, UnitKind::Agency).await?,
        };
        if permitted(actor, act, &standing) {
            return Ok(());
        }
        Err(refusal(act))
    }
}

fn permitted(actor: &Actor, act: Act<'_>, standing: &Standing) -> bool {
    match act {
        // The first centre puts itself on record, when the installation is made.
        Act::Register(unit) => {
            let founds = unit.kind == UnitKind::Centre && unit.code == actor.unit;
            standing.centre || standing.unfounded && founds
        }
        Act::KeepRights => standing.centre,
        // A third unit delivers where the agency or the centre has named it (`Units::delivers`).
        Act::Deliver(_) => standing.agency || standing.centre,
        // Who answers for the data reviews them; the centre that delivers on behalf does not.
        Act::Review(_) => standing.agency,
        // The centre makes the files and takes back what it made wrongly; licences are not its own.
        Act::Decide(_, about) => standing.agency || standing.centre && about == Some(About::File),
    }
}

fn refusal(act: Act<'_>) -> Error {
    match act {
        Act::Register(_) | Act::KeepRights => Error::refused(
            "not_the_centre",
            "单位及其权限只由认证中心登记；请向认证中心申请",
            "only the certification centre keeps units and their rights; ask it to do this",
        ),
        Act::Deliver(_) => Error::refused(
            "not_your_agency",
            "只有该机构、其承继机构、认证中心或经登记代其推送的单位可以推送其数据",
            "only the agency itself, its successor, the centre or a unit named as its deliverer delivers rows in its name",
        ),
        Act::Review(_) => Error::refused(
            "not_your_agency",
            "只有该机构或其承继机构可以审核其待颁发的证照",
            "only the agency itself or its successor reviews what it is to issue",
        ),
        Act::Decide(..) => Error::refused(
            "not_your_certificate",
            "该证照由其他机构颁发；由该机构或其承继机构决定",
            "another agency issued it; that agency or its successor decides about it",
        ),
    }
}

#[cfg(test)]
#[path = "may_tests.rs"]
mod tests;
