//! The program as a person meets it: a demo's data folder, commands, and what they answer.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use jiff::civil::date;
use serde_json::Value;
use tempfile::TempDir;
use yinxin::demo::city::{Kind, Row, rows};

use crate::workspace::program;

/// The agency that issues diplomas, and its type.
pub const SCHOOLS: &str = "11990100MB01000360";
/// Type code of 毕业证书.
pub const DIPLOMA: &str = "11990100MB01000360004";
/// A person of that agency, as `--as` names one.
pub const CLERK: &str = "clerk@11990100MB01000360";

/// What a command answered.
pub struct Answer {
    /// Exit code.
    pub code: i32,
    /// Standard output, then standard error.
    pub text: String,
    /// Standard output alone.
    pub out: String,
}

/// Runs `yinxin`, in English.
///
/// # Panics
/// When it cannot start, is killed, or writes something other than UTF-8.
pub fn run(arguments: &[&str]) -> Answer {
    run_in("en", arguments)
}

fn run_in(language: &str, arguments: &[&str]) -> Answer {
    let done = Command::new(program("yinxin"))
        .args(["--lang", language])
        .args(arguments)
        .output()
        .expect("yinxin starts");
    let out = String::from_utf8(done.stdout).expect("UTF-8");
    let err = String::from_utf8(done.stderr).expect("UTF-8");
    let code = done.status.code().expect("yinxin ends by itself");
    assert!(!err.contains("panicked"), "{arguments:?}:\n{err}");
    Answer {
        code,
        text: format!("{out}{err}"),
        out,
    }
}

/// Runs `yinxin` in English; it must end with this code and say these words. Gives all it said.
///
/// # Panics
/// When it does not.
pub fn check(arguments: &[&str], code: i32, words: &[&str]) -> String {
    judge(arguments, run(arguments), code, words)
}

/// The same in Chinese.
///
/// # Panics
/// When it does not.
pub fn check_zh(arguments: &[&str], code: i32, words: &[&str]) -> String {
    judge(arguments, run_in("zh", arguments), code, words)
}

fn judge(arguments: &[&str], answer: Answer, code: i32, words: &[&str]) -> String {
    let Answer {
        code: got, text, ..
    } = answer;
    assert_eq!(got, code, "yinxin {}:\n{text}", arguments.join(" "));
    for word in words {
        assert!(
            text.contains(word),
            "yinxin {} does not say {word:?}:\n{text}",
            arguments.join(" ")
        );
    }
    text
}

/// The JSON values that a command prints, one a line, and its exit code.
///
/// # Panics
/// When a line is no JSON.
pub fn json(arguments: &[&str]) -> (i32, Vec<Value>) {
    let Answer { code, out, text } = run(&[&["--json"], arguments].concat());
    let values = out.lines().map(serde_json::from_str);
    let values = values.collect::<Result<_, _>>();
    (code, values.unwrap_or_else(|e| panic!("{e}:\n{text}")))
}

/// The demo's data folder, made once a process and not to be written to.
///
/// # Panics
/// When the demo does not come to its end.
pub fn demo() -> &'static Path {
    static DEMO: OnceLock<PathBuf> = OnceLock::new();
    DEMO.get_or_init(|| {
        // Kept: a static is never dropped, and other tests still read it. The system clears it away.
        let folder = tempfile::tempdir().expect("a temporary folder").keep();
        let data = folder.join("demo");
        check(
            &["demo", "--data", &text_of(&data), "--count", "36", "--exit"],
            0,
            &["sealing 36", "superseded", "Try next"],
        );
        data
    })
}

/// A copy of the demo's folder, to act on, with room beside it for files of a story.
pub struct Folder(TempDir);

impl Folder {
    /// Copies the demo.
    ///
    /// # Panics
    /// When `cp` fails.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let copied = Command::new("cp")
            .arg("-a")
            .args([demo(), &folder.path().join("data")])
            .status();
        assert!(copied.is_ok_and(|status| status.success()), "cp -a");
        Self(folder)
    }

    /// A path beside the data folder.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The data folder, for `--data`.
    pub fn data(&self) -> String {
        text_of(&self.beside("data"))
    }

    /// Writes a file beside the data folder and gives its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.beside(name);
        std::fs::write(&path, content).expect("the file is written");
        text_of(&path)
    }

    /// Writes rows as NDJSON.
    pub fn rows(&self, name: &str, rows: &[Row]) -> String {
        let lines: Vec<String> = rows
            .iter()
            .map(|row| Value::Object(row.clone()).to_string())
            .collect();
        self.write(name, lines.join("\n"))
    }

    /// `sign` of diplomas; `more` are further arguments.
    pub fn sign(&self, input: &str, more: &[&str]) -> Answer {
        let data = self.data();
        let usual = [
            "sign", "--data", &data, "--type", DIPLOMA, "--as", CLERK, "--in", input,
        ];
        run(&[&usual[..], more].concat())
    }

    /// Seals rows and gives their identifiers.
    ///
    /// # Panics
    /// When one is refused.
    pub fn seal(&self, rows: &[Row], out: &str) -> Vec<String> {
        let (input, out) = (self.rows("sealed.ndjson", rows), self.beside(out));
        let answer = self.sign(&input, &["--json", "--out", &text_of(&out)]);
        assert_eq!(answer.code, 0, "{}", answer.text);
        let line = |line: &str| -> Option<String> {
            let value: Value = serde_json::from_str(line).ok()?;
            Some(value.get("issued")?.as_str()?.to_owned())
        };
        answer.out.lines().filter_map(line).collect()
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

/// A diploma that the demo did not make: number and `ref` follow from `tag`.
///
/// # Panics
/// When the city has no rows.
pub fn diploma(tag: u32) -> Row {
    let today = date(2024, 7, 1);
    let mut row = rows(Kind::Diploma, 1, 9_000 + u64::from(tag), today)
        .next()
        .expect("a row");
    row.insert("ref".to_owned(), format!("story-{tag}").into());
    row.insert("diploma_number".to_owned(), format!("9{tag:017}").into());
    row
}

/// A path as an argument.
///
/// # Panics
/// When it is not UTF-8.
pub fn text_of(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}
