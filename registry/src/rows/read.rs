//! Opens a file of rows in one of its formats and hands out raw rows one by one.

use std::io::{self, BufReader, Read, Seek};

use super::csv::CsvRows;
use super::encoding::Encoding;
use super::error::{FileFault, RowError};
use super::json::JsonRows;
use super::lines::end_with_cr;
use super::raw::{RawRow, is_of_error};
use super::xlsx::read_sheet;

/// The formats in which rows are pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFormat {
    /// One JSON object a line, UTF-8.
    Ndjson,
    /// RFC 4180 with a heading; the encoding is recognised where it is not declared.
    Csv(Option<Encoding>),
    /// The visible sheet of a workbook, with a heading.
    Xlsx,
}

/// What bounds the memory of reading.
#[derive(Debug, Clone)]
pub struct RowLimits {
    /// Longest row of NDJSON or CSV, in bytes.
    pub row_bytes: usize,
    /// Largest workbook as it comes, in bytes.
    pub workbook_bytes: u64,
    /// Largest workbook unpacked, in bytes.
    pub unpacked_bytes: u64,
}

impl Default for RowLimits {
    fn default() -> Self {
        Self {
            row_bytes: 1 << 20,
            workbook_bytes: 16 << 20,
            unpacked_bytes: 128 << 20,
        }
    }
}

/// Why the next row cannot be handed out.
#[derive(Debug)]
pub enum ReadFault {
    /// This row is wrong; the next one may be right.
    Row(RowError),
    /// Nothing more can be read.
    File(FileFault),
}

/// Rows of one file. CSV and NDJSON are streamed: memory is bounded by [`RowLimits::row_bytes`].
/// A workbook is held whole, within its bounds.
pub struct Rows<R> {
    format: Format<R>,
    /// Whether there was a row, right or wrong.
    begun: bool,
    ended: bool,
}

enum Format<R> {
    Ndjson(JsonRows<BufReader<R>>),
    Csv(CsvRows<BufReader<R>>),
    Xlsx {
        header: Vec<String>,
        rows: std::vec::IntoIter<RawRow>,
    },
}

/// Opens a file of rows.
pub fn read<R: Read + Seek>(
    mut source: R,
    format: RowFormat,
    limits: &RowLimits,
) -> Result<Rows<R>, FileFault> {
    if format != RowFormat::Xlsx {
        let cr = end_with_cr(BufReader::new(&mut source))?;
        source.rewind()?;
        if cr {
            return Err(FileFault::LineEnds);
        }
    }
    let format = match format {
        RowFormat::Ndjson => Format::Ndjson(JsonRows::new(BufReader::new(source), limits)),
        RowFormat::Csv(declared) => {
            let encoding = match declared {
                Some(encoding) => encoding,
                None => Encoding::recognise(BufReader::new(&mut source))?,
            };
            source.rewind()?;
            Format::Csv(CsvRows::open(BufReader::new(source), encoding, limits)?)
        }
        RowFormat::Xlsx => {
            let sheet = read_sheet(source, limits)?;
            Format::Xlsx {
                header: sheet.header,
                rows: sheet.rows.into_iter(),
            }
        }
    };
    Ok(Rows {
        format,
        begun: false,
        ended: false,
    })
}

impl<R> Rows<R>
where
    R: Read,
{
    /// The heading of a table, without the columns `_error…` of a file of refused rows; `None` for NDJSON.
    pub fn header(&self) -> Option<Vec<String>> {
        let header = match &self.format {
            Format::Ndjson(_) => return None,
            Format::Csv(rows) => rows.header(),
            Format::Xlsx { header, .. } => header,
        };
        let own = header.iter().filter(|name| !is_of_error(name));
        Some(own.cloned().collect())
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<RawRow, ReadFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = match &mut self.format {
            Format::Ndjson(rows) => rows.next_row(),
            Format::Csv(rows) => rows.next_row(),
            Format::Xlsx { rows, .. } => rows.next().map(Ok),
        };
        let next = match next {
            None if !self.begun => Some(Err(FileFault::NoRows.into())),
            next => next,
        };
        self.begun = true;
        self.ended = matches!(next, None | Some(Err(ReadFault::File(_))));
        next.map(|row| row.map(RawRow::without_errors))
    }
}

impl From<RowError> for ReadFault {
    fn from(error: RowError) -> Self {
        Self::Row(error)
    }
}

impl From<FileFault> for ReadFault {
    fn from(fault: FileFault) -> Self {
        Self::File(fault)
    }
}

impl From<io::Error> for ReadFault {
    fn from(error: io::Error) -> Self {
        FileFault::from(error).into()
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "xlsx_tests.rs"]
mod xlsx_tests;
