//! `yinxin audit verify|export`: is the record of acts whole, from the first row and against a checkpoint
//! that was kept elsewhere; and what to keep elsewhere.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use registry::audit::Checkpoint;

use super::args::Audit;
use super::open_to_read;
use crate::clock;
use crate::folder::DataFolder;
use crate::problem::Problem;
use crate::say::Say;

pub(super) async fn run(command: Audit, say: Say) -> Result<(), Problem> {
    match command {
        Audit::Verify { folder, checkpoint } => {
            verify(&DataFolder::at(&folder.data), checkpoint, say).await
        }
        Audit::Export { folder } => export(&DataFolder::at(&folder.data)).await,
    }
}

/// Rows a page.
const PAGE: u32 = 1000;

/// Every row that stands there now, chain by chain, and where the chains end. It is JSON whether or not that is
/// asked for.
async fn export(data: &DataFolder) -> Result<(), Problem> {
    let unwritable = |source: io::Error| Problem::Unwritable {
        path: PathBuf::from("-"),
        source,
    };
    let registry = open_to_read(data).await?;
    let audit = registry.audit();
    let checkpoint = audit.checkpoint(clock::now()).await?;
    let mut out = io::BufWriter::new(io::stdout());
    for chain in &checkpoint.chains {
        let mut from = 0;
        while from < chain.rows {
            let rows = audit.export(chain, from, PAGE).await?;
            let Some(last) = rows.last() else {
                break;
            };
            from = last.seq + 1;
            for row in &rows {
                serde_json::to_writer(&mut out, row)
                    .map_err(io::Error::from)
                    .and_then(|()| out.write_all(b"\n"))
                    .map_err(unwritable)?;
            }
        }
    }
    registry.close().await;
    writeln!(out, "{}", checkpoint.line()).map_err(unwritable)?;
    out.flush().map_err(unwritable)
}

fn kept(path: &Path) -> Result<Checkpoint, Problem> {
    let text = std::fs::read_to_string(path).map_err(|source| Problem::unreadable(path, source))?;
    Checkpoint::parse(&text).map_err(|fault| Problem::Usage {
        zh: format!(
            "{} 不是校验点：最后一行应为 yinxin audit export 写出的 {{\"checkpoint\": …}}",
            path.display()
        ),
        en: format!(
            "{} is no checkpoint: {fault}, as yinxin audit export writes it",
            path.display()
        ),
    })
}

async fn verify(data: &DataFolder, checkpoint: Option<PathBuf>, say: Say) -> Result<(), Problem> {
    let checkpoint = checkpoint.as_deref().map(kept).transpose()?;
    let registry = open_to_read(data).await?;
    let faults = match &checkpoint {
        Some(checkpoint) => registry.audit().verify_against(checkpoint).await?,
        None => registry.audit().verify().await?,
    };
    let unrecorded = registry.audit().unrecorded().await?;
    registry.close().await;
    let breaks = faults.iter().map(|fault| (fault.zh(), fault.to_string()));
    let gaps = unrecorded.iter().map(|gap| (gap.zh(), gap.to_string()));
    let faults: Vec<(String, String)> = breaks.chain(gaps).collect();
    for (zh, en) in &faults {
        let value = serde_json::json!({ "fault": { "zh": zh, "en": en } });
        say.answer(&value, |language| language.pick(zh, en).to_owned())?;
    }
    if !faults.is_empty() {
        return Err(Problem::BadOutcome(1));
    }
    let value = serde_json::json!({ "whole": true, "outside_checkpoint": checkpoint.is_some() });
    say.answer(&value, |language| {
        let whole = language.pick(
            "审计记录自首行起完整；批次、证照和状态变动均有记录，并与所记一致。",
            "the record of acts is whole from its first row; every batch, certificate and transition has \
             its row and is what the row says.",
        );
        let outside = match &checkpoint {
            None => language.pick(
                "若有人把数据、记录和摘要一并改写，须凭另处保存的校验点才能发现（--checkpoint，由 yinxin audit export \
                 写出）；本次没有给出",
                "A rewrite of record, log and digests alike shows only against a checkpoint kept elsewhere \
                 (--checkpoint, as yinxin audit export writes one); none was given",
            ),
            Some(_) => language.pick(
                "与所给校验点相符：其后没有改写其前的记录",
                "It agrees with the checkpoint: nothing that stood there when it was taken has been rewritten",
            ),
        };
        format!("{whole}\n{outside}")
    })
}
