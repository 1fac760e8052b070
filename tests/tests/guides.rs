//! The guides of `docs/guides` as their readers run them, in Chinese and in English: the blocks marked `sh run` in order,
//! in one shell on a demo's service; what a `text` block after them shows is what was said.

#![allow(clippy::panic, clippy::expect_used)] // helpers of tests

use std::fs;
use std::path::Path;
use std::process::Command;

use house::program::Folder;
use house::service::Service;
use house::workspace::{program, root};

/// Locale, and the side of ` · ` on which its words stand.
const LANGUAGES: [(&str, usize); 2] = [("zh_CN.UTF-8", 0), ("en_GB.UTF-8", 1)];

#[test]
fn a_desk_verifies_as_its_guide_says() {
    check("desk.md");
}

#[test]
fn a_system_verifies_and_pushes_as_its_guide_says() {
    check("system.md");
}

#[test]
fn an_agency_works_as_its_guide_says() {
    check("agency.md");
}

#[test]
fn an_operator_works_as_the_guide_says() {
    check("operator.md");
}

/// Commands of a guide, and the lines that it shows as their answer.
struct Step {
    commands: String,
    shown: Vec<String>,
}

fn check(guide: &str) {
    let path = root().join("docs/guides").join(guide);
    let steps = steps(&fs::read_to_string(path).expect("the guide"));
    assert!(!steps.is_empty(), "{guide} has nothing to run");
    for (locale, side) in LANGUAGES {
        let folder = Folder::new();
        let service = Service::start(&folder);
        let desk = folder.beside("desk");
        fs::create_dir(&desk).expect("a folder to work in");
        let ended = run(&steps, &service, &folder, &desk, locale);
        let said = |at: usize| fs::read_to_string(desk.join(format!("said-{at}"))).ok();
        let said: Vec<String> = (0..steps.len()).map_while(said).collect();
        if let Err(why) = ended {
            let last = said.last().map_or("", String::as_str);
            panic!("{guide}, {locale}: {why}\n{last}");
        }
        for (step, said) in steps.iter().zip(&said) {
            for line in &step.shown {
                let sides: Vec<&str> = line.split(" · ").collect();
                let wanted = sides.get(side).unwrap_or(&sides[0]);
                assert!(
                    said.lines().any(|line| shows(line, wanted)),
                    "{guide}, {locale}: no line is {wanted}\n{}\nsaid:\n{said}",
                    step.commands
                );
            }
        }
    }
}

/// Runs every step in one shell, which writes what each says to a file `said-N`.
fn run(
    steps: &[Step],
    service: &Service,
    folder: &Folder,
    desk: &Path,
    locale: &str,
) -> Result<(), String> {
    let steps = steps.iter().enumerate();
    let steps = steps.map(|(at, step)| format!("{{\n{}\n}} >said-{at} 2>&1\n", step.commands));
    let script: String = steps.collect();
    let own = program("yinxin").parent().expect("its folder").display();
    let others = std::env::var("PATH").expect("PATH");
    let done = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(desk)
        .env("PATH", format!("{own}:{others}"))
        .env("SERVER", &service.extranet)
        .env("PUBLIC", &service.public)
        .env("METRICS", &service.metrics)
        .env("DATA", folder.data())
        .env("DOCS", root().join("docs"))
        .env("LANG", locale)
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .output()
        .expect("bash starts");
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    match done.status.success() {
        true => Ok(()),
        false => Err(format!("{}: {told}", done.status)),
    }
}

fn steps(guide: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match (kind, steps.last_mut()) {
            ("sh run", _) => steps.push(Step {
                commands: block.join("\n"),
                shown: Vec::new(),
            }),
            ("text", Some(step)) => step.shown.extend(block.into_iter().map(str::to_owned)),
            // For the reader alone.
            ("sh" | "toml", _) => {}
            _ => panic!("{kind:?} is no kind of block here: sh run, text after it, sh, toml"),
        }
    }
    steps
}

/// Whether a line holds the pieces of what is shown, in order; `...` stands for what varies.
fn shows(line: &str, shown: &str) -> bool {
    let mut rest = Some(line);
    for piece in shown.split("...") {
        rest = rest.and_then(|rest| rest.split_once(piece.trim()).map(|(_, after)| after));
    }
    rest.is_some()
}

#[test]
fn what_a_guide_shows_is_compared_piece_by_piece() {
    for (line, shown, expected) in [
        ("accepted 01M", "accepted ...", true),
        ("done: issued 1, in error 0", "issued 1... error 0", true),
        ("done: issued 1, in error 0", "error 0... issued 1", false),
        ("refused", "done", false),
    ] {
        assert_eq!(shows(line, shown), expected, "{line}: {shown}");
    }
}
