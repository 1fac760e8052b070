//! What the registry costs a row: parse, checks, seal of blobs, plans, segment, results, log.
//!
//! `cargo run --release -p yinxin-registry --features testing --example registry_rate -- 20000`
//! Layout and signature are stand-ins of a few microseconds; files are padded to 33 kB. CPU time is
//! of the whole process, so the threads of the database count.

#![allow(
    clippy::expect_used,
    reason = "an example stops at what it does not expect"
)]

use std::time::{Duration, Instant};

use registry::Registry;
use registry::testing::{
    Ground, Press, check_invariants, on_both_grounds, open, publish, push, rows, seal_key,
    story_time,
};

/// Rows in a group, and groups in a figure.
const GROUP: usize = 512;
const FIGURE: usize = 20;

fn main() {
    let count = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(20_000);
    on_both_grounds(|ground| measure(ground, count));
}

async fn measure(ground: Ground, count: u32) {
    let registry = open(&ground).await;
    publish(&registry, str::to_owned).await;
    println!("{:?}", ground.database);
    let started = (Instant::now(), cpu());
    let job = push(&registry, "rate", &rows(0, count))
        .await
        .expect("a job")
        .job;
    report("accept", started, count as usize);
    work(&registry, job).await;
    if count <= 20_000 {
        assert!(
            check_invariants(&registry).await.is_empty(),
            "an invariant is broken"
        );
    }
}

async fn work(registry: &Registry, job: registry::Id) {
    let (batches, now) = (registry.batches(), story_time());
    let lease = batches.lease(job, now).await.expect("a lease");
    batches
        .recover(&lease, now)
        .await
        .expect("nothing to recover");
    let mut press = Press::new("v1").padded_to(33_000);
    let (mut rows, mut figure, mut groups) = (0, 0, 0);
    let mut started = (Instant::now(), cpu());
    loop {
        let group = batches
            .next_group(&lease, GROUP, now)
            .await
            .expect("a group");
        if group.end {
            break;
        }
        let laid = group
            .approved
            .into_iter()
            .map(|approved| press.lay_out(approved))
            .collect();
        let plan = batches
            .plan(&lease, laid, &seal_key(), now)
            .await
            .expect("a plan");
        let sealed: Vec<_> = plan
            .planned
            .into_iter()
            .map(|planned| press.seal(planned))
            .collect();
        figure += sealed.len();
        batches.keep(&lease, sealed, now).await.expect("kept");
        groups += 1;
        if groups % FIGURE == 0 {
            rows += figure;
            report(&format!("rows to {rows}"), started, figure);
            (figure, started) = (0, (Instant::now(), cpu()));
        }
    }
    batches.finish(lease, now).await.expect("done");
    println!("stand-ins: {:?} a row, included above", press.cost());
}

fn report(what: &str, (wall, cpu_before): (Instant, Duration), rows: usize) {
    let each = |time: Duration| time.as_secs_f64() * 1e6 / rows as f64;
    let (wall, used) = (each(wall.elapsed()), each(cpu() - cpu_before));
    println!("{what:>16}: {used:7.1} µs CPU a row, {wall:7.1} µs wall");
}

/// CPU time of this process, user and system, from `/proc` in ticks of 10 ms.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("/proc");
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .collect();
    let ticks: u64 = [11, 12]
        .iter()
        .map(|at| fields[*at].parse::<u64>().unwrap_or(0))
        .sum();
    Duration::from_millis(ticks * 10)
}
