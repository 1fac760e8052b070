//! `yinxin suspend|resume|revoke|cancel|withdraw`: one decision about one or many certificates.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use registry::Id;
use registry::certificates::{
    BulkItem, Decision, ItemOutcome, Name, Selection, TransitionKind, end_of_day,
};
use registry::units::{ActingAuthority, Actor};
use ring::digest::{SHA256, digest};
use serde_json::json;

use super::args::Transition;
use super::{actor, open, parse_actor};
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

pub(super) async fn run(act: Act, args: Transition, say: Say) -> Result<(), Problem> {
    let actor = actor(&args.acting)?;
    let names = names(&args)?;
    let second = args
        .second
        .as_deref()
        .map(|text| parse_actor("--second", text))
        .transpose()?;
    let installation = open(&args.folder).await?;
    let outcome = carry_out(&installation, act, &args, &actor, &names, second, say).await;
    installation.close().await;
    outcome
}

async fn carry_out(
    installation: &Installation,
    act: Act,
    args: &Transition,
    actor: &Actor,
    names: &[Name],
    second: Option<Actor>,
    say: Say,
) -> Result<(), Problem> {
    let certificates = installation.registry.certificates();
    let decision = decision(installation, act, args, actor).await?;
    let selection = Selection::List(names);
    let prepared = certificates
        .prepare_bulk(selection, &decision, actor, clock::now())
        .await?;
    if args.dry_run {
        let all = u32::try_from(names.len()).unwrap_or(u32::MAX);
        let items = certificates
            .try_bulk(prepared.id, all, clock::now())
            .await?;
        return tell(&items, names, true, say);
    }
    if let Some(second) = second {
        certificates
            .confirm_bulk(prepared.id, &second, clock::now())
            .await?;
    }
    while !certificates
        .run_bulk(prepared.id, GROUP, clock::now())
        .await?
        .finished
    {}
    tell_all(installation, prepared.id, names, say).await
}

async fn tell_all(
    installation: &Installation,
    act: Id,
    names: &[Name],
    say: Say,
) -> Result<(), Problem> {
    let all = u32::try_from(names.len()).unwrap_or(u32::MAX);
    let items = installation
        .registry
        .certificates()
        .bulk_items(act, 0, all)
        .await?;
    tell(&items, names, false, say)
}

/// The outcome of each item; a refused one is a bad outcome of the whole.
fn tell(items: &[BulkItem], names: &[Name], trial: bool, say: Say) -> Result<(), Problem> {
    for item in items {
        let at = usize::try_from(item.place)
            .unwrap_or(usize::MAX)
            .saturating_sub(1);
        let name = names.get(at).map_or_else(String::new, ToString::to_string);
        let outcome = item.outcome.as_str();
        let value = json!({
            "identifier": name, "outcome": outcome, "dry_run": trial, "message": item.message,
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
            format!("{name}  {words}{}", item.message)
        })?;
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
    let unit = installation.registry.units().agency(&actor.unit).await?;
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
            zh: "请给出证照标识，或用 --list 给出清单文件".into(),
            en: "name certificates by identifier, or a file of them with --list".into(),
        });
    }
    Ok(found)
}
