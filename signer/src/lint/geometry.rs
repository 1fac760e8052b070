//! Everything on the page, the QR code large enough, backgrounds that can be drawn.

use super::LintFinding;
use crate::pdf::{Content, Picture, draw_svg, modules};
use crate::template::{Area, Assets, Element, ElementKind, Page, Place, Seal, ShapePath, TypeInfo};

/// A module smaller than this is lost on a worn print and a cheap scanner, in millimetres.
const SMALLEST_MODULE: f32 = 0.4;
/// Smallest side of a picture, in millimetres: less shows nobody.
const SMALLEST_PICTURE: f32 = 5.0;

pub(super) fn check(page: &Page, info: &TypeInfo, findings: &mut Vec<LintFinding>) {
    for element in &page.elements {
        let place = &element.place;
        if let ElementKind::Seal(seal) = &element.kind
            && !inside(page, &square(seal))
        {
            findings.push(LintFinding::new(
                "seal.outside_page",
                &place.key("centre"),
                "印章超出页面；请移动或缩小",
                "the seal is not wholly on the page",
            ));
        } else if extent(element).is_some_and(|area| !inside(page, &area)) {
            findings.push(LintFinding::new(
                "element.outside_page",
                place,
                "元素超出页面；请移动或缩小",
                "the element is not wholly on the page",
            ));
        }
        if let ElementKind::Qr(qr) = &element.kind {
            findings.extend(module_size(place, qr.side, info.verify_url_len));
        }
        if let ElementKind::Image(image) = &element.kind
            && image.area.width.min(image.area.height) < SMALLEST_PICTURE
        {
            findings.push(LintFinding::new(
                "image.box_too_small",
                &place.key("box"),
                format!("图片框不足 {SMALLEST_PICTURE} 毫米"),
                format!("a picture needs a box of at least {SMALLEST_PICTURE} mm"),
            ));
        }
    }
}

pub(super) fn check_background(
    number: usize,
    page: &Page,
    assets: &Assets,
    findings: &mut Vec<LintFinding>,
) {
    let Some((name, bytes)) = page
        .background
        .as_ref()
        .and_then(|name| assets.get_key_value(name))
    else {
        return;
    };
    let drawn = if name.to_ascii_lowercase().ends_with(".svg") {
        draw_svg(&mut Content::default(), bytes, page.width, page.height)
    } else {
        Picture::read(bytes).map(|_| ())
    };
    findings.extend(drawn.err().map(|what| {
        let place = Place::page(number).key("background");
        LintFinding::new(
            "background.unfit",
            &place,
            format!("底图不能用：{}", what.zh),
            what.en,
        )
    }));
}

fn module_size(place: &Place, side: f32, url_length: usize) -> Option<LintFinding> {
    let Some(count) = modules(url_length) else {
        return Some(LintFinding::new(
            "qr.address_too_long",
            place,
            "核验地址太长，放不进二维码",
            "the address is too long for a QR code",
        ));
    };
    let needed = SMALLEST_MODULE * count as f32;
    (side < needed).then(|| {
        LintFinding::new(
            "qr.module_too_small",
            &place.key("side"),
            format!(
                "二维码模块只有 {:.2} 毫米，边长至少 {needed:.1}",
                side / count as f32
            ),
            format!(
                "a module is {:.2} mm; make side at least {needed:.1}",
                side / count as f32
            ),
        )
    })
}

fn square(seal: &Seal) -> Area {
    let radius = seal.diameter / 2.0;
    Area {
        x: seal.x - radius,
        y: seal.y - radius,
        width: seal.diameter,
        height: seal.diameter,
    }
}

/// The box of an element; none for watermarks, which belong to the whole page.
fn extent(element: &Element) -> Option<Area> {
    match &element.kind {
        ElementKind::Text(text) => Some(text.area),
        ElementKind::Table(table) => Some(table.area),
        ElementKind::Image(image) => Some(image.area),
        ElementKind::Qr(qr) => Some(Area {
            x: qr.x,
            y: qr.y,
            width: qr.side,
            height: qr.side,
        }),
        ElementKind::Shape(shape) => Some(match shape.path {
            ShapePath::Rect { area, .. } => area,
            ShapePath::Line { from, to } => Area {
                x: from[0].min(to[0]),
                y: from[1].min(to[1]),
                width: (from[0] - to[0]).abs(),
                height: (from[1] - to[1]).abs(),
            },
        }),
        ElementKind::Seal(_) | ElementKind::Watermark(_) => None,
    }
}

fn inside(page: &Page, area: &Area) -> bool {
    area.x >= 0.0
        && area.y >= 0.0
        && area.x + area.width <= page.width
        && area.y + area.height <= page.height
}
