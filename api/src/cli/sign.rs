//! `yinxin sign`: a file of rows, sealed offline from reading to files.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use registry::Id;
use registry::batches::{JobState, Outcome, Progress, RowAnswer};
use registry::certificates::TypeCode;
use registry::types::FinalLevel;
use registry::units::CreditCode;
use ring::digest::{Context, SHA256};
use serde_json::json;

use super::args::{LevelChoice, Sign};
use super::{actor, code, open};
use crate::batch::{self, Order, TimeStamps};
use crate::installation::Installation;
use crate::language::Language;
use crate::problem::Problem;
use crate::say::Say;

pub(super) async fn run(args: Sign, say: Say) -> Result<(), Problem> {
    let actor = actor(&args.acting)?;
    let type_code = code("--type", &args.type_code, TypeCode::parse)?;
    let agency = match &args.agency {
        Some(text) => code("--agency", text, CreditCode::parse)?,
        None => actor.unit.clone(),
    };
    let format = batch::format_of(&args.input, args.encoding.map(Into::into))?;
    let idempotency_key = match args.idempotency_key.clone() {
        Some(key) => key,
        // For another agency or type, or read in another format, the same bytes are another push.
        None => format!(
            "{} {agency} {type_code} {format:?}",
            digest_of(&args.input)?
        ),
    };
    let installation = open(&args.folder).await?;
    let order = Order {
        actor: &actor,
        agency,
        type_code,
        format,
        idempotency_key,
    };
    let outcome = sign(&installation, order, &args, say).await;
    installation.close().await;
    outcome
}

async fn sign(
    installation: &Installation,
    order: Order<'_>,
    args: &Sign,
    say: Say,
) -> Result<(), Problem> {
    type_fits(installation, &order.type_code, args).await?;
    if let Some(folder) = &args.images {
        let put = batch::put_images(installation, order.actor, folder).await?;
        say.line(
            format!("{put} 张图片已存入，供各行按 sha256 引用"),
            format!("{put} pictures put, for rows that name them by sha256"),
        );
    }
    let file = File::open(&args.input).map_err(|e| Problem::unreadable(&args.input, e))?;
    let accepted =
        batch::accept(installation, order, &mut BufReader::new(file), &args.input).await?;
    let job = accepted.job;
    say.answer(&json!({ "accepted": job.to_string() }), |_| {
        format!("accepted {job}")
    })?;
    let batches = installation.registry.batches();
    let mut progress = batches.progress(job).await?;
    let answered_before = progress.is_over();
    if !answered_before {
        let worked = work(installation, job, args, say).await;
        progress = batches.progress(job).await?;
        // A job that failed for its file says so below, the first time as every later one.
        if progress.state != JobState::Failed {
            worked?;
        }
    }
    let answers = batch::answers(installation, job).await?;
    if let Some(out) = &args.out {
        let written = batch::write_out(installation, &answers, out).await?;
        say.line(
            format!("{written} 份文件写入 {}", out.display()),
            format!("{written} files written to {}", out.display()),
        );
    }
    let reported = report(&answers, say);
    let ended = ended_well(&progress, say);
    if answered_before && (reported.is_err() || progress.state == JobState::Failed) {
        answered_on(job, "--idempotency-key", say);
    } else if answered_before && (args.level.is_some() || args.tsa.is_some()) {
        say.line(
            "同一内容此前已签发；--level 与 --tsa 不改变已有的文件",
            "the same was sealed before; --level and --tsa do not change files that there are",
        );
    }
    ended?;
    reported
}

/// Says that answers which are not good are those of an earlier push: what has been put right since does not show.
pub(super) fn answered_on(job: Id, option: &str, say: Say) {
    let on = job.made_at().map(|at| at.to_zoned(TimeZone::system()));
    let on = on.map_or(String::new(), |at| at.strftime(" %F %R").to_string());
    say.line(
        format!(
            "同一内容已于{on} 推送过，以上是当时的答复；原因排除后，请加 {option} 新键 再次推送"
        ),
        format!(
            "the same was pushed on{on}, and this is what was answered then; once the cause is removed, \
             push it again with {option} NEW"
        ),
    );
}

