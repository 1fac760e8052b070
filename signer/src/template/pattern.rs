//! Texts with bindings: `批准文号:{cert.number}`, `{birth:yyyy年M月d日}`.

use jiff::civil::Date;
use registry::Sentence;

/// A text that is put together from literals and bound values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(pub(crate) Vec<Piece>);

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(String),
    Bound { binding: Binding, format: Format },
}

/// What a brace names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Binding {
    Field(String),
    Cert(CertKey),
    Copy(CopyKey),
}

/// `{cert.…}`: what every certificate has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CertKey {
    Number,
    Identifier,
    Type,
    Agency,
    AgencyCode,
    Issued,
    Effective,
    Expiring,
    Holder,
    HolderCode,
    HolderKind,
    Code,
}

/// `{copy.…}`: what an annotated copy adds; empty on an original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CopyKey {
    Cause,
    Creator,
    Receiver,
    Created,
    Expiring,
}

/// How a bound value is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Format {
    /// Text as it is, an entry by its label, a date as `yyyy年M月d日`.
    Plain,
    /// A date by its pattern.
    Date(DatePattern),
    /// An entry of a code list by its code.
    Code,
}

/// How a date is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DatePattern {
    /// `chinese`: 二〇二六年十一月二十二日.
    Chinese,
    /// `yyyy`, `MM`, `M`, `dd`, `d` and literals.
    Parts(Vec<DatePart>),
}

/// A part of a date pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DatePart {
    Literal(String),
    Year,
    Month { padded: bool },
    Day { padded: bool },
}

impl Pattern {
    /// Reads a pattern; `{{` and `}}` are braces. The error says what was not understood.
    pub(crate) fn parse(text: &str) -> Result<Self, Sentence> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            let after = &rest[at + 1..];
            if let Some(doubled) = after.strip_prefix(brace) {
                literal.push_str(brace);
                rest = doubled;
                continue;
            }
            if brace == "}" {
                return Err(Sentence::new(
                    "有 } 而没有 {；要写括号本身请写 }}",
                    "a `}` without `{`; write `}}` for a brace",
                ));
            }
            let (inner, after) = after.split_once('}').ok_or_else(|| {
                Sentence::new(
                    "有 { 而没有 }；要写括号本身请写 {{",
                    "a `{` without `}`; write `{{` for a brace",
                )
            })?;
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(bound(inner)?);
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(Self(pieces))
    }

    /// The whole text where nothing is bound: it can be drawn once for a batch.
    pub(crate) fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Literal parts, in order.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Literal(text) => Some(text.as_str()),
            Piece::Bound { .. } => None,
        })
    }

    /// How many values it binds.
    pub(crate) fn bound(&self) -> usize {
        self.0.len() - self.literals().count()
    }

    /// Whether it binds that value.
    pub(crate) fn shows(&self, wanted: &Binding) -> bool {
        self.0
            .iter()
            .any(|piece| matches!(piece, Piece::Bound { binding, .. } if binding == wanted))
    }

    /// Names of the bound fields, in order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Bound {
                binding: Binding::Field(name),
                ..
            } => Some(name.as_str()),
            _ => None,
        })
    }
}

fn bound(inner: &str) -> Result<Piece, Sentence> {
    let (name, format) = match inner.split_once(':') {
        Some((name, format)) => (name.trim(), Some(format.trim())),
        None => (inner.trim(), None),
    };
    let binding = binding(name)?;
    let format = match format {
        None => Format::Plain,
        Some("code") => Format::Code,
        Some(pattern) => Format::Date(DatePattern::parse(pattern)?),
    };
    Ok(Piece::Bound { binding, format })
}

fn binding(name: &str) -> Result<Binding, Sentence> {
    if let Some(key) = name.strip_prefix("cert.") {
        return CertKey::parse(key)
            .map(Binding::Cert)
            .ok_or_else(|| unknown(name, "cert", &CertKey::names()));
    }
    if let Some(key) = name.strip_prefix("copy.") {
        return CopyKey::parse(key)
            .map(Binding::Copy)
            .ok_or_else(|| unknown(name, "copy", &CopyKey::names()));
    }
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '{') {
        return Err(Sentence::new(
            format!("{{{name}}} 不是字段名"),
            format!("`{{{name}}}` is not the name of a field"),
        ));
    }
    Ok(Binding::Field(name.to_owned()))
}

