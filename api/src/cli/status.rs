//! `yinxin status` and `yinxin list`: what is on record, without a file.

use registry::Id;
use registry::certificates::{Filter, Record, TypeCode};
use serde_json::json;
use verifier::verdict::Asker;
use verifier::{Asked, judge};

use super::args::{List, Status};
use super::verify::{Answer, verdict_words};
use super::{code, name, open_to_read};
use crate::clock;
use crate::facts;
use crate::folder::DataFolder;
use crate::problem::Problem;
use crate::say::Say;

/// The verdict on a record at an instant, as known at an instant. No file is checked, and it says so.
pub(super) async fn run(args: Status, say: Say) -> Result<(), Problem> {
    let now = clock::now();
    let (at, known_at) = (args.at.unwrap_or(now), args.known_at.unwrap_or(now));
    let name = name(&args.identifier)?;
    let registry = open_to_read(&DataFolder::at(&args.folder.data)).await?;
    let record = registry.certificates().find(name.key()).await?;
    let facts = facts::of_record(&registry, record, Asker::ByDuty, at, known_at).await?;
    registry.close().await;
    let verdict = judge(Asked::Record, &facts);
    say.answer(&verdict, |language| {
        verdict_words(args.identifier.as_ref(), &verdict, language)
    })?;
    Answer::of_verdict(&verdict).finish()
}

/// One page of what is on record, and the cursor of the next.
pub(super) async fn list(args: List, say: Say) -> Result<(), Problem> {
    let type_code = args
        .type_code
        .as_deref()
        .map(|text| code("--type", text, TypeCode::parse))
        .transpose()?;
    let after = args.after.as_deref().map(cursor).transpose()?;
    let filter = Filter {
        type_code: type_code.as_ref(),
        ..Filter::default()
    };
    let now = clock::now();
    let registry = open_to_read(&DataFolder::at(&args.folder.data)).await?;
    let page = registry
        .certificates()
        .search(&filter, after, args.limit, now)
        .await?;
    registry.close().await;
    for record in &page.records {
        let state = state(record, now);
        let value = json!({
            "identifier": record.name(), "type": record.type_code, "agency": record.agency,
            "issued": record.issued.to_string(), "state": state,
        });
        say.answer(&value, |_| {
            format!("{}  {}  {state}", record.name(), record.issued)
        })?;
    }
    if let Some(next) = page.next {
        say.answer(&json!({ "next": next.to_string() }), |language| {
            let words = language.pick("下一页：", "next page: ");
            format!("{words}--after {next}")
        })?;
    }
    Ok(())
}

fn state(record: &Record, now: jiff::Timestamp) -> &'static str {
    record
        .state_at(now, now)
        .map_or("none", |state| state.name.as_str())
}

fn cursor(text: &str) -> Result<Id, Problem> {
    text.parse().map_err(|()| Problem::Usage {
        zh: format!("“{text}”不是分页游标"),
        en: format!("{text:?} is no cursor of a page"),
    })
}
