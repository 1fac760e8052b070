//! Every template of the city on real rows: pages are made, fonts and room suffice.

use house::office::{Office, SealLevel};
use yinxin::demo::city::Kind;

/// Where to leave the files to look at, if anywhere.
const KEEP: &str = "YINXIN_KEEP";

#[test]
fn every_template_may_be_published() {
    let office = Office::found();
    let findings: Vec<String> = Kind::ALL
        .into_iter()
        .flat_map(|kind| office.lint(kind))
        .collect();
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn every_type_can_be_sealed() {
    let office = Office::found();
    for kind in Kind::ALL {
        let sealed = office.sealed_rows(kind, SealLevel::BB, 20);
        let longest = sealed.iter().map(Vec::len).max().unwrap_or(0);
        println!("{kind:?}: at most {longest} bytes");
        assert!(longest < 200_000, "{kind:?} has {longest} bytes");
        if let Some(folder) = std::env::var_os(KEEP) {
            let path = std::path::Path::new(&folder)
                .join(kind.file_name())
                .with_extension("pdf");
            std::fs::write(path, &sealed[0]).expect("a file to look at");
        }
    }
}
