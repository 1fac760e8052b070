//! From what the registry knows to the facts that a verdict is judged on, and to the verdict on a file.

use jiff::Timestamp;
use registry::Registry;
use registry::certificates::{
    Basis, Facts, FileRevision, Identifier, Key, Record, RecordedState, StandingFact, StateName,
};
use verifier::inspect::inspect;
use verifier::verdict::{
    self, About, Acting, Asker, Dispute, Entitlement, FileKind, Freshness, RecordedFile, Standing,
    StoredState,
};
use verifier::{Asked, Budgets, FileReport, Trust, Verdict, examine, judge};

use crate::clock;
use crate::problem::Problem;
use crate::serve::examiner::Claimed;

/// The facts about a file in hand: by the digests of its revisions first, then by the identifier
/// that it claims. Where the two would disagree, the bytes decide; the judge holds the claim against them.
pub(crate) async fn of_file(
    registry: &Registry,
    file: &Claimed,
    asker: Asker,
    at: Timestamp,
) -> Result<verdict::Facts, Problem> {
    let certificates = registry.certificates();
    let mut record = certificates
        .find(Key::FileRevisions(&file.revisions))
        .await?;
    if record.is_none()
        && let Some(claimed) = file.identifier.as_deref().and_then(identifier)
    {
        record = certificates.find(Key::Identifier(&claimed)).await?;
    }
    of_record(registry, record, asker, at, clock::now()).await
}

/// The verdict on a file in hand, for a caller by duty: what it is, what is on record, what its seal says.
pub(crate) async fn verdict_on(
    file: &[u8],
    registry: &Registry,
    trust: &Trust,
    at: Timestamp,
) -> Result<Verdict, Problem> {
    let inspected = inspect(file);
    let facts = of_file(registry, &Claimed::by(&inspected), Asker::ByDuty, at).await?;
    let seal = examine(file, trust, at, &Budgets::default());
    Ok(judge(Asked::File(&FileReport { inspected, seal }), &facts))
}

/// The facts about a record, or that there is none.
pub(crate) async fn of_record(
    registry: &Registry,
    record: Option<Record>,
    asker: Asker,
    at: Timestamp,
    known_at: Timestamp,
) -> Result<verdict::Facts, Problem> {
    // A row that is approved and not yet issued is nothing that anyone could show.
    let record = match record.filter(|record| is_issued(record, at, known_at)) {
        None => verdict::Record::Absent,
        Some(record) => {
            let facts = registry.certificates().facts(record, at, known_at).await?;
            verdict::Record::Found(Box::new(certificate(facts)))
        }
    };
    let freshness = Freshness {
        as_of: clock::now(),
        source: "registry".to_owned(),
        stale_at_most: 0,
    };
    Ok(verdict::Facts {
        asker,
        at,
        freshness,
        record,
    })
}

/// An identifier as it is met; one of stock may have a wrong check character, as the earlier system gave it.
pub(crate) fn identifier(text: &str) -> Option<Identifier> {
    Identifier::parse(text).ok().map(|checked| checked.value)
}

fn is_issued(record: &Record, at: Timestamp, known_at: Timestamp) -> bool {
    use RecordedState::{Approved, CancelledBeforeIssue, PendingReview, Rejected};
    match record.state_at(at, known_at).map(|state| state.name) {
        None => false,
        Some(StateName::Recorded(name)) => !matches!(
            name,
            PendingReview | Approved | Rejected | CancelledBeforeIssue
        ),
        Some(_) => true,
    }
}

fn certificate(facts: Facts) -> verdict::Certificate {
    let record = facts.record;
    verdict::Certificate {
        identifier: record.name(),
        basis: match record.basis {
            Basis::Issued => verdict::Basis::Issued,
            Basis::Imported => verdict::Basis::Imported,
        },
        files: facts.files.iter().map(file).collect(),
        issued: facts.issued_at,
        effective: record.validity.effective(),
        expiring: record.validity.expiring(),
        standing: facts.standing.into_iter().filter_map(standing).collect(),
        agency: facts.agency_name,
        entitlement: match facts.entitled {
            Some(true) => Entitlement::Entitled,
            Some(false) => Entitlement::NotEntitled,
            None => Entitlement::NotRun,
        },
        dispute: Dispute::None,
    }
}

fn file(revision: &FileRevision) -> RecordedFile {
    RecordedFile {
        length: revision.length,
        sha256: revision.sha256,
        committed_at: revision.kept_at,
        kind: FileKind::Original,
    }
}

/// A state that ends or rests a certificate; those before issue are not the verdict's business.
fn standing(fact: StandingFact) -> Option<Standing> {
    let state = match fact.state {
        RecordedState::Suspended => StoredState::Suspended,
        RecordedState::Revoked => StoredState::Revoked,
        RecordedState::Cancelled => StoredState::Cancelled,
        RecordedState::Withdrawn => StoredState::Withdrawn,
        RecordedState::Superseded => StoredState::Superseded,
        _ => return None,
    };
    let legal_basis = fact.legal_basis.unwrap_or_default();
    let acting = fact.authority.map(|authority| Acting {
        authority: authority.name,
        region: authority.region.to_string(),
        legal_basis,
    });
    Some(Standing {
        state,
        since: fact.since,
        until: fact.until,
        about: fact.reason.as_ref().map(|reason| match reason.about {
            registry::certificates::About::File => About::File,
            registry::certificates::About::Licence => About::Licence,
        }),
        reason: fact.reason.map(|reason| reason.code),
        reason_label: fact.reason_label,
        acting,
    })
}
