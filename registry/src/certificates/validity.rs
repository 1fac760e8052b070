//! Dates of a certificate. Days are Chinese days (+08:00); the last day counts to its end, 24:00.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;

/// Civil time of the whole service. China has one offset and no summer time.
const CHINA: Offset = jiff::tz::offset(8);

/// From which day to which a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Validity {
    effective: Date,
    expiring: Option<Date>,
}

/// Where an instant lies relative to the dates. Derived, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Before the first day.
    NotYetValid,
    /// From the first day to the last, both included.
    Within,
    /// After 24:00 of the last day.
    Expired,
}

impl Validity {
    /// From `effective` to `expiring`, both included; `None` is 长期. `None` is returned where the
    /// end lies before the start.
    pub fn new(effective: Date, expiring: Option<Date>) -> Option<Self> {
        let ordered = expiring.is_none_or(|end| effective <= end);
        ordered.then_some(Self {
            effective,
            expiring,
        })
    }

    /// First day.
    pub fn effective(&self) -> Date {
        self.effective
    }

    /// Last day; `None` is 长期.
    pub fn expiring(&self) -> Option<Date> {
        self.expiring
    }

    /// The instant from which it is valid: 00:00 of the first day.
    pub fn begins(&self) -> Timestamp {
        start_of_day(self.effective)
    }

    /// The instant at which it is valid no more: 24:00 of the last day.
    pub fn ends(&self) -> Option<Timestamp> {
        self.expiring.map(end_of_day)
    }

    /// Where an instant lies.
    pub fn standing(&self, at: Timestamp) -> Standing {
        if at < self.begins() {
            Standing::NotYetValid
        } else if self.ends().is_some_and(|end| end <= at) {
            Standing::Expired
        } else {
            Standing::Within
        }
    }
}

/// 00:00 of a Chinese day.
pub fn start_of_day(day: Date) -> Timestamp {
    CHINA
        .to_timestamp(day.to_datetime(Time::midnight()))
        .unwrap_or(Timestamp::MIN)
}

/// 24:00 of a Chinese day, the first instant that no longer belongs to it.
pub fn end_of_day(day: Date) -> Timestamp {
    let next = day.tomorrow().map(|day| day.to_datetime(Time::midnight()));
    next.and_then(|midnight| CHINA.to_timestamp(midnight))
        .unwrap_or(Timestamp::MAX)
}

/// The Chinese day of an instant.
pub fn day_of(at: Timestamp) -> Date {
    CHINA.to_datetime(at).date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn check(at: &str, expect: Standing) {
        let validity = Validity::new(date(2026, 3, 1), Some(date(2027, 2, 28))).unwrap();
        assert_eq!(validity.standing(at.parse().unwrap()), expect, "{at}");
    }

    #[test]
    fn days_are_chinese_and_the_last_one_counts() {
        check("2026-02-28T15:59:59.999Z", Standing::NotYetValid);
        check("2026-02-28T16:00:00Z", Standing::Within);
        check("2027-02-28T15:59:59.999Z", Standing::Within);
        check("2027-02-28T16:00:00Z", Standing::Expired);
    }

    #[test]
    fn long_term_never_ends() {
        let validity = Validity::new(date(2026, 3, 1), None).unwrap();
        assert_eq!(validity.standing(Timestamp::MAX), Standing::Within);
        assert_eq!(
            Validity::new(date(2026, 3, 1), Some(date(2026, 2, 28))),
            None
        );
    }

    #[test]
    fn the_ends_of_time_hold() {
        assert_eq!(end_of_day(Date::MAX), Timestamp::MAX);
        assert_eq!(
            day_of("2026-11-22T16:00:00Z".parse().unwrap()),
            date(2026, 11, 23)
        );
    }
}
