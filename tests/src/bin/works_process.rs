//! The process that the crash tests kill: `works_process FOLDER DATABASE-URL ROWS` accepts the batch,
//! says its job, works on it to its end, and says each group that became durable.

#![allow(clippy::expect_used)] // part of a test

use std::io::Write;
use std::path::Path;

use house::works::Site;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("FOLDER DATABASE-URL ROWS");
    let site = Site::new(Path::new(&next()), &next());
    let count = next().parse().expect("a count of rows");
    registry::testing::run(async {
        let works = site.open().await;
        let job = works.accept(count).await.job;
        say(&format!("accepted {job}"));
        works
            .work(job, |tally| say(&format!("issued {}", tally.issued)))
            .await;
        works.registry.close().await;
        say("done");
    });
}

fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")
        .and_then(|()| stdout.flush())
        .expect("the test listens");
}
