//! The story of the demo, step by step.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use indicatif::ProgressBar;
use jiff::Timestamp;
use registry::batches::{Outcome, RowAnswer};
use registry::certificates::{Decision, Identifier, Key, TransitionKind};
use registry::units::{
    ActingAuthority, Actor, Contact, Contacts, CreditCode, RegionCode, Unit, UnitKind,
};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::SecretString;
use signer::batch::{Tally, Workshop};

use super::city::{AGENCIES, CENTRE, Kind};
use super::samples;
use super::subject::{accept, city_rows, package, publish};
use crate::batch::{self, TimeStamps};
use crate::cli::{Demo, bar};
use crate::clock;
use crate::folder::DataFolder;
use crate::installation::Installation;
use crate::problem::Problem;
use crate::say::Say;
use crate::settings::Settings;

const PUBLIC_URL: &str = "https://zz.wanglan.example";
const STATUS_URL: &str = "https://zz.wanglan.example/status";

/// Tells the whole story and leaves a data folder that every command works on.
pub(crate) async fn run(args: Demo, say: Say) -> Result<(), Problem> {
    let folder = DataFolder::at(&args.data);
    clear(&folder)?;
    say.line(
        "建立系统：数据库、密钥、CA、印章证书、策略文件",
        "making database, keys, CAs, seal X.509, policy",
    );
    let installation = found(folder).await?;
    let told = tell(&installation, args.count, say).await;
    let data = installation.folder.path().to_owned();
    installation.close().await;
    told?;
    epilogue(&data, say);
    Ok(())
}

async fn tell(installation: &Installation, count: u32, say: Say) -> Result<(), Problem> {
    say.line(
        "登记两个发证机构，发布六类证照",
        "registering two agencies, publishing six types",
    );
    register_agencies(installation).await?;
    for kind in Kind::ALL {
        publish(installation, &package(kind)?, kind.agency()).await?;
    }
    say.line(
        format!("签发 {count} 份证照（人员、机构均为虚构）"),
        format!("sealing {count} certificates of made-up people and companies"),
    );
    let issued = seal(installation, count, say).await?;
    say.line(
        "暂停一份、吊销一份、变更一份",
        "suspending one, revoking one, replacing one",
    );
    let fates = samples::Fates::decide(installation, &issued).await?;
    let samples = samples::write(installation, &issued, &fates).await?;
    say.line("核验：", "verifying:");
    samples::verify(installation, &samples, say).await
}

/// A demo folder is made anew; any other folder with something in it is left alone.
pub(crate) fn clear(folder: &DataFolder) -> Result<(), Problem> {
    let path = folder.path();
    let is_demo = folder.demo_mark().exists();
    let is_empty = fs::read_dir(path).map_or(true, |mut entries| entries.next().is_none());
    if is_demo {
        fs::remove_dir_all(path).map_err(|source| Problem::unwritable(path, source))?;
    } else if !is_empty {
        return Err(Problem::Usage {
            zh: format!("{} 中已有其他内容；请用 --data 另选目录", path.display()),
            en: format!(
                "{} holds something else; choose another folder with --data",
                path.display()
            ),
        });
    }
    fs::create_dir_all(path).map_err(|source| Problem::unwritable(path, source))?;
    write(&folder.demo_mark(), "made by yinxin demo; may be deleted\n")
}

pub(crate) async fn found(folder: DataFolder) -> Result<Installation, Problem> {
    let mut secret = [0; 24];
    SystemRandom::new()
        .fill(&mut secret)
        .map_err(|_| Problem::usage("系统没有给出随机数", "the system gives no random bytes"))?;
    let passphrase = hex::encode(secret);
    write(&folder.passphrase(), &passphrase)?;
    let (name, code) = CENTRE;
    let contact = |name: &str| Contact {
        name: name.to_owned(),
        phone: "0990-5550000".to_owned(),
        post: String::new(),
    };
    let centre = Unit {
        code: credit_code(code)?,
        kind: UnitKind::Centre,
        name: name.to_owned(),
        region: region(AGENCIES[0].region)?,
        region_name: AGENCIES[0].region_name.to_owned(),
        contacts: Contacts {
            responsible: contact("安知白"),
            business: contact("陆听雪"),
            technical: contact("方寸山"),
        },
    };
    let settings = Settings::new(PUBLIC_URL, STATUS_URL, &centre)?;
    let founder = actor("centre.admin", code)?;
    let passphrase = SecretString::from(passphrase);
    Installation::create(folder, settings, centre, &founder, &passphrase).await
}

pub(crate) async fn register_agencies(installation: &Installation) -> Result<(), Problem> {
    let by = actor("centre.admin", CENTRE.1)?;
    for agency in &AGENCIES {
        let [responsible, business, technical] =
            agency.contacts.map(|(name, phone, post)| Contact {
                name: name.to_owned(),
                phone: phone.to_owned(),
                post: post.to_owned(),
            });
        let unit = Unit {
            code: credit_code(agency.code)?,
            kind: UnitKind::Agency,
            name: agency.name.to_owned(),
            region: region(agency.region)?,
            region_name: agency.region_name.to_owned(),
            contacts: Contacts {
                responsible,
                business,
                technical,
            },
        };
        installation
            .registry
            .units()
            .register(unit, &by, clock::now())
            .await?;
    }
    Ok(())
}

