//! From when to when, and under which number.

use jiff::civil::Date;

use super::check::{Check, RowNumber};
use super::error::Rule;
use super::values::{Values, plain};
use crate::certificates::{FieldValue, Validity};
use crate::types::{End, NumberRule, REF_COLUMN};

impl Check<'_> {
    pub(super) fn issued(&mut self, values: &Values, today: Date) -> Option<Date> {
        let Some(field) = &self.definition.validity.issued_field else {
            return Some(today);
        };
        let issued = values.day(self.definition, field)?;
        if issued > today {
            self.fault(field, Rule::IssuedInFuture);
            return None;
        }
        Some(issued)
    }

    pub(super) fn validity(&mut self, values: &Values, issued: Option<Date>) -> Option<Validity> {
        let definition = self.definition;
        let rule = &definition.validity;
        let effective = match &rule.effective_field {
            Some(field) => values.day(definition, field)?,
            None => issued?,
        };
        let (expiring, blamed) = match &rule.end {
            End::Unlimited => (None, None),
            End::After(period) => (Some(period.last_day(effective)), None),
            End::Field(field) => match values.of(definition, field)? {
                [FieldValue::Date(day)] => (Some(Some(*day)), Some(field)),
                _ => (None, Some(field)),
            },
        };
        let validity = match expiring {
            Some(day) => day.and_then(|day| Validity::new(effective, Some(day))),
            None => Validity::new(effective, None),
        };
        if validity.is_none() {
            let blamed = blamed
                .or(rule.effective_field.as_ref())
                .map_or(REF_COLUMN, String::as_str);
            self.fault(blamed, Rule::EndsBeforeItBegins);
        }
        validity
    }

    pub(super) fn number(&self, values: &Values) -> Option<RowNumber> {
        match &self.definition.number {
            NumberRule::Pattern(_) => Some(RowNumber::ByRule),
            NumberRule::Field(field) => {
                let values = values.of(self.definition, field)?;
                values.first().map(|value| RowNumber::Given(plain(value)))
            }
        }
    }
}
