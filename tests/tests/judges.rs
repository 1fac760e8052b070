//! Other people's programs on files of every type at both levels.

#![allow(clippy::expect_used)] // helpers of tests

use house::judges::{ask, ask_for_refusal, ask_python};
use house::office::{NOW, Office, SealLevel};
use serde_json::{Value, json};
use yinxin::demo::city::Kind;

/// Every type at both levels, on disk, with what a judge has to trust beside them.
struct Samples {
    office: Office,
    files: Vec<Sample>,
}

struct Sample {
    kind: Kind,
    level: SealLevel,
    path: String,
    bytes: Vec<u8>,
}

impl Samples {
    fn make() -> Self {
        let office = Office::found();
        let policy = office.policy();
        let root = office.root_pem();
        office.write("root.pem", &root);
        office.write("ca.pem", office.issuing_ca_pem());
        office.write("chain.pem", root + &office.issuing_ca_pem());
        office.write("crl.pem", policy.crl_pem);
        let levels = [SealLevel::BB, SealLevel::BT];
        let each = Kind::ALL
            .into_iter()
            .flat_map(|kind| levels.map(|level| (kind, level)));
        let sample = |(kind, level)| {
            let bytes = office.sealed(kind, level);
            let path = office.write(&format!("{}-{level:?}.pdf", kind.file_name()), &bytes);
            Sample {
                kind,
                level,
                path: text(&path),
                bytes,
            }
        };
        let files = each.map(sample).collect();
        Self { office, files }
    }

    /// The path of a file beside the samples.
    fn path(&self, name: &str) -> String {
        text(&self.office.folder().join(name))
    }

    fn ask_pyhanko(&self, files: &[&str]) -> Vec<Value> {
        let when = NOW.to_string();
        let trust = ["root.pem", "ca.pem", "crl.pem"].map(|name| self.path(name));
        let mut arguments = vec![when.as_str()];
        arguments.extend(trust.iter().map(String::as_str));
        arguments.extend(files);
        let said = ask_python("pyhanko_says.py", &arguments);
        said.lines()
            .map(|line| serde_json::from_str(line).expect(line))
            .collect()
    }
}

fn text(path: &std::path::Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}

#[test]
fn pyhanko_finds_the_seal_intact_and_trusted() {
    let samples = Samples::make();
    let paths: Vec<&str> = samples
        .files
        .iter()
        .map(|sample| sample.path.as_str())
        .collect();
    let answers = samples.ask_pyhanko(&paths);
    assert_eq!(answers.len(), samples.files.len());
    for (sample, said) in samples.files.iter().zip(answers) {
        let time_stamp = match sample.level {
            SealLevel::BB => Value::Null,
            SealLevel::BT => json!({ "valid": true, "trusted": true }),
        };
        let expected = json!({
            "intact": true, "valid": true, "trusted": true, "bottom_line": true,
            "modification": "NONE", "coverage": "ENTIRE_FILE", "docmdp_ok": true,
            "time_stamp": time_stamp,
        });
        assert_eq!(said, expected, "{}", sample.path);
    }
}

#[test]
fn pyhanko_sees_one_changed_character() {
    let samples = Samples::make();
    let mut bytes = samples.files[0].bytes.clone();
    let name = b"(certificate.json)";
    let at = bytes
        .windows(name.len())
        .position(|window| window == name)
        .expect("the attachment");
    bytes[at + 1] = b'C';
    let changed = samples.office.write("changed.pdf", bytes);
    let said = samples.ask_pyhanko(&[&text(&changed)]);
    assert_eq!(said[0]["intact"], false, "{said:?}");
}

#[test]
fn pdfsig_finds_the_seal_valid() {
    for sample in Samples::make().files {
        // NSS knows no purpose but e-mail for a signer, so its opinion on our X.509 is not asked.
        let said = ask("pdfsig", &["-nocert", &sample.path]);
        for wanted in ["Signature is Valid.", "Total document signed"] {
            assert!(
                said.contains(wanted),
                "{}: no {wanted}\n{said}",
                sample.path
            );
        }
    }
}

#[test]
fn qpdf_finds_the_file_clean() {
    for sample in Samples::make().files {
        let said = ask("qpdf", &["--check", &sample.path]);
        let clean = "No syntax or stream encoding errors found";
        assert!(said.contains(clean), "{}: {said}", sample.path);
    }
}

#[test]
fn openssl_verifies_cms_and_time_stamp() {
    let samples = Samples::make();
    let paths: Vec<&str> = samples
        .files
        .iter()
        .map(|sample| sample.path.as_str())
        .collect();
    ask_python("take_apart.py", &paths);
    let (at, chain) = (NOW.as_second().to_string(), samples.path("chain.pem"));
    let trust = ["-CAfile", &chain, "-attime", &at];
    for sample in &samples.files {
        let part = |name: &str| format!("{}.{name}", sample.path);
        let (cms, covered) = (part("cms"), part("covered"));
        let verify = [
            "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", &cms,
        ];
        let rest = ["-purpose", "any", "-out", "/dev/null"];
        let content = ["-content", &covered];
        ask("openssl", &[&verify[..], &content, &trust, &rest].concat());
        // The same seal over other bytes is refused.
        let content = ["-content", &cms];
        ask_for_refusal("openssl", &[&verify[..], &content, &trust, &rest].concat());

        let (token, value) = (part("token"), part("value"));
        let verify = ["ts", "-verify", "-token_in", "-in", &token, "-data", &value];
        match sample.level {
            SealLevel::BT => drop(ask("openssl", &[&verify[..], &trust].concat())),
            SealLevel::BB => assert!(!std::path::Path::new(&token).exists(), "{token}"),
        }
    }
}

#[test]
fn text_is_found_and_fonts_are_embedded_subsets() {
    for sample in Samples::make().files {
        let said = ask("pdftotext", &["-raw", &sample.path, "-"]);
        let words: String = said.split_whitespace().collect();
        for wanted in wanted_text(sample.kind) {
            assert!(
                words.contains(wanted),
                "{}: no {wanted} in\n{said}",
                sample.path
            );
        }
        let fonts = ask("pdffonts", &[&sample.path]);
        let fonts: Vec<&str> = fonts.lines().skip(2).collect();
        assert!(!fonts.is_empty());
        for font in fonts {
            // emb sub uni: embedded, a subset, with a map to Unicode
            assert!(font.contains(" yes yes yes "), "{}: {font}", sample.path);
        }
    }
}

fn wanted_text(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::BusinessLicence => &["营业执照", "统一社会信用代码", "经营范围", "一般项目："],
        Kind::ResidencePermit => &["居住证", "户籍地址", "澜江省望澜市"],
        Kind::BirthCertificate => &["出生医学证明", "新生儿", "公民身份号码"],
        Kind::DisabilityCard => &["中华人民共和国残疾人证", "残疾类别"],
        Kind::Diploma => &["毕业证书", "望澜大学", "准予毕业。"],
        Kind::Approval => &["望澜市行政审批局", "现批复如下：", "望审批〔"],
    }
}

#[test]
fn the_qr_code_is_read_from_a_picture_of_the_page() {
    let samples = Samples::make();
    for sample in samples
        .files
        .iter()
        .filter(|sample| sample.level == SealLevel::BB)
    {
        let picture = sample.path.replace(".pdf", "");
        ask(
            "pdftoppm",
            &["-r", "150", "-png", "-singlefile", &sample.path, &picture],
        );
        let said = ask("zbarimg", &["--raw", "--quiet", &format!("{picture}.png")]);
        assert_eq!(said.trim(), house::office::VERIFY_URL, "{}", sample.path);
    }
}
