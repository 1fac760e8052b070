//! Rows of stock of an earlier system: the fields of the type, and columns beside them.

use jiff::civil::Date;

use super::check::{Blobs, CheckedRow, check_row};
use super::error::{FieldRef, RowError, Rule};
use super::raw::{RawRow, RawValue};
use super::{text, value};
use crate::certificates::{Identifier, TransitionKind};
use crate::types::{NumberRule, PublishedType};
use crate::units::fold_width;

/// Most characters of a number, as of any text of a face.
const NUMBER_LENGTH: usize = 200;

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

/// Checks a row of stock: its own columns, and what is left as a row of the type. Everything that
/// is wrong is told at once; a place is that of the file.
///
/// # Errors
/// Every rule that the row breaks.
pub fn check_stock_row(
    kind: &PublishedType,
    mut row: RawRow,
    today: Date,
    blobs: &Blobs,
) -> Result<(CheckedRow, StockColumns), Vec<RowError>> {
    let number_rule = &kind.definition().number;
    let by_rule = matches!(number_rule, NumberRule::Pattern(_));
    let (columns, taken) = take_columns(&mut row, by_rule);
    let checked = check_row(kind, row, today, blobs).map_err(|mut errors| {
        for error in &mut errors {
            if let Some(FieldRef::Position(place)) = &mut error.field {
                *place = place_in_file(*place, &taken);
            }
        }
        errors
    });
    match (columns, checked) {
        (Ok(columns), Ok(row)) => Ok((row, columns)),
        (columns, checked) => {
            let errors = [columns.err(), checked.err()];
            Err(errors.into_iter().flatten().flatten().collect())
        }
    }
}

/// The place that a member had before those of `taken` (in order, from 1) were taken out.
fn place_in_file(mut place: usize, taken: &[usize]) -> usize {
    for before in taken {
        if *before <= place {
            place += 1;
        }
    }
    place
}

