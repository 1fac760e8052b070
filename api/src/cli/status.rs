//! `yinxin status` and `yinxin list`: what is on record, without a file.

use registry::certificates::{Filter, Identifier, Name, Record, TypeCode};
use registry::{Id, Registry};
use serde_json::{Value, json};
use verifier::report::{Finding, Severity};
use verifier::verdict::Asker;
use verifier::{Asked, Verdict, judge};

use super::args::{List, Status};
use super::verify::{Answer, verdict_words};
use super::{code, name, open_to_read};
use crate::clock;
use crate::facts;
use crate::folder::DataFolder;
use crate::language::Language;
use crate::problem::Problem;
use crate::say::Say;

/// The verdict on a record at an instant, as known at an instant. No file is checked, and it says so.
pub(super) async fn run(args: Status, say: Say) -> Result<(), Problem> {
    let now = clock::now();
    let (at, known_at) = (args.at.unwrap_or(now), args.known_at.unwrap_or(now));
    let name = name(&args.identifier)?;
    let registry = open_to_read(&DataFolder::at(&args.folder.data)).await?;
    let record = registry.certificates().find(name.key()).await?;
    let remark = remark(&registry, &name, record.as_ref()).await?;
    let facts = facts::of_record(&registry, record, Asker::ByDuty, at, known_at).await?;
    registry.close().await;
    let verdict = judge(Asked::Record, &facts);
    let finding = remark.as_ref().map(Remark::finding);
    say.answer(&with(&verdict, finding.as_ref())?, |language| {
        let words = verdict_words(args.identifier.as_ref(), &verdict, language);
        match &remark {
            Some(remark) => format!("{words}\n  {} [{CHECK_DIGIT}]", remark.said(language)),
            None => words,
        }
    })?;
    Answer::of_verdict(&verdict).finish()
}

const CHECK_DIGIT: &str = "identifier.check_digit";

/// What is to be said of the check character of the identifier that was asked.
enum Remark {
    /// Nothing has this identifier; this one differs in its check character alone.
    Meant(Identifier),
    /// Stock: an earlier system gave it with a wrong one.
    Foreign,
}

async fn remark(
    registry: &Registry,
    name: &Name,
    record: Option<&Record>,
) -> Result<Option<Remark>, Problem> {
    let Name::Identifier(asked) = name else {
        return Ok(None);
    };
    if record.is_none() {
        let meant = registry.certificates().meant_by(asked).await?;
        return Ok(meant.map(Remark::Meant));
    }
    let wrong = Identifier::parse_own(&asked.to_string()).is_err();
    Ok(wrong.then_some(Remark::Foreign))
}

impl Remark {
    fn said(&self, language: Language) -> String {
        match self {
            Self::Meant(meant) => match language {
                Language::Zh => format!("所给标识的校验位有误，没有这样的证照；是否要查 {meant}？"),
                Language::En => format!(
                    "the identifier has a wrong check character and names nothing; did you mean {meant}?"
                ),
            },
            Self::Foreign => language
                .pick(
                    "注意：该标识由原系统给出，其校验位有误；请与证照核对",
                    "Mind: an earlier system gave this identifier with a wrong check character; compare it with the certificate",
                )
                .to_owned(),
        }
    }

    fn finding(&self) -> Finding {
        Finding {
            code: CHECK_DIGIT,
            severity: Severity::Warning,
            sub_indication: None,
            seen: self.said(Language::En),
            clause: "GB/T 36904",
        }
    }
}

/// A verdict as JSON, with a finding about the question beside those about the record.
fn with(verdict: &Verdict, finding: Option<&Finding>) -> Result<Value, Problem> {
    let unwritable = |error: serde_json::Error| {
        Problem::usage(format!("无法写成 JSON：{error}"), error.to_string())
    };
    let mut value = serde_json::to_value(verdict).map_err(unwritable)?;
    let findings = value.get_mut("findings").and_then(Value::as_array_mut);
    if let (Some(findings), Some(finding)) = (findings, finding) {
        findings.push(serde_json::to_value(finding).map_err(unwritable)?);
    }
    Ok(value)
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
