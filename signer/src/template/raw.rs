//! From TOML to pages; every error names page, element and key.

use registry::Sentence;
use serde::Deserialize;
use toml::{Table as Toml, Value};

use super::reader::{MAX_SIDE, Reader, refuse};
use super::{Element, ElementKind, Page, Place};
use crate::Error;

/// Pages a template may have, elements a page may have: far more than any paper needs.
const MAX_PAGES: usize = 50;
const MAX_ELEMENTS: usize = 1000;
/// Values that its texts may bind, so that laying out is bounded by what the type bounds.
const MAX_BOUND: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    style: Toml,
    page: Vec<RawPage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPage {
    size: RawSize,
    #[serde(default)]
    landscape: bool,
    background: Option<String>,
    #[serde(default)]
    element: Vec<Toml>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawSize {
    Named(String),
    Millimetres([f32; 2]),
}

/// Reads the whole file.
pub(super) fn read(text: &str) -> Result<Vec<Page>, Error> {
    let file: File = toml::from_str(text).map_err(|error| syntax(Place::default(), &error))?;
    if file.version != 1 {
        return Err(refuse(
            Place::default().key("version"),
            format!("没有第 {} 版；现为第 1 版", file.version),
            format!("version {} is not known; this is version 1", file.version),
        ));
    }
    if file.page.is_empty() || file.page.len() > MAX_PAGES {
        return Err(refuse(
            Place::default().key("page"),
            format!("须有 1 至 {MAX_PAGES} 页"),
            format!("one to {MAX_PAGES} pages, please"),
        ));
    }
    let pages: Vec<Page> = file
        .page
        .into_iter()
        .enumerate()
        .map(|(n, page)| self::page(n, page, &file.style))
        .collect::<Result<_, _>>()?;
    let elements = pages.iter().flat_map(|page| &page.elements);
    let bound: usize = elements.map(|element| element.bound()).sum();
    if bound > MAX_BOUND {
        return Err(refuse(
            Place::default().key("page"),
            format!("样式引用字段 {bound} 次；至多 {MAX_BOUND} 次"),
            format!("the template shows {bound} values; at most {MAX_BOUND}"),
        ));
    }
    Ok(pages)
}

/// What the reader of TOML says, at a place.
pub(super) fn syntax(place: Place, error: &toml::de::Error) -> Error {
    let said = error.to_string();
    let said = said.trim();
    refuse(place, format!("写法有误（{said}）"), said)
}

fn page(number: usize, raw: RawPage, style: &Toml) -> Result<Page, Error> {
    let place = Place::page(number);
    let [width, height] = size(&raw).map_err(|what| refuse(place.key("size"), what.zh, what.en))?;
    if raw.element.len() > MAX_ELEMENTS {
        return Err(refuse(
            place,
            format!("元素超过 {MAX_ELEMENTS} 个"),
            format!("more than {MAX_ELEMENTS} elements"),
        ));
    }
    let elements = raw
        .element
        .into_iter()
        .enumerate()
        .map(|(n, table)| element(number, n, table, style))
        .collect::<Result<_, _>>()?;
    Ok(Page {
        width,
        height,
        background: raw.background,
        elements,
    })
}

fn size(raw: &RawPage) -> Result<[f32; 2], Sentence> {
    let [width, height] = match &raw.size {
        RawSize::Millimetres(sides) => *sides,
        RawSize::Named(name) => match name.as_str() {
            "A3" => [297.0, 420.0],
            "A4" => [210.0, 297.0],
            "A5" => [148.0, 210.0],
            // ISO/IEC 7810 ID-1, the size of a bank card
            "card" => [53.98, 85.6],
            other => {
                return Err(Sentence::new(
                    format!("没有名为“{other}”的纸型；可用 A3、A4、A5、card，或 [宽, 高]（毫米）"),
                    format!(
                        "`{other}` is not known; A3, A4, A5, card or [width, height] in millimetres"
                    ),
                ));
            }
        },
    };
    if ![width, height]
        .iter()
        .all(|side| (10.0..=MAX_SIDE).contains(side))
    {
        return Err(Sentence::new(
            format!("页面边长须为 10 至 {MAX_SIDE} 毫米"),
            format!("a page has sides of 10 to {MAX_SIDE} mm"),
        ));
    }
    Ok(if raw.landscape {
        [height, width]
    } else {
        [width, height]
    })
}

fn element(page: usize, number: usize, mut table: Toml, style: &Toml) -> Result<Element, Error> {
    let place = Place::element(page, number, "");
    let kind = match table.remove("kind") {
        Some(Value::String(kind)) => kind,
        _ => {
            return Err(refuse(
                place.key("kind"),
                "每个元素须写明 kind，例如 kind = \"text\"",
                "every element says its kind, e.g. kind = \"text\"",
            ));
        }
    };
    let place = Place::element(page, number, &kind);
    let reader = Reader {
        place: place.clone(),
        style,
    };
    let kind = match kind.as_str() {
        "text" => ElementKind::Text(reader.text(table)?),
        "date" => ElementKind::Text(reader.date(table)?),
        "code" => ElementKind::Text(reader.code(table)?),
        "table" => ElementKind::Table(reader.table(table)?),
        "image" => ElementKind::Image(reader.image(table)?),
        "qr" => ElementKind::Qr(reader.qr(table)?),
        "seal" => ElementKind::Seal(reader.seal(table)?),
        "watermark" => ElementKind::Watermark(reader.watermark(table)?),
        "line" => ElementKind::Shape(reader.line(table)?),
        "rect" => ElementKind::Shape(reader.rect(table)?),
        other => {
            let zh = format!(
                "没有“{other}”这种元素；可用 text、date、code、table、image、qr、seal、watermark、line、rect"
            );
            let en = format!(
                "`{other}` is not known; text, date, code, table, image, qr, seal, watermark, line or rect"
            );
            return Err(refuse(place.key("kind"), zh, en));
        }
    };
    Ok(Element { place, kind })
}
