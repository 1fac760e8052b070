//! `yinxin import`: certificates of an earlier system, without files.

use std::fs::File;

use registry::batches::RowFault;
use registry::certificates::{Stock, StockOutcome, TypeCode, day_of};
use registry::rows::{Blobs, FileFault, ReadFault, RowError, RowLimits, check_stock_row, read};
use registry::types::PublishedType;
use registry::units::{ActingAuthority, Actor, CreditCode, UnitKind};
use serde_json::json;

use super::args::Import;
use super::{actor, code, open};
use crate::batch;
use crate::clock;
use crate::installation::Installation;
use crate::language::Language;
use crate::problem::Problem;
use crate::say::Say;

/// Certificates of one transaction.
const GROUP: usize = 500;

pub(super) async fn run(args: Import, say: Say) -> Result<(), Problem> {
    let installation = open(&args.folder).await?;
    let outcome = import(&installation, &args, say).await;
    installation.close().await;
    outcome
}

async fn import(installation: &Installation, args: &Import, say: Say) -> Result<(), Problem> {
    let actor = actor(&args.acting)?;
    let type_code = code("--type", &args.type_code, TypeCode::parse)?;
    let published = installation.registry.types().published(&type_code).await?;
    let agency = match &args.agency {
        Some(text) => code("--agency", text, CreditCode::parse)?,
        None => own_agency(installation, &actor).await?,
    };
    // The agency has decided, or answers for, how its stock ended.
    let unit = installation.registry.units().agency(&agency).await?;
    let authority = ActingAuthority {
        code: unit.code,
        name: unit.name,
        region: unit.region,
    };
    let format = batch::format_of(&args.input, args.encoding.map(Into::into))?;
    let file = File::open(&args.input).map_err(|e| Problem::unreadable(&args.input, e))?;
    let unreadable = |fault: FileFault| Problem::bad_file(&args.input, fault.said());
    let rows = read(file, format, &RowLimits::default()).map_err(unreadable)?;
    let mut tally = Tally::default();
    let mut group: Vec<Stock> = Vec::with_capacity(GROUP);
    for row in rows {
        match row {
            Err(ReadFault::File(fault)) => return Err(unreadable(fault)),
            Err(ReadFault::Row(error)) => tally.refuse(&[error], say)?,
            Ok(raw) => {
                match check_stock_row(&published, raw, day_of(clock::now()), &Blobs::new()) {
                    Ok((row, columns)) => group.push(Stock::new(row, columns, &authority)),
                    Err(errors) => tally.refuse(&errors, say)?,
                }
            }
        }
        if group.len() == GROUP {
            take_over(
                installation,
                &published,
                &agency,
                &actor,
                &mut group,
                &mut tally,
                say,
            )
            .await?;
        }
    }
    take_over(
        installation,
        &published,
        &agency,
        &actor,
        &mut group,
        &mut tally,
        say,
    )
    .await?;
    tally.finish(say)
}

/// Whose stock it is where nobody is named: that of the agency that brings it.
async fn own_agency(installation: &Installation, actor: &Actor) -> Result<CreditCode, Problem> {
    let units = installation.registry.units();
    if units.find(&actor.unit, UnitKind::Agency).await?.is_some() {
        return Ok(actor.unit.clone());
    }
    Err(Problem::Usage {
        zh: "操作单位不是发证机构；请用 --agency 指明存量证照属于哪个机构".into(),
        en: "the unit that acts is no agency; say with --agency whose stock it is".into(),
    })
}

async fn take_over(
    installation: &Installation,
    published: &PublishedType,
    agency: &CreditCode,
    actor: &Actor,
    group: &mut Vec<Stock>,
    tally: &mut Tally,
    say: Say,
) -> Result<(), Problem> {
    let numbers: Vec<u64> = group.iter().map(|stock| stock.row.row).collect();
    let stock = group.drain(..);
    let certificates = installation.registry.certificates();
    let outcomes = certificates
        .import(published, agency, stock.collect(), actor, clock::now())
        .await?;
    for (row, outcome) in numbers.into_iter().zip(outcomes) {
        match outcome {
            StockOutcome::Imported(_) => tally.imported += 1,
            StockOutcome::Existing(_) => tally.existing += 1,
            StockOutcome::Refused { code, zh, en } => {
                tally.refused += 1;
                let value = json!({ "row": row, "fault": { "code": code, "zh": zh, "en": en } });
                say.answer(&value, |language| match language {
                    Language::Zh => format!("第 {row} 行：{zh} [{code}]"),
                    Language::En => format!("row {row}: {en} [{code}]"),
                })?;
            }
        }
    }
    Ok(())
}

/// What came of the rows.
#[derive(Default)]
struct Tally {
    imported: u64,
    existing: u64,
    refused: u64,
}

impl Tally {
    fn refuse(&mut self, errors: &[RowError], say: Say) -> Result<(), Problem> {
        self.refused += 1;
        for error in errors {
            let value = json!({ "row": error.row, "fault": RowFault::from(error) });
            say.answer(&value, |language| match language {
                Language::Zh => error.zh(),
                Language::En => error.to_string(),
            })?;
        }
        Ok(())
    }

    fn finish(self, say: Say) -> Result<(), Problem> {
        let Self {
            imported,
            existing,
            refused,
        } = self;
        say.line(
            format!("接收 {imported} 份，此前已有 {existing} 份，退回 {refused} 行"),
            format!("{imported} taken over, {existing} there before, {refused} rows refused"),
        );
        if refused > 0 {
            Err(Problem::BadOutcome(1))
        } else {
            Ok(())
        }
    }
}
