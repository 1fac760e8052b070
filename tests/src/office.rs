//! A certification centre in a temporary folder and files that it sealed, by library calls alone:
//! what judges, attacks and benchmarks start from.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use keys::testing::MemoryLog;
use keys::{
    BuiltInTsa, Cost, Establishment, FileKeyStore, KeyId, Lifetimes, Names, Purpose, establish,
    policy_files,
};
use registry::types::TypeDefinition;
use signer::{
    Assets, Document, FontSettings, FontSource, Fonts, Level, Sealer, Template, TypeInfo,
};
use tempfile::TempDir;
use yinxin::demo::city::{CENTRE, Kind, Row, rows};

use crate::document;

/// When the centre was founded and its files were made.
pub const NOW: Timestamp = Timestamp::constant(1_795_305_600, 0);
/// The same day.
pub const TODAY: Date = date(2026, 11, 22);
const SEED: u64 = 20_261_122;
/// What the QR code of every file says.
pub const VERIFY_URL: &str = "https://zz.wanglan.example/v#7K2M9QXD4TRW83HF";
/// Addresses in X.509s.
const PUBLIC_URL: &str = "https://zz.wanglan.example";

/// The fonts of Debian's packages `fonts-lxgw-wenkai` and `fonts-noto-cjk`.
const WENKAI: &str = "/usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf";
const NOTO_SERIF_BOLD: &str = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc";

/// Up to where a file is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealLevel {
    /// PAdES B-B.
    BB,
    /// PAdES B-T, with the centre's own time-stamp.
    BT,
}

/// A centre with all its keys and the fonts of its pages.
pub struct Office {
    folder: TempDir,
    store: Arc<FileKeyStore>,
    log: Arc<MemoryLog>,
    keys: Establishment,
    fonts: Arc<Fonts>,
}

