//! ISO 19005-3:2012, 6.2: graphics and fonts.

use lopdf::Object;

use crate::{keys, name, number, read};

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
