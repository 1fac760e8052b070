//! Elements of a page, in millimetres from its top left corner. Made only by `raw`.

use registry::Sentence;

use crate::Error;
use crate::template::{Assets, Page, Pattern, Place};

/// One element and the place it was written at.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    pub(crate) place: Place,
    pub(crate) kind: ElementKind,
}

impl Element {
    /// Whether it depends on the document.
    pub(crate) fn is_bound(&self) -> bool {
        match &self.kind {
            ElementKind::Text(text) => text.pattern.literal().is_none(),
            ElementKind::Watermark(mark) => mark.pattern.literal().is_none(),
            ElementKind::Table(_) | ElementKind::Image(_) | ElementKind::Qr(_) => true,
            ElementKind::Seal(_) | ElementKind::Shape(_) => false,
        }
    }

    fn patterns(&self) -> Vec<&Pattern> {
        match &self.kind {
            ElementKind::Text(text) => vec![&text.pattern],
            ElementKind::Watermark(mark) => vec![&mark.pattern],
            ElementKind::Table(table) => table.rows.iter().map(|row| &row.value).collect(),
            _ => Vec::new(),
        }
    }

    /// Fields it shows.
    pub(crate) fn fields(&self) -> Vec<&str> {
        match &self.kind {
            ElementKind::Image(image) => vec![&image.field],
            _ => self
                .patterns()
                .into_iter()
                .flat_map(Pattern::fields)
                .collect(),
        }
    }

    /// The role of its font; none where it has no text.
    pub(crate) fn font(&self) -> Option<&str> {
        match &self.kind {
            ElementKind::Text(text) => Some(&text.style.font),
            ElementKind::Watermark(mark) => Some(&mark.font),
            ElementKind::Table(table) => Some(&table.style.font),
            ElementKind::Seal(seal) => Some(&seal.font),
            ElementKind::Image(_) | ElementKind::Qr(_) | ElementKind::Shape(_) => None,
        }
    }

    /// How many values its texts bind.
    pub(super) fn bound(&self) -> usize {
        self.patterns().into_iter().map(Pattern::bound).sum()
    }

    /// Literal parts of its texts.
    pub(crate) fn fixed_texts(&self) -> Vec<&str> {
        let mut texts: Vec<&str> = self
            .patterns()
            .into_iter()
            .flat_map(Pattern::literals)
            .collect();
        match &self.kind {
            ElementKind::Table(table) => {
                texts.extend(table.rows.iter().map(|row| row.label.as_str()));
            }
            ElementKind::Seal(seal) => texts.push(&seal.text),
            _ => {}
        }
        texts
    }
}

/// What can stand on a page. Dates and printed codes are texts whose pattern says so.
#[derive(Debug, Clone)]
pub(crate) enum ElementKind {
    Text(TextBox),
    Table(Table),
    Image(ImageBox),
    Qr(Qr),
    Seal(Seal),
    Watermark(Watermark),
    Shape(Shape),
}

/// A rectangle; x and y are its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

/// sRGB, 8 bits a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Colour(pub(crate) [u8; 3]);

impl Colour {
    pub(crate) const BLACK: Self = Self([0, 0, 0]);
    /// The red of official stamps.
    pub(crate) const SEAL: Self = Self([0xd8, 0x1e, 0x06]);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Align {
    Left,
    Center,
    Right,
    /// Both edges straight, the last line of a paragraph left (两端对齐).
    Justify,
    /// Spread over the width, also the last line (分散对齐), as labels of forms are.
    Distribute,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum VAlign {
    Top,
    Middle,
    Bottom,
}

/// What to do with a text too long for its box. Whatever the rule, at last it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Fit {
    /// Break lines; when the box is full, smaller down to `min_size`.
    Wrap,
    /// No new lines; smaller down to `min_size`.
    Shrink,
    /// As it is.
    Refuse,
}

/// How text is set; sizes in points, the rest in the unit said.
#[derive(Debug, Clone)]
pub(crate) struct Style {
    pub(crate) font: String,
    pub(crate) size: f32,
    pub(crate) min_size: f32,
    pub(crate) colour: Colour,
    pub(crate) bold: bool,
    pub(crate) align: Align,
    pub(crate) valign: VAlign,
    /// Distance of baselines, as a multiple of the size.
    pub(crate) line_height: f32,
    /// Space between characters, as a multiple of the size.
    pub(crate) spacing: f32,
    /// First-line indent, in characters.
    pub(crate) indent: f32,
    pub(crate) fit: Fit,
}

/// A text in a box.
#[derive(Debug, Clone)]
pub(crate) struct TextBox {
    pub(crate) pattern: Pattern,
    pub(crate) area: Area,
    pub(crate) style: Style,
}

/// Rows of label and value; a row is as high as its value, the whole shrinks to its box.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
    pub(crate) area: Area,
    pub(crate) style: Style,
    pub(crate) label_width: f32,
    pub(crate) label_colour: Colour,
    pub(crate) label_align: Align,
    /// Space between label and value.
    pub(crate) gap: f32,
    /// Space between rows.
    pub(crate) row_gap: f32,
    /// A line under each row.
    pub(crate) rule: Option<Stroke>,
    /// Leave out rows whose value is empty.
    pub(crate) skip_empty: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) label: String,
    pub(crate) value: Pattern,
}

