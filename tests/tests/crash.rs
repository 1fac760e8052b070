//! Batches whose process dies: by SIGKILL at any moment, at each named point, and with the log of
//! SQLite cut after its last sync. After each death the same invariants are checked, the batch is
//! taken up again, and in the end every row has one certificate with one sealed file.

#![allow(clippy::expect_used)] // helpers of tests

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use house::works::Site;
use registry::testing::{postgres_url, run};
use tempfile::TempDir;

#[test]
fn timing() {
    let folder = TempDir::new().unwrap();
    run(async {
        let url = std::env::var("PGT").ok().and_then(|_| postgres_url()).unwrap_or_default();
        let site = Site::new(folder.path(), &url);
        let t = Instant::now();
        site.found().await;
        println!("found {:?}", t.elapsed());
        let t = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_works_process")).arg(folder.path()).arg(&url).arg("2000").stdout(Stdio::piped()).spawn().unwrap();
        for line in BufReader::new(child.stdout.unwrap()).lines() { println!("{:?} {}", t.elapsed(), line.unwrap()); }
        let t = Instant::now();
        let works = site.open().await;
        println!("open {:?}", t.elapsed());
        works.check().await;
        println!("check {:?}", t.elapsed());
        let job = works.accept(2000).await;
        works.check_issued(job, 2000).await;
        println!("check_issued {:?}", t.elapsed());
    });
}
