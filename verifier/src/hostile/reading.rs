//! Files that are costly to read: tables, streams, objects.

use std::fmt::Write as _;

use super::End::{Answer, Limit};
use super::writer::{Line, Writer, deflate};
use super::{Hostile, MIB, Maker, measure};
use crate::pdf::testing::*;

#[test]
fn reading_is_bounded() {
    measure(FILES);
}

const FILES: &[Maker] = &[
    ("four million lines to byte 0", Limit, || {
        let rows = vec![0u8; 4 * MIB];
        with_stream(b"", "/Size 4194304 /W [0 1 0]", &rows)
    }),
    (
        "as many lines to byte 0 as there may be objects",
        Limit,
        || {
            let rows = vec![0u8; 780_000];
            with_stream(b"", "/Size 780000 /W [0 1 0]", &rows)
        },
    ),
    ("lines to each letter of a wall", Limit, || {
        lines_to_each(b'x')
    }),
    ("lines to each sign of a comment", Limit, || {
        lines_to_each(b'%')
    }),
    ("lines to each blank", Limit, || lines_to_each(b' ')),
    ("lines to each digit", Limit, || lines_to_each(b'1')),
    ("a stream that inflates to 100 MiB", Limit, || {
        with_stream(b"", "/Size 10 /W [1 2 1]", &vec![0u8; 100 * MIB])
    }),
    ("a stream deflated four times", Limit, || {
        let mut writer = Writer::new();
        let data = (0..4).fold(vec![b' '; 15 * MIB], |data, _| deflate(&data));
        let filters = "/FlateDecode ".repeat(4);
        writer.stream(
            9,
            &format!("/Type /ObjStm /N 0 /First 0 /Filter [{filters}]"),
            &data,
        );
        writer
            .line(2, Line::In(9, 0))
            .object(1, "<< >>")
            .close("")
            .take()
            .into()
    }),
    ("object streams as large as they may be", Limit, || {
        let mut writer = Writer::new();
        for (number, mebibytes) in [(10, 15), (11, 8)] {
            let data = deflate(&vec![b' '; mebibytes * MIB]);
            writer.stream(
                number,
                "/Type /ObjStm /N 0 /First 0 /Filter /FlateDecode",
                &data,
            );
            writer.line(number + 20, Line::In(number, 0));
        }
        writer.object(1, "<< >>").close("").take().into()
    }),
    (
        "an object stream of as many objects as there may be",
        Limit,
        || {
            let mut writer = Writer::new();
            let data = deflate("1 0 ".repeat(390_000).as_bytes());
            writer.stream(
                9,
                "/Type /ObjStm /N 390000 /First 0 /Filter /FlateDecode",
                &data,
            );
            for number in 100..390_000 {
                writer.line(number, Line::In(9, number));
            }
            writer.object(1, "<< >>").close("").take().into()
        },
    ),
    (
        "objects behind one wall of blanks in an object stream",
        Limit,
        || {
            let mut writer = Writer::new();
            let numbers = 100..20_000;
            let fields: String = numbers
                .clone()
                .map(|number| format!("{number} 0 R "))
                .collect();
            writer.object(1, &format!("<</AcroForm<</Fields[{fields}]>>>>"));
            let index: String = numbers
                .clone()
                .map(|number| format!("{number} 0 "))
                .collect();
            let entries = format!(
                "/Type /ObjStm /N {} /First {} /Filter /FlateDecode",
                numbers.len(),
                index.len()
            );
            let data = format!("{index}{}1 ", " ".repeat(15 * MIB));
            writer.stream(9, &entries, &deflate(data.as_bytes()));
            for (at, number) in numbers.enumerate() {
                writer.line(number, Line::In(9, at as u32));
            }
            writer.close("").take().into()
        },
    ),
    ("small object streams", Answer, || {
        let mut writer = Writer::new();
        let data = deflate(b" ");
        for number in 10..9_000 {
            writer.stream(
                number,
                "/Type /ObjStm /N 0 /First 0 /Filter /FlateDecode",
                &data,
            );
            writer.line(number + 20_000, Line::In(number, 0));
        }
        writer.object(1, "<< >>").close("").take().into()
    }),
    (
        "lines into as many streams as there may be, in many revisions",
        Limit,
        || {
            let mut writer = Writer::new();
            for number in 100..390_000 {
                writer.line(number, Line::In(1_000_000 + number, 0));
            }
            writer.object(1, "<< >>").close("");
            for _ in 0..120 {
                writer.close("");
            }
            writer.take().into()
        },
    ),
    (
        "streams whose Length stands elsewhere, in many revisions",
        Limit,
        || {
            let mut writer = Writer::new();
            writer.object(1, "<< >>").object(8, "0").close("");
            for _ in 0..120 {
                for number in 100..6_000 {
                    writer.line(number, Line::In(3_000_000, 0));
                }
                writer.close("");
            }
            let mut number = 20_000;
            while writer.bytes.len() < MIB - 60_000 {
                writer.object(number, "<</Length 8 0 R>>stream\n\nendstream");
                number += 1;
            }
            writer.close("").take().into()
        },
    ),
    ("numbers in a bomb", Limit, || in_a_bomb("1 ", 780_000)),
    ("names in a bomb", Limit, || in_a_bomb("/", 780_000)),
    ("entries in a bomb", Limit, || {
        let mut text = String::new();
        for number in 0..700_000 {
            // An order that is still far from sorted, though it deflates.
            let (run, within) = (number / 32, number % 32);
            write!(text, "/{:05x}/", run * 7_919 % 21_875 * 32 + within).unwrap();
        }
        bomb(&format!("<< /Type /Catalog {text} >>"))
    }),
    ("dictionaries in a bomb", Limit, || {
        in_a_bomb("<<>>", 780_000)
    }),
    ("dictionaries of one entry in a bomb", Limit, || {
        in_a_bomb("<<//>>", 390_000)
    }),
    ("arrays of one number in a bomb", Limit, || {
        in_a_bomb("[1]", 390_000)
    }),
    ("dictionaries within dictionaries in a bomb", Limit, || {
        let nested = "<</".repeat(58) + "/" + &">>".repeat(58);
        in_a_bomb(&nested, 13_200)
    }),
    ("arrays within arrays in a bomb", Limit, || {
        let nested = "[".repeat(58) + &"]".repeat(58);
        in_a_bomb(&nested, 13_400)
    }),
    ("names with escapes in a bomb", Limit, || {
        in_a_bomb("/#41", 780_000)
    }),
    ("numbers", Limit, || in_the_catalog("1 ")),
    ("references", Answer, || in_the_catalog("1 0 R ")),
    ("names", Limit, || in_the_catalog("/A")),
    ("names with escapes", Limit, || in_the_catalog("/#41")),
    ("arrays", Limit, || in_the_catalog("[]")),
    ("dictionaries", Limit, || in_the_catalog("<<>>")),
    ("strings", Limit, || in_the_catalog("()")),
    ("hexadecimal strings", Limit, || in_the_catalog("<>")),
    ("small dictionaries", Limit, || {
        in_the_catalog("<</A 1/B 2>>")
    }),
    ("dictionaries of nothing", Limit, || {
        in_the_catalog("<<////>>")
    }),
    ("comments", Answer, || in_the_catalog("%\n")),
    ("a dictionary of many keys", Limit, || {
        let mut keys = String::new();
        (0..200_000).for_each(|n| write!(keys, "/{}/", short(n)).unwrap());
        let open = unsigned_with(&catalog(&keys), FIELD);
        let sealed = open.object(6, &signature("ETSI.CAdES.detached", ""));
        sealed.revision().build().into()
    }),
    ("sixteen thousand lines to one string", Answer, || {
        let mut builder = sealed().object(50, &format!("({})", "x".repeat(MIB / 2)));
        let at = builder.offset(50);
        for number in 51..16_000 {
            builder = builder.line(number, at);
        }
        builder.revision().build().into()
    }),
    ("six thousand lengths in one string", Limit, || {
        let mut builder = sealed().object(50, &format!("({})", "x".repeat(MIB / 3)));
        for number in 51..6_000 {
            builder = builder.object(number, "<< /Length 50 0 R >>\nstream\n\nendstream");
        }
        builder.revision().build().into()
    }),
    ("three thousand revisions", Limit, || {
        let mut builder = Builder::new().object(1, "<< >>").revision();
        for _ in 0..3_000 {
            builder = builder.revision();
        }
        builder.build().into()
    }),
];

