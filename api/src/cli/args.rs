//! The command line: every command and option, in one table. What they do stands in the files beside.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::authorities::Reason;
use crate::language::Language;

/// 印信：电子证照的批量签发与核验 · sealing and verification of electronic certificates
#[derive(Debug, Parser)]
#[command(name = "yinxin", version, max_term_width = 100)]
pub(super) struct Arguments {
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
pub(super) struct Folder {
    /// Data folder
    #[arg(long, default_value = "yinxin-data")]
    pub data: PathBuf,
    /// File that holds the passphrase (otherwise DIR/passphrase if there, else you are asked)
    #[arg(long)]
    pub passphrase_file: Option<PathBuf>,
}

/// Who acts: the person and the unit stand in the audit.
#[derive(Debug, Args)]
pub(super) struct Acting {
    /// Who acts, as PERSON@UNIT: an account (a-z 0-9 . _ -) and a credit code
    #[arg(long = "as", value_name = "PERSON@UNIT")]
    pub actor: Option<String>,
}

/// Everything yinxin does.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// See it all at work: data folder, two agencies, six types, 1,000 sealed certificates, verdicts
    Demo(Demo),
    /// Make a data folder: database, keys, CAs, seal X.509, policy
    Init(Init),
    /// Agencies: register, authorise for a type, name a successor
    #[command(subcommand)]
    Agency(Agency),
    /// Certificate types: from file to published
    #[command(subcommand)]
    Type(Type),
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
}

/// `yinxin demo`
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Data folder to make; must not exist or be a demo's
    #[arg(long, default_value = "yinxin-demo")]
    pub data: PathBuf,
    /// How many rows to seal
    #[arg(long, default_value_t = 1000)]
    pub count: u32,
    /// Leave when done, for scripts
    #[arg(long)]
    pub exit: bool,
}

/// `yinxin init`
#[derive(Debug, Args)]
pub(super) struct Init {
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
}

/// `yinxin agency …`
#[derive(Debug, Subcommand)]
pub(super) enum Agency {
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
pub(super) enum Type {
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
pub(super) struct TypeStep {
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

/// `yinxin import`
#[derive(Debug, Args)]
pub(super) struct Import {
    #[command(flatten)]
    pub folder: Folder,
    #[command(flatten)]
    pub acting: Acting,
    /// Type code
    #[arg(long = "type")]
    pub type_code: String,
    /// Rows: csv, ndjson or xlsx
    #[arg(long = "in")]
    pub input: PathBuf,
}

/// `yinxin sign`
#[derive(Debug, Args)]
pub(super) struct Sign {
    #[command(flatten)]
    pub folder: Folder,
    #[command(flatten)]
    pub acting: Acting,
    /// Type code
    #[arg(long = "type")]
    pub type_code: String,
    /// Rows: csv, ndjson or xlsx
    #[arg(long = "in")]
    pub input: PathBuf,
    /// Folder for the sealed files
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Issuing agency, when several may issue the type
    #[arg(long)]
    pub agency: Option<String>,
    /// Key of this push: pushing the same again answers the same batch (otherwise made of the content)
    #[arg(long)]
    pub idempotency_key: Option<String>,
    /// B-T raises the files with a time-stamp (otherwise as the type says)
    #[arg(long, value_enum)]
    pub level: Option<LevelChoice>,
    /// Outside time-stamp service, by address (otherwise the built-in one); files become B-T
    #[arg(long)]
    pub tsa: Option<String>,
}

/// PAdES baseline level of new files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LevelChoice {
    /// Basic
    #[value(name = "B-B")]
    BB,
    /// With a signature time-stamp
    #[value(name = "B-T")]
    BT,
}

/// `yinxin verify`
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// Files to verify
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Data folder whose records are asked
    #[arg(long, conflicts_with = "seal_only")]
    pub data: Option<PathBuf>,
    /// Judge the seal alone; no record is asked, none is needed
    #[arg(long)]
    pub seal_only: bool,
    /// Policy file: anchors, seal X.509s, CRLs
    #[arg(long, conflicts_with = "anchors")]
    pub policy: Option<PathBuf>,
    /// Anchors as PEM, where there is no policy
    #[arg(long)]
    pub anchors: Option<PathBuf>,
    /// CRLs as PEM, beside --anchors
    #[arg(long, requires = "anchors")]
    pub crl: Vec<PathBuf>,
    /// Do without revocation, beside --anchors; the answer says so
    #[arg(long, requires = "anchors")]
    pub no_revocation: bool,
    /// Judge as of this instant (RFC 3339)
    #[arg(long)]
    pub at: Option<Timestamp>,
}

/// `yinxin status`
#[derive(Debug, Args)]
pub(super) struct Status {
    #[command(flatten)]
    pub folder: Folder,
    /// Identifier (GB/T 36904)
    pub identifier: String,
    /// State as of this instant
    #[arg(long)]
    pub at: Option<Timestamp>,
    /// As it was known at this instant
    #[arg(long)]
    pub known_at: Option<Timestamp>,
}

/// `yinxin list`
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    pub folder: Folder,
    /// Only of this type
    #[arg(long = "type")]
    pub type_code: Option<String>,
    /// Page size
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
    /// Go on after this cursor
    #[arg(long)]
    pub after: Option<String>,
}

