//! The values a PDF is made of (ISO 32000-1 7.3), borrowed from the bytes they were read from.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

/// Object number and generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id {
    pub(crate) number: u32,
    pub(crate) generation: u16,
}

/// One value. A copy costs nothing, however much it holds; to hold two against each other costs, so there is no `==`:
/// `change` does it and has it charged.
#[derive(Clone, Debug)]
pub(crate) enum Object<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    /// As spelt: nothing here computes with it.
    Real(&'a [u8]),
    /// Without the slash, `#xx` resolved.
    Name(Cow<'a, [u8]>),
    Text(Text<'a>),
    Array(Rc<Vec<Object<'a>>>),
    Dictionary(Dictionary<'a>),
    /// With the data as stored, filters not undone.
    Stream(Dictionary<'a>, &'a [u8]),
    Reference(Id),
}

impl<'a> Object<'a> {
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(crate) fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn name(&self) -> Option<&[u8]> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    pub(crate) fn array(&self) -> Option<&[Object<'a>]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The dictionary itself or that of a stream.
    pub(crate) fn dictionary(&self) -> Option<&Dictionary<'a>> {
        match self {
            Self::Dictionary(dictionary) | Self::Stream(dictionary, _) => Some(dictionary),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) => Some(text.decode()),
            _ => None,
        }
    }

    pub(crate) fn reference(&self) -> Option<Id> {
        match self {
            Self::Reference(id) => Some(*id),
            _ => None,
        }
    }
}

/// One key and its value, with the value's place in the buffer it was read from.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) key: Cow<'a, [u8]>,
    pub(crate) value: Object<'a>,
    pub(crate) span: Range<usize>,
}

/// Keys in the order of the file; doubles are kept, so that a rule can see them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dictionary<'a> {
    shared: Rc<Entries<'a>>,
}

#[derive(Debug, Default)]
struct Entries<'a> {
    list: Vec<Entry<'a>>,
    /// Places in `list` in the order of the keys, those of one key in the order of the file. Empty for few entries,
    /// which are looked through one by one.
    by_key: Vec<u32>,
}

impl<'a> Dictionary<'a> {
    pub(crate) fn new(mut list: Vec<Entry<'a>>) -> Self {
        const FEW: usize = 12;
        // A list that grew has room for four at least: most of it air in dictionaries within dictionaries.
        list.shrink_to_fit();
        let mut by_key = Vec::new();
        if list.len() > FEW {
            // With the keys beside their places: to look each up in its entry takes several times as long.
            let mut keys: Vec<(u64, &[u8], u32)> = (0..)
                .zip(&list)
                .map(|(at, entry)| (start(&entry.key), &*entry.key, at))
                .collect();
            keys.sort_unstable();
            by_key.extend(keys.into_iter().map(|(_, _, at)| at));
        }
        Self {
            shared: Rc::new(Entries { list, by_key }),
        }
    }

    /// All entries, in the order of the file.
    pub(crate) fn entries(&self) -> &[Entry<'a>] {
        &self.shared.list
    }

    /// All entries, in the order of their keys.
    pub(crate) fn by_key(&self) -> Vec<&Entry<'a>> {
        let Entries { list, by_key } = &*self.shared;
        if by_key.is_empty() {
            let mut entries: Vec<_> = list.iter().collect();
            entries.sort_by_key(|entry| &*entry.key);
            return entries;
        }
        by_key.iter().map(|at| &list[*at as usize]).collect()
    }

    /// Whether both are one dictionary read once.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.shared, &other.shared)
    }

    /// The first entry under `key`.
    pub(crate) fn entry(&self, key: &[u8]) -> Option<&Entry<'a>> {
        let Entries { list, by_key } = &*self.shared;
        if by_key.is_empty() {
            return list.iter().find(|entry| &*entry.key == key);
        }
        let first = by_key.partition_point(|at| &*list[*at as usize].key < key);
        let entry = list.get(*by_key.get(first)? as usize)?;
        (&*entry.key == key).then_some(entry)
    }

    /// The first value under `key`; an explicit null counts as absent (7.3.7).
    pub(crate) fn get(&self, key: &[u8]) -> Option<&Object<'a>> {
        self.entry(key)
            .map(|entry| &entry.value)
            .filter(|value| !value.is_null())
    }

    pub(crate) fn is_type(&self, name: &[u8]) -> bool {
        self.get(b"Type").and_then(Object::name) == Some(name)
    }

    /// Whether a key stands here twice (7.3.7 forbids it; readers differ on which one counts).
    pub(crate) fn has_double(&self) -> bool {
        let Entries { list, by_key } = &*self.shared;
        if by_key.is_empty() {
            let tail = |i: usize| list.get(i + 1..).unwrap_or_default();
            let mut entries = list.iter().enumerate();
            return entries.any(|(i, entry)| tail(i).iter().any(|later| later.key == entry.key));
        }
        let key = |at: &u32| &list[*at as usize].key;
        by_key
            .windows(2)
            .any(|pair| pair.first().map(key) == pair.last().map(key))
    }
}

