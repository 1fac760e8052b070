//! Files that break one positional rule each.

use super::{Sample, Signer, seal, sealed};
use crate::pdf::testing::{
    Builder, FIELD, catalog, unsigned, unsigned_in, unsigned_with, with_dss,
};

pub(super) const SAMPLES: &[Sample] = &[
    Sample::issued("revision.header", "no header at all", |by| {
        let headless = unsigned_in(Builder::starting(""), &catalog(""), FIELD);
        by.sign(headless.object(6, &seal("")).revision())
    }),
    Sample::foreign("revision.header", "a header further on", |by| {
        let late = unsigned().headed("MZ\n%PDF-1.7\n");
        by.sign(late.object(6, &seal("")).revision())
    }),
    Sample::both("byterange.form", "ranges from 1", from_one),
    Sample::both("byterange.gap", "a reason in the gap", reason_in_the_gap),
    Sample::issued("byterange.hex", "upper-case digits", |by| {
        spoil(by.sign(sealed()), |digits| digits.make_ascii_uppercase())
    }),
    Sample::both(
        "byterange.padding",
        "a message in the padding",
        message_in_the_padding,
    ),
    Sample::both(
        "byterange.coverage",
        "the page not covered",
        page_not_covered,
    ),
    Sample::both("dictionary.double_key", "two ByteRanges", two_byte_ranges),
    Sample::both(
        "dictionary.reached",
        "a seal within its field",
        seal_in_field,
    ),
    Sample::issued("dictionary.type", "a seal called a time-stamp", |by| {
        let misnamed = seal("").replace("/Type /Sig", "/Type /DocTimeStamp");
        by.sign(unsigned().object(6, &misnamed).revision())
    }),
    Sample::issued("dictionary.type", "a seal with Cert", |by| {
        by.sign(unsigned().object(6, &seal("/Cert <00>")).revision())
    }),
    // No file breaks `dictionary.single_seal` alone: of two seals in one revision each would have to cover the other
    // one's gap (`byterange.gap`, `byterange.coverage`), and so be made after it; and a seal in a later revision, or
    // after a time-stamp, is a change that is refused. The rule says in plain words what the other one implies.
    Sample {
        also: &["change.form"],
        ..Sample::issued("dictionary.single_seal", "a second seal", |by| {
            let second = sealed()
                .object(7, "[5 0 R 30 0 R]")
                .object(8, "[5 0 R 30 0 R]")
                .object(30, "<< /FT /Sig /T (second) /Rect [0 0 0 0] /V 31 0 R >>")
                .object(31, &seal(""));
            by.sign(second.revision())
        })
    },
    Sample::both(
        "revision.startxref",
        "a signed startxref that lies",
        lying_startxref,
    ),
    Sample::both(
        "revision.xref_target",
        "a line to another object",
        line_to_another,
    ),
    Sample::both(
        "revision.xref_twice",
        "two lines for the content",
        two_lines,
    ),
    Sample::issued("revision.object", "an object that cannot be read", |by| {
        let broken = unsigned().object(10, "<< /A >>").object(6, &seal(""));
        by.sign(broken.revision())
    }),
    Sample::both(
        "revision.bytes",
        "a catalog after the end",
        catalog_after_the_end,
    ),
    Sample::issued("revision.bytes", "an object that no section lists", |by| {
        let hidden = unsigned().raw("10 0 obj\n1\nendobj\n").object(6, &seal(""));
        by.sign(hidden.revision())
    }),
    Sample::issued("revision.hybrid", "hybrid cross-references", |by| {
        let empty =
            "<< /Type /XRef /Size 20 /W [1 2 1] /Index [] /Length 0 >>\nstream\n\nendstream";
        let open = unsigned().object(6, &seal(""));
        let at = open.len();
        by.sign(
            open.object(10, empty)
                .revision_with(&format!("/XRefStm {at}")),
        )
    }),
    Sample::both("revision.encrypted", "an encrypted file", encrypted),
    Sample::issued("dictionary.active_content", "an action on opening", |by| {
        let active = unsigned_with(&catalog("/OpenAction [3 0 R /Fit]"), FIELD);
        by.sign(active.object(6, &seal("")).revision())
    }),
];