/// Every type gets its share of the rows; the answers come back by type.
async fn seal(
    installation: &Installation,
    count: u32,
    say: Say,
) -> Result<Vec<(Kind, Vec<RowAnswer>)>, Problem> {
    let workshop = batch::workshop(installation, TimeStamps::BuiltIn).await?;
    let bar = bar(say, u64::from(count));
    let mut issued = Vec::new();
    for (kind, share) in Kind::ALL.into_iter().zip(shares(count)) {
        let answers = push(installation, kind, share, &workshop, &bar).await?;
        issued.push((kind, answers));
    }
    bar.finish();
    Ok(issued)
}

async fn push(
    installation: &Installation,
    kind: Kind,
    share: u32,
    workshop: &Arc<Workshop>,
    bar: &ProgressBar,
) -> Result<Vec<RowAnswer>, Problem> {
    let (package, key) = (package(kind)?, format!("demo {}", kind.file_name()));
    let body = city_rows(kind, share);
    let job = accept(installation, &package, kind.agency(), body, &key).await?;
    let before = bar.position();
    let watch = |tally: &Tally| bar.set_position(before + tally.issued);
    batch::work(installation, job, workshop, watch).await?;
    batch::answers(installation, job).await
}

/// `count` in six nearly equal parts.
fn shares(count: u32) -> [u32; 6] {
    let (each, rest) = (count / 6, count % 6);
    std::array::from_fn(|at| each + u32::from((at as u32) < rest))
}

fn epilogue(data: &Path, say: Say) {
    let data = data.display();
    say.line(
        format!(
            "\n可以接着试：\n  yinxin verify {data}/sample/good/*.pdf --data {data}\n  \
             yinxin verify {data}/sample/bad/*.pdf --data {data}\n  \
             yinxin verify --seal-only --json {data}/sample/good/approval.pdf --policy {data}/policy.toml\n  \
             yinxin list --data {data}\n  yinxin audit verify --data {data}"
        ),
        format!(
            "\nTry next:\n  yinxin verify {data}/sample/good/*.pdf --data {data}\n  \
             yinxin verify {data}/sample/bad/*.pdf --data {data}\n  \
             yinxin verify --seal-only --json {data}/sample/good/approval.pdf --policy {data}/policy.toml\n  \
             yinxin list --data {data}\n  yinxin audit verify --data {data}"
        ),
    );
}

pub(super) fn actor(person: &str, unit: &str) -> Result<Actor, Problem> {
    Actor::parse(&format!("{person}@{unit}"))
        .map_err(|fault| Problem::usage(fault.zh(), fault.to_string()))
}

pub(super) fn credit_code(text: &str) -> Result<CreditCode, Problem> {
    CreditCode::parse(text).map_err(|fault| Problem::usage(fault.zh(), fault.to_string()))
}

fn region(text: &str) -> Result<RegionCode, Problem> {
    RegionCode::parse(text).map_err(|fault| Problem::usage(fault.zh(), fault.to_string()))
}

fn write(path: &Path, text: &str) -> Result<(), Problem> {
    fs::write(path, text).map_err(|source| Problem::unwritable(path, source))
}

/// Decides about one certificate in the name of the agency that issued it.
pub(super) async fn decide(
    installation: &Installation,
    kind: Kind,
    identifier: &Identifier,
    what: TransitionKind,
    reason: &str,
) -> Result<(), Problem> {
    let agency = kind.agency();
    let certificates = installation.registry.certificates();
    let record = certificates.find(Key::Identifier(identifier)).await?;
    let record = record.ok_or_else(|| {
        Problem::usage(
            format!("没有 {identifier} 的记录"),
            format!("{identifier} is not on record"),
        )
    })?;
    let decision = Decision {
        kind: what,
        effective_at: None,
        authority: ActingAuthority {
            code: credit_code(agency.code)?,
            name: agency.name.to_owned(),
            region: region(agency.region)?,
        },
        reason: Some(reason.to_owned()),
        legal_basis: Some("望澜市电子证照管理办法第十一条".to_owned()),
        evidence: Vec::new(),
    };
    let now: Timestamp = clock::now();
    certificates
        .decide(
            record.id,
            &decision,
            &actor(agency.clerk, agency.code)?,
            now,
        )
        .await?;
    Ok(())
}

/// The certificate of the n-th row that was issued.
pub(super) fn nth(answers: &[RowAnswer], n: usize) -> Result<&Identifier, Problem> {
    let mut issued = answers.iter().filter_map(|answer| match &answer.outcome {
        Outcome::Issued(identifier) | Outcome::Existing(identifier) => Some(identifier),
        _ => None,
    });
    issued.nth(n).ok_or_else(|| Problem::Usage {
        zh: "行数太少，演示至少需要 --count 24".into(),
        en: "too few rows for the story: it needs --count 24 at least".into(),
    })
}
