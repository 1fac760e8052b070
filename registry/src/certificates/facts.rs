//! What the registry knows that a verdict needs. `api` maps it to the verifier's own types.

use jiff::Timestamp;

use super::{Certificates, FileRevision, Reason, Record, RecordedState, StateName, start_of_day};
use crate::error::Result;
use crate::units::{ActingAuthority, UnitKind};

/// A certificate on record, at one instant as known at another.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facts {
    /// Identifier, type, agency, dates and history.
    pub record: Record,
    /// Every revision of its file; none for imported stock.
    pub files: Vec<FileRevision>,
    /// From when it counts as issued; the day's beginning where it is not issued yet.
    pub issued_at: Timestamp,
    /// The state that transitions led to, other than active; expiry follows from the dates.
    pub standing: Option<StandingFact>,
    /// Name of the issuing agency; its code where it is not registered any more.
    pub agency_name: String,
    /// Whether the agency had the right to issue the type on the day of issue, as known then; `None`
    /// for stock of a day before any right to the type was on record.
    pub entitled: Option<bool>,
}

/// A state other than active, with what brought it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingFact {
    /// Which.
    pub state: RecordedState,
    /// Since when.
    pub since: Timestamp,
    /// Until when, for a suspension with an end.
    pub until: Option<Timestamp>,
    /// Why, by a code of the type.
    pub reason: Option<Reason>,
    /// What the type says that this reason is.
    pub reason_label: Option<String>,
    /// On whose decision.
    pub authority: Option<ActingAuthority>,
    /// On which rule.
    pub legal_basis: Option<String>,
}

impl Certificates<'_> {
    /// The facts about a record at `at`, as known at `known_at`.
    pub async fn facts(&self, record: Record, at: Timestamp, known_at: Timestamp) -> Result<Facts> {
        let units = self.registry.units();
        let agency = units.find(&record.agency, UnitKind::Agency).await?;
        let rights = units.rights_known_at(&record.type_code, known_at).await?;
        let earliest = rights.iter().map(|right| right.from()).min();
        let entitled = match earliest {
            Some(first) if first <= record.issued => Some(
                rights
                    .iter()
                    .any(|right| *right.agency() == record.agency && right.covers(record.issued)),
            ),
            // Of days before the registry knows any right, it cannot tell about stock.
            _ if record.basis == super::Basis::Imported => None,
            _ => Some(false),
        };
        Ok(Facts {
            files: self.files(&record).await?,
            issued_at: record
                .history
                .issued_at(known_at)
                .unwrap_or_else(|| start_of_day(record.issued)),
            standing: self.standing(&record, at, known_at).await?,
            agency_name: agency.map_or_else(|| record.agency.to_string(), |agency| agency.name),
            entitled,
            record,
        })
    }

    async fn standing(
        &self,
        record: &Record,
        at: Timestamp,
        known_at: Timestamp,
    ) -> Result<Option<StandingFact>> {
        let Some(state) = record.history.standing_at(at, known_at) else {
            return Ok(None);
        };
        let name = match state.name {
            StateName::Recorded(RecordedState::Active) => return Ok(None),
            StateName::Recorded(name) => name,
            _ => return Ok(None),
        };
        let (cause, reason) = (state.cause, state.reason());
        let reason_label = match reason {
            None => None,
            Some(reason) => {
                let types = self.registry.types();
                let pinned = types.pinned(&record.type_code, record.type_version).await?;
                let mut reasons = pinned.definition().reasons.iter();
                reasons
                    .find(|rule| rule.code == reason.code)
                    .map(|rule| rule.label.clone())
            }
        };
        Ok(Some(StandingFact {
            state: name,
            since: state.since,
            until: state.until,
            reason: reason.cloned(),
            reason_label,
            authority: cause.and_then(|cause| cause.authority.clone()),
            legal_basis: cause.and_then(|cause| cause.legal_basis.clone()),
        }))
    }
}
