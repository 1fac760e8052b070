//! `yinxin replace|renew`: version n+1 of a certificate, which supersedes version n in one transaction.

use std::fs::File;
use std::io::BufReader;

use registry::batches::Outcome;

use super::args::Renewal;
use super::sign::report;
use super::{actor, open};
use crate::batch::{self, Order, TimeStamps};
use crate::facts;
use crate::installation::Installation;
use crate::problem::Problem;
use crate::say::Say;

pub(super) async fn run(args: Renewal, say: Say) -> Result<(), Problem> {
    let installation = open(&args.folder).await?;
    let outcome = renew(&installation, &args, say).await;
    installation.close().await;
    outcome
}

async fn renew(installation: &Installation, args: &Renewal, say: Say) -> Result<(), Problem> {
    let actor = actor(&args.acting)?;
    let identifier = facts::identifier(&args.identifier).ok_or_else(|| Problem::Usage {
        zh: "这不是电子证照标识（GB/T 36904）；请核对".into(),
        en: "that is no certificate identifier (GB/T 36904); check it".into(),
    })?;
    let order = Order {
        actor: &actor,
        agency: identifier.agency().clone(),
        type_code: identifier.type_code().clone(),
        format: batch::format_of(&args.input)?,
        idempotency_key: format!("renew {identifier}"),
        replaces: Some(identifier),
    };
    let file = File::open(&args.input).map_err(|e| Problem::unreadable(&args.input, e))?;
    let mut rows = BufReader::new(file);
    let accepted = batch::accept(installation, order, &mut rows, &args.input).await?;
    if !installation.registry.batches().progress(accepted.job).await?.is_over() {
        let workshop = batch::workshop(installation, TimeStamps::None).await?;
        batch::work(installation, accepted.job, &workshop, |_| ()).await?;
    }
    let answers = batch::answers(installation, accepted.job).await?;
    for answer in &answers {
        if let Outcome::Issued(successor) = &answer.outcome {
            say.line(format!("新版本：{successor}"), format!("the new version is {successor}"));
        }
    }
    if let Some(out) = &args.out {
        batch::write_out(installation, &answers, out).await?;
    }
    report(&answers, say)
}
