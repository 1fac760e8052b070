//! The positional rules: one a file, the clause on top, a good and a bad sample beside it.
//!
//! A rule looks at facts that the reader noted; it reads nothing itself and knows nothing of CMS.
//! [`Pdf::check`](super::Pdf::check) runs them all; a rule never relies on another one having run.

mod active_content;
mod byterange_coverage;
mod byterange_form;
mod byterange_gap;
mod byterange_hex;
mod byterange_padding;
mod dictionary_double_key;
mod dictionary_reached;
mod dictionary_type;
mod encryption;
mod header;
mod hybrid;
mod object_readable;
mod revision_bytes;
mod single_seal;
mod startxref;
mod xref_target;
mod xref_twice;

use super::oddity::{MOST_ODDITIES, Oddity, OddityKind};
use super::{Pdf, Site};
use crate::report::{Finding, Rulebook, Severity, SubIndication};

/// One rule.
pub(super) struct Rule {
    /// Stable code of its findings.
    code: &'static str,
    /// Where it comes from.
    clause: &'static str,
    check: fn(&Case<'_>) -> Vec<Breach>,
}

/// How a rule is broken.
struct Breach {
    severity: Severity,
    seen: String,
}

impl Breach {
    fn failed(seen: impl Into<String>) -> Self {
        Self {
            severity: Severity::Failed,
            seen: seen.into(),
        }
    }
}

/// What the rules look at: a signature in its file, under a rulebook.
pub(super) struct Case<'c> {
    pub(super) pdf: &'c Pdf<'c>,
    pub(super) site: &'c Site,
    pub(super) rulebook: Rulebook,
}

impl Case<'_> {
    fn issued(&self) -> bool {
        self.rulebook == Rulebook::Issued
    }

    /// Other people's writers are untidy, and what a signature covers nobody can add to: there it is a warning.
    /// After the signature, and in what we issued, it is a failure.
    fn weigh(&self, oddity: &Oddity) -> Severity {
        let covered = self
            .site
            .owner
            .home
            .is_some_and(|home| oddity.revision <= home);
        if covered && !self.issued() {
            Severity::Warning
        } else {
            Severity::Failed
        }
    }

    /// The oddities that `pick` names, weighed.
    fn oddities(&self, pick: impl Fn(OddityKind) -> Option<String>) -> Vec<Breach> {
        let picked = self.pdf.layout.oddities.iter().filter_map(|oddity| {
            let what = pick(oddity.kind)?;
            let seen = format!(
                "{what} (revision {}, byte {})",
                oddity.revision + 1,
                oddity.at
            );
            Some(Breach {
                severity: self.weigh(oddity),
                seen,
            })
        });
        let mut breaches: Vec<Breach> = picked.collect();
        breaches.sort_by_key(|breach| std::cmp::Reverse(breach.severity));
        breaches.truncate(MOST_ODDITIES);
        breaches
    }
}

/// Every rule, those of the signature first.
const RULES: &[Rule] = &[
    header::RULE,
    byterange_form::RULE,
    byterange_gap::RULE,
    byterange_hex::RULE,
    byterange_padding::RULE,
    byterange_coverage::RULE,
    dictionary_double_key::RULE,
    dictionary_reached::RULE,
    dictionary_type::RULE,
    single_seal::RULE,
    startxref::RULE,
    xref_target::RULE,
    xref_twice::RULE,
    object_readable::RULE,
    revision_bytes::RULE,
    hybrid::RULE,
    encryption::RULE,
    active_content::RULE,
];

/// Runs every positional rule.
pub(super) fn run(case: &Case<'_>) -> Vec<Finding> {
    let findings = RULES.iter().flat_map(|rule| {
        (rule.check)(case).into_iter().map(|breach| Finding {
            code: rule.code,
            severity: breach.severity,
            sub_indication: match breach.severity {
                Severity::Failed => Some(SubIndication::FormatFailure),
                Severity::Indeterminate => Some(SubIndication::Generic),
                _ => None,
            },
            seen: breach.seen,
            clause: rule.clause,
        })
    });
    findings.collect()
}

/// Codes of every rule.
#[cfg(test)]
pub(super) fn codes() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.code)
}
