//! What the public suites have in common: where they lie, and the exceptions with their reasons.

#![allow(dead_code)] // each test file takes what it needs

use std::path::PathBuf;

use serde::Deserialize;

/// A folder of the suites, which are not part of this repository.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// `under` `YINXIN_SHARED`, or under `../shared` beside the repository. When it is missing,
    /// says how many `cases` did not run.
    pub(crate) fn find(under: &str, cases: usize) -> Option<Folder> {
        let shared = std::env::var_os("YINXIN_SHARED").map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
            PathBuf::from,
        );
        let folder = shared.join(under);
        if folder.exists() {
            return Some(Folder(folder));
        }
        println!("not run: {cases} ({} is missing)", folder.display());
        None
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        let path = self.0.join(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_slice(&self.read(name)).unwrap()
    }
}

/// One group of cases whose answer differs for one reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    /// A case, or all whose id begins so when it ends with `*`.
    ids: Vec<String>,
    expected: String,
    ours: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExceptionsFile {
    #[serde(default)]
    exception: Vec<Exception>,
}

/// Compares answers and holds every divergence against the exceptions file.
pub(crate) struct Divergences {
    known: Vec<Known>,
    unexpected: Vec<String>,
    agreed: usize,
}

struct Known {
    id: String,
    expected: String,
    ours: String,
    used: usize,
}

impl Divergences {
    /// Reads `file` beside the tests.
    pub(crate) fn read(file: &str) -> Divergences {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests")
            .join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        let file: ExceptionsFile = toml::from_str(&text).unwrap();
        let mut known: Vec<Known> = Vec::new();
        for Exception {
            ids,
            expected,
            ours,
            reason,
        } in file.exception
        {
            assert!(reason.len() > 20, "{ids:?}: say why");
            for id in ids {
                let twice = known
                    .iter()
                    .any(|other| other.id == id && other.expected == expected);
                assert!(!twice, "{id} stands twice");
                known.push(Known {
                    id,
                    expected: expected.clone(),
                    ours: ours.clone(),
                    used: 0,
                });
            }
        }
        Divergences {
            known,
            unexpected: Vec::new(),
            agreed: 0,
        }
    }

    pub(crate) fn compare(&mut self, id: &str, expected: &str, ours: &str) {
        if expected == ours {
            self.agreed += 1;
            return;
        }
        let excepts = |known: &&mut Known| {
            let covers = match known.id.strip_suffix('*') {
                Some(prefix) => id.starts_with(prefix),
                None => known.id == id,
            };
            covers && known.expected == expected && known.ours == ours
        };
        match self.known.iter_mut().find(excepts) {
            Some(known) => known.used += 1,
            None => self
                .unexpected
                .push(format!("{id}: expected {expected}, ours {ours}")),
        }
    }

    /// Fails on a divergence without an exception and on an exception without a divergence.
    pub(crate) fn settle(self) {
        let idle = self.known.iter().filter(|known| known.used == 0);
        let idle: Vec<_> = idle
            .map(|known| format!("{}: no longer diverges", known.id))
            .collect();
        let diverged: usize = self.known.iter().map(|known| known.used).sum();
        println!("{} as demanded, {diverged} exceptions", self.agreed);
        let problems = [self.unexpected, idle].concat();
        assert!(
            problems.is_empty(),
            "{} problems:\n{}",
            problems.len(),
            problems.join("\n")
        );
    }
}
