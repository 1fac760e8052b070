//! The rules of PDF/A-3b (ISO 19005-3:2012) that the writer relies on, one test a clause, and a file made by
//! krilla as second opinion. No validator is at hand; this is structure only.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops where its file is not as expected"
)]

mod document;
mod file_structure;
mod graphics;
mod krilla_oracle;

use std::sync::Arc;

use lopdf::{Dictionary, Object, ObjectId};
use signer::{
    Assets, Document, Draft, Extent, FieldInfo, FieldKind, FontSettings, Fonts, Template, TypeInfo,
    lay_out,
};

/// Everything a template can show, on two pages.
const TEMPLATE: &str = r##"
version = 1
[[page]]
size = "A4"
background = "frame.svg"
[[page.element]]
kind = "watermark"
text = "{cert.type}"
step = 70
[[page.element]]
kind = "text"
text = "{name} 𠮷 ½"
box = [20, 20, 170, 20]
size = 20
bold = true
align = "distribute"
[[page.element]]
kind = "table"
box = [20, 50, 170, 60]
label_width = 30
rule = "#cccccc"
rows = [{ label = "出生日期", value = "{birth:chinese}" }, { label = "性别", value = "{sex}" }]
[[page.element]]
kind = "image"
field = "photo"
box = [150, 120, 25, 35]
frame = "#999999"
[[page.element]]
kind = "qr"
at = [20, 200]
side = 30
[[page.element]]
kind = "code"
box = [15, 231, 40, 6]
size = 9
[[page]]
size = "A5"
background = "paper.png"
[[page.element]]
kind = "rect"
box = [10, 10, 128, 190]
radius = 4
colour = "#b81c1c"
[[page.element]]
kind = "seal"
centre = [100, 170]
diameter = 40
text = "电子证照专用章"
"##;

const FRAME: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 210 297'>\
    <path d='M10 10H200V287H10Z' fill='none' stroke='#b59a63' stroke-dasharray='2 1'/>\
    <circle cx='105' cy='150' r='40' fill='#f8f0e0'/></svg>";

fn type_info() -> TypeInfo {
    let field = |name: &str, kind| FieldInfo {
        name: name.to_owned(),
        label: name.to_owned(),
        kind,
        printed: true,
    };
    TypeInfo {
        name: "居住证".to_owned(),
        extent: Extent::default(),
        fields: vec![
            field(
                "name",
                FieldKind::Text {
                    max_chars: 10,
                    narrow: false,
                },
            ),
            field("birth", FieldKind::Date),
            field(
                "sex",
                FieldKind::Coded(vec![("1".to_owned(), "男性".to_owned())]),
            ),
            field("photo", FieldKind::Image),
        ],
        final_level: false,
        verify_url_len: 45,
        contents_bytes: 3000,
    }
}

/// A draft; none where the fonts are not installed.
fn draft() -> Option<Draft> {
    let settings = FontSettings::debian();
    if settings.body.iter().any(|source| !source.path.exists()) {
        println!("not run: 1 (fonts-lxgw-wenkai or fonts-noto-cjk is not installed)");
        return None;
    }
    let fonts = Arc::new(Fonts::load(&settings).expect("the fonts of Debian are fonts"));
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 2, 2);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().expect("into memory");
    writer.write_image_data(&[0x80; 16]).expect("into memory");
    writer.finish().expect("into memory");
    let assets = Assets::from([
        ("frame.svg".to_owned(), Arc::from(FRAME)),
        ("paper.png".to_owned(), Arc::from(png)),
    ]);
    let info = type_info();
    let template = Template::parse(TEMPLATE, assets).expect("understood");
    let compiled = template.compile(&fonts, &info).expect("compiled");
    Some(lay_out(&compiled, &Document::sample(&info)).expect("laid out"))
}

/// A draft as bytes and as lopdf reads it.
struct Read {
    bytes: Vec<u8>,
    pdf: lopdf::Document,
}

fn read() -> Option<Read> {
    let bytes = draft()?.bytes().to_vec();
    let pdf = lopdf::Document::load_mem(&bytes).expect("lopdf reads it");
    Some(Read { bytes, pdf })
}

impl Read {
    fn catalog(&self) -> &Dictionary {
        self.pdf.catalog().expect("a catalog")
    }

    /// The dictionary under a path of keys and array indices, from one given.
    fn at<'a>(&'a self, from: &'a Dictionary, path: &[&str]) -> &'a Dictionary {
        let mut object: Option<&Object> = None;
        for key in path {
            let next = match (object, key.parse::<usize>()) {
                (Some(Object::Array(items)), Ok(index)) => &items[index],
                (Some(other), _) => dictionary(other).get(key.as_bytes()).expect(key),
                (None, _) => from.get(key.as_bytes()).expect(key),
            };
            object = Some(self.pdf.dereference(next).expect(key).1);
        }
        object.map_or(from, dictionary)
    }

    fn objects(&self) -> impl Iterator<Item = (&ObjectId, &Object)> {
        self.pdf.objects.iter()
    }

    /// Dictionaries of all objects, with those inside them.
    fn dictionaries(&self) -> Vec<&Dictionary> {
        let mut found = Vec::new();
        let mut open: Vec<&Object> = self.objects().map(|(_, object)| object).collect();
        while let Some(object) = open.pop() {
            match object {
                Object::Dictionary(inner) => {
                    found.push(inner);
                    open.extend(inner.iter().map(|(_, value)| value));
                }
                Object::Stream(stream) => {
                    found.push(&stream.dict);
                    open.extend(stream.dict.iter().map(|(_, value)| value));
                }
                Object::Array(items) => open.extend(items),
                _ => {}
            }
        }
        found
    }

    /// Decoded content of all pages and forms.
    fn contents(&self) -> String {
        let mut all = Vec::new();
        for (_, page) in self.pdf.get_pages() {
            all.extend(self.pdf.get_page_content(page));
        }
        for (_, object) in self.objects() {
            if let Object::Stream(stream) = object
                && name(&stream.dict, "Subtype") == "Form"
            {
                all.extend(stream.decompressed_content().expect("deflate"));
            }
        }
        String::from_utf8(all).expect("our operators are ASCII")
    }
}

fn dictionary(object: &Object) -> &Dictionary {
    match object {
        Object::Dictionary(inner) => inner,
        Object::Stream(stream) => &stream.dict,
        other => panic!("{other:?} is no dictionary"),
    }
}

fn keys(dictionary: &Dictionary) -> Vec<String> {
    let mut keys: Vec<_> = dictionary
        .iter()
        .map(|(key, _)| String::from_utf8_lossy(key).into_owned())
        .collect();
    keys.sort();
    keys
}

/// A name under a key; empty where there is none.
fn name<'a>(dictionary: &'a Dictionary, key: &str) -> &'a str {
    let name = dictionary
        .get(key.as_bytes())
        .and_then(Object::as_name)
        .unwrap_or_default();
    std::str::from_utf8(name).expect("our names are ASCII")
}

fn number(dictionary: &Dictionary, key: &str) -> Option<i64> {
    dictionary.get(key.as_bytes()).and_then(Object::as_i64).ok()
}
