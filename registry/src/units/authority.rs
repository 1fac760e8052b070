//! The dated right of an agency to issue a type.

use jiff::civil::Date;

use super::{CreditCode, RegionCode};
use crate::certificates::TypeCode;

/// An agency may issue certificates of a type from a day to a day, on a legal basis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    agency: CreditCode,
    type_code: TypeCode,
    from: Date,
    to: Option<Date>,
    legal_basis: String,
}

/// Why a right cannot be recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityFault {
    /// The last day lies before the first.
    #[error("the right ends before it begins; check both days")]
    EndsBeforeItBegins,
    /// Nothing says why the agency may.
    #[error("a right needs its legal basis; name the rule and article")]
    NoLegalBasis,
}

impl AuthorityFault {
    /// The same in Chinese.
    pub fn zh(&self) -> &'static str {
        match self {
            Self::EndsBeforeItBegins => "授权的截止日早于起始日；请核对两个日期",
            Self::NoLegalBasis => "授权须有法律依据；请写明规定及条款",
        }
    }
}

impl Authority {
    /// A right from `from` to `to`, both days included; `None` runs until it is ended.
    pub fn new(
        agency: CreditCode,
        type_code: TypeCode,
        from: Date,
        to: Option<Date>,
        legal_basis: &str,
    ) -> Result<Self, AuthorityFault> {
        if to.is_some_and(|to| to < from) {
            return Err(AuthorityFault::EndsBeforeItBegins);
        }
        let legal_basis = legal_basis.trim().to_owned();
        if legal_basis.is_empty() {
            return Err(AuthorityFault::NoLegalBasis);
        }
        Ok(Self {
            agency,
            type_code,
            from,
            to,
            legal_basis,
        })
    }

    /// Whether the right stands on a day.
    pub fn covers(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    /// Who holds the right.
    pub fn agency(&self) -> &CreditCode {
        &self.agency
    }

    /// What may be issued.
    pub fn type_code(&self) -> &TypeCode {
        &self.type_code
    }

    /// First day.
    pub fn from(&self) -> Date {
        self.from
    }

    /// Last day, if it is known.
    pub fn to(&self) -> Option<Date> {
        self.to
    }

    /// The rule that gives the right.
    pub fn legal_basis(&self) -> &str {
        &self.legal_basis
    }
}

/// The authority that acts in a transition. It may differ from the one that issued
/// (Guangzhou 2016, §16: 注销机关 and its 行政区划 are data of their own).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActingAuthority {
    /// Its credit code.
    pub code: CreditCode,
    /// Its name on the day of the act.
    pub name: String,
    /// Its region on the day of the act.
    pub region: RegionCode,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn right(from: Date, to: Option<Date>, basis: &str) -> Result<Authority, AuthorityFault> {
        Authority::new(
            CreditCode::parse("11990000MB99990094").unwrap(),
            TypeCode::parse("11990000MB99990094001").unwrap(),
            from,
            to,
            basis,
        )
    }

    #[test]
    fn both_days_count() {
        let held = right(date(2026, 1, 1), Some(date(2026, 12, 31)), "条例第3条").unwrap();
        for (day, covered) in [
            (date(2025, 12, 31), false),
            (date(2026, 1, 1), true),
            (date(2026, 12, 31), true),
            (date(2027, 1, 1), false),
        ] {
            assert_eq!(held.covers(day), covered, "{day}");
        }
        assert!(
            right(date(2026, 1, 1), None, "条例")
                .unwrap()
                .covers(date(2999, 1, 1))
        );
    }

    #[test]
    fn a_right_has_a_reason_and_a_direction() {
        let day = date(2026, 1, 2);
        assert_eq!(
            right(day, Some(date(2026, 1, 1)), "条例"),
            Err(AuthorityFault::EndsBeforeItBegins)
        );
        assert_eq!(right(day, None, "  "), Err(AuthorityFault::NoLegalBasis));
    }
}
