//! Commands of the service and of its clients.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Folder;

/// `yinxin serve`
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub folder: Folder,
    /// Where anybody is answered, plain HTTP (otherwise as in yinxin.toml); port 0 takes a free one
    #[arg(long)]
    pub public: Option<SocketAddr>,
    /// Where units are answered, TLS with client X.509s
    #[arg(long)]
    pub extranet: Option<SocketAddr>,
    /// Where metrics are read; loopback only
    #[arg(long)]
    pub metrics: Option<SocketAddr>,
    /// Print who may call which route, and leave
    #[arg(long)]
    pub routes: bool,
}

/// Which service, and as whom.
#[derive(Debug, Args)]
pub(crate) struct Server {
    /// Address of the service's extranet, such as `https://zz.example.cn:8443`
    #[arg(long)]
    pub server: String,
    /// Folder with key.pem, x509.pem and anchors.pem of the person who calls
    #[arg(long)]
    pub identity: PathBuf,
}

/// `yinxin person …`
#[derive(Debug, Subcommand)]
pub(crate) enum Person {
    /// Make a key and a request for its X.509, in a folder of one's own
    Request {
        /// Folder to make
        #[arg(long)]
        out: PathBuf,
    },
    /// Register a person or system of a unit, or give other roles
    Register {
        #[command(flatten)]
        server: Server,
        /// Who, as PERSON@UNIT
        person: String,
        /// Kind of the unit
        #[arg(long, default_value = "agency")]
        kind: String,
        /// A role, such as clerk, reviewer, desk_officer, system; repeat for several
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
    },
    /// Enrol the key of a request, and write its X.509
    Enrol {
        #[command(flatten)]
        server: Server,
        /// Who, as PERSON@UNIT
        person: String,
        /// Kind of the unit
        #[arg(long, default_value = "agency")]
        kind: String,
        /// The request, as `person request` made it
        #[arg(long)]
        request: PathBuf,
        /// Folder for x509.pem and anchors.pem
        #[arg(long)]
        out: PathBuf,
    },
    /// Enrol one's own next key, before the X.509 of the present one ends
    Renew {
        #[command(flatten)]
        server: Server,
        /// Folder of the new identity, to be made
        #[arg(long)]
        out: PathBuf,
    },
    /// End one key of a person: lost, or renewed
    EndKey {
        #[command(flatten)]
        server: Server,
        /// Who, as PERSON@UNIT
        person: String,
        /// Kind of the unit
        #[arg(long, default_value = "agency")]
        kind: String,
        /// The key, as `person list` names it
        #[arg(long)]
        key: String,
        /// lost or renewed
        #[arg(long, default_value = "lost")]
        reason: String,
    },
    /// End a person and all their keys
    End {
        #[command(flatten)]
        server: Server,
        /// Who, as PERSON@UNIT
        person: String,
        /// Kind of the unit
        #[arg(long, default_value = "agency")]
        kind: String,
    },
    /// The persons of a unit and their keys
    List {
        #[command(flatten)]
        server: Server,
        /// The unit, by credit code
        unit: String,
        /// Kind of the unit
        #[arg(long, default_value = "agency")]
        kind: String,
    },
}

/// `yinxin unit …`
#[derive(Debug, Subcommand)]
pub(crate) enum Unit {
    /// Register the unit of a file, or take down what has changed about it
    Put {
        #[command(flatten)]
        server: Server,
        /// Unit file (TOML)
        file: PathBuf,
    },
    /// The units that one may see
    List {
        #[command(flatten)]
        server: Server,
    },
}

/// `yinxin review …`
#[derive(Debug, Subcommand)]
pub(crate) enum Review {
    /// The batches of an agency in which rows wait for a reviewer
    List {
        #[command(flatten)]
        server: Server,
        /// Credit code of the agency
        agency: String,
    },
    /// Fetch the pages that wait in a batch, to be looked at
    Pages {
        #[command(flatten)]
        server: Server,
        /// The batch
        batch: String,
        /// Folder for the pages, each named by its row; `approve` and `send-back` go by what is in it
        #[arg(long)]
        out: PathBuf,
    },
    /// Let rows be sealed, just as their fetched pages show them
    Approve {
        #[command(flatten)]
        server: Server,
        /// The batch
        batch: String,
        /// Folder of the pages that were looked at
        #[arg(long)]
        seen: PathBuf,
        /// The rows (otherwise every page in the folder)
        rows: Vec<u64>,
    },
    /// Send rows back to who pushed them, with a reason
    SendBack {
        #[command(flatten)]
        server: Server,
        /// The batch
        batch: String,
        /// Folder of the pages that were looked at
        #[arg(long)]
        seen: PathBuf,
        /// Why, in words for who pushed them
        #[arg(long)]
        reason: String,
        /// The rows
        #[arg(required = true)]
        rows: Vec<u64>,
    },
}
