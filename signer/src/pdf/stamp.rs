//! The stamp: a red ring, the name along the arc, a star, a line of text, all as paths, so that it looks the
//! same in every viewer (the appearance of the signature's own widget).

use super::file::{File, Ref};
use super::{Content, deflate_well};
use crate::Error;
use crate::font::{Fonts, Glyph, Op, outline};
use crate::page::{PT_PER_MM, shape};
use crate::template::Seal;

/// A drawn stamp, ready to be written.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    /// Whom it names.
    pub(crate) label: String,
    /// Diameter in points.
    side: f32,
    data: Vec<u8>,
}

/// Proportions of the diameter.
const RING: f32 = 0.028;
const STAR: f32 = 0.155;
const NAME: f32 = 0.135;
const TEXT: f32 = 0.085;
/// Between ring and name.
const MARGIN: f32 = 0.018;
/// The name spans at most so much of the circle, and neighbours stand at most so far apart, in degrees.
const SPAN: f32 = 222.0;
const STEP: f32 = 27.0;
/// Below the centre, where the line of text stands.
const TEXT_DROP: f32 = 0.285;
/// Widest line of text.
const TEXT_WIDTH: f32 = 0.56;
/// Glyphs are drawn on a grid of so many points: 720 to an inch.
const GRID: f32 = 0.1;

impl Stamp {
    /// Draws the stamp of `label`.
    ///
    /// # Errors
    /// [`Error::MissingGlyph`] when no font has a character of it.
    pub(crate) fn draw(fonts: &Fonts, seal: &Seal, label: &str) -> Result<Self, Error> {
        let side = seal.diameter * PT_PER_MM;
        let mut out = Content::default();
        let ring = side * RING;
        out.stroke(seal.colour, ring);
        out.circle([side / 2.0; 2], (side - ring) / 2.0);
        out.put("S\n");
        out.fill(seal.colour);
        star(&mut out, side);
        out.number(GRID).put("0 0 ").number(GRID).put("0 0 cm\n");
        let glyphs = one_line(fonts, seal, label, "seal_label")?;
        arc(&mut out, fonts, &glyphs, side);
        let glyphs = one_line(fonts, seal, &seal.text, "seal text")?;
        straight(&mut out, fonts, &glyphs, side);
        Ok(Self {
            label: label.to_owned(),
            side,
            data: deflate_well(&out.out),
        })
    }
}

/// Writes the stamp as a form XObject.
pub(crate) fn write_stamp(file: &mut File, number: Ref, stamp: &Stamp) {
    let mut entries = Content::default();
    entries
        .put("/Type/XObject/Subtype/Form/BBox[0 0 ")
        .number(stamp.side)
        .number(stamp.side);
    entries.put("]/Resources<<>>/Filter/FlateDecode");
    file.stream(number, &String::from_utf8_lossy(&entries.out), &stamp.data);
}

fn one_line(fonts: &Fonts, seal: &Seal, text: &str, what: &str) -> Result<Vec<Glyph>, Error> {
    let text = text.replace('\n', " ");
    Ok(shape(fonts, &seal.font, &text, what)?.concat())
}

fn star(out: &mut Content, side: f32) {
    let centre = [side / 2.0; 2];
    for corner in 0..10_u8 {
        let angle = (90.0 + 36.0 * f32::from(corner)).to_radians();
        // the inner corners of a regular pentagram
        let radius = side * STAR * if corner % 2 == 0 { 1.0 } else { 0.381_966 };
        let point = [
            centre[0] + radius * angle.cos(),
            centre[1] + radius * angle.sin(),
        ];
        out.path(
            &if corner == 0 {
                Op::Move(point)
            } else {
                Op::Line(point)
            },
            |p| p,
        );
    }
    out.put("h f\n");
}

/// Glyphs upright on a circle, condensed where they are many.
fn arc(out: &mut Content, fonts: &Fonts, glyphs: &[Glyph], side: f32) {
    let gaps = glyphs.len().saturating_sub(1) as f32;
    let step = if gaps > 0.0 {
        (SPAN / gaps).min(STEP)
    } else {
        0.0
    };
    let em = side * NAME;
    let baseline = side * (0.5 - RING - MARGIN) - em * 0.92;
    // what a character may take up at its middle
    let room = (baseline + em * 0.38) * step.to_radians();
    let narrow = if gaps > 0.0 {
        (room / em * 0.98).min(1.0)
    } else {
        1.0
    };
    for (n, glyph) in glyphs.iter().enumerate() {
        let angle = (gaps / 2.0 - n as f32) * step;
        let (sin, cos) = angle.to_radians().sin_cos();
        let map = |[x, y]: [f32; 2]| {
            let x = (x - glyph.advance / 2.0) * em / 1000.0 * narrow;
            let y = baseline + y * em / 1000.0;
            [
                side / 2.0 + x * cos - y * sin,
                side / 2.0 + x * sin + y * cos,
            ]
        };
        draw(out, fonts, *glyph, map);
    }
}

