//! Whether somebody verifies at the moment, so that batches give way (design §5.5). Calls that push or watch batches
//! do not count: nobody slows down the batch that they wait for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// For so long after a call others are expected.
const SPELL: Duration = Duration::from_secs(1);

/// When somebody last verified.
pub(crate) struct Verifying {
    begun: Instant,
    /// Milliseconds after the beginning, plus one; 0 before the first.
    last: AtomicU64,
}

impl Verifying {
    pub(crate) fn new() -> Self {
        Self {
            begun: Instant::now(),
            last: AtomicU64::new(0),
        }
    }

    /// Takes a call down, by its route.
    pub(crate) fn note(&self, route: &str) {
        let verifies = ["/v1/verifications", "/v1/public", "/v1/36906"];
        if verifies.iter().any(|prefix| route.starts_with(prefix)) {
            self.last.store(self.now(), Ordering::Relaxed);
        }
    }

    /// Whether more of them are to be expected.
    pub(crate) fn is_going_on(&self) -> bool {
        let last = self.last.load(Ordering::Relaxed);
        last > 0 && self.now().saturating_sub(last) < SPELL.as_millis() as u64
    }

    fn now(&self) -> u64 {
        self.begun.elapsed().as_millis() as u64 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_verifies_is_given_way() {
        let verifying = Verifying::new();
        assert!(!verifying.is_going_on());
        verifying.note("/v1/batches/{batch}");
        assert!(!verifying.is_going_on());
        verifying.note("/v1/verifications/files");
        assert!(verifying.is_going_on());
    }
}
