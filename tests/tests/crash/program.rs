//! The program itself, killed while it signs: by SIGKILL upon a line that it says. What it acknowledged is on
//! record each time, and in the end every row has one certificate with one file that verifies.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use house::program::{Answer, Folder, check, diplomas, json, text_of};
use jiff::Timestamp;
use keys::FileKeyStore;
use registry::testing::{
    Ground, check_invariants, expire_leases, on_both_grounds, options, quiet, run,
};
use registry::{Database, Id, KeyVersion, Options, Registry, Vault};
use serde_json::Value;

use crate::process::{Ended, Process};

/// Rows of a batch: two groups.
const ROWS: u32 = 600;

/// What a run says from the opening of the registry to the last result of a batch.
const LINES: usize = 19;

/// Deaths by SIGKILL.
#[derive(Debug, Default)]
struct Kills {
    /// Processes that were to be killed; some were done before.
    started: usize,
    all: usize,
    /// Between the first plan and the end of a batch.
    within: usize,
}

/// A folder that is signed in, with its database.
struct Desk {
    folder: Folder,
    database: Database,
    level: &'static str,
    /// The keys of its record, unlocked once.
    vault: Vault,
}

impl Desk {
    fn new(database: &Database, level: &'static str) -> Self {
        let (folder, database) = match database {
            Database::Embedded => (Folder::new(), Database::Embedded),
            Database::Postgres(_) => {
                let url = registry::testing::postgres_url().expect("a cluster runs");
                (Folder::on_postgres(&url), Database::Postgres(url))
            }
        };
        let vault = vault(&folder.beside("data"));
        Self {
            folder,
            database,
            level,
            vault,
        }
    }

    fn sign(&self, input: &str) -> Process {
        let mut command = self.folder.signing(input, &["--level", self.level]);
        command.env("YINXIN_TELL_POINTS", "1").stderr(Stdio::null());
        Process::of(command)
    }

    /// The registry as the next process finds it; what a dead one had leased is free again.
    async fn registry(&self) -> Registry {
        let folder = PathBuf::from(self.folder.data());
        let made = fs::metadata(folder.join("yinxin.toml")).and_then(|file| file.modified());
        let now = Timestamp::try_from(made.expect("when it was made")).expect("an instant");
        let options = Options {
            vault: self.vault.clone(),
            folder,
            database: self.database.clone(),
            ..options(&Ground::embedded())
        };
        let registry = Registry::open(options, now).await;
        registry.expect("no kill keeps the registry from opening")
    }

    /// What must hold after each kill, asked of the program, and every other time of the record itself.
    async fn check(&self, kills: usize) {
        let data = self.folder.data();
        if let Database::Postgres(url) = &self.database {
            quiet(url).await;
        }
        let is_postgres = matches!(self.database, Database::Postgres(_));
        let thorough = kills.is_multiple_of(2);
        if thorough || is_postgres {
            let registry = self.registry().await;
            if is_postgres {
                expire_leases(&registry).await;
            }
            if thorough {
                let broken = check_invariants(&registry).await;
                assert!(broken.is_empty(), "{broken:#?}");
            }
            registry.close().await;
        }
        check(&["audit", "verify", "--data", &data], 0, &["whole"]);
    }

    /// Kills the program at one batch until it comes to its end before it is killed.
    async fn kill_one_batch(&self, input: &str, kills: &mut Kills) {
        let mut known: Option<Id> = None;
        let mut planned = false;
        loop {
            // Spread over the lines of a run; one that goes on says fewer.
            let line = 2 + kills.started * 5 % (LINES - 1);
            kills.started += 1;
            let ended: Ended = self.sign(input).killed_upon(line);
            if let (Some(known), Some(accepted)) = (known, ended.accepted) {
                assert_eq!(known, accepted, "the same push is the same batch");
            }
            known = known.or(ended.accepted);
            planned |= ended.planned;
            if ended.by_itself {
                return;
            }
            kills.all += 1;
            kills.within += usize::from(planned);
            self.check(kills.all).await;
        }
    }

    /// Every row of a batch that has ended has one certificate, and its file verifies.
    fn check_issued(&self, input: &str, name: &str) {
        let before = self.listed().len();
        let out = self.folder.beside(name);
        let arguments = ["--json", "--level", self.level, "--out", &text_of(&out)];
        let Answer {
            code,
            out: said,
            text,
            ..
        } = self.folder.sign(input, &arguments);
        assert_eq!(code, 0, "{text}");
        let lines: Vec<Value> = said
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        let rows: Vec<u64> = lines
            .iter()
            .filter_map(|line| line["row"].as_u64())
            .collect();
        assert_eq!(rows.len(), ROWS as usize, "each row has one answer");
        let issued: BTreeSet<&str> = lines
            .iter()
            .filter_map(|line| line["issued"].as_str())
            .collect();
        assert_eq!(
            issued.len(),
            ROWS as usize,
            "each row has one certificate of its own"
        );
        let listed = self.listed();
        assert_eq!(listed.len(), before, "the same push makes no more");
        assert!(issued.iter().all(|identifier| listed.contains(*identifier)));
        let files: Vec<String> = fs::read_dir(&out)
            .expect("the files")
            .map(|entry| text_of(&entry.expect("a file").path()))
            .collect();
        assert_eq!(files.len(), ROWS as usize);
        let data = self.folder.data();
        let mut verify = vec!["verify", "--data", &data];
        verify.extend(files.iter().map(String::as_str));
        let (code, verdicts) = json(&verify);
        assert_eq!((code, verdicts.len()), (0, ROWS as usize));
        assert!(
            verdicts
                .iter()
                .all(|verdict| verdict["outcome"] == "authentic_valid")
        );
        let levels: BTreeSet<&str> = verdicts
            .iter()
            .filter_map(|verdict| verdict["seal"]["level"].as_str())
            .collect();
        assert_eq!(levels, BTreeSet::from([self.level]));
    }

