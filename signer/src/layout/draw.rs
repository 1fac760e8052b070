//! Elements onto a page.

use crate::Error;
use crate::document::{Document, Value};
use crate::font::{Fonts, Glyph};
use crate::page::{PT_PER_MM, ShapedRow, field_at, fill, place, place_table, shape};
use crate::pdf::{Content, FontPool, Picture, QrCodes, draw_qr};
use crate::template::{
    Area, Element, ElementKind, Fit, ImageBox, Pattern, Place, Qr, Shape, ShapePath, Stroke, Style,
    Table, TextBox, Watermark,
};
use registry::Sentence;

/// Where elements are drawn: one page's content under construction.
pub(super) struct Canvas<'a, 'b> {
    pub(super) fonts: &'a Fonts,
    pub(super) pool: &'a mut FontPool<'b>,
    pub(super) codes: &'a QrCodes,
    pub(super) out: Content,
    /// Points.
    pub(super) width: f32,
    pub(super) height: f32,
}

impl Canvas<'_, '_> {
    /// A text; empty ones draw nothing.
    pub(super) fn text(
        &mut self,
        element: &TextBox,
        document: &Document,
        at: &Place,
    ) -> Result<(), Error> {
        let text = fill(&element.pattern, document);
        if text.is_empty() {
            return Ok(());
        }
        let field = names(&element.pattern, at);
        let style = &element.style;
        let paragraphs = shape(self.fonts, &style.font, &text, &field)
            .map_err(|error| blame(error, &element.pattern, document))?;
        let placed = place(&paragraphs, &element.area, style)
            .ok_or_else(|| does_not_fit(field, at, style))?;
        for line in &placed.lines {
            self.out
                .line(self.pool, line, placed.size, style, self.height);
        }
        Ok(())
    }

