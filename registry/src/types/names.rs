//! The rules of a type that point to its fields: holder, persons, dates, number.

use super::definition::{HolderRule, PersonRule};
use super::fault::Faults;
use super::field::{Field, FieldKind};
use super::number::{NumberPattern, NumberRule};
use super::raw::{RawHolder, RawNumber, RawPerson, RawValidity};
use super::source::is_machine_name;
use super::validity::{End, Period, PeriodUnit, ValidityRule};
use crate::certificates::{HolderKind, KindCheck};

/// Resolves the names of fields that rules point to.
pub(super) struct Names<'a, 'f> {
    pub(super) fields: &'a [Field],
    pub(super) faults: &'a mut Faults<'f>,
}

impl Names<'_, '_> {
    fn expect(&mut self, place: &str, name: &str, what: (&str, &str), fits: fn(&Field) -> bool) {
        match self.fields.iter().find(|field| field.name == name) {
            None => self.faults.note(
                place,
                "该类型没有这一字段",
                "names a field that this type does not have",
            ),
            Some(field) if !fits(field) => {
                self.faults.note(
                    place,
                    format!("应指{}", what.0),
                    format!("must name {}", what.1),
                );
            }
            Some(_) => {}
        }
    }

    fn date(&mut self, place: &str, name: Option<&String>) {
        if let Some(name) = name {
            self.expect(
                place,
                name,
                (
                    "必填且不含“长期”的日期字段",
                    "a required date field without 长期",
                ),
                |field| field.required && field.kind == FieldKind::Date { unlimited: false },
            );
        }
    }

    /// The fields and kinds shared by holders and persons.
    fn identity(&mut self, place: &str, kinds: &[HolderKind], kind_field: Option<&String>) {
        if kinds.is_empty() {
            self.faults.note(
                format!("{place}.kinds"),
                "请至少写一种证件种类，例如 \"111\"",
                "name at least one kind, such as \"111\"",
            );
        }
        match kind_field {
            Some(name) => self.expect(
                &format!("{place}.kind_field"),
                name,
                ("必填的文本或代码字段", "a required text or code field"),
                |field| {
                    field.required
                        && matches!(field.kind, FieldKind::Text { .. } | FieldKind::Code(_))
                },
            ),
            None if kinds.len() > 1 => self.faults.note(
                format!("{place}.kinds"),
                "有多种证件种类时，须用 kind_field 指明各行是哪一种",
                "with several kinds a kind_field must say which one a row means",
            ),
            None => {}
        }
    }

    /// A field of one kind of code can hold no other kind.
    fn same_check(&mut self, place: &str, kinds: &[HolderKind], code_field: &str) {
        let field = self.fields.iter().find(|field| field.name == code_field);
        let check = match field.map(|field| &field.kind) {
            Some(FieldKind::CitizenId) => KindCheck::CitizenId,
            Some(FieldKind::CreditCode) => KindCheck::CreditCode,
            _ => return,
        };
        if kinds.iter().any(|kind| kind.check() != check) {
            let zh = "号码字段容不下所有这些种类的号码；请改为文本字段";
            let en = "the code field cannot hold codes of all these kinds; make it a text field";
            self.faults.note(format!("{place}.kinds"), zh, en);
        }
    }

    pub(super) fn holder(&mut self, raw: RawHolder) -> HolderRule {
        self.identity("holder", &raw.kinds, raw.kind_field.as_ref());
        self.expect(
            "holder.code_field",
            &raw.code_field,
            ("必填的文本或证件号码字段", "a required text or id field"),
            |field| field.required && is_code(field),
        );
        self.expect(
            "holder.name_field",
            &raw.name_field,
            ("必填的文本字段", "a required text field"),
            |field| field.required && matches!(field.kind, FieldKind::Text { .. }),
        );
        self.same_check("holder", &raw.kinds, &raw.code_field);
        let RawHolder {
            kinds,
            kind_field,
            code_field,
            name_field,
            several,
        } = raw;
        HolderRule {
            kinds,
            kind_field,
            code_field,
            name_field,
            several,
        }
    }

