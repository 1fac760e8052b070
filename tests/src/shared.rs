//! The folder of public test data (corpora, suites) that the project reads but does not contain.

use std::path::PathBuf;

/// A path inside the folder that `YINXIN_SHARED` names, when it exists.
///
/// Otherwise `None`, after printing `not run: CASES WHAT`, which `check.sh` adds up: a missing
/// folder is never a pass in silence.
pub fn shared(inside: &str, cases: usize, what: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("YINXIN_SHARED").map(PathBuf::from);
    let path = folder
        .map(|folder| folder.join(inside))
        .filter(|path| path.exists());
    if path.is_none() {
        println!("not run: {cases} {what}");
    }
    path
}
