//! Options of the commands that make, verify and change what is on record, and of the keys behind it.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use registry::rows::Encoding;

use super::{Acting, Folder, Server};
use crate::authorities::Reason;

/// `yinxin import`
#[derive(Debug, Args)]
pub(crate) struct Import {
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
    /// Encoding of a CSV file (otherwise recognised)
    #[arg(long, value_enum)]
    pub encoding: Option<EncodingChoice>,
    /// Agency whose stock it is, where the centre or a successor delivers it (otherwise the unit of --as)
    #[arg(long)]
    pub agency: Option<String>,
}

/// `yinxin sign`
#[derive(Debug, Args)]
pub(crate) struct Sign {
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
    /// Encoding of a CSV file (otherwise recognised)
    #[arg(long, value_enum)]
    pub encoding: Option<EncodingChoice>,
    /// Folder of pictures (PNG or JPEG) that the rows name as sha256:HEX; all of them are put first
    #[arg(long)]
    pub images: Option<PathBuf>,
    /// Folder for the sealed files
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Issuing agency, when several may issue the type
    #[arg(long)]
    pub agency: Option<String>,
    /// Key of this push: pushing the same again answers the same batch (otherwise made of content, agency, type and format)
    #[arg(long)]
    pub idempotency_key: Option<String>,
    /// B-T raises the files with a time-stamp (otherwise as the type says)
    #[arg(long, value_enum)]
    pub level: Option<LevelChoice>,
    /// Outside time-stamp service, by http or https address (otherwise the built-in one); files become B-T
    #[arg(long)]
    pub tsa: Option<String>,
    /// X.509s in PEM that the https server of --tsa chains to (otherwise those the system trusts)
    #[arg(long, requires = "tsa")]
    pub tsa_anchors: Option<PathBuf>,
}

/// Encoding of a file of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EncodingChoice {
    /// UTF-8
    #[value(name = "utf-8")]
    Utf8,
    /// GB18030, which holds GBK and GB2312
    #[value(name = "gb18030")]
    Gb18030,
}

impl From<EncodingChoice> for Encoding {
    fn from(choice: EncodingChoice) -> Self {
        match choice {
            EncodingChoice::Utf8 => Self::Utf8,
            EncodingChoice::Gb18030 => Self::Gb18030,
        }
    }
}

/// `yinxin batch …`
#[derive(Debug, Subcommand)]
pub(crate) enum Batch {
    /// Push a file of rows to the service; run again after a break, it answers the same batch
    Push {
        #[command(flatten)]
        server: Server,
        /// Credit code of the agency that issues
        #[arg(long)]
        agency: String,
        /// Type code
        #[arg(long = "type")]
        type_code: String,
        /// Name of this push: repeated, it answers the same batch (otherwise made of content, agency, type and format)
        #[arg(long)]
        key: Option<String>,
        /// Encoding of a .csv file, if known
        #[arg(long, value_enum)]
        encoding: Option<EncodingChoice>,
        /// Folder of pictures (PNG, JPEG) that rows name by their SHA-256; put before the rows
        #[arg(long)]
        images: Option<PathBuf>,
        /// Go on watching until it is over
        #[arg(long)]
        watch: bool,
        /// File of rows: .csv, .ndjson or .xlsx
        file: PathBuf,
    },
    /// Watch a batch of the service until it is over, and list the rows in error
    Watch {
        #[command(flatten)]
        server: Server,
        /// The batch, as `push` names it
        batch: String,
    },
    /// Fetch the sealed files of a batch, each named by its identifier, or its rows in error to repair and push again
    Fetch {
        #[command(flatten)]
        server: Server,
        /// The batch
        batch: String,
        /// Folder for the files
        #[arg(long, required_unless_present = "errors")]
        out: Option<PathBuf>,
        /// File for the rows in error, as they were pushed and with what is wrong beside them: .csv, otherwise NDJSON
        #[arg(long, value_name = "FILE")]
        errors: Option<PathBuf>,
    },
    /// End a batch before its time: what was issued stays, the rest is given up
    Cancel {
        /// Address of the service, where the batch was pushed to it (otherwise the data folder is opened)
        #[arg(long, requires = "identity")]
        server: Option<String>,
        /// Folder with the key of the person who calls the service
        #[arg(long, requires = "server")]
        identity: Option<PathBuf>,
        #[command(flatten)]
        folder: Folder,
        #[command(flatten)]
        acting: Acting,
        /// The batch, as `sign` names it
        job: String,
    },
}

impl Batch {
    /// Whether it goes to the service, and needs no data folder.
    pub(crate) fn is_remote(&self) -> bool {
        !matches!(self, Self::Cancel { server: None, .. })
    }
}

/// PAdES baseline level of new files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LevelChoice {
    /// Basic
    #[value(name = "B-B")]
    BB,
    /// With a signature time-stamp
    #[value(name = "B-T")]
    BT,
}

