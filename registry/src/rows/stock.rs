//! The columns that stock of an earlier system has beside the fields of its type.

use jiff::civil::Date;

use super::error::{FieldRef, RowError, Rule};
use super::raw::{RawRow, RawValue};
use super::{text, value};
use crate::certificates::{Identifier, TransitionKind};
use crate::units::fold_width;

/// What a row of stock says beside its face.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StockColumns {
    /// `stock_number`: the number, where the type builds numbers.
    pub number: Option<String>,
    /// `stock_identifier`: the identifier it was given, even with a wrong check character.
    pub identifier: Option<Identifier>,
    /// `stock_state`, `stock_since`, `stock_reason`, `stock_legal_basis`: how it ended or rests.
    pub ended: Option<Ended>,
}

/// A state other than valid that stock comes with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Suspend, revoke, cancel or withdraw.
    pub kind: TransitionKind,
    /// From which day.
    pub since: Date,
    /// A code of the type's list.
    pub reason: Option<String>,
    /// The rule; a decision of an earlier day needs one.
    pub legal_basis: Option<String>,
}

/// Takes the columns of stock out of a row, so that what is left is a row of the type.
pub fn take_stock_columns(row: &mut RawRow) -> Result<StockColumns, Vec<RowError>> {
    let mut columns = Columns {
        row,
        errors: Vec::new(),
    };
    let number = columns.text("stock_number");
    let identifier = columns.read("stock_identifier", |text| {
        Identifier::parse(text)
            .map(|checked| checked.value)
            .map_err(Rule::Code)
    });
    let state = columns.read("stock_state", state_of).flatten();
    let since = columns.read("stock_since", |text| {
        value::parse_day(&fold_width(text)).ok_or(Rule::Date)
    });
    let reason = columns.text("stock_reason");
    let legal_basis = columns.text("stock_legal_basis");
    let ended = match (state, since) {
        (Some(kind), Some(since)) => Some(Ended {
            kind,
            since,
            reason,
            legal_basis,
        }),
        (Some(_), None) => {
            columns.fault("stock_since", Rule::Required);
            None
        }
        (None, _) => None,
    };
    if columns.errors.is_empty() {
        Ok(StockColumns {
            number,
            identifier,
            ended,
        })
    } else {
        Err(columns.errors)
    }
}

/// The transition behind a state's name, in the words of the field; `None` for valid.
fn state_of(word: &str) -> Result<Option<TransitionKind>, Rule> {
    match word {
        "valid" | "有效" => Ok(None),
        "suspended" | "暂扣" | "停用" => Ok(Some(TransitionKind::Suspend { until: None })),
        "revoked" | "吊销" => Ok(Some(TransitionKind::Revoke)),
        "cancelled" | "注销" => Ok(Some(TransitionKind::Cancel)),
        "withdrawn" | "撤销" => Ok(Some(TransitionKind::Withdraw)),
        _ => Err(Rule::NotInCodeList),
    }
}

/// The columns being taken, and what was wrong with them.
struct Columns<'a> {
    row: &'a mut RawRow,
    errors: Vec<RowError>,
}

impl Columns<'_> {
    fn fault(&mut self, name: &str, rule: Rule) {
        let field = Some(FieldRef::Name(name.to_owned()));
        self.errors.push(RowError {
            row: self.row.row,
            field,
            rule,
        });
    }

    fn text(&mut self, name: &str) -> Option<String> {
        self.read(name, |text| Ok(text.to_owned()))
    }

    /// Takes a column out and reads it; nothing where it is empty, not there, or wrong.
    fn read<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, Rule>) -> Option<T> {
        let at = self
            .row
            .members
            .iter()
            .position(|(member, _)| member.trim() == name)?;
        let result = match self.row.members.remove(at).1 {
            RawValue::Empty => return None,
            RawValue::Text(raw) => match text::line(&raw) {
                Ok(text) if text.is_empty() => return None,
                Ok(text) => read(&text),
                Err(rule) => Err(rule),
            },
            RawValue::Day(day) => read(&day.to_string()),
            RawValue::Number(_) => Err(Rule::NumericCell),
            _ => Err(Rule::Kind {
                expected: ("文本", "text"),
            }),
        };
        result.map_err(|rule| self.fault(name, rule)).ok()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn check(members: &[(&str, &str)]) -> (Result<StockColumns, Vec<&'static str>>, usize) {
        let members = members.iter();
        let members = members.map(|(name, text)| ((*name).into(), RawValue::Text((*text).into())));
        let mut row = RawRow {
            row: 2,
            members: members.collect(),
        };
        let taken = take_stock_columns(&mut row);
        let codes = |errors: Vec<RowError>| errors.iter().map(|e| e.rule.code()).collect();
        (taken.map_err(codes), row.members.len())
    }

    #[test]
    fn the_columns_of_stock_are_taken_out() {
        let (taken, left) = check(&[
            ("ref", "1"),
            ("stock_number", "示00001"),
            ("stock_state", "注销"),
            ("stock_since", "2020年5月1日"),
            ("stock_reason", "01"),
        ]);
        let taken = taken.unwrap();
        assert_eq!((left, taken.number.as_deref()), (1, Some("示00001")));
        let ended = taken.ended.unwrap();
        assert_eq!(
            (ended.kind, ended.since),
            (TransitionKind::Cancel, date(2020, 5, 1))
        );

        assert_eq!(
            check(&[("ref", "1"), ("stock_state", "有效")]),
            (Ok(StockColumns::default()), 1)
        );
    }

    #[test]
    fn what_is_wrong_is_told_by_its_rule() {
        assert_eq!(
            check(&[("stock_state", "注销")]).0,
            Err(vec!["field.required"])
        );
        assert_eq!(
            check(&[("stock_state", "遗失")]).0,
            Err(vec!["field.not_in_code_list"])
        );
        assert_eq!(check(&[("stock_since", "昨天")]).0, Err(vec!["field.date"]));
        assert_eq!(
            check(&[("stock_identifier", "1.2.3")]).0,
            Err(vec!["field.code"])
        );
    }
}
