//! Places in status lists, reserved some thousands at a time. A place that was reserved and not
//! used is never used: uniqueness is worth more than the place.

use std::sync::PoisonError;

use ring::hmac;

use super::Batches;
use super::approved::StatusPlace;
use super::lease::Lease;
use crate::cipher::scatter;
use crate::error::Result;
use crate::store::{Tx, counters};

/// Places reserved at once; those that a worker leaves behind are lost.
const BLOCK: u32 = 2048;

/// The places that a worker has reserved and not used.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<StatusPlace>);

impl Lease {
    /// How many places are missing to give out `count`.
    pub(super) fn places_missing(&self, count: usize) -> usize {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        count.saturating_sub(places.0.len())
    }

    /// Gives out places that were reserved; fewer than asked where they end.
    pub(super) fn give_places(&self, count: usize) -> Vec<StatusPlace> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let keep = places.0.len().saturating_sub(count);
        places.0.split_off(keep)
    }

    /// Keeps places at hand whose reservation is committed.
    pub(super) fn stock_places(&self, reserved: Vec<StatusPlace>) {
        self.places
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .extend(reserved);
    }
}

impl Batches<'_> {
    /// Reserves places, so that at least `missing` more can be given out once the transaction is
    /// committed. Returns them; the caller stocks them after its commit.
    pub(super) async fn reserve_places(
        &self,
        lease: &Lease,
        tx: &mut Tx,
        missing: usize,
    ) -> Result<Vec<StatusPlace>> {
        let type_code = lease.published.definition().code.as_str();
        let mut reserved = Vec::new();
        while reserved.len() < missing {
            let block = match counters::take_places(tx, type_code, BLOCK).await? {
                Some(block) => block,
                None => {
                    self.begin_list(tx, type_code).await?;
                    continue;
                }
            };
            let (stored, first) = block;
            let secret = self
                .registry
                .vault()
                .open_secret(&owner(type_code, stored.list), &stored.secret)?;
            let secret = hmac::Key::new(hmac::HMAC_SHA256, &secret);
            let uri = format!(
                "{}/{type_code}/{}",
                self.registry.addresses().status,
                stored.list
            );
            reserved.extend((first..first + BLOCK).map(|counter| StatusPlace {
                uri: uri.clone(),
                index: scatter(&secret, counter),
                list: stored.list,
            }));
        }
        Ok(reserved)
    }

    async fn begin_list(&self, tx: &mut Tx, type_code: &str) -> Result<()> {
        let Some(list) = counters::next_list(tx, type_code, BLOCK).await? else {
            return Ok(());
        };
        let (_, secret) = self.registry.vault().new_secret(&owner(type_code, list))?;
        counters::begin_list(tx, type_code, list, &secret).await
    }
}

fn owner(type_code: &str, list: u32) -> String {
    format!("status list {type_code} {list}")
}
