//! `yinxin replace|renew`: version n+1 of a certificate, which supersedes version n in one transaction.
//!
//! The same push as `sign`, of one row that names what it replaces. Many are renewed with `sign` and a
//! column `replaces`.

use std::fs;
use std::io::Cursor;

use registry::Sentence;
use registry::batches::Outcome;
use registry::certificates::Name;
use registry::rows::RowFormat;
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value};

use super::args::Renewal;
use super::sign::report;
use super::{actor, name, open};
use crate::batch::{self, Order, TimeStamps};
use crate::clock;
use crate::installation::Installation;
use crate::problem::Problem;
use crate::say::Say;

pub(super) async fn run(args: Renewal, say: Say) -> Result<(), Problem> {
    let replaced = name(&args.identifier)?;
    let row = row(&args, &replaced)?;
    let installation = open(&args.folder).await?;
    let outcome = renew(&installation, &args, &replaced, row, say).await;
    installation.close().await;
    outcome
}

async fn renew(
    installation: &Installation,
    args: &Renewal,
    replaced: &Name,
    row: String,
    say: Say,
) -> Result<(), Problem> {
    let actor = actor(&args.acting)?;
    let certificates = installation.registry.certificates();
    let (type_code, agency) = certificates
        .renewing(replaced, &actor, clock::now())
        .await?;
    let order = Order {
        actor: &actor,
        agency,
        type_code,
        format: RowFormat::Ndjson,
        // With the content: after a refusal the corrected row is a new push.
        idempotency_key: format!("renew {}", hex::encode(digest(&SHA256, row.as_bytes()))),
    };
    let mut row = Cursor::new(row.into_bytes());
    let accepted = batch::accept(installation, order, &mut row, &args.input).await?;
    if !installation
        .registry
        .batches()
        .progress(accepted.job)
        .await?
        .is_over()
    {
        let stamps = batch::usual_time_stamps(installation, accepted.job, TimeStamps::None).await?;
        let workshop =
            batch::workshop(installation, batch::fonts(installation)?, stamps, None).await?;
        batch::work(installation, accepted.job, &workshop, |_| ()).await?;
    }
    let answers = batch::answers(installation, accepted.job).await?;
    for answer in &answers {
        if let Outcome::Issued(successor) = &answer.outcome {
            say.line(
                format!("新版本：{successor}"),
                format!("the new version is {successor}"),
            );
        }
    }
    if let Some(out) = &args.out {
        batch::write_out(installation, &answers, out).await?;
    }
    report(&answers, say)
}

/// The row of the file, naming what it replaces.
fn row(args: &Renewal, replaced: &Name) -> Result<String, Problem> {
    let text = fs::read_to_string(&args.input).map_err(|e| Problem::unreadable(&args.input, e))?;
    named(&text, replaced).map_err(|error| {
        let reason = Sentence::new(
            format!("应为一个 JSON 对象，即新的一行（{error}）"),
            format!("one JSON object, the new row, is expected: {error}"),
        );
        Problem::bad_file(&args.input, reason)
    })
}

/// The object as it is written, on one line, with one member more: what stands in it twice is for the
/// check of rows to refuse, as in every file of rows.
fn named(text: &str, replaced: &Name) -> Result<String, serde_json::Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let members: Map<String, Value> = serde_json::from_str(text)?;
    // Within a JSON string there is no line break.
    let line = text.replace(['\r', '\n'], " ");
    let rest = line.trim_start().trim_start_matches('{');
    let comma = if members.is_empty() { "" } else { "," };
    Ok(format!("{{\"replaces\":\"{replaced}\"{comma}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_stands_twice_is_kept_twice() {
        let text = "1.2.156.3005.2.11990000MB99990094006.11990000MB99990094.OLD0001.001.A";
        let identifier = Name::parse(text).unwrap();
        let head = format!("{{\"replaces\":\"{text}\"");
        for (file, line) in [
            ("{}", format!("{head}}}")),
            (
                " {\n\"a\": 1,\r\n\"a\": 2}\n",
                format!("{head}, \"a\": 1,  \"a\": 2}} "),
            ),
        ] {
            assert_eq!(named(file, &identifier).unwrap(), line);
        }
        for file in ["", "[]", "{} {}"] {
            assert!(named(file, &identifier).is_err(), "{file}");
        }
    }
}
