//! A published type, rows for it, and a stand-in for layout and seal: bytes that depend on every
//! input of a plan, around a gap that a random signature fills.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use ring::digest::{SHA256, digest};

use super::story_time;
use crate::batches::{
    Accepted, Approved, Finished, Kept, KeyUse, Laid, Lease, PlanDigests, Planned, Push, Recovered,
};
use crate::certificates::TypeCode;
use crate::cipher::random;
use crate::rows::RowFormat;
use crate::types::{Lint, LintFinding, Mark, Step, TemplateSource, TypePackage};
use crate::units::{Actor, Authority, Contact, Contacts, CreditCode, RegionCode, Unit, UnitKind};
use crate::{Id, Registry, Result};

/// The agency of the stories; made up.
pub const AGENCY: &str = "11990000MB99990094";
/// The certification centre of the stories; made up.
pub const CENTRE: &str = "11990000MB9999017Y";
/// The type of the stories.
pub const TYPE: &str = "11990000MB99990094006";

const TYPE_FILE: &str = include_str!("../../tests/types/approval.toml");
/// Bytes that a signature takes.
const GAP: u64 = 64;
/// What follows the signature.
const TAIL: &[u8] = b"end\n";

struct NoLint;

impl Lint for NoLint {
    fn lint(&self, _: &TypePackage) -> Vec<LintFinding> {
        Vec::new()
    }
}

/// Registers agency and centre, publishes the type as `edit` changes its file, and gives the
/// agency its right from 2026 on.
pub async fn publish(registry: &Registry, edit: impl Fn(&str) -> String) {
    publish_with(registry, edit, "template").await;
}

/// [`publish`] with a template that a signer can lay out.
pub async fn publish_with(registry: &Registry, edit: impl Fn(&str) -> String, template: &str) {
    let now = story_time();
    for (code, kind) in [(CENTRE, UnitKind::Centre), (AGENCY, UnitKind::Agency)] {
        let unit = unit(code, kind);
        registry
            .units()
            .register(unit, &person("root", CENTRE), now)
            .await
            .expect("a unit");
    }
    let template = TemplateSource {
        text: template.to_owned(),
        ..TemplateSource::default()
    };
    let package = TypePackage::parse(&edit(TYPE_FILE), template).expect("a type");
    let code = package.definition().code.clone();
    let types = registry.types();
    let version = types
        .import(&package, &person("li", AGENCY), now)
        .await
        .expect("a draft");
    for (step, actor) in [
        (Step::Propose, person("li", AGENCY)),
        (Step::Check, person("zhao", CENTRE)),
        (Step::Confirm, person("wang", AGENCY)),
        (Step::Publish, person("zhao", CENTRE)),
    ] {
        let mark = Mark {
            step,
            actor,
            at: now,
            note: String::new(),
        };
        types
            .step(&code, version, mark, &NoLint)
            .await
            .expect("a step");
    }
    let agency = CreditCode::parse(AGENCY).expect("a code");
    let from = jiff::civil::date(2026, 1, 1);
    let right = Authority::new(agency, code, from, None, "示例条例第三条").expect("a right");
    registry
        .units()
        .authorise(right, &person("root", CENTRE), now)
        .await
        .expect("a right");
}

/// A person of a unit.
pub fn person(name: &str, unit: &str) -> Actor {
    Actor::parse(&format!("{name}@{unit}")).expect("an actor")
}

/// A unit of the stories.
pub fn unit(code: &str, kind: UnitKind) -> Unit {
    let contact = || Contact {
        name: "甲".into(),
        phone: "0999-1".into(),
        post: String::new(),
    };
    Unit {
        code: CreditCode::parse(code).expect("a code"),
        kind,
        name: "示例市某局".into(),
        region: RegionCode::parse("990100").expect("a region"),
        region_name: "示例市".into(),
        contacts: Contacts {
            responsible: contact(),
            business: contact(),
            technical: contact(),
        },
    }
}

