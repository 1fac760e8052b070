//! Pictures that rows name by their SHA-256, at the command line.

#![allow(clippy::expect_used)] // helpers run inside tests as well

use std::fmt::Write as _;
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use house::program::{CLERK, Folder, check, check_zh, json, run, text_of};
use jiff::civil::date;
use ring::digest::{SHA256, digest};
use serde_json::Value;
use yinxin::demo::city::{Kind, Row, rows};

/// Type code of 居住证, which has a photo.
const PERMIT: &str = "11990100MB01000360001";

/// Permits that the demo did not make, each with its photo beside it.
fn permits() -> Vec<(Row, Vec<u8>)> {
    let made = rows(Kind::ResidencePermit, 3, 777, date(2024, 7, 1));
    let mut permits = Vec::new();
    for (mut row, n) in made.zip(0_u32..) {
        row.insert("ref".to_owned(), format!("pictured-{n}").into());
        let photo = row["photo"]["base64"]
            .as_str()
            .expect("a photo within the row");
        let photo = STANDARD.decode(photo).expect("base64");
        let mut name = "sha256:".to_owned();
        for byte in digest(&SHA256, &photo).as_ref() {
            let _ = write!(name, "{byte:02x}");
        }
        row.insert("photo".to_owned(), Value::from(name));
        permits.push((row, photo));
    }
    permits
}

#[test]
fn pictures_of_a_folder_are_put_before_the_rows_that_name_them() {
    let folder = Folder::new();
    let permits = permits();
    let named: Vec<Row> = permits.iter().map(|(row, _)| row.clone()).collect();
    let (data, input) = (folder.data(), folder.rows("rows.ndjson", &named));
    let images = folder.beside("images");
    fs::create_dir_all(images.join("others")).expect("a folder");
    fs::write(images.join(".hidden"), "not looked at").expect("a file");
    let (out, images) = (text_of(&folder.beside("out")), text_of(&images));
    let sign = [
        "sign", "--data", &data, "--type", PERMIT, "--as", CLERK, "--in", &input,
    ];
    let with_images = [&sign[..], &["--images", &images, "--out", &out]].concat();
    // Only the first one is there: the others name pictures that nobody put.
    let photo = |n: usize| format!("{images}/{n}.png");
    fs::write(photo(0), &permits[0].1).expect("a photo");
    let first = [&with_images[..], &["--idempotency-key", "first"]].concat();
    check(
        &first,
        1,
        &[
            "1 pictures put",
            "1 issued",
            "2 rows refused",
            "row 2, photo",
            "image.missing",
        ],
    );
    check_zh(&first, 1, &["1 张图片", "请先上传图片"]);
    // What is no picture stops the push before a row is taken in.
    fs::write(photo(1), "%PDF-1.7").expect("a file");
    check(&with_images, 2, &["1.png", "neither PNG nor JPEG"]);
    for (n, (_, bytes)) in permits.iter().enumerate() {
        fs::write(photo(n), bytes).expect("a photo");
    }
    check(
        &with_images,
        0,
        &["3 pictures put", "2 issued", "1 issued before"],
    );
    // They are kept: the same rows again need no folder.
    check(
        &[&sign[..], &["--idempotency-key", "again"]].concat(),
        0,
        &["3 issued before"],
    );
    let files: Vec<String> = fs::read_dir(&out)
        .expect("the files")
        .map(|entry| text_of(&entry.expect("a file").path()))
        .collect();
    assert_eq!(files.len(), 3);
    let policy = format!("{data}/policy.toml");
    let mut verify = vec!["verify", "--seal-only", "--policy", &policy];
    verify.extend(files.iter().map(String::as_str));
    let (code, verdicts) = json(&verify);
    assert_eq!((code, verdicts.len()), (0, 3));
    let missing = [&sign[..], &["--images", "no-such-folder"]].concat();
    assert_eq!(run(&missing).code, 2);
}
