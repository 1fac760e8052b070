//! Hashes by which a record is found: exact, keyed, and useless to who has only the database.

use ring::hmac;
use unicode_normalization::UnicodeNormalization as _;

use super::Vault;
use crate::error::Result;

/// The first 128 bits of an HMAC-SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Hash(pub(crate) [u8; 16]);

/// What is hashed. The word and the lengths of the parts go in, so that no two subjects collide.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject<'a> {
    /// A person's code of a kind, over all types.
    HolderCode { kind: &'a str, code: &'a str },
    /// A person's normalised name within a type, with the version of the rule.
    HolderName {
        type_code: &'a str,
        rule: u32,
        name: &'a str,
    },
    /// The one certificate of a type that a holder may have.
    SingleInstance {
        type_code: &'a str,
        kind: &'a str,
        code: &'a str,
    },
    /// The code under the QR code.
    PrintedCode(&'a str),
    /// The printed number within agency and type, however it is typed: see [`number_as_compared`].
    Number {
        agency: &'a str,
        type_code: &'a str,
        number: &'a str,
    },
    /// The agency's own name of a row.
    Ref {
        agency: &'a str,
        type_code: &'a str,
        name: &'a str,
    },
    /// A picture that a unit put, by its SHA-256.
    Image { unit: &'a str, sha256: &'a [u8] },
    /// The whole content of a row, to tell an equal push from another.
    RowContent(&'a [u8]),
}

impl Vault {
    /// The hash under the newest key, with the key's version.
    pub(crate) fn hash(&self, subject: Subject<'_>) -> (u32, Hash) {
        let (version, key) = &self.hashing()[0];
        (*version, subject.hash(key))
    }

    /// The hashes under every live key, the newest first: a look-up tries them all.
    pub(crate) fn hashes(&self, subject: Subject<'_>) -> Vec<(u32, Hash)> {
        self.hashing()
            .iter()
            .map(|(version, key)| (*version, subject.hash(key)))
            .collect()
    }

    /// The hash under one version, to compare with a stored one.
    pub(crate) fn hash_under(&self, version: u32, subject: Subject<'_>) -> Result<Hash> {
        Ok(subject.hash(self.hashing_version(version)?))
    }
}

impl Subject<'_> {
    fn hash(self, key: &hmac::Key) -> Hash {
        let mut context = hmac::Context::with_key(key);
        let mut part = |bytes: &[u8]| {
            context.update(&(bytes.len() as u64).to_be_bytes());
            context.update(bytes);
        };
        match self {
            Subject::HolderCode { kind, code } => {
                for text in ["holder code", kind, code] {
                    part(text.as_bytes());
                }
            }
            Subject::HolderName {
                type_code,
                rule,
                name,
            } => {
                part(b"holder name");
                part(&rule.to_be_bytes());
                part(type_code.as_bytes());
                part(name.as_bytes());
            }
            Subject::SingleInstance {
                type_code,
                kind,
                code,
            } => {
                for text in ["single instance", type_code, kind, code] {
                    part(text.as_bytes());
                }
            }
            Subject::PrintedCode(code) => {
                part(b"printed code");
                part(code.as_bytes());
            }
            Subject::Number {
                agency,
                type_code,
                number,
            } => {
                let number = number_as_compared(number);
                for text in ["number", agency, type_code, &number] {
                    part(text.as_bytes());
                }
            }
            Subject::Ref {
                agency,
                type_code,
                name,
            } => {
                for text in ["ref", agency, type_code, name] {
                    part(text.as_bytes());
                }
            }
            Subject::Image { unit, sha256 } => {
                part(b"image");
                part(unit.as_bytes());
                part(sha256);
            }
            Subject::RowContent(bytes) => {
                part(b"row content");
                part(bytes);
            }
        }
        let tag = context.sign();
        let mut hash = [0; 16];
        hash.copy_from_slice(&tag.as_ref()[..16]);
        Hash(hash)
    }
}

/// A number as a reader compares it: full-width forms, brackets and dashes of every kind, letters of either case and
/// white space make no difference. What is printed is never folded.
fn number_as_compared(number: &str) -> String {
    let folded = number.nfkc().filter(|c| !c.is_whitespace());
    let plain = folded.map(|c| match c {
        '[' | '{' | '\u{3008}' | '\u{300A}' | '\u{3010}' | '\u{3014}' | '\u{3016}' => '(',
        ']' | '}' | '\u{3009}' | '\u{300B}' | '\u{3011}' | '\u{3015}' | '\u{3017}' => ')',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        other => other,
    });
    plain.flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_however_it_is_typed() {
        for (one, other) in [
            ("99901202602990060", "９９９０１２０２６０２９９００６０"),
            ("望审批〔2026〕9001号", "望审批〔２０２６〕９００１号"),
            ("望审批〔2026〕9001号", "望审批[2026] 9001号"),
            ("望审批〔2026〕9001号", "望审批（2026）9001号"),
            ("AB-7", "ａｂ－７"),
            ("AB-7", "ab–\u{1D7DF}"),
        ] {
            assert_eq!(
                number_as_compared(one),
                number_as_compared(other),
                "{other}"
            );
        }
        assert_ne!(number_as_compared("A-11"), number_as_compared("A-1-1"));
    }
    use crate::cipher::KeyVersion;

    #[test]
    fn subjects_never_meet() {
        let key = KeyVersion {
            version: 1,
            secret: [7; 32],
        };
        let vault = Vault::new(std::slice::from_ref(&key), std::slice::from_ref(&key)).unwrap();
        let name = |agency, type_code, name| {
            vault.hash(Subject::Ref {
                agency,
                type_code,
                name,
            })
        };
        assert_eq!(name("a", "t", "1"), name("a", "t", "1"));
        assert_ne!(name("a", "t", "1"), name("a", "t1", ""));
        assert_ne!(
            name("a", "t", "1"),
            vault.hash(Subject::Number {
                agency: "a",
                type_code: "t",
                number: "1"
            })
        );
    }

    #[test]
    fn every_live_version_is_tried() {
        let keys = [1, 2].map(|version| KeyVersion {
            version,
            secret: [version as u8; 32],
        });
        let vault = Vault::new(&keys, &keys).unwrap();
        let hashes = vault.hashes(Subject::PrintedCode("X"));
        assert_eq!(
            hashes
                .iter()
                .map(|(version, _)| *version)
                .collect::<Vec<_>>(),
            [2, 1]
        );
        assert_eq!(
            vault.hash_under(1, Subject::PrintedCode("X")).unwrap(),
            hashes[1].1
        );
        assert!(vault.hash_under(3, Subject::PrintedCode("X")).is_err());
    }
}
