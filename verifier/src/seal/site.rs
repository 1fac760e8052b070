//! One signature field of the file: its place, its signature, its time-stamp, its signer.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::cms::rules::{Role, failed};
use crate::pdf::{Kind, Pdf, Site};
use crate::report::{Finding, Level, Rulebook, Severity, SignerName, SubIndication};
use crate::x509::{ValidPath, X509};

use super::signature::{Covered, Opened, open};
use super::{Context, signer, stamp};

/// What one signature came to.
pub(super) struct SiteReport {
    pub(super) findings: Vec<Finding>,
    pub(super) is_document_time_stamp: bool,
    pub(super) level: Level,
    pub(super) claimed_time: Option<Timestamp>,
    pub(super) proven_time: Option<Timestamp>,
    pub(super) signer: Option<SignerName>,
    pub(super) signer_good: Option<(Timestamp, Timestamp)>,
}

/// Examines every signature, document time-stamps first: they prove when the others existed.
pub(super) fn examine_all(
    bytes: &[u8],
    pdf: &Pdf<'_>,
    context: &mut Context<'_, '_>,
) -> Vec<SiteReport> {
    let (stamps, seals): (Vec<_>, Vec<_>) = pdf
        .sites()
        .iter()
        .partition(|site| site.kind == Kind::DocTimeStamp);
    let mut reports = Vec::with_capacity(pdf.sites().len());
    for site in stamps {
        reports.push((site, examine_stamp(bytes, pdf, site, context)));
    }
    let stamps = reports.len();
    for site in seals {
        let later = reports[..stamps]
            .iter()
            .filter(|(stamp, _)| stamp.revision >= site.revision);
        let proven = later.filter_map(|(_, report)| report.proven_time).min();
        reports.push((site, examine_seal(bytes, pdf, site, proven, context)));
    }
    reports.into_iter().map(|(_, report)| report).collect()
}

fn examine_stamp(
    bytes: &[u8],
    pdf: &Pdf<'_>,
    site: &Site,
    context: &mut Context<'_, '_>,
) -> SiteReport {
    let mut report = SiteReport::new(site, pdf.check(context.rulebook, site, context.meter));
    if let Some((cms, covered)) = parts(bytes, site, &mut report) {
        let stamp = stamp::examine(cms, &covered, context);
        report.findings.extend(stamp.findings);
        report.proven_time = stamp.proven.filter(|_| report.holds());
    }
    report
}

fn examine_seal(
    bytes: &[u8],
    pdf: &Pdf<'_>,
    site: &Site,
    proven: Option<Timestamp>,
    context: &mut Context<'_, '_>,
) -> SiteReport {
    let mut report = SiteReport::new(site, pdf.check(context.rulebook, site, context.meter));
    let Some(role) = role(site, context.rulebook, &mut report) else {
        return report;
    };
    let Some((cms, covered)) = parts(bytes, site, &mut report) else {
        return report;
    };
    let opened = match open(cms, role, Covered::Ranges(&covered), context) {
        Ok(opened) => opened,
        Err(finding) => {
            report.findings.push(finding);
            return report;
        }
    };
    let cades = role == Role::Seal { cades: true };
    complete(&mut report, opened, cades, proven, context);
    report
}

/// Time-stamps, signer and level of an opened seal.
fn complete(
    report: &mut SiteReport,
    opened: Opened,
    cades: bool,
    proven: Option<Timestamp>,
    context: &mut Context<'_, '_>,
) {
    report.findings.extend(opened.findings);
    let mut own_proof = None;
    for token in &opened.tokens {
        let stamp = stamp::examine(token, &[&opened.signature], context);
        report.findings.extend(stamp.findings);
        own_proof = own_proof.into_iter().chain(stamp.proven).min();
    }
    // Whatever else is wrong with the signature, a stamp over a broken one proves nothing.
    report.proven_time = own_proof.filter(|_| report.holds());
    report.level = match (cades, report.proven_time) {
        (false, _) => Level::None,
        (true, None) => Level::BB,
        (true, Some(_)) => Level::BT,
    };
    let Some(x509) = &opened.signer else {
        report.findings.extend(signer::unnamed(context.trust));
        return;
    };
    report.signer = Some(signer::name(x509));
    let best = report.proven_time.into_iter().chain(proven).min();
    let judged = signer::judge(x509, &opened.offered, best, context);
    report.findings.extend(judged.findings);
    report.signer_good = judged.good;
    if let Some(path) = &judged.path {
        report
            .findings
            .extend(unused_x509s(&opened.enclosed, path, context.rulebook));
    }
}

impl SiteReport {
    fn new(site: &Site, findings: Vec<Finding>) -> SiteReport {
        SiteReport {
            findings,
            is_document_time_stamp: site.kind == Kind::DocTimeStamp,
            level: Level::None,
            claimed_time: site.claimed_time,
            proven_time: None,
            signer: None,
            signer_good: None,
        }
    }

    fn holds(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.severity < Severity::Indeterminate)
    }
}

/// ETSI EN 319 142-1 §6.3: what we issue is `ETSI.CAdES.detached`; `foreign` also takes
/// `adbe.pkcs7.detached`.
fn role(site: &Site, rulebook: Rulebook, report: &mut SiteReport) -> Option<Role> {
    match (site.kind, rulebook) {
        (Kind::CadesDetached, _) => Some(Role::Seal { cades: true }),
        (Kind::Pkcs7Detached, Rulebook::Foreign) => Some(Role::Seal { cades: false }),
        (Kind::Pkcs7Detached | Kind::Other | Kind::DocTimeStamp, _) => {
            let seen = "a /SubFilter that this rulebook does not know";
            let clause = "ETSI EN 319 142-1 6.3";
            let finding = failed("cms.sub_filter", SubIndication::FormatFailure, clause, seen);
            report.findings.push(finding);
            None
        }
    }
}

/// The CMS and the covered bytes; where the place is unfit `pdf` has said why, and if it has not,
/// this does.
fn parts<'a>(
    bytes: &'a [u8],
    site: &'a Site,
    report: &mut SiteReport,
) -> Option<(&'a [u8], [&'a [u8]; 2])> {
    let [first, second] = site.covered.clone().unwrap_or([0..0, 0..0]);
    let pieces = bytes
        .get(first)
        .zip(bytes.get(second))
        .filter(|_| site.covered.is_some());
    let parts = site.cms.as_deref().zip(pieces);
    if parts.is_none()
        && report
            .findings
            .iter()
            .all(|f| f.severity < Severity::Failed)
    {
        let seen = "the signature dictionary holds no signature over this file";
        let clause = "ISO 32000-1 12.8.1";
        let finding = failed("cms.not_found", SubIndication::FormatFailure, clause, seen);
        report.findings.push(finding);
    }
    parts.map(|(cms, (first, second))| (cms, [first, second]))
}

/// ETSI EN 319 142-1 §6.2.1, design §6: what we issue encloses X.509s of the chain and no others,
/// for nobody signs them.
pub(super) fn unused_x509s(
    enclosed: &[Vec<u8>],
    path: &ValidPath,
    rulebook: Rulebook,
) -> Option<Finding> {
    let mut unseen: HashSet<&[u8]> = path.chain.iter().map(X509::der).collect();
    let mut used_once = || enclosed.iter().all(|der| unseen.remove(der.as_slice()));
    if rulebook == Rulebook::Foreign || used_once() {
        return None;
    }
    let seen = "the signature encloses an X.509 that its chain does not use";
    Some(failed(
        "cms.unused_x509",
        SubIndication::FormatFailure,
        "ETSI EN 319 142-1 6.2.1",
        seen,
    ))
}
