//! The one error of this crate; each variant says who is at fault. Displayed it speaks English,
//! [`Error::zh`] says the same in Chinese.

use std::{fmt, io, path::Path};

/// One thing said in both languages; displayed it speaks English. Names what happened, why, and
/// what to do, and never a holder.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Sentence {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Sentence {
    /// Both say the same.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }

    /// As it stands in one column of a table.
    pub(crate) fn to_stored(&self) -> String {
        serde_json::json!({ "zh": self.zh, "en": self.en }).to_string()
    }

    /// Reads a column; records of earlier versions hold one language.
    pub(crate) fn from_stored(text: String) -> Self {
        serde_json::from_str(&text).unwrap_or_else(|_| Self::new(text.clone(), text))
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

/// What went wrong in the registry, by who has to act.
///
/// Messages name what happened, why, and what to do. They never carry names or numbers of holders.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller asked for something that the rules of the field or the state on record forbid.
    #[error("{en}")]
    Refused {
        /// Stable machine name, snake case, such as `idempotency_key_reused`.
        code: &'static str,
        /// The sentence for a person, in Chinese.
        zh: String,
        /// The same in English.
        en: String,
    },
    /// Another process writes to this data folder.
    #[error(
        "the data folder is in use by {holder}; one process writes at a time: stop it, or wait until it has ended"
    )]
    FolderInUse {
        /// What the lock file says about the process that holds it.
        holder: String,
    },
    /// The lease of a job went to another worker, which now owns every write to it.
    #[error("another worker took over this job; this worker must stop writing to it")]
    LeaseLost,
    /// A group of rows ahead of this one was not planned, and the first of two rows must win.
    #[error("rows ahead of these were not planned, so these were not either; run the batch again")]
    OutOfTurn,
    /// The database or disk is set up in a way that could lose data, or does not fit this program.
    #[error("{0}")]
    SetUp(Sentence),
    /// The database failed or answered with something unexpected.
    #[error("the database failed: {0}; nothing of this step was kept")]
    Database(#[from] sqlx::Error),
    /// A file could not be read, written or synced.
    #[error("could not {doing} {path}: {source}; free space or repair the disk and try again")]
    Disk {
        /// The verb, such as `write to` or `sync`.
        doing: &'static str,
        /// The file or folder.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// Stored bytes fail their own check: wrong digest, wrong key, unreadable form.
    #[error("a stored record is damaged: {0}; restore it from a backup")]
    Damaged(Sentence),
    /// A key needed to read or hash stored data is not in the vault.
    #[error("{0}")]
    KeyMissing(Sentence),
}

impl Error {
    /// The stable machine name, snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Refused { code, .. } => code,
            Error::FolderInUse { .. } => "folder_in_use",
            Error::LeaseLost => "lease_lost",
            Error::OutOfTurn => "out_of_turn",
            Error::SetUp(_) => "set_up",
            Error::Database(_) => "database_failed",
            Error::Disk { .. } => "disk_failed",
            Error::Damaged(_) => "record_damaged",
            Error::KeyMissing(_) => "vault_key_missing",
        }
    }

    /// Whether the disk, or the share of it that this process may use, is full: of the folder, or of the machine
    /// that the database runs on.
    pub fn is_disk_full(&self) -> bool {
        match self {
            Error::Disk { source, .. } | Error::Database(sqlx::Error::Io(source)) => {
                is_full(source)
            }
            // SQLITE_FULL, and disk_full of PostgreSQL.
            Error::Database(sqlx::Error::Database(said)) => {
                matches!(said.code().as_deref(), Some("13" | "53100"))
            }
            _ => false,
        }
    }

    /// What happened and what to do, in Chinese. English is what is displayed.
    pub fn zh(&self) -> String {
        match self {
            Error::Refused { zh, .. } => zh.clone(),
            Error::FolderInUse { holder } => {
                let holder = match holder.as_str() {
                    UNNAMED => "另一进程",
                    named => named,
                };
                format!(
                    "数据目录正被 {holder} 使用；同一时间只能有一个进程写入：请停止它，或等它结束"
                )
            }
            Error::LeaseLost => "该批次已由另一进程接手；本进程须停止写入".to_owned(),
            Error::OutOfTurn => "前面的行未能列入计划，这些行也未列入；请重新运行该批次".to_owned(),
            Error::SetUp(said) | Error::KeyMissing(said) => said.zh.clone(),
            Error::Database(error) => {
                format!("数据库出错（{error}）；这一步没有保存任何内容，请检查数据库后重试")
            }
            Error::Disk {
                doing,
                path,
                source,
            } => format!(
                "无法{} {path}：{source}；请腾出空间或修复磁盘后重试",
                doing_zh(doing)
            ),
            Error::Damaged(what) => format!("存储的记录已损坏：{}；请从备份恢复", what.zh),
        }
    }

    pub(crate) fn refused(
        code: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Error::Refused {
            code,
            zh: zh.into(),
            en: en.into(),
        }
    }

    pub(crate) fn set_up(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Error::SetUp(Sentence::new(zh, en))
    }

    pub(crate) fn damaged(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Error::Damaged(Sentence::new(zh, en))
    }

    pub(crate) fn key_missing(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Error::KeyMissing(Sentence::new(zh, en))
    }

    pub(crate) fn disk(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Error::Disk {
            doing,
            path: path.display().to_string(),
            source,
        }
    }
}

/// The holder of a data folder whose lock file does not name it.
pub(crate) const UNNAMED: &str = "another process";

fn doing_zh(doing: &str) -> &'static str {
    match doing {
        "create" => "创建",
        "cut" => "截断",
        "list" => "列出",
        "open" => "打开",
        "read" | "read from" => "读取",
        "remove" => "删除",
        "sync" => "同步",
        _ => "写入",
    }
}

/// Whether the system says that a disk, or a share of it, is full.
pub fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_speaks_chinese_and_english() {
        let refused = Error::refused("unknown_type", "没有这一类型", "there is no such type");
        let disk = |doing| Error::disk(doing, Path::new("spool"), io::Error::other("no space"));
        for error in [
            refused,
            Error::FolderInUse {
                holder: UNNAMED.to_owned(),
            },
            Error::LeaseLost,
            Error::OutOfTurn,
            Error::set_up("时钟偏差过大", "the clock is far off"),
            Error::Database(sqlx::Error::PoolTimedOut),
            disk("sync"),
            disk("write to"),
            Error::damaged("单位", "a unit"),
            Error::key_missing("缺少密钥", "a key is missing"),
        ] {
            let (zh, en) = (error.zh(), error.to_string());
            let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(chinese(&zh) && !chinese(&en), "{zh} | {en}");
            let snake = |c: char| c.is_ascii_lowercase() || c == '_';
            assert!(error.code().chars().all(snake), "{}", error.code());
        }
    }

    #[test]
    fn a_stored_sentence_reads_back_and_so_does_one_of_an_earlier_version() {
        let said = Sentence::new("没有记录", "not on \"record\"");
        assert_eq!(Sentence::from_stored(said.to_stored()), said);
        let old = Sentence::from_stored("not on record".to_owned());
        assert_eq!(
            (old.zh.as_str(), old.en.as_str()),
            ("not on record", "not on record")
        );
    }
}
