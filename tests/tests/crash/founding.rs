//! `yinxin init` and `yinxin demo` cut off anywhere: the same command again makes the installation, with
//! nothing to clear away by hand.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use house::program::{Answer, check, check_zh, command, run, text_of};
use house::workspace::root;
use registry::Database;
use registry::testing::{on_both_grounds, postgres_url};
use tempfile::TempDir;

use crate::process::Process;

/// Each named point of an `init`, with the how-manieth time where it is passed several times.
const POINTS: [&str; 9] = [
    "init_begun",
    "keys_opened",
    "registry_opened",
    "init_claimed",
    "init_centre_registered",
    "key_use_reserved:1",
    "key_use_reserved:4",
    "init_established",
    // The next one: what the one before it left is cleared away, and that is cut off too.
    "init_clearing:3",
];

/// A folder that an installation comes into, and the database that it uses.
struct Plot {
    folder: TempDir,
    database: Option<String>,
}

impl Plot {
    fn new(database: &Database) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("passphrase"), "good").expect("the passphrase");
        let database = match database {
            Database::Embedded => None,
            Database::Postgres(_) => Some(postgres_url().expect("a cluster runs")),
        };
        Self { folder, database }
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.beside("data")
    }

    fn init_at(&self, data: &Path) -> Vec<String> {
        let mut arguments = vec!["init".to_owned()];
        for (option, value) in [
            ("--data", text_of(data)),
            ("--passphrase-file", text_of(&self.beside("passphrase"))),
            (
                "--centre",
                text_of(&root().join("docs/centre.example.toml")),
            ),
            ("--public-url", "https://zz.example".to_owned()),
            ("--status-url", "https://zz.example/status".to_owned()),
        ] {
            arguments.extend([option.to_owned(), value]);
        }
        if let Some(url) = &self.database {
            arguments.extend(["--database".to_owned(), url.clone()]);
        }
        arguments
    }

    fn init(&self) -> Answer {
        let arguments = self.init_at(&self.data());
        run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn init_dies_at(&self, point: &str) {
        let arguments = self.init_at(&self.data());
        dies_at(
            point,
            &arguments.iter().map(String::as_str).collect::<Vec<_>>(),
        );
    }

    /// The installation is there and whole.
    fn check_made(&self) {
        let (data, passphrase) = (text_of(&self.data()), text_of(&self.beside("passphrase")));
        let folder = ["--data", &data, "--passphrase-file", &passphrase];
        check(&[&["audit", "verify"], &folder[..]].concat(), 0, &[]);
        let agency = text_of(&root().join("docs/agency.example.toml"));
        let act = ["--as", "admin@11990000MB9999017Y", &agency];
        check(
            &[&["agency", "add"], &folder[..], &act[..]].concat(),
            0,
            &[],
        );
        for name in ["policy.toml", "anchors.pem", "crl.pem", "yinxin.toml"] {
            let text = fs::read_to_string(self.data().join(name)).expect(name);
            assert!(!text.is_empty(), "{name}");
        }
        let left: Vec<_> = fs::read_dir(self.data())
            .expect("the folder")
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.starts_with("yinxin.toml."))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

fn dies_at(point: &str, arguments: &[&str]) {
    let mut command = command(arguments);
    command.env("YINXIN_CRASH_AT", point);
    Process::of(command).dies_by_itself();
}

#[test]
fn an_init_that_was_cut_off_is_run_again() {
    on_both_grounds(|ground| async move {
        for point in POINTS {
            let plot = Plot::new(&ground.database);
            if point.starts_with("init_clearing") {
                plot.init_dies_at("init_established");
            }
            plot.init_dies_at(point);
            let data = text_of(&plot.data());
            check(&["list", "--data", &data], 2, &["holds no installation"]);
            let again = plot.init();
            assert_eq!(again.code, 0, "{point}: {}", again.text);
            plot.check_made();
        }
        // From its last step on it is made.
        let plot = Plot::new(&ground.database);
        plot.init_dies_at("init_finished");
        plot.check_made();
        let again = plot.init();
        assert_eq!(again.code, 1, "{}", again.text);
        assert!(
            again.text.contains("holds an installation already"),
            "{}",
            again.text
        );
    });
}

#[test]
fn what_no_init_left_is_left_alone() {
    let plot = Plot::new(&Database::Embedded);
    let arguments = plot.init_at(&plot.data());
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    assert_eq!(plot.init().code, 0);
    // Its settings are lost; its keys must not be.
    let settings = plot.data().join("yinxin.toml");
    let kept = plot.beside("kept.toml");
    fs::rename(&settings, &kept).expect("it moves");
    check(&arguments, 1, &["keys", "no yinxin.toml", "put that back"]);
    check_zh(&arguments, 1, &["却没有 yinxin.toml", "恢复"]);
    fs::rename(&kept, &settings).expect("it moves back");
    plot.check_made();
}

#[test]
fn two_inits_do_not_mix() {
    let plot = Plot::new(&Database::Embedded);
    fs::create_dir(plot.data()).expect("a folder");
    // As a process holds it that is just at work there.
    let held = File::create(plot.data().join("yinxin.toml.unfinished")).expect("a file");
    held.lock().expect("the lock");
    let arguments = plot.init_at(&plot.data());
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    check(&arguments, 1, &["another process", "wait"]);
    check_zh(&arguments, 1, &["另一进程", "等待"]);
    drop(held);
    check(&arguments, 0, &["made in"]);
}

#[test]
fn a_database_has_one_installation() {
    let Some(url) = postgres_url() else {
        eprintln!("not run: 1 (PostgreSQL 15 is not installed)");
        return;
    };
    let plot = Plot::new(&Database::Postgres(url));
    assert_eq!(plot.init().code, 0);
    let other = plot.beside("other");
    let arguments = plot.init_at(&other);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    check(
        &arguments,
        1,
        &["holds an installation already", "--database"],
    );
    check_zh(&arguments, 1, &["已有一套系统", "--database"]);
    let left = fs::read_dir(&other).map_or(0, Iterator::count);
    assert_eq!(left, 0, "nothing is left in the other folder");
    plot.check_made();
}

#[test]
fn a_demo_that_was_cut_off_is_run_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = text_of(&folder.path().join("demo"));
    let demo = ["demo", "--data", &data, "--count", "24", "--exit"];
    // Each finds what the one before it left.
    for point in [
        "init_begun",
        "key_use_reserved:2",
        "init_finished",
        "after_plans_commit:3",
        "demo_clearing:2",
        "after_append:6",
    ] {
        dies_at(point, &demo);
    }
    check(&demo, 0, &["superseded", "Try next"]);
    check(&["audit", "verify", "--data", &data], 0, &[]);
    let (_, certificates) = house::program::json(&["list", "--data", &data]);
    assert_eq!(certificates.len(), 25, "24, and one that replaces another");
}
