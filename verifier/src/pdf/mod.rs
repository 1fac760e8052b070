//! Everything the verifier knows of PDF: an own strict reader, the places of signatures, the positional rules,
//! and what may change after a signature.
//!
//! Not a PDF library: it draws nothing, repairs nothing and writes nothing; what a rule does not need is not read.
//! `seal` calls it with bytes from anyone; it calls nobody but the budget.

mod change;
mod claim;
mod contents;
mod date;
mod filter;
mod layout;
mod object;
mod oddity;
mod parser;
mod places;
mod reader;
mod revision;
mod rules;
mod site;
mod streams;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod xref;

use std::collections::HashMap;

use crate::budget::Meter;
use crate::report::{Finding, RevisionEnd, Rulebook, Severity, SubIndication};
use layout::Layout;
use places::Places;
use revision::Revision;
pub use site::{Kind, Site};
use streams::ObjectStream;

/// What the grammar does not allow, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// Byte offset in the file, or in the decoded stream being read.
    pub(crate) at: usize,
    pub(crate) what: &'static str,
}

/// Why reading stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    Malformed(Malformed),
    /// The budget ran out (`limit.exceeded`).
    Limit(Finding),
}

impl From<Malformed> for Stop {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<Finding> for Stop {
    fn from(limit: Finding) -> Self {
        Self::Limit(limit)
    }
}

impl From<Stop> for Finding {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Limit(finding) => finding,
            Stop::Malformed(Malformed { at, what }) => Finding {
                code: "revision.malformed",
                severity: Severity::Failed,
                sub_indication: Some(SubIndication::FormatFailure),
                seen: format!("{what} (at byte {at})"),
                clause: "ISO 32000-1 7.5",
            },
        }
    }
}

/// A PDF as it was read: its revisions, what its bytes are, where its signatures stand. Nothing is trusted yet.
#[derive(Debug)]
pub struct Pdf<'a> {
    bytes: &'a [u8],
    revisions: Vec<Revision<'a>>,
    places: Places,
    layout: Layout,
    streams: HashMap<usize, ObjectStream>,
    sites: Vec<Site>,
}

/// Reads a file without repairing anything.
///
/// Fails with `revision.malformed` (TOTAL-FAILED/FORMAT_FAILURE) when there is no sound chain of revisions to
/// judge, and with `limit.exceeded` (INDETERMINATE) when the budget runs out.
pub fn read<'a>(bytes: &'a [u8], meter: &mut Meter) -> Result<Pdf<'a>, Finding> {
    let revisions = revision::read_revisions(bytes, meter)?;
    let places = Places::of(&revisions);
    let layout = layout::walk(bytes, &revisions, &places, meter)?;
    let streams = streams::decode_all(bytes, &revisions, &places, &layout, meter)?;
    let mut pdf = Pdf {
        bytes,
        revisions,
        places,
        layout,
        streams,
        sites: Vec::new(),
    };
    pdf.sites = site::find(&pdf, meter)?;
    Ok(pdf)
}

impl Pdf<'_> {
    /// Every signature and document time-stamp that the form reaches in some revision, in the order of what they
    /// cover. Those that are not fit to verify are among them; [`Pdf::check`] says why.
    pub fn sites(&self) -> &[Site] {
        &self.sites
    }

    /// Whether the file bears any signature or document time-stamp.
    pub fn is_signed(&self) -> bool {
        !self.sites.is_empty()
    }

    /// Every positional rule on `site`, and everything that came after it, under a rulebook. No finding of severity
    /// `Failed`, `Indeterminate` or `NotRun` means that the signed bytes are what they seem to be; the CMS is not
    /// looked at. Running out of budget is among the findings (`limit.exceeded`).
    pub fn check(&self, rulebook: Rulebook, site: &Site, meter: &mut Meter) -> Vec<Finding> {
        let mut findings = rules::run(&rules::Case {
            pdf: self,
            site,
            rulebook,
        });
        match change::analyse(self, site, rulebook, meter) {
            Ok(changes) => findings.extend(changes),
            Err(stop) => findings.push(stop.into()),
        }
        #[cfg(test)]
        findings.retain(|finding| !testing::is_off(finding.code));
        findings
    }

    /// The identifier that the file claims (its `certificate.json`, else its XMP metadata). Anyone can write one.
    pub fn claimed_identifier(&self, meter: &mut Meter) -> Option<String> {
        claim::find(&mut reader::Reader::new(self, meter))
            .ok()
            .flatten()
    }

    /// Every prefix of the file that ends where a revision ends, first to last.
    pub fn revision_ends(&self) -> Vec<RevisionEnd> {
        let mut digest = ring::digest::Context::new(&ring::digest::SHA256);
        let mut hashed = 0;
        let mut ends = Vec::with_capacity(self.revisions.len());
        for revision in &self.revisions {
            digest.update(self.bytes.get(hashed..revision.end).unwrap_or_default());
            hashed = revision.end;
            let mut sha256 = [0; 32];
            sha256.copy_from_slice(digest.clone().finish().as_ref());
            ends.push(RevisionEnd {
                length: revision.end as u64,
                sha256,
            });
        }
        ends
    }
}
