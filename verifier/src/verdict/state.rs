//! Which state a certificate is in: the worst stored one, or what its dates say (design §4, §7).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{self, TimeZone};
use serde::Serialize;

use super::facts::{Certificate, Copy, CopyEnd, Standing, StoredState};

/// State of a certificate, worst first: the first that holds is the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the words of design §4
pub enum State {
    Withdrawn,
    Revoked,
    Cancelled,
    Superseded,
    Expired,
    Suspended,
    NotYetValid,
    Valid,
}

/// A state and the instants between which it holds.
pub(super) struct Holding<'a> {
    pub(super) state: State,
    pub(super) since: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
    /// The transition behind it; a state that follows from the dates has none.
    pub(super) standing: Option<&'a Standing>,
}

/// The state at `at`.
pub(super) fn at(certificate: &Certificate, at: Timestamp) -> Holding<'_> {
    let stored = certificate
        .standing
        .iter()
        .filter(|standing| standing.since <= at && standing.until.is_none_or(|until| at < until));
    let stored = stored.map(|standing| Holding {
        state: standing.state.into(),
        since: Some(standing.since),
        until: standing.until,
        standing: Some(standing),
    });
    let dated = by_dates(certificate, at);
    stored.fold(dated, |worst, next| {
        if next.state < worst.state {
            next
        } else {
            worst
        }
    })
}

fn by_dates(certificate: &Certificate, at: Timestamp) -> Holding<'static> {
    let begins = begin_of(certificate.effective);
    let holds = begins.map(|begin| begin.max(certificate.issued));
    let ends = certificate.expiring.and_then(end_of);
    let (state, since, until) = if ends.is_some_and(|end| end <= at) {
        (State::Expired, ends, None)
    } else if begins.is_some_and(|begin| at < begin) {
        (State::NotYetValid, None, begins)
    } else {
        (State::Valid, holds, ends)
    };
    Holding {
        state,
        since,
        until,
        standing: None,
    }
}

/// Whether the copy has ended at `at`.
pub(super) fn copy_end(copy: &Copy, at: Timestamp) -> Option<CopyEnd> {
    if copy.revoked_at.is_some_and(|revoked| revoked <= at) {
        Some(CopyEnd::Revoked)
    } else if end_of(copy.until).is_some_and(|end| end <= at) {
        Some(CopyEnd::Expired)
    } else {
        None
    }
}

/// 0:00 of that day in Asia/Shanghai; `None` beyond what an instant can hold.
fn begin_of(day: Date) -> Option<Timestamp> {
    let shanghai = TimeZone::fixed(tz::offset(8));
    day.to_zoned(shanghai).ok().map(|zoned| zoned.timestamp())
}

/// 24:00 of that day.
fn end_of(day: Date) -> Option<Timestamp> {
    begin_of(day.tomorrow().ok()?)
}

impl From<StoredState> for State {
    fn from(stored: StoredState) -> Self {
        match stored {
            StoredState::Withdrawn => State::Withdrawn,
            StoredState::Revoked => State::Revoked,
            StoredState::Cancelled => State::Cancelled,
            StoredState::Superseded => State::Superseded,
            StoredState::Suspended => State::Suspended,
        }
    }
}
