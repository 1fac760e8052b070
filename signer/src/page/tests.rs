//! Where lines break and where they stand.

use super::*;
use crate::font::Glyph;
use crate::template::{Align, Area, Colour, Fit, Style, VAlign};

/// Chinese characters are 1000 wide, the rest 500.
fn glyphs(text: &str) -> Vec<Glyph> {
    let glyph = |character: char| Glyph {
        character,
        face: 0,
        id: 1,
        advance: if character < '\u{2E80}' {
            500.0
        } else {
            1000.0
        },
    };
    text.chars().map(glyph).collect()
}

fn style() -> Style {
    Style {
        font: "body".to_owned(),
        size: 10.0,
        min_size: 5.0,
        colour: Colour::BLACK,
        bold: false,
        align: Align::Left,
        valign: VAlign::Top,
        line_height: 1.5,
        spacing: 0.0,
        indent: 0.0,
        fit: Fit::Wrap,
    }
}

/// Lines of a text in a measure of so many Chinese characters.
fn broken(text: &str, measure: f32, expect: &[&str]) {
    let glyphs = glyphs(text);
    let lines: Vec<String> = breaking::lines(&glyphs, measure * 1000.0, 0.0, 0.0)
        .into_iter()
        .map(|line| glyphs[line].iter().map(|glyph| glyph.character).collect())
        .collect();
    assert_eq!(lines, expect, "{text}");
}

#[test]
fn lines_break_as_printers_do() {
    broken("", 4.0, &[""]);
    broken("春眠不觉晓", 4.0, &["春眠不觉", "晓"]);
    broken("春眠不觉晓处处", 5.0, &["春眠不觉晓", "处处"]);
    broken("春眠不觉。晓", 4.0, &["春眠不", "觉。晓"]);
    broken(
        "春眠\u{FF08}不觉\u{FF09}晓",
        3.0,
        &["春眠", "\u{FF08}不", "觉\u{FF09}晓"],
    );
    broken("春眠《不觉》", 3.0, &["春眠", "《不", "觉》"]);
    broken("共 36,800 万元", 4.0, &["共", "36,800", "万元"]);
    broken("于2026-11-22批", 6.0, &["于2026-11-22", "批"]);
    broken("于2026-11-22批", 5.0, &["于", "2026-11-22", "批"]);
    broken("Environmental", 3.0, &["Enviro", "nmenta", "l"]);
    broken("a  b", 1.0, &["a", "b"]);
    broken("他说——好", 2.5, &["他", "说——", "好"]);
    broken("。。。。", 2.0, &["。。", "。。"]);
    broken("龘", 0.1, &["龘"]);
}

/// Size and lines of a text in a box of so many points; none where it is refused.
fn fitted(text: &str, width: f32, height: f32, style: &Style) -> Option<(f32, Vec<String>)> {
    let area = Area {
        x: 0.0,
        y: 0.0,
        width: width / PT_PER_MM,
        height: height / PT_PER_MM,
    };
    let paragraphs: Vec<_> = text.split('\n').map(glyphs).collect();
    let placed = place(&paragraphs, &area, style)?;
    let line = |line: &Line| line.glyphs.iter().map(|glyph| glyph.character).collect();
    Some((placed.size, placed.lines.iter().map(line).collect()))
}

#[test]
fn each_rule_of_fitting() {
    let with = |fit| Style { fit, ..style() };
    let check = |fit, text: &str, expect: Option<(f32, &[&str])>| {
        let expect =
            expect.map(|(size, lines)| (size, lines.iter().map(|l| (*l).to_owned()).collect()));
        assert_eq!(
            fitted(text, 40.0, 12.0, &with(fit)),
            expect,
            "{fit:?} {text}"
        );
    };
    check(Fit::Refuse, "春眠不觉", Some((10.0, &["春眠不觉"])));
    check(Fit::Refuse, "春眠不觉晓", None);
    check(Fit::Shrink, "春眠不觉晓", Some((8.0, &["春眠不觉晓"])));
    check(Fit::Shrink, "春眠不觉晓处处闻啼", None);
    check(Fit::Wrap, "春眠不觉晓", Some((8.0, &["春眠不觉晓"])));
    check(
        Fit::Wrap,
        "春眠不觉晓处处闻",
        Some((5.0, &["春眠不觉晓处处闻"])),
    );
    check(Fit::Wrap, "春眠不觉晓处处闻啼鸟", None);
    check(Fit::Wrap, "春眠\n不觉", None);
    check(Fit::Wrap, "", Some((10.0, &[])));
}

#[test]
fn each_alignment_stands_where_it_should() {
    let area = Area {
        x: 0.0,
        y: 0.0,
        width: 100.0 / PT_PER_MM,
        height: 100.0 / PT_PER_MM,
    };
    let check = |align, text: &str, expect: &[(f32, f32)]| {
        let style = Style { align, ..style() };
        let placed = place(&[glyphs(text)], &area, &style).expect("fits");
        let stand: Vec<_> = placed
            .lines
            .iter()
            .map(|l| (l.x.round(), l.spacing.round()))
            .collect();
        assert_eq!(stand, expect, "{align:?} {text}");
    };
    check(Align::Left, "春眠", &[(0.0, 0.0)]);
    check(Align::Center, "春眠", &[(40.0, 0.0)]);
    check(Align::Right, "春眠", &[(80.0, 0.0)]);
    check(Align::Justify, "春眠", &[(0.0, 0.0)]);
    check(Align::Distribute, "春眠", &[(0.0, 80.0)]);
    check(Align::Distribute, "春", &[(45.0, 0.0)]);
    let ten_and_more = "春眠不觉晓处处闻啼。鸟";
    check(Align::Justify, ten_and_more, &[(0.0, 0.0), (0.0, 0.0)]);
    check(
        Align::Justify,
        "春眠不觉晓处处闻啼鸟。",
        &[(0.0, 1.0), (0.0, 0.0)],
    );
    let baseline = |valign| {
        let style = Style { valign, ..style() };
        place(&[glyphs("春")], &area, &style).expect("fits").lines[0].y
    };
    assert!((baseline(VAlign::Top) - 8.8).abs() < 0.01);
    assert!((baseline(VAlign::Middle) - 53.8).abs() < 0.01);
    assert!((baseline(VAlign::Bottom) - 98.8).abs() < 0.01);
}

proptest::proptest! {
    /// Every glyph is in exactly one line, in order, but for spaces around breaks.
    #[test]
    fn breaking_loses_nothing(text in "[春眠。,a-c(《 —]{0,40}", measure in 0.1_f32..12.0) {
        let glyphs = glyphs(&text);
        let lines = breaking::lines(&glyphs, measure * 1000.0, 2000.0, 0.0);
        let mut next = 0;
        for line in lines {
            proptest::prop_assert!(line.start >= next && line.end >= line.start);
            proptest::prop_assert!(glyphs[next..line.start].iter().all(|g| g.character == ' '));
            next = line.end;
        }
        proptest::prop_assert!(glyphs[next..].iter().all(|g| g.character == ' '));
    }
}
