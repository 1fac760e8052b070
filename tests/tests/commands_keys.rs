//! Keys as an operator meets them: revoked ones sign no more, those of an outside CA make files that
//! pass, and every use is accounted for.

#![allow(clippy::expect_used)] // helpers of tests

use std::fs;

use house::judges::ask;
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
        match key.contains("-ca-") {
            // What falls with a CA is asked for by name.
            true => {
                check(&arguments, 2, &[key, "is a CA", "--yes"]);
                check_zh(&arguments, 2, &["是 CA", "--yes"]);
                check(
                    &[&arguments[..], &["--yes"]].concat(),
                    0,
                    &["revoked since"],
                )
            }
            false => check(&arguments, 0, &["revoked since"]),
        }
    };
    let refused = |words: &[&str]| {
        let input = folder.rows("refused.ndjson", &[diploma(3)]);
        let answer = folder.sign(&input, &[]);
        assert_eq!(answer.code, 2, "{}", answer.text);
        for word in words {
            assert!(answer.text.contains(word), "{word}: {}", answer.text);
        }
    };
    let root = [
        "keys",
        "revoke",
        "--data",
        &data,
        "--key",
        "root-1",
        "--reason",
        "key-compromise",
        "--yes",
    ];
    check(&root, 2, &["root-1 is an anchor", "without it"]);
    check_zh(&root, 2, &["信任锚", "policy.toml"]);
    assert!(!folder.beside("data/revoked.toml").exists());
    revoke("seal-1");
    let listed = json(&["keys", "list", "--data", &data]).1;
    let seal = listed.iter().find(|key| key["key"] == "seal-1").unwrap();
    assert!(
        seal["revoked"].is_string() && seal["retired"].is_string(),
        "{seal}"
    );
    refused(&["seal-1", "revoked since", "yinxin keys rotate"]);
    // Again, with a graver reason: no second entry, and nobody is told that it was one.
    let again = [
        "keys",
        "revoke",
        "--data",
        &data,
        "--key",
        "seal-1",
        "--reason",
        "superseded",
    ];
    check(
        &again,
        2,
        &["is revoked since", "reason of a revocation stay"],
    );
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

/// A CA of OpenSSL certifies our key, renews its X.509, and gives CRLs.
#[test]
fn a_key_of_an_outside_ca_makes_files_that_pass() {
    let folder = Folder::new();
    let (data, policy) = (folder.data(), text_of(&folder.beside("data/policy.toml")));
    let path = |name: &str| text_of(&folder.beside(name));
    outside_ca(&folder);
    check(
        &[
            "keys",
            "csr",
            "--data",
            &data,
            "--name",
            "望澜",
            "--out",
            &path("request.pem"),
        ],
        0,
        &["seal-2"],
    );
    let import = |days: &str| {
        certify(&folder, days);
        check(
            &[
                "keys",
                "import",
                "--data",
                &data,
                "--key",
                "seal-2",
                &path("answer.pem"),
            ],
            0,
            &["seal-2"],
        );
    };
    let add = |file: &str, code: i32, words: &[&str]| {
        check(
            &["keys", "crl", "--data", &data, "--add", file],
            code,
            words,
        );
    };
    let passes = |file: &str, code: i32, words: &[&str]| {
        check(
            &["verify", "--seal-only", file, "--policy", &policy],
            code,
            words,
        );
    };
    let seal = |tag: u32, out: &str| {
        let identifier = folder.seal(&[diploma(tag)], out).remove(0);
        path(&format!("{out}/{identifier}.pdf"))
    };
    let crl = |name: &str| {
        ask(
            "openssl",
            &[
                "ca",
                "-gencrl",
                "-config",
                &path("ca.cnf"),
                "-out",
                &path(name),
            ],
        );
        path(name)
    };

    let early = crl("early.pem");
    add(&early, 1, &["signed by no outside CA"]);
    import("365");
    let first = seal(1, "first");
    passes(&first, 3, &["cannot be decided"]);
    add(&path("request.pem"), 1, &["no X509 CRL"]);
    add(&early, 0, &["crl.pem"]);
    passes(&first, 0, &["The seal holds"]);
    // Our own CRLs made anew repeat it, and so does a renewal of the X.509 for the same key.
    check(&["keys", "crl", "--data", &data], 0, &[]);
    passes(&first, 0, &["The seal holds"]);
    import("730");
    let second = seal(2, "second");
    for file in [&first, &second] {
        passes(file, 0, &["The seal holds"]);
        check(
            &["verify", file, "--data", &data],
            0,
            &["Authentic and valid"],
        );
    }
    // In DER too; and what the outside CA revokes is revoked.
    ask(
        "openssl",
        &[
            "ca",
            "-config",
            &path("ca.cnf"),
            "-revoke",
            &path("leaf.pem"),
        ],
    );
    let revoked = crl("revoked.pem");
    let der = path("revoked.der");
    ask(
        "openssl",
        &["crl", "-in", &revoked, "-outform", "DER", "-out", &der],
    );
    add(&der, 0, &["crl.pem"]);
    passes(&second, 3, &["revoked"]);
    passes(&first, 0, &["The seal holds"]);
}