    fn listed(&self) -> BTreeSet<String> {
        let data = self.folder.data();
        let (mut found, mut after) = (BTreeSet::new(), None::<String>);
        loop {
            let mut page = vec!["list", "--data", &data, "--limit", "1000"];
            page.extend(after.iter().flat_map(|cursor| ["--after", cursor]));
            let (code, lines) = json(&page);
            assert_eq!(code, 0);
            let text = |line: &Value, name: &str| line[name].as_str().map(str::to_owned);
            found.extend(lines.iter().filter_map(|line| text(line, "identifier")));
            after = lines.iter().find_map(|line| text(line, "next"));
            if after.is_none() {
                return found;
            }
        }
    }
}

/// The keys of records and look-ups, as the program has them.
fn vault(data: &Path) -> Vault {
    let passphrase = fs::read_to_string(data.join("passphrase")).expect("the passphrase");
    let store = FileKeyStore::open(&data.join("keys"), &passphrase.trim().into());
    let store = store.expect("the keys");
    let version = |label: &str| KeyVersion {
        version: 1,
        secret: *store.derived_secret(label).expect("a secret"),
    };
    let (records, lookups) = (
        version("registry records 1"),
        version("registry look-ups 1"),
    );
    Vault::new(&[records], &[lookups]).expect("a vault")
}

async fn killed_while_it_signs(desk: &Desk, wanted: usize) {
    let (mut kills, mut batches) = (Kills::default(), 0);
    while kills.all < wanted || kills.within < wanted / 2 {
        let name = format!("batch-{batches}");
        let rows = diplomas(batches, ROWS);
        let input = desk.folder.rows(&format!("{name}.ndjson"), &rows);
        let before = desk.listed().len();
        desk.kill_one_batch(&input, &mut kills).await;
        let after = desk.listed().len();
        assert_eq!(after, before + ROWS as usize, "one certificate a row");
        desk.check(0).await;
        desk.check_issued(&input, &name);
        batches += 1;
    }
    println!(
        "{}: {kills:?} during {batches} batches of {ROWS} rows",
        desk.level
    );
}

#[test]
fn the_program_is_killed_while_it_signs() {
    on_both_grounds(|ground| async move {
        killed_while_it_signs(&Desk::new(&ground.database, "B-B"), 15).await;
    });
}

#[test]
fn the_program_is_killed_while_it_signs_with_time_stamps() {
    run(async {
        killed_while_it_signs(&Desk::new(&Database::Embedded, "B-T"), 6).await;
    });
}

/// One process writes to a data folder; another one is told which.
#[test]
fn a_second_process_is_told_who_holds_the_folder() {
    let desk = Desk::new(&Database::Embedded, "B-B");
    let input = desk.folder.rows("rows.ndjson", &diplomas(1, ROWS));
    let first = desk.sign(&input);
    first.says("accepted ");
    first.signal("-STOP");
    let holder = format!("process {}", first.id());
    let refused = desk.folder.sign(&input, &[]);
    assert_eq!(refused.code, 1, "{}", refused.text);
    assert!(refused.text.contains(&holder), "{}", refused.text);
    // Who only reads is let in.
    let data = desk.folder.data();
    check(&["audit", "verify", "--data", &data], 0, &["whole"]);
    first.signal("-CONT");
    assert!(
        first.killed_upon(usize::MAX).by_itself,
        "it comes to its end"
    );
    desk.check_issued(&input, "out");
}

/// On PostgreSQL several processes may be given one batch: one works on it, the others wait for it.
#[test]
fn two_processes_at_one_batch_make_it_once() {
    on_both_grounds(|ground| async move {
        if matches!(ground.database, Database::Embedded) {
            return;
        }
        let desk = Desk::new(&ground.database, "B-B");
        let input = desk.folder.rows("rows.ndjson", &diplomas(1, ROWS));
        let first = desk.sign(&input);
        let accepted = first.says("accepted ");
        first.says("point before_plans_commit");
        first.signal("-STOP");
        let second = desk.sign(&input);
        assert_eq!(second.says("accepted "), accepted);
        second.says("another process works on this batch");
        first.signal("-CONT");
        for process in [first, second] {
            assert!(process.killed_upon(usize::MAX).by_itself);
        }
        assert_eq!(desk.listed().len(), ROWS as usize);
        desk.check(0).await;
        desk.check_issued(&input, "out");
    });
}
