//! Clauses of ISO 19005-3:2012, by number.

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

#[test]
fn clause_6_2_2_every_resource_is_there() {
    let Some(file) = read() else { return };
    let contents = file.contents();
    let (_, page) = file.pdf.get_pages().into_iter().next().expect("a page");
    let page = file.pdf.get_dictionary(page).expect("a page");
    let fonts = keys(file.at(page, &["Resources", "Font"]));
    let objects = keys(file.at(page, &["Resources", "XObject"]));
    let mut words = contents.split_ascii_whitespace().peekable();
    let mut used = 0;
    while let Some(word) = words.next() {
        // `/S0 12 Tf` and `cm/I0 Do`
        if let Some((_, name)) = word.split_once('/') {
            let known = if words.peek() == Some(&"Do") {
                &objects
            } else {
                &fonts
            };
            assert!(known.iter().any(|key| key == name), "{name} in {known:?}");
            used += 1;
        }
    }
    assert!(used > 3);
}

#[test]
fn clause_6_2_3_output_intent() {
    let Some(file) = read() else { return };
    let intent = file.at(file.catalog(), &["OutputIntents", "0"]);
    assert_eq!(name(intent, "S"), "GTS_PDFA1");
    let id = intent
        .get(b"DestOutputProfile")
        .and_then(Object::as_reference)
        .expect("a profile");
    let Ok(Object::Stream(stream)) = file.pdf.get_object(id) else {
        panic!("a stream")
    };
    assert_eq!(number(&stream.dict, "N"), Some(3));
    let profile = stream.decompressed_content().expect("deflate");
    let word = |at: usize| u32::from_be_bytes(profile[at..at + 4].try_into().expect("four bytes"));
    assert_eq!(word(0) as usize, profile.len(), "ICC.1, 7.2.2");
    assert_eq!(&profile[12..24], b"mntrRGB XYZ ");
    assert_eq!(&profile[36..40], b"acsp");
    let tag = |name: &[u8]| {
        let entry = (0..word(128) as usize)
            .map(|n| 132 + 12 * n)
            .find(|&at| &profile[at..at + 4] == name)
            .expect("a required tag");
        let (at, size) = (word(entry + 4) as usize, word(entry + 8) as usize);
        assert!(at % 4 == 0, "ICC.1, 7.3.1");
        profile[at..at + size].to_vec()
    };
    for name in [
        b"desc", b"cprt", b"wtpt", b"chad", b"rTRC", b"gTRC", b"bTRC",
    ] {
        assert!(tag(name).len() > 8);
    }
    let xyz = |name: &[u8]| {
        let data = tag(name);
        [8, 12, 16].map(|at| i32::from_be_bytes(data[at..at + 4].try_into().expect("four bytes")))
    };
    let [red, green, blue] = [xyz(b"rXYZ"), xyz(b"gXYZ"), xyz(b"bXYZ")];
    let white = [0, 1, 2].map(|axis| red[axis] + green[axis] + blue[axis]);
    assert_eq!(white, xyz(b"wtpt"), "red, green and blue make white");
}

#[test]
fn clauses_6_2_4_and_6_2_10_colours_are_rgb_or_grey_and_nothing_is_transparent() {
    let Some(file) = read() else { return };
    for operator in [
        "k", "K", "cs", "CS", "sc", "SC", "scn", "SCN", "sh", "gs", "BI",
    ] {
        let contents = file.contents();
        assert!(
            contents
                .split_ascii_whitespace()
                .all(|word| word != operator),
            "{operator}"
        );
    }
    for dictionary in file.dictionaries() {
        for key in ["SMask", "Mask", "Group", "ExtGState", "BM", "CA", "ca"] {
            assert!(dictionary.get(key.as_bytes()).is_err(), "{key}");
        }
        if let Ok(space) = dictionary.get(b"ColorSpace") {
            let name = space.as_name().expect("a name");
            assert!([&b"DeviceRGB"[..], b"DeviceGray"].contains(&name));
        }
    }
}

#[test]
fn clause_6_2_8_images() {
    let Some(file) = read() else { return };
    let images: Vec<_> = file
        .dictionaries()
        .into_iter()
        .filter(|d| name(d, "Subtype") == "Image")
        .collect();
    assert_eq!(images.len(), 2, "photo and background");
    for image in images {
        for key in ["Alternates", "OPI", "Interpolate", "Intent"] {
            assert!(image.get(key.as_bytes()).is_err(), "{key}");
        }
    }
}

