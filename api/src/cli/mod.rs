//! The command line: reads arguments, calls the rooms, speaks to a person or prints JSON.
//!
//! No rule of the field lives here. `main.rs` calls [`run`]; exit codes are those of design §8.

mod args;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use crate::language::Language;
use crate::problem::Problem;

pub use args::Arguments;

/// Parses the process's arguments, acts, and says how it went.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let language = Language::choose(arguments.lang);
    match act(arguments, language) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            if !matches!(problem, Problem::BadOutcome(_)) {
                eprintln!("{}", problem.words(language));
            }
            ExitCode::from(problem.exit_code())
        }
    }
}
