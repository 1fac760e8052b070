//! CSV as in RFC 4180, read strictly: a quotation mark out of place is an error of its row and
//! swallows no other row.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use super::encoding::Encoding;
use super::error::{FileFault, RowError, Rule};
use super::lines::{Line, Lines};
use super::raw::{RawRow, RawValue};
use super::read::{ReadFault, RowLimits};

/// Most lines that one row may span, so that an open quotation mark cannot collect a whole file.
const MAX_LINES_OF_A_ROW: usize = 500;

/// Rows of a CSV file, after its heading.
pub(super) struct CsvRows<R> {
    header: Vec<String>,
    records: Records<R>,
}

impl<R: BufRead> CsvRows<R> {
    /// Reads the heading.
    pub(super) fn open(
        source: R,
        encoding: Encoding,
        limits: &RowLimits,
    ) -> Result<Self, FileFault> {
        let lines = Lines::new(source, limits.row_bytes);
        let mut records = Records {
            lines,
            encoding,
            max: limits.row_bytes,
            waiting: VecDeque::new(),
        };
        let header: Vec<String> = match records.next_record()? {
            None => return Err(FileFault::NoHeading),
            Some((_, Ok(values))) => values,
            Some((row, Err(rule))) => return Err(FileFault::Heading(RowError::row(row, rule))),
        };
        match separator(&header) {
            Some(separator) => Err(FileFault::Separator { separator }),
            None => Ok(Self { header, records }),
        }
    }

    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// The next row that is not blank.
    pub(super) fn next_row(&mut self) -> Option<Result<RawRow, ReadFault>> {
        let (row, values) = match self.records.next_record() {
            Ok(record) => record?,
            Err(error) => return Some(Err(error.into())),
        };
        let (expected, found) = (self.header.len(), values.as_ref().map_or(0, Vec::len));
        Some(match values {
            Err(rule) => Err(RowError::row(row, rule).into()),
            Ok(_) if found != expected => {
                Err(RowError::row(row, Rule::ColumnCount { expected, found }).into())
            }
            Ok(values) => {
                let values = values.into_iter().map(RawValue::Text);
                Ok(RawRow {
                    row,
                    members: self.header.iter().cloned().zip(values).collect(),
                })
            }
        })
    }
}

/// What separates the columns where it is not a comma. A table has more than one column, and a name has none of these.
fn separator(header: &[String]) -> Option<(&'static str, &'static str)> {
    let [only] = header else { return None };
    let separators = [
        (';', ("分号", "a semicolon")),
        ('\t', ("制表符", "a TAB")),
        ('|', ("竖线", "a vertical bar")),
        ('，', ("全角逗号", "a full-width comma")),
        ('；', ("全角分号", "a full-width semicolon")),
    ];
    separators
        .into_iter()
        .find_map(|(character, name)| only.contains(character).then_some(name))
}

/// Records of one or several lines.
struct Records<R> {
    lines: Lines<R>,
    encoding: Encoding,
    max: usize,
    /// Lines that a broken record had taken and gave back.
    waiting: VecDeque<Line>,
}

impl<R: BufRead> Records<R> {
    fn next_line(&mut self) -> io::Result<Option<Line>> {
        match self.waiting.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next_line(),
        }
    }

    /// The next record that is not blank, with the number of its first line.
    fn next_record(&mut self) -> io::Result<Option<Record>> {
        loop {
            let Some(first) = self.next_line()? else {
                return Ok(None);
            };
            let row = first.number;
            let values = self.record(first)?;
            let blank = |values: &Vec<String>| values.iter().all(|value| value.trim().is_empty());
            if !values.as_ref().is_ok_and(blank) {
                return Ok(Some((row, values)));
            }
        }
    }

    fn record(&mut self, first: Line) -> io::Result<Result<Vec<String>, Rule>> {
        let mut splitter = Splitter::default();
        let mut taken = VecDeque::new();
        let mut bytes = 0;
        let mut line = Some(first);
        let rule = loop {
            // A quotation mark that is open at the end of the file or at a bound never closes.
            let Some(Line {
                number,
                bytes: content,
            }) = line
            else {
                break Rule::Quotes;
            };
            let Some(content) = content else {
                taken.push_back(Line {
                    number,
                    bytes: None,
                });
                break Rule::RowTooLong { max: self.max };
            };
            bytes += content.len();
            if taken.len() == MAX_LINES_OF_A_ROW || bytes > self.max {
                taken.push_back(Line {
                    number,
                    bytes: Some(content),
                });
                break Rule::Quotes;
            }
            let text = self
                .encoding
                .decode(without_mark(number, &content).to_vec());
            taken.push_back(Line {
                number,
                bytes: Some(content),
            });
            let Some(text) = text else {
                break Rule::Encoding(self.encoding.name());
            };
            match splitter.feed(&text) {
                Fed::Complete => return Ok(Ok(splitter.values)),
                Fed::Broken => break Rule::Quotes,
                Fed::Open => line = self.next_line()?,
            }
        };
        // The first line is the row in error; the others may be rows of their own.
        taken.pop_front();
        taken.append(&mut self.waiting);
        self.waiting = taken;
        Ok(Err(rule))
    }
}

/// The content of a line without the byte order mark that the first one may have.
fn without_mark(number: u64, content: &[u8]) -> &[u8] {
    match content.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) if number == 1 => rest,
        _ => content,
    }
}

/// Splits the lines of one record into values.
#[derive(Default)]
struct Splitter {
    values: Vec<String>,
    value: String,
    place: Place,
}

/// The number of a record's first line, and its values or what is wrong with it.
type Record = (u64, Result<Vec<String>, Rule>);

/// Where the splitter stands.
#[derive(Default, PartialEq)]
enum Place {
    #[default]
    Start,
    Plain,
    Quoted,
    /// After a mark within a quoted value: the end of the value, or the first of two.
    Mark,
}

enum Fed {
    Complete,
    Open,
    Broken,
}

impl Splitter {
    fn feed(&mut self, line: &str) -> Fed {
        for c in line.chars() {
            self.place = match (&self.place, c) {
                (Place::Start, '"') => Place::Quoted,
                (Place::Quoted, '"') => Place::Mark,
                (Place::Start | Place::Plain | Place::Mark, ',') => {
                    self.values.push(std::mem::take(&mut self.value));
                    Place::Start
                }
                (Place::Mark, '"') | (Place::Quoted, _) => {
                    self.value.push(c);
                    Place::Quoted
                }
                (Place::Mark, _) | (Place::Plain, '"') => return Fed::Broken,
                (Place::Start | Place::Plain, _) => {
                    self.value.push(c);
                    Place::Plain
                }
            };
        }
        if self.place == Place::Quoted {
            self.value.push('\n');
            return Fed::Open;
        }
        self.values.push(std::mem::take(&mut self.value));
        Fed::Complete
    }
}
