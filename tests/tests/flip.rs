//! No change of a sealed file passes: every bit flipped, every byte deleted, five bytes inserted at
//! every place, through the function behind `verify --seal-only`.

#![allow(clippy::expect_used)] // helpers of tests

use std::num::NonZero;
use std::thread;

use house::office::{NOW, Office, SealLevel};
use verifier::report::Indication;
use verifier::{Budgets, Trust, examine};

/// What is inserted: the bytes that PDF readers are most forgiving about, and one they are not.
const INSERTED: [u8; 5] = [0x00, 0x0A, 0x20, 0x30, 0xFF];

/// One change of a file.
#[derive(Clone, Copy, Debug)]
enum Change {
    Flip { at: usize, bit: u8 },
    Delete { at: usize },
    Insert { at: usize, byte: u8 },
}

impl Change {
    /// Every change of a file of that length; insertion also behind its end.
    fn all(length: usize) -> impl Iterator<Item = Self> {
        let flips = |at| (0..8).map(move |bit| Self::Flip { at, bit });
        let insertions = |at| INSERTED.map(|byte| Self::Insert { at, byte });
        (0..length)
            .flat_map(flips)
            .chain((0..length).map(|at| Self::Delete { at }))
            .chain((0..=length).flat_map(insertions))
    }

    fn apply(self, to: &[u8]) -> Vec<u8> {
        let mut changed = to.to_vec();
        match self {
            Self::Flip { at, bit } => changed[at] ^= 1 << bit,
            Self::Delete { at } => drop(changed.remove(at)),
            Self::Insert { at, byte } => changed.insert(at, byte),
        }
        changed
    }
}

#[test]
fn no_change_of_a_bb_file_passes() {
    check(SealLevel::BB);
}

#[test]
fn no_change_of_a_bt_file_passes() {
    check(SealLevel::BT);
}

fn check(level: SealLevel) {
    let office = Office::found();
    let file = office.small_sealed(level);
    let trust = Trust::from_policy(&office.policy().policy_toml).expect("our own policy");
    let passes = |bytes: &[u8]| {
        let report = examine(bytes, &trust, NOW, &Budgets::default());
        report.indication == Some(Indication::TotalPassed)
    };

    assert!(
        passes(&file),
        "{:#?}",
        examine(&file, &trust, NOW, &Budgets::default())
    );
    let changes: Vec<Change> = Change::all(file.len()).collect();
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let passed: Vec<Change> = thread::scope(|scope| {
        let (file, passes) = (&file, &passes);
        let passed = move |changes: &[Change]| -> Vec<Change> {
            let passes = |change: &&Change| passes(&change.apply(file));
            changes.iter().filter(passes).copied().collect()
        };
        let parts = changes.chunks(changes.len().div_ceil(threads));
        let workers: Vec<_> = parts
            .map(|part| scope.spawn(move || passed(part)))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("a worker"))
            .collect()
    });
    println!("{level:?}: {} bytes, {} changes", file.len(), changes.len());
    assert!(
        passed.is_empty(),
        "{} changes pass, such as {:?}",
        passed.len(),
        &passed[..1]
    );
}
