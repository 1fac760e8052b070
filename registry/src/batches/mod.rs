//! Batches: rows accepted, approved, planned, and kept as files, none lost and none twice.
//! It lays out no page and opens no key: `signer` does, with what is handed out here, and brings
//! digests and bytes back. `api` accepts, watches and cancels.

mod accept;
mod admit;
mod answers;
mod approved;
mod cancel;
mod check;
mod deliveries;
#[cfg(test)]
mod deliveries_tests;
mod digests;
#[cfg(test)]
mod ends_tests;
mod group;
mod images;
#[cfg(test)]
mod images_tests;
mod keep;
mod key_uses;
mod lease;
#[cfg(test)]
mod order_tests;
mod plan;
mod prepare;
mod reader;
mod recover;
mod refused;
mod replaces;
#[cfg(test)]
mod replaces_tests;
mod review;
#[cfg(test)]
mod review_tests;
mod ruling;
mod status_places;
#[cfg(test)]
mod status_places_tests;
mod stored;
mod tails;
#[cfg(test)]
mod tests;
mod turns;
mod watch;
#[cfg(test)]
mod workers_tests;

pub use accept::{Accepted, Push};
pub use answers::{JobState, Outcome, Progress, RowAnswer, RowFault};
pub use approved::{Approved, FileInputs, Planned, StatusPlace};
pub use deliveries::{Deliveries, DeliveryAlarm};
pub use digests::{Container, Covered, DigestAlgorithm, PlanDigests};
pub use group::Group;
pub use keep::Kept;
pub(crate) use key_uses::Confirmable;
pub use key_uses::{KeyUse, Reservation, UseRefused};
pub use lease::{Finished, Lease};
pub use plan::{GroupPlan, Laid};
pub use recover::Recovered;
pub use refused::RefusedRow;
pub use review::InReview;
pub use ruling::{Decided, ReviewDecision, ReviewLine, ReviewReason, Ruling};
pub use watch::JobLine;

use crate::Registry;

/// The addresses that are printed in files; fixed when the data folder is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// Where printed codes are looked up, such as `https://verify.example`, without a slash.
    pub public: String,
    /// Where status lists lie, such as `https://status.example/lists`, without a slash.
    pub status: String,
}

/// The room of batches.
#[derive(Debug, Clone, Copy)]
pub struct Batches<'r> {
    registry: &'r Registry,
}

impl<'r> Batches<'r> {
    pub(crate) fn new(registry: &'r Registry) -> Self {
        Self { registry }
    }
}
