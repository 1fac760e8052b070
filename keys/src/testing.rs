//! A log of uses that forgets and a small centre: for tests only, here and in the crates that use keys.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::{
    BuiltInTsa, Cost, Error, Establishment, FileKeyStore, KeyId, Lifetimes, Names, Purpose,
    Reservation, Signer, UseLog, UseRefused, X509, establish,
};

/// A centre with all keys, weakly locked.
pub struct Centre {
    /// Its key store.
    pub store: Arc<FileKeyStore>,
    /// Where uses of its keys are written down.
    pub log: Arc<MemoryLog>,
    /// Its keys and first CRLs.
    pub keys: Establishment,
}

impl Centre {
    /// When every centre of the tests was founded: 2026-11-22T00:00:00Z.
    pub const FOUNDED: Timestamp = Timestamp::constant(1_795_305_600, 0);

    /// Founds a centre in an empty folder.
    ///
    /// # Errors
    /// Those of [`establish()`].
    pub fn found(dir: &Path, public_url: Option<&str>) -> Result<Centre, Error> {
        let store = FileKeyStore::create(dir, &"test".into(), Cost::TEST)?;
        let log = MemoryLog::default();
        let names = Names {
            centre: "某某市电子证照认证中心".to_owned(),
            seal: "某某市电子证照专用章".to_owned(),
            hosts: vec!["zz.example.gov.cn".to_owned()],
        };
        let lifetimes = Lifetimes::default();
        let keys = establish(
            &store,
            &names,
            &lifetimes,
            public_url,
            Centre::FOUNDED,
            &log,
        )?;
        Ok(Centre {
            store: Arc::new(store),
            log: Arc::new(log),
            keys,
        })
    }

    /// The X.509 of one of its keys.
    ///
    /// # Errors
    /// Those of [`FileKeyStore::facts`].
    pub fn x509(&self, id: &KeyId) -> Result<X509, Error> {
        self.store.facts(id)?.x509().cloned()
    }

    /// Its time-stamp authority, whose clock stands still at [`Centre::FOUNDED`].
    ///
    /// # Errors
    /// Those of [`BuiltInTsa::new`].
    pub fn tsa(&self) -> Result<BuiltInTsa, Error> {
        let (store, log) = (Arc::clone(&self.store), Arc::clone(&self.log));
        BuiltInTsa::new(store, log, self.keys.time_stamp.clone(), || Centre::FOUNDED)
    }

    /// Opens one of its keys for some uses.
    ///
    /// # Errors
    /// Those of [`FileKeyStore::signer`].
    pub fn open(&self, id: &KeyId, purpose: Purpose, uses: u32) -> Result<Signer, Error> {
        self.store
            .signer_for_group(id, purpose, self.log.as_ref(), uses)
    }
}

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
    settled: Option<u32>,
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

impl MemoryLog {
    /// Groups of a key that are settled: reserved and spent, in order.
    pub fn settled(&self, key: &KeyId) -> Vec<(u32, u32)> {
        let granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        let mut of_key: Vec<_> = granted
            .iter()
            .filter(|(_, grant)| grant.key == *key)
            .collect();
        of_key.sort_by_key(|(number, _)| **number);
        let settled = of_key.into_iter();
        settled
            .filter_map(|(_, grant)| Some((grant.uses, grant.settled?)))
            .collect()
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
                settled: None,
            },
        );
        Ok(Reservation { number, uses })
    }

    fn settle(&self, reservation: &Reservation, spent: u32) {
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(grant) = granted.get_mut(&reservation.number) {
            grant.settled = Some(spent);
        }
    }
}
