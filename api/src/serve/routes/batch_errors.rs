//! The rows of a batch in error: as a list of what is wrong, or as a file that a clerk repairs and pushes again. Both are
//! read and sent page by page, however many rows there are.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use registry::Id;
use registry::batches::{RefusedRow, RowFault};
use registry::rows::is_guarded;
use serde::Deserialize;
use serde_json::Value;

use super::batch_rows::{Row, fault};
use super::batches::own;
use crate::serve::answer::{About, Told, raw};
use crate::serve::app::App;
use crate::serve::body::{Path, Query};
use crate::serve::caller::Caller;
use crate::serve::refusal::Refusal;

/// Rows that are read at once.
const PAGE: u32 = 50;
/// Most columns of a file to repair.
const COLUMNS: usize = 1000;
/// A byte-order mark, so that spreadsheets read Chinese.
const MARK: &str = "\u{FEFF}";

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Form {
    /// `ndjson` (default) or `csv`.
    #[serde(default)]
    form: FormName,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FormName {
    #[default]
    Ndjson,
    Csv,
}

impl FormName {
    fn media(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// The rows in error as a list: row, field, code, what is wrong and what to do. No value of a row is in it.
#[utoipa::path(get, path = "/v1/batches/{batch}/errors", tag = "batches", params(("batch" = String, Path), Form),
    responses((status = 200, content_type = "text/csv", body = String), (status = 404)))]
pub(crate) async fn errors(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
    Query(query): Query<Form>,
) -> Told {
    let job = own(&app, &caller, &name).await?;
    let about = About::by(&caller, "batch.errors_read", &name, String::new());
    let written = match query.form {
        FormName::Ndjson => Written::List,
        FormName::Csv => Written::ListCsv,
    };
    stream(app, caller, job, about, query.form, written).await
}

/// The rows in error as they were pushed, to be repaired and pushed again: the same columns, and beside them `_error_row`,
/// `_error_code`, `_error_zh` and `_error_en`, which a push leaves out. In CSV a value that a spreadsheet would take for a formula has
/// an apostrophe before it. A row that did not read, or is longer than 64 KiB, comes without its values.
#[utoipa::path(get, path = "/v1/batches/{batch}/repair", tag = "batches", params(("batch" = String, Path), Form),
    responses((status = 200, content_type = "text/csv", body = String), (status = 404)))]
pub(crate) async fn repair(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
    Query(query): Query<Form>,
) -> Told {
    let job = own(&app, &caller, &name).await?;
    let about = About::by(&caller, "batch.refused_rows_read", &name, String::new());
    let written = match query.form {
        FormName::Ndjson => Written::Rows,
        FormName::Csv => Written::RowsCsv(columns(&app, job).await?),
    };
    stream(app, caller, job, about, query.form, written).await
}

/// How rows in error are written.
enum Written {
    List,
    ListCsv,
    Rows,
    /// With these columns.
    RowsCsv(Vec<String>),
}

/// Every column that a row in error has, in the order of the first that has it.
async fn columns(app: &App, job: Id) -> Result<Vec<String>, Refusal> {
    let (mut columns, mut known) = (Vec::new(), BTreeSet::new());
    let mut after = 0;
    loop {
        let page = app
            .registry()
            .batches()
            .refused_rows(job, after, PAGE)
            .await?;
        let Some(last) = page.last() else { break };
        after = last.row;
        for (name, _) in page.into_iter().flat_map(|row| row.members) {
            if columns.len() < COLUMNS && known.insert(name.clone()) {
                columns.push(name);
            }
        }
    }
    Ok(columns)
}

async fn stream(
    app: Arc<App>,
    caller: Caller,
    job: Id,
    about: About,
    form: FormName,
    written: Written,
) -> Told {
    let pages = Pages {
        app: Arc::clone(&app),
        caller,
        job,
        written,
        after: None,
        ended: false,
    };
    let pages = futures_util::stream::unfold(pages, Pages::next);
    let response = raw(form.media(), Body::from_stream(pages));
    app.tell_response(about, response).await
}

/// Where a reader of rows in error is.
struct Pages {
    app: Arc<App>,
    caller: Caller,
    job: Id,
    written: Written,
    /// None before the first page.
    after: Option<u64>,
    ended: bool,
}

impl Pages {
    async fn next(mut self) -> Option<(Result<Vec<u8>, Refusal>, Self)> {
        if self.ended {
            return None;
        }
        let page = self.page().await;
        self.ended |= page.is_err();
        Some((page, self))
    }

    async fn page(&mut self) -> Result<Vec<u8>, Refusal> {
        self.caller.still_stands(&self.app).await?;
        let batches = self.app.registry().batches();
        let after = self.after.unwrap_or(0);
        let rows = batches.refused_rows(self.job, after, PAGE).await?;
        let mut text = match self.after {
            None => self.written.heading().into_bytes(),
            Some(_) => Vec::new(),
        };
        match rows.last() {
            Some(last) => self.after = Some(last.row),
            None => self.ended = true,
        }
        for row in rows {
            self.written.row(&mut text, row)?;
        }
        Ok(text)
    }
}

impl Written {
    fn heading(&self) -> String {
        match self {
            Self::List | Self::Rows => String::new(),
            Self::ListCsv => format!("{MARK}row,field,code,zh,en\r\n"),
            Self::RowsCsv(columns) => {
                let own = columns.iter().map(|name| quoted(name));
                let ours = OURS.iter().map(|name| (*name).to_owned());
                let cells: Vec<String> = own.chain(ours).collect();
                format!("{MARK}{}\r\n", cells.join(","))
            }
        }
    }

