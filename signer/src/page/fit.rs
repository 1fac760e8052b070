//! Text into its box: the largest size allowed at which it fits, and where its lines stand.

use super::{PT_PER_MM, breaking};
use crate::font::Glyph;
use crate::template::{Align, Area, Fit, Style, VAlign};

/// Text that found its size and place; points from the page's upper left corner, y downwards.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) size: f32,
    pub(crate) lines: Vec<Line>,
}

/// One line, `y` at its baseline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) x: f32,
    pub(crate) y: f32,
    /// Added after each glyph.
    pub(crate) spacing: f32,
    pub(crate) glyphs: Vec<Glyph>,
}

/// Sizes are tried in steps of half a point.
const STEP: f32 = 0.5;
/// From the top of the em square to the baseline, for Chinese type.
pub(super) const ASCENT: f32 = 0.88;
/// How much may stick out without being seen, in points.
const TOLERANCE: f32 = 0.05;

/// Sets paragraphs into a box; none where they do not fit at the smallest size.
pub(crate) fn place(paragraphs: &[Vec<Glyph>], area: &Area, style: &Style) -> Option<Placed> {
    largest(style, |size| place_at(paragraphs, area, style, size))
}

/// The result for the largest size at which `attempt` succeeds: the usual size first, then by halving.
pub(super) fn largest<T>(style: &Style, attempt: impl Fn(f32) -> Option<T>) -> Option<T> {
    if let Some(done) = attempt(style.size) {
        return Some(done);
    }
    if style.fit == Fit::Refuse || style.min_size >= style.size {
        return None;
    }
    let mut best = attempt(style.min_size)?;
    let (mut fits, mut fails) = (0_u32, ((style.size - style.min_size) / STEP).ceil() as u32);
    while fails - fits > 1 {
        let middle = fits + (fails - fits) / 2;
        match attempt(style.min_size + middle as f32 * STEP) {
            Some(done) => {
                best = done;
                fits = middle;
            }
            None => fails = middle,
        }
    }
    Some(best)
}

fn place_at(paragraphs: &[Vec<Glyph>], area: &Area, style: &Style, size: f32) -> Option<Placed> {
    let (width, height) = (area.width * PT_PER_MM, area.height * PT_PER_MM);
    let lines = break_all(paragraphs, width, style, size)?;
    let leading = style.line_height * size;
    let block = leading * lines.len().saturating_sub(1) as f32 + size;
    if block > height + TOLERANCE {
        return None;
    }
    let top = area.y * PT_PER_MM
        + match style.valign {
            VAlign::Top => 0.0,
            VAlign::Middle => (height - block) / 2.0,
            VAlign::Bottom => height - block,
        };
    let left = area.x * PT_PER_MM;
    let lines = lines.into_iter().enumerate().map(|(n, broken)| {
        let baseline = top + ASCENT * size + leading * n as f32;
        broken.stand(left, baseline, width, style, size)
    });
    Some(Placed {
        size,
        lines: lines.filter(|line| !line.glyphs.is_empty()).collect(),
    })
}

/// A line that has its glyphs but not its place.
pub(super) struct Broken<'a> {
    glyphs: &'a [Glyph],
    /// First of its paragraph, with this indent in points.
    indent: f32,
    /// Last of its paragraph.
    last: bool,
}

/// Breaks paragraphs into lines; none where a line is wider than the measure.
pub(super) fn break_all<'a>(
    paragraphs: &'a [Vec<Glyph>],
    width: f32,
    style: &Style,
    size: f32,
) -> Option<Vec<Broken<'a>>> {
    let measure = width / size * 1000.0;
    let (indent, spacing) = (style.indent * 1000.0, style.spacing * 1000.0);
    let mut all = Vec::new();
    for glyphs in paragraphs {
        let lines = match style.fit {
            Fit::Wrap => breaking::lines(glyphs, measure, indent, spacing),
            Fit::Shrink | Fit::Refuse => std::iter::once(0..glyphs.len()).collect(),
        };
        let count = lines.len();
        for (n, line) in lines.into_iter().enumerate() {
            let glyphs = &glyphs[line];
            let indent = if n == 0 { style.indent * size } else { 0.0 };
            if breaking::width(glyphs, spacing) * size / 1000.0 + indent > width + TOLERANCE {
                return None;
            }
            all.push(Broken {
                glyphs,
                indent,
                last: n + 1 == count,
            });
        }
    }
    Some(all)
}

impl Broken<'_> {
    /// Puts the line at its place between `left` and `left + width`.
    pub(super) fn stand(
        self,
        left: f32,
        baseline: f32,
        width: f32,
        style: &Style,
        size: f32,
    ) -> Line {
        let usual = style.spacing * size;
        let natural = breaking::width(self.glyphs, style.spacing * 1000.0) * size / 1000.0;
        let spare = (width - self.indent - natural).max(0.0);
        let gaps = self.glyphs.len().saturating_sub(1) as f32;
        let spread = match style.align {
            Align::Justify => !self.last && gaps > 0.0,
            Align::Distribute => gaps > 0.0,
            Align::Left | Align::Center | Align::Right => false,
        };
        let shift = match style.align {
            _ if spread => 0.0,
            Align::Left | Align::Justify => 0.0,
            Align::Center | Align::Distribute => spare / 2.0,
            Align::Right => spare,
        };
        Line {
            x: left + self.indent + shift,
            y: baseline,
            spacing: if spread { usual + spare / gaps } else { usual },
            glyphs: self.glyphs.to_vec(),
        }
    }
}
