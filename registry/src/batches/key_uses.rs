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

/// The reservations of this process that are committed and not yet confirmed.
///
/// Memory is enough: what it holds is durable, and after a restart no old reservation may open a
/// key again; unfinished plans get a new one.
#[derive(Debug, Default)]
pub(crate) struct Confirmable(Mutex<HashMap<u64, (KeyUse, u32)>>);

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
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        let (number, at) = (reservation.number as i64, now.as_millisecond());
        let mut tx = self.registry.store().begin().await?;
        rows::add_results(&mut tx, number, results as usize, at).await?;
        if results < reservation.uses {
            let unused = reservation.uses - results;
            let why = format!("{unused} uses were not needed or led to nothing that was kept");
            rows::explain(&mut tx, number, at, &why).await?;
        }
        let act = Entry {
            at,
            kind: "key.settled".into(),
            object: number.to_string(),
            actor: self.registry.process().to_owned(),
            detail: format!("reserved={} results={results}", reservation.uses),
        };
        self.registry.journal().commit(tx, Acts::one(act)).await
    }
}

/// A reservation number: 63 bits of time and chance, so that no counter makes workers wait.
pub(super) fn new_number(now: Timestamp) -> Result<u64> {
    let id = u128::from_be_bytes(*Id::new(now)?.as_bytes());
    // The low 41 bits of milliseconds, then random bits that tell one millisecond's apart.
    Ok(((id >> 58) as u64) & (i64::MAX as u64))
}
