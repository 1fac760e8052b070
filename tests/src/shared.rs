//! The folder of public test data (corpora, suites) that the project reads but does not contain.

use std::io::Write;
use std::path::PathBuf;

/// A path inside the folder that `YINXIN_SHARED` names, when it exists.
///
/// Otherwise `None`, after saying `not run: CASES WHAT` on the terminal itself, past the capture of
/// the test harness, so that `check.sh` can add up what was left out. A variable that is set but
/// names nothing is said in the same way: a missing folder is never a pass in silence.
pub fn shared(inside: &str, cases: usize, what: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("YINXIN_SHARED").map(PathBuf::from);
    let path = folder
        .map(|folder| folder.join(inside))
        .filter(|path| path.exists());
    if path.is_none() {
        // A failure to write to the terminal leaves nobody to tell.
        let _ = writeln!(std::io::stderr(), "not run: {cases} {what}");
    }
    path
}
