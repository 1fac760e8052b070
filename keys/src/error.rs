//! The one error of this room; each variant says who can put it right. Displayed it speaks English,
//! [`Error::zh`] says the same in Chinese.

use std::path::{Path, PathBuf};

use crate::{KeyId, Purpose, UseRefused};

/// One thing said in both languages; displayed it speaks English.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

impl std::fmt::Display for Sentence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.en)
    }
}

/// What is wrong with a file of ours, in Chinese and English.
pub(crate) type Fault = (&'static str, &'static str);

/// Why a key, an X.509 or a time-stamp could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operator gave another passphrase than the store was made with.
    #[error("wrong passphrase for the key store {dir}: give the passphrase it was made with")]
    WrongPassphrase {
        /// Folder of the store.
        dir: PathBuf,
    },
    /// A file of the store is not what this software wrote. The passphrase is not to blame.
    #[error("{path} is damaged ({}): restore it from the backup", why.1)]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was seen, in Chinese and English.
        why: Fault,
    },
    /// The file system refused.
    #[error("cannot {doing} {path}: {source}")]
    Disk {
        /// What was being done, as an infinitive: `read`, `write`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A key store stands in the folder already, or a key bears the name already.
    #[error("{path} exists already: it is never overwritten")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// No such key in the store.
    #[error("the key store holds no key named {0}")]
    UnknownKey(KeyId),
    /// The calling code asked for what it may not have.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// The log of uses did not vouch for the reservation, so the key stayed closed.
    #[error("the key stays closed: {0}")]
    Log(#[from] UseRefused),
    /// The operator's argument (a name, an address, a lifetime) cannot be written into an X.509.
    #[error("{0}")]
    Argument(Sentence),
    /// The private key offered for import cannot be used.
    #[error("this private key cannot be imported: {0}")]
    ImportedKey(Sentence),
    /// The answer of the outside CA does not fit.
    #[error("the CA's answer cannot be used: {0}")]
    OutsideCa(Sentence),
    /// The outside time-stamp authority gave no usable token.
    #[error("no time-stamp from {url}: {why}")]
    OutsideTsa {
        /// Its address.
        url: String,
        /// What went wrong.
        why: Sentence,
    },
    /// An X.509 of ours could not be read or made.
    #[error("X.509: {0}")]
    X509(Sentence),
    /// The cryptographic library refused; nothing a person can put right but by reporting it.
    #[error("cryptographic operation failed: {0}")]
    Crypto(&'static str),
}

/// A mistake of the calling code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// A key serves one purpose, fixed when it was made.
    #[error("key {key} is for {is}, not for {asked}")]
    Purpose {
        /// The key.
        key: KeyId,
        /// What it is for.
        is: Purpose,
        /// What was asked.
        asked: Purpose,
    },
    /// A retired key signs no more.
    #[error("key {0} is retired: it signs no more")]
    Retired(KeyId),
    /// All reserved uses are spent.
    #[error("all reserved uses of key {0} are spent: reserve more")]
    UsesSpent(KeyId),
    /// A seal key signs small messages only.
    #[error("a message of {length} bytes for seal key {key}: at most {max} are signed")]
    MessageTooLong {
        /// The key.
        key: KeyId,
        /// Bytes offered.
        length: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// The key has no X.509 yet.
    #[error("key {0} has no X.509 yet: have one issued or import the CA's answer")]
    NoX509(KeyId),
}

impl Error {
    /// The stable machine name, snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Error::WrongPassphrase { .. } => "wrong_passphrase",
            Error::Damaged { .. } => "key_file_damaged",
            Error::Disk { .. } => "key_store_disk",
            Error::Exists { .. } => "key_file_exists",
            Error::UnknownKey(_) => "key_unknown",
            Error::Misuse(misuse) => misuse.code(),
            Error::Log(refused) => refused.code(),
            Error::Argument(_) => "key_argument",
            Error::ImportedKey(_) => "imported_key_unusable",
            Error::OutsideCa(_) => "ca_answer_unusable",
            Error::OutsideTsa { .. } => "time_stamp_unavailable",
            Error::X509(_) => "x509_unusable",
            Error::Crypto(_) => "cryptography_failed",
        }
    }

    /// What happened and what to do, in Chinese. English is what is displayed.
    pub fn zh(&self) -> String {
        match self {
            Error::WrongPassphrase { dir } => format!(
                "密钥库 {} 的口令不正确；请输入建库时所用的口令",
                dir.display()
            ),
            Error::Damaged { path, why: (zh, _) } => {
                format!("{} 已损坏（{zh}）；请从备份恢复", path.display())
            }
            Error::Disk {
                doing,
                path,
                source,
            } => format!("无法{} {}：{source}", doing_zh(doing), path.display()),
            Error::Exists { path } => format!("{} 已存在，不会被覆盖", path.display()),
            Error::UnknownKey(key) => format!("密钥库中没有名为 {key} 的密钥"),
            Error::Misuse(misuse) => misuse.zh(),
            Error::Log(refused) => format!("密钥未打开：{}", refused.zh()),
            Error::Argument(said) => said.zh.clone(),
            Error::ImportedKey(why) => format!("该私钥无法导入：{}", why.zh),
            Error::OutsideCa(why) => format!("CA 的答复不能使用：{}", why.zh),
            Error::OutsideTsa { url, why } => format!("未能从 {url} 取得时间戳：{}", why.zh),
            Error::X509(what) => format!("X.509 证书：{}", what.zh),
            Error::Crypto(what) => format!("密码运算失败（{what}）；请重试，仍失败请报告"),
        }
    }

    pub(crate) fn disk(
        doing: &'static str,
        path: &Path,
    ) -> impl FnOnce(std::io::Error) -> Error + use<> {
        let path = path.to_owned();
        move |source| Error::Disk {
            doing,
            path,
            source,
        }
    }

    pub(crate) fn damaged(path: &Path, why: Fault) -> Error {
        Error::Damaged {
            path: path.to_owned(),
            why,
        }
    }

    pub(crate) fn argument(zh: impl Into<String>, en: impl Into<String>) -> Error {
        Error::Argument(Sentence::new(zh, en))
    }

    /// The words of the library that reads and writes X.509s stand in brackets.
    pub(crate) fn x509(said: &dyn std::fmt::Display) -> Error {
        Error::X509(Sentence::new(
            format!("无法读取或制作（{said}）"),
            said.to_string(),
        ))
    }
}