    /// Rows of label and value.
    pub(super) fn table(
        &mut self,
        table: &Table,
        document: &Document,
        at: &Place,
    ) -> Result<(), Error> {
        let style = &table.style;
        let mut rows: Vec<ShapedRow> = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            let value = fill(&row.value, document);
            if value.is_empty() && table.skip_empty {
                continue;
            }
            let label = shape(self.fonts, &style.font, &row.label, &row.label)?;
            let value = shape(self.fonts, &style.font, &value, &names(&row.value, at))
                .map_err(|error| blame(error, &row.value, document))?;
            rows.push((label, value));
        }
        let Some(placed) = place_table(&rows, table) else {
            let fields: Vec<_> = table
                .rows
                .iter()
                .flat_map(|row| row.value.fields())
                .collect();
            return Err(does_not_fit(fields.join(", "), at, style));
        };
        let label_style = Style {
            colour: table.label_colour,
            ..style.clone()
        };
        for line in &placed.labels {
            self.out
                .line(self.pool, line, placed.size, &label_style, self.height);
        }
        for line in &placed.values {
            self.out
                .line(self.pool, line, placed.size, style, self.height);
        }
        if let Some(stroke) = table.rule {
            let left = table.area.x * PT_PER_MM;
            let right = left + table.area.width * PT_PER_MM;
            self.out.stroke(stroke.colour, stroke.width * PT_PER_MM);
            for y in placed.rules.iter().map(|y| self.height - y) {
                self.out
                    .point([left, y])
                    .put("m ")
                    .point([right, y])
                    .put("l ");
            }
            self.out.put("S\n");
        }
        Ok(())
    }

    /// A line or rectangle.
    pub(super) fn shape(&mut self, shape: &Shape) {
        if let Some(colour) = shape.fill {
            self.out.fill(colour);
        }
        if let Some(Stroke { colour, width }) = shape.stroke {
            self.out.stroke(colour, width * PT_PER_MM);
        }
        match shape.path {
            ShapePath::Line { from, to } => {
                for (point, operator) in [(from, "m "), (to, "l ")] {
                    let point = self.flip(point);
                    self.out.point(point).put(operator);
                }
            }
            ShapePath::Rect { area, radius } => self.rectangle(&area, radius),
        }
        self.out.put(match (shape.fill, shape.stroke) {
            (Some(_), Some(_)) => "B\n",
            (Some(_), None) => "f\n",
            (None, Some(_)) => "S\n",
            (None, None) => "n\n",
        });
    }

    fn rectangle(&mut self, area: &Area, radius: f32) {
        let [left, top] = self.flip([area.x, area.y]);
        let [right, bottom] = self.flip([area.x + area.width, area.y + area.height]);
        let r = (radius * PT_PER_MM)
            .min((right - left) / 2.0)
            .min((top - bottom) / 2.0);
        if r <= 0.0 {
            self.out
                .point([left, bottom])
                .point([right - left, top - bottom])
                .put("re ");
            return;
        }
        // how far the handles of a quarter circle stand from its corner
        let k = r * 0.447_715_2;
        let corners = [
            (
                [right - r, bottom],
                [right - k, bottom],
                [right, bottom + k],
                [right, bottom + r],
            ),
            (
                [right, top - r],
                [right, top - k],
                [right - k, top],
                [right - r, top],
            ),
            (
                [left + r, top],
                [left + k, top],
                [left, top - k],
                [left, top - r],
            ),
            (
                [left, bottom + r],
                [left, bottom + k],
                [left + k, bottom],
                [left + r, bottom],
            ),
        ];
        self.out.point([left + r, bottom]).put("m ");
        for (start, a, b, end) in corners {
            self.out
                .point(start)
                .put("l ")
                .point(a)
                .point(b)
                .point(end)
                .put("c ");
        }
        self.out.put("h ");
    }

    /// The frame of a picture, drawn whether there is a picture or not.
    pub(super) fn frame(&mut self, image: &ImageBox) {
        if image.frame.is_some() {
            let path = ShapePath::Rect {
                area: image.area,
                radius: 0.0,
            };
            self.shape(&Shape {
                path,
                stroke: image.frame,
                fill: None,
            });
        }
    }

    /// A picture as the resource `I<number>`, scaled into its box; none where the field has none.
    pub(super) fn image(
        &mut self,
        image: &ImageBox,
        document: &Document,
        number: usize,
    ) -> Result<Option<Picture>, Error> {
        let refuse = |what: Sentence| Error::Image {
            field: image.field.clone(),
            what,
        };
        let bytes = match document.printed(&image.field).map(|field| &field.value) {
            None => return Ok(None),
            Some(Value::Image { bytes, .. }) => bytes,
            Some(_) => {
                return Err(refuse(Sentence::new(
                    "模板要显示图片，而该值不是图片",
                    "the template shows a picture, the value is none",
                )));
            }
        };
        let picture = Picture::read(bytes).map_err(refuse)?;
        let (width, height) = (picture.width as f32, picture.height as f32);
        let (box_width, box_height) = (image.area.width * PT_PER_MM, image.area.height * PT_PER_MM);
        let scale = (box_width / width).min(box_height / height);
        let (width, height) = (width * scale, height * scale);
        let [left, top] = self.flip([image.area.x, image.area.y]);
        let left = left + (box_width - width) / 2.0;
        let bottom = top - (box_height + height) / 2.0;
        self.out
            .put("q ")
            .number(width)
            .put("0 0 ")
            .number(height)
            .point([left, bottom]);
        self.out.put("cm/I").integer(number).put(" Do Q\n");
        Ok(Some(picture))
    }

    /// The QR code of the address.
    pub(super) fn qr(&mut self, qr: &Qr, document: &Document) -> Result<(), Error> {
        let side = qr.side * PT_PER_MM;
        let [x, top] = self.flip([qr.x, qr.y]);
        let corner = [x, top - side];
        draw_qr(
            &mut self.out,
            self.codes,
            &document.verify_url,
            corner,
            side,
        )
    }

    /// Slanted text, once in the middle or over the whole page.
    pub(super) fn watermark(
        &mut self,
        mark: &Watermark,
        document: &Document,
        at: &Place,
    ) -> Result<(), Error> {
        let text = fill(&mark.pattern, document).replace('\n', " ");
        if text.is_empty() {
            return Ok(());
        }
        let glyphs = shape(self.fonts, &mark.font, &text, &names(&mark.pattern, at))
            .map_err(|error| blame(error, &mark.pattern, document))?
            .concat();
        let advance: f32 = glyphs.iter().map(|glyph| glyph.advance).sum::<f32>() / 1000.0;
        let diagonal = self.width.hypot(self.height);
        let size = mark.size.min(0.8 * diagonal / advance.max(0.1));
        self.out.fill(mark.colour);
        let [cx, cy] = [self.width / 2.0, self.height / 2.0];
        let Some(step) = mark.step else {
            self.slanted(&glyphs, mark.angle, size, advance * size, [cx, cy]);
            return Ok(());
        };
        let (across, up) = ((step * PT_PER_MM).max(advance * size), step * PT_PER_MM);
        let (columns, rows) = (self.width / across, self.height / up);
        for row in 0..=rows.ceil() as u32 {
            for column in 0..=columns.ceil() as u32 {
                // every other row stands half a step further
                let shift = if row % 2 == 0 { 0.0 } else { across / 2.0 };
                let centre = [column as f32 * across + shift, row as f32 * up];
                self.slanted(&glyphs, mark.angle, size, advance * size, centre);
            }
        }
        Ok(())
    }

    fn slanted(&mut self, glyphs: &[Glyph], angle: f32, size: f32, width: f32, centre: [f32; 2]) {
        let (sin, cos) = angle.to_radians().sin_cos();
        self.out
            .put("q ")
            .number(cos)
            .number(sin)
            .number(-sin)
            .number(cos)
            .point(centre);
        self.out
            .put("cm BT ")
            .number(-width / 2.0)
            .number(-size * 0.38)
            .put("Td");
        self.out.show(self.pool, glyphs, size);
        self.out.put(" ET Q\n");
    }

    /// Millimetres from the top left to points from the lower left.
    fn flip(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        [x * PT_PER_MM, self.height - y * PT_PER_MM]
    }
}

