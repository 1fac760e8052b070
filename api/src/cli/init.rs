//! `yinxin init`: a new installation.

use registry::units::{Unit, UnitKind};
use secrecy::{ExposeSecret, SecretString};

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
    refuse_other_kinds(&centre)?;
    let founder = parse_actor("founder", &format!("init@{}", centre.code))?;
    let mut settings = Settings::new(&args.public_url, &args.status_url, &centre)?;
    if let Some(database) = args.database {
        settings.database = database;
    }
    let passphrase = passphrase::ask(args.folder.passphrase_file.as_deref(), &folder)?;
    refuse_empty(&passphrase)?;
    let made = Installation::create(
        folder,
        settings,
        centre,
        &founder,
        &args.operator,
        &passphrase,
    )
    .await?;
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

/// An installation begins with the centre that runs it.
fn refuse_other_kinds(centre: &Unit) -> Result<(), Problem> {
    if centre.kind == UnitKind::Centre {
        return Ok(());
    }
    let kind = centre.kind.as_str();
    Err(Problem::Usage {
        zh: format!(
            "单位文件中 kind = \"{kind}\"；系统由认证中心建立，请在 --centre 中给出 kind = \"centre\" 的文件"
        ),
        en: format!(
            "the unit file says kind = \"{kind}\"; a centre makes the installation: \
             name a file with kind = \"centre\" with --centre"
        ),
    })
}

/// Asked before anything is made, so that a slip leaves nothing behind.
fn refuse_empty(passphrase: &SecretString) -> Result<(), Problem> {
    if !passphrase.expose_secret().is_empty() {
        return Ok(());
    }
    Err(Problem::Usage {
        zh: "口令为空；请设置密钥库口令".into(),
        en: "the passphrase is empty; choose one for the key store".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Folder;
    use crate::language::Language;

    const UNIT: &str = r#"
code = "11990000MB9999017Y"
kind = "KIND"
name = "示例市电子证照认证中心"
region = "990100"
region_name = "示例市"
responsible = { name = "甲", phone = "0999-1" }
business = { name = "乙", phone = "0999-2" }
technical = { name = "丙", phone = "0999-3" }
"#;

    #[tokio::test]
    async fn a_slip_is_refused_before_anything_is_made() {
        for (kind, passphrase, zh, en) in [
            ("agency", "good", "kind = \"agency\"", "kind = \"agency\""),
            ("supervisor", "good", "认证中心", "kind = \"centre\""),
            ("centre", "", "口令为空", "passphrase is empty"),
            ("centre", "\r\n", "口令为空", "passphrase is empty"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = |name: &str| folder.path().join(name);
            std::fs::write(path("unit.toml"), UNIT.replace("KIND", kind)).unwrap();
            std::fs::write(path("passphrase"), passphrase).unwrap();
            let args = Init {
                folder: Folder {
                    data: path("data"),
                    passphrase_file: Some(path("passphrase")),
                    clock_checked: false,
                },
                public_url: "https://verify.example".into(),
                status_url: "https://status.example".into(),
                centre: path("unit.toml"),
                database: None,
                operator: "operator".into(),
            };
            let say = Say {
                language: Language::En,
                json: false,
            };
            let problem = run(args, say).await.unwrap_err();
            assert!(problem.words(Language::Zh).contains(zh), "{problem}");
            assert!(problem.words(Language::En).contains(en), "{problem}");
            assert!(!path("data").exists(), "{kind} {passphrase:?}");
        }
    }
}
