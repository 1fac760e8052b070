//! Drafts as other programs see them, and the rules they keep.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use super::*;
use crate::document::{Document, Value};
use crate::font::tests::debian;
use crate::template::{Assets, Extent, FieldInfo, FieldKind, Template, TypeInfo};

const APPROVAL: &str = include_str!("../../examples/approval.toml");
const BACKGROUND: &[u8] = include_bytes!("../../examples/approval.svg");

/// The type of the example: an approval (批文).
pub(crate) fn approval_type() -> TypeInfo {
    let text = |name: &str, label: &str, max_chars| FieldInfo {
        name: name.to_owned(),
        label: label.to_owned(),
        kind: FieldKind::Text {
            max_chars,
            narrow: false,
        },
        printed: true,
    };
    TypeInfo {
        name: "建设项目环境影响报告书批复".to_owned(),
        extent: Extent::default(),
        fields: vec![
            text("title", "标题", 60),
            text("applicant", "申请单位", 40),
            text("item", "事项名称", 40),
            text("content", "批准内容", 600),
        ],
        final_level: false,
        verify_url_len: 45,
        contents_bytes: 4096,
    }
}

/// A made-up approval.
pub(crate) fn approval() -> Document {
    let mut document = Document::sample(&approval_type());
    let texts = [
        "关于滨河新区再生水厂二期扩建工程环境影响报告书的批复",
        "滨河新区水务发展有限公司",
        "建设项目环境影响评价文件审批",
        "你公司报送的《滨河新区再生水厂二期扩建工程环境影响报告书》收悉。经研究，批复如下：\n一、该工程位于滨河新区北岸，设计规模为每日 5.0 万立方米，总投资 36,800 万元。在全面落实报告书提出的各项生态环境保护措施后，不利影响能够得到缓解和控制，我局同意报告书的总体结论。\n二、项目建设与运行中应重点做好恶臭防治、噪声控制与污泥处置，尾水排放执行 GB 18918-2002 一级 A 标准。\n三、项目竣工后，须按规定程序开展竣工环境保护验收；验收合格后，方可正式投入运行。",
    ];
    for (field, text) in document.fields.iter_mut().zip(texts) {
        field.value = Value::Text(text.to_owned());
    }
    document.number = "滨审环〔2026〕118号".to_owned();
    document.agency_name = "滨河新区行政审批局".to_owned();
    document.seal_label = "滨河新区电子证照认证中心".to_owned();
    document.verify_url = "https://zz.binhe.example.gov.cn/v#7K2M9QXD4TRW83HF".to_owned();
    document.printed_code = "7K2M9QXD4TRW83HF".to_owned();
    document.made_at = "2026-11-22T01:30:00Z".parse().expect("an instant");
    document.file_id = *b"0123456789abcdef";
    document
}

pub(crate) fn approval_template() -> Template {
    let assets = Assets::from([("approval.svg".to_owned(), Arc::from(BACKGROUND))]);
    Template::parse(APPROVAL, assets).expect("the example is a template")
}

/// The example compiled; none where the fonts are absent.
pub(crate) fn compiled() -> Option<Compiled> {
    let fonts = Arc::new(debian()?);
    Some(
        approval_template()
            .compile(&fonts, &approval_type())
            .expect("the example compiles"),
    )
}

/// Runs a program over a file; none, with a note, where it is not installed.
fn run(program: &str, args: &[&str], file: &Path) -> Option<String> {
    match Command::new(program).args(args).arg(file).output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{program}: {said}{error}");
            Some(said + &error)
        }
        Err(_) => {
            println!("not run: 1 ({program} is not installed)");
            None
        }
    }
}

fn written(draft: &Draft, folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("draft.pdf");
    std::fs::write(&path, draft.bytes()).expect("written");
    path
}

