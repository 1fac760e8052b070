//! `yinxin suspend|resume|revoke|cancel|withdraw`: one decision about one or many certificates.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use registry::Id;
use registry::certificates::{
    BulkAct, BulkItem, Decision, Filter, ItemOutcome, Name, Selection, StateName, TransitionKind,
    TypeCode, end_of_day,
};
use registry::units::{ActingAuthority, Actor, CreditCode};
use ring::digest::{SHA256, digest};
use serde_json::json;

use super::args::Transition;
use super::{actor, code, open, parse_actor};
use crate::clock;
use crate::installation::Installation;
use crate::problem::Problem;
use crate::say::Say;

/// Items of one transaction.
const GROUP: u32 = 500;

/// Which of the five.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Suspend,
    Resume,
    Revoke,
    Cancel,
    Withdraw,
}

impl Act {
    /// The word of the kind of transition, which is also that of the command.
    fn word(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Revoke => "revoke",
            Self::Cancel => "cancel",
            Self::Withdraw => "withdraw",
        }
    }

    fn zh(self) -> &'static str {
        match self {
            Self::Suspend => "暂停",
            Self::Resume => "恢复",
            Self::Revoke => "吊销",
            Self::Cancel => "注销",
            Self::Withdraw => "撤销",
        }
    }
}

pub(super) async fn run(act: Act, args: Transition, say: Say) -> Result<(), Problem> {
    let actor = actor(&args.acting)?;
    let chosen = chosen(&args)?;
    let second = args
        .second
        .as_deref()
        .map(|text| parse_actor("--second", text))
        .transpose()?;
    let installation = open(&args.folder).await?;
    let outcome = carry_out(&installation, act, &args, &actor, &chosen, second, say).await;
    installation.close().await;
    outcome
}

/// Which certificates a command is about.
enum Chosen {
    /// Those named, on the command line and in a file.
    Names(Vec<Name>),
    /// Those that a search finds.
    Query(Query),
    /// Those of an act that was prepared before, as far as they wait.
    Act(Id),
}

/// What `--query` looks for.
struct Query {
    type_code: TypeCode,
    state: Option<StateName>,
    issued: Option<(Date, Date)>,
}

impl Query {
    fn filter(&self) -> Filter<'_> {
        Filter {
            type_code: Some(&self.type_code),
            state: self.state,
            issued: self.issued,
            ..Filter::default()
        }
    }
}

async fn carry_out(
    installation: &Installation,
    act: Act,
    args: &Transition,
    actor: &Actor,
    chosen: &Chosen,
    second: Option<Actor>,
    say: Say,
) -> Result<(), Problem> {
    let certificates = installation.registry.certificates();
    let filter;
    let selection = match chosen {
        Chosen::Act(id) => {
            let prepared = certificates.bulk_act(*id).await?;
            may_go_on(&prepared, act, actor)?;
            return go_on(installation, act, *id, second, say).await;
        }
        Chosen::Names(names) => Selection::List(names),
        Chosen::Query(query) => {
            filter = query.filter();
            Selection::Query(&filter)
        }
    };
    let decision = decision(installation, act, args, actor).await?;
    if args.dry_run {
        let items = certificates
            .try_bulk(selection, &decision, actor, clock::now())
            .await?;
        return tell(&items, true, say);
    }
    let prepared = certificates
        .prepare_bulk(selection, &decision, actor, clock::now())
        .await?;
    // Whoever is cut off from here on goes on with this name.
    let (id, mass) = (prepared.id.to_string(), prepared.mass);
    if mass {
        say.answer(&json!({ "act": id, "mass": mass }), |language| {
            let words = language.pick(
                "中断后可继续办理：--resume",
                "if it is cut off, go on with --resume",
            );
            format!("{words} {id}")
        })?;
    }
    go_on(installation, act, prepared.id, second, say).await
}

