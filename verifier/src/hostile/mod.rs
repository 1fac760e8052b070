//! Files of at most 1 MiB made to cost as much as they can: each must end in an answer within the budget table.
//!
//! What each takes at its peak is measured in a process of its own and held against the promise; the time is printed
//! only. `cargo test -p yinxin-verifier hostile -- --nocapture` shows the figures.

mod chains;
mod comparing;
mod reading;
mod signatures;
mod walking;
mod writer;

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use jiff::Timestamp;

use crate::budget::Budgets;
use crate::forge::cms::Cms;
use crate::forge::pki::{DAY, Pki, START};
use crate::pdf::testing::{CONTENTS, signature};
use crate::policy::Trust;
use reading::sign;
use writer::Writer;

static PKI: LazyLock<Pki> = LazyLock::new(Pki::new);

/// As large as the promise goes.
const MIB: usize = 1 << 20;
/// What the worst file may take, in KiB.
const MOST_MEMORY: u64 = 256 << 10;
/// Tells the child that it is one, and how long the policy in front of the file is.
const CHILD: &str = "YINXIN_HOSTILE_POLICY_LENGTH";

/// A file and the policy that it is examined under.
struct Hostile {
    file: Vec<u8>,
    /// Policy file; empty for nobody trusted.
    policy: String,
}

impl From<Vec<u8>> for Hostile {
    fn from(file: Vec<u8>) -> Hostile {
        Hostile {
            file,
            policy: String::new(),
        }
    }
}

/// A name, how the examination must end, and what makes the file.
type Maker = (&'static str, End, fn() -> Hostile);

/// How an examination ends. The work is counted, so it always ends in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// With `limit.exceeded`.
    Limit,
    /// With an answer: the work is bounded by the size of the file.
    Answer,
}

/// What one file cost, as its process told.
#[derive(Debug)]
struct Cost {
    examine_micros: u64,
    inspect_micros: u64,
    /// The most memory that the process ever had, in KiB.
    peak: u64,
    answer: String,
}

/// Examines each file in a process of its own.
fn measure(makers: &[Maker]) {
    let mut problems = Vec::new();
    for (name, end, make) in makers {
        let only = std::env::var("YINXIN_HOSTILE_ONLY").unwrap_or_default();
        if !name.contains(&only) {
            continue;
        }
        let hostile = make();
        let bytes = hostile.file.len();
        if bytes > MIB {
            problems.push(format!("{name} has {bytes} bytes"));
            continue;
        }
        let cost = alone(&hostile);
        let millis = |micros: u64| micros as f64 / 1e3;
        println!(
            "{name}: examine {:.1} ms, inspect {:.1} ms, peak {} MiB, {} KiB, {}",
            millis(cost.examine_micros),
            millis(cost.inspect_micros),
            cost.peak >> 10,
            bytes >> 10,
            cost.answer
        );
        if cost.answer.contains("limit.exceeded") != (*end == End::Limit) {
            problems.push(format!("{name} did not end with {end:?}: {}", cost.answer));
        }
        if cost.peak > MOST_MEMORY {
            problems.push(format!("{name} took {} MiB", cost.peak >> 10));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Runs this test binary again, as [`one_alone`], with the file as its input.
fn alone(hostile: &Hostile) -> Cost {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "hostile::one_alone", "--nocapture"])
        .env(CHILD, hostile.policy.len().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(hostile.policy.as_bytes()).unwrap();
    input.write_all(&hostile.file).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    let told = said.lines().find_map(|line| line.strip_prefix("COST "));
    let mut told = told.expect("the child told its cost").splitn(4, ' ');
    let mut number = || told.next().unwrap().parse().unwrap();
    Cost {
        examine_micros: number(),
        inspect_micros: number(),
        peak: number(),
        answer: told.next().unwrap().to_owned(),
    }
}

/// The child of [`alone`]; by itself it has nothing to do.
#[test]
fn one_alone() {
    let Ok(policy_length) = std::env::var(CHILD) else {
        return;
    };
    let mut file = Vec::with_capacity(2 * MIB);
    std::io::stdin().read_to_end(&mut file).unwrap();
    let bytes = file.split_off(policy_length.parse().unwrap());
    let trust = match std::str::from_utf8(&file).unwrap() {
        "" => Trust::nobody(),
        policy => Trust::from_policy(policy).unwrap(),
    };
    let at = Timestamp::from_second(START + DAY).unwrap();

    let start = processor_time();
    let report = crate::examine(&bytes, &trust, at, &Budgets::default());
    let examined = processor_time();
    let inspected = crate::inspect(&bytes);
    let done = processor_time();
    let peak = peak_kib();
    assert!(inspected.revisions.len() <= 128);

    let mut codes: Vec<_> = report.findings.iter().map(|finding| finding.code).collect();
    codes.dedup();
    println!(
        "COST {} {} {peak} {:?} {codes:?}",
        (examined - start).as_micros(),
        (done - examined).as_micros(),
        report.indication,
    );
}

/// Time that this thread has spent on a processor: other work on the machine does not count.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = stat.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// VmHWM of this process.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse().unwrap()
}

fn references(numbers: std::ops::Range<u32>) -> String {
    let mut text = String::new();
    numbers.for_each(|number| write!(text, "{number} 0 R ").unwrap());
    text
}

/// Revisions that change nothing.
fn revisions(writer: &mut Writer) -> Hostile {
    for number in 0..108 {
        if writer.bytes.len() < MIB - 1_000 {
            writer.object(2_000_000 + number, "1").close("");
        }
    }
    writer.take().into()
}

/// A form with so many signatures in one revision, still open.
fn signatures(writer: &mut Writer, count: u32) {
    let fields = references(30..30 + count);
    writer
        .object(1, "<< /Type /Catalog /AcroForm 4 0 R >>")
        .object(4, &format!("<< /Fields [{fields}] >>"));
    for number in 0..count {
        let field = format!("<< /FT /Sig /T (a{number}) /V {} 0 R >>", 100 + number);
        writer.object(30 + number, &field);
        writer.object(100 + number, &signature("ETSI.CAdES.detached", ""));
    }
}

/// A sealed document whose seal names our key, still open.
fn issued(writer: &mut Writer, catalog_entries: &str) {
    sign(writer, catalog_entries, "");
    let cms = hex::encode(Cms::seal(&PKI.seal, &[7; 32]).build(&PKI.seal));
    let seal = signature("ETSI.CAdES.detached", "").replace(CONTENTS, &cms);
    writer.object(6, &seal);
}

trait Issued {
    fn into_issued(self) -> Hostile;
}

impl Issued for Vec<u8> {
    fn into_issued(self) -> Hostile {
        Hostile {
            file: self,
            policy: PKI.policy(&PKI.crls(START, &[])),
        }
    }
}
