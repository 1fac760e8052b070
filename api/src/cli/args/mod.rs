//! The command line: every command and option, in one table. What they do stands in the files above.

mod records;
mod service;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::language::Language;

pub(crate) use records::{
    Audit, Batch, Import, Keys, LevelChoice, List, Renewal, Sign, Status, Transition, Verify,
};
pub(crate) use service::{Person, Review, Serve, Server, Unit};

/// 印信：电子证照的批量签发与核验 · sealing and verification of electronic certificates
#[derive(Debug, Parser)]
#[command(name = "yinxin", version, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Speak Chinese or English (otherwise as the locale says)
    #[arg(long, global = true, value_enum)]
    pub lang: Option<Language>,
    /// Answer queries as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// A data folder and the way to its keys.
#[derive(Debug, Args)]
pub(crate) struct Folder {
    /// Data folder
    #[arg(long, default_value = "yinxin-data")]
    pub data: PathBuf,
    /// File that holds the passphrase (otherwise DIR/passphrase if there, else you are asked)
    #[arg(long)]
    pub passphrase_file: Option<PathBuf>,
    /// The clock of this machine is right, however far the last entry on record lies from it
    #[arg(long)]
    pub clock_checked: bool,
}

/// Who acts: the person and the unit stand in the audit.
#[derive(Debug, Args)]
pub(crate) struct Acting {
    /// Who acts, as PERSON@UNIT: an account (a-z 0-9 . _ -) and a credit code
    #[arg(long = "as", value_name = "PERSON@UNIT")]
    pub actor: Option<String>,
}

/// Everything yinxin does.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// See it all at work: data folder, two agencies, six types, 1,000 sealed certificates, verdicts
    Demo(Demo),
    /// Make a data folder: database, keys, CAs, seal X.509, policy
    Init(Init),
    /// The service: agencies push, desks and systems verify, until the process is told to stop
    Serve(Serve),
    /// Persons and systems of units, and their keys, over the service
    #[command(subcommand)]
    Person(Person),
    /// Units: agencies, desks, relying systems, over the service
    #[command(subcommand)]
    Unit(Unit),
    /// Agencies: register, authorise for a type, name a successor
    #[command(subcommand)]
    Agency(Agency),
    /// Certificate types: from file to published
    #[command(subcommand)]
    Type(Type),
    /// Batches that were accepted
    #[command(subcommand)]
    Batch(Batch),
    /// Review before issue: what waits in your agency, its pages, your decisions
    #[command(subcommand)]
    Review(Review),
    /// Bring in certificates of an earlier system, without files
    Import(Import),
    /// Seal a file of rows, offline: the whole batch from reading to files
    Sign(Sign),
    /// Is this file authentic, and what is its state?
    Verify(Verify),
    /// State of a certificate by identifier
    Status(Status),
    /// Certificates on record, page by page
    List(List),
    /// Suspend certificates until they are resumed or a day comes
    Suspend(Transition),
    /// End a suspension
    Resume(Transition),
    /// Revoke as a penalty (吊销)
    Revoke(Transition),
    /// Cancel on request or cessation (注销)
    Cancel(Transition),
    /// Withdraw: the issue was unlawful (撤销)
    Withdraw(Transition),
    /// Make a new version because something changed (变更)
    Replace(Renewal),
    /// Make a new version for a new period (延续)
    Renew(Renewal),
    /// Keys, X.509s and CRLs
    #[command(subcommand)]
    Keys(Keys),
    /// Check that the record of acts is whole
    #[command(subcommand)]
    Audit(Audit),
    /// Our own rates, by stage
    Bench(Bench),
    /// Reads files of strangers for `serve`, which starts it
    #[command(hide = true)]
    ExamineFiles,
}

/// `yinxin demo`
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Data folder to make; must not exist, or be a demo's in which nothing was done since
    #[arg(long, default_value = "yinxin-demo")]
    pub data: PathBuf,
    /// How many rows to seal, 12 or more
    #[arg(long, default_value_t = 1000)]
    pub count: u32,
    /// Leave when done, for scripts
    #[arg(long)]
    pub exit: bool,
    /// Where the public page is served; port 0 takes a free one
    #[arg(long)]
    pub listen: Option<SocketAddr>,
}