    fn row(&self, text: &mut Vec<u8>, refused: RefusedRow) -> Result<(), Refusal> {
        let RefusedRow {
            row,
            members,
            faults,
        } = refused;
        match self {
            Self::List => {
                let line = Row {
                    row,
                    outcome: "refused".to_owned(),
                    identifier: None,
                    errors: faults.into_iter().map(fault).collect(),
                };
                serde_json::to_writer(&mut *text, &line).map_err(|_| Refusal::unanswered())?;
                text.push(b'\n');
            }
            Self::ListCsv => {
                for fault in faults {
                    let field = fault.field.unwrap_or_default();
                    let cells = [row.to_string(), field, fault.code, fault.zh, fault.en];
                    line(text, cells.iter().map(|cell| quoted(cell)));
                }
            }
            Self::Rows => {
                let ours = OURS.map(str::to_owned).into_iter().zip(ours(row, &faults));
                let ours = ours.map(|(name, value)| (name, Value::String(value)));
                let members = members.into_iter().chain(ours);
                // Written by hand: a name that stands twice stays twice, as it was pushed.
                let members =
                    members.map(|(name, value)| format!("{}:{value}", Value::String(name)));
                let members: Vec<String> = members.collect();
                text.extend_from_slice(format!("{{{}}}\n", members.join(",")).as_bytes());
            }
            Self::RowsCsv(columns) => {
                let value = |name: &String| members.iter().find(|(own, _)| own == name);
                let own = columns.iter().map(|name| match value(name) {
                    Some((_, value)) => quoted(&cell(value)),
                    None => String::new(),
                });
                let ours = ours(row, &faults).map(|cell| quoted(&cell));
                line(text, own.chain(ours));
            }
        }
        Ok(())
    }
}

/// What stands beside the columns of a row; a push leaves out whatever begins with `_error`.
const OURS: [&str; 4] = ["_error_row", "_error_code", "_error_zh", "_error_en"];

fn ours(row: u64, faults: &[RowFault]) -> [String; 4] {
    let all = |part: &dyn Fn(&RowFault) -> String, between: &str| {
        let parts: Vec<String> = faults.iter().map(part).collect();
        parts.join(between)
    };
    let of = |fault: &RowFault, colon: &str| match &fault.field {
        Some(field) => format!("{field}{colon}"),
        None => String::new(),
    };
    [
        row.to_string(),
        all(&|fault| fault.code.clone(), " "),
        all(&|fault| of(fault, "：") + &fault.zh, "；"),
        all(&|fault| of(fault, ": ") + &fault.en, "; "),
    ]
}

/// A value as a table has it; several holders stand with `^` between them.
fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(cell).collect();
            values.join("^")
        }
        Value::Null => String::new(),
        // A picture within a row has no place in a table; NDJSON keeps it.
        Value::Object(_) => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn line(text: &mut Vec<u8>, cells: impl Iterator<Item = String>) {
    let cells: Vec<String> = cells.collect();
    text.extend_from_slice(cells.join(",").as_bytes());
    text.extend_from_slice(b"\r\n");
}

/// A cell of RFC 4180; what a spreadsheet would take for a formula is kept a text, by an apostrophe that a push takes
/// off again.
fn quoted(cell: &str) -> String {
    let number = cell
        .chars()
        .all(|letter| letter.is_ascii_digit() || matches!(letter, '+' | '-' | '.' | ' '));
    let guard = if is_guarded(cell) && !number { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row() -> RefusedRow {
        let member = |name: &str, value: Value| (name.to_owned(), value);
        RefusedRow {
            row: 8,
            members: vec![
                member("ref", "r-8".into()),
                member("name", json!(["张三", "李\"四"])),
                member("note", "=1+1".into()),
                member("level", json!(-3)),
                member("note", "again".into()),
            ],
            faults: vec![
                RowFault::new("field.required", Some("day"), "缺少", "is missing"),
                RowFault::new("row.odd", None, "有误", "is odd"),
            ],
        }
    }

    fn written(how: &Written) -> String {
        let mut text = how.heading().into_bytes();
        how.row(&mut text, row()).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_refused_row_is_written_as_it_was_pushed() {
        let columns = ["ref", "name", "day", "note", "level"].map(str::to_owned);
        assert_eq!(
            written(&Written::RowsCsv(columns.into())),
            "\u{FEFF}\"ref\",\"name\",\"day\",\"note\",\"level\",_error_row,_error_code,_error_zh,_error_en\r\n\
             \"r-8\",\"张三^李\"\"四\",,\"'=1+1\",\"-3\",\"8\",\"field.required row.odd\",\
             \"day：缺少；有误\",\"day: is missing; is odd\"\r\n"
        );
        assert_eq!(
            written(&Written::Rows),
            "{\"ref\":\"r-8\",\"name\":[\"张三\",\"李\\\"四\"],\"note\":\"=1+1\",\"level\":-3,\"note\":\"again\",\
             \"_error_row\":\"8\",\"_error_code\":\"field.required row.odd\",\
             \"_error_zh\":\"day：缺少；有误\",\"_error_en\":\"day: is missing; is odd\"}\n"
        );
    }

    #[test]
    fn the_list_repeats_no_value() {
        for list in [Written::List, Written::ListCsv] {
            let text = written(&list);
            assert!(text.contains("field.required"), "{text}");
            assert!(!text.contains("张三") && !text.contains("r-8"), "{text}");
        }
    }
}
