//! `yinxin batch cancel`: a batch that shall not go on.

use registry::Id;

use super::args::Batch;
use super::{actor, open};
use crate::clock;
use crate::problem::Problem;
use crate::say::Say;

pub(super) async fn run(command: Batch, say: Say) -> Result<(), Problem> {
    let Batch::Cancel {
        folder,
        acting,
        job,
        ..
    } = command
    else {
        // What goes to the service was taken by `pushes`.
        return Ok(());
    };
    let actor = actor(&acting)?;
    let job: Id = job.parse().map_err(|()| Problem::Usage {
        zh: "这不是批次编号；编号见 sign 的 accepted 一行".into(),
        en: "that is no batch; sign names it in its line `accepted`".into(),
    })?;
    let installation = open(&folder).await?;
    let batches = installation.registry.batches();
    let cancelled = batches.cancel(job, &actor, clock::now()).await;
    let progress = batches.progress(job).await;
    installation.close().await;
    cancelled?;
    let issued = progress?.issued;
    let value = serde_json::json!({ "cancelled": job.to_string(), "issued": issued });
    say.answer(&value, |language| match language {
        crate::language::Language::Zh => {
            format!("批次 {job} 已取消；此前签发的 {issued} 份仍然有效")
        }
        crate::language::Language::En => {
            format!("batch {job} is cancelled; the {issued} issued before stay issued")
        }
    })
}
