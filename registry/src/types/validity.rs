//! From when to when a certificate of a type is valid.

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

/// Which fields carry the dates, and how the last day is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidityRule {
    /// The date field with the day of issue; without it, the day of making.
    pub issued_field: Option<String>,
    /// The date field with the first day; without it, the day of issue.
    pub effective_field: Option<String>,
    /// How the last day is found.
    pub end: End,
}

/// How the last day is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// 长期.
    Unlimited,
    /// A period from the first day.
    After(Period),
    /// A date field of the row, which may say 长期 if the field allows it.
    Field(String),
}

/// A period of days, months or years.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// How many.
    pub count: u16,
    /// Of what.
    pub unit: PeriodUnit,
    /// Whether the first day is one of them, so that a year from 1 March ends in February.
    pub counts_first_day: bool,
}

/// The units of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodUnit {
    /// Days.
    Days,
    /// Months.
    Months,
    /// Years.
    Years,
}

impl Period {
    /// The last day, counted as the Civil Code does (§201, §202): the first day is not counted,
    /// and the last one is the corresponding day, or the month's last where there is none.
    /// `None` beyond the calendar.
    pub fn last_day(&self, effective: Date) -> Option<Date> {
        let span: Span = match self.unit {
            PeriodUnit::Days => i64::from(self.count).days(),
            PeriodUnit::Months => i64::from(self.count).months(),
            PeriodUnit::Years => i64::from(self.count).years(),
        };
        let corresponding = effective.checked_add(span).ok()?;
        if self.counts_first_day {
            corresponding.yesterday().ok()
        } else {
            Some(corresponding)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn check(count: u16, unit: PeriodUnit, from: Date, expect: Date, counting_first: Date) {
        let period = |counts_first_day| Period {
            count,
            unit,
            counts_first_day,
        };
        assert_eq!(period(false).last_day(from), Some(expect));
        assert_eq!(period(true).last_day(from), Some(counting_first));
    }

    #[test]
    fn periods_end_on_the_corresponding_day() {
        use PeriodUnit::{Days, Months, Years};
        check(
            5,
            Years,
            date(2026, 3, 1),
            date(2031, 3, 1),
            date(2031, 2, 28),
        );
        check(
            1,
            Years,
            date(2024, 2, 29),
            date(2025, 2, 28),
            date(2025, 2, 27),
        );
        check(
            1,
            Months,
            date(2026, 1, 31),
            date(2026, 2, 28),
            date(2026, 2, 27),
        );
        check(
            30,
            Days,
            date(2026, 1, 1),
            date(2026, 1, 31),
            date(2026, 1, 30),
        );
    }

    #[test]
    fn the_calendar_ends() {
        let period = Period {
            count: 9999,
            unit: PeriodUnit::Years,
            counts_first_day: false,
        };
        assert_eq!(period.last_day(date(2026, 1, 1)), None);
    }
}
