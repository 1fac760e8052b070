//! Keys as an operator meets them: revoked ones sign no more, those of an outside CA make files that
//! pass, and every use is accounted for.

use std::fs;

use house::program::{Folder, check, check_zh, demo, diploma, json, text_of};

#[test]
fn a_revoked_key_signs_no_more_and_its_earlier_files_stay_good() {
    let folder = Folder::new();
    let data = folder.data();
    let old = text_of(&demo().join("sample/good/diploma.pdf"));
    let revoke = |key: &str| {
        let arguments = [
            "keys",
            "revoke",
            "--data",
            &data,
            "--key",
            key,
            "--reason",
            "key-compromise",
        ];
        check(&arguments, 0, &["revoked since"])
    };
    let refused = |words: &[&str]| {
        let input = folder.rows("refused.ndjson", &[diploma(3)]);
        let answer = folder.sign(&input, &[]);
        assert_eq!(answer.code, 2, "{}", answer.text);
        for word in words {
            assert!(answer.text.contains(word), "{word}: {}", answer.text);
        }
    };
    let first = revoke("seal-1");
    let listed = json(&["keys", "list", "--data", &data]).1;
    let seal = listed.iter().find(|key| key["key"] == "seal-1").unwrap();
    assert!(
        seal["revoked"].is_string() && seal["retired"].is_string(),
        "{seal}"
    );
    refused(&["seal-1", "revoked since", "yinxin keys rotate"]);
    // Again: no second entry, the same date.
    assert_eq!(revoke("seal-1"), first);
    let noted = fs::read_to_string(folder.beside("data/revoked.toml")).unwrap();
    assert_eq!(noted.matches("serial").count(), 1, "{noted}");
    check(&["keys", "rotate", "--data", &data], 0, &["seal-2"]);
    folder.seal(&[diploma(2)], "out");
    check(
        &["verify", &old, "--data", &data],
        0,
        &["Authentic and valid"],
    );

    revoke("seal-ca-1");
    refused(&["seal-2", "revoked since"]);
    check(
        &["keys", "rotate", "--data", &data],
        2,
        &["seal-ca-1", "keys csr"],
    );
    check_zh(&["keys", "rotate", "--data", &data], 2, &["已于", "吊销"]);
    check(
        &["verify", &old, "--data", &data],
        0,
        &["Authentic and valid"],
    );
}