/// The first bytes of a key as a number, in the order of the keys.
fn start(key: &[u8]) -> u64 {
    let mut start = [0; 8];
    start.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    u64::from_be_bytes(start)
}

/// A string as it stands in the file, delimiters included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    pub(crate) raw: &'a [u8],
}

impl Text<'_> {
    /// Whether both say the same, however it is spelt.
    pub(crate) fn says(&self, other: &Text<'_>) -> bool {
        self.raw == other.raw || self.decode() == other.decode()
    }

    /// The bytes that the string stands for (7.3.4).
    pub(crate) fn decode(&self) -> Vec<u8> {
        match self.raw {
            [b'<', inner @ .., b'>'] => decode_hex(inner),
            [b'(', inner @ .., b')'] => decode_literal(inner),
            _ => Vec::new(),
        }
    }
}

fn decode_hex(inner: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = inner.iter().filter_map(|byte| hex_value(*byte)).collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
        .collect()
}

fn decode_literal(inner: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b'\\' => match rest.next() {
                Some(b'n') => out.push(b'\n'),
                Some(b'r') => out.push(b'\r'),
                Some(b't') => out.push(b'\t'),
                Some(b'b') => out.push(8),
                Some(b'f') => out.push(12),
                Some(b'\n') | None => {}
                Some(b'\r') => {
                    rest.next_if_eq(&b'\n');
                }
                Some(first @ b'0'..=b'7') => {
                    let mut value = u32::from(first - b'0');
                    for _ in 0..2 {
                        let Some(digit) = rest.next_if(|d| (b'0'..=b'7').contains(d)) else {
                            break;
                        };
                        value = value * 8 + u32::from(digit - b'0');
                    }
                    out.push((value & 0xff) as u8);
                }
                Some(other) => out.push(other),
            },
            b'\r' => {
                rest.next_if_eq(&b'\n');
                out.push(b'\n');
            }
            other => out.push(other),
        }
    }
    out
}

/// Whether every byte satisfies `test`; without a branch a byte, as long strings of digits are most of a file's text.
#[inline]
pub(crate) fn all_bytes(bytes: &[u8], test: impl Fn(u8) -> bool) -> bool {
    const BLOCK: usize = 64;
    bytes
        .chunks(BLOCK)
        .all(|block| block.iter().fold(true, |all, byte| all & test(*byte)))
}

/// Whether the byte is a hexadecimal digit.
#[inline]
pub(crate) fn is_hex(byte: u8) -> bool {
    (byte.wrapping_sub(b'0') < 10) | ((byte | 0x20).wrapping_sub(b'a') < 6)
}

/// The value of one hexadecimal digit.
pub(crate) fn hex_value(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_means_the_same_in_every_spelling() {
        let check = |raw: &str, expect: &[u8]| {
            assert_eq!(
                Text {
                    raw: raw.as_bytes()
                }
                .decode(),
                expect,
                "{raw}"
            )
        };
        check("(abc)", b"abc");
        check("<616263>", b"abc");
        check("<61 6>", b"a`");
        check(r"(a\050\)\\)", b"a()\\");
        check("(a\\\nb\r\nc)", b"ab\nc");
        check(r"(D\07220221123)", b"D:20221123");
        check("()", b"");
    }
}
