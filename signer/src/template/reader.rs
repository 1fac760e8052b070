//! One element: its keys, in millimetres and points, checked one by one.

use registry::Sentence;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Table as Toml, Value};

use super::element::{ShapePath, Stroke};
use super::raw::syntax;
use super::{
    Align, Area, Colour, Fit, ImageBox, Pattern, Place, Qr, Row, Seal, Shape, Style, Table,
    TextBox, VAlign, Watermark,
};
use crate::Error;

/// Longest side of a page, in millimetres (A0).
pub(super) const MAX_SIDE: f32 = 1189.0;

/// Keys that every element with text takes; `[style]` of the file gives defaults for them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStyle {
    font: Option<String>,
    size: Option<f32>,
    min_size: Option<f32>,
    colour: Option<String>,
    bold: Option<bool>,
    align: Option<Align>,
    valign: Option<VAlign>,
    line_height: Option<f32>,
    spacing: Option<f32>,
    indent: Option<f32>,
    fit: Option<Fit>,
}

const STYLE_KEYS: [&str; 11] = [
    "font",
    "size",
    "min_size",
    "colour",
    "bold",
    "align",
    "valign",
    "line_height",
    "spacing",
    "indent",
    "fit",
];

/// Reads one element at its place.
pub(super) struct Reader<'a> {
    pub(super) place: Place,
    /// Defaults of the file.
    pub(super) style: &'a Toml,
}

