//! The house rules of ARCHITECTURE.md, held against the code.
//!
//! Each rule collects every breach before it fails, so that one run shows all of them.

#![allow(clippy::panic, clippy::expect_used)] // helpers of tests

use std::collections::{BTreeMap, BTreeSet};

use house::workspace::{self, TextFile};
use serde_json::Value;
use verifier::report::words::SENTENCES;

/// Which rooms a room may use (ARCHITECTURE.md, code map).
const MAY_USE: [(&str, &[&str]); 6] = [
    ("yinxin-keys", &[]),
    ("yinxin-registry", &[]),
    ("yinxin-signer", &["yinxin-keys", "yinxin-registry"]),
    ("yinxin-verifier", &[]),
    (
        "yinxin",
        &[
            "yinxin-keys",
            "yinxin-registry",
            "yinxin-signer",
            "yinxin-verifier",
        ],
    ),
    (
        "yinxin-tests",
        &[
            "yinxin",
            "yinxin-keys",
            "yinxin-registry",
            "yinxin-signer",
            "yinxin-verifier",
        ],
    ),
];

/// What the verifier may not reach, through any number of crates: it is pure.
const NOT_PURE: [&str; 7] = [
    "tokio", "sqlx", "ureq", "reqwest", "hyper", "rustls", "rusqlite",
];

/// Lines a Rust file may have before it has to be split.
const LONG: usize = 420;

/// The longer ones, with the most lines each may have. It may only shrink.
const LONG_FILES: &str = include_str!("house_rules/long_files.txt");

const STORE: &str = "registry/src/store/";
const THIS_FILE: &str = "tests/tests/house_rules.rs";

#[test]
fn rooms_use_only_the_rooms_they_may() {
    let metadata = workspace::metadata();
    let members: BTreeMap<&str, BTreeSet<&str>> = packages(&metadata)
        .filter(|package| package["source"].is_null())
        .map(|package| (text(&package["name"]), dependencies(package)))
        .collect();
    let known: BTreeSet<&str> = MAY_USE.iter().map(|(room, _)| *room).collect();
    assert_eq!(
        members.keys().copied().collect::<BTreeSet<_>>(),
        known,
        "the rooms of the house"
    );

    let mut breaches = Vec::new();
    for (room, allowed) in MAY_USE {
        let used = members[room]
            .intersection(&known)
            .filter(|used| !allowed.contains(used));
        breaches.extend(used.map(|used| format!("{room} uses {used}")));
    }
    none(breaches);
}

#[test]
fn the_verifier_reaches_no_io() {
    let metadata = workspace::metadata();
    let mut reached = BTreeSet::new();
    let mut open = vec![id_of(&metadata, "yinxin-verifier")];
    while let Some(id) = open.pop() {
        if reached.insert(id) {
            open.extend(normal_dependencies(&metadata, id));
        }
    }
    let named = |id: &&str| NOT_PURE.contains(&name_of(&metadata, id));
    none(
        reached
            .iter()
            .filter(|id| named(id))
            .map(|id| id.to_string())
            .collect(),
    );
}

#[test]
fn sql_stands_only_in_the_store() {
    let sql = [
        "SELECT ",
        "INSERT INTO ",
        "UPDATE ",
        "DELETE FROM ",
        "CREATE ",
        "ALTER TABLE ",
        "PRAGMA ",
    ];
    let outside = rust_files().filter(|file| !file.path.starts_with(STORE) && !is_test(file));
    let speaks_sql = |line: &str| {
        let opens = |word: &&str| line.contains(&format!("\"{word}"));
        !is_comment(line) && (uses_sqlx(line) || sql.iter().any(opens))
    };
    none(lines_where(outside, speaks_sql));
}

#[test]
fn generated_sql_stands_in_one_file() {
    let files: BTreeSet<String> = rust_files()
        .filter(|file| !is_test(file) && file.text.contains("AssertSqlSafe"))
        .map(|file| file.path)
        .collect();
    let misplaced = files.iter().any(|path| !path.starts_with(STORE));
    assert!(
        files.len() <= 1 && !misplaced,
        "SQL is put together in {files:?}"
    );
}

