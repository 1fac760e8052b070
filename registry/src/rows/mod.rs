//! Rows as agencies push them: read from a file, checked against a published type, typed.
//!
//! No SQL and no files of our own: a reader comes in, checked rows or errors without personal
//! values go out. `batches` calls it; whether a row is new is decided there.

mod check;
mod csv;
mod digest;
mod encoding;
mod error;
mod json;
mod lines;
mod parties;
mod raw;
mod read;
mod stock;
mod terms;
mod text;
mod value;
mod values;
mod xlsx;
mod zip_bound;

pub use check::{Blobs, CheckedRow, RowNumber, check_header, check_row};
pub use encoding::Encoding;
pub use error::{FieldRef, FileFault, RowError, Rule};
pub use raw::{RawRow, RawValue, is_guarded};
pub use read::{ReadFault, RowFormat, RowLimits, Rows, read};
pub use stock::{Ended, StockColumns, check_stock_row};
