//! Decisions about one issued certificate: suspend, resume, revoke, cancel, withdraw.

use jiff::Timestamp;

use super::room::unknown;
use super::{Certificates, Reason, Record, RecordedState, Transition, TransitionKind};
use crate::audit::{Acts, Entry, covered};
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::store::{Tx, records, transitions};
use crate::types::ReasonUse;
use crate::units::{Act, ActingAuthority, Actor};

/// What an authority decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Suspend, resume, revoke, cancel or withdraw.
    pub kind: TransitionKind,
    /// From when it counts; `None` from the instant of its record.
    pub effective_at: Option<Timestamp>,
    /// Who decided: the actor's own unit, or another agency on record for which it is entered.
    pub authority: ActingAuthority,
    /// A code of the type's list.
    pub reason: Option<String>,
    /// The rule; needed where it counts from an earlier instant.
    pub legal_basis: Option<String>,
    /// SHA-256 of the files that prove it.
    pub evidence: Vec<[u8; 32]>,
}

impl Certificates<'_> {
    /// Records a decision about one certificate and returns its state as of now.
    ///
    /// # Errors
    /// [`Error::Refused`]: `unknown_certificate`, `not_a_decision`, `not_your_certificate`,
    /// `unknown_agency` for an authority that is not on record, `unknown_reason`,
    /// `transition_refused`.
    pub async fn decide(
        &self,
        id: Id,
        decision: &Decision,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<RecordedState> {
        let mut tx = self.registry.store().begin().await?;
        let record = records::lock(&mut tx, id).await?.ok_or_else(unknown)?;
        let transition = self.transition(&record, decision, actor, now).await?;
        let (state, acts) = record_transition(&mut tx, record, transition).await?;
        self.registry.journal().commit(tx, acts).await?;
        Ok(state)
    }

    /// What [`decide`](Self::decide) would do, without doing it.
    pub async fn try_decision(
        &self,
        id: Id,
        decision: &Decision,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<RecordedState> {
        let record = self.record(id).await?;
        let transition = self.transition(&record, decision, actor, now).await?;
        admitted(record, transition).map(|(_, _, state)| state)
    }

    /// The transition that a decision makes of a record, after the rules that need more than its
    /// history: who may act, and which reasons the type knows.
    pub(super) async fn transition(
        &self,
        record: &Record,
        decision: &Decision,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Transition> {
        let reason = self.reason(record, decision).await?;
        self.may_act(record, decision, reason.as_ref(), actor, now)
            .await?;
        // The order of record is the order of time, also where two clocks differ a little.
        let last = record
            .history
            .transitions()
            .last()
            .map(|last| last.recorded_at);
        let recorded_at = last.map_or(now, |last| last.max(now));
        Ok(Transition {
            kind: decision.kind.clone(),
            effective_at: decision.effective_at.unwrap_or(recorded_at),
            recorded_at,
            actor: actor.clone(),
            authority: Some(decision.authority.clone()),
            reason,
            legal_basis: decision.legal_basis.clone(),
            evidence: decision.evidence.clone(),
        })
    }

    async fn may_act(
        &self,
        record: &Record,
        decision: &Decision,
        reason: Option<&Reason>,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let units = self.registry.units();
        let act = Act::Decide(&record.agency, reason.map(|reason| reason.about));
        units.may(actor, act, now).await?;
        if decision.authority.code != actor.unit {
            units.agency(&decision.authority.code).await?;
        }
        Ok(())
    }

    async fn reason(&self, record: &Record, decision: &Decision) -> Result<Option<Reason>> {
        let wanted = match decision.kind {
            TransitionKind::Suspend { .. } => ReasonUse::Suspend,
            TransitionKind::Revoke => ReasonUse::Revoke,
            TransitionKind::Cancel => ReasonUse::Cancel,
            TransitionKind::Withdraw => ReasonUse::Withdraw,
            TransitionKind::Resume => return Ok(None),
            _ => {
                return Err(Error::refused(
                    "not_a_decision",
                    "只能决定暂停、恢复、吊销、注销或撤销",
                    "only suspend, resume, revoke, cancel and withdraw are decided",
                ));
            }
        };
        let Some(code) = &decision.reason else {
            return Ok(None);
        };
        let pinned = self
            .registry
            .types()
            .pinned(&record.type_code, record.type_version)
            .await?;
        match pinned.definition().reason(code, wanted) {
            Some(rule) => Ok(Some(Reason {
                code: rule.code.clone(),
                about: rule.about,
            })),
            None => {
                let known = pinned.definition().reasons.iter();
                let known = known.filter(|rule| rule.uses.contains(&wanted));
                let known: Vec<String> = known
                    .map(|rule| format!("{} {}", rule.code, rule.label))
                    .collect();
                Err(Error::refused(
                    "unknown_reason",
                    format!(
                        "该类型没有适用于此的这一原因；可用的有：{}",
                        known.join("、")
                    ),
                    format!(
                        "the type has no such reason for this; it has: {}",
                        known.join(", ")
                    ),
                ))
            }
        }
    }
}

/// Admits a transition to a locked record's history and writes it; returns the state as of now and
/// what the log shall say.
pub(super) async fn record_transition(
    tx: &mut Tx,
    record: Record,
    transition: Transition,
) -> Result<(RecordedState, Acts)> {
    let (id, name) = (record.id, record.name());
    let (place, transition, state) = admitted(record, transition)?;
    transitions::put(tx, id, place, &transition, state).await?;
    let covered = covered::transition(id, place as u64, &transition);
    let entry = Entry {
        at: transition.recorded_at.as_millisecond(),
        kind: format!("certificate.{}", transition.kind.as_str()),
        object: name,
        actor: transition.actor.to_string(),
        detail: format!("{} {covered}", detail(&transition)),
    };
    Ok((
        state,
        Acts {
            audit: vec![entry.clone()],
            events: vec![entry],
        },
    ))
}

/// The place of a transition in the history, and the state as of its record.
fn admitted(record: Record, transition: Transition) -> Result<(usize, Transition, RecordedState)> {
    let recorded_at = transition.recorded_at;
    let mut history = record.history;
    let refused = |refused: super::Refused| {
        Error::refused("transition_refused", refused.zh(), refused.to_string())
    };
    history.record(transition.clone()).map_err(refused)?;
    let state = history
        .recorded_at(recorded_at, recorded_at)
        .ok_or_else(unknown)?;
    Ok((history.transitions().len(), transition, state))
}

/// Codes and instants only; legal bases and authorities stand in the history, and a digest covers them.
fn detail(transition: &Transition) -> String {
    let mut words = vec![format!("effective={}", transition.effective_at)];
    if let Some(reason) = &transition.reason {
        words.push(format!(
            "reason={} about={}",
            reason.code,
            reason.about.as_str()
        ));
    }
    if let TransitionKind::Suspend { until: Some(until) } = &transition.kind {
        words.push(format!("until={until}"));
    }
    words.join(" ")
}

#[cfg(test)]
#[path = "decision_tests.rs"]
mod tests;
