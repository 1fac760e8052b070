//! The encoding of a file of rows: UTF-8 or GB18030, declared or recognised.

use super::lines::Lines;
use std::io::{self, BufRead};

/// The encodings in which agencies export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without byte order mark.
    Utf8,
    /// GB18030, which holds GBK and GB2312.
    Gb18030,
}

/// How many bytes are looked at to recognise an encoding.
const SAMPLE: u64 = 1 << 20;

impl Encoding {
    /// Reads the name a person types.
    pub fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Some(Self::Utf8),
            "gb18030" | "gbk" | "gb2312" => Some(Self::Gb18030),
            _ => None,
        }
    }

    /// The name shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gb18030 => "GB18030",
        }
    }

    /// Recognises the encoding from the lines that are not ASCII: Chinese text in GB18030 is
    /// hardly ever valid UTF-8, while the reverse often reads as nonsense. So UTF-8 wins unless
    /// most such lines are broken in it, and one damaged line does not turn a file.
    pub(super) fn recognise(source: impl BufRead) -> io::Result<Self> {
        let mut lines = Lines::new(io::Read::take(source, SAMPLE), SAMPLE as usize);
        let (mut valid, mut broken) = (0u32, 0u32);
        while let Some(line) = lines.next_line()? {
            let bytes = line.bytes.unwrap_or_default();
            match std::str::from_utf8(&bytes) {
                Ok(text) if text.is_ascii() => {}
                Ok(_) => valid += 1,
                // The sample may end within a character.
                Err(error) if error.error_len().is_none() => {}
                Err(_) => broken += 1,
            }
        }
        Ok(if broken > valid {
            Self::Gb18030
        } else {
            Self::Utf8
        })
    }

    /// Decodes one line; `None` where its bytes are no text in this encoding.
    pub(super) fn decode(self, line: Vec<u8>) -> Option<String> {
        match self {
            Self::Utf8 => String::from_utf8(line).ok(),
            Self::Gb18030 => encoding_rs::GB18030
                .decode_without_bom_handling_and_without_replacement(&line)
                .map(|text| text.into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expect: Encoding) {
        assert_eq!(Encoding::recognise(bytes).unwrap(), expect);
    }

    #[test]
    fn recognised_by_what_is_not_ascii() {
        let gb = encoding_rs::GB18030.encode("姓名\n张三\n李四\n").0;
        check(b"name\nx\n", Encoding::Utf8);
        check("姓名\n张三\n".as_bytes(), Encoding::Utf8);
        check(&gb, Encoding::Gb18030);
        check(&[&gb[..], "张三\n".as_bytes()].concat(), Encoding::Gb18030);
        check(
            &["张三\n李四\n".as_bytes(), b"\xD5\xC5\n"].concat(),
            Encoding::Utf8,
        );
    }

    #[test]
    fn a_wrong_byte_is_noticed() {
        assert_eq!(Encoding::Utf8.decode(vec![0xD5, 0xC5]), None);
        assert_eq!(
            Encoding::Gb18030.decode(vec![0xD5, 0xC5]).as_deref(),
            Some("张")
        );
        assert_eq!(Encoding::Gb18030.decode(vec![0xFF, 0x20]), None);
    }
}