impl Misuse {
    fn code(&self) -> &'static str {
        match self {
            Misuse::Purpose { .. } => "key_purpose",
            Misuse::Retired(_) => "key_retired",
            Misuse::UsesSpent(_) => "key_uses_spent",
            Misuse::MessageTooLong { .. } => "key_message_too_long",
            Misuse::NoX509(_) => "key_without_x509",
        }
    }

    fn zh(&self) -> String {
        match self {
            Misuse::Purpose { key, is, asked } => {
                format!("密钥 {key} 用于{}，不能用于{}", is.zh(), asked.zh())
            }
            Misuse::Retired(key) => format!("密钥 {key} 已停用，不再签名"),
            Misuse::UsesSpent(key) => format!("密钥 {key} 预留的使用次数已用尽；请另行预留"),
            Misuse::MessageTooLong { key, length, max } => {
                format!("交给印章密钥 {key} 签名的消息有 {length} 字节，最多 {max} 字节")
            }
            Misuse::NoX509(key) => {
                format!("密钥 {key} 尚无 X.509 证书；请申请颁发，或导入 CA 的答复")
            }
        }
    }
}

impl From<rcgen::Error> for Error {
    fn from(error: rcgen::Error) -> Error {
        Error::x509(&error)
    }
}

fn doing_zh(doing: &str) -> &'static str {
    match doing {
        "read" => "读取",
        "make" => "创建",
        "replace" => "替换",
        "sync" => "同步",
        "list" => "列出",
        _ => "写入",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_speaks_chinese_and_english() {
        let key = || KeyId::numbered("seal", 1);
        let said = || Sentence::new("中文", "English");
        let io = || std::io::Error::other("no space");
        let path = || PathBuf::from("keys/seal-1.key");
        let purpose = Misuse::Purpose {
            key: key(),
            is: Purpose::Seal,
            asked: Purpose::Tls,
        };
        let too_long = Misuse::MessageTooLong {
            key: key(),
            length: 3,
            max: 2,
        };
        for error in [
            Error::WrongPassphrase { dir: path() },
            Error::damaged(&path(), ("太短", "it is too short")),
            Error::disk("read", &path())(io()),
            Error::Exists { path: path() },
            Error::UnknownKey(key()),
            purpose.into(),
            Misuse::Retired(key()).into(),
            Misuse::UsesSpent(key()).into(),
            too_long.into(),
            Misuse::NoX509(key()).into(),
            UseRefused::NotReserved(1).into(),
            UseRefused::AlreadyConfirmed(1).into(),
            UseRefused::NeedsPlan.into(),
            UseRefused::Unreachable(said()).into(),
            Error::Argument(said()),
            Error::ImportedKey(said()),
            Error::OutsideCa(said()),
            Error::OutsideTsa {
                url: "http://tsa".to_owned(),
                why: said(),
            },
            Error::x509(&"a word of the library"),
            Error::Crypto("signing"),
        ] {
            let (zh, en) = (error.zh(), error.to_string());
            let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(chinese(&zh) && !chinese(&en), "{zh} | {en}");
            let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(error.code().chars().all(snake), "{}", error.code());
        }
    }
}
