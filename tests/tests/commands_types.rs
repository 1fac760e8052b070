//! Types at the command line: from a file that a person wrote to a published version.

use house::program::{CLERK, DIPLOMA, Folder, SCHOOLS, check, diploma};
use yinxin::demo::city::{CENTRE, Kind};

#[test]
fn a_type_comes_from_a_file_to_publication_and_review_waits() {
    let folder = Folder::new();
    let files = Kind::Diploma.files();
    let kind = format!("{SCHOOLS}009");
    let reviewed = files
        .definition
        .replace(DIPLOMA, &kind)
        .replace("single_instance", "# single_instance")
        .replace("\n[share]", "review = true\n\n[share]");
    folder.write("diploma.template.toml", files.template);
    for (name, bytes) in files.assets {
        folder.write(name, bytes);
    }
    let file = folder.write("reviewed.type.toml", &reviewed);
    check(&["type", "lint", &file], 0, &["fit to be published"]);
    for (name, text, word) in [
        (
            "key.type.toml",
            reviewed.replace("review =", "reviev ="),
            "reviev",
        ),
        (
            "field.type.toml",
            reviewed.replace("code_field = \"id_number\"", "code_field = \"id\""),
            "holder.code_field",
        ),
        (
            "toml.type.toml",
            reviewed.replace("[share]", "[share"),
            "line",
        ),
    ] {
        check(
            &["type", "lint", &folder.write(name, text)],
            2,
            &[name, word],
        );
    }
    let template = files.template.replacen("major", "mayor", 1);
    folder.write("diploma.template.toml", template);
    check(&["type", "lint", &file], 1, &["error", "mayor"]);
    folder.write("diploma.template.toml", files.template);

    let data = folder.data();
    let (second, centre) = (format!("second@{SCHOOLS}"), format!("checker@{}", CENTRE.1));
    let step = |what: &str, by: &str, code, words: &[&str]| {
        check(
            &["type", what, &kind, "--data", &data, "--as", by],
            code,
            words,
        );
    };
    check(
        &["type", "import", &file, "--data", &data, "--as", CLERK],
        0,
        &["version 1", "draft"],
    );
    step("publish", &centre, 1, &["draft"]);
    step("propose", CLERK, 0, &["proposed"]);
    step("check", CLERK, 1, &["centre"]);
    step("check", &centre, 0, &["checked"]);
    step("confirm", &second, 0, &["confirmed"]);
    step("publish", &centre, 0, &["published"]);
    check(
        &[
            "agency",
            "authorise",
            SCHOOLS,
            "--type",
            &kind,
            "--from",
            "2020-01-01",
            "--legal-basis",
            "第八条",
            "--data",
            &data,
            "--as",
            &centre,
        ],
        0,
        &["2020-01-01"],
    );
    let rows = folder.rows("rows.ndjson", &[diploma(1)]);
    check(
        &[
            "sign", "--type", &kind, "--in", &rows, "--data", &data, "--as", CLERK,
        ],
        2,
        &["review", "batch push"],
    );
}
