//! The wall clock. Every other room is told the time; this is where it is read.

use jiff::Timestamp;

/// The present instant.
#[allow(clippy::disallowed_methods)] // this is the one place that may
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
