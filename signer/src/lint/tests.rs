//! A finding for every rule, and none for the example.

use std::sync::Arc;

use crate::font::tests::debian;
use crate::layout::tests::{approval_template, approval_type};
use crate::template::{Assets, Extent, FieldInfo, FieldKind, Template, TypeInfo};

fn info() -> TypeInfo {
    let field = |name: &str, kind, printed| FieldInfo {
        name: name.to_owned(),
        label: name.to_owned(),
        kind,
        printed,
    };
    let coded = FieldKind::Coded(vec![("1".to_owned(), "\u{E000}".to_owned())]);
    TypeInfo {
        fields: vec![
            field(
                "name",
                FieldKind::Text {
                    max_chars: 20,
                    narrow: false,
                },
                true,
            ),
            field(
                "code",
                FieldKind::Text {
                    max_chars: 18,
                    narrow: true,
                },
                true,
            ),
            field("secret", FieldKind::Date, false),
            field("photo", FieldKind::Image, true),
            field("odd", coded, true),
        ],
        ..approval_type()
    }
}

/// Codes found for one more element on a page that is otherwise in order.
fn check(element: &str, expect: &[&str]) {
    let Some(fonts) = debian() else { return };
    let toml = format!(
        "version = 1\n[[page]]\nsize = \"A5\"\n[[page.element]]\nkind = \"seal\"\ncentre = [110, 180]\ndiameter = 40\n\
         [[page.element]]\nkind = \"qr\"\nat = [10, 10]\nside = 25\n\
         [[page.element]]\nkind = \"code\"\nbox = [10, 36, 40, 5]\nsize = 8\n{element}"
    );
    let template = Template::parse(&toml, Assets::new()).expect(element);
    let found = template.lint(&info(), &Arc::new(fonts));
    assert_eq!(
        found.iter().map(|f| f.code).collect::<Vec<_>>(),
        expect,
        "{element}: {found:?}"
    );
    for finding in found {
        assert_ne!(finding.place.element, 0, "{finding} names its element");
    }
}

#[test]
fn the_example_is_in_order() {
    let Some(fonts) = debian() else { return };
    assert_eq!(
        approval_template().lint(&approval_type(), &Arc::new(fonts)),
        []
    );
}

#[test]
fn each_rule_finds_its_fault() {
    check("", &[]);
    let text = |rest: &str| format!("[[page.element]]\nkind = \"text\"\n{rest}");
    check(&text("text = \"{name}\"\nbox = [10, 50, 120, 8]"), &[]);
    check(
        &text("text = \"{name}\"\nbox = [10, 50, 40, 8]"),
        &["text.overflow"],
    );
    check(
        &text("text = \"{name}\"\nbox = [10, 50, 40, 8]\nfit = \"shrink\"\nmin_size = 5"),
        &[],
    );
    check(&text("text = \"{code}\"\nbox = [10, 50, 85, 8]"), &[]);
    check(
        &text("text = \"{nme}\"\nbox = [10, 50, 120, 8]"),
        &["field.unknown"],
    );
    check(
        &text("text = \"{secret}\"\nbox = [10, 50, 120, 8]"),
        &["field.not_printed"],
    );
    check(
        &text("text = \"{photo}\"\nbox = [10, 50, 120, 8]"),
        &["field.wrong_kind"],
    );
    check(
        &text("text = \"{odd}\"\nbox = [10, 50, 120, 8]"),
        &["font.glyph_missing"],
    );
    check(
        &text("text = \"\u{E000}\"\nbox = [10, 50, 120, 8]"),
        &["font.glyph_missing"],
    );
    check(
        &text("text = \"a\"\nbox = [10, 50, 120, 8]\nfont = \"title\""),
        &["font.role_unknown"],
    );
    check(
        &text("text = \"a\"\nbox = [100, 50, 120, 8]"),
        &["element.outside_page"],
    );
    let image = |rest: &str| format!("[[page.element]]\nkind = \"image\"\n{rest}");
    check(&image("field = \"photo\"\nbox = [10, 50, 25, 35]"), &[]);
    check(
        &image("field = \"photo\"\nbox = [10, 50, 2, 35]"),
        &["image.box_too_small"],
    );
    check(
        &image("field = \"name\"\nbox = [10, 50, 25, 35]"),
        &["field.wrong_kind"],
    );
    check(
        "[[page.element]]\nkind = \"qr\"\nat = [50, 10]\nside = 12",
        &["qr.module_too_small"],
    );
    check(
        "[[page.element]]\nkind = \"line\"\nfrom = [0, 0]\nto = [0, 500]",
        &["element.outside_page"],
    );
}

#[test]
fn what_every_certificate_has_is_laid_out_at_its_largest() {
    let Some(fonts) = debian() else { return };
    let fonts = Arc::new(fonts);
    let found = |text: &str, extent: Extent| {
        let toml = format!(
            "version = 1\n[[page]]\nsize = \"A4\"\n[[page.element]]\nkind = \"seal\"\ncentre = [110, 180]\ndiameter = 40\n\
             [[page.element]]\nkind = \"qr\"\nat = [10, 10]\nside = 25\n\
             [[page.element]]\nkind = \"code\"\nbox = [10, 36, 40, 5]\nsize = 8\n\
             [[page.element]]\nkind = \"text\"\ntext = \"{text}\"\nbox = [10, 50, 120, 6]\nsize = 10"
        );
        let template = Template::parse(&toml, Assets::new()).expect(text);
        let info = TypeInfo { extent, ..info() };
        let found = template.lint(&info, &fonts);
        found.iter().map(|f| f.code).collect::<Vec<_>>()
    };
    let usual = Extent::default();
    for (text, large) in [
        (
            "{cert.holder}",
            Extent {
                holder_name: 60,
                ..usual.clone()
            },
        ),
        (
            "{cert.holder}",
            Extent {
                holders: 4,
                ..usual.clone()
            },
        ),
        (
            "{cert.holder_code}",
            Extent {
                holder_code: 100,
                ..usual.clone()
            },
        ),
        (
            "{cert.holder_kind}",
            Extent {
                holders: 9,
                ..usual.clone()
            },
        ),
        (
            "{cert.number}",
            Extent {
                number: "国".repeat(40),
                ..usual.clone()
            },
        ),
    ] {
        assert_eq!(found(text, usual.clone()), [""; 0], "{text}");
        assert_eq!(found(text, large), ["text.overflow"], "{text}");
    }
}

#[test]
fn a_seal_off_the_page_and_a_page_without_code() {
    let Some(fonts) = debian() else { return };
    let toml = "version = 1\n[[page]]\nsize = \"A5\"\nbackground = \"b.svg\"\n[[page.element]]\nkind = \"seal\"\ncentre = [140, 180]\ndiameter = 40";
    let svg: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><path d='M0 0H5V5Z' opacity='.5'/></svg>";
    let assets = Assets::from([("b.svg".to_owned(), Arc::from(svg))]);
    let template = Template::parse(toml, assets).expect("understood");
    let found = template.lint(&info(), &Arc::new(fonts));
    let codes: Vec<_> = found.iter().map(|finding| finding.code).collect();
    assert_eq!(
        codes,
        [
            "seal.outside_page",
            "background.unfit",
            "qr.absent",
            "code.absent"
        ]
    );
}
