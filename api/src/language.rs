//! The language a person is spoken to in.

use clap::ValueEnum;

/// Chinese or English.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// 中文
    Zh,
    /// English
    En,
}

impl Language {
    /// What the person asked for, else what the locale says, else Chinese.
    pub(crate) fn choose(asked: Option<Language>) -> Language {
        asked.unwrap_or_else(|| Self::of_locale(&locale()))
    }

    fn of_locale(locale: &str) -> Language {
        let foreign = !locale.is_empty()
            && !locale.starts_with("zh")
            && !locale.starts_with("C")
            && !locale.starts_with("POSIX");
        if foreign { Language::En } else { Language::Zh }
    }

    /// The same for the words of verdicts.
    pub(crate) fn of_verdicts(self) -> verifier::verdict::words::Language {
        match self {
            Language::Zh => verifier::verdict::words::Language::Chinese,
            Language::En => verifier::verdict::words::Language::English,
        }
    }

    /// Picks the text of this language.
    pub(crate) fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Language::Zh => zh,
            Language::En => en,
        }
    }
}

fn locale() -> String {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Language::{self, En, Zh};

    #[test]
    fn the_locale_decides_unless_asked() {
        for (locale, expected) in [
            ("zh_CN.UTF-8", Zh),
            ("en_GB.UTF-8", En),
            ("de_DE", En),
            ("C.UTF-8", Zh),
            ("", Zh),
        ] {
            assert_eq!(Language::of_locale(locale), expected, "{locale}");
        }
        assert_eq!(Language::choose(Some(En)), En);
    }
}
