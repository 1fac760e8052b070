//! `yinxin verify`: files in, verdicts out.
//!
//! With `--seal-only` nothing but the file, the policy and the time is asked. Otherwise the records
//! of a data folder are joined in, and only then the answer may say "authentic".

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use verifier::report::{Finding, Indication, SealReport};
use verifier::verdict::words::words;
use verifier::verdict::{Outcome, State};
use verifier::{Budgets, Trust, Verdict, examine};

use super::args::Verify;
use super::open_to_read;
use crate::clock;
use crate::facts;
use crate::folder::DataFolder;
use crate::language::Language;
use crate::problem::Problem;
use crate::say::Say;
use crate::seal_words;

/// `verify --seal-only`: no data folder, no database.
pub(super) fn seals(args: &Verify, say: Say) -> Result<(), Problem> {
    let (trust, at) = (trust(args)?, args.at.unwrap_or_else(clock::now));
    let mut worst = Answer::Good;
    for path in &args.files {
        let answer = match read(path) {
            Ok(bytes) => {
                let report = examine(&bytes, &trust, at, &Budgets::default());
                say.answer(&SealAnswer::new(path, &report), |language| {
                    seal_words::plain(path, &report, language)
                })?;
                Answer::of_seal(report.indication)
            }
            Err(problem) => unreadable(&problem, say),
        };
        worst = worst.max(answer);
    }
    worst.finish()
}

/// `verify`: seal, state and authority in one verdict.
pub(super) async fn verdicts(args: &Verify, say: Say) -> Result<(), Problem> {
    let Some(data) = &args.data else {
        return Err(Problem::Usage {
            zh: "请用 --data 指明登记数据，或用 --seal-only 只核验印章".into(),
            en: "name the records with --data, or check the seal alone with --seal-only".into(),
        });
    };
    let folder = DataFolder::at(data);
    if !folder.settings().exists() {
        return Err(Problem::NotThere { path: data.clone() });
    }
    let trust = match (&args.policy, &args.anchors) {
        (None, None) => policy(&folder.policy())?,
        _ => trust(args)?,
    };
    let at = args.at.unwrap_or_else(clock::now);
    let registry = open_to_read(&folder).await?;
    let mut worst = Answer::Good;
    for path in &args.files {
        let answer = match read(path) {
            Ok(bytes) => {
                let verdict = facts::verdict_on(&bytes, &registry, &trust, at).await?;
                say.answer(
                    &FileVerdict {
                        file: path,
                        verdict: &verdict,
                    },
                    |language| verdict_words(path, &verdict, language),
                )?;
                Answer::of_verdict(&verdict)
            }
            Err(problem) => unreadable(&problem, say),
        };
        worst = worst.max(answer);
    }
    registry.close().await;
    worst.finish()
}

/// A verdict for a person: the file, what happened, why, what to do.
pub(super) fn verdict_words(path: &Path, verdict: &Verdict, language: Language) -> String {
    let words = words(verdict, language.of_verdicts());
    let name = path.display();
    format!(
        "{name}\n  {}\n  {}\n  {}",
        words.happened, words.why, words.to_do
    )
}

fn trust(args: &Verify) -> Result<Trust, Problem> {
    match (&args.policy, &args.anchors) {
        (Some(path), _) => policy(path),
        (None, Some(anchors)) => {
            let crls = args
                .crl
                .iter()
                .map(|path| text(path))
                .collect::<Result<String, _>>()?;
            let crls = (!args.crl.is_empty()).then_some(crls);
            Ok(Trust::from_anchors(
                &text(anchors)?,
                crls.as_deref(),
                args.no_revocation,
            )?)
        }
        (None, None) => Err(Problem::Usage {
            zh: "信任谁？请给出 --policy 策略文件，或 --anchors 根证书（可加 --crl）".into(),
            en: "trust whom? give --policy FILE, or --anchors PEM with --crl FILE".into(),
        }),
    }
}

fn policy(path: &Path) -> Result<Trust, Problem> {
    Ok(Trust::from_policy(&text(path)?)?)
}

fn text(path: &Path) -> Result<String, Problem> {
    std::fs::read_to_string(path).map_err(|source| Problem::unreadable(path, source))
}

/// A file to examine. Of one larger than what is examined at all no more is read than shows that.
fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let unreadable = |source| Problem::unreadable(path, source);
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(unreadable)?
        .take(Budgets::default().input + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}

fn unreadable(problem: &Problem, say: Say) -> Answer {
    say.problem(problem);
    Answer::Unreadable
}

/// Exit codes of one file (design §8), and of several: the gravest speaks, in the order 2, 1, 3, 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    Good,
    Unknown,
    Bad,
    Unreadable,
}

impl Answer {
    fn of_seal(indication: Option<Indication>) -> Self {
        match indication {
            Some(Indication::TotalPassed) => Self::Good,
            Some(Indication::Indeterminate) => Self::Unknown,
            Some(Indication::TotalFailed) | None => Self::Bad,
        }
    }

    pub(super) fn of_verdict(verdict: &Verdict) -> Self {
        match verdict.outcome() {
            Outcome::Authentic(State::Valid) => Self::Good,
            Outcome::Unknown | Outcome::CouldNotCheck => Self::Unknown,
            _ => Self::Bad,
        }
    }

    pub(super) fn finish(self) -> Result<(), Problem> {
        match self {
            Self::Good => Ok(()),
            Self::Unknown => Err(Problem::BadOutcome(3)),
            Self::Bad => Err(Problem::BadOutcome(1)),
            Self::Unreadable => Err(Problem::BadOutcome(2)),
        }
    }
}

/// `{file, seal, findings}`: the JSON of `--seal-only`.
#[derive(Serialize)]
struct SealAnswer<'a> {
    file: &'a PathBuf,
    seal: Head<'a>,
    findings: &'a [Finding],
}

/// A seal report without what stands beside it.
#[derive(Serialize)]
struct Head<'a> {
    indication: Option<Indication>,
    sub_indication: Option<verifier::report::SubIndication>,
    rulebook: verifier::report::Rulebook,
    level: verifier::report::Level,
    claimed_time: Option<Timestamp>,
    proven_time: Option<Timestamp>,
    signer: &'a Option<verifier::report::SignerName>,
}

impl<'a> SealAnswer<'a> {
    fn new(file: &'a PathBuf, report: &'a SealReport) -> Self {
        let seal = Head {
            indication: report.indication,
            sub_indication: report.sub_indication,
            rulebook: report.rulebook,
            level: report.level,
            claimed_time: report.claimed_time,
            proven_time: report.proven_time,
            signer: &report.signer,
        };
        Self {
            file,
            seal,
            findings: &report.findings,
        }
    }
}

#[derive(Serialize)]
struct FileVerdict<'a> {
    file: &'a PathBuf,
    #[serde(flatten)]
    verdict: &'a Verdict,
}

#[cfg(test)]
mod tests {
    use super::Answer::{Bad, Good, Unknown, Unreadable};
    use crate::problem::Problem;

    #[test]
    fn of_several_files_the_gravest_speaks() {
        for (answers, code) in [
            (vec![Good, Good], None),
            (vec![Good, Unknown], Some(3)),
            (vec![Unknown, Bad, Good], Some(1)),
            (vec![Bad, Unreadable, Unknown], Some(2)),
        ] {
            let said = answers.into_iter().max().map(super::Answer::finish);
            let got = match said {
                Some(Err(Problem::BadOutcome(code))) => Some(code),
                _ => None,
            };
            assert_eq!(got, code);
        }
    }
}
