//! The examination of a sealed file: positions (`pdf`), signature (`cms`), chains (`x509`), joined
//! into one report.
//!
//! Knows nothing of certificates or records; makes no verdict. `api` calls [`examine`] with bytes
//! from anyone; every file gets a report, none an error.

pub(crate) mod chain;
mod combine;
mod rulebook;
mod signature;
mod signer;
mod site;
mod stamp;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use jiff::Timestamp;

use crate::budget::{Budgets, Meter};
use crate::pdf::{self, Pdf};
use crate::policy::Trust;
use crate::report::{Finding, Indication, Level, RevisionEnd, Rulebook, SealReport, Severity};
use combine::Sum;
use site::SiteReport;

/// Examines the seals of a file at the time `at` (validation time, not the time of sealing).
///
/// Of several signatures the worst speaks. Without any the indication is `None` with the finding
/// `seal.absent`. ETSI EN 319 102-1 §5; ETSI EN 319 142-1 §6.
pub fn examine(bytes: &[u8], trust: &Trust, at: Timestamp, budgets: &Budgets) -> SealReport {
    let read = Meter::new(budgets, bytes.len())
        .and_then(|mut meter| Ok((pdf::read(bytes, &mut meter)?, meter)));
    match read {
        Ok((pdf, mut meter)) if pdf.is_signed() => {
            examine_signed(bytes, &pdf, trust, at, &mut meter)
        }
        Ok((pdf, _)) => unsigned(pdf.revision_ends()),
        Err(finding) => unreadable(finding),
    }
}

/// What every step of one examination needs.
pub(crate) struct Context<'a, 'm> {
    pub(crate) trust: &'a Trust,
    pub(crate) rulebook: Rulebook,
    pub(crate) at: Timestamp,
    pub(crate) meter: &'m mut Meter,
}

fn examine_signed(
    bytes: &[u8],
    pdf: &Pdf<'_>,
    trust: &Trust,
    at: Timestamp,
    meter: &mut Meter,
) -> SealReport {
    let rulebook = rulebook::choose(pdf.sites(), trust);
    let mut context = Context {
        trust,
        rulebook,
        at,
        meter,
    };
    let sites = site::examine_all(bytes, pdf, &mut context);
    report(rulebook, sites, pdf.revision_ends())
}

/// The worst signature speaks; every remark stands in the report.
fn report(
    rulebook: Rulebook,
    mut sites: Vec<SiteReport>,
    revisions: Vec<RevisionEnd>,
) -> SealReport {
    sites.sort_by_key(|site| std::cmp::Reverse(Sum::of(&site.findings).badness()));
    let mut known = HashSet::new();
    let all = sites.iter().flat_map(|site| &site.findings);
    let mut findings: Vec<Finding> = all
        .filter(|finding| known.insert(*finding))
        .cloned()
        .collect();
    let sum = Sum::of(&findings);
    let proven_time = sites.iter().filter_map(|site| site.proven_time).min();
    let speaking = sites.into_iter().find(|site| !site.is_document_time_stamp);
    // Document time-stamps alone say when, not who: they seal nothing.
    let (indication, sub_indication) = match (&speaking, sum.indication) {
        (None, Indication::TotalPassed | Indication::Indeterminate) => {
            findings.push(absent());
            (None, None)
        }
        _ => (Some(sum.indication), sum.sub_indication),
    };
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    SealReport {
        indication,
        sub_indication,
        rulebook,
        level: speaking.as_ref().map_or(Level::None, |site| site.level),
        claimed_time: speaking.as_ref().and_then(|site| site.claimed_time),
        proven_time,
        signer_good: speaking.as_ref().and_then(|site| site.signer_good),
        signer: speaking.and_then(|site| site.signer),
        findings,
        revisions,
    }
}

fn unsigned(revisions: Vec<RevisionEnd>) -> SealReport {
    SealReport {
        indication: None,
        sub_indication: None,
        revisions,
        ..unreadable(absent())
    }
}

fn absent() -> Finding {
    Finding {
        code: "seal.absent",
        severity: Severity::Info,
        sub_indication: None,
        seen: "the file bears no seal".to_owned(),
        clause: "ISO 32000-1 12.8",
    }
}

fn unreadable(finding: Finding) -> SealReport {
    let sum = Sum::of(std::slice::from_ref(&finding));
    SealReport {
        indication: Some(sum.indication),
        sub_indication: sum.sub_indication,
        rulebook: Rulebook::Foreign,
        level: Level::None,
        claimed_time: None,
        proven_time: None,
        signer: None,
        signer_good: None,
        findings: vec![finding],
        revisions: Vec::new(),
    }
}