impl Office {
    /// Founds a centre; its X.509s outlive the tests' patience.
    ///
    /// # Panics
    /// Where the fonts are not installed or the folder cannot be written.
    pub fn found() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = FileKeyStore::create(&folder.path().join("keys"), &"test".into(), Cost::TEST)
            .expect("a key store");
        let log = MemoryLog::default();
        let names = Names {
            centre: CENTRE.0.to_owned(),
            seal: "望澜市电子证照专用章".to_owned(),
            hosts: vec!["zz.wanglan.example".to_owned()],
        };
        let years = |years: u16| years * 365;
        let lifetimes = Lifetimes {
            root: years(40),
            ca: years(30),
            seal: years(20),
            time_stamp: years(20),
            ..Lifetimes::default()
        };
        let keys = establish(&store, &names, &lifetimes, Some(PUBLIC_URL), NOW, &log)
            .expect("a new centre");
        Self {
            folder,
            store: Arc::new(store),
            log: Arc::new(log),
            keys,
            fonts: fonts(),
        }
    }

    /// A folder that lives as long as the office.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the folder.
    ///
    /// # Panics
    /// When it cannot.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::write(&path, bytes).expect("a file in the temporary folder");
        path
    }

    /// Policy, anchors and CRLs, as `init` writes them.
    ///
    /// # Panics
    /// Never with the keys of [`Office::found`].
    pub fn policy(&self) -> keys::PolicyFiles {
        policy_files(&self.store, &self.keys.crls, NOW).expect("a policy")
    }

    /// PEM of the anchor of seals and time-stamps.
    pub fn root_pem(&self) -> String {
        self.pem(&self.keys.root)
    }

    /// PEM of the CA between the seal and the anchor.
    pub fn issuing_ca_pem(&self) -> String {
        self.pem(&self.keys.seal_ca)
    }

    fn pem(&self, id: &KeyId) -> String {
        self.store
            .facts(id)
            .expect("a key")
            .x509()
            .expect("its X.509")
            .pem()
    }

    /// The first certificate of a type, sealed.
    pub fn sealed(&self, kind: Kind, level: SealLevel) -> Vec<u8> {
        self.sealed_rows(kind, level, 1).remove(0)
    }

    /// The first `count` certificates of a type, sealed.
    ///
    /// # Panics
    /// When a room refuses what it must take.
    pub fn sealed_rows(&self, kind: Kind, level: SealLevel, count: u32) -> Vec<Vec<u8>> {
        let info = document::type_info(&definition(kind));
        self.seal_all(
            level,
            &template(kind),
            info,
            self.documents(kind, count).collect(),
        )
    }

    /// The first `count` certificates of the benchmark's type, which is of text alone, sealed.
    ///
    /// # Panics
    /// When a room refuses what it must take.
    pub fn notices(&self, level: SealLevel, count: u32) -> Vec<Vec<u8>> {
        let definition =
            TypeDefinition::parse(include_str!("../../api/src/bench/assets/notice.type.toml"))
                .expect("a type");
        let template = include_str!("../../api/src/bench/assets/notice.template.toml");
        let template = Template::parse(template, Assets::new()).expect("a template");
        let kind = Kind::DisabilityCard;
        let people = rows(kind, u64::from(count), SEED, TODAY);
        let documents = people.zip(1..).map(|(mut row, n)| {
            row.insert("ref".to_owned(), format!("望民办〔2026〕{n:06}号").into());
            row.insert("issued".to_owned(), TODAY.to_string().into());
            document::of_row(kind, &definition, &row)
        });
        let info = document::type_info(&definition);
        self.seal_all(level, &template, info, documents.collect())
    }

    /// A sealed file that is as small as can be.
    ///
    /// # Panics
    /// When a room refuses what it must take.
    pub fn small_sealed(&self, level: SealLevel) -> Vec<u8> {
        let template = Template::parse(include_str!("small.toml"), Assets::new());
        let mut document = self.documents(Kind::Approval, 1).next().expect("one row");
        document.fields.clear();
        document.seal_label = "印".to_owned();
        let info = document::type_info(&definition(Kind::Approval));
        let info = TypeInfo {
            fields: Vec::new(),
            ..info
        };
        self.seal_all(level, &template.expect("a template"), info, vec![document])
            .remove(0)
    }

    fn seal_all(
        &self,
        level: SealLevel,
        template: &Template,
        info: TypeInfo,
        documents: Vec<Document>,
    ) -> Vec<Vec<u8>> {
        let tsa = self.tsa();
        let level = match level {
            SealLevel::BB => Level::BB,
            SealLevel::BT => Level::BT(&tsa),
        };
        let seal_key = &self.keys.seal;
        let facts = self.store.facts(seal_key).expect("the seal key");
        let contents_bytes = signer::contents_reserved(&facts, level).expect("room for the CMS");
        let info = TypeInfo {
            contents_bytes,
            ..info
        };
        let compiled = template
            .compile(&self.fonts, &info)
            .expect("a sound template");
        let uses = documents.len() as u32;
        let signer = self
            .store
            .signer_for_group(seal_key, Purpose::Seal, self.log.as_ref(), uses)
            .expect("an open key");
        let sealer = Sealer::new(&signer).expect("a seal key");
        let seal = |document: Document| {
            let draft = signer::lay_out(&compiled, &document).expect("a page");
            sealer.seal(draft, level).expect("a seal")
        };
        documents.into_iter().map(seal).collect()
    }

    /// What is wrong with a template of the city, a line each.
    pub fn lint(&self, kind: Kind) -> Vec<String> {
        let info = document::type_info(&definition(kind));
        let findings = template(kind).lint(&info, &self.fonts);
        findings
            .iter()
            .map(|f| format!("{kind:?}: {} {}: {}", f.code, f.place, f.en))
            .collect()
    }

    /// What the first `count` certificates of a type say.
    pub fn documents(&self, kind: Kind, count: u32) -> impl Iterator<Item = Document> {
        let definition = definition(kind);
        let document = move |row: Row| document::of_row(kind, &definition, &row);
        rows(kind, u64::from(count), SEED, TODAY).map(document)
    }

    fn tsa(&self) -> BuiltInTsa {
        let (store, log) = (Arc::clone(&self.store), Arc::clone(&self.log));
        BuiltInTsa::new(store, log, self.keys.time_stamp.clone(), || NOW).expect("a TSA")
    }
}

fn definition(kind: Kind) -> TypeDefinition {
    TypeDefinition::parse(kind.files().definition).expect("a type of the city")
}

fn template(kind: Kind) -> Template {
    let files = kind.files();
    let asset = |(name, bytes): &(&str, &[u8])| ((*name).to_owned(), Arc::from(*bytes));
    let assets: Assets = files.assets.iter().map(asset).collect();
    Template::parse(files.template, assets).unwrap_or_else(|error| panic!("{kind:?}: {error}"))
}

pub(crate) fn fonts() -> Arc<Fonts> {
    let source = |path: &str, index| FontSource {
        path: path.into(),
        index,
    };
    let settings = FontSettings {
        // Index 2 of the Noto collections is simplified Chinese.
        body: vec![source(WENKAI, 0), source(NOTO_SERIF_BOLD, 2)],
        roles: [].into(),
    };
    Arc::new(Fonts::load(&settings).unwrap_or_else(|error| panic!("tests/install.sh: {error}")))
}
