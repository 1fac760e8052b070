//! The adapter between `keys::UseLog` and the registry: where a key's use is written down before it happens.

use keys::{KeyId, Purpose, Reservation, Sentence, UseLog, UseRefused};
use registry::Registry;
use registry::batches::{self, KeyUse};
use registry::crash;
use tokio::runtime::Handle;

use crate::clock;

/// The log of uses over the registry. Its callers are threads of their own: `reserve` waits for the
/// database and must not be called from a task of the runtime.
pub struct RegistryUseLog {
    registry: Registry,
    runtime: Handle,
}

impl RegistryUseLog {
    /// Over this registry; to be made inside the runtime that serves it.
    pub fn new(registry: Registry) -> Self {
        Self {
            registry,
            runtime: Handle::current(),
        }
    }
}

impl UseLog for RegistryUseLog {
    fn confirm(
        &self,
        key: &KeyId,
        purpose: Purpose,
        reservation: &Reservation,
    ) -> Result<(), UseRefused> {
        let number = reservation.number;
        let reserved = batches::Reservation {
            number,
            uses: reservation.uses,
        };
        self.registry
            .batches()
            .confirm_reservation(reserved, &key_use(key, purpose))
            .map_err(|_| UseRefused::NotReserved(number))
    }

    fn reserve(&self, key: &KeyId, purpose: Purpose, uses: u32) -> Result<Reservation, UseRefused> {
        if purpose == Purpose::Seal {
            return Err(UseRefused::NeedsPlan);
        }
        let batches = self.registry.batches();
        let what = key_use(key, purpose);
        let reserved = self
            .runtime
            .block_on(batches.reserve_uses(&what, uses, clock::now()))
            .map_err(|error| {
                UseRefused::Unreachable(Sentence::new("数据库未能写入", error.to_string()))
            })?;
        crash::point("key_use_reserved");
        Ok(Reservation {
            number: reserved.number,
            uses: reserved.uses,
        })
    }

    fn settle(&self, reservation: &Reservation, spent: u32) {
        let settled = batches::Reservation {
            number: reservation.number,
            uses: reservation.uses,
        };
        self.registry.batches().settle_later(settled, spent);
    }
}

/// How the registry names a key and what it is for.
pub fn key_use(key: &KeyId, purpose: Purpose) -> KeyUse {
    KeyUse {
        key: key.to_string(),
        purpose: purpose.to_string(),
    }
}
