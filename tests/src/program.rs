//! The program as a person meets it: a demo's data folder, commands, and what they answer.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use jiff::civil::date;
use serde_json::Value;
use tempfile::TempDir;
use yinxin::demo::city::{CENTRE, Kind, Row, rows};

use crate::workspace::{program, root};

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

/// `yinxin`, in English, for tests that start it by themselves.
pub fn command(arguments: &[&str]) -> Command {
    command_in("en", arguments)
}

fn command_in(language: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program("yinxin"));
    command.args(["--lang", language]).args(arguments);
    command
}

fn run_in(language: &str, arguments: &[&str]) -> Answer {
    answer(command_in(language, arguments))
}

fn answer(mut command: Command) -> Answer {
    let done = command.output().expect("yinxin starts");
    let out = String::from_utf8(done.stdout).expect("UTF-8");
    let err = String::from_utf8(done.stderr).expect("UTF-8");
    let code = done.status.code().expect("yinxin ends by itself");
    assert!(!err.contains("panicked"), "{command:?}:\n{err}");
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

    /// An installation of its own on a PostgreSQL database, in which the agency issues diplomas.
    ///
    /// # Panics
    /// When a command fails.
    pub fn on_postgres(url: &str) -> Self {
        let folder = Self(tempfile::tempdir().expect("a temporary folder"));
        let data = folder.data();
        let unit = |example: &str, code: &str, own: &str| {
            let path = root().join("docs").join(example);
            let text = std::fs::read_to_string(path).expect("an example");
            folder.write(example, text.replace(code, own))
        };
        let centre = unit("centre.example.toml", "11990000MB9999017Y", CENTRE.1);
        let agency = unit("agency.example.toml", "11990000MB99990094", SCHOOLS);
        let passphrase = folder.write("passphrase", "good");
        let web = [
            "--public-url",
            "https://zz.example",
            "--status-url",
            "https://zz.example/s",
        ];
        let of = [
            "--centre",
            &centre,
            "--database",
            url,
            "--passphrase-file",
            &passphrase,
        ];
        check(
            &[&["init", "--data", &data], &web[..], &of[..]].concat(),
            0,
            &[],
        );
        std::fs::copy(&passphrase, folder.beside("data/passphrase")).expect("the passphrase");
        let files = Kind::Diploma.files();
        folder.write("diploma.template.toml", files.template);
        for (name, bytes) in files.assets {
            folder.write(name, bytes);
        }
        let diploma = folder.write("diploma.type.toml", files.definition);
        let (second, checker) = (format!("second@{SCHOOLS}"), format!("checker@{}", CENTRE.1));
        let right = [
            "--type",
            DIPLOMA,
            "--from",
            "2020-01-01",
            "--legal-basis",
            "第八条",
        ];
        for (act, by) in [
            (&["agency", "add", &agency][..], &checker[..]),
            (&["type", "import", &diploma], CLERK),
            (&["type", "propose", DIPLOMA], CLERK),
            (&["type", "check", DIPLOMA], &checker),
            (&["type", "confirm", DIPLOMA], &second),
            (&["type", "publish", DIPLOMA], &checker),
            (
                &[&["agency", "authorise", SCHOOLS], &right[..]].concat(),
                &checker,
            ),
        ] {
            check(&[act, &["--data", &data, "--as", by]].concat(), 0, &[]);
        }
        folder
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
        answer(self.signing(input, more))
    }

    /// The same, to be started by the test itself.
    pub fn signing(&self, input: &str, more: &[&str]) -> Command {
        let data = self.data();
        let usual = [
            "sign", "--data", &data, "--type", DIPLOMA, "--as", CLERK, "--in", input,
        ];
        command(&[&usual[..], more].concat())
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

/// So many of them; no two of one `tag` or of neighbouring ones are the same.
///
/// # Panics
/// When the city has too few rows.
pub fn diplomas(tag: u32, count: u32) -> Vec<Row> {
    let today = date(2024, 7, 1);
    let seed = 900_000 + u64::from(tag);
    let found = rows(Kind::Diploma, u64::from(count), seed, today);
    let mut found: Vec<Row> = found.collect();
    for (row, n) in found.iter_mut().zip(0_u32..) {
        row.insert("ref".to_owned(), format!("many-{tag}-{n}").into());
        row.insert(
            "diploma_number".to_owned(),
            format!("8{tag:05}{n:012}").into(),
        );
    }
    assert_eq!(found.len(), count as usize);
    found
}

/// A path as an argument.
///
/// # Panics
/// When it is not UTF-8.
pub fn text_of(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}
