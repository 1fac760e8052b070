//! Small PDFs for tests, written byte by byte so that each can be wrong in one place only.

use std::cell::RefCell;
use std::fmt::Write;

use super::reader::Reader;
use super::{claim, read};
use crate::budget::{Budgets, Meter};
use crate::report::{Finding, Rulebook, Severity};

/// Digits of /Contents: a whole ASN.1 value and padding.
pub(crate) const CONTENTS: &str = "30030201010000000000";
/// Room for the three numbers of a /ByteRange.
const ROOM: &str = "[0 ********** ********** **********]";

/// Writes a file revision by revision; `revision` closes one and fills in the /ByteRange of its signatures.
#[derive(Clone)]
pub(crate) struct Builder {
    bytes: Vec<u8>,
    lines: Vec<(u32, usize)>,
    previous: Option<usize>,
    size: u32,
    /// What the next section says instead of the truth.
    startxref: Option<usize>,
    byte_range: fn(usize, usize, usize) -> String,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self::starting("%PDF-1.7\n%\u{e2}\u{e3}\n")
    }

    pub(crate) fn starting(head: &str) -> Self {
        Self {
            bytes: head.as_bytes().to_vec(),
            lines: Vec::new(),
            previous: None,
            size: 1,
            startxref: None,
            byte_range: |first, second, length| format!("[0 {first} {second} {length}]"),
        }
    }

    /// The same with bytes before everything; the lines still lead to their objects.
    pub(crate) fn headed(mut self, head: &str) -> Self {
        self.bytes.splice(0..0, head.bytes());
        self.lines
            .iter_mut()
            .for_each(|(_, offset)| *offset += head.len());
        self
    }

    /// Overwrites an object of the open revision with white space and forgets its line.
    pub(crate) fn without(mut self, number: u32) -> Self {
        let start = self.offset(number);
        let end = start + memchr::memmem::find(&self.bytes[start..], b"endobj").unwrap() + 6;
        self.bytes[start..end].fill(b' ');
        self.lines.retain(|(listed, _)| *listed != number);
        self
    }

    /// Bytes that no section lists.
    pub(crate) fn raw(mut self, text: &str) -> Self {
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    pub(crate) fn object(self, number: u32, body: &str) -> Self {
        let at = self.bytes.len();
        self.line(number, at)
            .raw(&format!("{number} 0 obj\n{body}\nendobj\n"))
    }

    /// A cross-reference line.
    pub(crate) fn line(mut self, number: u32, offset: usize) -> Self {
        self.lines.push((number, offset));
        self.size = self.size.max(number + 1);
        self
    }

    /// Offset of an object of the open revision.
    pub(crate) fn offset(&self, number: u32) -> usize {
        self.lines
            .iter()
            .find(|(listed, _)| *listed == number)
            .unwrap()
            .1
    }

    /// Bytes written so far.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn startxref(mut self, lie: usize) -> Self {
        self.startxref = Some(lie);
        self
    }

    /// How the numbers of a /ByteRange are made from the end of the first range, the start and length of the second.
    pub(crate) fn byte_range(mut self, write: fn(usize, usize, usize) -> String) -> Self {
        self.byte_range = write;
        self
    }

    pub(crate) fn revision(self) -> Self {
        self.revision_with("")
    }

    /// Closes a revision, with more entries in its trailer.
    pub(crate) fn revision_with(mut self, trailer: &str) -> Self {
        let at = self.bytes.len();
        let mut table = String::from("xref\n0 1\n0000000000 65535 f \n");
        for (number, offset) in std::mem::take(&mut self.lines) {
            write!(table, "{number} 1\n{offset:010} 00000 n \n").unwrap();
        }
        let previous = self
            .previous
            .map(|previous| format!(" /Prev {previous}"))
            .unwrap_or_default();
        let startxref = self.startxref.take().unwrap_or(at);
        let size = self.size;
        write!(
            table,
            "trailer\n<< /Size {size} /Root 1 0 R /ID [<01> <02>]{previous} {trailer} >>\nstartxref\n{startxref}\n%%EOF\n"
        )
        .unwrap();
        self.previous = Some(at);
        self.raw(&table).fill_byte_ranges()
    }

    fn fill_byte_ranges(mut self) -> Self {
        fill_byte_ranges(&mut self.bytes, self.byte_range);
        self
    }

    pub(crate) fn build(self) -> Vec<u8> {
        self.bytes
    }
}

/// Writes the /ByteRange of every signature that has none yet; see [`Builder::byte_range`].
pub(crate) fn fill_byte_ranges(bytes: &mut [u8], write: fn(usize, usize, usize) -> String) {
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&bytes[from..], ROOM.as_bytes()).map(|at| at + from) {
        let open = at + memchr::memmem::find(&bytes[at..], b"/Contents <").unwrap() + 10;
        let close = open + memchr::memchr(b'>', &bytes[open..]).unwrap() + 1;
        let numbers = write(open, close, bytes.len() - close);
        let padded = format!("{numbers:width$}", width = ROOM.len());
        bytes[at..at + ROOM.len()].copy_from_slice(padded.as_bytes());
        from = at + ROOM.len();
    }
}