/// Rows of the type as NDJSON: `from` to `to`, refs and numbers by count.
pub fn rows(from: u32, to: u32) -> String {
    (from..to)
        .map(|n| row(n, &format!("r{n}"), "新建项目，批准建设内容若干。"))
        .collect()
}

/// One row of the type.
pub fn row(n: u32, reference: &str, content: &str) -> String {
    format!(
        "{{\"ref\":\"{reference}\",\"document_number\":\"示建批〔2026〕{}号\",\"title\":\"示例\",\
         \"item\":\"建设项目审批\",\"category\":\"1\",\"applicant\":\"示例公司{n}\",\
         \"applicant_code\":\"91350100M000100Y43\",\"content\":\"{content}\",\
         \"approved_on\":\"2026-03-01\",\"valid_until\":\"长期\"}}\n",
        n + 1
    )
}

/// Pushes a body of NDJSON under an idempotency key.
pub async fn push(registry: &Registry, key: &str, body: &str) -> Result<Accepted> {
    push_as(registry, &person("li", AGENCY), AGENCY, key, body).await
}

/// [`push`] by somebody else, or for another agency.
pub async fn push_as(
    registry: &Registry,
    subject: &Actor,
    agency: &str,
    key: &str,
    body: &str,
) -> Result<Accepted> {
    let batches = registry.batches();
    let mut arriving = batches.receive(story_time())?;
    arriving.write(body.as_bytes())?;
    let push = Push {
        subject: subject.clone(),
        route: "POST /v1/batches".to_owned(),
        key: key.to_owned(),
        agency: CreditCode::parse(agency).expect("a code"),
        type_code: TypeCode::parse(TYPE).expect("a type code"),
        format: RowFormat::Ndjson,
    };
    batches
        .accept(arriving.finish()?, &push, story_time())
        .await
}

/// The key of the stories.
pub fn seal_key() -> KeyUse {
    KeyUse {
        key: "seal-1".to_owned(),
        purpose: "seal".to_owned(),
    }
}

/// Stands in for layout and seal.
#[derive(Debug)]
pub struct Press {
    fonts: &'static str,
    /// Drafts by their row.
    drafts: HashMap<u64, Vec<u8>>,
    length: usize,
    used: (Duration, u32),
}

impl Press {
    /// A press with some fonts: the same row under the same fonts always gives the same bytes.
    pub fn new(fonts: &'static str) -> Self {
        Self {
            fonts,
            drafts: HashMap::new(),
            length: 0,
            used: (Duration::ZERO, 0),
        }
    }

    /// Drafts of at least this many bytes.
    pub fn padded_to(self, length: usize) -> Self {
        Self { length, ..self }
    }

    /// What a row has cost in layout and seal on average.
    pub fn cost(&self) -> Duration {
        self.used.0 / self.used.1.max(1)
    }

    /// Lays a row out.
    pub fn lay_out(&mut self, approved: Approved) -> Laid {
        let started = Instant::now();
        let file = approved.file();
        let mut draft = format!(
            "{}\n{}\n{}\n{:?}\n{:?}\n{}\n{}\n{}\n{:?}\n",
            self.fonts,
            approved.identifier(),
            approved.number(),
            file.file_id,
            file.made_at,
            file.verify_url,
            file.status.uri,
            file.status.index,
            approved
                .face()
                .value("content")
                .and_then(|value| value.text()),
        )
        .into_bytes();
        draft.resize(draft.len().max(self.length), b' ');
        let end = draft.len() as u64;
        let covered = [0..end, end + GAP..end + GAP + TAIL.len() as u64];
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest(&SHA256, &[&draft[..], TAIL].concat()).as_ref());
        self.drafts.insert(approved.row(), draft);
        self.used = (self.used.0 + started.elapsed(), self.used.1 + 1);
        Laid::Out(approved, PlanDigests::pdf(covered, sha256, sha256))
    }

    /// Seals a planned row.
    pub fn seal(&mut self, planned: Planned) -> (Planned, Vec<u8>) {
        let started = Instant::now();
        let mut bytes = self.drafts.remove(&planned.row()).expect("its draft");
        bytes.extend_from_slice(&random::<{ GAP as usize }>().expect("random bytes"));
        bytes.extend_from_slice(TAIL);
        self.used.0 += started.elapsed();
        (planned, bytes)
    }
}

