//! `yinxin audit verify`: is the record of acts whole, from the first row?

use super::args::Audit;
use super::open_to_read;
use crate::folder::DataFolder;
use crate::problem::Problem;
use crate::say::Say;

pub(super) async fn run(command: Audit, say: Say) -> Result<(), Problem> {
    let Audit::Verify { folder } = command;
    let registry = open_to_read(&DataFolder::at(&folder.data)).await?;
    let faults = registry.audit().verify().await?;
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
    let value = serde_json::json!({ "whole": true, "outside_checkpoint": false });
    say.answer(&value, |language| {
        let words = language.pick(
            "审计记录自首行起完整，批次、证照和状态变动均有记录。\n\
             若有人把数据、记录和摘要一并改写，须凭另处保存的校验点才能发现；本次没有这样的校验点",
            "the record of acts is whole from its first row; every batch, certificate and transition has \
             its row.\nA rewrite of record, log and digests alike shows only against a checkpoint kept \
             elsewhere; none was given",
        );
        words.to_owned()
    })
}
