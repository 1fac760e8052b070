//! Files that are costly to walk through: forms, revisions, what changed in them, embedded files.

use std::fmt::Write as _;

use super::End::{Answer, Limit};
use super::reading::{short, sign};
use super::writer::{Line, Writer, deflate};
use super::{Hostile, Issued, MIB, Maker, measure};
use super::{issued, references, revisions, signatures};
use crate::pdf::testing::*;

#[test]
fn walking_is_bounded() {
    measure(FILES);
}

const FILES: &[Maker] = &[
    (
        "a hundred revisions of twelve thousand objects",
        Limit,
        || {
            let mut builder = unsigned_with(&catalog("/PieceInfo 100 0 R"), FIELD);
            for number in 100..12_000 {
                builder = builder.object(number, &format!("<</A {} 0 R/B[1 2 3]>>", number + 1));
            }
            builder = builder
                .object(6, &signature("ETSI.CAdES.detached", ""))
                .revision();
            for number in 0..100 {
                builder = builder.object(13_000 + number, "1").revision();
            }
            builder.build().into()
        },
    ),
    ("nine thousand fields in a hundred revisions", Limit, || {
        let mut builder = Builder::new()
            .object(1, "<< /Type /Catalog /AcroForm << /Fields 8 0 R >> >>")
            .object(8, &format!("[{}]", references(100..9_000)));
        for number in 100..9_000 {
            builder = builder.object(number, "<</FT/Sig/T(a)/V 6 0 R>>");
        }
        let mut builder = builder
            .object(6, &signature("ETSI.CAdES.detached", ""))
            .revision();
        for _ in 0..100 {
            builder = builder.revision();
        }
        builder.build().into()
    }),
    ("a catalog of many entries in many revisions", Limit, || {
        let mut keys = String::new();
        (0..180_000).for_each(|n| write!(keys, "/{}/", short(n)).unwrap());
        in_many_revisions(&keys, "")
    }),
    ("a form of many entries in many revisions", Limit, || {
        let mut keys = String::new();
        (0..180_000).for_each(|n| write!(keys, "/{}/", short(n)).unwrap());
        in_many_revisions("", &keys)
    }),
    ("a form of many numbers in many revisions", Limit, || {
        in_many_revisions("", &format!("/X [{}]", "1 ".repeat(450_000)))
    }),
    ("a form within the catalog in many revisions", Limit, || {
        let mut writer = Writer::new();
        let numbers = "1 ".repeat(450_000);
        let catalog = format!("<< /AcroForm << /Fields [5 0 R] /X [{numbers}] >> >>");
        writer.object(1, &catalog).object(5, FIELD);
        writer
            .object(6, &signature("ETSI.CAdES.detached", ""))
            .close("");
        revisions(&mut writer)
    }),
    ("a field with a long name in many revisions", Limit, || {
        one_field(&format!("/T ({})", "x".repeat(900_000)))
    }),
    (
        "a field with an escaped name in many revisions",
        Limit,
        || one_field(&format!("/T ({})", "\\1".repeat(450_000))),
    ),
    ("a field of many entries in many revisions", Limit, || {
        let mut keys = String::new();
        (0..180_000).for_each(|n| write!(keys, "/{}/", short(n)).unwrap());
        one_field(&keys)
    }),
    (
        "a field with many numbers for parts in many revisions",
        Limit,
        || one_field(&format!("/Kids [{}]", "1 ".repeat(450_000))),
    ),
    (
        "a field with one part many times in many revisions",
        Limit,
        || one_field(&format!("/Kids [{}]", "5 0 R ".repeat(150_000))),
    ),
    ("a page tree of numbers in many revisions", Limit, || {
        pages(&"1 ".repeat(450_000))
    }),
    ("a page tree of one page in many revisions", Limit, || {
        pages(&"3 0 R ".repeat(150_000))
    }),
    (
        "a page with one annotation many times in many revisions",
        Limit,
        || annotations(&"5 0 R ".repeat(150_000)),
    ),
    (
        "a page with annotations of nothing in many revisions",
        Limit,
        || annotations(&references(1_000_000..1_080_000)),
    ),
    (
        "signatures over objects that cannot be read",
        Answer,
        || {
            let mut writer = Writer::new();
            signatures(&mut writer, 30);
            let mut number = 1_000;
            while writer.bytes.len() < MIB - 80_000 {
                writer.object(number, "x");
                number += 1;
            }
            writer.close("").take().into()
        },
    ),
    ("signatures over lines that lead nowhere", Limit, || {
        let mut writer = Writer::new();
        signatures(&mut writer, 30);
        for number in 1_000..700_000 {
            writer.line(number, Line::At(1));
        }
        writer.close("").take().into()
    }),
    ("signatures over comments between objects", Answer, || {
        let mut writer = Writer::new();
        signatures(&mut writer, 30);
        let mut number = 1_000;
        while writer.bytes.len() < MIB - 80_000 {
            writer.object(number, "1").raw(b"%\n");
            number += 1;
        }
        writer.close("").take().into()
    }),
    ("signatures in revisions of a large document", Limit, || {
        let mut writer = Writer::new();
        let mut fields = String::new();
        for number in 0..10 {
            write!(fields, "{} 0 R ", 30 + number).unwrap();
        }
        writer
            .object(1, "<< /Type /Catalog /PieceInfo 100 0 R /AcroForm 4 0 R >>")
            .object(4, &format!("<< /Fields [{fields}] >>"));
        for number in 100..10_000 {
            writer.object(number, &format!("<</A {} 0 R/B[1 2 3]>>", number + 1));
        }
        for number in 0..10 {
            let field = format!("<< /FT /Sig /T (a{number}) /V {} 0 R >>", 60 + number);
            writer.object(30 + number, &field);
            writer.object(60 + number, &signature("ETSI.CAdES.detached", ""));
            writer.close("");
        }
        revisions(&mut writer)
    }),
    (
        "additions beside many object streams, issued",
        Limit,
        || {
            let mut writer = Writer::new();
            issued(&mut writer, "");
            writer.close("");
            let data = deflate(b" ");
            for number in 100..7_000 {
                writer.stream(number, "/Type/ObjStm/N 0/First 0/Filter/FlateDecode", &data);
                writer.line(number + 20_000, Line::In(number, 0));
            }
            for number in 30_000..700_000 {
                writer.line(number, Line::At(1));
            }
            writer.close("").take().into_issued()
        },
    ),
    ("evidence of many parts, issued", Limit, || {
        let mut writer = Writer::new();
        issued(&mut writer, "");
        writer.close("");
        for _ in 0..2 {
            writer
                .object(1, &catalog("/DSS 20 0 R"))
                .object(20, &format!("<< /Certs [{}] >>", "21 0 R ".repeat(60_000)))
                .object(21, "<< /Length 1 >>\nstream\nx\nendstream");
            writer.close("");
        }
        writer.take().into_issued()
    }),
    ("one lock of many names many times", Limit, || {
        let mut writer = Writer::new();
        sign(&mut writer, "", "");
        let reference = format!("/Reference [{}]", "10 0 R ".repeat(60_000));
        writer
            .object(6, &signature("ETSI.CAdES.detached", &reference))
            .object(
                10,
                "<< /TransformMethod /FieldMDP /TransformParams 11 0 R >>",
            )
            .object(11, "<< /Action /Include /Fields 12 0 R >>")
            .object(12, &format!("[{}]", "(a)".repeat(150_000)));
        writer.close("").take().into()
    }),
    ("many names locked, many fields filled", Answer, || {
        let mut writer = Writer::new();
        let mut names = String::new();
        (0..60_000).for_each(|n| write!(names, "({})", short(n)).unwrap());
        let lock = format!(
            "/Reference [<< /TransformMethod /FieldMDP /TransformParams << /Action /Include /Fields [{names}] >> >>]"
        );
        writer
            .object(1, "<< /Type /Catalog /AcroForm 4 0 R >>")
            .object(
                4,
                &format!("<< /Fields [5 0 R {}] >>", references(100..5_000)),
            )
            .object(5, FIELD)
            .object(6, &signature("ETSI.CAdES.detached", &lock));
        for number in 100..5_000 {
            writer.object(number, "<</FT/Tx/T(+)>>");
        }
        writer.close("");
        for number in 100..5_000 {
            writer.object(number, "<</FT/Tx/T(+)/V 1>>");
        }
        writer.close("").take().into()
    }),
    (
        "names of many dots locked, fields filled below",
        Limit,
        || {
            let mut writer = Writer::new();
            let dots = ".".repeat(130);
            let mut names = String::from("[");
            (0..30_000).for_each(|n| write!(names, "({dots}{})", short(n)).unwrap());
            let lock = "/Reference [<< /TransformMethod /FieldMDP /TransformParams << /Action /Include /Fields 12 0 R >> >>]";
            writer
                .object(1, "<< /Type /Catalog /AcroForm 4 0 R >>")
                .object(4, "<< /Fields [5 0 R 20 0 R] >>")
                .object(5, FIELD)
                .object(6, &signature("ETSI.CAdES.detached", lock))
                .object_stream(11, &[(12, &(names + "]"))])
                .object(
                    20,
                    &format!(
                        "<</FT/Tx/T({dots}{dots})/Kids[{}]>>",
                        references(100..4_000)
                    ),
                );
            for number in 100..4_000 {
                writer.object(number, "<<>>");
            }
            writer.close("");
            for number in 100..4_000 {
                writer.object(number, "<</V 1>>");
            }
            writer.close("").take().into()
        },
    ),
    ("one file embedded many times", Answer, || {
        let json = format!("{{\"a\":[{}0]}}", "0,".repeat(200_000));
        embedded(&"2 0 R ".repeat(80_000), "", json.as_bytes())
    }),
    ("a file of many numbers embedded", Answer, || {
        let json = format!("[{}0]", "0,".repeat(7 * MIB));
        embedded("2 0 R", "/Filter /FlateDecode", &deflate(json.as_bytes()))
    }),
    ("a file of many keys embedded", Answer, || {
        let mut json = String::from("{");
        (0..400_000).for_each(|n| write!(json, "\"{n}\":0,").unwrap());
        json += "\"identifier\":\"1.2.156.3005.2.A\"}";
        embedded("2 0 R", "/Filter /FlateDecode", &deflate(json.as_bytes()))
    }),
    ("nodes of file names that share one list", Answer, || {
        let mut writer = Writer::new();
        writer
            .object(1, "<< /Names << /EmbeddedFiles 2 0 R >> >>")
            .object(2, &format!("<< /Kids [{}] >>", references(100..15_000)))
            .object(3, &format!("[{}]", "5 0 R ".repeat(60_000)));
        for number in 100..15_000 {
            writer.object(number, "<</Names 3 0 R>>");
        }
        writer.close("").take().into()
    }),
    (
        "a specification with a long name in many lists",
        Answer,
        || {
            let mut writer = Writer::new();
            writer
                .object(1, "<< /Names << /EmbeddedFiles 2 0 R >> >>")
                .object(2, &format!("<< /Kids [{}] >>", references(100..10_000)))
                .object(3, &format!("[() <</UF({})>>]", "x".repeat(500_000)));
            for number in 100..10_000 {
                writer.object(number, "<</Names 3 0 R>>");
            }
            writer.close("").take().into()
        },
    ),
    ("a tree of file names that never ends", Answer, || {
        let mut writer = Writer::new();
        let kids = references(100..40_000);
        writer.object(1, "<< /Names << /EmbeddedFiles 2 0 R >> >>");
        writer.object(2, &format!("<< /Kids [{kids}] >>"));
        for number in 100..12_000 {
            writer.object(number, &format!("<</Kids[{} 0 R 2 0 R]>>", number + 1));
        }
        writer.close("").take().into()
    }),
];