/// A worker at a job with a press, for stories that stop between two steps.
#[derive(Debug)]
pub struct Worker {
    registry: Registry,
    press: Press,
    now: Timestamp,
    /// Its hold on the job.
    pub lease: Lease,
}

impl Worker {
    /// Leases a job.
    ///
    /// # Errors
    /// Those of the lease.
    pub async fn take(registry: &Registry, job: Id, now: Timestamp) -> Result<Self> {
        Ok(Self {
            registry: registry.clone(),
            press: Press::new("v1"),
            now,
            lease: registry.batches().lease(job, now).await?,
        })
    }

    /// Lays out with another press from here on.
    pub fn replace_press(&mut self, press: Press) {
        self.press = press;
    }

    /// Settles what an earlier worker left.
    ///
    /// # Errors
    /// Those of the recovery.
    pub async fn recover(&self) -> Result<Recovered> {
        let batches = self.registry.batches();
        batches.recover(&self.lease, self.now).await
    }

    /// Reads rows and lays them out; `None` at the end.
    ///
    /// # Errors
    /// Those of the next group.
    pub async fn lay_out(&mut self, max: usize) -> Result<Option<Vec<Laid>>> {
        let batches = self.registry.batches();
        let group = batches.next_group(&self.lease, max, self.now).await?;
        if group.end {
            return Ok(None);
        }
        let laid = group
            .approved
            .into_iter()
            .map(|row| self.press.lay_out(row));
        Ok(Some(laid.collect()))
    }

    /// Stores plans and seals what was planned.
    ///
    /// # Errors
    /// Those of the plan.
    pub async fn plan(&mut self, laid: Vec<Laid>) -> Result<Vec<(Planned, Vec<u8>)>> {
        let batches = self.registry.batches();
        let key = seal_key();
        let plan = batches.plan(&self.lease, laid, &key, self.now).await?;
        if let Some(reservation) = plan.reservation {
            let confirmed = batches.confirm_reservation(reservation, &key);
            confirmed.expect("it stands");
        }
        let planned = plan.planned.into_iter();
        Ok(planned.map(|planned| self.press.seal(planned)).collect())
    }

    /// Keeps sealed files.
    ///
    /// # Errors
    /// Those of keeping.
    pub async fn keep(&self, sealed: Vec<(Planned, Vec<u8>)>) -> Result<Kept> {
        let batches = self.registry.batches();
        batches.keep(&self.lease, sealed, self.now).await
    }

    /// Gives the job up or ends it.
    ///
    /// # Errors
    /// Those of the end.
    pub async fn finish(self) -> Result<Finished> {
        self.registry.batches().finish(self.lease, self.now).await
    }

    /// Works on to the end of the job.
    ///
    /// # Errors
    /// Those of each step.
    pub async fn work(mut self) -> Result<Finished> {
        while let Some(laid) = self.lay_out(64).await? {
            let sealed = self.plan(laid).await?;
            self.keep(sealed).await?;
        }
        self.finish().await
    }
}

/// Works on a job to its end, as `signer` does.
pub async fn run_job(registry: &Registry, job: Id, now: Timestamp) -> Result<Finished> {
    let worker = Worker::take(registry, job, now).await?;
    worker.recover().await?;
    worker.work().await
}

/// Works on a leased job to its end.
pub async fn run_lease(registry: &Registry, lease: Lease, now: Timestamp) -> Result<Finished> {
    let worker = Worker {
        registry: registry.clone(),
        press: Press::new("v1"),
        now,
        lease,
    };
    worker.work().await
}
