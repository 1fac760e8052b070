//! Reserved uses of signing keys. A use is reserved in the transaction that stores what it is for;
//! the key opens only against a reservation that stands, and once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::Batches;
use crate::audit::{Acts, Entry};
use crate::error::Result;
use crate::ids::Id;
use crate::store::files as rows;

/// Which key is to be used, for what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyUse {
    /// The key's name in its store, such as `seal-1`.
    pub key: String,
    /// What for, such as `seal`.
    pub purpose: String,
}

/// Uses of a key that stand durably in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    /// Its number.
    pub number: u64,
    /// How many uses.
    pub uses: u32,
}

/// Why a reservation does not open a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UseRefused {
    /// It is not on record as this process made it, or was confirmed before.
    #[error(
        "no such reservation is open; a reservation opens a key once, in the process that made it"
    )]
    NotOpen,
    /// It is for another key or purpose, or for another count of uses.
    #[error("the reservation is for another key or another count of uses")]
    Differs,
}

impl UseRefused {
    /// The same in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::NotOpen => "没有这一待用的预留；一次预留只在作出它的进程中打开一次密钥",
            Self::Differs => "该预留属于另一密钥，或次数不符",
        }
    }
}

/// The reservations of this process that are committed and not yet confirmed.
///
/// Memory is enough: what it holds is durable, and after a restart no old reservation may open a
/// key again; unfinished plans get a new one.
#[derive(Debug, Default)]
pub(crate) struct Confirmable {
    open: Mutex<HashMap<u64, (KeyUse, u32)>>,
    /// Groups that are closed, with their results, until the next transaction settles them.
    closed: Mutex<Vec<(Reservation, u32)>>,
}

impl Confirmable {
    pub(super) fn add(&self, reservation: Reservation, key: KeyUse) {
        self.open()
            .insert(reservation.number, (key, reservation.uses));
    }