/// A picture bound to a field; scaled to fit, centred.
#[derive(Debug, Clone)]
pub(crate) struct ImageBox {
    pub(crate) field: String,
    pub(crate) area: Area,
    /// A frame around the box.
    pub(crate) frame: Option<Stroke>,
}

/// The QR code; `side` holds the quiet zone of four modules.
#[derive(Debug, Clone)]
pub(crate) struct Qr {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) side: f32,
}

/// Where the stamp stands.
#[derive(Debug, Clone)]
pub(crate) struct Seal {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) diameter: f32,
    /// Under the star, e.g. 电子证照专用章.
    pub(crate) text: String,
    pub(crate) font: String,
    pub(crate) colour: Colour,
}

/// Large slanted text under everything else; repeated over the page where `step` is given.
#[derive(Debug, Clone)]
pub(crate) struct Watermark {
    pub(crate) pattern: Pattern,
    pub(crate) font: String,
    pub(crate) size: f32,
    pub(crate) colour: Colour,
    /// Degrees, anticlockwise.
    pub(crate) angle: f32,
    /// Distance of repetitions, in millimetres.
    pub(crate) step: Option<f32>,
}

/// A line or a rectangle.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) path: ShapePath,
    pub(crate) stroke: Option<Stroke>,
    pub(crate) fill: Option<Colour>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum ShapePath {
    Line { from: [f32; 2], to: [f32; 2] },
    Rect { area: Area, radius: f32 },
}

/// Width in millimetres.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stroke {
    pub(crate) colour: Colour,
    pub(crate) width: f32,
}

/// Every background named is there.
pub(crate) fn check_backgrounds(pages: &[Page], assets: &Assets) -> Result<(), Error> {
    for (number, page) in pages.iter().enumerate() {
        if let Some(name) = page
            .background
            .as_ref()
            .filter(|name| !assets.contains_key(*name))
        {
            return Err(Error::Template {
                place: Place::page(number).key("background"),
                what: Sentence::new(
                    format!("模板旁没有文件 {name}"),
                    format!("the file `{name}` is not beside the template"),
                ),
            });
        }
    }
    Ok(())
}

/// The one seal and the number of its page, from 0.
pub(crate) fn only_seal(pages: &[Page]) -> Result<(usize, Seal), Error> {
    let mut seals = pages.iter().enumerate().flat_map(|(page, content)| {
        content
            .elements
            .iter()
            .filter_map(move |element| match &element.kind {
                ElementKind::Seal(seal) => Some((page, seal, &element.place)),
                _ => None,
            })
    });
    let (place, zh, en) = match (seals.next(), seals.next()) {
        (Some((page, seal, _)), None) => return Ok((page, seal.clone())),
        (None, _) => (
            Place::default(),
            "没有印章；请加一个 kind = \"seal\" 的元素",
            "no seal; add an element with kind = \"seal\"",
        ),
        (_, Some((_, _, second))) => (
            second.clone(),
            "有第二个印章；一份证照只盖一个",
            "a second seal; a certificate is sealed once",
        ),
    };
    Err(Error::Template {
        place,
        what: Sentence::new(zh, en),
    })
}
