//! A PDF/A-3b file of krilla beside ours: every key it finds necessary, ours has too.

use krilla::SerializeSettings;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::Point;
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use signer::FontSettings;
use skrifa::MetadataProvider;

use crate::{Read, keys, name, read};

/// One page with one character, and an embedded file.
fn krilla_file() -> Read {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_B)
        .finish()
        .expect("a configuration");
    let settings = SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    };
    let mut document = krilla::Document::new_with(settings);
    let date = DateTime::new(2026).month(11).day(22);
    document.set_metadata(Metadata::new().title("t".to_owned()).creation_date(date));
    document.embed_file(EmbeddedFile {
        path: "certificate.json".to_owned(),
        mime_type: MimeType::new("application/json"),
        description: Some("d".to_owned()),
        association_kind: AssociationKind::Data,
        data: b"{}".to_vec().into(),
        modification_date: Some(date),
        compress: Some(false),
        location: None,
    });
    let data = std::fs::read(&FontSettings::debian().body[0].path).expect("a font");
    let glyph = skrifa::FontRef::new(&data)
        .expect("a font")
        .charmap()
        .map('国')
        .expect("a glyph");
    let font = Font::new(data.into(), 0).expect("a font");
    let mut page = document.start_page_with(PageSettings::from_wh(200.0, 200.0).expect("a size"));
    let mut surface = page.surface();
    let glyph = KrillaGlyph {
        glyph_id: GlyphId::new(glyph.to_u32()),
        text_range: 0..3,
        x_advance: 1.0,
        x_offset: 0.0,
        y_offset: 0.0,
        y_advance: 0.0,
        location: None,
    };
    surface.draw_glyphs(
        Point::from_xy(10.0, 50.0),
        &[glyph],
        font,
        "国",
        12.0,
        false,
    );
    surface.finish();
    page.finish();
    let bytes = document.finish().expect("krilla finds its file in order");
    let pdf = lopdf::Document::load_mem(&bytes).expect("lopdf reads it");
    Read { bytes, pdf }
}

/// Every key of krilla's dictionary is in ours, but for those named, each with a reason.
fn check(what: &str, krilla: &lopdf::Dictionary, ours: &lopdf::Dictionary, but: &[(&str, &str)]) {
    let (krilla, ours) = (keys(krilla), keys(ours));
    let missing: Vec<_> = krilla.iter().filter(|key| !ours.contains(key)).collect();
    let known: Vec<_> = but.iter().map(|(key, _)| key).collect();
    assert_eq!(missing, known, "{what}: ours has {ours:?}");
}

fn font<'a>(file: &'a Read, subtype: &str) -> &'a lopdf::Dictionary {
    file.dictionaries()
        .into_iter()
        .find(|d| name(d, "Subtype") == subtype)
        .expect(subtype)
}

#[test]
fn every_key_of_krilla_is_in_ours() {
    let Some(ours) = read() else { return };
    let krilla = krilla_file();
    check("catalog", krilla.catalog(), ours.catalog(), &[]);
    let intent = &["OutputIntents", "0"];
    check(
        "intent",
        krilla.at(krilla.catalog(), intent),
        ours.at(ours.catalog(), intent),
        &[
            (
                "OutputCondition",
                "optional (6.2.3); krilla has no more to say there than the identifier",
            ),
            ("RegistryName", "optional (6.2.3)"),
        ],
    );
    let file = &["AF", "0"];
    check(
        "filespec",
        krilla.at(krilla.catalog(), file),
        ours.at(ours.catalog(), file),
        &[],
    );
    let stream = &["AF", "0", "EF", "F"];
    check(
        "file",
        krilla.at(krilla.catalog(), stream),
        ours.at(ours.catalog(), stream),
        &[],
    );
    let metadata = &["Metadata"];
    check(
        "xmp",
        krilla.at(krilla.catalog(), metadata),
        ours.at(ours.catalog(), metadata),
        &[],
    );
    for kind in ["Type0", "CIDFontType2"] {
        check(kind, font(&krilla, kind), font(&ours, kind), &[]);
    }
    let descriptor = &["FontDescriptor"];
    check(
        "descriptor",
        krilla.at(font(&krilla, "CIDFontType2"), descriptor),
        ours.at(font(&ours, "CIDFontType2"), descriptor),
        &[(
            "CIDSet",
            "not wanted in part 3 (6.2.11.4.2) unless complete",
        )],
    );
    check("trailer", &krilla.pdf.trailer, &ours.pdf.trailer, &[]);
    assert!(krilla.bytes.starts_with(b"%PDF-1.7"));
}
