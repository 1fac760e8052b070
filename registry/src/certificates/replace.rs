//! A change or renewal: version n + 1 takes the place of version n when its file is kept.
//!
//! `batches` calls [`predecessor`] while it plans, and [`supersede`] in the transaction that keeps
//! the file, so that there is no instant at which both versions hold or neither does.
//!
//! Identifier of the new version (GB/T 36904): type and serial stay, the version goes up by one, and
//! the agency is the one that issues this version, after a reform the successor. The standard's element
//! is the issuing agency, GB/T 36903 asks for the same code in the metadata, and the right on the day of
//! issue is judged by it; an agency that was dissolved issues nothing. The chain of versions is on record
//! and does not rest on the code: serial and version are unique without it. Stock to which an earlier system
//! gave no identifier is followed by version 1 under a new serial.

use jiff::Timestamp;

use super::decision::record_transition;
use super::room::unknown;
use super::{
    Certificates, Identifier, Name, State, StateName, Transition, TransitionKind, TypeCode, day_of,
};
use crate::audit::{Acts, Entry};
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::store::{Tx, records, replacements, units};
use crate::units::{Actor, CreditCode, acts_for};

/// The version that a row replaces, locked until the plan is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Predecessor {
    /// Its record; goes into [`replacements::put`] with the new one.
    pub(crate) id: Id,
    /// The identifier of the version that takes its place; none where an earlier system gave it none, and the
    /// next one is the first.
    pub(crate) next: Option<Identifier>,
}

impl Certificates<'_> {
    /// The type of the next version, and in whose name an actor orders it: the successor's own once it has
    /// the right itself, else that of the agency that issued. Whether the actor may is asked of the order.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_certificate` for a record that is not there.
    pub async fn renewing(
        &self,
        replaces: &Name,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<(TypeCode, CreditCode)> {
        let record = match (self.find(replaces.key()).await?, replaces) {
            (Some(record), _) => record,
            (None, Name::Identifier(named)) => {
                return Ok((named.type_code().clone(), named.agency().clone()));
            }
            (None, Name::Record(_)) => return Err(unknown()),
        };
        let (units, day, own) = (self.registry.units(), day_of(now), &actor.unit);
        let succeeds = units.acts_for(own, &record.agency, day).await?
            && units.entitled(own, &record.type_code, day).await?;
        let agency = if succeeds { own.clone() } else { record.agency };
        Ok((record.type_code, agency))
    }
}

/// Checks that an agency may put a new version in the place of a certificate, and names it.
///
/// # Errors
/// [`Error::Refused`]: `unknown_certificate`, `not_your_certificate`, `not_replaceable`.
pub(crate) async fn predecessor(
    tx: &mut Tx,
    replaces: &Name,
    agency: &CreditCode,
    type_code: &TypeCode,
    now: Timestamp,
) -> Result<Predecessor> {
    let id = match replaces {
        Name::Identifier(named) => records::by_identifier(tx, named).await?,
        Name::Record(id) => Some(*id),
    };
    let id = id.ok_or_else(unknown)?;
    let record = records::lock(tx, id).await?.ok_or_else(unknown)?;
    if matches!(replaces, Name::Identifier(asked) if record.misspelt(asked)) {
        return Err(unknown());
    }
    let successions = units::successions(tx).await?;
    if !acts_for(&successions, agency, &record.agency, day_of(now)) {
        return Err(Error::refused(
            "not_your_certificate",
            "所替换的证照由其他机构颁发",
            "another agency issued the certificate that the row replaces",
        ));
    }
    let refused = |zh: &str, en: &str| {
        Error::refused(
            "not_replaceable",
            format!("该证照不能被替换：{zh}"),
            format!("cannot replace it: {en}"),
        )
    };
    if record.type_code != *type_code {
        return Err(refused("它属于其他类型", "it is of another type"));
    }
    match record.history.standing_at(now, now) {
        Some(state) if state.is_replaceable() => {}
        Some(State {
            name: StateName::Recorded(state),
            ..
        }) => return Err(refused(state.zh(), state.as_str())),
        _ => return Err(refused("尚无记录", "not on record yet")),
    }
    if replacements::is_under_way(tx, id).await? {
        return Err(refused("新版本正在制作", "a newer version is on its way"));
    }
    let named = match replaces {
        Name::Identifier(named) => Some(named),
        Name::Record(_) => None,
    };
    let Some(identifier) = record.identifier.as_ref().or(named) else {
        return Ok(Predecessor { id, next: None });
    };
    let (serial, version) = (identifier.serial().clone(), identifier.version());
    // A version that was given up before its issue keeps its number.
    let highest = records::highest_version(tx, &serial).await?;
    let version = highest
        .map_or(version, |highest| highest.max(version))
        .next()
        .ok_or_else(|| {
            refused(
                "已到第 999 版；请重新颁发",
                "version 999 is the last; issue it anew",
            )
        })?;
    let next = Identifier::new(type_code.clone(), agency.clone(), serial, version);
    Ok(Predecessor {
        id,
        next: Some(next),
    })
}

/// Supersedes the predecessor of a version whose file is being kept, in the same transaction, and
/// hands the number on. Does nothing for a first version. What it adds to the log goes into the
/// caller's commit. A predecessor that ended in the meantime stays as it ended; the log says so.
pub(crate) async fn supersede(
    tx: &mut Tx,
    successor: Id,
    by: &Identifier,
    actor: &Actor,
    now: Timestamp,
) -> Result<Acts> {
    let Some(predecessor) = replacements::predecessor(tx, successor).await? else {
        return Ok(Acts::default());
    };
    let record = records::lock(tx, predecessor).await?.ok_or_else(unknown)?;
    let name = record.name();
    let transition = Transition {
        kind: TransitionKind::Supersede { by: by.clone() },
        effective_at: now,
        recorded_at: now,
        actor: actor.clone(),
        authority: None,
        reason: None,
        legal_basis: None,
        evidence: Vec::new(),
    };
    let acts = match record_transition(tx, record, transition).await {
        Ok((_, acts)) => acts,
        Err(Error::Refused { .. }) => Acts::one(Entry {
            at: now.as_millisecond(),
            kind: "certificate.predecessor_had_ended".to_owned(),
            object: name,
            actor: actor.to_string(),
            detail: format!("successor={by}"),
        }),
        Err(other) => return Err(other),
    };
    replacements::hand_number_on(tx, predecessor, successor).await?;
    Ok(acts)
}

#[cfg(test)]
#[path = "replace_tests.rs"]
mod tests;
