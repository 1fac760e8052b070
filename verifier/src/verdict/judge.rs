//! The judge: design §7's table, row by row. The only maker of a [`Verdict`].

use super::answer::{Authority, CopyAnswer, SealAnswer, Status, Verdict, VerdictBasis};
use super::facts::{
    Asker, Certificate, CopyEnd, Dispute, Entitlement, Facts, FileKind, Record, RecordedFile,
};
use super::outcome::{Advice, Code36906, Outcome};
use super::state::{self, Holding, State};
use crate::inspect::Inspected;
use crate::report::{Finding, Indication, Rulebook, SealReport, Severity, SubIndication};

/// What was asked.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// A file that someone holds.
    File(&'a FileReport),
    /// The record alone: by code, identifier or holder; no file was checked.
    Record,
}

/// Everything that was seen in a file.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// Digest, revisions and the identifier that the file claims.
    pub inspected: Inspected,
    /// The seal.
    pub seal: SealReport,
}

/// Joins what was asked with what is on record.
pub fn judge(asked: Asked<'_>, facts: &Facts) -> Verdict {
    match asked {
        Asked::File(report) => judge_file(report, facts),
        Asked::Record => judge_record(facts),
    }
}

fn judge_file(report: &FileReport, facts: &Facts) -> Verdict {
    let FileReport { inspected, seal } = report;
    let certificate = match &facts.record {
        Record::Found(certificate) => Some(certificate.as_ref()),
        _ => None,
    };
    let recorded = certificate.and_then(|certificate| on_record(certificate, seal));
    let poe = recorded.is_some_and(|file| lifted_by_record(seal, file));
    let mut draft = Draft::new(facts, seal.findings.clone());
    let table = row(seal, facts, certificate, recorded, poe);
    let outcome = match table {
        Row::OnRecord(certificate, file) => draft.authentic(certificate, Some(file)),
        Row::Not(outcome, remark) => {
            draft.findings.extend(remark);
            outcome
        }
        Row::SealedNotOnRecord => {
            let seen = "a seal of ours over bytes that are not on record";
            draft
                .findings
                .push(remark("sealed_not_on_record", Severity::Warning, seen));
            draft.alarm = Some("sealed_not_on_record");
            Outcome::Unknown
        }
    };
    if let (Some(certificate), Some(claimed)) = (certificate, &inspected.claimed_identifier)
        && *claimed != certificate.identifier
    {
        let seen = "the file claims another identifier than its bytes have on record";
        draft
            .findings
            .push(remark("record.identifier_differs", Severity::Warning, seen));
    }
    if poe {
        let seen = "the record proves that the file existed while its seal X.509 was good";
        draft
            .findings
            .push(remark("seal.poe", Severity::Info, seen));
    }
    let failed = seal.indication == Some(Indication::TotalFailed);
    let file_code = match outcome {
        outcome if outcome.is_authentic() => 0,
        _ if failed => 1,
        _ => 2,
    };
    let answer = SealAnswer::Examined {
        indication: seal.indication,
        sub_indication: seal.sub_indication,
        level: seal.level,
        claimed_time: seal.claimed_time,
        proven_time: seal.proven_time,
        signer: seal.signer.clone(),
        poe: poe.then_some("record"),
    };
    draft.finish(outcome, VerdictBasis::File, Some(file_code), answer)
}

fn judge_record(facts: &Facts) -> Verdict {
    let mut draft = Draft::new(facts, Vec::new());
    let outcome = match &facts.record {
        Record::Found(certificate) => draft.authentic(certificate, None),
        Record::Absent => Outcome::Unknown,
        Record::Differs if facts.asker == Asker::ByDuty => Outcome::Mismatch,
        Record::Differs => Outcome::Unknown,
        Record::Unavailable => Outcome::CouldNotCheck,
    };
    draft.finish(
        outcome,
        VerdictBasis::Record,
        None,
        SealAnswer::NotRun("not_run"),
    )
}

/// The row of the table that applies to a file.
enum Row<'a> {
    /// The seal holds and the bytes are on record.
    OnRecord(&'a Certificate, &'a RecordedFile),
    /// Our seal over bytes that nobody recorded.
    SealedNotOnRecord,
    /// Anything that is not authentic, with the remark that says why.
    Not(Outcome, Option<Finding>),
}

