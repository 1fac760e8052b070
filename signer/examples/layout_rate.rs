//! How many text-only pages one core lays out in a second, how large they are, and where the time goes.
//! Counts the time the processor worked, so that neighbours on the machine do not matter (Linux).
//!
//! `cargo run --release -p yinxin-signer --example layout_rate [pages]`

#![allow(clippy::unwrap_used, reason = "an example may stop with a message")]

use std::sync::Arc;
use std::time::Instant;

use signer::{
    Assets, Compiled, Document, Extent, FieldInfo, FieldKind, FontSettings, Fonts, Template,
    TypeInfo, Value, lay_out,
};

const TEMPLATE: &str = r##"
version = 1
[[page]]
size = "A5"
landscape = true
[[page.element]]
kind = "rect"
box = [6, 6, 198, 136]
colour = "#b59a63"
width = 0.6
[[page.element]]
kind = "text"
text = "{cert.type}"
box = [20, 14, 170, 14]
size = 24
bold = true
align = "center"
fit = "shrink"
min_size = 10
[[page.element]]
kind = "table"
box = [22, 34, 120, 84]
label_width = 24
rows = [
    { label = "姓名", value = "{name}" },
    { label = "资格名称", value = "{title}" },
    { label = "证书编号", value = "{cert.number}" },
    { label = "发证日期", value = "{cert.issued}" },
    { label = "有效期至", value = "{cert.expiring}" },
    { label = "发证部门", value = "{cert.agency}" },
]
[[page.element]]
kind = "qr"
at = [150, 36]
side = 26
[[page.element]]
kind = "code"
box = [144, 63, 38, 5]
size = 8
align = "center"
[[page.element]]
kind = "seal"
centre = [160, 104]
diameter = 42
text = "电子证照专用章"
"##;

/// Characters of made-up names.
const NAMES: &str =
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜子涵浩宇梓萱欣怡俊杰雨桐思远";

fn main() {
    let pages: usize = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(2000);
    let started = Instant::now();
    let fonts = Arc::new(Fonts::load(&FontSettings::debian()).unwrap());
    println!(
        "fonts read       {:>8.1} ms",
        started.elapsed().as_secs_f64() * 1e3
    );

    let text = |name: &str, label: &str| FieldInfo {
        name: name.to_owned(),
        label: label.to_owned(),
        kind: FieldKind::Text {
            max_chars: 30,
            narrow: false,
        },
        printed: true,
    };
    let info = TypeInfo {
        name: "专业技术资格证书".to_owned(),
        extent: Extent::default(),
        fields: vec![text("name", "姓名"), text("title", "资格名称")],
        final_level: false,
        verify_url_len: 45,
        contents_bytes: 2560,
    };
    let documents: Vec<_> = (0..64).map(|n| document(&info, n)).collect();
    let started = Instant::now();
    let compiled = compile(TEMPLATE, &fonts, &info);
    println!(
        "template compiled{:>8.1} ms",
        started.elapsed().as_secs_f64() * 1e3
    );

    let (whole, size) = measure(&compiled, &documents, pages);
    println!(
        "{pages} pages on one core: {:.0} pages/s, {whole:.0} µs a page, {:.1} kB a file",
        1e6 / whole,
        size / 1e3
    );
    // what an element costs is what a template without it saves
    let (no_qr, _) = measure(
        &compile(&drop_kind(TEMPLATE, "qr"), &fonts, &info),
        &documents,
        pages,
    );
    let bare = ["qr", "table", "text", "code"]
        .iter()
        .fold(TEMPLATE.to_owned(), |t, k| drop_kind(&t, k));
    let (bare, bare_size) = measure(&compile(&bare, &fonts, &info), &documents, pages);
    println!("  QR code                     {:>6.0} µs", whole - no_qr);
    println!("  text: layout, subset, deflate{:>5.0} µs", no_qr - bare);
    println!(
        "  the rest: XMP, JSON, stamp, hashes {bare:.0} µs, {:.1} kB",
        bare_size / 1e3
    );
    if let Some(path) = std::env::args().nth(2) {
        std::fs::write(path, lay_out(&compiled, &documents[0]).unwrap().bytes()).unwrap();
    }
}

fn compile(template: &str, fonts: &Arc<Fonts>, info: &TypeInfo) -> Compiled {
    Template::parse(template, Assets::new())
        .unwrap()
        .compile(fonts, info)
        .unwrap()
}

fn drop_kind(template: &str, kind: &str) -> String {
    const ELEMENT: &str = "[[page.element]]";
    let kind = format!("kind = \"{kind}\"");
    template
        .split(ELEMENT)
        .filter(|part| !part.contains(&kind))
        .collect::<Vec<_>>()
        .join(ELEMENT)
}

/// Microseconds a page and bytes a file; the best of ten rounds, as the others were disturbed.
fn measure(compiled: &Compiled, documents: &[Document], pages: usize) -> (f64, f64) {
    let pages = pages.div_ceil(10);
    let round = || {
        let started = worked();
        let of = |document| lay_out(compiled, document).unwrap().bytes().len();
        let bytes: usize = documents.iter().cycle().take(pages).map(of).sum();
        (
            (worked() - started) * 1e6 / pages as f64,
            bytes as f64 / pages as f64,
        )
    };
    (0..10)
        .map(|_| round())
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap()
}

/// Seconds this process has spent on a processor.
fn worked() -> f64 {
    let figures = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    figures.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

fn document(info: &TypeInfo, n: usize) -> Document {
    let mut document = Document::sample(info);
    let names: Vec<char> = NAMES.chars().collect();
    let name: String = (0..3)
        .map(|k| names[(n * 7 + k * 13) % names.len()])
        .collect();
    document.fields[0].value = Value::Text(name.clone());
    document.fields[1].value = Value::Text("工程师(给水排水)".to_owned());
    document.number = format!("样资〔2026〕{:05}号", n);
    document.agency_name = "样例市人力资源和社会保障局".to_owned();
    document.holders[0].name = name;
    document.verify_url = format!("https://zz.example.gov.cn/v#7K2M9QXD4TRW{n:04}");
    document.printed_code = format!("7K2M9QXD4TRW{n:04}");
    document
}