/// Whether a text or table fits with that document's values.
pub(crate) fn fits(fonts: &Fonts, element: &Element, document: &Document) -> Result<(), Error> {
    let mut canvas = Canvas {
        fonts,
        pool: &mut FontPool::for_batch(fonts.faces().len()),
        codes: &QrCodes::default(),
        out: Content::default(),
        width: 0.0,
        height: 0.0,
    };
    match &element.kind {
        ElementKind::Text(text) => canvas.text(text, document, &element.place),
        ElementKind::Table(table) => canvas.table(table, document, &element.place),
        _ => Ok(()),
    }
}

/// Which fields an error is about; the place, where a text has none.
fn names(pattern: &Pattern, at: &Place) -> String {
    let names: Vec<_> = pattern.fields().collect();
    if names.is_empty() {
        at.to_string()
    } else {
        names.join(", ")
    }
}

/// Names the one field whose value has the character that no font has, and its place in that value.
fn blame(error: Error, pattern: &Pattern, document: &Document) -> Error {
    match error {
        Error::MissingGlyph { field, at, plane } => {
            let (field, at) = field_at(pattern, document, at).unwrap_or((field, at));
            Error::MissingGlyph { field, at, plane }
        }
        other => other,
    }
}

fn does_not_fit(field: String, at: &Place, style: &Style) -> Error {
    let size = if style.fit == Fit::Refuse {
        style.size
    } else {
        style.min_size
    };
    Error::DoesNotFit {
        field,
        place: at.clone(),
        size,
    }
}
