//! The fallback chain and the subsets, on the fonts of Debian; skipped where they are absent.

use skrifa::raw::TableProvider as _;

use super::*;

/// The two faces of the demo, or none with a note that tests were not run.
pub(crate) fn debian() -> Option<Fonts> {
    let settings = FontSettings::debian();
    if settings.body.iter().any(|source| !source.path.exists()) {
        println!("not run: 1 (fonts-lxgw-wenkai or fonts-noto-cjk is not installed)");
        return None;
    }
    Some(Fonts::load(&settings).expect("the fonts of Debian are fonts"))
}

#[test]
fn a_missing_file_is_named() {
    let body = vec![FontSource {
        path: "/no/such/font.ttf".into(),
        index: 0,
    }];
    let error = Fonts::load(&FontSettings {
        body,
        roles: BTreeMap::new(),
    })
    .expect_err("absent");
    assert!(
        error.to_string().contains("font /no/such/font.ttf: "),
        "{error}"
    );
    let none = FontSettings {
        body: Vec::new(),
        roles: BTreeMap::new(),
    };
    assert!(
        Fonts::load(&none)
            .expect_err("empty")
            .to_string()
            .contains("fonts-lxgw-wenkai")
    );
}

#[test]
fn what_is_no_font_is_refused() {
    for bytes in [&b""[..], b"%PDF-1.7", &[0; 64]] {
        assert!(Face::parse(bytes, 0).is_err());
    }
}

#[test]
fn a_character_is_found_in_the_first_face_that_has_it() {
    let Some(fonts) = debian() else { return };
    let face = |c| fonts.glyph("body", c).map(|glyph| glyph.face);
    assert_eq!(face('国'), Some(0));
    for rare in "㛃𬭚𠮷䶮喆堃犇龘".chars() {
        assert!(face(rare).is_some(), "{rare}");
    }
    let in_face = |face: usize, c| fonts.faces()[face].glyph(c).is_some();
    let only_fallback = ('\u{100}'..='\u{2FFFF}').find(|&c| !in_face(0, c) && in_face(1, c));
    assert_eq!(
        face(only_fallback.expect("no font has everything")),
        Some(1)
    );
    assert_eq!(face('\u{10FFFD}'), None);
    assert_eq!(face('\u{202E}'), None, "no invisible turning of the text");
    assert_eq!(face('\n'), None);
    assert_eq!(fonts.glyph("no such role", '国').map(|g| g.face), Some(0));
}

#[test]
fn a_subset_names_its_characters_and_widths() {
    let Some(fonts) = debian() else { return };
    let mut subset = Subset::default();
    let number =
        |subset: &mut Subset, c| subset.number(fonts.glyph("body", c).expect("in the font"));
    assert_eq!(number(&mut subset, '国'), 1);
    assert_eq!(number(&mut subset, 'A'), 2);
    assert_eq!(number(&mut subset, '𠮷'), 3);
    assert_eq!(number(&mut subset, '国'), 1);
    let font = subset.cut(&fonts.faces()[0]).expect("a subset");
    let range = "1 beginbfrange\n<0001><0003>[<56FD><0041><D842DFB7>]\nendbfrange\n";
    assert!(font.to_unicode.contains(range), "{}", font.to_unicode);
    assert!(font.widths.starts_with("2["), "{}", font.widths);
    assert_eq!(font.name.find('+'), Some(6));
    assert_eq!(
        font.name,
        subset.cut(&fonts.faces()[0]).expect("again").name
    );
}

#[test]
fn ranges_of_characters_end_where_codes_begin_otherwise() {
    let Some(fonts) = debian() else { return };
    let mut subset = Subset::default();
    let of_body = ('\u{4E00}'..).filter_map(|c| fonts.glyph("body", c));
    for glyph in of_body.filter(|glyph| glyph.face == 0).take(600) {
        subset.number(glyph);
    }
    let font = subset.cut(&fonts.faces()[0]).expect("a subset");
    let ranges = font.to_unicode.lines().filter(|line| line.ends_with(']'));
    let ranges: Vec<_> = ranges
        .map(|range| (&range[..13], range.matches('<').count() - 2))
        .collect();
    let expect = [
        ("<0001><00FF>[", 255),
        ("<0100><01FF>[", 256),
        ("<0200><0258>[", 89),
    ];
    assert_eq!(ranges, expect);
}

#[test]
fn a_subset_draws_what_the_font_draws() {
    let Some(fonts) = debian() else { return };
    let face = &fonts.faces()[0];
    let mut ids: Vec<u16> = "A国𠮷éÅǖ½①".chars().filter_map(|c| face.glyph(c)).collect();
    let every = (1..u16::MAX)
        .step_by(97)
        .filter(|id| face.advance(*id) > 0.0);
    ids.extend(every);
    let Outlines::TrueType(tables) = &face.outlines else {
        panic!("{face:?} has TrueType outlines");
    };
    let check = |ids: &[u16]| {
        let program = tables
            .cut(face.data(), ids.iter().copied())
            .expect("a subset");
        let subset = Face::parse(&program, 0).expect("a font");
        for (number, id) in (1..).zip(ids) {
            assert_eq!(outline(&subset, number), outline(face, *id), "{id}");
            assert_eq!(subset.advance(number), face.advance(*id), "{id}");
        }
        program
    };
    check(&[]);
    for some in ids.chunks(7) {
        let program = check(some);
        let checksum = program.chunks(4).fold(0_u32, |sum, word| {
            let mut whole = [0; 4];
            whole[..word.len()].copy_from_slice(word);
            sum.wrapping_add(u32::from_be_bytes(whole))
        });
        assert_eq!(checksum, 0xB1B0_AFBA, "OpenType 1.9, head");
    }
    // more than offsets of 16 bits reach
    assert!(check(&ids).len() > 0x2_0000);
    assert!(tables.cut(face.data(), [u16::MAX].into_iter()).is_err());
}

#[test]
fn a_subset_is_the_one_of_another_program() {
    let Some(fonts) = debian() else { return };
    let face = &fonts.faces()[0];
    let mut subset = Subset::default();
    for c in "示例市Aé½ǖ数据局".chars() {
        subset.number(fonts.glyph("body", c).expect("in the font"));
    }
    let ours = subset.cut(face).expect("a subset").program;
    let theirs = subsetter::subset(face.data(), 0, &subset.remapper).expect("a subset");
    let [ours, theirs] = [&ours, &theirs].map(|font| skrifa::FontRef::new(font).expect("a font"));
    for tag in [b"glyf", b"loca", b"maxp"] {
        let table = |font: &skrifa::FontRef<'_>| {
            font.table_data(skrifa::Tag::new(tag))
                .expect("there")
                .as_bytes()
                .to_vec()
        };
        assert_eq!(table(&ours), table(&theirs), "{}", skrifa::Tag::new(tag));
    }
    // theirs leaves out advances that repeat at the end
    let metrics = |font: &skrifa::FontRef<'_>| {
        let (hmtx, count) = (font.hmtx().expect("there"), font.maxp().expect("there"));
        let of = |id: u16| (hmtx.advance(id.into()), hmtx.side_bearing(id.into()));
        (0..count.num_glyphs()).map(of).collect::<Vec<_>>()
    };
    assert_eq!(metrics(&ours), metrics(&theirs));
}