/// Takes the columns of stock out of a row, so that what is left is a row of the type; says also at
/// which places they stood. `by_rule`: the type builds numbers, so that the row must have one.
fn take_columns(
    row: &mut RawRow,
    by_rule: bool,
) -> (Result<StockColumns, Vec<RowError>>, Vec<usize>) {
    let mut columns = Columns::take(row);
    let number = columns.read("stock_number", |text| {
        match (by_rule, text.chars().count() <= NUMBER_LENGTH) {
            // Such a type has a field for it.
            (false, _) => Err(Rule::UnknownField),
            (true, false) => Err(Rule::TooLong { max: NUMBER_LENGTH }),
            (true, true) => Ok(text.to_owned()),
        }
    });
    if by_rule && number.is_none() && columns.errors.is_empty() {
        columns.fault("stock_number", Rule::Required);
    }
    let identifier = columns.read("stock_identifier", |text| {
        Identifier::parse(text)
            .map(|checked| checked.value)
            .map_err(Rule::Code)
    });
    let state = columns.read("stock_state", state_of).flatten();
    let since = columns.read("stock_since", |text| {
        value::parse_day(&fold_width(text)).ok_or(Rule::Date)
    });
    let reason = columns.read("stock_reason", |text| Ok(text.to_owned()));
    let legal_basis = columns.read("stock_legal_basis", |text| Ok(text.to_owned()));
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
    let Columns { errors, places, .. } = columns;
    let columns = StockColumns {
        number,
        identifier,
        ended,
    };
    (errors.is_empty().then_some(columns).ok_or(errors), places)
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

const NAMES: [&str; 6] = [
    "stock_number",
    "stock_identifier",
    "stock_state",
    "stock_since",
    "stock_reason",
    "stock_legal_basis",
];

/// The columns that were taken out, and what was wrong with them.
struct Columns {
    row: u64,
    members: Vec<(&'static str, RawValue)>,
    places: Vec<usize>,
    errors: Vec<RowError>,
}

impl Columns {
    fn take(row: &mut RawRow) -> Self {
        let mut columns = Self {
            row: row.row,
            members: Vec::new(),
            places: Vec::new(),
            errors: Vec::new(),
        };
        let all = std::mem::take(&mut row.members);
        for (at, (member, value)) in all.into_iter().enumerate() {
            let Some(name) = NAMES.into_iter().find(|name| *name == member.trim()) else {
                row.members.push((member, value));
                continue;
            };
            if columns.members.iter().any(|(taken, _)| *taken == name) {
                columns.fault(name, Rule::DuplicateField);
            }
            columns.members.push((name, value));
            columns.places.push(at + 1);
        }
        columns
    }

    fn fault(&mut self, name: &str, rule: Rule) {
        let field = Some(FieldRef::Name(name.to_owned()));
        self.errors.push(RowError {
            row: self.row,
            field,
            rule,
        });
    }

    /// Reads a column; nothing where it is empty, not there, or wrong.
    fn read<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, Rule>) -> Option<T> {
        let (_, value) = self.members.iter().find(|(member, _)| *member == name)?;
        let result = match value {
            RawValue::Empty => return None,
            RawValue::Text(raw) => match text::line(raw) {
                Ok(text) if text.is_empty() => return None,
                Ok(text) => read(&text),
                Err(rule) => Err(rule),
            },
            RawValue::Day(day) => read(&day.to_string()),
            RawValue::Number(_) => Err(Rule::NumericCell),
            RawValue::Uncalculated => Err(Rule::Uncalculated),
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

    fn check(
        by_rule: bool,
        members: &[(&str, &str)],
    ) -> (Result<StockColumns, Vec<&'static str>>, usize) {
        let members = members.iter();
        let members = members.map(|(name, text)| ((*name).into(), RawValue::Text((*text).into())));
        let mut row = RawRow {
            row: 2,
            members: members.collect(),
        };
        let (taken, _) = take_columns(&mut row, by_rule);
        let codes = |errors: Vec<RowError>| errors.iter().map(|e| e.rule.code()).collect();
        (taken.map_err(codes), row.members.len())
    }

    #[test]
    fn the_columns_of_stock_are_taken_out() {
        let (taken, left) = check(
            true,
            &[
                ("ref", "1"),
                ("stock_number", "示00001"),
                ("stock_state", "注销"),
                ("stock_since", "2020年5月1日"),
                ("stock_reason", "01"),
            ],
        );
        let taken = taken.unwrap();
        assert_eq!((left, taken.number.as_deref()), (1, Some("示00001")));
        let ended = taken.ended.unwrap();
        assert_eq!(
            (ended.kind, ended.since),
            (TransitionKind::Cancel, date(2020, 5, 1))
        );

        assert_eq!(
            check(false, &[("ref", "1"), ("stock_state", "有效")]),
            (Ok(StockColumns::default()), 1)
        );
    }

    #[test]
    fn what_is_wrong_is_told_by_its_rule() {
        for (by_rule, members, rule) in [
            (
                false,
                [("stock_state", "注销")].as_slice(),
                "field.required",
            ),
            (false, &[("stock_state", "遗失")], "field.not_in_code_list"),
            (false, &[("stock_since", "昨天")], "field.date"),
            (false, &[("stock_identifier", "1.2.3")], "field.code"),
            (false, &[("stock_number", "示1")], "field.unknown"),
            (true, &[("ref", "1")], "field.required"),
            (
                true,
                &[("stock_number", "示1"), (" stock_number", "示1")],
                "field.duplicate",
            ),
        ] {
            assert_eq!(check(by_rule, members).0, Err(vec![rule]), "{members:?}");
        }
    }

    #[test]
    fn places_are_those_of_the_file() {
        for (left, in_file) in [(1, 2), (2, 4), (3, 5)] {
            assert_eq!(place_in_file(left, &[1, 3]), in_file);
        }
    }
}
