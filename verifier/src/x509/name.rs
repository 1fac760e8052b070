//! Distinguished names and GeneralNames: how they are read, compared (RFC 5280 §7.1) and shown.

use std::fmt;

use super::der::{self, Malformed, Parsed, Reader, tag};
use super::oid::Oid;

/// A distinguished name. Equal when RFC 5280 §7.1 says that two names match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Name {
    /// Each RDN's attributes in a fixed order, so that a SET compares as one.
    rdns: Vec<Vec<Attribute>>,
}

#[derive(Clone, Debug)]
struct Attribute {
    kind: Oid,
    /// What comparison looks at: folded text, or tag and octets where the type has no text rule.
    key: Vec<u8>,
    /// What people see.
    text: String,
}

impl Name {
    /// Reads the RDNSequence that comes next.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Parsed<Name> {
        reader.nested(tag::SEQUENCE, |reader| {
            let mut rdns = Vec::new();
            while !reader.is_empty() {
                rdns.push(reader.nested(tag::SET, relative_name)?);
            }
            Ok(Name { rdns })
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// Whether `self` is `base` or lies below it (RFC 5280 §4.2.1.10, directoryName).
    pub(crate) fn is_within(&self, base: &Name) -> bool {
        self.rdns.starts_with(&base.rdns)
    }

    /// `self` with the RDN that a CRL distribution point names relative to it.
    pub(crate) fn with_relative(&self, content: &[u8]) -> Parsed<Name> {
        let mut rdns = self.rdns.clone();
        rdns.push(der::whole(content, relative_name)?);
        Ok(Name { rdns })
    }

    /// The e-mail addresses that stand in the name itself (RFC 5280 §4.1.2.6, legacy).
    pub(crate) fn email_addresses(&self) -> impl Iterator<Item = &str> {
        let attributes = self.rdns.iter().flatten();
        attributes
            .filter(|a| a.kind.content() == EMAIL_ADDRESS)
            .map(|a| a.text.as_str())
    }
}

/// Attributes that show who somebody is beyond the name; never shown (serialNumber, and the
/// identity numbers of GB/T 20518 under 1.2.156.10260.4.1).
fn is_identity_number(kind: &Oid) -> bool {
    const SERIAL_NUMBER: &[u8] = &[0x55, 0x04, 0x05];
    const GBT20518: &[u8] = &[0x2a, 0x81, 0x1c, 0xd0, 0x14, 0x04, 0x01];
    kind.content() == SERIAL_NUMBER || kind.content().starts_with(GBT20518)
}

impl fmt::Display for Name {
    /// RFC 4514: last RDN first. Identity numbers are left out.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |rdn: &Vec<Attribute>| {
            let visible = rdn
                .iter()
                .filter(|attribute| !is_identity_number(&attribute.kind));
            let parts = visible.map(|a| format!("{}={}", short_name(&a.kind), escaped(&a.text)));
            parts.collect::<Vec<_>>().join("+")
        };
        let rdns = self
            .rdns
            .iter()
            .rev()
            .map(shown)
            .filter(|rdn| !rdn.is_empty());
        out.write_str(&rdns.collect::<Vec<_>>().join(","))
    }
}

const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];

fn short_name(kind: &Oid) -> String {
    let name = match kind.content() {
        [0x55, 0x04, 0x03] => "CN",
        [0x55, 0x04, 0x06] => "C",
        [0x55, 0x04, 0x07] => "L",
        [0x55, 0x04, 0x08] => "ST",
        [0x55, 0x04, 0x09] => "STREET",
        [0x55, 0x04, 0x0a] => "O",
        [0x55, 0x04, 0x0b] => "OU",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01] => "UID",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19] => "DC",
        _ => return kind.to_string(),
    };
    name.to_owned()
}

