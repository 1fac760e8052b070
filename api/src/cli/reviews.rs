//! `yinxin review …` at the service: a reviewer fetches pages, looks at them, and decides by what was fetched.

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::io::{Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use serde_json::json;

use super::args::Review;
use super::people::open;
use super::pushes::own_file;
use crate::language::Language;
use crate::problem::Problem;
use crate::remote::Remote;
use crate::say::Say;
use crate::serve::routes::reviews::{DecidedRow, DecisionBody, DecisionWord, RowInReview, Waiting};

/// Beside the pages: which digest each row's page was made of.
const INDEX: &str = "pages.json";
/// Rows asked for at once, and decisions sent at once.
const PAGE: usize = 1000;

/// Digests of the pages that were fetched, by row.
type Seen = BTreeMap<u64, String>;

pub(super) fn run(command: Review, say: Say) -> Result<(), Problem> {
    match command {
        Review::List { server, agency } => list(&open(&server)?, &agency, say),
        Review::Pages { server, batch, out } => pages(&open(&server)?, &batch, &out, say),
        Review::Approve {
            server,
            batch,
            seen,
            rows,
        } => {
            let decisions = decisions(&seen, &rows, DecisionWord::Approve, None)?;
            decide(&open(&server)?, &batch, &decisions, say)
        }
        Review::SendBack {
            server,
            batch,
            seen,
            reason,
            rows,
        } => {
            let decisions = decisions(&seen, &rows, DecisionWord::SendBack, Some(reason))?;
            decide(&open(&server)?, &batch, &decisions, say)
        }
    }
}

fn list(remote: &Remote, agency: &str, say: Say) -> Result<(), Problem> {
    let waiting: Vec<Waiting> = remote.get(&format!("/v1/reviews?agency={agency}"))?;
    for Waiting { batch, rows } in &waiting {
        say.answer(&json!({ "batch": batch, "rows": rows }), |language| {
            let words = language.pick("行待审核", "rows wait");
            format!("{batch}  {rows} {words}")
        })?;
    }
    if waiting.is_empty() {
        say.line("没有待审核的批次", "nothing waits for a reviewer");
    }
    Ok(())
}

/// Writes each page as `ROW.pdf`, and what they are made of beside them.
fn pages(remote: &Remote, batch: &str, out: &Path, say: Say) -> Result<(), Problem> {
    // What is on the pages is nobody else's.
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(out)
        .map_err(|e| Problem::unwritable(out, e))?;
    let (mut seen, mut after) = (Seen::new(), 0);
    loop {
        let rows: Vec<RowInReview> = remote.get(&format!(
            "/v1/batches/{batch}/reviews?after={after}&limit={PAGE}"
        ))?;
        let Some(last) = rows.last() else { break };
        after = last.row;
        for RowInReview { row, .. } in rows {
            let page = remote.tagged(&format!("/v1/batches/{batch}/rows/{row}/page"));
            let (inputs, mut reader) = match page {
                // Another reviewer was first.
                Err(Problem::Server { code, .. }) if code == "not_in_review" => continue,
                page => page?,
            };
            let path = out.join(format!("{row}.pdf"));
            let mut bytes = Vec::new();
            reader
                .read_to_end(&mut bytes)
                .map_err(|e| Problem::unreadable(&path, e))?;
            write(&path, &bytes)?;
            seen.insert(row, inputs);
        }
    }
    write(&out.join(INDEX), json!(seen).to_string().as_bytes())?;
    let count = seen.len();
    say.answer(&json!({ "pages": count }), |language| {
        let words = language.pick("已取得待审核的页面", "pages to look at");
        format!("{words} {count}: {}", out.display())
    })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let written = own_file(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(|e| Problem::unwritable(path, e))
}

fn decisions(
    folder: &Path,
    rows: &[u64],
    word: DecisionWord,
    reason: Option<String>,
) -> Result<Vec<DecisionBody>, Problem> {
    let index = folder.join(INDEX);
    let text = std::fs::read(&index).map_err(|e| Problem::unreadable(&index, e))?;
    let seen: Seen = serde_json::from_slice(&text).map_err(|e| {
        Problem::unreadable(
            &index,
            std::io::Error::new(std::io::ErrorKind::InvalidData, e),
        )
    })?;
    let every: Vec<u64> = seen.keys().copied().collect();
    let rows = if rows.is_empty() { &every } else { rows };
    rows.iter()
        .map(|row| {
            let inputs = seen.get(row).cloned().ok_or_else(|| {
                Problem::usage(
                    format!(
                        "{} 中没有第 {row} 行的页面；请先用 review pages 取得",
                        folder.display()
                    ),
                    format!(
                        "{} has no page of row {row}; fetch it with `review pages` first",
                        folder.display()
                    ),
                )
            })?;
            Ok(DecisionBody {
                row: *row,
                inputs,
                decision: word,
                reason: reason.clone(),
            })
        })
        .collect()
}

/// Sends the decisions; one that is not on record is a bad outcome.
fn decide(
    remote: &Remote,
    batch: &str,
    decisions: &[DecisionBody],
    say: Say,
) -> Result<(), Problem> {
    let (mut recorded, mut others) = (0, 0);
    for piece in decisions.chunks(PAGE) {
        let path = format!("/v1/batches/{batch}/reviews");
        let decided: Vec<DecidedRow> = remote.send("POST", &path, &piece)?;
        for DecidedRow { row, outcome } in decided {
            let (zh, en) = match outcome.as_str() {
                "recorded" => {
                    recorded += 1;
                    continue;
                }
                "refused" => (
                    "已不能颁发（发证权限或所替换的证照已终止），该行列为有误",
                    "may not be issued any more: the right, or the certificate it replaces, has ended; the row is in error",
                ),
                "changed" => (
                    "页面内容已变化，请重新取得并查看",
                    "its page is made of other things by now; fetch and look again",
                ),
                _ => (
                    "不在待审核之列，或已由他人审核",
                    "waits no more: there is none, or another reviewer was first",
                ),
            };
            others += 1;
            say.answer(&json!({ "row": row, "outcome": outcome }), |language| {
                format!("{row}  {}", language.pick(zh, en))
            })?;
        }
    }
    say.answer(
        &json!({ "recorded": recorded, "others": others }),
        |language| match language {
            Language::Zh => format!("已记录 {recorded} 项决定"),
            Language::En => format!("{recorded} decisions recorded"),
        },
    )?;
    match others {
        0 => Ok(()),
        _ => Err(Problem::BadOutcome(1)),
    }
}
