//! How the command line speaks: plain words in the person's language, or JSON.

use std::io::Write as _;

use serde::Serialize;

use crate::language::Language;
use crate::problem::Problem;

/// The voice of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Say {
    /// Chinese or English.
    pub language: Language,
    /// JSON instead of words.
    pub json: bool,
}

impl Say {
    /// A line for a person; silent when JSON is wanted.
    pub(crate) fn line(&self, zh: impl AsRef<str>, en: impl AsRef<str>) {
        if !self.json {
            print(self.language.pick(zh.as_ref(), en.as_ref()));
        }
    }

    /// What went wrong: words on standard error, or one JSON object. A bad outcome has been told.
    pub(crate) fn problem(&self, problem: &Problem) {
        match (problem, self.json) {
            (Problem::BadOutcome(_), _) => {}
            (problem, true) => print(&serde_json::json!({ "problem": problem.json() }).to_string()),
            (problem, false) => eprintln!("{}", problem.words(self.language)),
        }
    }

    /// One JSON value on a line of its own, or the words.
    pub(crate) fn answer(
        &self,
        value: &impl Serialize,
        words: impl FnOnce(Language) -> String,
    ) -> Result<(), Problem> {
        if self.json {
            let text = serde_json::to_string(value).map_err(|error| Problem::Usage {
                zh: format!("无法写成 JSON：{error}"),
                en: format!("cannot be written as JSON: {error}"),
            })?;
            print(&text);
        } else {
            print(&words(self.language));
        }
        Ok(())
    }
}

/// Writes a line. A reader that has gone away (`| head`) has what it wanted.
fn print(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