/// RFC 4514 §2.4, and controls as hex pairs so that a report stays one line.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let edge_space = c == ' ' && (at == 0 || at + 1 == text.len());
        if matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\')
            || edge_space
            || (c == '#' && at == 0)
        {
            out.push('\\');
            out.push(c);
        } else if c.is_control() {
            for octet in c.to_string().bytes() {
                out.push_str(&format!("\\{octet:02X}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

fn relative_name(reader: &mut Reader<'_>) -> Parsed<Vec<Attribute>> {
    let mut attributes = reader.one_or_more(|reader| reader.nested(tag::SEQUENCE, attribute))?;
    attributes.sort_by(|a, b| (&a.kind, &a.key).cmp(&(&b.kind, &b.key)));
    Ok(attributes)
}

fn attribute(reader: &mut Reader<'_>) -> Parsed<Attribute> {
    let kind = reader.oid()?;
    let value = reader.any()?;
    let (key, text) = match decoded(value.tag, value.content)? {
        Some(text) => (folded(&text).into_bytes(), text),
        None => {
            let key = [&[0xff, value.tag], value.content].concat(); // 0xff: no UTF-8 begins so
            (key, format!("#{}", hex::encode(value.whole)))
        }
    };
    Ok(Attribute { kind, key, text })
}

/// A DirectoryString, IA5String or the like as text; `None` for types without a text rule.
fn decoded(tag: u8, content: &[u8]) -> Parsed<Option<String>> {
    const BAD: Malformed = Malformed("a string with characters that its type does not have");
    let utf16 = || {
        let (pairs, rest) = content.as_chunks::<2>();
        let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
        let text: Result<String, _> = char::decode_utf16(units).collect();
        text.ok().filter(|_| rest.is_empty())
    };
    let utf32 = || {
        let (quads, rest) = content.as_chunks::<4>();
        let text: Option<String> = quads
            .iter()
            .map(|quad| char::from_u32(u32::from_be_bytes(*quad)))
            .collect();
        text.filter(|_| rest.is_empty())
    };
    let text = match tag {
        tag::UTF8_STRING => str::from_utf8(content).ok().map(str::to_owned),
        tag::PRINTABLE_STRING | tag::IA5_STRING | tag::VISIBLE_STRING => content
            .is_ascii()
            .then(|| content.iter().map(|octet| char::from(*octet)).collect()),
        // In practice Latin-1, as everyone reads it.
        tag::TELETEX_STRING => Some(content.iter().map(|octet| char::from(*octet)).collect()),
        tag::BMP_STRING => utf16(),
        tag::UNIVERSAL_STRING => utf32(),
        _ => return Ok(None),
    };
    text.map(Some).ok_or(BAD)
}

/// RFC 4518 as far as RFC 5280 §7.1 needs it: case folded, white space trimmed and joined.
///
/// Without normalisation (NFKC): two spellings of one character then differ, which only refuses.
fn folded(text: &str) -> String {
    let words = text.split_whitespace().map(str::to_lowercase);
    words.collect::<Vec<_>>().join(" ")
}

impl PartialEq for Attribute {
    fn eq(&self, other: &Attribute) -> bool {
        self.kind == other.kind && self.key == other.key
    }
}

impl Eq for Attribute {}

impl std::hash::Hash for Attribute {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (&self.kind, &self.key).hash(state);
    }
}

/// GeneralName (RFC 5280 §4.2.1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GeneralName {
    Email(String),
    Dns(String),
    Uri(String),
    Directory(Name),
    /// 4 or 16 octets as a name, 8 or 32 as a constraint.
    Ip(Vec<u8>),
    /// otherName, x400Address, ediPartyName, registeredID: whole encoding, first octet its tag.
    Other(Vec<u8>),
}

impl GeneralName {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Parsed<GeneralName> {
        let element = reader.any()?;
        let ia5 = |content: &[u8]| match str::from_utf8(content) {
            Ok(text) if text.is_ascii() => Ok(text.to_owned()),
            _ => Err(Malformed("an IA5String outside ASCII")),
        };
        Ok(match element.tag {
            0x81 => GeneralName::Email(ia5(element.content)?),
            0x82 => GeneralName::Dns(ia5(element.content)?),
            0x86 => GeneralName::Uri(ia5(element.content)?),
            0x87 => GeneralName::Ip(element.content.to_vec()),
            0xa4 => GeneralName::Directory(der::whole(element.content, Name::read)?),
            0xa0 | 0xa3 | 0xa5 | 0x88 => GeneralName::Other(element.whole.to_vec()),
            _ => return Err(Malformed("a GeneralName of no known kind")),
        })
    }

    /// Which alternative of the CHOICE; constraints bind names of their own kind only.
    pub(crate) fn kind(&self) -> u8 {
        match self {
            GeneralName::Email(_) => 0x81,
            GeneralName::Dns(_) => 0x82,
            GeneralName::Uri(_) => 0x86,
            GeneralName::Directory(_) => 0xa4,
            GeneralName::Ip(_) => 0x87,
            GeneralName::Other(whole) => whole.first().copied().unwrap_or_default(),
        }
    }
}

/// GeneralNames in a reader that stands inside the SEQUENCE.
pub(crate) fn general_names(reader: &mut Reader<'_>) -> Parsed<Vec<GeneralName>> {
    reader.one_or_more(GeneralName::read)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name of one CN whose value has `tag` and `octets`.
    fn cn(tag: u8, octets: &[u8]) -> Parsed<Name> {
        let tlv = |tag: u8, content: &[u8]| [&[tag, content.len() as u8], content].concat();
        let pair = [tlv(tag::OID, &[0x55, 0x04, 0x03]), tlv(tag, octets)].concat();
        let name = tlv(tag::SEQUENCE, &tlv(tag::SET, &tlv(tag::SEQUENCE, &pair)));
        der::whole(&name, Name::read)
    }

    #[test]
    fn names_compare_without_case_white_space_or_string_type() {
        let name = cn(tag::PRINTABLE_STRING, b"Good  CA ").unwrap();
        for (tag, octets) in [
            (tag::UTF8_STRING, &b"good ca"[..]),
            (tag::IA5_STRING, b" GOOD CA"),
            (tag::BMP_STRING, b"\0G\0o\0o\0d\0 \0C\0A"),
        ] {
            assert_eq!(cn(tag, octets).unwrap(), name, "{octets:?}");
        }
        for octets in [&b"GoodCA"[..], b"Good CA 2", b""] {
            assert_ne!(cn(tag::UTF8_STRING, octets).unwrap(), name, "{octets:?}");
        }
        assert_ne!(cn(tag::OCTET_STRING, b"good ca").unwrap(), name);
    }

    #[test]
    fn strings_outside_their_type_are_refused() {
        assert!(cn(tag::UTF8_STRING, b"\xff").is_err());
        assert!(cn(tag::PRINTABLE_STRING, b"\xe9").is_err());
        assert!(cn(tag::BMP_STRING, b"\0G\0").is_err());
    }

    #[test]
    fn a_shown_name_is_one_line_and_escaped() {
        let shown = |octets| cn(tag::UTF8_STRING, octets).unwrap().to_string();
        assert_eq!(shown("认证中心".as_bytes()), "CN=认证中心");
        assert_eq!(shown(b"a,b\n\0"), "CN=a\\,b\\0A\\00");
        assert_eq!(shown(b" #x "), "CN=\\ #x\\ ");
    }
}
