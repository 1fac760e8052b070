//! The command line: reads arguments, calls the rooms, speaks to a person or prints JSON.
//!
//! No rule of the field lives here. `main.rs` calls [`run`]; exit codes are those of design §8.

mod agency;
mod args;
mod audit;
mod init;
mod jobs;
mod key_files;
mod keys;
mod people;
mod pushes;
mod renewal;
mod reviews;
mod serve;
mod sign;
mod status;
mod stock;
mod transition;
mod types;
mod usage;
mod verify;

use std::process::ExitCode;

use clap::Parser;
use registry::Registry;
use registry::certificates::Name;
use registry::units::{Actor, CodeFault};

use crate::bench;
use crate::clock;
use crate::demo;
use crate::folder::DataFolder;
use crate::installation::{Installation, database};
use crate::language::Language;
use crate::passphrase;
use crate::problem::Problem;
use crate::say::Say;
use crate::settings::Settings;
use args::{Acting, Arguments, Command, Folder};
use transition::Act;

pub(crate) use args::{Bench, Demo};
pub(crate) use sign::bar;
pub(crate) use types::every;

/// Parses the process's arguments, acts, and says how it went.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage::tell(&error),
    };
    let say = Say {
        language: Language::choose(arguments.lang),
        json: arguments.json,
    };
    match act(arguments.command, say) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            say.problem(&problem);
            ExitCode::from(problem.exit_code())
        }
    }
}

fn act(command: Command, say: Say) -> Result<(), Problem> {
    match command {
        // These two need no database, and start no runtime for it.
        Command::Verify(args) if args.seal_only => verify::seals(&args, say),
        Command::Type(args::Type::Lint { file }) => types::lint(&file, say),
        Command::ExamineFiles => crate::serve::examiner::serve_pipe().map_err(|error| {
            Problem::usage(
                format!("管道中断：{error}"),
                format!("the pipe broke: {error}"),
            )
        }),
        // A client needs neither.
        Command::Person(command) => people::persons(command, say),
        Command::Unit(command) => people::units(command, say),
        Command::Review(command) => reviews::run(command, say),
        Command::Batch(command) if command.is_remote() => pushes::run(command, say),
        command => runtime()?.block_on(act_on_record(command, say)),
    }
}

async fn act_on_record(command: Command, say: Say) -> Result<(), Problem> {
    match command {
        Command::Demo(args) => demo::run(args, say).await,
        Command::Init(args) => init::run(args, say).await,
        Command::Serve(args) => serve::run(args, say).await,
        Command::Person(command) => people::persons(command, say),
        Command::Unit(command) => people::units(command, say),
        Command::Review(command) => reviews::run(command, say),
        Command::Agency(command) => agency::run(command, say).await,
        Command::Type(command) => types::run(command, say).await,
        Command::Batch(command) => jobs::run(command, say).await,
        Command::Import(args) => stock::run(args, say).await,
        Command::Sign(args) => sign::run(args, say).await,
        Command::Verify(args) => verify::verdicts(&args, say).await,
        Command::Status(args) => status::run(args, say).await,
        Command::List(args) => status::list(args, say).await,
        Command::Suspend(args) => transition::run(Act::Suspend, args, say).await,
        Command::Resume(args) => transition::run(Act::Resume, args, say).await,
        Command::Revoke(args) => transition::run(Act::Revoke, args, say).await,
        Command::Cancel(args) => transition::run(Act::Cancel, args, say).await,
        Command::Withdraw(args) => transition::run(Act::Withdraw, args, say).await,
        Command::Replace(args) | Command::Renew(args) => renewal::run(args, say).await,
        Command::Keys(command) => keys::run(command, say).await,
        Command::Audit(command) => audit::run(command, say).await,
        Command::Bench(args) => bench::run(args, say).await,
        // Was answered before a runtime was needed.
        Command::ExamineFiles => Ok(()),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Problem> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Problem::Usage {
            zh: format!("系统无法启动线程：{error}"),
            en: format!("the system starts no threads: {error}"),
        })
}

/// Opens the installation that a command names.
async fn open(folder: &Folder) -> Result<Installation, Problem> {
    let data = DataFolder::at(&folder.data);
    if !data.settings().exists() {
        return Err(Problem::NotThere {
            path: folder.data.clone(),
        });
    }
    let passphrase = passphrase::ask(folder.passphrase_file.as_deref(), &data)?;
    let installation = Installation::open(data, &passphrase).await?;
    if !folder.clock_checked {
        let last = installation.registry.audit().last_recorded().await?;
        if let Err(problem) = clock::refuse_far_off(clock::now(), last) {
            installation.registry.close().await;
            return Err(problem);
        }
    }
    Ok(installation)
}

/// Opens the records for reading: no passphrase, no lock, beside whoever writes.
async fn open_to_read(data: &DataFolder) -> Result<Registry, Problem> {
    let settings = Settings::of_installation(data)?;
    Ok(Registry::open_to_read(data.path(), &database(&settings)).await?)
}

/// Who acts; every act on record names a person.
fn actor(acting: &Acting) -> Result<Actor, Problem> {
    let Some(text) = &acting.actor else {
        return Err(Problem::Usage {
            zh: "谁在操作？请用 --as 账号@单位 说明，单位为统一社会信用代码".into(),
            en: "who acts? say --as PERSON@UNIT, the unit by its credit code".into(),
        });
    };
    parse_actor("--as", text)
}

fn parse_actor(option: &str, text: &str) -> Result<Actor, Problem> {
    Actor::parse(text).map_err(|fault| Problem::Usage {
        zh: format!(
            "{option} 应为 账号@统一社会信用代码（账号用小写字母、数字、. _ -），“{text}”不符：{}", fault.zh()
        ),
        en: format!(
            "{option} must be ACCOUNT@CREDIT-CODE, the account of a-z 0-9 . _ -; {text:?} is not: {fault}"
        ),
    })
}

/// Reads the name of a certificate, as `list` gives it.
fn name(text: &str) -> Result<Name, Problem> {
    Name::parse(text).ok_or_else(|| Problem::Usage {
        zh: "这不是电子证照标识（GB/T 36904），也不是 record:… 形式的登记号；请核对".into(),
        en: "that is no certificate identifier (GB/T 36904), nor a record as in record:…; check it"
            .into(),
    })
}

/// Reads a code given on the command line.
fn code<T>(
    what: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, CodeFault>,
) -> Result<T, Problem> {
    parse(text).map_err(|fault| Problem::Usage {
        zh: format!("{what} “{text}” 有误：{}", fault.zh()),
        en: format!("{what} {text:?} is not right: {fault}"),
    })
}