/// `yinxin verify`
#[derive(Debug, Args)]
pub(crate) struct Verify {
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
    /// Judge as of this instant: a day, or RFC 3339
    #[arg(long, value_parser = super::instant)]
    pub at: Option<Timestamp>,
}

/// `yinxin status`
#[derive(Debug, Args)]
pub(crate) struct Status {
    #[command(flatten)]
    pub folder: Folder,
    /// Identifier (GB/T 36904), or record:… as `list` gives it
    pub identifier: String,
    /// State as of this instant: a day (from its 00:00 in China), or RFC 3339
    #[arg(long, value_parser = super::instant)]
    pub at: Option<Timestamp>,
    /// As it was known at this instant
    #[arg(long, value_parser = super::instant)]
    pub known_at: Option<Timestamp>,
}

/// `yinxin list`
#[derive(Debug, Args)]
pub(crate) struct List {
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
pub(crate) struct Transition {
    #[command(flatten)]
    pub folder: Folder,
    #[command(flatten)]
    pub acting: Acting,
    /// Identifiers (or record:… as `list` gives it)
    pub identifiers: Vec<String>,
    /// File with one identifier a line
    #[arg(long)]
    pub list: Option<PathBuf>,
    /// All certificates of --type, narrowed by --state, --issued-from, --issued-to; needs --second
    #[arg(long, requires = "type_code", conflicts_with_all = ["identifiers", "list"])]
    pub query: bool,
    /// With --query: of this type
    #[arg(long = "type", requires = "query")]
    pub type_code: Option<String>,
    /// With --query: in this state now, such as valid or suspended
    #[arg(long, requires = "query")]
    pub state: Option<String>,
    /// With --query: issued on this day or later
    #[arg(long, requires = "query")]
    pub issued_from: Option<Date>,
    /// With --query: issued on this day or earlier
    #[arg(long, requires = "query")]
    pub issued_to: Option<Date>,
    /// Go on with an act that was cut off, or that waited for a second person
    #[arg(long, value_name = "ACT", conflicts_with_all = ["identifiers", "list", "query", "dry_run"])]
    pub resume: Option<String>,
    /// Reason code of the type; resuming needs none
    #[arg(long)]
    pub reason: Option<String>,
    /// Clause or decision; back-dating needs one
    #[arg(long)]
    pub legal_basis: Option<String>,
    /// Credit code of the agency that decided, where it is another than your own unit
    #[arg(long)]
    pub authority: Option<String>,
    /// When it takes effect: a day (from its 00:00 in China), or RFC 3339 (otherwise now)
    #[arg(long, value_parser = super::instant)]
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
    /// Second person for more than 100 or a query, as PERSON@UNIT; a name, which this command does not prove
    #[arg(long)]
    pub second: Option<String>,
}

/// `yinxin replace|renew`
#[derive(Debug, Args)]
pub(crate) struct Renewal {
    #[command(flatten)]
    pub folder: Folder,
    #[command(flatten)]
    pub acting: Acting,
    /// Identifier of the version that is superseded (or record:… of stock that has none, as `list` gives it)
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
pub(crate) enum Keys {
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
    /// Take a private key made elsewhere: RSA-2048, RSA-3072 or P-256
    ImportKey {
        #[command(flatten)]
        folder: Folder,
        /// PKCS#8, PEM or DER, plain or encrypted (PBES2)
        #[arg(long)]
        file: PathBuf,
        /// What it is for: seal, time-stamp or tls
        #[arg(long)]
        purpose: String,
        /// File that holds the key's own passphrase (otherwise you are asked)
        #[arg(long)]
        key_passphrase_file: Option<PathBuf>,
    },
    /// Write a private key as encrypted PKCS#8 (PBES2) in PEM
    Export {
        #[command(flatten)]
        folder: Folder,
        /// Which key
        #[arg(long)]
        key: String,
        /// Where it goes
        #[arg(long)]
        out: PathBuf,
        /// File that holds a passphrase for it (otherwise you are asked)
        #[arg(long)]
        key_passphrase_file: Option<PathBuf>,
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
        /// Revoke a CA: every X.509 that it issued falls with it
        #[arg(long)]
        yes: bool,
    },
    /// Issue our CRLs anew, or take one of an outside CA
    Crl {
        #[command(flatten)]
        folder: Folder,
        /// CRLs (PEM or DER) of the outside CA that certified a seal key, up to its root
        #[arg(long)]
        add: Vec<PathBuf>,
    },
}

/// `yinxin audit …`
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Walk the chain of acts from the first row, and hold the records against it
    Verify {
        #[command(flatten)]
        folder: Folder,
        /// An export, or its last line, that was kept elsewhere: what stood there then must stand there still
        #[arg(long)]
        checkpoint: Option<PathBuf>,
    },
    /// Write every row of the log as NDJSON, and a checkpoint as the last line
    Export {
        #[command(flatten)]
        folder: Folder,
    },
}