/// Up to three letters that no other number has.
pub(super) fn short(mut number: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    let mut text = String::new();
    for _ in 0..3 {
        text.push(char::from(LETTERS[number % LETTERS.len()]));
        number /= LETTERS.len();
    }
    text
}

/// A file whose only section is a cross-reference stream over `rows`, after `body`.
fn with_stream(body: &[u8], entries: &str, rows: &[u8]) -> Hostile {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.extend_from_slice(body);
    let at = bytes.len();
    let data = deflate(rows);
    let head = format!(
        "1 0 obj\n<< /Type /XRef /Root 2 0 R {entries} /Filter /FlateDecode /Length {} >>\nstream\n",
        data.len()
    );
    bytes.extend_from_slice(head.as_bytes());
    bytes.extend_from_slice(&data);
    bytes.extend_from_slice(format!("\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n").as_bytes());
    bytes.into()
}

/// A sealed file with as many bytes of one kind as fit, and a line to each of them.
fn lines_to_each(byte: u8) -> Hostile {
    const COUNT: usize = 700_000;
    let mut writer = Writer::new();
    sign(&mut writer, "", "");
    let start = writer.bytes.len();
    writer.raw(&vec![byte; COUNT]).raw(b"\n");
    for at in 0..COUNT {
        writer.line(100 + at as u32, Line::At(start + at));
    }
    writer.close("").take().into()
}

/// The objects of a sealed document, with more in its catalog and its form.
pub(super) fn sign(writer: &mut Writer, catalog_entries: &str, form_entries: &str) {
    writer
        .object(1, &catalog(catalog_entries))
        .object(2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
        .object(3, PAGE)
        .object(
            4,
            &format!("<< /Fields 8 0 R /SigFlags 3 {form_entries} >>"),
        )
        .object(5, FIELD)
        .object(6, &signature("ETSI.CAdES.detached", ""))
        .object(7, "[5 0 R]")
        .object(8, "[5 0 R]")
        .object(9, "<< /Length 4 >>\nstream\nq  Q\nendstream");
}

/// A catalog with so many of `unit`, from an object stream.
fn in_a_bomb(unit: &str, count: usize) -> Hostile {
    bomb(&format!("<< /Type /Catalog /X [{}] >>", unit.repeat(count)))
}

fn bomb(catalog: &str) -> Hostile {
    let mut writer = Writer::new();
    writer
        .object_stream(9, &[(1, catalog)])
        .close("")
        .take()
        .into()
}

/// A sealed file whose catalog holds as many of `unit` as fit.
fn in_the_catalog(unit: &str) -> Hostile {
    let entry = format!("/X [{}]", unit.repeat((MIB - 3_000) / unit.len()));
    let open = unsigned_with(&catalog(&entry), FIELD);
    let sealed = open.object(6, &signature("ETSI.CAdES.detached", ""));
    sealed.revision().build().into()
}
