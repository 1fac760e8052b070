//! What a key is called and what it may be used for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// What a key may be used for; fixed when the key is made, written into its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Root: signs the X.509s of issuing CAs and their CRL.
    Root,
    /// Issuing CA: signs X.509s of end entities and its CRL.
    Ca,
    /// Seals certificates. Each use is reserved in the transaction that stores the plans.
    Seal,
    /// Signs RFC 3161 time-stamp tokens.
    TimeStamp,
    /// TLS server or client.
    Tls,
    /// Signs receipts.
    Receipt,
    /// Signs status lists.
    Status,
    /// Signs checkpoints of the audit.
    Checkpoint,
}

impl Purpose {
    /// The word in Chinese messages.
    pub(crate) fn zh(self) -> &'static str {
        match self {
            Purpose::Root => "根 CA",
            Purpose::Ca => "颁发 CA",
            Purpose::Seal => "签章",
            Purpose::TimeStamp => "时间戳",
            Purpose::Tls => "TLS",
            Purpose::Receipt => "回执",
            Purpose::Status => "状态列表",
            Purpose::Checkpoint => "审计检查点",
        }
    }

    /// The word in key files, logs and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Root => "root",
            Purpose::Ca => "ca",
            Purpose::Seal => "seal",
            Purpose::TimeStamp => "time-stamp",
            Purpose::Tls => "tls",
            Purpose::Receipt => "receipt",
            Purpose::Status => "status",
            Purpose::Checkpoint => "checkpoint",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Name of a key and of its file: 1 to 64 of `a-z`, `0-9` and `-`, not starting with `-`. For example `seal-1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(String);

impl KeyId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name made of a constant word and a number, such as `seal-2`.
    pub fn numbered(word: &'static str, number: u32) -> KeyId {
        KeyId(format!("{word}-{number}"))
    }
}

impl FromStr for KeyId {
    type Err = Error;

    fn from_str(name: &str) -> Result<KeyId, Error> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let good =
            (1..=64).contains(&name.len()) && !name.starts_with('-') && name.bytes().all(allowed);
        if good {
            Ok(KeyId(name.to_owned()))
        } else {
            Err(Error::argument(
                format!("“{name}”不是密钥名；须为 1 至 64 个 a-z、0-9、-，不以 - 开头"),
                format!(
                    "{name:?} is no key name: use 1 to 64 of a-z, 0-9 and -, not starting with -"
                ),
            ))
        }
    }
}

impl TryFrom<String> for KeyId {
    type Error = Error;

    fn try_from(name: String) -> Result<KeyId, Error> {
        name.parse()
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> String {
        id.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_name_cannot_leave_its_folder() {
        for good in ["seal-1", "a", "0"] {
            assert_eq!(good.parse::<KeyId>().unwrap().as_str(), good);
        }
        for bad in ["", "-a", "../x", "a/b", "A", "印", "a.key", &"a".repeat(65)] {
            assert!(bad.parse::<KeyId>().is_err(), "{bad}");
        }
    }
}