/// Codes of findings look like `byterange.gap`; the one without a room is named by the verdict.
#[test]
fn every_finding_has_words_in_both_languages() {
    const NO_CODES: [&str; 1] = ["certificate.json"];
    let raised: BTreeSet<String> = rust_files()
        .filter(|file| file.path.starts_with("verifier/src/") && !is_test(file))
        .filter(|file| !file.path.ends_with("report/words.rs"))
        .flat_map(|file| {
            let (code, _) = file
                .text
                .split_once("mod tests {")
                .unwrap_or((&file.text, ""));
            let literals = code.split('"').filter(|literal| is_code(literal));
            literals.map(str::to_owned).collect::<Vec<_>>()
        })
        .filter(|code| !NO_CODES.contains(&&**code))
        .collect();
    let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let said: BTreeSet<String> = SENTENCES
        .iter()
        .map(|(code, ..)| (*code).to_owned())
        .collect();
    let mut breaches = Vec::new();
    breaches.extend(
        raised
            .difference(&said)
            .map(|code| format!("{code} has no sentence")),
    );
    breaches.extend(
        said.difference(&raised)
            .map(|code| format!("nothing raises {code}")),
    );
    let odd = SENTENCES
        .iter()
        .filter(|(_, zh, en)| !chinese(zh) || chinese(en));
    breaches.extend(odd.map(|(code, ..)| format!("{code} is not said in both languages")));
    assert_eq!(said.len(), SENTENCES.len(), "a code stands once");
    none(breaches);
}

fn is_code(literal: &str) -> bool {
    let word = |text: &str| {
        text.contains(|c: char| c.is_ascii_lowercase())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let room_and_rule = literal.split_once('.');
    literal == "sealed_not_on_record"
        || room_and_rule.is_some_and(|(room, rule)| word(room) && word(rule))
}

#[test]
fn the_clock_is_read_only_in_api() {
    let clocks = [
        "SystemTime::now",
        "Timestamp::now",
        "Zoned::now",
        "now_utc(",
        "now_local(",
    ];
    let outside = rust_files().filter(|file| !file.path.starts_with("api/"));
    let reads_clock = |line: &str| {
        let excused = line.contains("clippy::disallowed_methods");
        !is_comment(line) && (excused || clocks.iter().any(|clock| line.contains(clock)))
    };
    none(lines_where(outside, reads_clock));
    // The verifier counts its work; it does not time it either.
    let verifier = rust_files().filter(|file| file.path.starts_with("verifier/src/"));
    none(lines_where(verifier, |line| {
        !is_comment(line) && line.contains("Instant")
    }));
}

#[test]
fn files_are_short() {
    let mut allowed: BTreeMap<&str, usize> = BTreeMap::new();
    for line in LONG_FILES
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (path, lines) = line.split_once(' ').expect("PATH LINES");
        allowed.insert(path, lines.parse().expect("LINES is a number"));
    }
    let mut breaches = Vec::new();
    for file in rust_files() {
        let lines = file.lines().count();
        match allowed.remove(file.path.as_str()) {
            None if lines > LONG => breaches.push(format!("{} has {lines} lines", file.path)),
            Some(most) if lines > most => {
                breaches.push(format!("{} grew to {lines} lines from {most}", file.path));
            }
            Some(_) if lines <= LONG => {
                breaches.push(format!(
                    "{} is short now: strike it off the list",
                    file.path
                ));
            }
            _ => {}
        }
    }
    breaches.extend(
        allowed
            .keys()
            .map(|path| format!("{path} is listed and gone")),
    );
    none(breaches);
}

#[test]
fn rooms_say_what_they_are() {
    let opens_a_room = |path: &str| path.ends_with("/mod.rs") || path.ends_with("/lib.rs");
    let silent = rust_files()
        .filter(|file| opens_a_room(&file.path) && !file.text.starts_with("//! "))
        .map(|file| file.path);
    none(silent.collect());
}

