//! A log of uses that forgets: for tests only, here and in the crates that use keys.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::{KeyId, Purpose, Reservation, UseLog, UseRefused};

/// Grants what is asked, remembers it in memory, refuses a second confirmation. Unlike a real log it also reserves
/// for seal keys.
#[derive(Debug, Default)]
pub struct MemoryLog {
    granted: Mutex<HashMap<u64, Grant>>,
}

#[derive(Debug)]
struct Grant {
    key: KeyId,
    purpose: Purpose,
    uses: u32,
    confirmed: bool,
}

impl MemoryLog {
    /// Uses granted so far to a key.
    pub fn reserved(&self, key: &KeyId) -> u64 {
        let granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        granted
            .values()
            .filter(|grant| grant.key == *key)
            .map(|grant| u64::from(grant.uses))
            .sum()
    }
}

impl UseLog for MemoryLog {
    fn confirm(
        &self,
        key: &KeyId,
        purpose: Purpose,
        reservation: &Reservation,
    ) -> Result<(), UseRefused> {
        let number = reservation.number;
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        let grant = granted
            .get_mut(&number)
            .ok_or(UseRefused::NotReserved(number))?;
        if grant.key != *key || grant.purpose != purpose || grant.uses != reservation.uses {
            return Err(UseRefused::NotReserved(number));
        }
        if std::mem::replace(&mut grant.confirmed, true) {
            return Err(UseRefused::AlreadyConfirmed(number));
        }
        Ok(())
    }

    fn reserve(&self, key: &KeyId, purpose: Purpose, uses: u32) -> Result<Reservation, UseRefused> {
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        let number = granted.len() as u64 + 1;
        granted.insert(
            number,
            Grant {
                key: key.clone(),
                purpose,
                uses,
                confirmed: false,
            },
        );
        Ok(Reservation { number, uses })
    }
}