/// A sealed document and many revisions that change nothing.
fn in_many_revisions(catalog_entries: &str, form_entries: &str) -> Hostile {
    let mut writer = Writer::new();
    sign(&mut writer, catalog_entries, form_entries);
    writer.close("");
    revisions(&mut writer)
}

/// A form of one field.
fn one_field(entries: &str) -> Hostile {
    let mut writer = Writer::new();
    sign(&mut writer, "", "");
    let field = FIELD.replace(" /V", &format!(" {entries} /V"));
    writer.object(5, &field).close("");
    revisions(&mut writer)
}

fn pages(kids: &str) -> Hostile {
    let mut writer = Writer::new();
    sign(&mut writer, "", "");
    let tree = format!("<< /Type /Pages /Kids [{kids}] /Count 1 >>");
    writer.object(2, &tree).close("");
    revisions(&mut writer)
}

fn annotations(list: &str) -> Hostile {
    let mut writer = Writer::new();
    sign(&mut writer, "", "");
    writer.object(7, &format!("[{list}]")).close("");
    revisions(&mut writer)
}

/// A file with associated files, all of them this one.
fn embedded(list: &str, entries: &str, data: &[u8]) -> Hostile {
    let mut writer = Writer::new();
    writer
        .object(1, &format!("<< /Type /Catalog /AF [{list}] >>"))
        .object(
            2,
            "<< /Type /Filespec /UF (certificate.json) /EF << /F 3 0 R >> >>",
        )
        .stream(3, entries, data);
    writer.close("").take().into()
}
