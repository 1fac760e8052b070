//! ISO 19005-3:2012, 6.1: file structure.

use lopdf::Object;

use crate::{Read, keys, name, number, read};

#[test]
fn clause_6_1_2_header() {
    let Some(Read { bytes, .. }) = read() else {
        return;
    };
    assert!(bytes.starts_with(b"%PDF-1.7\n%"));
    assert!(
        bytes[10..14].iter().all(|&byte| byte > 127),
        "four bytes above 127"
    );
    assert!(matches!(bytes[16], b'\n'));
}

#[test]
fn clause_6_1_3_trailer() {
    let Some(Read { bytes, pdf }) = read() else {
        return;
    };
    let id = pdf
        .trailer
        .get(b"ID")
        .and_then(Object::as_array)
        .expect("an ID");
    assert_eq!(id.len(), 2);
    assert!(pdf.trailer.get(b"Encrypt").is_err());
    assert!(bytes.ends_with(b"\n%%EOF\n"), "nothing after the end");
}

#[test]
fn clause_6_1_4_cross_reference_table() {
    let Some(Read { bytes, .. }) = read() else {
        return;
    };
    let text = String::from_utf8_lossy(&bytes);
    let start: usize = text
        .rsplit("startxref\n")
        .next()
        .expect("startxref")
        .lines()
        .next()
        .expect("a line")
        .parse()
        .expect("a number");
    let table = &bytes[start..];
    let head = table
        .split(|&b| b == b'\n')
        .take(2)
        .map(<[u8]>::len)
        .sum::<usize>()
        + 2;
    assert!(table.starts_with(b"xref\n0 "));
    let count: usize = std::str::from_utf8(&table[7..head - 1])
        .expect("ASCII")
        .parse()
        .expect("a count");
    for (number, entry) in table[head..].chunks(20).take(count).enumerate().skip(1) {
        let entry = std::str::from_utf8(entry).expect("ASCII");
        assert!(entry.ends_with(" 00000 n \n"), "{entry:?}");
        let offset: usize = entry[..10].parse().expect("ten digits");
        // 6.1.9: number, one space, generation, one space, the keyword, then a line end
        assert!(
            bytes[offset..].starts_with(format!("{number} 0 obj\n").as_bytes()),
            "{number}"
        );
    }
    assert!(table[head + count * 20..].starts_with(b"trailer\n"));
}

#[test]
fn clause_6_1_6_hexadecimal_strings_have_even_lengths() {
    let Some(Read { bytes, pdf }) = read() else {
        return;
    };
    let mut rest = &bytes[..];
    let mut seen = 0;
    while let Some(at) = memchr::memmem::find(rest, b"<FEFF") {
        let digits = rest[at + 1..]
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        assert!(digits % 2 == 0 && rest[at + 1 + digits] == b'>');
        rest = &rest[at + 1..];
        seen += 1;
    }
    assert!(seen > 0, "the title is one");
    let contents = Read {
        bytes: bytes.clone(),
        pdf,
    }
    .contents();
    for string in contents.split('<').skip(1) {
        let digits = string.split('>').next().expect("an end");
        assert!(
            digits.len() % 4 == 0 && digits.bytes().all(|b| b.is_ascii_hexdigit()),
            "{digits}"
        );
    }
}

#[test]
fn clause_6_1_7_streams() {
    let Some(file) = read() else { return };
    let mut rest = &file.bytes[..];
    // `stream`, line feed, exactly Length bytes, line feed, `endstream`
    while let Some(at) = memchr::memmem::find(rest, b">>\nstream\n") {
        let before = String::from_utf8_lossy(&rest[..at]).into_owned();
        let length: usize = before
            .rsplit("/Length ")
            .next()
            .expect("a length")
            .parse()
            .expect("plain");
        rest = &rest[at + 10..];
        assert!(rest[length..].starts_with(b"\nendstream\nendobj\n"));
        rest = &rest[length..];
    }
    for dictionary in file
        .dictionaries()
        .into_iter()
        .filter(|d| d.get(b"Length").is_ok())
    {
        for key in ["F", "FFilter", "FDecodeParms"] {
            assert!(dictionary.get(key.as_bytes()).is_err(), "external streams");
        }
        if let Ok(filter) = dictionary.get(b"Filter") {
            let name = filter.as_name().expect("one filter");
            assert!(
                [&b"FlateDecode"[..], b"DCTDecode"].contains(&name),
                "6.1.7.2"
            );
        }
    }
}

#[test]
fn clause_6_1_12_permissions() {
    let Some(file) = read() else { return };
    let perms = file.at(file.catalog(), &["Perms"]);
    assert_eq!(keys(perms), ["DocMDP"]);
    let reference = file.at(file.catalog(), &["Perms", "DocMDP", "Reference", "0"]);
    assert_eq!(
        keys(reference),
        ["TransformMethod", "TransformParams", "Type"],
        "no Digest*"
    );
    assert_eq!(name(reference, "TransformMethod"), "DocMDP");
    let params = file.at(reference, &["TransformParams"]);
    assert_eq!(number(params, "P"), Some(2));
}

#[test]
fn clause_6_1_13_limits() {
    let Some(file) = read() else { return };
    let (mut depth, mut deepest) = (0_i32, 0);
    for operator in file.contents().split_ascii_whitespace() {
        depth += match operator {
            "q" => 1,
            "Q" => -1,
            _ => 0,
        };
        deepest = deepest.max(depth);
    }
    assert_eq!(depth, 0, "balanced");
    assert!(deepest <= 28);
    for number in file
        .contents()
        .split_ascii_whitespace()
        .filter_map(|w| w.parse::<f64>().ok())
    {
        assert!(number.abs() <= 32767.0);
    }
}
