//! What one caller may hold at once: calls under way, and streams that go on until something happens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use registry::units::Actor;

use super::refusal::Refusal;

/// A bound on what is held at once, by each caller and by all together.
#[derive(Debug)]
pub(crate) struct Holds {
    each: usize,
    all: usize,
    held: Arc<Mutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    by: HashMap<Actor, usize>,
}

/// One thing held; given back when dropped.
#[derive(Debug)]
pub(crate) struct Hold {
    held: Arc<Mutex<Held>>,
    by: Actor,
}

impl Holds {
    /// At most so many for each caller, and for all.
    pub(crate) fn new(each: usize, all: usize) -> Self {
        Self {
            each,
            all,
            held: Arc::default(),
        }
    }

    /// One more for a caller.
    ///
    /// # Errors
    /// 429 `too_many_at_once` where the caller holds as many as one may, or all together do.
    pub(crate) fn take(&self, by: &Actor) -> Result<Hold, Refusal> {
        let mut held = locked(&self.held);
        let own = held.by.get(by).copied().unwrap_or(0);
        if own >= self.each || held.all >= self.all {
            return Err(Refusal::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_at_once",
                format!(
                    "同时进行的调用过多：每个调用者至多 {} 个；请待已有的结束后再试",
                    self.each
                ),
                format!(
                    "too many calls at once: one caller may have {} under way; let some of them end, then try again",
                    self.each
                ),
            ));
        }
        held.all += 1;
        *held.by.entry(by.clone()).or_default() += 1;
        drop(held);
        Ok(Hold {
            held: Arc::clone(&self.held),
            by: by.clone(),
        })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut held = locked(&self.held);
        held.all = held.all.saturating_sub(1);
        let left = held.by.get(&self.by).map_or(0, |own| own.saturating_sub(1));
        match left {
            // Nobody is remembered who holds nothing.
            0 => held.by.remove(&self.by),
            left => held.by.insert(self.by.clone(), left),
        };
    }
}

fn locked(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_holds_so_many_and_gives_them_back() {
        let actor = |person: &str| Actor::parse(&format!("{person}@11990000MB99990094")).unwrap();
        let (one, other, third) = (actor("one"), actor("other"), actor("third"));
        let holds = Holds::new(2, 3);
        let first = holds.take(&one).unwrap();
        let _second = holds.take(&one).unwrap();
        assert_eq!(
            holds.take(&one).unwrap_err().into_words().0,
            "too_many_at_once"
        );
        let others = holds.take(&other).unwrap();
        assert!(holds.take(&third).is_err(), "all together");
        drop(first);
        let _again = holds.take(&one).unwrap();
        drop(others);
        assert_eq!(locked(&holds.held).by.len(), 1);
    }
}
