//! For tests of this crate and of others: a registry over both databases, and its invariants.
//! Compiled only for tests and with the feature `testing`; never part of the product.

mod batch;
mod disk;
mod invariants;

use std::future::Future;

use std::sync::Arc;

use jiff::Timestamp;

pub use batch::{
    AGENCY, CENTRE, Press, TYPE, Worker, person, publish, publish_with, push, push_as, row, rows,
    run_job, run_lease, seal_key, unit,
};
pub use disk::{Fault, ForgetfulDisk};
pub use invariants::check_invariants;

use crate::batches::Addresses;
use crate::files::{LocalDisk, SpoolLimits};
pub use crate::store::testing::{Ground, on_both_grounds, postgres_url, quiet, run};
use crate::{KeyVersion, Options, Registry, Vault};

/// The moment at which stories begin: 2026-11-22 08:00 in Shanghai.
pub fn story_time() -> Timestamp {
    Timestamp::from_millisecond(1_795_305_600_000).expect("an instant")
}

/// Tells a story with a new, empty registry, once over SQLite and once over PostgreSQL.
pub fn on_both<F, Fut>(story: F)
where
    F: Fn(Registry) -> Fut,
    Fut: Future<Output = ()>,
{
    on_both_grounds(|ground| {
        let story = &story;
        async move { story(open(&ground).await).await }
    });
}

/// Opens the registry of a ground; the same call opens it again after a restart.
pub async fn open(ground: &Ground) -> Registry {
    Registry::open(options(ground), story_time())
        .await
        .expect("the registry opens")
}

/// The options that [`open`] uses.
pub fn options(ground: &Ground) -> Options {
    Options {
        folder: ground.folder.path().to_owned(),
        database: ground.database.clone(),
        holder: "a test".to_owned(),
        vault: vault(),
        disk: Arc::new(LocalDisk),
        spool: SpoolLimits::default(),
        addresses: Addresses {
            public: "https://verify.example".to_owned(),
            status: "https://status.example".to_owned(),
        },
    }
}

/// A vault of one version each, the same at every call.
pub fn vault() -> Vault {
    let key = |byte| {
        [KeyVersion {
            version: 1,
            secret: [byte; 32],
        }]
    };
    Vault::new(&key(0x11), &key(0x22)).expect("a vault")
}

/// Lets every lease run out, as time does after a worker has died.
pub async fn expire_leases(registry: &Registry) {
    crate::store::testing::expire_leases(registry.store()).await;
}
