//! Whose a row is and whom else it names.

use jiff::civil::Date;

use super::check::Check;
use super::error::Rule;
use super::values::{Values, plain};
use crate::certificates::{FieldValue, Holder, HolderKind, PersonReference};
use crate::types::{HolderRule, PersonRule};
use crate::units::CodeFault;

impl Check<'_> {
    /// The holders; `None` after a fault.
    pub(super) fn holders(&mut self, values: &Values, today: Date) -> Option<Vec<Holder>> {
        let definition = self.definition;
        let HolderRule {
            kinds,
            kind_field,
            code_field,
            name_field,
            ..
        } = &definition.holder;
        let codes = values.of(definition, code_field)?;
        let names = values.of(definition, name_field)?;
        let kinds = match kind_field {
            Some(field) => self.kinds(values.of(definition, field)?, kinds, field)?,
            None => kinds.iter().take(1).copied().collect(),
        };
        if codes.len() != names.len() || !(kinds.len() == 1 || kinds.len() == codes.len()) {
            self.fault(code_field, Rule::HolderCount);
            return None;
        }
        let mut holders: Vec<Holder> = Vec::with_capacity(codes.len());
        for ((code, name), kind) in codes.iter().zip(names).zip(kinds.iter().cycle()) {
            let holder = Holder::new(*kind, &plain(code), &plain(name), today);
            let holder = holder
                .map_err(|fault| self.fault(code_field, Rule::Code(fault)))
                .ok()?;
            if holders
                .iter()
                .any(|h| h.kind() == holder.kind() && h.code() == holder.code())
            {
                self.fault(code_field, Rule::HolderTwice);
                return None;
            }
            holders.push(holder);
        }
        Some(holders)
    }

    fn kinds(
        &mut self,
        values: &[FieldValue],
        allowed: &[HolderKind],
        field: &str,
    ) -> Option<Vec<HolderKind>> {
        let read = |value: &FieldValue| {
            let code = plain(value);
            allowed
                .iter()
                .copied()
                .find(|kind| kind.code() == code || kind.name_zh() == code)
        };
        let kinds: Option<Vec<HolderKind>> = values.iter().map(read).collect();
        if kinds.is_none() {
            self.fault(field, Rule::HolderKind);
        }
        kinds
    }

    /// Another person; `None` where the row names none, and after a fault.
    pub(super) fn person(
        &mut self,
        rule: &PersonRule,
        values: &Values,
        today: Date,
    ) -> Option<PersonReference> {
        let definition = self.definition;
        let name = values.of(definition, &rule.name_field)?.first().map(plain);
        let code = match &rule.code_field {
            Some(field) => values.of(definition, field)?.first().map(plain),
            None => None,
        };
        let Some(name) = name else {
            if code.is_some() {
                self.fault(&rule.name_field, Rule::Required);
            }
            return None;
        };
        let kind = match (&code, &rule.kind_field) {
            (None, _) => None,
            (Some(_), Some(field)) => self
                .kinds(values.of(definition, field)?, &rule.kinds, field)?
                .first()
                .copied(),
            (Some(_), None) => rule.kinds.first().copied(),
        };
        let code_field = rule.code_field.as_ref().unwrap_or(&rule.name_field);
        let identity = kind.zip(code.as_deref());
        PersonReference::new(&rule.role, &name, identity, today)
            .map_err(|fault: CodeFault| self.fault(code_field, Rule::Code(fault)))
            .ok()
    }
}
