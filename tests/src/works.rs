//! A works: registry, keys and fonts in one folder, with the real signer, that can be opened again
//! after its process was killed. What the crash tests and the process they kill share.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keys::testing::Centre;
use keys::{FileKeyStore, Purpose, policy_files};
use registry::batches::{self, Accepted, JobState, Outcome, Progress};
use registry::files::{LocalDisk, SpoolLimits};
use registry::testing::{Ground, check_invariants, expire_leases, publish_with, push, rows, vault};
use registry::{Database, Id, Options, Registry};
use signer::batch::{Tally, Workshop};
use verifier::report::Indication;
use verifier::{Budgets, Trust, examine};
use yinxin::use_log::{RegistryUseLog, key_use};

use crate::office::{self, NOW};

/// The batch of every story is pushed under this key.
const KEY: &str = "batch";
/// Where QR codes lead, and what stands behind it.
const PUBLIC_URL: &str = "https://verify.example";
const CODE_LEN: usize = "/v#7K2M9QXD4TRW83HF".len();

/// Where a works lies.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its folder.
    pub folder: PathBuf,
    /// Its database.
    pub database: Database,
}

/// An opened works.
pub struct Works {
    /// What is on record.
    pub registry: Registry,
    site: Site,
}

impl Site {
    /// A site by its folder, and the URL of its PostgreSQL database unless that is empty.
    pub fn new(folder: &Path, url: &str) -> Self {
        let database = match url {
            "" => Database::Embedded,
            url => Database::Postgres(url.to_owned()),
        };
        Self {
            folder: folder.to_owned(),
            database,
        }
    }

    /// The site on a ground of the registry's stories.
    pub fn on(ground: &Ground) -> Self {
        Self {
            folder: ground.folder.path().to_owned(),
            database: ground.database.clone(),
        }
    }

    /// The URL of its PostgreSQL database; empty where the database is embedded.
    pub fn url(&self) -> &str {
        match &self.database {
            Database::Embedded => "",
            Database::Postgres(url) => url,
        }
    }

    /// Founds a works: keys, policy, one published type.
    ///
    /// # Panics
    /// When a room refuses.
    pub async fn found(&self) {
        let centre = Centre::found(&self.keys(), None).expect("a centre");
        let policy = policy_files(&centre.store, &centre.keys.crls, NOW).expect("a policy");
        fs::write(self.policy(), policy.policy_toml).expect("the policy");
        fs::write(self.seal_key(), centre.keys.seal.to_string()).expect("the name of the key");
        let works = self.open().await;
        let template = include_str!("small.toml");
        publish_with(&works.registry, str::to_owned, template).await;
        works.registry.close().await;
    }

    /// Opens it, as a process does that starts.
    ///
    /// # Panics
    /// When the registry does not open: no crash may do that.
    pub async fn open(&self) -> Works {
        let options = Options {
            folder: self.folder.clone(),
            database: self.database.clone(),
            holder: "a works".to_owned(),
            vault: vault(),
            disk: Arc::new(LocalDisk),
            spool: SpoolLimits::default(),
            addresses: batches::Addresses {
                public: PUBLIC_URL.to_owned(),
                status: "https://status.example".to_owned(),
            },
        };
        let registry = Registry::open(options, NOW).await;
        Works {
            registry: registry.unwrap_or_else(|error| panic!("{}: {error}", self.folder.display())),
            site: self.clone(),
        }
    }

    fn keys(&self) -> PathBuf {
        self.folder.join("keys")
    }

    fn policy(&self) -> PathBuf {
        self.folder.join("policy.toml")
    }

    fn seal_key(&self) -> PathBuf {
        self.folder.join("seal-key")
    }
}

impl Works {
    /// Pushes the batch of the story; again, it answers the same job.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn accept(&self, count: u32) -> Accepted {
        let accepted = push(&self.registry, KEY, &rows(0, count)).await;
        accepted.expect("the batch is accepted")
    }

    /// Works on a job to its end, unless it has come to that; what a killed process had leased is
    /// free again.
    ///
    /// # Panics
    /// When it fails.
    pub async fn work(&self, job: Id, watch: impl Fn(&Tally)) -> Tally {
        let progress = self.progress(job).await;
        if progress.is_some_and(|progress| progress.is_over()) {
            return Tally::default();
        }
        expire_leases(&self.registry).await;
        let workshop = Arc::new(self.workshop());
        let tally = signer::batch::run(&self.registry, job, &workshop, || NOW, watch).await;
        tally.expect("the batch comes to its end")
    }

    /// Where a job stands; `None` where it is not on record.
    pub async fn progress(&self, job: Id) -> Option<Progress> {
        self.registry.batches().progress(job).await.ok()
    }

    /// What must hold after each fault, wherever the job stands.
    ///
    /// # Panics
    /// When an invariant is broken.
    pub async fn check(&self) {
        let broken = check_invariants(&self.registry).await;
        assert!(
            broken.is_empty(),
            "{}: {broken:#?}",
            self.site.folder.display()
        );
    }

    /// What must hold at the end besides: each of `count` rows has one certificate of its own, whose
    /// file passes under the policy of the works.
    ///
    /// # Panics
    /// When it does not.
    pub async fn check_issued(&self, job: Id, count: u32) {
        self.check().await;
        let state = self.progress(job).await.map(|progress| progress.state);
        assert_eq!(state, Some(JobState::Done));
        let batches = self.registry.batches();
        let answers = batches.answers(job, 0, count + 1).await.expect("answers");
        let issued: BTreeSet<_> = answers
            .iter()
            .map(|answer| match &answer.outcome {
                Outcome::Issued(identifier) => identifier.clone(),
                other => panic!("row {}: {other:?}", answer.row),
            })
            .collect();
        assert_eq!(
            (answers.len(), issued.len()),
            (count as usize, count as usize)
        );
        let policy = fs::read_to_string(self.site.policy()).expect("the policy");
        let trust = Trust::from_policy(&policy).expect("our own policy");
        let mut files = BTreeSet::new();
        for identifier in &issued {
            let file = batches.file(identifier).await.expect("a file");
            let report = examine(&file, &trust, NOW, &Budgets::default());
            assert_eq!(
                report.indication,
                Some(Indication::TotalPassed),
                "{report:#?}"
            );
            files.insert(file);
        }
        assert_eq!(files.len(), issued.len(), "each has a file of its own");
    }

    fn workshop(&self) -> Workshop {
        let store = FileKeyStore::open(&self.site.keys(), &"test".into()).expect("the keys");
        let seal = fs::read_to_string(self.site.seal_key()).expect("the name of the key");
        let keys = store.list().expect("the keys");
        let seal = keys.into_iter().find(|key| key.id.to_string() == seal);
        let seal_key = seal.expect("the seal key").id;
        Workshop {
            fonts: office::fonts(),
            keys: Arc::new(store),
            key_use: key_use(&seal_key, Purpose::Seal),
            seal_key,
            log: Arc::new(RegistryUseLog::new(self.registry.clone())),
            time_stamps: None,
            seal_label: "印".to_owned(),
            verify_url_len: PUBLIC_URL.len() + CODE_LEN,
            wanted_elsewhere: None,
        }
    }
}
