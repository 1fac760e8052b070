//! Time-stamp tokens (RFC 3161, ETSI EN 319 422): what they prove, and an invalid one fails the file.

use std::sync::Arc;

use jiff::Timestamp;

use crate::cms::rules::{Role, imprint, indeterminate, tsa_x509, tst_info};
use crate::report::{Finding, Rulebook, Severity, SubIndication};
use crate::x509::{ValidPath, X509};

use super::Context;
use super::chain::{self, Use};
use super::signature::{Covered, Opened, open};
use super::site::unused_x509s;

/// What a token came to.
pub(super) struct Stamp {
    pub(super) findings: Vec<Finding>,
    /// genTime, if nothing speaks against it.
    pub(super) proven: Option<Timestamp>,
}

/// Examines a token over `stamped`.
pub(super) fn examine(token: &[u8], stamped: &[&[u8]], context: &mut Context<'_, '_>) -> Stamp {
    let (findings, gen_time) = match open(token, Role::TimeStamp, Covered::Inside, context) {
        Err(finding) => (vec![finding], None),
        Ok(opened) => judge(opened, stamped, context),
    };
    let holds = findings
        .iter()
        .all(|finding| finding.severity < Severity::Indeterminate);
    let out_of_date = findings.iter().any(|finding| finding.code == OUT_OF_DATE);
    let proven = gen_time.filter(|_| holds && !out_of_date);
    Stamp {
        findings: findings.into_iter().map(of_time_stamp).collect(),
        proven,
    }
}

fn judge(
    mut opened: Opened,
    stamped: &[&[u8]],
    context: &mut Context<'_, '_>,
) -> (Vec<Finding>, Option<Timestamp>) {
    let mut findings = std::mem::take(&mut opened.findings);
    let gen_time = match tst_info::check(opened.content.as_deref().unwrap_or_default()) {
        Ok(info) => {
            findings.extend(imprint::check(&info, stamped));
            findings.extend(from_the_future(info.gen_time, context.at));
            Some(info.gen_time)
        }
        Err(finding) => {
            findings.push(finding);
            None
        }
    };
    if let Some(tsa) = &opened.signer {
        findings.extend(tsa_x509::check(tsa).map(|finding| stricter(finding, context)));
        match path(tsa, &opened.offered, gen_time, context) {
            Ok((path, remark)) => {
                findings.extend(remark);
                findings.extend(unused_x509s(&opened.enclosed, &path, context.rulebook));
            }
            Err(finding) => findings.push(stricter(finding, context)),
        }
    }
    (findings, gen_time)
}

const OUT_OF_DATE: &str = "timestamp.out_of_date";

/// The TSA's chain now; or, when its X.509 has run out since, at genTime, proving nothing any more.
fn path(
    tsa: &X509,
    offered: &[X509],
    gen_time: Option<Timestamp>,
    context: &mut Context<'_, '_>,
) -> Result<(Arc<ValidPath>, Option<Finding>), Finding> {
    let (trust, at) = (context.trust, context.at);
    let failure = match chain::follow(trust, Use::TimeStamp, tsa, offered, at, context.meter) {
        Ok(path) => return Ok((path, None)),
        Err(failure) => failure,
    };
    let past = gen_time.filter(|gen_time| {
        failure.sub_indication == SubIndication::OutOfBoundsNoPoe && *gen_time <= at
    });
    let then = past.and_then(|then| {
        chain::follow_form(trust, Use::TimeStamp, tsa, offered, then, context.meter).ok()
    });
    let remark = Finding {
        code: OUT_OF_DATE,
        severity: Severity::Warning,
        sub_indication: None,
        ..failure.finding.clone()
    };
    then.map(|path| (Arc::new(path), Some(remark)))
        .ok_or(failure.finding)
}

/// What we issue is stamped by an authority that the policy knows: there a stranger's stamp is
/// invalid, not merely unknown.
fn stricter(finding: Finding, context: &Context<'_, '_>) -> Finding {
    let unknown = matches!(
        finding.sub_indication,
        Some(
            SubIndication::NoCertificateChainFound
                | SubIndication::ChainConstraintsFailure
                | SubIndication::CertificateChainGeneralFailure
        )
    );
    let by_policy = context.rulebook == Rulebook::Issued && context.trust.seals().is_some();
    if !unknown || !by_policy {
        return finding;
    }
    let sub_indication = Some(SubIndication::FormatFailure);
    Finding {
        severity: Severity::Failed,
        sub_indication,
        ..finding
    }
}

fn from_the_future(gen_time: Timestamp, at: Timestamp) -> Option<Finding> {
    let seen =
        || format!("the time-stamp is of {gen_time}, later than the time of this examination");
    let sub = SubIndication::TimestampOrderFailure;
    (gen_time > at)
        .then(|| indeterminate("timestamp.order", sub, "ETSI EN 319 102-1 5.6.3", seen()))
}

fn of_time_stamp(finding: Finding) -> Finding {
    Finding {
        seen: format!("time-stamp: {}", finding.seen),
        ..finding
    }
}
