//! What each positional rule is there for, from end to end: a file with a real signature, its digest right over what
//! its /ByteRange says, that [`examine`](super::examine) refuses by that rule alone and passes without it.
//!
//! The table has a row for each rule of `pdf/rules` and for each kind of change that `pdf/change` refuses.

mod changes;
mod mutations;
mod positions;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::Timestamp;
use memchr::memmem;
use ring::digest::{SHA256, digest};

use crate::budget::Budgets;
use crate::forge::cms::{Cms, tst_info};
use crate::forge::pki::{self, DAY, Identity, Pki, START};
use crate::pdf::testing::{Builder, CONTENTS, rule_codes, signature, unsigned, without};
use crate::policy::Trust;
use crate::report::Rulebook::{self, Foreign, Issued};
use crate::report::{Indication, SealReport, Severity};

/// Bytes kept for each CMS.
const RESERVED: usize = 1_600;

/// A file that must not pass.
struct Sample {
    /// What the file is called.
    name: &'static str,
    /// The rule that refuses it.
    code: &'static str,
    /// Others that refuse it too, where no file can break the rule alone; the table says why.
    also: &'static [&'static str],
    /// Those that refuse it.
    rulebooks: &'static [Rulebook],
    file: fn(&Signer) -> Vec<u8>,
}

impl Sample {
    const fn issued(
        code: &'static str,
        name: &'static str,
        file: fn(&Signer) -> Vec<u8>,
    ) -> Sample {
        Sample {
            name,
            code,
            also: &[],
            rulebooks: &[Issued],
            file,
        }
    }

    const fn foreign(
        code: &'static str,
        name: &'static str,
        file: fn(&Signer) -> Vec<u8>,
    ) -> Sample {
        Sample {
            rulebooks: &[Foreign],
            ..Sample::issued(code, name, file)
        }
    }

    /// The same change refused under either rulebook.
    const fn both(code: &'static str, name: &'static str, file: fn(&Signer) -> Vec<u8>) -> Sample {
        Sample {
            rulebooks: &[Issued, Foreign],
            ..Sample::issued(code, name, file)
        }
    }
}

/// Who signs the samples of a rulebook, and who trusts it.
struct Signer {
    key: Identity,
    tsa: Identity,
    trust: Trust,
}

static PKI: LazyLock<Pki> = LazyLock::new(Pki::new);

/// The centre's seal key under the policy that names it.
static CENTRE: LazyLock<Signer> = LazyLock::new(|| Signer {
    key: PKI.seal.clone(),
    tsa: PKI.tsa.clone(),
    trust: Trust::from_policy(&PKI.policy(&PKI.crls(START, &[]))).unwrap(),
});

/// Somebody whose X.509 chains to an anchor and bears none of our marks.
static SOMEBODY: LazyLock<Signer> = LazyLock::new(|| {
    let anchors = PKI.root.pem() + &PKI.seal_ca.pem();
    Signer {
        key: PKI.seal_ca.issue(pki::person("somebody")),
        tsa: PKI.tsa.clone(),
        trust: Trust::from_anchors(&anchors, Some(&PKI.crls(START, &[])), false).unwrap(),
    }
});

fn signer(rulebook: Rulebook) -> &'static Signer {
    match rulebook {
        Issued => &CENTRE,
        Foreign => &SOMEBODY,
    }
}

impl Signer {
    /// Signs every signature of the file, first to last, over what its own /ByteRange names.
    fn sign(&self, open: Builder) -> Vec<u8> {
        let mut file = open.build();
        let blank = "0".repeat(2 * RESERVED);
        let mut from = 0;
        while let Some(at) = memmem::find(&file[from..], blank.as_bytes()).map(|at| at + from) {
            let head = memmem::rfind(&file[..at], b"/SubFilter").unwrap();
            let covered = digest(&SHA256, &covered(&file, head));
            let is_stamp = file[head..].starts_with(b"/SubFilter /ETSI.RFC3161");
            let cms = hex::encode(match is_stamp {
                true => Cms::token(&self.tsa, &tst_info(covered.as_ref(), "20261122080000Z"))
                    .build(&self.tsa),
                false => Cms::seal(&self.key, covered.as_ref()).build(&self.key),
            });
            file[at..at + cms.len()].copy_from_slice(cms.as_bytes());
            from = at + blank.len();
        }
        file
    }