/// `yinxin init`
#[derive(Debug, Args)]
pub(crate) struct Init {
    #[command(flatten)]
    pub folder: Folder,
    /// Where the public reaches this service; stands in QR codes and X.509s
    #[arg(long)]
    pub public_url: String,
    /// Where status lists are published; stands in every certificate
    #[arg(long)]
    pub status_url: String,
    /// Unit file of the certification centre (TOML, kind = "centre")
    #[arg(long)]
    pub centre: PathBuf,
    /// Use PostgreSQL at this address instead of SQLite in the folder
    #[arg(long)]
    pub database: Option<String>,
    /// Account of the centre's first operator, whose key and X.509 are written to DIR/operator
    #[arg(long, default_value = "operator")]
    pub operator: String,
}

/// `yinxin agency …`
#[derive(Debug, Subcommand)]
pub(crate) enum Agency {
    /// Register the agency of a file, or renew what is known of it
    Add {
        #[command(flatten)]
        folder: Folder,
        #[command(flatten)]
        acting: Acting,
        /// Agency file (TOML)
        file: PathBuf,
    },
    /// Give the right to issue a type, from a day on
    Authorise {
        #[command(flatten)]
        folder: Folder,
        #[command(flatten)]
        acting: Acting,
        /// Credit code
        agency: String,
        /// Type code
        #[arg(long = "type")]
        type_code: String,
        /// First day
        #[arg(long)]
        from: Date,
        /// Last day
        #[arg(long)]
        to: Option<Date>,
        /// Clause that gives the right
        #[arg(long)]
        legal_basis: String,
    },
    /// Let one agency act on another's certificates from a day on
    Succeed {
        #[command(flatten)]
        folder: Folder,
        #[command(flatten)]
        acting: Acting,
        /// Credit code of the predecessor
        predecessor: String,
        /// Credit code of the successor
        successor: String,
        /// First day
        #[arg(long)]
        from: Date,
        /// Clause or decision
        #[arg(long)]
        legal_basis: String,
    },
}

/// `yinxin type …`
#[derive(Debug, Subcommand)]
pub(crate) enum Type {
    /// Read a type file and its template as a draft
    Import {
        #[command(flatten)]
        folder: Folder,
        #[command(flatten)]
        acting: Acting,
        /// Type file (TOML); its template is named in it
        file: PathBuf,
    },
    /// Check a type file and its template without a data folder
    Lint {
        /// Type file (TOML)
        file: PathBuf,
    },
    /// List types and versions
    List {
        #[command(flatten)]
        folder: Folder,
    },
    /// Record service items and the types they need, from a file; list them where none is given
    Items {
        #[command(flatten)]
        folder: Folder,
        #[command(flatten)]
        acting: Acting,
        /// File of `[[item]]` tables (TOML)
        file: Option<PathBuf>,
    },
    /// Put a draft before the centre
    Propose(TypeStep),
    /// The centre has checked it
    Check(TypeStep),
    /// The agency confirms what the centre checked
    Confirm(TypeStep),
    /// Publish: from now on certificates can be made; the version never changes again
    Publish(TypeStep),
    /// Send back for repair; say why with --note
    SendBack(TypeStep),
    /// Retire: no new certificates of this version
    Retire(TypeStep),
}

/// One step of a type's way.
#[derive(Debug, Args)]
pub(crate) struct TypeStep {
    #[command(flatten)]
    pub folder: Folder,
    #[command(flatten)]
    pub acting: Acting,
    /// Type code
    pub code: String,
    /// Version; the newest unless given
    #[arg(long)]
    pub version: Option<u32>,
    /// A remark; the reason where a version is sent back
    #[arg(long, default_value = "")]
    pub note: String,
}

/// `yinxin bench`
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Certificates to seal
    #[arg(long, default_value_t = 20_000)]
    pub rows: u32,
    /// Where to work; a temporary folder unless given
    #[arg(long)]
    pub work: Option<PathBuf>,
}

/// An instant, or the beginning of a day in China.
fn instant(text: &str) -> Result<Timestamp, String> {
    let of_day = |day: Date| registry::certificates::start_of_day(day);
    match (text.parse::<Timestamp>(), text.parse::<Date>()) {
        (Ok(instant), _) => Ok(instant),
        (Err(_), Ok(day)) if text.len() == "2026-01-31".len() => Ok(of_day(day)),
        _ => Err("2026-01-31, 2026-01-31T09:00:00+08:00".to_owned()),
    }
}
