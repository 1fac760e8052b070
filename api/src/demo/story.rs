//! The story of the demo, step by step.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use registry::units::{Actor, Contact, Contacts, CreditCode, RegionCode, Unit, UnitKind};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::SecretString;

use super::anew::{clear, mark};
use super::city::{AGENCIES, CENTRE, HALL, Kind};
use super::people::People;
use super::{online, samples};
use crate::cli::{Demo, bar};
use crate::clock;
use crate::folder::DataFolder;
use crate::installation::{Installation, off_the_runtime};
use crate::problem::Problem;
use crate::say::Say;
use crate::serve::{Addresses, Service, Wanted, told_to_stop};
use crate::settings::{ServeSettings, Settings};

const PUBLIC_URL: &str = "https://zz.wanglan.example";
const STATUS_URL: &str = "https://zz.wanglan.example/status";

/// Tells the whole story over the service, leaves a data folder that every command works on, and goes on serving.
pub(crate) async fn run(args: Demo, say: Say) -> Result<(), Problem> {
    let folder = DataFolder::at(&args.data);
    enough(args.count)?;
    clear(&folder).await?;
    say.line(
        "建立系统：数据库、密钥、CA、印章证书、策略文件",
        "making database, keys, CAs, seal X.509, policy",
    );
    let installation = found(folder.clone()).await?;
    let service = Service::start(installation, &wanted(&args)).await?;
    let told = tell(&service, &folder, args.count, say).await;
    let told = told.and_then(|()| mark(&folder, Some(clock::now())));
    if told.is_ok() {
        epilogue(&folder, &service.addresses, !args.exit, say);
        if !args.exit {
            told_to_stop().await;
        }
    }
    service.stop().await;
    told
}

/// The story needs a second certificate of the types that it suspends, revokes and replaces; rows are shared out evenly.
const FEWEST: u32 = 2 * Kind::ALL.len() as u32;

fn enough(count: u32) -> Result<(), Problem> {
    match count {
        FEWEST.. => Ok(()),
        _ => Err(Problem::Usage {
            zh: format!("行数太少：演示每类需要两份，请用 --count {FEWEST} 或更多"),
            en: format!(
                "too few rows: the demo needs two of each type, so --count {FEWEST} or more"
            ),
        }),
    }
}

/// Where the demo listens: on any free ports for scripts, on the usual ones for people.
fn wanted(args: &Demo) -> Wanted {
    let usual = ServeSettings::default();
    let any = |ip| SocketAddr::new(ip, 0);
    match (args.listen, args.exit) {
        (Some(public), _) => Wanted {
            public,
            extranet: SocketAddr::new(
                public.ip(),
                if args.exit { 0 } else { usual.extranet.port() },
            ),
            metrics: any(Ipv4Addr::LOCALHOST.into()),
        },
        (None, true) => Wanted {
            public: any(Ipv4Addr::LOCALHOST.into()),
            extranet: any(Ipv4Addr::LOCALHOST.into()),
            metrics: any(Ipv4Addr::LOCALHOST.into()),
        },
        (None, false) => Wanted {
            public: usual.public,
            extranet: usual.extranet,
            metrics: usual.metrics,
        },
    }
}

async fn tell(service: &Service, folder: &DataFolder, count: u32, say: Say) -> Result<(), Problem> {
    let (folder, addresses) = (folder.clone(), service.addresses);
    // The people of the city are clients, and wait for answers on a thread of their own.
    let story = off_the_runtime(move || act(&folder, &addresses, count, say)).await?;
    samples::forgeries(service.installation(), &story.diploma, &story.genuine).await?;
    say.line("核验：", "verifying:");
    let public = format!("http://{}", service.addresses.public);
    let samples = samples::in_order(service.installation(), &story.samples);
    off_the_runtime(move || samples::verify(&public, &samples, say)).await
}

/// What people do: units and persons, types, rows, decisions, samples.
fn act(folder: &DataFolder, addresses: &Addresses, count: u32, say: Say) -> Result<Story, Problem> {
    let server = format!("https://127.0.0.1:{}", addresses.extranet.port());
    say.line(
        "登记两个发证机构、一个政务大厅及其人员，发布六类证照",
        "registering two agencies, a service hall and their people, publishing six types",
    );
    let people = People::register(folder, &server)?;
    for kind in Kind::ALL {
        online::publish(&people, kind)?;
    }
    say.line(
        format!("签发 {count} 份证照（人员、机构均为虚构）"),
        format!("sealing {count} certificates of made-up people and companies"),
    );
    let bar = bar(say, u64::from(count));
    let mut issued = Vec::new();
    for (kind, share) in Kind::ALL.into_iter().zip(shares(count)) {
        issued.push((kind, online::push(&people, kind, share, &bar)?));
    }
    bar.finish();
    say.line(
        "暂停一份、吊销一份、变更一份",
        "suspending one, revoking one, replacing one",
    );
    samples::fates_and_files(folder, &people, &issued)
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
    Installation::create(folder, settings, centre, &founder, "operator", &passphrase).await
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

/// `count` in six nearly equal parts.
fn shares(count: u32) -> [u32; 6] {
    let (each, rest) = (count / 6, count % 6);
    std::array::from_fn(|at| each + u32::from((at as u32) < rest))
}

fn epilogue(folder: &DataFolder, addresses: &Addresses, goes_on: bool, say: Say) {
    let data = folder.path().display();
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
    if !goes_on {
        return;
    }
    let (public, port) = (addresses.public, addresses.extranet.port());
    let officer = format!("{data}/people/officer@{}", HALL.1);
    let curl = format!(
        "curl --cacert {data}/anchors.pem --cert {officer}/x509.pem --key {officer}/key.pem \\\n    \
         'https://127.0.0.1:{port}/v1/verifications/files?purpose=demo&business_number=1' \\\n    \
         -H 'content-type: application/pdf' --data-binary @{data}/sample/bad/revoked.pdf"
    );
    say.line(
        format!("\n服务仍在运行（Ctrl-C 停止）：\n  公众核验页  http://{public}/\n  窗口人员核验：\n  {curl}"),
        format!("\nThe service goes on (Ctrl-C stops it):\n  public page  http://{public}/\n  as a desk officer:\n  {curl}"),
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

/// What the story left for the samples.
pub(super) struct Story {
    /// Identifier of the first diploma, for the forger.
    pub(super) diploma: String,
    /// Its file.
    pub(super) genuine: Vec<u8>,
    /// Files that were written, in the order in which they are shown.
    pub(super) samples: Vec<PathBuf>,
}
