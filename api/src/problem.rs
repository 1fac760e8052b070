//! What can go wrong at the command line, said in both languages and with the exit code it means.

use std::path::{Path, PathBuf};

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
        reason: String,
    },
    /// A file that a person wrote is wrong.
    #[error("{} is not right: {reason}", path.display())]
    BadFile {
        /// Which file.
        path: PathBuf,
        /// What and where.
        reason: String,
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
    /// The act was carried out, but its outcome is not good: the answer has been printed.
    #[error("done, with a bad outcome")]
    BadOutcome(u8),
}

impl Problem {
    /// A wrong argument, in the words of the room that refused it.
    pub(crate) fn said(words: String) -> Self {
        Self::Usage {
            zh: words.clone(),
            en: words,
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
                    "磁盘已满，本步骤未保留任何内容，此前已完成的不受影响；请腾出空间后重新运行同一命令（{self}）"
                ),
                Language::En => format!(
                    "the disk is full: nothing of this step was kept, what was done before stands; free space and run \
                     the same command again ({self})"
                ),
            };
        }
        match (self, language) {
            (Self::Usage { zh, .. }, Language::Zh) => zh.clone(),
            (Self::Unreadable { path, source }, Language::Zh) => {
                format!("无法读取 {}：{source}", path.display())
            }
            (Self::Unwritable { path, source }, Language::Zh) => {
                format!("无法写入 {}：{source}", path.display())
            }
            (Self::Settings { path, reason } | Self::BadFile { path, reason }, Language::Zh) => {
                format!("{} 有误：{reason}", path.display())
            }
            (Self::AlreadyThere { path }, Language::Zh) => {
                format!("{} 中已有一套系统；请另选目录", path.display())
            }
            (Self::BeingMade { path }, Language::Zh) => {
                format!("另一进程正在 {} 中建立系统；请等待其结束", path.display())
            }
            (Self::PartsThere { path, part }, Language::Zh) => {
                format!(
                    "{} 中有 {}，却没有 yinxin.toml；如系丢失请恢复该文件，否则请另选目录",
                    path.display(),
                    part.display()
                )
            }
            (Self::DatabaseTaken, Language::Zh) => {
                "该数据库中已有一套系统；请新建空数据库，用 --database 指定".to_owned()
            }
            (Self::NotThere { path }, Language::Zh) => {
                format!(
                    "{} 中没有系统；请先运行 yinxin init 或 yinxin demo",
                    path.display()
                )
            }
            (other, _) => other.to_string(),
        }
    }
}