/// `yinxin suspend|resume|revoke|cancel|withdraw`
#[derive(Debug, Args)]
pub(super) struct Transition {
    #[command(flatten)]
    pub folder: Folder,
    #[command(flatten)]
    pub acting: Acting,
    /// Identifiers
    pub identifiers: Vec<String>,
    /// File with one identifier a line
    #[arg(long)]
    pub list: Option<PathBuf>,
    /// Reason code of the type; resuming needs none
    #[arg(long)]
    pub reason: Option<String>,
    /// Clause or decision; back-dating needs one
    #[arg(long)]
    pub legal_basis: Option<String>,
    /// When it takes effect (otherwise now)
    #[arg(long)]
    pub effective_at: Option<Timestamp>,
    /// Last day of a suspension
    #[arg(long)]
    pub until: Option<Date>,
    /// Evidence files
    #[arg(long)]
    pub evidence: Vec<PathBuf>,
    /// Say what would happen, change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Second person for more than 100, as PERSON@UNIT
    #[arg(long)]
    pub second: Option<String>,
}

/// `yinxin replace|renew`
#[derive(Debug, Args)]
pub(super) struct Renewal {
    #[command(flatten)]
    pub folder: Folder,
    #[command(flatten)]
    pub acting: Acting,
    /// Identifier of the version that is superseded
    pub identifier: String,
    /// The new row as one JSON object
    #[arg(long = "in")]
    pub input: PathBuf,
    /// Folder for the sealed file
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// `yinxin keys …`
#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// List keys, purposes and ends
    List {
        #[command(flatten)]
        folder: Folder,
    },
    /// Make a new seal key and X.509; files of the old one stay good
    Rotate {
        #[command(flatten)]
        folder: Folder,
    },
    /// Make a seal key and a request (CSR) for an outside CA
    Csr {
        #[command(flatten)]
        folder: Folder,
        /// Common name
        #[arg(long)]
        name: String,
        /// Where the request goes
        #[arg(long)]
        out: PathBuf,
    },
    /// Take the outside CA's answer
    Import {
        #[command(flatten)]
        folder: Folder,
        /// Key the request was made for
        #[arg(long)]
        key: String,
        /// X.509 of the key, then its chain (PEM)
        file: PathBuf,
    },
    /// Revoke the X.509 of a key; the CRLs say so at once
    Revoke {
        #[command(flatten)]
        folder: Folder,
        /// Which key
        #[arg(long)]
        key: String,
        /// Why
        #[arg(long, value_enum)]
        reason: Reason,
    },
    /// Issue the CRLs anew
    Crl {
        #[command(flatten)]
        folder: Folder,
    },
}

/// `yinxin audit …`
#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Walk the chain of acts from the first row
    Verify {
        #[command(flatten)]
        folder: Folder,
    },
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