/// The entries of a signature dictionary; `more` stands before its /Contents.
pub(crate) fn signature(sub_filter: &str, more: &str) -> String {
    let kind = if sub_filter == "ETSI.RFC3161" {
        "DocTimeStamp"
    } else {
        "Sig"
    };
    format!(
        "<< /Type /{kind} /Filter /Adobe.PPKLite /SubFilter /{sub_filter} /ByteRange {ROOM} {more} /Contents <{CONTENTS}> >>"
    )
}

/// The catalog of the samples, with more entries.
pub(crate) fn catalog(more: &str) -> String {
    format!("<< /Type /Catalog /Pages 2 0 R /AcroForm 4 0 R {more} >>")
}

pub(crate) const PAGE: &str =
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 9 0 R /Annots 7 0 R >>";
pub(crate) const FIELD: &str = "<< /FT /Sig /T (seal) /Type /Annot /Subtype /Widget /F 132 /P 3 0 R /Rect [0 0 1 1] /V 6 0 R >>";

/// A document with catalog 1, pages 2, page 3, form 4, seal field 5, annotations 7, field list 8, content 9;
/// everything but the signature, object 6.
pub(crate) fn unsigned() -> Builder {
    unsigned_with(&catalog(""), FIELD)
}

pub(crate) fn unsigned_with(catalog: &str, field: &str) -> Builder {
    unsigned_in(Builder::new(), catalog, field)
}

pub(crate) fn unsigned_in(builder: Builder, catalog: &str, field: &str) -> Builder {
    builder
        .object(1, catalog)
        .object(2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
        .object(3, PAGE)
        .object(4, "<< /Fields 8 0 R /SigFlags 3 >>")
        .object(5, field)
        .object(7, "[5 0 R]")
        .object(8, "[5 0 R]")
        .object(9, "<< /Length 4 >>\nstream\nq  Q\nendstream")
}

/// The same, sealed, closed.
pub(crate) fn sealed() -> Builder {
    unsigned()
        .object(6, &signature("ETSI.CAdES.detached", ""))
        .revision()
}

/// A further revision with DSS.
pub(crate) fn with_dss(sealed: Builder) -> Builder {
    sealed
        .object(1, &catalog("/DSS 20 0 R"))
        .object(
            20,
            "<< /Type /DSS /Certs [21 0 R] /VRI << /AB << /Cert [21 0 R] >> >> >>",
        )
        .object(21, "<< /Length 1 >>\nstream\nx\nendstream")
        .revision()
}

/// A further revision with a document time-stamp.
pub(crate) fn with_time_stamp(sealed: Builder) -> Builder {
    sealed
        .object(3, PAGE)
        .object(7, "[5 0 R 30 0 R]")
        .object(8, "[5 0 R 30 0 R]")
        .object(
            30,
            "<< /FT /Sig /T (time) /Type /Annot /Subtype /Widget /F 132 /P 3 0 R /Rect [0 0 0 0] /V 31 0 R >>",
        )
        .object(31, &signature("ETSI.RFC3161", ""))
        .revision()
}

thread_local! {
    /// Codes of rules that do not count on this thread.
    static OFF: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// Runs `examination` on this thread with the rules of these codes switched off, which shows what they are there for.
pub(crate) fn without<T>(codes: &[&'static str], examination: impl FnOnce() -> T) -> T {
    OFF.set(codes.to_vec());
    let answer = examination();
    OFF.take();
    answer
}

/// Whether the rule of that code is switched off.
pub(crate) fn is_off(code: &str) -> bool {
    OFF.with_borrow(|off| off.contains(&code))
}

/// Codes of every positional rule.
pub(crate) fn rule_codes() -> impl Iterator<Item = &'static str> {
    super::rules::codes()
}

fn findings(bytes: &[u8], rulebook: Rulebook) -> Vec<Finding> {
    let mut meter = Meter::new(&Budgets::default(), bytes.len()).unwrap();
    let pdf = match read(bytes, &mut meter) {
        Ok(pdf) => pdf,
        Err(finding) => return vec![finding],
    };
    let seal = pdf.sites().first().expect("the sample bears a signature");
    pdf.check(rulebook, seal, &mut meter)
}

/// Codes of what keeps the first signature from passing, each once.
pub(crate) fn refusals(bytes: &[u8], rulebook: Rulebook) -> Vec<&'static str> {
    let findings = findings(bytes, rulebook);
    let mut codes: Vec<_> = findings
        .into_iter()
        .filter(|f| f.severity >= Severity::NotRun)
        .map(|f| f.code)
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// The good sample passes; the bad one is refused by this rule, and by no other.
#[track_caller]
pub(crate) fn refused_only_by(
    code: &'static str,
    rulebook: Rulebook,
    good: &Builder,
    bad: &Builder,
) {
    assert_eq!(refusals(&good.bytes, rulebook), [""; 0], "the good sample");
    assert_eq!(refusals(&bad.bytes, rulebook), [code], "the bad sample");
    let without_it = without(&[code], || refusals(&bad.bytes, rulebook));
    assert_eq!(without_it, [""; 0], "with the rule off");
}

/// What the file claims to be.
pub(crate) fn claimed(bytes: &[u8]) -> Option<String> {
    let mut meter = Meter::new(&Budgets::default(), bytes.len()).unwrap();
    let pdf = read(bytes, &mut meter).unwrap();
    claim::find(&mut Reader::new(&pdf, &mut meter)).unwrap()
}