fn unknown(name: &str, family: &str, known: &str) -> Sentence {
    Sentence::new(
        format!("没有 {{{name}}}；{family}. 之后可用 {known}"),
        format!("`{{{name}}}` is not known; {family}. goes with {known}"),
    )
}

/// One table for reading names and for listing them in an error.
macro_rules! keys {
    ($kind:ident: $($name:literal => $key:ident),+ $(,)?) => {
        impl $kind {
            fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$key),)+ _ => None }
            }

            fn names() -> String {
                [$($name),+].join(", ")
            }
        }
    };
}

keys! { CertKey:
    "number" => Number, "identifier" => Identifier, "type" => Type, "agency" => Agency,
    "agency_code" => AgencyCode, "issued" => Issued, "effective" => Effective,
    "expiring" => Expiring, "holder" => Holder, "holder_code" => HolderCode,
    "holder_kind" => HolderKind, "code" => Code,
}

keys! { CopyKey:
    "cause" => Cause, "creator" => Creator, "receiver" => Receiver, "created" => Created,
    "expiring" => Expiring,
}

impl DatePattern {
    /// `yyyy年M月d日`, what official papers use.
    pub(crate) fn usual() -> Self {
        Self::Parts(vec![
            DatePart::Year,
            DatePart::Literal("年".to_owned()),
            DatePart::Month { padded: false },
            DatePart::Literal("月".to_owned()),
            DatePart::Day { padded: false },
            DatePart::Literal("日".to_owned()),
        ])
    }

    /// Reads `chinese` or a pattern of `yyyy`, `MM`, `M`, `dd`, `d`; other letters are refused.
    pub(crate) fn parse(text: &str) -> Result<Self, Sentence> {
        if text == "chinese" {
            return Ok(Self::Chinese);
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let run = rest.len() - rest.trim_start_matches(first).len();
            parts.push(match &rest[..run] {
                "yyyy" => DatePart::Year,
                "MM" => DatePart::Month { padded: true },
                "M" => DatePart::Month { padded: false },
                "dd" => DatePart::Day { padded: true },
                "d" => DatePart::Day { padded: false },
                other if first.is_ascii_alphabetic() => {
                    return Err(Sentence::new(format!("日期格式“{text}”中的“{other}”无法识别；可用 yyyy、MM、M、dd、d，或 chinese"), format!(
                        "`{other}` in the date pattern `{text}`; known are yyyy, MM, M, dd, d, or the word chinese"
                    )));
                }
                other => DatePart::Literal(other.to_owned()),
            });
            rest = &rest[run..];
        }
        if parts
            .iter()
            .all(|part| matches!(part, DatePart::Literal(_)))
        {
            return Err(Sentence::new(
                format!("“{text}”没有日期的任何部分"),
                format!("`{text}` shows no part of a date"),
            ));
        }
        Ok(Self::Parts(parts))
    }

    /// Writes a date.
    pub(crate) fn write(&self, date: Date, out: &mut String) {
        use std::fmt::Write;
        let parts = match self {
            Self::Chinese => return chinese(date, out),
            Self::Parts(parts) => parts,
        };
        for part in parts {
            // Writing to a String cannot fail.
            let _ = match part {
                DatePart::Literal(text) => {
                    out.push_str(text);
                    Ok(())
                }
                DatePart::Year => write!(out, "{:04}", date.year()),
                DatePart::Month { padded: true } => write!(out, "{:02}", date.month()),
                DatePart::Month { padded: false } => write!(out, "{}", date.month()),
                DatePart::Day { padded: true } => write!(out, "{:02}", date.day()),
                DatePart::Day { padded: false } => write!(out, "{}", date.day()),
            };
        }
    }
}

const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

fn chinese(date: Date, out: &mut String) {
    for digit in format!("{:04}", date.year())
        .bytes()
        .filter(u8::is_ascii_digit)
    {
        out.push(DIGITS[usize::from(digit - b'0')]);
    }
    out.push('年');
    below_hundred(date.month(), out);
    out.push('月');
    below_hundred(date.day(), out);
    out.push('日');
}

/// 一 to 九十九, as months and days are read.
fn below_hundred(number: i8, out: &mut String) {
    let (tens, ones) = (
        usize::from(number.unsigned_abs()) / 10,
        usize::from(number.unsigned_abs()) % 10,
    );
    if tens > 1 {
        out.push(DIGITS[tens % 10]);
    }
    if tens > 0 {
        out.push('十');
    }
    if ones > 0 {
        out.push(DIGITS[ones]);
    }
}