/// Refuses a type that is reviewed before issue, and a level that the type does not let its files have, before
/// anything is accepted.
async fn type_fits(
    installation: &Installation,
    type_code: &TypeCode,
    args: &Sign,
) -> Result<(), Problem> {
    let Ok(published) = installation.registry.types().published(type_code).await else {
        // Whether it may be pushed at all is answered when it is.
        return Ok(());
    };
    if published.definition().review {
        return Err(Problem::usage(
            format!(
                "类型 {type_code} 须经第二人审核后颁发；请用 yinxin serve 启动服务，再以 yinxin batch push 推送"
            ),
            format!(
                "type {type_code} asks a second person to review before issue; start the service (`yinxin serve`) \
                 and push to it (`yinxin batch push`)"
            ),
        ));
    }
    let wanted = match (args.level, &args.tsa) {
        (Some(LevelChoice::BB), None) => FinalLevel::BB,
        (Some(LevelChoice::BT), _) | (_, Some(_)) => FinalLevel::BT,
        (None, None) => return Ok(()),
    };
    let (is, not) = match published.definition().final_level {
        Some(FinalLevel::BB) if wanted != FinalLevel::BB => ("B-B", "B-T"),
        Some(FinalLevel::BT) if wanted != FinalLevel::BT => ("B-T", "B-B"),
        _ => return Ok(()),
    };
    Err(Problem::Usage {
        zh: format!(
            "类型 {type_code} 规定文件以 {is} 为最终级别，不能签成 {not}；请去掉 --level（和 --tsa），或写 --level {is}"
        ),
        en: format!(
            "type {type_code} fixes {is} as the last level of its files, and they cannot be {not}; leave --level (and --tsa) out, or say --level {is}"
        ),
    })
}

async fn work(installation: &Installation, job: Id, args: &Sign, say: Say) -> Result<(), Problem> {
    let time_stamps = match (args.level, args.tsa.clone()) {
        (_, Some(address)) => TimeStamps::Remote(address, args.tsa_anchors.clone()),
        (Some(LevelChoice::BT), None) => TimeStamps::BuiltIn,
        (Some(LevelChoice::BB), None) => TimeStamps::None,
        (None, None) => batch::usual_time_stamps(installation, job, TimeStamps::None).await?,
    };
    let workshop =
        batch::workshop(installation, batch::fonts(installation)?, time_stamps, None).await?;
    let bar = unmeasured(say);
    let mut told = false;
    let worked = loop {
        let worked = batch::work(installation, job, &workshop, |tally| {
            bar.set_position(tally.issued)
        });
        match worked.await {
            Err(problem) if is_with_another(&problem) => {
                if !told {
                    say.line(
                        "另一进程正在处理该批次，等待其完成（若该进程已中断，约一分钟后由本进程接手）",
                        "another process works on this batch; waiting for it (where that one was cut off, this one goes \
                         on in a minute)",
                    );
                    told = true;
                }
                if !await_other(installation, job, &bar).await? {
                    break Ok(());
                }
            }
            worked => break worked.map(drop),
        }
    };
    bar.finish_and_clear();
    worked
}

/// Whether another process works on the job, or has just ended it.
fn is_with_another(problem: &Problem) -> bool {
    match problem {
        Problem::Signer(signer::Error::Registry(registry::Error::LeaseLost)) => true,
        Problem::Signer(signer::Error::Registry(error)) => error.code() == "job_not_free",
        _ => false,
    }
}

/// Lets another process go on for a moment; false when the job has come to its end.
async fn await_other(
    installation: &Installation,
    job: Id,
    bar: &ProgressBar,
) -> Result<bool, Problem> {
    const MOMENT: std::time::Duration = std::time::Duration::from_millis(500);
    let progress = installation.registry.batches().progress(job).await?;
    if progress.is_over() {
        return Ok(false);
    }
    bar.set_position(progress.issued);
    tokio::time::sleep(MOMENT).await;
    Ok(true)
}

