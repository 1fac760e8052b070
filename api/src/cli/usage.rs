//! Arguments that cannot be understood: in English as clap says it, in Chinese here.

use std::error::Error as _;
use std::process::ExitCode;

use clap::error::{ContextKind, ErrorKind};
use clap::{Error, ValueEnum};

use crate::language::Language;
use crate::problem::Problem;
use crate::say::Say;

/// Help and version are printed; anything else is a wrong call, exit code 2.
pub(super) fn tell(error: &Error) -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let say = Say {
        language: Language::choose(language(&given)),
        json: given.iter().any(|argument| argument == "--json"),
    };
    let code = u8::try_from(error.exit_code()).unwrap_or(2);
    let is_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if is_help || (say.language == Language::En && !say.json) {
        // Whoever has closed the output wants no help.
        let _ = error.print();
    } else {
        say.problem(&problem(error));
    }
    ExitCode::from(code)
}

fn language(given: &[String]) -> Option<Language> {
    let after = given.iter().skip_while(|argument| *argument != "--lang");
    let joined = given
        .iter()
        .find_map(|argument| argument.strip_prefix("--lang="));
    let named = joined.or_else(|| after.skip(1).map(String::as_str).next())?;
    Language::from_str(named, false).ok()
}

fn problem(error: &Error) -> Problem {
    let en = error.to_string();
    let en = en.strip_prefix("error: ").unwrap_or(&en).trim_end();
    Problem::usage(format!("{}；用法见 --help", zh(error)), en)
}

fn zh(error: &Error) -> String {
    let of = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let (argument, value) = (of(ContextKind::InvalidArg), of(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::UnknownArgument => format!("没有“{argument}”这一参数"),
        ErrorKind::InvalidSubcommand => {
            format!("没有“{}”这一命令", of(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingSubcommand => "缺少命令".to_owned(),
        ErrorKind::MissingRequiredArgument => format!("缺少参数：{argument}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("参数 {argument} 缺少值"),
        ErrorKind::InvalidValue => format!(
            "参数 {argument} 不能是“{value}”；可用的有 {}",
            of(ContextKind::ValidValue)
        ),
        ErrorKind::ValueValidation => {
            let why = error.source().map(ToString::to_string).unwrap_or_default();
            format!("参数 {argument} 的值“{value}”有误（{why}）")
        }
        ErrorKind::ArgumentConflict => {
            format!("参数 {argument} 不能与 {} 同用", of(ContextKind::PriorArg))
        }
        _ => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            format!("命令行有误（{}）", first.trim_start_matches("error: "))
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::args::Arguments;
    use super::problem;
    use crate::language::Language::{En, Zh};

    #[test]
    fn a_wrong_call_is_told_in_both_languages() {
        for (arguments, zh, en) in [
            (
                &["sing"][..],
                "没有“sing”这一命令",
                "unrecognized subcommand",
            ),
            (
                &["list", "--dat", "x"],
                "没有“--dat”这一参数",
                "unexpected argument",
            ),
            (&["sign"], "缺少参数：", "required arguments"),
            (
                &["--lang", "fr", "list"],
                "可用的有 zh, en",
                "possible values",
            ),
            (&["demo", "--count", "many"], "有误（", "invalid digit"),
            (&["list", "--data"], "缺少值", "a value is required"),
        ] {
            let given = [&["yinxin"], arguments].concat();
            let told = problem(&Arguments::try_parse_from(given).unwrap_err());
            assert!(told.words(Zh).contains(zh), "{}", told.words(Zh));
            assert!(told.words(En).contains(en), "{told}");
        }
    }

    #[test]
    fn the_language_is_asked_for_though_the_call_is_wrong() {
        let given = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for (text, expected) in [
            ("list --lang en --no", Some(En)),
            ("--lang=zh sing", Some(Zh)),
            ("sing --lang", None),
            ("sing", None),
        ] {
            assert_eq!(super::language(&given(text)), expected, "{text}");
        }
    }
}
