//! SVG backgrounds: plain filled and stroked paths. Whatever would need transparency, fonts or pictures is
//! refused by name, so that nothing disappears unseen.

use registry::Sentence;
use usvg::tiny_skia_path::{PathSegment, Point, Transform};
use usvg::{
    Fill, FillRule, Group, ImageHrefResolver, LineCap, LineJoin, Node, Options, Paint, PaintOrder,
    Path, Stroke, Tree,
};

use super::Content;
use crate::font::Op;
use crate::template::Colour;

/// Draws the picture over a page of that size in points. The error names what cannot be drawn.
pub(crate) fn draw_svg(
    out: &mut Content,
    bytes: &[u8],
    width: f32,
    height: f32,
) -> Result<(), Sentence> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Sentence::new("SVG 须为 UTF-8 文本", "an SVG is UTF-8 text"))?;
    // the parser drops these silently
    for (tag, zh, en) in [
        ("<text", "请将文字转换为路径", "convert text to paths"),
        (
            "<image",
            "图片不会画出；请改用 PNG 底图",
            "pictures are not drawn; use a PNG background",
        ),
        (
            "<foreignObject",
            "外来对象不会画出",
            "foreign objects are not drawn",
        ),
        (
            "<script",
            "模板中不得有脚本",
            "scripts have no place in a template",
        ),
    ] {
        if text.contains(tag) {
            return Err(Sentence::new(
                format!("SVG 中有 {tag}>；{zh}"),
                format!("the SVG has {tag}>; {en}"),
            ));
        }
    }
    let nothing = ImageHrefResolver {
        resolve_data: Box::new(|_, _, _| None),
        resolve_string: Box::new(|_, _| None),
    };
    let options = Options {
        image_href_resolver: nothing,
        ..Options::default()
    };
    let tree = Tree::from_str(text, &options).map_err(|error| {
        Sentence::new(
            format!("不是 SVG（{error}）"),
            format!("not an SVG: {error}"),
        )
    })?;
    let size = tree.size();
    let onto_page = Transform::from_row(
        width / size.width(),
        0.0,
        0.0,
        -height / size.height(),
        0.0,
        height,
    );
    draw_group(out, tree.root(), onto_page)
}

fn draw_group(out: &mut Content, group: &Group, onto_page: Transform) -> Result<(), Sentence> {
    let unplain = [
        (group.opacity().get() < 1.0, ("透明度", "opacity")),
        (group.clip_path().is_some(), ("裁剪路径", "a clip path")),
        (group.mask().is_some(), ("蒙版", "a mask")),
        (!group.filters().is_empty(), ("滤镜", "a filter")),
        (
            group.blend_mode() != usvg::BlendMode::Normal,
            ("混合模式", "a blend mode"),
        ),
    ];
    if let Some((_, (zh, en))) = unplain.iter().find(|(found, _)| *found) {
        return Err(Sentence::new(
            format!("SVG 使用了{zh}；只能画普通路径"),
            format!("the SVG uses {en}; only plain paths can be drawn"),
        ));
    }
    for node in group.children() {
        match node {
            Node::Group(group) => draw_group(out, group, onto_page)?,
            Node::Path(path) if path.is_visible() => draw_path(out, path, onto_page)?,
            Node::Path(_) => {}
            Node::Image(_) => {
                return Err(Sentence::new(
                    "SVG 中有图片；请改用 PNG 底图",
                    "the SVG holds a picture; use a PNG background",
                ));
            }
            Node::Text(_) => {
                return Err(Sentence::new(
                    "SVG 中有文字；请转换为路径",
                    "the SVG holds text; convert it to paths",
                ));
            }
        }
    }
    Ok(())
}

fn draw_path(out: &mut Content, path: &Path, onto_page: Transform) -> Result<(), Sentence> {
    let transform = onto_page.pre_concat(path.abs_transform());
    let fill = |out: &mut Content| -> Result<(), Sentence> {
        let Some(fill) = path.fill() else {
            return Ok(());
        };
        out.fill(fill_colour(fill)?);
        trace(out, path, transform);
        out.put(if fill.rule() == FillRule::EvenOdd {
            "f*\n"
        } else {
            "f\n"
        });
        Ok(())
    };
    let stroke = |out: &mut Content| -> Result<(), Sentence> {
        let Some(stroke) = path.stroke() else {
            return Ok(());
        };
        set_stroke(out, stroke, transform)?;
        trace(out, path, transform);
        out.put("S Q\n");
        Ok(())
    };
    match path.paint_order() {
        PaintOrder::FillAndStroke => fill(out).and_then(|()| stroke(out)),
        PaintOrder::StrokeAndFill => stroke(out).and_then(|()| fill(out)),
    }
}

fn fill_colour(fill: &Fill) -> Result<Colour, Sentence> {
    colour(fill.paint(), fill.opacity().get())
}

fn colour(paint: &Paint, opacity: f32) -> Result<Colour, Sentence> {
    if opacity < 1.0 {
        return Err(Sentence::new(
            "SVG 使用了透明度；请直接选用较浅的颜色",
            "the SVG uses opacity; choose the lighter colour itself",
        ));
    }
    match paint {
        Paint::Color(colour) => Ok(Colour([colour.red, colour.green, colour.blue])),
        Paint::LinearGradient(_) | Paint::RadialGradient(_) => Err(Sentence::new(
            "SVG 使用了渐变；请用纯色",
            "the SVG uses a gradient; use plain colours",
        )),
        Paint::Pattern(_) => Err(Sentence::new(
            "SVG 使用了图案填充；请直接画出路径",
            "the SVG uses a pattern; draw its paths",
        )),
    }
}

/// Opens `q` and sets everything about the stroke; widths follow the mean scale of the transform.
fn set_stroke(out: &mut Content, stroke: &Stroke, transform: Transform) -> Result<(), Sentence> {
    let colour = colour(stroke.paint(), stroke.opacity().get())?;
    let scale = (transform.sx * transform.sy - transform.kx * transform.ky)
        .abs()
        .sqrt();
    out.put("q ").stroke(colour, stroke.width().get() * scale);
    let cap = match stroke.linecap() {
        LineCap::Butt => 0,
        LineCap::Round => 1,
        LineCap::Square => 2,
    };
    let join = match stroke.linejoin() {
        LineJoin::Miter | LineJoin::MiterClip => 0,
        LineJoin::Round => 1,
        LineJoin::Bevel => 2,
    };
    out.integer(cap).put(" J ").integer(join).put(" j ");
    out.number(stroke.miterlimit().get()).put("M ");
    if let Some(dashes) = stroke.dasharray() {
        out.put("[");
        for dash in dashes {
            out.number(dash * scale);
        }
        out.put("] ").number(stroke.dashoffset() * scale).put("d ");
    }
    Ok(())
}

fn trace(out: &mut Content, path: &Path, transform: Transform) {
    let map = |[x, y]: [f32; 2]| {
        let mut point = Point::from_xy(x, y);
        transform.map_point(&mut point);
        [point.x, point.y]
    };
    let mut at = [0.0, 0.0];
    for segment in path.data().segments() {
        let xy = |p: Point| [p.x, p.y];
        let op = match segment {
            PathSegment::MoveTo(p) => Op::Move(xy(p)),
            PathSegment::LineTo(p) => Op::Line(xy(p)),
            PathSegment::QuadTo(c, p) => Op::quadratic(at, xy(c), xy(p)),
            PathSegment::CubicTo(a, b, p) => Op::Curve([xy(a), xy(b), xy(p)]),
            PathSegment::Close => Op::Close,
        };
        at = op.end().unwrap_or(at);
        out.path(&op, map);
    }
}