#[test]
fn clause_6_2_11_fonts() {
    let Some(file) = read() else { return };
    let fonts: Vec<_> = file
        .dictionaries()
        .into_iter()
        .filter(|d| name(d, "Subtype") == "Type0")
        .collect();
    assert!(!fonts.is_empty());
    for font in fonts {
        assert_eq!(name(font, "Encoding"), "Identity-H", "6.2.11.3.3");
        assert!(font.get(b"ToUnicode").is_ok());
        let descendant = file.at(font, &["DescendantFonts", "0"]);
        if name(descendant, "Subtype") == "CIDFontType2" {
            assert_eq!(name(descendant, "CIDToGIDMap"), "Identity", "6.2.11.3.2");
        }
        let descriptor = file.at(descendant, &["FontDescriptor"]);
        let embedded = ["FontFile2", "FontFile3"]
            .iter()
            .any(|key| descriptor.get(key.as_bytes()).is_ok());
        assert!(embedded, "6.2.11.4.1");
        assert!(
            descriptor.get(b"CIDSet").is_err(),
            "6.2.11.4.2: none, or a complete one"
        );
    }
}

#[test]
fn clause_6_2_11_5_widths_are_those_of_the_font() {
    let Some(file) = read() else { return };
    let mut compared = 0;
    for font in file
        .dictionaries()
        .into_iter()
        .filter(|d| name(d, "Subtype") == "CIDFontType2")
    {
        let id = file
            .at(font, &["FontDescriptor"])
            .get(b"FontFile2")
            .and_then(Object::as_reference);
        let Ok(Object::Stream(stream)) = file.pdf.get_object(id.expect("a font file")) else {
            panic!("a stream")
        };
        let program = stream.decompressed_content().expect("deflate");
        let program = skrifa::FontRef::new(&program).expect("a font");
        let metrics = skrifa::MetadataProvider::glyph_metrics(
            &program,
            skrifa::instance::Size::new(1000.0),
            skrifa::instance::LocationRef::default(),
        );
        let mut widths = std::collections::BTreeMap::new();
        let array = font.get(b"W").and_then(Object::as_array).expect("widths");
        for pair in array.chunks(2) {
            let first = pair[0].as_i64().expect("a CID") as u32;
            for (n, width) in pair[1].as_array().expect("a list").iter().enumerate() {
                widths.insert(first + n as u32, width.as_float().expect("a width"));
            }
        }
        for glyph in 1..metrics.glyph_count() {
            let said = widths.get(&glyph).copied().unwrap_or(1000.0);
            let is = metrics.advance_width(glyph.into()).expect("a width");
            assert!((said - is).abs() < 1.0, "glyph {glyph}: {said} and {is}");
            compared += 1;
        }
    }
    assert!(compared > 20);
}

#[test]
fn clause_6_2_11_8_notdef_is_never_shown() {
    let Some(file) = read() else { return };
    for string in file.contents().split('<').skip(1) {
        let digits = string.split('>').next().expect("an end");
        assert!(digits.as_bytes().chunks(4).all(|glyph| glyph != b"0000"));
    }
}

#[test]
fn clause_6_3_annotations() {
    let Some(file) = read() else { return };
    let widget = file.at(file.catalog(), &["AcroForm", "Fields", "0"]);
    let flags = widget
        .get(b"F")
        .and_then(Object::as_i64)
        .expect("6.3.2: flags");
    assert_eq!(
        flags, 132,
        "Print and Locked; not Hidden, Invisible, NoView or ToggleNoView"
    );
    assert_eq!(keys(file.at(widget, &["AP"])), ["N"], "6.3.3");
    assert_eq!(name(file.at(widget, &["AP", "N"]), "Subtype"), "Form");
    let annotated = file.pdf.get_pages().into_values().filter(|page| {
        file.pdf
            .get_dictionary(*page)
            .is_ok_and(|page| page.get(b"Annots").is_ok())
    });
    assert_eq!(annotated.count(), 1);
}