fn row<'a>(
    seal: &SealReport,
    facts: &Facts,
    certificate: Option<&'a Certificate>,
    recorded: Option<&'a RecordedFile>,
    poe: bool,
) -> Row<'a> {
    use Indication::{Indeterminate, TotalFailed, TotalPassed};
    let with_file = certificate.is_some_and(|certificate| !certificate.files.is_empty());
    let ours = seal.rulebook == Rulebook::Issued;
    let not_ours = not_a_seal_key(seal);
    if seal.indication == Some(TotalFailed) {
        return Row::Not(Outcome::NotAuthentic, None);
    }
    if facts.record == Record::Unavailable {
        return Row::Not(Outcome::CouldNotCheck, None);
    }
    match (seal.indication, certificate, recorded) {
        (None, Some(_), _) => Row::Not(Outcome::NotAuthentic, None),
        (None, None, _) => Row::Not(Outcome::Unknown, None),
        (Some(TotalPassed), Some(certificate), Some(file)) => Row::OnRecord(certificate, file),
        (Some(Indeterminate), Some(certificate), Some(file)) if poe => {
            Row::OnRecord(certificate, file)
        }
        (Some(TotalPassed), Some(_), None) if ours => {
            let seen = "the seal holds, but these are not the bytes on record";
            let finding = remark("seal.intact_bytes_differ", Severity::Failed, seen);
            Row::Not(Outcome::NotAuthentic, Some(finding))
        }
        (Some(TotalPassed), None, _) if ours => Row::SealedNotOnRecord,
        (Some(TotalPassed), ..) => Row::Not(foreign_outcome(with_file), None),
        (Some(Indeterminate), ..) if not_ours => Row::Not(foreign_outcome(with_file), None),
        (Some(Indeterminate | TotalFailed), ..) => Row::Not(Outcome::CouldNotCheck, None),
    }
}

/// A stranger's seal on a file that claims to be a certificate which has a sealed file.
fn foreign_outcome(with_file: bool) -> Outcome {
    if with_file {
        Outcome::NotAuthentic
    } else {
        Outcome::Unknown
    }
}

fn not_a_seal_key(seal: &SealReport) -> bool {
    seal.findings
        .iter()
        .any(|finding| finding.code == "signer.not_a_seal_key")
}

/// The recorded file whose exact bytes the examined file starts with, the longest first.
fn on_record<'a>(certificate: &'a Certificate, seal: &SealReport) -> Option<&'a RecordedFile> {
    let same = |file: &&RecordedFile| {
        let mut ends = seal.revisions.iter();
        ends.any(|end| end.length == file.length && end.sha256 == file.sha256)
    };
    certificate
        .files
        .iter()
        .filter(same)
        .max_by_key(|file| file.length)
}

/// A recorded revision with equal bytes proves existence at its commit time: nothing but a missing
/// proof lowers the seal, and the seal X.509 was good then.
fn lifted_by_record(seal: &SealReport, file: &RecordedFile) -> bool {
    let lowering = || {
        seal.findings
            .iter()
            .filter(|finding| finding.severity >= Severity::Indeterminate)
    };
    seal.indication == Some(Indication::Indeterminate)
        && seal.rulebook == Rulebook::Issued
        && lowering().count() > 0
        && lowering().all(|finding| finding.sub_indication.is_some_and(needs_poe))
        && seal
            .signer_good
            .is_some_and(|(from, to)| from <= file.committed_at && whole_second(file) <= to)
}

/// X.509s and CRLs count in seconds; the last one lasts to its end.
fn whole_second(file: &RecordedFile) -> jiff::Timestamp {
    let at = file.committed_at;
    jiff::Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn needs_poe(sub_indication: SubIndication) -> bool {
    matches!(
        sub_indication,
        SubIndication::NoPoe
            | SubIndication::RevokedNoPoe
            | SubIndication::RevokedCaNoPoe
            | SubIndication::OutOfBoundsNoPoe
            | SubIndication::CryptoConstraintsFailureNoPoe
    )
}

fn remark(code: &'static str, severity: Severity, seen: &str) -> Finding {
    Finding {
        code,
        severity,
        sub_indication: None,
        seen: seen.to_owned(),
        clause: "design 7",
    }
}

/// What gathers while the rows are gone through.
struct Draft<'f> {
    facts: &'f Facts,
    status: Option<Status>,
    authority: Option<Authority>,
    copy: Option<CopyAnswer>,
    disputed: bool,
    findings: Vec<Finding>,
    alarm: Option<&'static str>,
}

