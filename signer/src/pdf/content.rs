//! Content streams: numbers, paths and text (ISO 32000-1, 8 and 9).

use crate::font::{Glyph, Op, Subset};
use crate::page::Line;
use crate::template::{Colour, Style};

/// The operators of a page, in points from its lower left corner. Sets no graphics state that outlives a
/// method but colour.
#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) out: Vec<u8>,
    fill: Option<Colour>,
}

/// Which fonts a content stream takes its glyphs from: those cut for the whole batch first, then its own.
#[derive(Debug)]
pub(crate) struct FontPool<'a> {
    /// By face; the resources S0, S1, …
    shared: &'a [Subset],
    /// By face; the resources named with `prefix`.
    pub(crate) own: Vec<Subset>,
    prefix: char,
}

impl<'a> FontPool<'a> {
    /// Collects the glyphs that a whole batch shares.
    pub(crate) fn for_batch(faces: usize) -> Self {
        Self {
            shared: &[],
            own: vec![Subset::default(); faces],
            prefix: 'S',
        }
    }

    /// Collects the glyphs of one document over those of its batch.
    pub(crate) fn for_document(shared: &'a [Subset]) -> Self {
        Self {
            shared,
            own: vec![Subset::default(); shared.len()],
            prefix: 'D',
        }
    }

    fn number(&mut self, glyph: Glyph) -> (char, u16) {
        match self
            .shared
            .get(glyph.face)
            .and_then(|subset| subset.existing(glyph))
        {
            Some(number) => ('S', number),
            None => (self.prefix, self.own[glyph.face].number(glyph)),
        }
    }
}

impl Content {
    /// A line of text; its `y` counts down from `page_height`.
    pub(crate) fn line(
        &mut self,
        pool: &mut FontPool<'_>,
        line: &Line,
        size: f32,
        style: &Style,
        page_height: f32,
    ) {
        self.fill(style.colour);
        self.put("BT ");
        if line.spacing != 0.0 {
            self.number(line.spacing).put("Tc ");
        }
        if style.bold {
            // fill and stroke: bolder without a second font
            self.colour(style.colour)
                .put("RG ")
                .number(size * 0.03)
                .put("w 2 Tr ");
        }
        self.number(line.x).number(page_height - line.y).put("Td");
        self.show(pool, &line.glyphs, size);
        if style.bold {
            self.put(" 0 Tr");
        }
        if line.spacing != 0.0 {
            self.put(" 0 Tc");
        }
        self.put(" ET\n");
    }

    /// Glyphs in a run for each font, at the current text position.
    pub(crate) fn show(&mut self, pool: &mut FontPool<'_>, glyphs: &[Glyph], size: f32) {
        let mut current = None;
        for glyph in glyphs {
            let (prefix, number) = pool.number(*glyph);
            if current != Some((prefix, glyph.face)) {
                if current.is_some() {
                    self.put(">Tj");
                }
                self.put("/")
                    .put(prefix.encode_utf8(&mut [0; 4]))
                    .integer(glyph.face)
                    .put(" ");
                self.number(size).put("Tf<");
                current = Some((prefix, glyph.face));
            }
            self.hex(number);
        }
        if current.is_some() {
            self.put(">Tj");
        }
    }

    /// Sets the colour for filling unless it is set already.
    pub(crate) fn fill(&mut self, colour: Colour) {
        if self.fill != Some(colour) {
            self.colour(colour).put("rg ");
            self.fill = Some(colour);
        }
    }

    /// Sets colour and width of strokes.
    pub(crate) fn stroke(&mut self, colour: Colour, width: f32) -> &mut Self {
        self.colour(colour).put("RG ").number(width).put("w ")
    }

    /// Three numbers for `rg` or `RG`.
    fn colour(&mut self, Colour(channels): Colour) -> &mut Self {
        for channel in channels {
            self.number(f32::from(channel) / 255.0);
        }
        self
    }

    /// A path step under a mapping of points.
    pub(crate) fn path(&mut self, op: &Op, map: impl Fn([f32; 2]) -> [f32; 2]) {
        match op {
            Op::Move(p) => self.point(map(*p)).put("m "),
            Op::Line(p) => self.point(map(*p)).put("l "),
            Op::Curve(points) => {
                for p in points {
                    self.point(map(*p));
                }
                self.put("c ")
            }
            Op::Close => self.put("h "),
        };
    }

    pub(crate) fn point(&mut self, [x, y]: [f32; 2]) -> &mut Self {
        self.number(x).number(y)
    }

    /// A circle as four curves.
    pub(crate) fn circle(&mut self, centre: [f32; 2], radius: f32) {
        const K: f32 = 0.552_284_8;
        let quarter = [[1.0, K], [K, 1.0], [0.0, 1.0]];
        let at = |[x, y]: [f32; 2]| [centre[0] + radius * x, centre[1] + radius * y];
        self.path(&Op::Move([1.0, 0.0]), at);
        for turn in 0..4 {
            let turned = quarter.map(|[x, y]: [f32; 2]| match turn {
                0 => [x, y],
                1 => [-y, x],
                2 => [-x, -y],
                _ => [y, -x],
            });
            self.path(&Op::Curve(turned), at);
        }
        self.put("h ");
    }

    /// A real number with at most three decimals, followed by a space (never an exponent:
    /// ISO 32000-1, 7.3.3).
    pub(crate) fn number(&mut self, value: f32) -> &mut Self {
        let thousandths = (f64::from(value) * 1000.0).round() as i64;
        if thousandths < 0 {
            self.out.push(b'-');
        }
        let magnitude = thousandths.unsigned_abs();
        self.digits(magnitude / 1000);
        let rest = magnitude % 1000;
        if rest != 0 {
            let digits = [rest / 100, rest / 10 % 10, rest % 10].map(|digit| b'0' + digit as u8);
            let length = 3 - digits
                .iter()
                .rev()
                .take_while(|digit| **digit == b'0')
                .count();
            self.out.push(b'.');
            self.out.extend_from_slice(&digits[..length]);
        }
        self.put(" ")
    }

    /// An integer, without a space after it.
    pub(crate) fn integer(&mut self, value: usize) -> &mut Self {
        self.digits(value as u64);
        self
    }

    fn digits(&mut self, mut value: u64) {
        let mut buffer = [0; 20];
        let mut at = buffer.len();
        loop {
            at -= 1;
            buffer[at] = b'0' + (value % 10) as u8;
            value /= 10;
            if value == 0 {
                break;
            }
        }
        self.out.extend_from_slice(&buffer[at..]);
    }

    fn hex(&mut self, number: u16) {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        self.out
            .extend([12, 8, 4, 0].map(|shift| DIGITS[usize::from(number >> shift & 15)]));
    }

    pub(crate) fn put(&mut self, text: &str) -> &mut Self {
        self.out.extend_from_slice(text.as_bytes());
        self
    }
}
