//! ISO 19005-3:2012, 6.3 to 6.9: annotations, forms, metadata, embedded files.

use lopdf::Object;

use crate::{keys, name, number, read};

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
