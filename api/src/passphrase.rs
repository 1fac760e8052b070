//! Where the passphrase of the key store comes from: a file, or a prompt; never an argument.

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::folder::DataFolder;
use crate::problem::Problem;

/// Asks for the passphrase of an installation: the named file, the folder's own (demo), the terminal.
///
/// # Errors
/// [`Problem::Unreadable`], or [`Problem::Usage`] where there is neither file nor terminal.
pub(crate) fn ask(file: Option<&Path>, folder: &DataFolder) -> Result<SecretString, Problem> {
    if let Some(path) = file {
        return read(path);
    }
    let own = folder.passphrase();
    if own.exists() {
        return read(&own);
    }
    prompt(Problem::Usage {
        zh: "需要密钥库口令：请用 --passphrase-file 指定文件".into(),
        en: "the key store needs its passphrase: name a file with --passphrase-file".into(),
    })
}

/// Asks for the passphrase of a private key that comes in or goes out: the named file, the terminal.
///
/// # Errors
/// [`Problem::Unreadable`], or [`Problem::Usage`] where there is neither file nor terminal.
pub(crate) fn ask_for_key(file: Option<&Path>) -> Result<SecretString, Problem> {
    match file {
        Some(path) => read(path),
        None => prompt(Problem::Usage {
            zh: "需要私钥文件的口令：请用 --key-passphrase-file 指定文件".into(),
            en: "the private key needs a passphrase: name a file with --key-passphrase-file".into(),
        }),
    }
}

fn read(path: &Path) -> Result<SecretString, Problem> {
    let text = Zeroizing::new(
        std::fs::read_to_string(path).map_err(|source| Problem::unreadable(path, source))?,
    );
    Ok(SecretString::from(text.trim_end_matches(['\r', '\n'])))
}

/// Reads one line from the terminal, which does not show what is typed.
fn prompt(no_terminal: Problem) -> Result<SecretString, Problem> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(no_terminal);
    }
    eprint!("口令 · passphrase: ");
    let _ = std::io::stderr().flush();
    let _quiet = NoEcho::on(&stdin);
    let mut line = Zeroizing::new(String::new());
    let read = stdin.lock().read_line(&mut line);
    eprintln!();
    read.map_err(|source| Problem::unreadable(Path::new("/dev/stdin"), source))?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n'])))
}

/// Turns the terminal's echo off while it lives.
struct NoEcho {
    before: Option<rustix::termios::Termios>,
}

impl NoEcho {
    fn on(terminal: &std::io::Stdin) -> Self {
        let before = rustix::termios::tcgetattr(terminal).ok();
        if let Some(mut quiet) = before.clone() {
            quiet.local_modes.remove(rustix::termios::LocalModes::ECHO);
            let _ =
                rustix::termios::tcsetattr(terminal, rustix::termios::OptionalActions::Now, &quiet);
        }
        Self { before }
    }
}

impl Drop for NoEcho {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(std::io::stdin(), now, before);
        }
    }
}
