//! The order in which the groups of a lease store their plans. Groups are laid out side by side, but
//! of two rows with one ref, number or holder the first must win: a group plans when every group
//! ahead of it has.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use crate::error::{Error, Result};

/// Hands out turns, in the order in which rows are read.
#[derive(Debug)]
pub(super) struct Turns {
    handed_out: AtomicU64,
    order: Arc<watch::Sender<Order>>,
}

/// The place of a group. Dropped without plans, it lets no group after it plan, so that none waits
/// for what will not come, and none overtakes rows that the next lease reads again.
#[derive(Debug)]
pub(super) struct Turn {
    number: u64,
    order: Arc<watch::Sender<Order>>,
}

#[derive(Debug, Clone, Copy)]
struct Order {
    /// Whose turn it is.
    next: u64,
    /// The first turn that ended without plans.
    broken: u64,
}

impl Default for Turns {
    fn default() -> Self {
        let order = Order {
            next: 0,
            broken: u64::MAX,
        };
        Self {
            handed_out: AtomicU64::new(0),
            order: Arc::new(watch::Sender::new(order)),
        }
    }
}

impl Turns {
    /// The turn after those that were handed out.
    pub(super) fn take(&self) -> Turn {
        Turn {
            number: self.handed_out.fetch_add(1, Ordering::Relaxed),
            order: Arc::clone(&self.order),
        }
    }
}

impl Turn {
    /// Waits until every group ahead has planned.
    ///
    /// # Errors
    /// [`Error::OutOfTurn`] where one of them ended without plans.
    pub(super) async fn come(&self) -> Result<()> {
        let mut order = self.order.subscribe();
        let settled = |order: &Order| order.next >= self.number || order.broken < self.number;
        let order = *order
            .wait_for(settled)
            .await
            .map_err(|_| Error::OutOfTurn)?;
        if order.next < self.number {
            return Err(Error::OutOfTurn);
        }
        Ok(())
    }

    /// Lets the next group plan; the plans of this one are durable.
    pub(super) fn planned(&self) {
        self.order
            .send_modify(|order| order.next = order.next.max(self.number + 1));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.order.send_modify(|order| {
            if order.next <= self.number {
                order.broken = order.broken.min(self.number);
            }
        });
    }
}
