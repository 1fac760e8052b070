//! The repository as data: where it is, what it tracks, what cargo knows about it.

use std::path::Path;
use std::process::Command;

/// The root of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}

/// A text file of the repository.
pub struct TextFile {
    /// Path from the root, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl TextFile {
    /// Whether the file holds Rust.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// `(line number from 1, line)`.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line))
    }
}

/// Every text file that git tracks or would track; pictures and other binary files are left out.
///
/// # Panics
/// When git cannot list them: the house rules are then unknown, not kept.
pub fn text_files() -> Vec<TextFile> {
    let listed = output(Command::new("git").args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
    ]));
    let mut paths: Vec<&str> = listed.lines().collect();
    paths.sort_unstable();
    paths.dedup();
    let read = |path: &str| {
        let text = std::fs::read_to_string(root().join(path)).ok()?;
        Some(TextFile {
            path: path.to_owned(),
            text,
        })
    };
    paths.into_iter().filter_map(read).collect()
}

/// `cargo metadata` of the workspace with every dependency resolved.
///
/// # Panics
/// When cargo refuses.
pub fn metadata() -> serde_json::Value {
    let text = output(Command::new(env!("CARGO")).args([
        "metadata",
        "--format-version=1",
        "--locked",
        "--offline",
    ]));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("cargo metadata: {error}"))
}

/// Runs `command` in the root and gives what it wrote to standard output.
///
/// # Panics
/// When it cannot start, fails, or writes something other than UTF-8.
fn output(command: &mut Command) -> String {
    let done = command.current_dir(root()).output();
    let done = done.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        done.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout).unwrap_or_else(|error| panic!("{command:?}: {error}"))
}
