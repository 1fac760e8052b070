//! The log of uses: the condition under which a private key opens.

use std::sync::Arc;

use crate::{KeyId, Purpose, Sentence};

/// A number of uses of one key, granted by the log before the key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    /// Number of the entry in the log, unique in it.
    pub number: u64,
    /// How many messages may be signed under it.
    pub uses: u32,
}

/// Where every use of a private key is written down before it happens. Implemented by `api` over the registry.
///
/// Nothing in this crate opens a private key without a confirmed reservation, so at any time
/// `signatures made ≤ uses reserved in the log`.
pub trait UseLog: Send + Sync {
    /// Vouches for a reservation.
    ///
    /// When it returns `Ok`, the reservation stands durably in the log for this key and purpose with this number of
    /// uses, and has not been confirmed before: each opens the key once.
    fn confirm(
        &self,
        key: &KeyId,
        purpose: Purpose,
        reservation: &Reservation,
    ) -> Result<(), UseRefused>;

    /// Reserves a group of uses for a key whose uses have no plan (CA, time-stamp, receipt, status).
    ///
    /// When it returns `Ok`, the reservation stands durably in the log and is still to be confirmed. For
    /// [`Purpose::Seal`] it must answer [`UseRefused::NeedsPlan`].
    fn reserve(&self, key: &KeyId, purpose: Purpose, uses: u32) -> Result<Reservation, UseRefused>;

    /// Tells that a group reserved by [`UseLog::reserve`] is closed and how many of its uses were spent. It may be
    /// written down later; a group of which this was never written counts as spent in full.
    fn settle(&self, reservation: &Reservation, spent: u32);
}

impl<L: UseLog + ?Sized> UseLog for Arc<L> {
    fn confirm(
        &self,
        key: &KeyId,
        purpose: Purpose,
        reservation: &Reservation,
    ) -> Result<(), UseRefused> {
        self.as_ref().confirm(key, purpose, reservation)
    }

    fn reserve(&self, key: &KeyId, purpose: Purpose, uses: u32) -> Result<Reservation, UseRefused> {
        self.as_ref().reserve(key, purpose, uses)
    }

    fn settle(&self, reservation: &Reservation, spent: u32) {
        self.as_ref().settle(reservation, spent);
    }
}

/// Why the log does not vouch for a use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UseRefused {
    /// The log knows no such reservation for this key and purpose.
    #[error("reservation {0} is not in the log for this key")]
    NotReserved(u64),
    /// The reservation has opened a key before.
    #[error("reservation {0} has been used before")]
    AlreadyConfirmed(u64),
    /// Uses of a seal key are reserved only together with the plans they are for.
    #[error("uses of a seal key are reserved with the plans they are for")]
    NeedsPlan,
    /// The log could not be written or read: no audit write, no key use.
    #[error("the log of uses cannot be reached: {0}")]
    Unreachable(Sentence),
}

impl UseRefused {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            UseRefused::NotReserved(_) => "key_use_not_reserved",
            UseRefused::AlreadyConfirmed(_) => "key_use_confirmed_before",
            UseRefused::NeedsPlan => "key_use_needs_plan",
            UseRefused::Unreachable(_) => "key_log_unreachable",
        }
    }

    pub(crate) fn zh(&self) -> String {
        match self {
            UseRefused::NotReserved(number) => {
                format!("该密钥的使用记录中没有第 {number} 号预留")
            }
            UseRefused::AlreadyConfirmed(number) => format!("第 {number} 号预留已经用过"),
            UseRefused::NeedsPlan => "印章密钥的使用须与签章计划一并预留".to_owned(),
            UseRefused::Unreachable(why) => format!("无法写入密钥使用记录：{}", why.zh),
        }
    }
}
