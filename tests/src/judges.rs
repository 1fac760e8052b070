//! Programs by other people that read our files. None is a judge alone: each is lax somewhere.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::workspace;

/// Runs a program and gives its standard output.
///
/// # Panics
/// When the program is missing or fails.
pub fn ask(program: impl AsRef<Path>, arguments: &[&str]) -> String {
    let output = run(program.as_ref(), arguments);
    let (said, complaint) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{arguments:?}:\n{said}{complaint}");
    said
}

/// Runs a program that is expected to fail.
///
/// # Panics
/// When the program is missing or succeeds.
pub fn ask_for_refusal(program: impl AsRef<Path>, arguments: &[&str]) {
    let output = run(program.as_ref(), arguments);
    assert!(
        !output.status.success(),
        "{arguments:?}:\n{}",
        text(&output.stdout)
    );
}

/// Runs one of the scripts in `tests/judges/` with pyHanko at hand.
///
/// # Panics
/// When Python or pyHanko is missing, or the script fails.
pub fn ask_python(script: &str, arguments: &[&str]) -> String {
    let script = workspace::root().join("tests/judges").join(script);
    let script = script.to_str().expect("a path in UTF-8");
    ask(python(), &[&[script], arguments].concat())
}

/// Runs one of the scripts in `tests/judges/` in Node.js, with playwright-core and Chromium at hand.
///
/// # Panics
/// When Node.js is missing, or the script fails.
pub fn ask_browser(script: &str, arguments: &[&str]) -> String {
    let script = workspace::root().join("tests/judges").join(script);
    let script = script.to_str().expect("a path in UTF-8");
    ask("node", &[&[script], arguments].concat())
}

/// The Python that `tests/install.sh` gave pyHanko, else the one of the system.
pub fn python() -> PathBuf {
    let installed = workspace::root().join("target/tools/python/bin/python");
    if installed.exists() {
        installed
    } else {
        "python3".into()
    }
}

fn run(program: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output();
    output.unwrap_or_else(|error| panic!("{}: {error}; see tests/install.sh", program.display()))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