impl Reader<'_> {
    pub(super) fn text(&self, table: Toml) -> Result<TextBox, Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            text: String,
            r#box: [f32; 4],
        }
        let (style, raw): (_, Raw) = self.styled(table, Fit::Refuse)?;
        Ok(TextBox {
            pattern: self.pattern("text", &raw.text)?,
            area: self.area(raw.r#box)?,
            style,
        })
    }

    pub(super) fn date(&self, table: Toml) -> Result<TextBox, Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            field: String,
            format: Option<String>,
            r#box: [f32; 4],
        }
        let (style, raw): (_, Raw) = self.styled(table, Fit::Refuse)?;
        let format = raw.format.as_deref().unwrap_or("yyyy年M月d日");
        let pattern = self.pattern("format", &format!("{{{}:{format}}}", raw.field))?;
        Ok(TextBox {
            pattern,
            area: self.area(raw.r#box)?,
            style,
        })
    }

    pub(super) fn code(&self, table: Toml) -> Result<TextBox, Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            r#box: [f32; 4],
        }
        let (style, raw): (_, Raw) = self.styled(table, Fit::Shrink)?;
        Ok(TextBox {
            pattern: self.pattern("code", "{cert.code}")?,
            area: self.area(raw.r#box)?,
            style,
        })
    }

    pub(super) fn table(&self, table: Toml) -> Result<Table, Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct RawRow {
            label: String,
            value: String,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            r#box: [f32; 4],
            rows: Vec<RawRow>,
            label_width: f32,
            label_colour: Option<String>,
            label_align: Option<Align>,
            gap: Option<f32>,
            row_gap: Option<f32>,
            rule: Option<String>,
            rule_width: Option<f32>,
            #[serde(default)]
            skip_empty: bool,
        }
        let (style, raw): (_, Raw) = self.styled(table, Fit::Wrap)?;
        let rows = raw
            .rows
            .into_iter()
            .map(|row| {
                Ok(Row {
                    label: row.label,
                    value: self.pattern("rows", &row.value)?,
                })
            })
            .collect::<Result<_, Error>>()?;
        let area = self.area(raw.r#box)?;
        if !(0.0..area.width).contains(&raw.label_width) {
            return Err(self.refuse("label_width", "比框还宽", "wider than the box"));
        }
        Ok(Table {
            rows,
            area,
            label_width: raw.label_width,
            label_colour: self.colour("label_colour", raw.label_colour, style.colour)?,
            label_align: raw.label_align.unwrap_or(Align::Distribute),
            gap: self.length("gap", raw.gap.unwrap_or(4.0))?,
            row_gap: self.length("row_gap", raw.row_gap.unwrap_or(2.0))?,
            rule: self.stroke("rule", raw.rule, "rule_width", raw.rule_width)?,
            skip_empty: raw.skip_empty,
            style,
        })
    }

    pub(super) fn image(&self, table: Toml) -> Result<ImageBox, Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            field: String,
            r#box: [f32; 4],
            frame: Option<String>,
            frame_width: Option<f32>,
        }
        let raw: Raw = self.shape_of(table)?;
        let area = self.area(raw.r#box)?;
        let frame = self.stroke("frame", raw.frame, "frame_width", raw.frame_width)?;
        Ok(ImageBox {
            field: raw.field,
            area,
            frame,
        })
    }

    pub(super) fn qr(&self, table: Toml) -> Result<Qr, Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            at: [f32; 2],
            side: f32,
        }
        let raw: Raw = self.shape_of(table)?;
        let [x, y] = self.point("at", raw.at)?;
        Ok(Qr {
            x,
            y,
            side: self.positive("side", raw.side)?,
        })
    }

    pub(super) fn seal(&self, table: Toml) -> Result<Seal, Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            centre: [f32; 2],
            diameter: f32,
            #[serde(default)]
            text: String,
            font: Option<String>,
            colour: Option<String>,
        }
        let raw: Raw = self.shape_of(table)?;
        let [x, y] = self.point("centre", raw.centre)?;
        Ok(Seal {
            x,
            y,
            diameter: self.positive("diameter", raw.diameter)?,
            text: raw.text,
            font: raw.font.unwrap_or_else(body),
            colour: self.colour("colour", raw.colour, Colour::SEAL)?,
        })
    }

    pub(super) fn watermark(&self, table: Toml) -> Result<Watermark, Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            text: String,
            font: Option<String>,
            size: Option<f32>,
            colour: Option<String>,
            angle: Option<f32>,
            step: Option<f32>,
        }
        let raw: Raw = self.shape_of(table)?;
        let step = raw.step.map(|step| self.length("step", step)).transpose()?;
        if step.is_some_and(|step| step < 10.0) {
            return Err(self.refuse(
                "step",
                "重复间距至少 10 毫米",
                "at least 10 mm between repetitions",
            ));
        }
        Ok(Watermark {
            pattern: self.pattern("text", &raw.text)?,
            font: raw.font.unwrap_or_else(body),
            size: self.positive("size", raw.size.unwrap_or(48.0))?,
            colour: self.colour("colour", raw.colour, Colour([0xe6; 3]))?,
            angle: raw.angle.filter(|angle| angle.is_finite()).unwrap_or(30.0),
            step,
        })
    }

    pub(super) fn line(&self, table: Toml) -> Result<Shape, Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            from: [f32; 2],
            to: [f32; 2],
            colour: Option<String>,
            width: Option<f32>,
        }
        let raw: Raw = self.shape_of(table)?;
        let path = ShapePath::Line {
            from: self.point("from", raw.from)?,
            to: self.point("to", raw.to)?,
        };
        let colour = raw.colour.unwrap_or_else(|| "#000000".to_owned());
        Ok(Shape {
            path,
            stroke: self.stroke("colour", Some(colour), "width", raw.width)?,
            fill: None,
        })
    }

    pub(super) fn rect(&self, table: Toml) -> Result<Shape, Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            r#box: [f32; 4],
            #[serde(default)]
            radius: f32,
            colour: Option<String>,
            width: Option<f32>,
            fill: Option<String>,
        }
        let raw: Raw = self.shape_of(table)?;
        let path = ShapePath::Rect {
            area: self.area(raw.r#box)?,
            radius: self.length("radius", raw.radius)?,
        };
        let fill = match raw.fill {
            Some(fill) => Some(self.colour("fill", Some(fill), Colour::BLACK)?),
            None => None,
        };
        Ok(Shape {
            path,
            stroke: self.stroke("colour", raw.colour, "width", raw.width)?,
            fill,
        })
    }

    /// Splits off the keys of the style, over the defaults of the file, and reads the rest.
    fn styled<T: DeserializeOwned>(&self, mut table: Toml, fit: Fit) -> Result<(Style, T), Error> {
        let mut style = self.style.clone();
        for key in STYLE_KEYS {
            if let Some(value) = table.remove(key) {
                style.insert(key.to_owned(), value);
            }
        }
        let raw: RawStyle = self.shape_of(style)?;
        let size = self.positive("size", raw.size.unwrap_or(12.0))?;
        let style = Style {
            font: raw.font.unwrap_or_else(body),
            size,
            min_size: self
                .positive("min_size", raw.min_size.unwrap_or(size))?
                .min(size),
            colour: self.colour("colour", raw.colour, Colour::BLACK)?,
            bold: raw.bold.unwrap_or(false),
            align: raw.align.unwrap_or(Align::Left),
            valign: raw.valign.unwrap_or(VAlign::Top),
            line_height: self.positive("line_height", raw.line_height.unwrap_or(1.5))?,
            spacing: self.length("spacing", raw.spacing.unwrap_or(0.0))?,
            indent: self.length("indent", raw.indent.unwrap_or(0.0))?,
            fit: raw.fit.unwrap_or(fit),
        };
        Ok((style, self.shape_of(table)?))
    }

    fn shape_of<T: DeserializeOwned>(&self, table: Toml) -> Result<T, Error> {
        let read = Value::Table(table).try_into();
        read.map_err(|error| syntax(self.place.clone(), &error))
    }

    fn pattern(&self, key: &str, text: &str) -> Result<Pattern, Error> {
        Pattern::parse(text).map_err(|what| self.refuse(key, what.zh, what.en))
    }

    fn area(&self, [x, y, width, height]: [f32; 4]) -> Result<Area, Error> {
        self.point("box", [x, y])?;
        self.positive("box", width)?;
        self.positive("box", height)?;
        Ok(Area {
            x,
            y,
            width,
            height,
        })
    }

    fn point(&self, key: &str, [x, y]: [f32; 2]) -> Result<[f32; 2], Error> {
        let far = |v: f32| !v.is_finite() || v.abs() > MAX_SIDE;
        if far(x) || far(y) {
            return Err(self.refuse(
                key,
                "不是页面上的位置；请写距左上角的毫米数",
                "not a place on a page, in millimetres from its top left",
            ));
        }
        Ok([x, y])
    }

    fn length(&self, key: &str, value: f32) -> Result<f32, Error> {
        self.between(key, value, 0.0)
    }

    fn positive(&self, key: &str, value: f32) -> Result<f32, Error> {
        self.between(key, value, 0.05)
    }

    fn between(&self, key: &str, value: f32, least: f32) -> Result<f32, Error> {
        if (least..=MAX_SIDE).contains(&value) {
            return Ok(value);
        }
        Err(self.refuse(
            key,
            format!("{value} 不在 {least} 与 {MAX_SIDE} 之间"),
            format!("{value} is not between {least} and {MAX_SIDE}"),
        ))
    }

    fn colour(&self, key: &str, text: Option<String>, default: Colour) -> Result<Colour, Error> {
        let Some(text) = text else { return Ok(default) };
        let mut rgb = [0; 3];
        let digits = text.strip_prefix('#').unwrap_or_default();
        match hex::decode_to_slice(digits, &mut rgb) {
            Ok(()) => Ok(Colour(rgb)),
            Err(_) => Err(self.refuse(
                key,
                format!("“{text}”不是颜色；请写作 \"#c00000\""),
                format!("`{text}` is not a colour; write e.g. \"#c00000\""),
            )),
        }
    }

    /// A stroke where a colour or a width is given; 0.2 mm wide unless said.
    fn stroke(
        &self,
        colour_key: &str,
        colour: Option<String>,
        width_key: &str,
        width: Option<f32>,
    ) -> Result<Option<Stroke>, Error> {
        if colour.is_none() && width.is_none() {
            return Ok(None);
        }
        let colour = self.colour(colour_key, colour, Colour::BLACK)?;
        Ok(Some(Stroke {
            colour,
            width: self.positive(width_key, width.unwrap_or(0.2))?,
        }))
    }

    fn refuse(&self, key: &str, zh: impl Into<String>, en: impl Into<String>) -> Error {
        refuse(self.place.key(key), zh, en)
    }
}

fn body() -> String {
    "body".to_owned()
}

/// An error at a place.
pub(super) fn refuse(place: Place, zh: impl Into<String>, en: impl Into<String>) -> Error {
    Error::Template {
        place,
        what: Sentence::new(zh, en),
    }
}