    fn examine(&self, file: &[u8]) -> SealReport {
        let at = Timestamp::from_second(START + DAY).unwrap();
        super::examine(file, &self.trust, at, &Budgets::default())
    }
}

/// The bytes that the first /ByteRange after `head` names.
fn covered(file: &[u8], head: usize) -> Vec<u8> {
    let open = head + memmem::find(&file[head..], b"/ByteRange [").unwrap() + 12;
    let close = open + memchr::memchr(b']', &file[open..]).unwrap();
    let numbers = std::str::from_utf8(&file[open..close]).unwrap();
    let numbers: Vec<usize> = numbers
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect();
    let [a, b, c, d] = numbers[..] else {
        panic!("{numbers:?}")
    };
    [&file[a..a + b], &file[c..c + d]].concat()
}

/// A signature dictionary with room for a CMS, more entries before its /Contents.
fn blank(sub_filter: &str, more: &str) -> String {
    signature(sub_filter, more).replace(CONTENTS, &"0".repeat(2 * RESERVED))
}

fn seal(more: &str) -> String {
    blank("ETSI.CAdES.detached", more)
}

/// The document of the structural samples, with its seal, closed.
fn sealed() -> Builder {
    unsigned().object(6, &seal("")).revision()
}

/// Codes of what keeps a file from passing.
fn refusals(report: &SealReport) -> BTreeSet<&'static str> {
    let weighty = report
        .findings
        .iter()
        .filter(|finding| finding.severity >= Severity::NotRun);
    weighty.map(|finding| finding.code).collect()
}

#[track_caller]
fn passes(report: &SealReport, what: &str) {
    let passed = report.indication == Some(Indication::TotalPassed);
    assert!(passed, "{what}: {:#?}", report.findings);
}

/// Every row of the table.
fn samples() -> impl Iterator<Item = &'static Sample> {
    positions::SAMPLES.iter().chain(changes::SAMPLES)
}

fn check(sample: &Sample, rulebook: Rulebook) {
    let Sample {
        name, code, also, ..
    } = sample;
    let signer = signer(rulebook);
    let file = (sample.file)(signer);
    let report = signer.examine(&file);
    assert_eq!(report.rulebook, rulebook, "{name}");
    assert_ne!(
        report.indication,
        Some(Indication::TotalPassed),
        "{name} passes"
    );
    let all: Vec<&'static str> = [&[*code], *also].concat();
    assert_eq!(
        refusals(&report),
        all.iter().copied().collect(),
        "{name}: {:#?}",
        report.findings
    );
    // Each one alone is enough to refuse it.
    for kept in &all {
        let others: Vec<&'static str> = all.iter().copied().filter(|code| code != kept).collect();
        let report = without(&others, || signer.examine(&file));
        assert_eq!(refusals(&report), BTreeSet::from([*kept]), "{name}");
    }
    let report = without(&all, || signer.examine(&file));
    passes(&report, &format!("{name} without {all:?}"));
    println!("{rulebook:?} {name}: refused by {all:?}, passes without");
}

#[test]
fn with_one_rule_off_a_file_passes_that_must_not() {
    for sample in samples() {
        let rulebooks = sample.rulebooks.iter();
        rulebooks.for_each(|rulebook| check(sample, *rulebook));
    }
}

#[test]
fn every_rule_has_its_file() {
    let have: BTreeSet<&str> = samples().map(|sample| sample.code).collect();
    let want: BTreeSet<&str> = rule_codes().chain(changes::CODES).collect();
    assert_eq!(have, want);
    let names: BTreeSet<&str> = samples().map(|sample| sample.name).collect();
    assert_eq!(names.len(), samples().count(), "a name stands twice");
}

#[test]
fn the_files_that_the_samples_spoil_pass() {
    for rulebook in [Issued, Foreign] {
        let signer = signer(rulebook);
        let check = |open: Builder, what| passes(&signer.examine(&signer.sign(open)), what);
        check(sealed(), "sealed");
        check(changes::with_dss(sealed(), ""), "with DSS");
        let stamped = changes::with_time_stamp(sealed(), &changes::Stamp::default());
        check(stamped, "with a document time-stamp");
    }
}
