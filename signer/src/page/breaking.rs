//! Line breaking for Chinese with Latin words and numbers between (the prohibitions of GB/T 15834, 5.1.10,
//! and of CLREQ 3.1.3).

use std::ops::Range;

use crate::font::Glyph;

/// What may not begin a line. Full-width forms stand as escapes, since they look like ASCII.
const NO_START: &str = "、。〕】〉》」』〗…—~‰℃°·’”,.:;!?)]}%\
    \u{FF0C}\u{FF0E}\u{FF1A}\u{FF1B}\u{FF01}\u{FF1F}\u{FF09}\u{FF3D}\u{FF5D}\u{FF05}\u{FF5E}";
/// What may not end a line.
const NO_END: &str = "〔【〈《「『〖‘“¥$£([{№\u{FF08}\u{FF3B}\u{FF5B}\u{FFE5}\u{FF04}\u{FFE1}";

/// The lines of a paragraph in a measure; widths in thousandths of the font size. Every glyph is in a line;
/// spaces at the end of a line are not.
pub(super) fn lines(
    glyphs: &[Glyph],
    measure: f32,
    indent: f32,
    spacing: f32,
) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut room = measure - indent;
    while start < glyphs.len() {
        let end = line_end(&glyphs[start..], room, spacing) + start;
        lines.push(start..trimmed(glyphs, start, end));
        start = end
            + glyphs[end..]
                .iter()
                .take_while(|glyph| glyph.character == ' ')
                .count();
        room = measure;
    }
    if lines.is_empty() {
        lines.push(0..0);
    }
    lines
}

/// How many glyphs go into this line: at least one.
fn line_end(glyphs: &[Glyph], room: f32, spacing: f32) -> usize {
    let mut used = 0.0;
    let mut last_break = None;
    for (n, glyph) in glyphs.iter().enumerate() {
        if n > 0 && may_break(glyphs[n - 1].character, glyph.character) {
            last_break = Some(n);
        }
        used += glyph.advance;
        // A hair of tolerance: ten characters of 1000 must fit into a measure computed as 10 000.
        if used > room + 0.5 && glyph.character != ' ' && n > 0 {
            return last_break.unwrap_or(n);
        }
        used += spacing;
    }
    glyphs.len()
}

fn trimmed(glyphs: &[Glyph], start: usize, end: usize) -> usize {
    end - glyphs[start..end]
        .iter()
        .rev()
        .take_while(|glyph| glyph.character == ' ')
        .count()
}

fn may_break(before: char, after: char) -> bool {
    if before == ' ' {
        return !NO_START.contains(after);
    }
    let joined = after == ' '
        || NO_START.contains(after)
        || NO_END.contains(before)
        || (before == after && matches!(before, '—' | '…'))
        || (is_word(before) && is_word(after));
    !joined
}

/// Letters and digits of narrow scripts and what holds them together, as in `2026-11-22` or `a/b`.
fn is_word(character: char) -> bool {
    (character < '\u{2E80}' && character.is_alphanumeric()) || "-/_@#&+'.,:".contains(character)
}

/// Width of glyphs set in one line.
pub(super) fn width(glyphs: &[Glyph], spacing: f32) -> f32 {
    let gaps = glyphs.len().saturating_sub(1) as f32;
    glyphs.iter().map(|glyph| glyph.advance).sum::<f32>() + gaps * spacing
}
