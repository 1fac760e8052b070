//! XLSX: the one visible sheet that holds something, its first row the heading. Bounded before it is opened.
//!
//! Hidden sheets are not read: they hold code lists and earlier data, and whoever pushes does not see them.

use std::io::{Cursor, Read, Seek, SeekFrom};

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};
use jiff::civil::Date;

use super::error::FileFault;
use super::json::decimal;
use super::raw::{RawRow, RawValue};
use super::read::RowLimits;
use super::zip_bound::unpacks_within;

/// Most columns that are looked at; a type has fewer fields.
const MAX_COLUMNS: u32 = 1000;

/// The heading and the rows of a sheet.
pub(super) struct Sheet {
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<RawRow>,
}

/// Reads the sheet of a workbook, whole: the bounds keep it small.
pub(super) fn read_sheet<R: Read + Seek>(
    mut source: R,
    limits: &RowLimits,
) -> Result<Sheet, FileFault> {
    let length = source.seek(SeekFrom::End(0))?;
    if length > limits.workbook_bytes {
        return Err(FileFault::WorkbookTooLarge {
            max: limits.workbook_bytes,
            what: ("字节", "bytes"),
        });
    }
    // Read first, so that what goes wrong from here on is wrong with the workbook.
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    source.rewind()?;
    source.read_to_end(&mut bytes)?;
    let mut source = Cursor::new(bytes);
    match unpacks_within(&mut source, limits.unpacked_bytes) {
        Ok(true) => {}
        Ok(false) => {
            let max = limits.unpacked_bytes;
            return Err(FileFault::WorkbookTooLarge {
                max,
                what: ("字节（解压后）", "bytes when unpacked"),
            });
        }
        Err(_) => return Err(FileFault::NotAWorkbook),
    }
    source.seek(SeekFrom::Start(0))?;
    // The reader's own words may quote cells, so they are not passed on.
    let mut workbook = Xlsx::new(source).map_err(not_a_workbook)?;
    let name = only_visible(&mut workbook)?;
    let mut cells = workbook
        .worksheet_cells_reader(&name)
        .map_err(not_a_workbook)?;
    let mut table = Table::default();
    while let Some(cell) = cells
        .next_cell_with_formula_metadata()
        .map_err(not_a_workbook)?
    {
        let (row, column) = cell.pos;
        if column >= MAX_COLUMNS {
            let max = u64::from(MAX_COLUMNS);
            return Err(FileFault::WorkbookTooLarge {
                max,
                what: ("列", "columns"),
            });
        }
        let value = match (value_of(&cell.value), cell.formula) {
            (RawValue::Empty, Some(_)) => RawValue::Uncalculated,
            (value, _) => value,
        };
        table.put(row, column as usize, value);
    }
    table.into_sheet()
}

/// The name of the one visible sheet that holds something.
fn only_visible<R: Read + Seek>(workbook: &mut Xlsx<R>) -> Result<String, FileFault> {
    let sheets = workbook.sheets_metadata().iter();
    let (visible, hidden): (Vec<_>, Vec<_>) = sheets
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| (sheet.visible == SheetVisible::Visible, sheet.name.clone()))
        .partition(|(visible, _)| *visible);
    let mut filled = Vec::new();
    for (at, (_, name)) in visible.into_iter().enumerate() {
        if is_filled(workbook, &name)? {
            filled.push((at + 1, name));
        }
    }
    match filled.len() {
        1 => Ok(filled.remove(0).1),
        0 => {
            for (_, name) in hidden {
                if is_filled(workbook, &name)? {
                    return Err(FileFault::OnlyHiddenSheets);
                }
            }
            Err(FileFault::NoHeading)
        }
        // Their names are not repeated: one may be somebody's.
        _ => Err(FileFault::SeveralSheets {
            at: filled
                .iter()
                .map(|(at, _)| at.to_string())
                .collect::<Vec<_>>()
                .join(", "),
        }),
    }
}

/// Whether any cell of a sheet holds something.
fn is_filled<R: Read + Seek>(workbook: &mut Xlsx<R>, name: &str) -> Result<bool, FileFault> {
    let mut cells = workbook
        .worksheet_cells_reader(name)
        .map_err(not_a_workbook)?;
    while let Some(cell) = cells
        .next_cell_with_formula_metadata()
        .map_err(not_a_workbook)?
    {
        let blank = match value_of(&cell.value) {
            RawValue::Empty => cell.formula.is_none(),
            RawValue::Text(text) => text.trim().is_empty(),
            _ => false,
        };
        if !blank {
            return Ok(true);
        }
    }
    Ok(false)
}

fn not_a_workbook(_: XlsxError) -> FileFault {
    FileFault::NotAWorkbook
}

/// Cells gathered row by row, as they come.
#[derive(Default)]
struct Table {
    rows: Vec<(u64, Vec<RawValue>)>,
}

impl Table {
    fn put(&mut self, row: u32, column: usize, value: RawValue) {
        let number = u64::from(row) + 1;
        if self.rows.last().is_none_or(|(last, _)| *last != number) {
            self.rows.push((number, Vec::new()));
        }
        if let Some((_, values)) = self.rows.last_mut() {
            if values.len() <= column {
                values.resize(column + 1, RawValue::Empty);
            }
            values[column] = value;
        }
    }

    fn into_sheet(self) -> Result<Sheet, FileFault> {
        let is_filled = |value: &RawValue| *value != RawValue::Empty;
        let mut rows = self
            .rows
            .into_iter()
            .filter(|(_, values)| values.iter().any(is_filled));
        let (_, heading) = rows.next().ok_or(FileFault::NoHeading)?;
        let name = |value: RawValue| match value {
            RawValue::Text(text) => text,
            _ => String::new(),
        };
        let header: Vec<String> = heading.into_iter().map(name).collect();
        let row = |(row, mut values): (u64, Vec<RawValue>)| {
            // A value beyond the heading keeps its place and is refused as an unknown field.
            values.resize(values.len().max(header.len()), RawValue::Empty);
            let names = header
                .iter()
                .cloned()
                .chain(std::iter::repeat(String::new()));
            let unnamed = |(name, value): &(String, RawValue)| {
                !name.trim().is_empty() || *value != RawValue::Empty
            };
            RawRow {
                row,
                members: names.zip(values).filter(unnamed).collect(),
            }
        };
        let rows = rows.map(row).filter(|row| !row.is_empty()).collect();
        Ok(Sheet { header, rows })
    }
}

fn value_of(cell: &DataRef<'_>) -> RawValue {
    match cell {
        DataRef::Empty => RawValue::Empty,
        DataRef::String(text) => RawValue::Text(text.clone()),
        DataRef::SharedString(text) => RawValue::Text((*text).to_owned()),
        DataRef::Int(number) => RawValue::Number(number.to_string()),
        DataRef::Float(number) => decimal(*number),
        DataRef::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            day_of(year, month, day).map_or(RawValue::Other, RawValue::Day)
        }
        DataRef::DateTimeIso(text) => {
            let day = text.get(..10).and_then(|day| day.parse().ok());
            day.map_or(RawValue::Other, RawValue::Day)
        }
        _ => RawValue::Other,
    }
}

fn day_of(year: u16, month: u8, day: u8) -> Option<Date> {
    let (year, month, day) = (
        year.try_into().ok()?,
        month.try_into().ok()?,
        day.try_into().ok()?,
    );
    Date::new(year, month, day).ok()
}