#[test]
fn clause_6_4_forms() {
    let Some(file) = read() else { return };
    let form = file.at(file.catalog(), &["AcroForm"]);
    assert_eq!(
        keys(form),
        ["Fields", "SigFlags"],
        "no NeedAppearances, no XFA"
    );
    assert_eq!(number(form, "SigFlags"), Some(3));
    let signature = file.at(file.catalog(), &["AcroForm", "Fields", "0", "V"]);
    let range = signature
        .get(b"ByteRange")
        .and_then(Object::as_array)
        .expect("6.4.3");
    let range: Vec<_> = range
        .iter()
        .map(|n| n.as_i64().expect("plain") as usize)
        .collect();
    assert_eq!(
        (range[0], range[2] + range[3]),
        (0, file.bytes.len()),
        "the whole file"
    );
    assert_eq!(
        (file.bytes[range[1]], file.bytes[range[2] - 1]),
        (b'<', b'>'),
        "but the gap"
    );
    assert!(signature.get(b"Cert").is_err());
}

#[test]
fn clauses_6_5_and_6_9_no_actions_no_optional_content() {
    let Some(file) = read() else { return };
    for dictionary in file.dictionaries() {
        for key in [
            "A",
            "AA",
            "OpenAction",
            "JS",
            "JavaScript",
            "OCProperties",
            "OC",
            "AlternatePresentations",
        ] {
            assert!(dictionary.get(key.as_bytes()).is_err(), "{key}");
        }
    }
}

#[test]
fn clause_6_6_metadata() {
    let Some(file) = read() else { return };
    let id = file
        .catalog()
        .get(b"Metadata")
        .and_then(Object::as_reference)
        .expect("6.6.2.1");
    let Ok(Object::Stream(stream)) = file.pdf.get_object(id) else {
        panic!("a stream")
    };
    let xmp = std::str::from_utf8(&stream.content).expect("UTF-8, not filtered");
    assert!(xmp.contains("<pdfaid:part>3</pdfaid:part>"), "6.6.4");
    assert!(
        xmp.contains("<pdfaid:conformance>B</pdfaid:conformance>"),
        "6.6.4"
    );
    let head = xmp.lines().next().expect("a line");
    assert!(
        head.starts_with("<?xpacket begin=")
            && !head.contains("bytes=")
            && !head.contains("encoding="),
        "6.6.2.1"
    );
    for (number, part) in xmp.split("<gbt:").enumerate().skip(1) {
        let name = part.split('>').next().expect("a name");
        let declared = format!("<pdfaProperty:name>{name}</pdfaProperty:name>");
        assert!(xmp.contains(&declared), "6.6.2.3: property {number} {name}");
    }
    // 6.6.3: what the information dictionary says, the packet says too
    let info = file.at(&file.pdf.trailer, &["Info"]);
    let text = |key: &str| {
        let bytes = info
            .get(key.as_bytes())
            .and_then(Object::as_str)
            .expect(key);
        lopdf::decode_text_string(&Object::string_literal(bytes)).expect(key)
    };
    for (key, tag) in [("Creator", "xmp:CreatorTool"), ("Producer", "pdf:Producer")] {
        assert!(
            xmp.contains(&format!("<{tag}>{}</{tag}>", text(key))),
            "{key}"
        );
    }
    assert!(xmp.contains(&format!("x-default\">{}</rdf:li>", text("Title"))));
    assert_eq!(text("CreationDate"), "D:19700101080000+08'00'");
    assert!(xmp.contains("<xmp:CreateDate>1970-01-01T08:00:00+08:00</xmp:CreateDate>"));
    assert_eq!(text("ModDate"), text("CreationDate"));
}

#[test]
fn clause_6_8_embedded_file() {
    let Some(file) = read() else { return };
    let spec = file.at(file.catalog(), &["AF", "0"]);
    assert_eq!(name(spec, "AFRelationship"), "Data");
    assert!(spec.get(b"F").is_ok() && spec.get(b"UF").is_ok());
    let named = file.at(file.catalog(), &["Names", "EmbeddedFiles", "Names", "1"]);
    assert_eq!(named, spec, "the same in the name tree");
    let stream = file.at(spec, &["EF", "F"]);
    assert_eq!(name(stream, "Subtype"), "application/json");
    assert!(file.at(stream, &["Params"]).get(b"ModDate").is_ok());
}