/// The first byte of the file is nobody's.
fn from_one(by: &Signer) -> Vec<u8> {
    let write = |first, second, length| format!("[1 {} {second} {length}]", first - 1);
    by.sign(unsigned().byte_range(write).object(6, &seal("")).revision())
}

/// An entry beside /Contents that can be written anew at any time.
fn reason_in_the_gap(by: &Signer) -> Vec<u8> {
    const REASON: &str = " /Reason (approved)";
    let write = |first, second, length| {
        let (second, length) = (second + REASON.len(), length - REASON.len());
        format!("[0 {first} {second} {length}]")
    };
    let with_reason = seal("").replace("> >>", &format!(">{REASON} >>"));
    let file = by.sign(
        unsigned()
            .byte_range(write)
            .object(6, &with_reason)
            .revision(),
    );
    let text = String::from_utf8(file).expect("ASCII");
    text.replace("(approved)", "(rejected)").into_bytes()
}

fn message_in_the_padding(by: &Signer) -> Vec<u8> {
    spoil(by.sign(sealed()), |digits| {
        let at = digits.len() - 10;
        digits[at..].copy_from_slice(b"4869646465");
    })
}

/// The digits of /Contents, changed after they were signed.
fn spoil(mut file: Vec<u8>, change: fn(&mut [u8])) -> Vec<u8> {
    let open = memchr::memmem::find(&file, b"/Contents <").expect("a signature") + 11;
    let length = memchr::memchr(b'>', &file[open..]).expect("its end");
    change(&mut file[open..open + length]);
    file
}

/// The ranges end where the signature's object ends; the page's content comes after, and is another one now.
fn page_not_covered(by: &Signer) -> Vec<u8> {
    let write = |first, second, _| format!("[0 {first} {second} 10]");
    let content = "<< /Length 4 >>\nstream\nq  Q\nendstream";
    let open = unsigned().byte_range(write).without(9).object(6, &seal(""));
    let file = by.sign(open.object(9, content).revision());
    let text = String::from_utf8(file).expect("ASCII");
    text.replace("q  Q", "Q  q").into_bytes()
}

fn two_byte_ranges(by: &Signer) -> Vec<u8> {
    let twice = seal("/ByteRange [0 1 2 3]");
    by.sign(unsigned().object(6, &twice).revision())
}

fn seal_in_field(by: &Signer) -> Vec<u8> {
    let inline = FIELD.replace("6 0 R", &seal(""));
    by.sign(unsigned_with(&catalog(""), &inline).revision())
}

/// Read alone, as its signer saw it, the first revision has no section at all.
fn lying_startxref(by: &Signer) -> Vec<u8> {
    let open = unsigned().startxref(0).object(6, &seal("")).revision();
    by.sign(with_dss(open))
}

fn line_to_another(by: &Signer) -> Vec<u8> {
    let open = unsigned().object(6, &seal(""));
    let page = open.offset(3);
    by.sign(open.line(10, page).revision())
}

/// A reader that takes the last line shows another content, which is listed as well.
fn two_lines(by: &Signer) -> Vec<u8> {
    let other = "<< /Length 4 >>\nstream\nQ  q\nendstream";
    let open = unsigned().object(10, other).object(6, &seal(""));
    let at = open.offset(10);
    by.sign(open.line(9, at).revision())
}

/// A reader that looks for objects by itself takes the last one of a number.
fn catalog_after_the_end(by: &Signer) -> Vec<u8> {
    by.sign(sealed().raw("1 0 obj\n<< /Type /Catalog >>\nendobj\n"))
}

fn encrypted(by: &Signer) -> Vec<u8> {
    let open = unsigned().object(6, &seal(""));
    by.sign(open.revision_with("/Encrypt << /Filter /Standard >>"))
}