#[test]
fn every_crate_takes_the_lints_of_the_house() {
    let manifests = workspace::text_files();
    let lax = manifests
        .iter()
        .filter(|file| file.path.ends_with("/Cargo.toml"))
        .filter(|file| !file.text.contains("[lints]\nworkspace = true"))
        .map(|file| file.path.clone());
    none(lax.collect());
}

#[test]
fn the_repository_speaks_of_the_project_alone() {
    let places = ["/home/", "/root/", "/work/", "/Users/", "C:\\Users"];
    let leftovers = [
        "TODO",
        "FIXME",
        "XXX:",
        "HACK:",
        "todo!(",
        "unimplemented!(",
        "Co-authored-by",
    ];
    let others = workspace::text_files()
        .into_iter()
        .filter(|file| file.path != THIS_FILE);
    let alien = |line: &str| {
        places
            .iter()
            .chain(&leftovers)
            .any(|word| line.contains(word))
    };
    none(lines_where(others, alien));
}

#[test]
fn documents_name_only_paths_that_exist() {
    let rooms = [
        "api/",
        "keys/",
        "registry/",
        "signer/",
        "verifier/",
        "tests/",
        "docs/",
        ".ci/",
    ];
    let mut dead = Vec::new();
    for file in workspace::text_files()
        .iter()
        .filter(|file| file.path.ends_with(".md"))
    {
        // In Markdown every second piece between backticks is code.
        let code = file.text.split('`').skip(1).step_by(2);
        let paths = code.filter(|code| rooms.iter().any(|room| code.starts_with(room)));
        let is_plain = |path: &&str| !path.contains(['*', ' ', '<', '{', '\n']);
        let gone = paths
            .filter(is_plain)
            .filter(|path| !workspace::root().join(path).exists());
        dead.extend(gone.map(|path| format!("{} names {path}", file.path)));
    }
    none(dead);
}

/// Every Rust file but this one, which has to name what it forbids.
fn rust_files() -> impl Iterator<Item = TextFile> {
    workspace::text_files()
        .into_iter()
        .filter(|file| file.is_rust() && file.path != THIS_FILE)
}

fn lines_where(
    files: impl Iterator<Item = TextFile>,
    is_breach: impl Fn(&str) -> bool,
) -> Vec<String> {
    let in_file = |file: TextFile| {
        let lines = file.lines().filter(|(_, line)| is_breach(line));
        lines
            .map(|(at, line)| format!("{}:{at}: {}", file.path, line.trim()))
            .collect::<Vec<_>>()
    };
    files.flat_map(in_file).collect()
}

/// Tests may tamper with tables as an intruder would.
fn is_test(file: &TextFile) -> bool {
    file.path.contains("/tests/")
        || file.path.contains("testing")
        || file.path.ends_with("tests.rs")
}

/// The error of the store may wrap the driver's.
fn uses_sqlx(line: &str) -> bool {
    line.contains("sqlx::") && !line.contains("sqlx::Error")
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

/// Every dependency by name: normal, build and dev alike.
fn dependencies(package: &Value) -> BTreeSet<&str> {
    let listed = package["dependencies"].as_array().into_iter().flatten();
    listed.map(|dependency| text(&dependency["name"])).collect()
}

fn id_of<'a>(metadata: &'a Value, name: &str) -> &'a str {
    let found = packages(metadata).find(|package| package["name"] == name);
    text(&found.expect("the package is there")["id"])
}

fn name_of<'a>(metadata: &'a Value, id: &str) -> &'a str {
    let found = packages(metadata).find(|package| package["id"] == id);
    text(&found.expect("the package is there")["name"])
}

fn normal_dependencies<'a>(metadata: &'a Value, id: &str) -> Vec<&'a str> {
    let nodes = metadata["resolve"]["nodes"]
        .as_array()
        .into_iter()
        .flatten();
    let node = nodes
        .into_iter()
        .find(|node| node["id"] == id)
        .expect("the node is there");
    let edges = node["deps"].as_array().into_iter().flatten();
    let is_normal = |edge: &&Value| {
        edge["dep_kinds"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|kind| kind["kind"].is_null())
    };
    edges
        .filter(is_normal)
        .map(|edge| text(&edge["pkg"]))
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn none(breaches: Vec<String>) {
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}
