//! `yinxin init`: a new installation.

use super::args::Init;
use super::parse_actor;
use crate::folder::DataFolder;
use crate::installation::Installation;
use crate::passphrase;
use crate::problem::Problem;
use crate::say::Say;
use crate::settings::Settings;
use crate::unit_file;

pub(super) async fn run(args: Init, say: Say) -> Result<(), Problem> {
    let folder = DataFolder::at(&args.folder.data);
    let centre = unit_file::read(&args.centre)?;
    let founder = parse_actor("founder", &format!("init@{}", centre.code))?;
    let mut settings = Settings::new(&args.public_url, &args.status_url, &centre)?;
    if let Some(database) = args.database {
        settings.database = database;
    }
    let passphrase = passphrase::ask(args.folder.passphrase_file.as_deref(), &folder)?;
    let made = Installation::create(folder, settings, centre, &founder, &passphrase).await?;
    let (policy, at) = (made.folder.policy(), made.folder.path().to_owned());
    made.close().await;
    say.line(
        format!(
            "系统已建在 {}；核验方所需的策略文件：{}",
            at.display(),
            policy.display()
        ),
        format!(
            "made in {}; verifiers need {}",
            at.display(),
            policy.display()
        ),
    );
    Ok(())
}
