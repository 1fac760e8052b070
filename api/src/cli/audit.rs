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
    registry.close().await;
    for fault in &faults {
        say.answer(&serde_json::json!({ "fault": fault.to_string() }), |_| {
            fault.to_string()
        })?;
    }
    if !faults.is_empty() {
        return Err(Problem::BadOutcome(1));
    }
    say.answer(&serde_json::json!({ "whole": true }), |language| {
        let words = language.pick(
            "审计记录自首行起完整",
            "the record of acts is whole from its first row",
        );
        words.to_owned()
    })
}
