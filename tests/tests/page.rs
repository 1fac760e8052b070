//! The public page in headless Chromium, on a running service and the demo's files (`tests/judges/page.mjs`).

use house::judges::ask_browser;
use house::program::{Folder, text_of};
use house::service::Service;
use house::workspace;

#[test]
fn people_read_the_verdict_on_the_public_page() {
    let folder = Folder::new();
    let service = Service::start(&folder);
    let samples = text_of(&folder.beside("data/sample"));
    // Kept for a person to look at.
    let pictures = text_of(&workspace::root().join("target/page"));
    let said = ask_browser("page.mjs", &[&service.public, &samples, &pictures]);
    println!("{said}");
    assert!(said.ends_with("all checks hold\n"), "{said}");
}