/// Glyphs on a straight line under the star.
fn straight(out: &mut Content, fonts: &Fonts, glyphs: &[Glyph], side: f32) {
    let em = side * TEXT;
    let natural = glyphs.iter().map(|glyph| glyph.advance).sum::<f32>() * em / 1000.0;
    if natural <= 0.0 {
        return;
    }
    let narrow = (side * TEXT_WIDTH / natural).min(1.0);
    let mut left = (side - natural * narrow) / 2.0;
    for glyph in glyphs {
        let start = left;
        let base = side * (0.5 - TEXT_DROP) - em * 0.4;
        draw(out, fonts, *glyph, |[x, y]| {
            [start + x * em / 1000.0 * narrow, base + y * em / 1000.0]
        });
        left += glyph.advance * em / 1000.0 * narrow;
    }
}

/// The outline as polygons on the grid, so near that no eye tells them from curves, for a tenth of the bytes.
fn draw(out: &mut Content, fonts: &Fonts, glyph: Glyph, map: impl Fn([f32; 2]) -> [f32; 2]) {
    let on_grid = |point: [f32; 2]| map(point).map(|v| v / GRID);
    let path = outline(&fonts.faces()[glyph.face], glyph.id);
    let mut operator = "";
    for polygon in polygons(&path, on_grid) {
        let mut step = "m ";
        for point in simplified(&polygon) {
            out.point(point.map(f32::round)).put(step);
            step = "l ";
        }
        operator = "f\n";
    }
    out.put(operator);
}

/// Closed polygons that follow the outline closely; `map` leads onto the grid.
fn polygons(path: &[Op], map: impl Fn([f32; 2]) -> [f32; 2]) -> Vec<Vec<[f32; 2]>> {
    let mut polygons: Vec<Vec<[f32; 2]>> = Vec::new();
    let mut at = [0.0, 0.0];
    for op in path {
        let polygon = polygons.last_mut();
        match (op, polygon) {
            (Op::Move(p), _) => polygons.push(vec![map(*p)]),
            (Op::Line(p), Some(polygon)) => polygon.push(map(*p)),
            (Op::Curve([a, b, end]), Some(polygon)) => {
                let curve = [at, *a, *b, *end].map(&map);
                polygon.extend((1..=CHORDS).map(|n| along(&curve, n as f32 / CHORDS as f32)));
            }
            _ => {}
        }
        at = op.end().unwrap_or(at);
    }
    polygons
}

/// Chords of a curve; outlines of Chinese type have many short curves.
const CHORDS: u32 = 6;

fn along([p, q, r, s]: &[[f32; 2]; 4], t: f32) -> [f32; 2] {
    let u = 1.0 - t;
    [0, 1].map(|axis| {
        u * u * u * p[axis]
            + 3.0 * u * u * t * q[axis]
            + 3.0 * u * t * t * r[axis]
            + t * t * t * s[axis]
    })
}

/// The polygon with fewer corners: from each kept one as far on as all between stay near the chord.
fn simplified(polygon: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let mut kept = Vec::new();
    let mut from = 0;
    while from < polygon.len() {
        kept.push(polygon[from]);
        let near = |&to: &usize| {
            let chord = [polygon[from], polygon[to]];
            polygon[from + 1..to]
                .iter()
                .all(|point| distance(*point, chord) <= STRAY)
        };
        // at least the next corner, whatever lies between
        from = (from + 2..polygon.len())
            .take_while(near)
            .last()
            .unwrap_or(from + 1);
    }
    kept
}

/// How far a polygon may leave the outline, in grid steps.
const STRAY: f32 = 0.6;

/// From a point to a segment.
fn distance(point: [f32; 2], [a, b]: [[f32; 2]; 2]) -> f32 {
    let along = [b[0] - a[0], b[1] - a[1]];
    let offset = [point[0] - a[0], point[1] - a[1]];
    let length = along[0].hypot(along[1]);
    if length == 0.0 {
        return offset[0].hypot(offset[1]);
    }
    let t = (offset[0] * along[0] + offset[1] * along[1]) / (length * length);
    let t = t.clamp(0.0, 1.0);
    (offset[0] - t * along[0]).hypot(offset[1] - t * along[1])
}
