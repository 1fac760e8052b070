//! What can go wrong at the command line, said in both languages and with the exit code it means.
//! Displayed a problem speaks English, [`Problem::zh`] says the same in Chinese.

use std::path::{Path, PathBuf};

use registry::Sentence;

use crate::language::Language;

/// Something a person can act upon.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// The command was called wrongly.
    #[error("{en}")]
    Usage {
        /// In Chinese.
        zh: String,
        /// In English.
        en: String,
    },
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// `yinxin.toml` is wrong.
    #[error("{} is not right: {reason}", path.display())]
    Settings {
        /// Which file.
        path: PathBuf,
        /// What and where.
        reason: Sentence,
    },
    /// A file that a person wrote is wrong.
    #[error("{} is not right: {reason}", path.display())]
    BadFile {
        /// Which file.
        path: PathBuf,
        /// What and where.
        reason: Sentence,
    },
    /// There is an installation where a new one should go.
    #[error("{} holds an installation already; choose another folder", path.display())]
    AlreadyThere {
        /// Which folder.
        path: PathBuf,
    },
    /// Another process is making an installation there.
    #[error("another process is just making an installation in {}; wait until it has ended", path.display())]
    BeingMade {
        /// Which folder.
        path: PathBuf,
    },
    /// Something lies there that only an installation has, but its settings are gone.
    #[error("{} holds {} but no yinxin.toml; put that back if it was lost, or choose another folder", path.display(), part.display())]
    PartsThere {
        /// Which folder.
        path: PathBuf,
        /// What lies there.
        part: PathBuf,
    },
    /// The PostgreSQL database of a new installation belongs to another one.
    #[error(
        "the database holds an installation already; create an empty one and name it with --database"
    )]
    DatabaseTaken,
    /// There is no installation.
    #[error("{} holds no installation; make one with `yinxin init` or `yinxin demo`", path.display())]
    NotThere {
        /// Which folder.
        path: PathBuf,
    },
    /// Keys, passphrase or X.509s.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// The registry refused.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// A template or a page.
    #[error(transparent)]
    Signer(#[from] signer::Error),
    /// Policy, anchors or CRLs given to a verification.
    #[error(transparent)]
    Verifier(#[from] verifier::Error),
    /// The service refused, or could not be reached.
    #[error("{en}")]
    Server {
        /// Stable machine name of the problem (RFC 9457 `code`), or `unreachable`.
        code: String,
        /// In Chinese.
        zh: String,
        /// In English.
        en: String,
    },
    /// The act was carried out, but its outcome is not good: the answer has been printed.
    #[error("done, with a bad outcome")]
    BadOutcome(u8),
}

impl Problem {
    /// A command that was called wrongly, or cannot be carried out as it was called.
    pub(crate) fn usage(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Usage {
            zh: zh.into(),
            en: en.into(),
        }
    }

    /// A file that a person wrote is wrong.
    pub(crate) fn bad_file(path: &Path, reason: Sentence) -> Self {
        Self::BadFile {
            path: path.to_owned(),
            reason,
        }
    }

    /// The reader's side of an I/O error.
    pub(crate) fn unreadable(path: &Path, source: std::io::Error) -> Self {
        Self::Unreadable {
            path: path.to_owned(),
            source,
        }
    }

    /// The writer's side of an I/O error.
    pub(crate) fn unwritable(path: &Path, source: std::io::Error) -> Self {
        Self::Unwritable {
            path: path.to_owned(),
            source,
        }
    }

    /// Exit code of the process (design §8): 2 usage or unreadable input, 1 the rest.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. }
            | Self::Unreadable { .. }
            | Self::Settings { .. }
            | Self::BadFile { .. }
            | Self::NotThere { .. }
            | Self::Keys(keys::Error::WrongPassphrase { .. })
            | Self::Verifier(_) => 2,
            Self::BadOutcome(code) => *code,
            _ => 1,
        }
    }

    /// The stable machine name, snake case.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Usage { .. } => "usage",
            Self::Unreadable { .. } => "unreadable",
            Self::Unwritable { .. } => "unwritable",
            Self::Settings { .. } => "settings",
            Self::BadFile { .. } => "bad_file",
            Self::AlreadyThere { .. } => "already_there",
            Self::BeingMade { .. } => "being_made",
            Self::PartsThere { .. } => "parts_there",
            Self::DatabaseTaken => "database_taken",
            Self::NotThere { .. } => "not_there",
            Self::Keys(error) => error.code(),
            Self::Registry(error) => error.code(),
            Self::Signer(error) => error.code(),
            Self::Verifier(error) => error.code(),
            Self::Server { code, .. } => code,
            Self::BadOutcome(_) => "bad_outcome",
        }
    }

    /// What happened and what to do, in Chinese. English is what is displayed.
    pub(crate) fn zh(&self) -> String {
        match self {
            Self::Usage { zh, .. } | Self::Server { zh, .. } => zh.clone(),
            Self::Unreadable { path, source } => format!("无法读取 {}：{source}", path.display()),
            Self::Unwritable { path, source } => format!("无法写入 {}：{source}", path.display()),
            Self::Settings { path, reason } | Self::BadFile { path, reason } => {
                format!("{} 有误：{}", path.display(), reason.zh)
            }
            Self::AlreadyThere { path } => {
                format!("{} 中已有一套系统；请另选目录", path.display())
            }
            Self::BeingMade { path } => {
                format!("另一进程正在 {} 中建立系统；请等待其结束", path.display())
            }
            Self::PartsThere { path, part } => format!(
                "{} 中有 {}，却没有 yinxin.toml；如系丢失请恢复该文件，否则请另选目录",
                path.display(),
                part.display()
            ),
            Self::DatabaseTaken => {
                "该数据库中已有一套系统；请新建空数据库，用 --database 指定".to_owned()
            }
            Self::NotThere { path } => format!(
                "{} 中没有系统；请先运行 yinxin init 或 yinxin demo",
                path.display()
            ),
            Self::Keys(error) => error.zh(),
            Self::Registry(error) => error.zh(),
            Self::Signer(error) => error.zh(),
            Self::Verifier(error) => error.zh(),
            Self::BadOutcome(_) => "已办理，但结果不良".to_owned(),
        }
    }

    /// Whether a disk is full.
    fn is_disk_full(&self) -> bool {
        match self {
            Self::Unwritable { source, .. } => registry::is_full(source),
            Self::Keys(keys::Error::Disk { source, .. }) => registry::is_full(source),
            Self::Registry(error) | Self::Signer(signer::Error::Registry(error)) => {
                error.is_disk_full()
            }
            _ => false,
        }
    }

    /// The words for a person of this language.
    pub(crate) fn words(&self, language: Language) -> String {
        if self.is_disk_full() {
            return match language {
                Language::Zh => format!(
                    "磁盘已满，本步骤未保留任何内容，此前已完成的不受影响；请腾出空间后重新运行同一命令（{}）",
                    self.zh()
                ),
                Language::En => format!(
                    "the disk is full: nothing of this step was kept, what was done before stands; free space and run \
                     the same command again ({self})"
                ),
            };
        }
        match language {
            Language::Zh => self.zh(),
            Language::En => self.to_string(),
        }
    }

    /// For programs: `{code, zh, en}`.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::json!({ "code": self.code(), "zh": self.zh(), "en": self.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_speaks_chinese_and_english() {
        let path = || PathBuf::from("yinxin.toml");
        let io = || std::io::Error::other("no space");
        let reason = || Sentence::new("写法有误", "a slip of the pen");
        for problem in [
            Problem::usage("谁在操作？", "who acts?"),
            Problem::unreadable(&path(), io()),
            Problem::unwritable(&path(), io()),
            Problem::Settings {
                path: path(),
                reason: reason(),
            },
            Problem::bad_file(&path(), reason()),
            Problem::AlreadyThere { path: path() },
            Problem::BeingMade { path: path() },
            Problem::PartsThere {
                path: path(),
                part: path(),
            },
            Problem::DatabaseTaken,
            Problem::Server {
                code: "unreachable".to_owned(),
                zh: "无法连接".to_owned(),
                en: "cannot reach it".to_owned(),
            },
            Problem::NotThere { path: path() },
            keys::Error::Crypto("signing").into(),
            registry::Error::LeaseLost.into(),
            signer::Error::Stopped.into(),
            verifier::Error::PolicySyntax("expected `=`".to_owned()).into(),
            Problem::BadOutcome(1),
        ] {
            let (zh, en) = (problem.words(Language::Zh), problem.words(Language::En));
            let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(chinese(&zh) && !chinese(&en), "{zh} | {en}");
            assert_eq!(problem.json()["code"], problem.code());
        }
    }
}