/// Keys of other software come in, and go out again, under a passphrase of their own.
#[test]
fn private_keys_come_in_and_go_out_encrypted() {
    let folder = Folder::new();
    let data = folder.data();
    let path = |name: &str| text_of(&folder.beside(name));
    let passphrase = folder.write("passphrase.txt", "hand over\n");
    let pass_in = format!("file:{passphrase}");
    for (number, kind, option) in [
        (2, "RSA", "rsa_keygen_bits:2048"),
        (3, "RSA", "rsa_keygen_bits:3072"),
        (4, "EC", "ec_paramgen_curve:P-256"),
    ] {
        let (made, out) = (path("made.pem"), path(&format!("out-{number}.pem")));
        ask(
            "openssl",
            &[
                "genpkey",
                "-algorithm",
                kind,
                "-pkeyopt",
                option,
                "-aes-256-cbc",
                "-pass",
                &pass_in,
                "-out",
                &made,
            ],
        );
        let name = format!("seal-{number}");
        let import = [
            "keys",
            "import-key",
            "--data",
            &data,
            "--purpose",
            "seal",
            "--file",
            &made,
        ];
        check(&import, 2, &["--key-passphrase-file"]);
        let with = [&import[..], &["--key-passphrase-file", &passphrase]].concat();
        check(&with, 0, &[&name]);
        let export = [
            "keys",
            "export",
            "--data",
            &data,
            "--key",
            &name,
            "--out",
            &out,
            "--key-passphrase-file",
            &passphrase,
        ];
        check(&export, 0, &["encrypted"]);
        // Never over a file that is there.
        check(&export, 1, &["out-"]);
        let public = |file: &str| {
            ask(
                "openssl",
                &["pkey", "-in", file, "-passin", &pass_in, "-pubout"],
            )
        };
        assert_eq!(public(&made), public(&out));
    }
    check(&["audit", "verify", "--data", &data], 0, &["whole"]);
}

/// `openssl ca` needs a folder with a configuration, a database and a counter.
fn outside_ca(folder: &Folder) {
    let path = |name: &str| text_of(&folder.beside(name));
    folder.write(
        "ca.cnf",
        format!(
            "[ca]\ndefault_ca = outside\n[outside]\ndatabase = {}\ncrlnumber = {}\n\
             certificate = {}\nprivate_key = {}\ndefault_md = sha256\ndefault_crl_days = 30\n\
             crl_extensions = crl\n[crl]\nauthorityKeyIdentifier = keyid\n\
             [seal]\nkeyUsage = critical,digitalSignature,nonRepudiation\n\
             authorityKeyIdentifier = keyid\nsubjectKeyIdentifier = hash\n",
            path("index.txt"),
            path("crlnumber"),
            path("ca.pem"),
            path("ca.key"),
        ),
    );
    folder.write("index.txt", "");
    folder.write("crlnumber", "01\n");
    ask(
        "openssl",
        &[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/O=Outside/CN=Outside root",
            "-days",
            "3650",
            "-addext",
            "keyUsage=critical,keyCertSign,cRLSign",
            "-keyout",
            &path("ca.key"),
            "-out",
            &path("ca.pem"),
        ],
    );
}

/// Answers `request.pem` with `answer.pem`: the X.509 of the key, then the CA's.
fn certify(folder: &Folder, days: &str) {
    let path = |name: &str| text_of(&folder.beside(name));
    ask(
        "openssl",
        &[
            "x509",
            "-req",
            "-in",
            &path("request.pem"),
            "-CA",
            &path("ca.pem"),
            "-CAkey",
            &path("ca.key"),
            "-CAcreateserial",
            "-days",
            days,
            "-extfile",
            &path("ca.cnf"),
            "-extensions",
            "seal",
            "-out",
            &path("leaf.pem"),
        ],
    );
    let answer = [path("leaf.pem"), path("ca.pem")]
        .map(|file| fs::read_to_string(file).expect("PEM of openssl"));
    folder.write("answer.pem", answer.concat());
}

#[test]
fn a_file_without_end_is_judged_by_its_beginning() {
    let policy = text_of(&demo().join("policy.toml"));
    let (code, answers) = json(&["verify", "--seal-only", "/dev/zero", "--policy", &policy]);
    assert_eq!(code, 3);
    assert_eq!(answers[0]["findings"][0]["code"], "limit.exceeded");
}
