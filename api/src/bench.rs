//! `yinxin bench`: our own rates by stage.

use crate::cli::Bench;
use crate::problem::Problem;
use crate::say::Say;

pub(crate) async fn run(_args: Bench, _say: Say) -> Result<(), Problem> {
    Ok(())
}