    pub(crate) fn confirm(&self, reservation: Reservation, key: &KeyUse) -> Result<(), UseRefused> {
        let mut open = self.open();
        match open.get(&reservation.number) {
            None => Err(UseRefused::NotOpen),
            Some((found, uses)) if found != key || *uses != reservation.uses => {
                Err(UseRefused::Differs)
            }
            Some(_) => {
                open.remove(&reservation.number);
                Ok(())
            }
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, (KeyUse, u32)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn closed(&self) -> MutexGuard<'_, Vec<(Reservation, u32)>> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Batches<'_> {
    /// Confirms a reservation, once: when it returns, the uses stand durably in the log and no
    /// earlier call has returned for them. For the adapter to `keys::UseLog`.
    ///
    /// # Errors
    /// [`UseRefused`] for a reservation of another process, of another key, or confirmed before.
    pub fn confirm_reservation(
        &self,
        reservation: Reservation,
        key: &KeyUse,
    ) -> Result<(), UseRefused> {
        self.registry.confirmable().confirm(reservation, key)
    }

    /// Reserves uses of a key that no batch plans for: time-stamps, CRLs, receipts, status lists.
    pub async fn reserve_uses(
        &self,
        key: &KeyUse,
        uses: u32,
        now: Timestamp,
    ) -> Result<Reservation> {
        self.settle_closed(now).await?;
        let reservation = Reservation {
            number: new_number(now)?,
            uses,
        };
        let mut tx = self.registry.store().begin().await?;
        let (number, at) = (reservation.number as i64, now.as_millisecond());
        rows::reserve(&mut tx, number, &key.key, &key.purpose, None, uses, at).await?;
        let act = Entry {
            at,
            kind: "key.reserved".into(),
            object: key.key.clone(),
            actor: self.registry.process().to_owned(),
            detail: format!("purpose={} reservation={number} uses={uses}", key.purpose),
        };
        self.registry.journal().commit(tx, Acts::one(act)).await?;
        self.registry.confirmable().add(reservation, key.clone());
        Ok(reservation)
    }

    /// Settles a reservation that no batch planned for: `results` uses led to something kept.
    pub async fn settle_uses(
        &self,
        reservation: Reservation,
        results: u32,
        now: Timestamp,
    ) -> Result<()> {
        self.settle_all(&[(reservation, results)], now).await
    }

    /// Notes that a group is closed, of whose uses `results` were spent. Durable with the next call
    /// of [`Batches::settle_closed`] or [`Batches::reserve_uses`]; a crash before that leaves a gap
    /// that the next start explains.
    pub fn settle_later(&self, reservation: Reservation, results: u32) {
        let mut closed = self.registry.confirmable().closed();
        closed.push((reservation, results));
    }

    /// Settles the groups that were closed.
    pub async fn settle_closed(&self, now: Timestamp) -> Result<()> {
        let closed = std::mem::take(&mut *self.registry.confirmable().closed());
        let settled = self.settle_all(&closed, now).await;
        if settled.is_err() {
            self.registry.confirmable().closed().extend(closed);
        }
        settled
    }

    async fn settle_all(&self, closed: &[(Reservation, u32)], now: Timestamp) -> Result<()> {
        if closed.is_empty() {
            return Ok(());
        }
        let (at, mut acts) = (now.as_millisecond(), Acts::default());
        let mut tx = self.registry.store().begin().await?;
        for (reservation, results) in closed {
            let number = reservation.number as i64;
            let unused = reservation.uses.saturating_sub(*results);
            let why = format!("{unused} uses were not needed or led to nothing that was kept");
            let why = (unused > 0).then_some(why.as_str());
            rows::settle(&mut tx, number, *results, at, why).await?;
            let detail = format!("reserved={} results={results}", reservation.uses);
            acts.audit
                .push(self.key_act("key.settled", number, detail, at));
        }
        self.registry.journal().commit(tx, acts).await
    }

    /// Explains the groups that a process of this folder left open when it ended. Only where no other
    /// process can have them open: at the start, under the folder's lock.
    pub(crate) async fn settle_abandoned(&self, now: Timestamp) -> Result<()> {
        let (at, mut acts) = (now.as_millisecond(), Acts::default());
        let mut tx = self.registry.store().begin().await?;
        for (number, reserved, results) in rows::open_groups(&mut tx).await? {
            let gap = reserved - results;
            let why = format!(
                "the process ended; {gap} of {reserved} uses are not accounted for: at most spent"
            );
            rows::explain(&mut tx, number, at, &why).await?;
            let detail = format!("reserved={reserved} results={results}");
            acts.audit.push(self.key_act("key.gap", number, detail, at));
        }
        if acts.audit.is_empty() {
            return Ok(());
        }
        self.registry.journal().commit(tx, acts).await
    }

    fn key_act(&self, kind: &str, number: i64, detail: String, at: i64) -> Entry {
        Entry {
            at,
            kind: kind.into(),
            object: number.to_string(),
            actor: self.registry.process().to_owned(),
            detail,
        }
    }
}

/// A reservation number: 63 bits of time and chance, so that no counter makes workers wait.
pub(super) fn new_number(now: Timestamp) -> Result<u64> {
    let id = u128::from_be_bytes(*Id::new(now)?.as_bytes());
    // The low 41 bits of milliseconds, then random bits that tell one millisecond's apart.
    Ok(((id >> 58) as u64) & (i64::MAX as u64))
}

#[cfg(test)]
mod tests {
    use super::{KeyUse, rows};
    use crate::testing::{check_invariants, on_both_grounds, open, story_time};
    use crate::{Database, Registry};

    fn tsa() -> KeyUse {
        KeyUse {
            key: "tsa-1".into(),
            purpose: "time-stamp".into(),
        }
    }

    /// How many uses each open group reserved.
    async fn open_groups(registry: &Registry) -> Vec<i64> {
        let mut tx = registry.store().begin().await.unwrap();
        let groups = rows::open_groups(&mut tx).await.unwrap();
        let mut reserved: Vec<i64> = groups.iter().map(|group| group.1).collect();
        reserved.sort_unstable();
        reserved
    }

    #[test]
    fn groups_are_settled_when_closed_and_explained_after_a_crash() {
        on_both_grounds(|ground| async move {
            let registry = open(&ground).await;
            let batches = registry.batches();
            let reserve = async |uses| {
                let key = tsa();
                let reserved = batches.reserve_uses(&key, uses, story_time());
                reserved.await.unwrap()
            };
            let (part, all) = (reserve(10).await, reserve(3).await);
            batches.settle_later(part, 4);
            assert_eq!(open_groups(&registry).await, [3, 10]);
            reserve(100).await;
            assert_eq!(open_groups(&registry).await, [3, 100]);
            batches.settle_later(all, 3);
            batches.settle_closed(story_time()).await.unwrap();
            assert_eq!(open_groups(&registry).await, [100]);
            drop(registry);
            let registry = open(&ground).await;
            // On PostgreSQL another process may have it open still.
            let left = match ground.database {
                Database::Embedded => vec![],
                Database::Postgres(_) => vec![100],
            };
            assert_eq!(open_groups(&registry).await, left);
            let broken = check_invariants(&registry).await;
            assert!(broken.is_empty(), "{broken:#?}");
        });
    }
}
