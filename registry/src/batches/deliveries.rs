//! What agencies deliver against what their types expect: a feed that went silent, shrank, or is mostly in error
//! is told, before a desk misses the certificates.

use jiff::{SignedDuration, Timestamp};

use super::Batches;
use crate::certificates::{TypeCode, day_of, start_of_day};
use crate::error::Result;
use crate::store::{deliveries, instant};
use crate::types::{DeliveryRule, Stage};
use crate::units::{Authority, CreditCode};

/// Periods that are looked back on.
const PERIODS: i64 = 2;
/// Days that are looked back on where nothing is expected.
const DAYS: i64 = 30;
/// Of how many rows so many in error are an alarm, in percent.
const REFUSED_PERCENT: u64 = 10;
const FEWEST_ROWS: u64 = 10;

/// How the deliveries of an agency for a type stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliveries {
    /// Who delivers.
    pub agency: CreditCode,
    /// What.
    pub type_code: TypeCode,
    /// What is expected.
    pub expected: Option<DeliveryRule>,
    /// When a batch was accepted last.
    pub last: Option<Timestamp>,
    /// Since when the following is counted: two periods, or 30 days.
    pub since: Timestamp,
    /// Batches.
    pub batches: u64,
    /// Rows that were answered.
    pub rows: u64,
    /// Rows in error.
    pub refused: u64,
    /// How long the oldest batch waits that is not brought to its end, reviews apart.
    pub lag: Option<SignedDuration>,
    /// What somebody should look into.
    pub alarms: Vec<DeliveryAlarm>,
}

/// What is not as it is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryAlarm {
    /// Nothing came for one and a half periods.
    Silent,
    /// Within two periods fewer rows came than one delivery has.
    Shrunk,
    /// More than a tenth of the rows were in error.
    Refused,
}

impl DeliveryAlarm {
    /// Every alarm.
    pub const ALL: [Self; 3] = [Self::Silent, Self::Shrunk, Self::Refused];

    /// Its word in answers and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Shrunk => "shrunk",
            Self::Refused => "refused",
        }
    }
}

impl Batches<'_> {
    /// The deliveries of every agency for every published type that it may issue today.
    pub async fn deliveries(&self, now: Timestamp) -> Result<Vec<Deliveries>> {
        let (types, units) = (self.registry.types(), self.registry.units());
        let mut lines = types.list().await?;
        lines.retain(|line| line.stage == Stage::Published);
        // What holds now is the newest version of each.
        lines.sort_by(|a, b| (&a.code, b.version).cmp(&(&b.code, a.version)));
        lines.dedup_by(|later, first| later.code == first.code);
        let mut all = Vec::new();
        for line in lines {
            let published = types.pinned(&line.code, line.version).await?;
            let expected = published.definition().delivery;
            let rights = units.rights(&line.code).await?;
            let mut standing: Vec<_> = rights
                .iter()
                .filter(|right| right.covers(day_of(now)))
                .collect();
            // Of several rights of one agency the one that began first.
            standing.sort_by_key(|right| (right.agency(), right.from()));
            standing.dedup_by_key(|right| right.agency());
            for right in standing {
                all.push(self.of_right(right, expected, now).await?);
            }
        }
        Ok(all)
    }

    async fn of_right(
        &self,
        right: &Authority,
        expected: Option<DeliveryRule>,
        now: Timestamp,
    ) -> Result<Deliveries> {
        let period = expected.map(|rule| days(i64::from(rule.every_days)));
        let since = now - period.map_or(days(DAYS), |period| period * PERIODS as i32);
        let mut reader = self.registry.store().reader().await?;
        let (agency, type_code) = (right.agency(), right.type_code());
        let found = deliveries::delivered(
            &mut reader,
            agency.as_str(),
            type_code.as_str(),
            since.as_millisecond(),
        )
        .await?;
        let lag = found.oldest_open.map(instant).transpose()?;
        let mut deliveries = Deliveries {
            agency: agency.clone(),
            type_code: type_code.clone(),
            expected,
            last: found.last.map(instant).transpose()?,
            since,
            batches: found.batches.unsigned_abs(),
            rows: found.rows.unsigned_abs(),
            refused: found.refused.unsigned_abs(),
            lag: lag.map(|accepted| now.duration_since(accepted)),
            alarms: Vec::new(),
        };
        deliveries.alarms = alarms(&deliveries, start_of_day(right.from()), now);
        Ok(deliveries)
    }
}

/// What is alarming; before the right began nothing was expected.
fn alarms(found: &Deliveries, began: Timestamp, now: Timestamp) -> Vec<DeliveryAlarm> {
    let mut alarms = Vec::new();
    if let Some(rule) = found.expected {
        let period = days(i64::from(rule.every_days));
        let last = found.last.map_or(began, |last| last.max(began));
        let silent = now.duration_since(last) > period + period / 2;
        if silent {
            alarms.push(DeliveryAlarm::Silent);
        } else if began <= found.since && found.rows < u64::from(rule.rows) {
            alarms.push(DeliveryAlarm::Shrunk);
        }
    }
    if found.rows >= FEWEST_ROWS && found.refused * 100 > found.rows * REFUSED_PERCENT {
        alarms.push(DeliveryAlarm::Refused);
    }
    alarms
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}
