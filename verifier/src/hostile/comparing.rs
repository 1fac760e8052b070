//! Files whose revisions are costly to hold against each other, above all when many signatures ask for it.

use std::fmt::Write as _;

use super::End::Limit;
use super::writer::{Line, Writer};
use super::{Hostile, Issued, MIB, Maker, measure};
use super::{issued, references, revisions, signatures};
use crate::pdf::testing::*;

#[test]
fn comparing_is_bounded() {
    measure(FILES);
}

/// Signatures in the first revision: each is held against all that came later.
const SIGNATURES: u32 = 25;

const FILES: &[Maker] = &[
    ("strings that take turns", Limit, || {
        let tail = "\\101".repeat(100_000);
        turns(&format!("(\\101{tail})"), &format!("(A{tail})"))
    }),
    (
        "strings that take turns, from an object stream",
        Limit,
        || {
            let tail = "\\101".repeat(500_000);
            let mut writer = signed("/X 50 0 R");
            writer
                .object_stream(51, &[(50, &format!("(\\101{tail})"))])
                .object_stream(52, &[(50, &format!("(A{tail})"))])
                .close("");
            while writer.bytes.len() < MIB - 2_000 {
                for stream in [51, 52] {
                    writer.line(50, Line::In(stream, 0)).close("");
                }
            }
            writer.take().into()
        },
    ),
    ("names that take turns", Limit, || {
        let tail = "#41".repeat(130_000);
        turns(&format!("/#41{tail}"), &format!("/A{tail}"))
    }),
    ("long keys that take turns", Limit, || {
        let tail = "a".repeat(400_000);
        turns(&format!("<</#41{tail} 1>>"), &format!("<</A{tail} 1>>"))
    }),
    ("many entries that take turns", Limit, || {
        let mut keys = String::new();
        (0..60_000).for_each(|n| write!(keys, "/{n:x}/").unwrap());
        turns(&format!("<<{keys}>>"), &format!("<< {keys}>>"))
    }),
    ("streams that take turns", Limit, || {
        let data = "x".repeat(400_000);
        let stream = format!("<</Length 400000>>stream\n{data}\nendstream");
        turns(&stream, &stream)
    }),
    ("numbers within the list of a field's parts", Limit, || {
        let mut writer = Writer::new();
        let kids = format!("[[{}]]", "1 ".repeat(400_000));
        signatures(&mut writer, SIGNATURES);
        let field = format!("<</FT/Sig/T(a)/V 100 0 R/Kids {kids}>>");
        writer.object(30, &field).close("");
        revisions(&mut writer)
    }),
    ("numbers within the annotations of a page", Limit, || {
        let mut writer = signed("/Pages 2 0 R");
        writer
            .object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>")
            .object(
                3,
                &format!("<</Type/Page/Annots[[{}]]>>", "1 ".repeat(400_000)),
            )
            .close("");
        revisions(&mut writer)
    }),
    ("large file identifiers", Limit, || {
        let mut writer = signed("");
        let id = |first: &str| format!("/ID[({first}{}) <00>]", "\\101".repeat(110_000));
        writer.close(&id("A")).close(&id("\\101")).take().into()
    }),
    (
        "a hundred things wrong in a hundred revisions",
        Limit,
        || {
            let mut writer = signed("");
            writer.close("");
            let mut number = 0;
            while writer.bytes.len() < MIB - 2_000 && number < 118 {
                number += 1;
                let entries: String = (0..8).map(|n| format!("/K{n}x{number} 1")).collect();
                writer
                    .object(1, &format!("<</Type/Catalog/AcroForm 4 0 R{entries}>>"))
                    .close("");
            }
            writer.take().into()
        },
    ),
    ("transforms that all signatures share", Limit, || {
        let mut writer = Writer::new();
        signatures(&mut writer, 30);
        let seal = signature("ETSI.CAdES.detached", "/Reference 20 0 R");
        for number in 100..130 {
            writer.object(number, &seal);
        }
        writer
            .object(20, &format!("[{}]", "<<>>".repeat(200_000)))
            .close("");
        writer.take().into()
    }),
    ("one widget of many entries many times", Limit, || {
        let mut writer = signed("");
        let keys = "/T/".repeat(100_000);
        writer
            .close("")
            .object(
                4,
                &format!("<</Fields[{}90 0 R]>>", references(30..30 + SIGNATURES)),
            )
            .object(
                90,
                &format!("<</FT/Sig/V 91 0 R/Kids[{}]>>", "92 0 R ".repeat(80_000)),
            )
            .object(91, &signature("ETSI.RFC3161", ""))
            .object(92, &format!("<<{keys}>>"))
            .close("");
        writer.take().into()
    }),
    ("evidence with one VRI many times, issued", Limit, || {
        let vri = format!("<<{}>>", "/A<<>>".repeat(70_000));
        evidence(&format!("<<{}>>", "/VRI 21 0 R".repeat(40_000)), &vri)
    }),
    (
        "evidence with one stream of many entries, issued",
        Limit,
        || {
            let keys = "/Length 1".repeat(50_000);
            let stream = format!("<<{keys}>>stream\nx\nendstream");
            evidence(
                &format!("<</Certs[{}]>>", "21 0 R ".repeat(50_000)),
                &stream,
            )
        },
    ),
];

/// Many signatures in a revision that is still open.
fn signed(catalog_entries: &str) -> Writer {
    let mut writer = Writer::new();
    signatures(&mut writer, SIGNATURES);
    writer.object(
        1,
        &format!("<</Type/Catalog/AcroForm 4 0 R {catalog_entries}>>"),
    );
    writer
}

/// A catalog that leads to one of two objects, which change places in every revision.
fn turns(one: &str, other: &str) -> Hostile {
    let mut writer = signed("/X 50 0 R");
    let first = writer.bytes.len();
    writer.object(50, one).close("");
    let second = writer.bytes.len();
    writer.object(50, other).close("");
    for _ in 0..55 {
        for at in [first, second] {
            writer.line(50, Line::At(at)).close("");
        }
    }
    writer.take().into()
}

fn evidence(dss: &str, part: &str) -> Hostile {
    let mut writer = Writer::new();
    issued(&mut writer, "");
    writer
        .close("")
        .object(1, &catalog("/DSS 20 0 R"))
        .object(20, dss)
        .object(21, part);
    writer.close("").take().into_issued()
}
