//! No bit of an issued file is free: every bit flipped, every byte deleted, bytes inserted
//! everywhere, and none of it passes. At B-B and at B-T.

#![allow(clippy::unwrap_used)]

mod forge;

use std::sync::atomic::{AtomicUsize, Ordering};

use forge::cms::{Cms, time_stamp};
use forge::pdf::{Draft, sealed};
use forge::pki::{DAY, Pki, START};
use jiff::Timestamp;
use verifier::report::Indication;
use verifier::{Budgets, Trust, examine};

struct Bench {
    trust: Trust,
    at: Timestamp,
    tried: AtomicUsize,
}

impl Bench {
    fn passes(&self, bytes: &[u8]) -> bool {
        self.tried.fetch_add(1, Ordering::Relaxed);
        let report = examine(bytes, &self.trust, self.at, &Budgets::default());
        report.indication == Some(Indication::TotalPassed)
    }

    /// Every change at one offset.
    fn refuses_changes_at(&self, file: &[u8], offset: usize) {
        let mut changed = file.to_vec();
        for bit in 0..8 {
            changed[offset] ^= 1 << bit;
            assert!(!self.passes(&changed), "bit {bit} of byte {offset} is free");
            changed[offset] ^= 1 << bit;
        }
        changed.remove(offset);
        assert!(!self.passes(&changed), "byte {offset} can be left out");
        changed.insert(offset, file[offset]);
        for byte in [0x00, 0x0a, 0x20, 0x30, 0xff] {
            changed.insert(offset, byte);
            assert!(
                !self.passes(&changed),
                "{byte:02x} can stand before byte {offset}"
            );
            changed.remove(offset);
        }
    }
}

fn check(pki: &Pki, file: &[u8]) {
    let trust = Trust::from_policy(&pki.policy(&pki.crls(START, &[]))).unwrap();
    let at = Timestamp::from_second(START + DAY).unwrap();
    let bench = Bench {
        trust,
        at,
        tried: AtomicUsize::new(0),
    };
    assert!(bench.passes(file), "the unchanged file passes");
    std::thread::scope(|scope| {
        for part in 0..2 {
            let bench = &bench;
            scope.spawn(move || {
                for offset in (part..file.len()).step_by(2) {
                    bench.refuses_changes_at(file, offset);
                }
            });
        }
    });
    for byte in [0x00, 0x0a, 0x20, 0x30, 0xff] {
        assert!(
            !bench.passes(&[file, &[byte]].concat()),
            "{byte:02x} can follow the file"
        );
    }
    println!(
        "{} bytes, {} files examined",
        file.len(),
        bench.tried.into_inner()
    );
}

#[test]
fn no_bit_of_a_b_b_file_is_free() {
    let pki = Pki::new();
    let draft = Draft {
        reserved: 1_100,
        ..Draft::default()
    };
    let file = sealed(&draft, |digest| {
        Cms::seal(&pki.seal, digest).build(&pki.seal)
    });
    check(&pki, &file);
}

#[test]
fn no_bit_of_a_b_t_file_is_free() {
    let pki = Pki::new();
    let draft = Draft {
        reserved: 2_400,
        ..Draft::default()
    };
    let file = sealed(&draft, |digest| {
        Cms::seal(&pki.seal, digest).build_stamped(&pki.seal, |signature| {
            Some(time_stamp(&pki.tsa, signature, "20261122080000Z"))
        })
    });
    check(&pki, &file);
}
