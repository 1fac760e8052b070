//! The fallback chain and the subsets, on the fonts of Debian; skipped where they are absent.

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
    assert!(
        font.to_unicode.contains("<0001><56FD>\n"),
        "{}",
        font.to_unicode
    );
    assert!(
        font.to_unicode.contains("<0003><D842DFB7>\n"),
        "surrogate pair"
    );
    assert!(font.widths.starts_with("2["), "{}", font.widths);
    assert_eq!(font.name.find('+'), Some(6));
    assert_eq!(
        font.name,
        subset.cut(&fonts.faces()[0]).expect("again").name
    );
}