/// A prepared act is gone on with as what it is, by a person of the unit that prepared it.
fn may_go_on(prepared: &BulkAct, act: Act, actor: &Actor) -> Result<(), Problem> {
    let kind = prepared.decision.kind.as_str();
    if kind != act.word() {
        return Err(Problem::Usage {
            zh: format!("该批操作为 {kind}；请用 yinxin {kind} --resume 继续"),
            en: format!("that act is to {kind}; go on with yinxin {kind} --resume"),
        });
    }
    if actor.unit != prepared.actor.unit {
        return Err(Problem::Usage {
            zh: "该批操作由另一单位准备；由该单位继续".into(),
            en: "another unit prepared that act; that unit goes on with it".into(),
        });
    }
    Ok(())
}

/// Confirms if a second person is named, carries out what waits, and tells what became of each.
async fn go_on(
    installation: &Installation,
    kind: Act,
    act: Id,
    second: Option<Actor>,
    say: Say,
) -> Result<(), Problem> {
    let certificates = installation.registry.certificates();
    if let Some(second) = second {
        certificates
            .confirm_bulk(act, &second, clock::now())
            .await?;
    }
    loop {
        match certificates.run_bulk(act, GROUP, clock::now()).await {
            Ok(progress) if progress.finished => break,
            Ok(_) => {}
            Err(error) if error.code() == "second_person_needed" => {
                return Err(unconfirmed(kind, act));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let mut items: Vec<BulkItem> = Vec::new();
    loop {
        let after = items.last().map_or(0, |item| item.place);
        let page = certificates.bulk_items(act, after, GROUP).await?;
        if page.is_empty() {
            return tell(&items, false, say);
        }
        items.extend(page);
    }
}

/// Nothing was done: what is to be added.
fn unconfirmed(kind: Act, act: Id) -> Problem {
    let word = kind.word();
    Problem::Registry(registry::Error::Refused {
        code: "second_person_needed",
        zh: format!(
            "尚未办理：涉及大量证照，须由本机构第二人确认；请运行 yinxin {word} --resume {act} --as 账号@单位 --second 另一账号@单位"
        ),
        en: format!(
            "nothing is done yet: this is about many certificates, and a second person of the agency must confirm it; \
             run yinxin {word} --resume {act} --as PERSON@UNIT --second OTHER@UNIT"
        ),
    })
}

/// The outcome of each item; a refused one is a bad outcome of the whole.
fn tell(items: &[BulkItem], trial: bool, say: Say) -> Result<(), Problem> {
    for item in items {
        let (name, outcome) = (&item.asked, item.outcome.as_str());
        let why = (item.outcome == ItemOutcome::Refused).then_some(&item.message);
        let value = json!({
            "identifier": name, "outcome": outcome, "dry_run": trial, "message": why,
        });
        say.answer(&value, |language| {
            let words = match (item.outcome, trial) {
                (ItemOutcome::Done, false) => language.pick("已办理", "done"),
                (ItemOutcome::Done, true) => language.pick(
                    "可以办理（试运行，未改动）",
                    "possible (dry run, nothing changed)",
                ),
                (ItemOutcome::Refused, _) => language.pick("不予办理：", "refused: "),
                (ItemOutcome::Waiting, _) => language.pick("待办", "waiting"),
            };
            format!(
                "{name}  {words}{}",
                language.pick(&item.message.zh, &item.message.en)
            )
        })?;
    }
    if items.is_empty() {
        say.line("没有符合条件的证照", "no certificate is of that kind");
    }
    if items
        .iter()
        .any(|item| item.outcome == ItemOutcome::Refused)
    {
        return Err(Problem::BadOutcome(1));
    }
    Ok(())
}

async fn decision(
    installation: &Installation,
    act: Act,
    args: &Transition,
    actor: &Actor,
) -> Result<Decision, Problem> {
    if args.until.is_some() && !matches!(act, Act::Suspend) {
        return Err(Problem::usage(
            format!(
                "--until 只用于 suspend；{}没有期限，请去掉 --until",
                act.zh()
            ),
            format!(
                "--until is for suspend alone; to {} is without end, leave --until out",
                act.word()
            ),
        ));
    }
    let unit = match &args.authority {
        Some(text) => code("--authority", text, CreditCode::parse)?,
        None => actor.unit.clone(),
    };
    let unit = installation.registry.units().of_any_kind(&unit).await?;
    let until: Option<Timestamp> = args.until.map(end_of_day);
    Ok(Decision {
        kind: match act {
            Act::Suspend => TransitionKind::Suspend { until },
            Act::Resume => TransitionKind::Resume,
            Act::Revoke => TransitionKind::Revoke,
            Act::Cancel => TransitionKind::Cancel,
            Act::Withdraw => TransitionKind::Withdraw,
        },
        effective_at: args.effective_at,
        authority: ActingAuthority {
            code: unit.code,
            name: unit.name,
            region: unit.region,
        },
        reason: args.reason.clone(),
        legal_basis: args.legal_basis.clone(),
        evidence: args
            .evidence
            .iter()
            .map(sha256_of)
            .collect::<Result<_, _>>()?,
    })
}

/// Evidence is recorded by its digest; the file stays with the unit.
fn sha256_of(path: &PathBuf) -> Result<[u8; 32], Problem> {
    let bytes = fs::read(path).map_err(|source| Problem::unreadable(path, source))?;
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, &bytes).as_ref());
    Ok(out)
}

fn chosen(args: &Transition) -> Result<Chosen, Problem> {
    if let Some(text) = &args.resume {
        return match text.parse() {
            Ok(id) => Ok(Chosen::Act(id)),
            Err(()) => Err(Problem::Usage {
                zh: format!("“{text}”不是批量操作的编号"),
                en: format!("{text:?} is no act on many certificates"),
            }),
        };
    }
    let Some(type_code) = args.type_code.as_deref().filter(|_| args.query) else {
        return names(args).map(Chosen::Names);
    };
    let days = (args.issued_from, args.issued_to);
    Ok(Chosen::Query(Query {
        type_code: code("--type", type_code, TypeCode::parse)?,
        state: args.state.as_deref().map(state_name).transpose()?,
        issued: (days != (None, None))
            .then(|| (days.0.unwrap_or(Date::MIN), days.1.unwrap_or(Date::MAX))),
    }))
}

fn state_name(word: &str) -> Result<StateName, Problem> {
    StateName::parse(word).ok_or_else(|| Problem::Usage {
        zh: format!("没有“{word}”这一状态；例如 valid、suspended、expired"),
        en: format!("there is no state {word:?}; say valid, suspended, expired and the like"),
    })
}

fn names(args: &Transition) -> Result<Vec<Name>, Problem> {
    let listed = match &args.list {
        Some(path) => fs::read_to_string(path).map_err(|e| Problem::unreadable(path, e))?,
        None => String::new(),
    };
    let lines = listed
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let found: Vec<Name> = args
        .identifiers
        .iter()
        .map(String::as_str)
        .chain(lines)
        .enumerate()
        .map(|(at, text)| {
            Name::parse(text).ok_or_else(|| Problem::Usage {
                zh: format!(
                    "第 {} 个不是电子证照标识（GB/T 36904）或 record:… 登记号",
                    at + 1
                ),
                en: format!(
                    "number {} is no certificate identifier (GB/T 36904), nor record:…",
                    at + 1
                ),
            })
        })
        .collect::<Result<_, _>>()?;
    if found.is_empty() {
        return Err(Problem::Usage {
            zh: "请给出证照标识，或用 --list 给出清单文件，或用 --query 按条件选取".into(),
            en: "name certificates by identifier, a file of them with --list, or describe them with --query".into(),
        });
    }
    Ok(found)
}