    pub(super) fn persons(&mut self, raw: Vec<RawPerson>) -> Vec<PersonRule> {
        let mut persons: Vec<PersonRule> = Vec::with_capacity(raw.len());
        for (at, raw) in raw.into_iter().enumerate() {
            let place = format!("person[{}]", at + 1);
            self.identity(&place, &raw.kinds, raw.kind_field.as_ref());
            if let Some(name) = &raw.code_field {
                self.expect(
                    &format!("{place}.code_field"),
                    name,
                    ("文本或证件号码字段", "a text or id field"),
                    is_code,
                );
                self.same_check(&place, &raw.kinds, name);
            }
            self.expect(
                &format!("{place}.name_field"),
                &raw.name_field,
                ("文本字段", "a text field"),
                |field| matches!(field.kind, FieldKind::Text { .. }),
            );
            let twice = persons.iter().any(|person| person.role == raw.role);
            if twice || !is_machine_name(&raw.role) {
                let zh = "须为机器名（a-z、0-9、_），且只出现一次";
                let en = "is a machine name (a-z, 0-9, _) and stands once";
                self.faults.note(format!("{place}.role"), zh, en);
            }
            let RawPerson {
                role,
                label,
                kinds,
                kind_field,
                code_field,
                name_field,
            } = raw;
            persons.push(PersonRule {
                role,
                label,
                kinds,
                kind_field,
                code_field,
                name_field,
            });
        }
        persons
    }

    pub(super) fn validity(&mut self, raw: RawValidity) -> Option<ValidityRule> {
        self.date("validity.issued_field", raw.issued_field.as_ref());
        self.date("validity.effective_field", raw.effective_field.as_ref());
        if let Some(name) = &raw.until_field {
            self.expect(
                "validity.until_field",
                name,
                ("必填的日期字段", "a required date field"),
                |field| field.required && matches!(field.kind, FieldKind::Date { .. }),
            );
        }
        let counts_first_day = raw.counts_first_day;
        let after = |unit| {
            move |count| {
                End::After(Period {
                    count,
                    unit,
                    counts_first_day,
                })
            }
        };
        let mut ends = [
            raw.days.map(after(PeriodUnit::Days)),
            raw.months.map(after(PeriodUnit::Months)),
            raw.years.map(after(PeriodUnit::Years)),
            raw.until_field.map(End::Field),
            raw.unlimited.then_some(End::Unlimited),
        ]
        .into_iter()
        .flatten();
        match (ends.next(), ends.next()) {
            (Some(End::After(Period { count: 0, .. })), None) => {
                self.faults
                    .note("validity", "期限至少为 1", "a period is at least 1");
                None
            }
            (Some(end), None) => Some(ValidityRule {
                issued_field: raw.issued_field,
                effective_field: raw.effective_field,
                end,
            }),
            _ => {
                let zh = "days、months、years、until_field、unlimited = true 须且只须写一个";
                let en = "give exactly one of days, months, years, until_field, unlimited = true";
                self.faults.note("validity", zh, en);
                None
            }
        }
    }

    pub(super) fn number(&mut self, raw: RawNumber) -> Option<NumberRule> {
        match (raw.field, raw.pattern) {
            (Some(name), None) => {
                self.expect(
                    "number.field",
                    &name,
                    ("必填的文本字段", "a required text field"),
                    |field| field.required && is_code(field),
                );
                Some(NumberRule::Field(name))
            }
            (None, Some(pattern)) => self
                .faults
                .take("number.pattern", NumberPattern::parse(&pattern))
                .map(NumberRule::Pattern),
            _ => {
                self.faults.note(
                    "number",
                    "field 与 pattern 须写其一",
                    "give either field or pattern",
                );
                None
            }
        }
    }
}

fn is_code(field: &Field) -> bool {
    matches!(
        field.kind,
        FieldKind::Text { .. } | FieldKind::CitizenId | FieldKind::CreditCode
    )
}