impl<'f> Draft<'f> {
    fn new(facts: &'f Facts, findings: Vec<Finding>) -> Self {
        Draft {
            facts,
            status: None,
            authority: None,
            copy: None,
            disputed: false,
            findings,
            alarm: None,
        }
    }

    /// The outcome for a certificate that is on record, with or without a file; the only place
    /// where `authentic_*` is said.
    fn authentic(&mut self, certificate: &Certificate, file: Option<&RecordedFile>) -> Outcome {
        self.disputed = certificate.dispute != Dispute::None;
        if certificate.dispute == Dispute::NotDeterminable {
            let seen = "a dispute was closed: what is true could not be determined";
            self.findings
                .push(remark("dispute.not_determinable", Severity::Warning, seen));
            if self.facts.asker == Asker::Anonymous {
                return Outcome::CouldNotCheck;
            }
        }
        let holding = state::at(certificate, self.facts.at);
        let state = holding.state;
        self.status = Some(status(holding, self.facts.asker));
        self.authority = Some(Authority {
            agency: certificate.agency.clone(),
            entitlement: certificate.entitlement,
        });
        if let Some(RecordedFile {
            kind: FileKind::Copy(copy),
            ..
        }) = file
        {
            self.copy = Some(CopyAnswer { copy: copy.clone() });
            match state::copy_end(copy, self.facts.at) {
                Some(CopyEnd::Revoked) => return Outcome::CopyRevoked,
                Some(CopyEnd::Expired) => return Outcome::CopyExpired,
                None => {}
            }
        }
        match certificate.entitlement {
            Entitlement::NotEntitled => Outcome::AuthenticUnentitled,
            Entitlement::Entitled => Outcome::Authentic(state),
            Entitlement::NotRun => {
                let seen = "the agency's right on the day of issue is not on record";
                self.findings
                    .push(remark("authority.not_run", Severity::NotRun, seen));
                Outcome::Authentic(state)
            }
        }
    }

    fn finish(
        mut self,
        outcome: Outcome,
        basis: VerdictBasis,
        file_code: Option<u8>,
        seal: SealAnswer,
    ) -> Verdict {
        self.findings
            .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        Verdict {
            outcome,
            basis,
            code36906: Code36906 {
                information: outcome.information(),
                file: file_code,
            },
            advice: advice(outcome, self.disputed),
            seal,
            status: self.status,
            authority: self.authority,
            copy: self.copy,
            disputed: self.disputed,
            freshness: self.facts.freshness.clone(),
            findings: self.findings,
            alarm: self.alarm,
        }
    }
}

fn status(holding: Holding<'_>, asker: Asker) -> Status {
    let shown = holding.standing.filter(|_| asker != Asker::Anonymous);
    Status {
        state: holding.state,
        since: holding.since,
        until: holding.until,
        about: holding.standing.and_then(|standing| standing.about),
        reason: shown.and_then(|standing| standing.reason.clone()),
        reason_label: shown.and_then(|standing| standing.reason_label.clone()),
        acting: shown.and_then(|standing| standing.acting.clone()),
    }
}

fn advice(outcome: Outcome, disputed: bool) -> Advice {
    match outcome {
        _ if disputed => Advice::GoOnWithValidOriginals,
        Outcome::Mismatch => Advice::GoOnWithValidOriginals,
        Outcome::Authentic(State::Valid) => Advice::Use,
        Outcome::Authentic(_) | Outcome::CopyExpired | Outcome::CopyRevoked => {
            Advice::AskForCurrent
        }
        Outcome::AuthenticUnentitled | Outcome::Unknown => Advice::AskAgency,
        Outcome::NotAuthentic => Advice::DoNotRelyOnFile,
        Outcome::CouldNotCheck => Advice::CheckAgain,
    }
}