/// Says how a batch ended that is not done; that is a bad outcome.
fn ended_well(progress: &Progress, say: Say) -> Result<(), Problem> {
    let fault = progress.fault.clone().unwrap_or_default();
    let (value, zh, en) = match progress.state {
        JobState::Failed => (
            json!({ "failed": fault }),
            format!("批次失败，请改正文件后重新推送：{}", fault.zh),
            format!(
                "the batch failed, correct the file and push it again: {}",
                fault.en
            ),
        ),
        JobState::Cancelled => (
            json!({ "cancelled": true }),
            "批次已被取消；如需签发，请用新的 --idempotency-key 重新推送".to_owned(),
            "the batch was cancelled; push it again under a new --idempotency-key".to_owned(),
        ),
        JobState::Accepted | JobState::Running | JobState::InReview | JobState::Done => {
            return Ok(());
        }
    };
    say.answer(&value, |language| match language {
        Language::Zh => zh,
        Language::En => en,
    })?;
    Err(Problem::BadOutcome(1))
}

/// Says what became of the rows; refused ones by row, field and rule. They make a bad outcome.
pub(crate) fn report(answers: &[RowAnswer], say: Say) -> Result<(), Problem> {
    let (mut issued, mut existing, mut refused) = (0, 0, 0);
    for RowAnswer { row, outcome } in answers {
        match outcome {
            Outcome::Issued(identifier) => {
                issued += 1;
                if say.json {
                    let identifier = identifier.to_string();
                    say.answer(&json!({ "row": row, "issued": identifier }), |_| {
                        String::new()
                    })?;
                }
            }
            Outcome::Existing(identifier) => {
                existing += 1;
                let identifier = identifier.to_string();
                say.answer(&json!({ "row": row, "existing": identifier }), |language| {
                    let words =
                        language.pick("已颁发过，内容相同：", "issued before, same content:");
                    format!("{row}: {words} {identifier}")
                })?;
            }
            Outcome::Refused(faults) => {
                refused += 1;
                for fault in faults {
                    say.answer(&json!({ "row": row, "fault": fault }), |language| {
                        let field = fault.field.as_deref();
                        match language {
                            Language::Zh => {
                                let field = field.map(|name| format!("，{name}"));
                                let field = field.unwrap_or_default();
                                format!("第 {row} 行{field}：{} [{}]", fault.zh, fault.code)
                            }
                            Language::En => {
                                let field = field.map(|name| format!(", {name}"));
                                let field = field.unwrap_or_default();
                                format!("row {row}{field}: {} [{}]", fault.en, fault.code)
                            }
                        }
                    })?;
                }
            }
            Outcome::InReview(_) | Outcome::Planned(_) | Outcome::Cancelled => {}
        }
    }
    say.line(
        format!("签发 {issued} 份，此前已有 {existing} 份，退回 {refused} 行"),
        format!("{issued} issued, {existing} issued before, {refused} rows refused"),
    );
    if refused > 0 {
        Err(Problem::BadOutcome(1))
    } else {
        Ok(())
    }
}

/// A bar for so many certificates; none where JSON is wanted.
pub(crate) fn bar(say: Say, count: u64) -> ProgressBar {
    let words = say.language.pick("已签发", "sealed");
    drawn(
        say,
        ProgressBar::new(count),
        &format!("{words} {{bar:30}} {{pos}}/{{len}} {{per_sec}}"),
    )
}

/// The same where nobody knows how many rows there are.
fn unmeasured(say: Say) -> ProgressBar {
    let words = say.language.pick("已签发", "sealed");
    drawn(
        say,
        ProgressBar::new_spinner(),
        &format!("{{spinner}} {words} {{pos}} {{per_sec}}"),
    )
}

fn drawn(say: Say, bar: ProgressBar, template: &str) -> ProgressBar {
    if say.json {
        return ProgressBar::hidden();
    }
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// The same file pushed again is the same push.
fn digest_of(path: &Path) -> Result<String, Problem> {
    use std::io::Read as _;
    let unreadable = |source| Problem::unreadable(path, source);
    let mut file = File::open(path).map_err(unreadable)?;
    let mut context = Context::new(&SHA256);
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece).map_err(unreadable)? {
            0 => return Ok(hex::encode(context.finish())),
            length => context.update(&piece[..length]),
        }
    }
}
