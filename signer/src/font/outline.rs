//! Outlines of glyphs as paths, for the stamp, whose text must not depend on any font in a viewer.

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};

use super::Face;

/// One step of a path, in thousandths of the em, y upwards. Quadratic curves have become cubic ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Op {
    Move([f32; 2]),
    Line([f32; 2]),
    Curve([[f32; 2]; 3]),
    Close,
}

impl Op {
    /// A quadratic curve as a cubic one.
    pub(crate) fn quadratic(from: [f32; 2], control: [f32; 2], to: [f32; 2]) -> Self {
        let towards =
            |end: [f32; 2]| [0, 1].map(|axis| end[axis] + (control[axis] - end[axis]) * 2.0 / 3.0);
        Self::Curve([towards(from), towards(to), to])
    }

    /// Where the step ends; none for a closing one.
    pub(crate) fn end(&self) -> Option<[f32; 2]> {
        match self {
            Self::Move(p) | Self::Line(p) | Self::Curve([_, _, p]) => Some(*p),
            Self::Close => None,
        }
    }
}

/// The outline of a glyph; empty where the font is broken or the glyph blank.
pub(crate) fn outline(face: &Face, glyph: u16) -> Vec<Op> {
    let Ok(font) = FontRef::new(face.data()) else {
        return Vec::new();
    };
    let mut pen = Pen::default();
    if let Some(outline) = font.outline_glyphs().get(GlyphId::from(glyph)) {
        let settings = DrawSettings::unhinted(Size::new(1000.0), LocationRef::default());
        if outline.draw(settings, &mut pen).is_err() {
            return Vec::new();
        }
    }
    pen.ops
}

#[derive(Default)]
struct Pen {
    ops: Vec<Op>,
    at: [f32; 2],
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.at = [x, y];
        self.ops.push(Op::Move(self.at));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.at = [x, y];
        self.ops.push(Op::Line(self.at));
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.ops.push(Op::quadratic(self.at, [cx, cy], [x, y]));
        self.at = [x, y];
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.ops.push(Op::Curve([[ax, ay], [bx, by], [x, y]]));
        self.at = [x, y];
    }

    fn close(&mut self) {
        self.ops.push(Op::Close);
    }
}
