//! Drafts as other programs see them, and the rules they keep.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use super::*;
use crate::document::{CopyNote, Document, Field, Kind, Value};
use crate::font::Fonts;
use crate::font::tests::debian;
use crate::template::{Assets, FieldInfo, FieldKind, Template, TypeInfo};

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