#[test]
fn other_programs_read_it() {
    let Some(compiled) = compiled() else { return };
    let document = approval();
    let draft = lay_out(&compiled, &document).expect("laid out");
    let folder = tempfile::tempdir().expect("a folder");
    let file = written(&draft, &folder);
    if let Ok(keep) = std::env::var("YINXIN_KEEP") {
        std::fs::copy(&file, keep).expect("kept");
    }
    if let Some(said) = run("qpdf", &["--check"], &file) {
        assert!(
            said.contains("No syntax or stream encoding errors found"),
            "{said}"
        );
    }
    if let Some(said) = run("pdffonts", &[], &file) {
        let fonts: Vec<_> = said.lines().skip(2).collect();
        assert_eq!(
            fonts.len(),
            2,
            "one font of the batch, one of the document: {said}"
        );
        for font in fonts {
            assert!(
                font.contains("CID TrueType") && font.contains("yes yes yes"),
                "{said}"
            );
        }
    }
    if let Some(said) = run("pdftotext", &["-enc", "UTF-8", "-raw"], &file) {
        // the file name of the output follows the input
        let text = std::fs::read_to_string(file.with_extension("txt")).expect(&said);
        for part in [
            "滨审环〔2026〕118号",
            "滨河新区水务发展有限公司",
            "7K2M 9QXD 4TRW 83HF",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
    let picture = folder.path().join("page");
    let prefix = picture.to_string_lossy().into_owned();
    let render = Command::new("pdftoppm")
        .args(["-png", "-r", "200"])
        .arg(&file)
        .arg(&prefix)
        .status();
    if render.is_ok_and(|status| status.success()) {
        let picture = folder.path().join("page-1.png");
        if let Some(said) = run("zbarimg", &["--quiet", "--raw"], &picture) {
            assert!(said.contains(&document.verify_url), "{said}");
        }
    } else {
        println!("not run: 1 (pdftoppm is not installed)");
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let Some(first) = compiled() else { return };
    let second = compiled().expect("as before");
    let document = approval();
    let draft = lay_out(&first, &document).expect("laid out");
    let mut other = document.clone();
    other.seal_label = "另一中心".to_owned();
    // what was laid out before leaves no trace
    lay_out(&second, &other).expect("laid out");
    assert_eq!(lay_out(&first, &document).expect("laid out"), draft);
    assert_eq!(lay_out(&second, &document).expect("laid out"), draft);
}

#[test]
fn the_digest_covers_all_but_the_gap() {
    let Some(compiled) = compiled() else { return };
    let draft = lay_out(&compiled, &approval()).expect("laid out");
    let [before, after] = draft.covered().clone();
    assert_eq!((before.start, after.end), (0, draft.bytes().len() as u64));
    let gap = draft.contents_gap();
    assert_eq!((before.end, after.start), (gap.start, gap.end));
    let gap = &draft.bytes()[gap.start as usize..gap.end as usize];
    assert_eq!(gap.len(), 2 + 2 * approval_type().contents_bytes);
    assert!(gap.starts_with(b"<0") && gap.ends_with(b"0>"));
    assert!(gap[1..gap.len() - 1].iter().all(|&byte| byte == b'0'));
    let covered = [
        &draft.bytes()[..before.end as usize],
        &draft.bytes()[after.start as usize..],
    ];
    let digest = ring::digest::digest(&ring::digest::SHA256, &covered.concat());
    assert_eq!(digest.as_ref(), draft.digest());
}

#[test]
fn a_reviewer_approves_the_face_and_not_the_plan() {
    let Some(compiled) = compiled() else { return };
    let inputs = |change: fn(&mut Document)| {
        let mut document = approval();
        change(&mut document);
        *lay_out(&compiled, &document)
            .expect("laid out")
            .inputs_digest()
    };
    let approved = inputs(|_| {});
    assert_eq!(inputs(|d| d.printed_code = "0".repeat(16)), approved);
    assert_eq!(inputs(|d| d.number = "另号".to_owned()), approved);
    assert_eq!(inputs(|d| d.file_id = [7; 16]), approved);
    for change in [
        (|d| d.agency_name.push('局')) as fn(&mut Document),
        |d| d.expiring = None,
        |d| d.holders[0].code.push('1'),
        |d| d.fields[1].value = Value::Text("别的单位".to_owned()),
    ] {
        assert_ne!(inputs(change), approved);
    }
}

/// What is said of an approval with one change.
fn refused(change: impl Fn(&mut Document), expect: &str) {
    let Some(compiled) = compiled() else { return };
    let mut document = approval();
    change(&mut document);
    let said = lay_out(&compiled, &document).expect_err(expect).to_string();
    assert!(said.contains(expect), "{said}");
}

#[test]
fn what_cannot_be_shown_is_refused_by_name() {
    let text = |at: usize, text: &str| {
        let text = text.to_owned();
        move |d: &mut Document| d.fields[at].value = Value::Text(text.clone())
    };
    refused(
        text(1, "甲\u{E000}公司"),
        "field `applicant`: no font has a glyph for character 2, of Unicode plane 0",
    );
    refused(
        text(1, "甲\u{202E}公司"),
        "field `applicant`: no font has a glyph for character 2",
    );
    refused(
        text(3, &"国".repeat(3000)),
        "field `content`: the text does not fit its box at 8 pt (page 1, element 6 (text))",
    );
    refused(
        |d| d.seal_label = "\u{E000}".to_owned(),
        "field `seal_label`",
    );
    refused(
        |d| d.verify_url = "x".repeat(4000),
        "field `verify_url`: the address is too long",
    );
}

#[test]
fn a_template_must_fit_its_type() {
    let Some(fonts) = debian() else { return };
    let fonts = Arc::new(fonts);
    let said = |change: fn(&mut TypeInfo)| {
        let mut info = approval_type();
        change(&mut info);
        let compiled = approval_template().compile(&fonts, &info);
        compiled.map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(said(|_| {}), Ok(()));
    let lacks = said(|info| info.fields.retain(|field| field.name != "item"));
    assert!(lacks.is_err_and(|e| e.contains("element 5 (table): the type has no field `item`")));
    let hides = said(|info| info.fields[0].printed = false);
    assert!(hides.is_err_and(|e| e.contains("the type does not print its field `title`")));
}

#[test]
fn rare_characters_come_from_the_fallback_font_and_are_found_again() {
    let Some(compiled) = compiled() else { return };
    let missing_in_first = |c: &char| {
        compiled
            .fonts()
            .glyph("body", *c)
            .is_some_and(|g| g.face == 1)
    };
    let rare = ('\u{4E00}'..='\u{2FFFF}')
        .find(missing_in_first)
        .expect("no font has everything");
    let name = format!("𠮷䶮{rare}公司");
    let mut document = approval();
    document.fields[1].value = Value::Text(name.clone());
    let draft = lay_out(&compiled, &document).expect("laid out");
    let folder = tempfile::tempdir().expect("a folder");
    let file = written(&draft, &folder);
    if let Some(said) = run("pdffonts", &[], &file) {
        assert!(
            said.contains("CID Type 0C") && said.contains("NotoSansCJKsc"),
            "{said}"
        );
    }
    if run("pdftotext", &["-enc", "UTF-8", "-raw"], &file).is_some() {
        let text = std::fs::read_to_string(file.with_extension("txt")).expect("text");
        assert!(text.contains(&name), "{name} in {text}");
    }
    run("qpdf", &["--check"], &file);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]
    /// Whatever stands in a row: a draft, or an error that names a field.
    #[test]
    fn any_text_is_laid_out_or_refused(
        title in "\\PC{0,80}",
        content in "([一-龥]|[ -~]|\\PC|\n|\r|\t|[\\x00-\\x1f]|\u{202e}|[\u{20000}-\u{2a6df}]){0,200}",
        code in "\\PC{0,40}",
        number in "\\PC{0,60}",
    ) {
        if let Some(compiled) = shared() {
            let mut document = approval();
            document.fields[0].value = Value::Text(title);
            document.fields[3].value = Value::Text(content);
            document.printed_code = code;
            document.number = number;
            match lay_out(compiled, &document) {
                Ok(draft) => proptest::prop_assert!(lopdf::Document::load_mem(draft.bytes()).is_ok()),
                Err(error) => proptest::prop_assert!(error.to_string().starts_with("field `")),
            }
        }
    }

    /// Whatever is uploaded as a picture: written, or refused in words.
    #[test]
    fn any_picture_is_read_or_refused(
        head in proptest::sample::select(vec![&b"\xFF\xD8\xFF"[..], b"\x89PNG\r\n\x1a\n", b""]),
        rest in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
    ) {
        let _ = crate::pdf::Picture::read(&[head, &rest].concat());
    }
}

/// The example compiled once for all cases of a property.
fn shared() -> Option<&'static Compiled> {
    static COMPILED: std::sync::OnceLock<Option<Compiled>> = std::sync::OnceLock::new();
    COMPILED.get_or_init(compiled).as_ref()
}
