//! What the tests of the judge start from: seal reports and records, good and bad.

mod rows;
mod said;
mod table;

use jiff::Timestamp;
use jiff::civil::date;

use super::*;
use crate::inspect::Inspected;
use crate::report::{
    Finding, Indication, Level, RevisionEnd, Rulebook, SealReport, Severity, SignerName,
    SubIndication,
};

const DIGEST: [u8; 32] = [7; 32];
const IDENTIFIER: &str =
    "1.2.156.3005.2.11990000MB99990094001.11990000MB99990094.2026000000000001.001.R";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-12-01T00:00:00Z")
}

fn finding(code: &'static str, severity: Severity, sub: SubIndication) -> Finding {
    Finding {
        code,
        severity,
        sub_indication: Some(sub),
        seen: "seen".into(),
        clause: "clause",
    }
}

fn passed() -> SealReport {
    SealReport {
        indication: Some(Indication::TotalPassed),
        sub_indication: None,
        rulebook: Rulebook::Issued,
        level: Level::BB,
        claimed_time: Some(at("2026-11-22T00:00:00Z")),
        proven_time: None,
        signer: Some(SignerName {
            subject: "CN=测试认证中心".into(),
            issuer: "CN=测试印章 CA".into(),
            serial: "0a".into(),
            sha256: "ab".repeat(32),
        }),
        signer_good: Some((at("2026-11-22T00:00:00Z"), at("2029-11-22T00:00:00Z"))),
        findings: vec![],
        revisions: vec![RevisionEnd {
            length: 1000,
            sha256: DIGEST,
        }],
    }
}

fn lowered(rulebook: Rulebook, finding: Finding) -> SealReport {
    let indication = match finding.severity {
        Severity::Failed => Indication::TotalFailed,
        _ => Indication::Indeterminate,
    };
    SealReport {
        indication: Some(indication),
        sub_indication: finding.sub_indication,
        rulebook,
        findings: vec![finding],
        ..passed()
    }
}

fn failed() -> SealReport {
    let broken = finding(
        "attribute.message_digest",
        Severity::Failed,
        SubIndication::HashFailure,
    );
    lowered(Rulebook::Issued, broken)
}

fn absent() -> SealReport {
    SealReport {
        indication: None,
        signer: None,
        rulebook: Rulebook::Foreign,
        ..passed()
    }
}

fn stranger() -> SealReport {
    let code = "signer.not_a_seal_key";
    let not_ours = finding(
        code,
        Severity::Indeterminate,
        SubIndication::SigConstraintsFailure,
    );
    lowered(Rulebook::Foreign, not_ours)
}

fn no_crl() -> SealReport {
    let code = "revocation.stale";
    lowered(
        Rulebook::Issued,
        finding(code, Severity::Indeterminate, SubIndication::TryLater),
    )
}

fn no_poe() -> SealReport {
    let code = "chain.out_of_bounds";
    let sub = SubIndication::OutOfBoundsNoPoe;
    lowered(
        Rulebook::Issued,
        finding(code, Severity::Indeterminate, sub),
    )
}

fn certificate() -> Certificate {
    Certificate {
        identifier: IDENTIFIER.into(),
        basis: Basis::Issued,
        files: vec![RecordedFile {
            length: 1000,
            sha256: DIGEST,
            committed_at: at("2026-11-22T01:00:00Z"),
            kind: FileKind::Original,
        }],
        issued: at("2026-11-21T16:00:00Z"),
        effective: date(2026, 11, 22),
        expiring: Some(date(2027, 11, 21)),
        standing: vec![],
        agency: "测试市市场监督管理局".into(),
        entitlement: Entitlement::Entitled,
        dispute: Dispute::None,
    }
}

fn found(edit: impl FnOnce(&mut Certificate)) -> Record {
    let mut certificate = certificate();
    edit(&mut certificate);
    Record::Found(Box::new(certificate))
}

fn as_issued() -> Record {
    found(|_| ())
}

fn other_bytes() -> Record {
    found(|certificate| certificate.files[0].sha256 = [8; 32])
}

fn imported() -> Record {
    found(|certificate| {
        certificate.basis = Basis::Imported;
        certificate.files.clear();
    })
}

fn facts(asker: Asker, record: Record) -> Facts {
    let freshness = Freshness {
        as_of: now(),
        source: "registry".into(),
        stale_at_most: 0,
    };
    Facts {
        asker,
        at: now(),
        freshness,
        record,
    }
}

fn file(seal: SealReport) -> Option<FileReport> {
    let inspected = Inspected {
        sha256: DIGEST,
        claimed_identifier: Some(IDENTIFIER.into()),
        revisions: seal.revisions.clone(),
    };
    Some(FileReport { inspected, seal })
}

const RECORD: Option<FileReport> = None;

fn ask(asker: Asker, report: Option<FileReport>, record: Record) -> Verdict {
    let asked = report.as_ref().map_or(Asked::Record, Asked::File);
    judge(asked, &facts(asker, record))
}

fn by_duty(report: Option<FileReport>, record: Record) -> Verdict {
    ask(Asker::ByDuty, report, record)
}

fn standing(state: StoredState, since: &str, until: Option<&str>) -> Standing {
    Standing {
        state,
        since: at(since),
        until: until.map(at),
        about: Some(About::Licence),
        reason: Some("R01".into()),
        reason_label: Some("责令整改".into()),
        acting: Some(Acting {
            authority: "测试省局".into(),
            region: "990000".into(),
            legal_basis: "第十条".into(),
        }),
    }
}
