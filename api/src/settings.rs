//! `yinxin.toml`: the settings of one installation. Unknown keys are refused, so that a slip of the
//! pen is told and not ignored.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use registry::Sentence;
use registry::units::Unit;
use serde::{Deserialize, Serialize};
use signer::{FontSettings, FontSource};

use crate::folder::DataFolder;
use crate::problem::Problem;

/// Settings as written by `init`; a person may edit the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Where the public reaches this service: stands in QR codes and in X.509s. No trailing slash.
    pub public_url: String,
    /// Where status lists are published: stands in every certificate. No trailing slash.
    pub status_url: String,
    /// The certification centre's credit code: its persons check and publish types.
    pub centre: String,
    /// Its name, as the seal X.509 and the stamp show it.
    pub centre_name: String,
    /// `embedded` (SQLite in the data folder) or a `postgres://` address.
    #[serde(default = "embedded")]
    pub database: String,
    /// Where `serve` listens.
    #[serde(default)]
    pub serve: ServeSettings,
    /// Fonts, first to last: a character is set in the first of its role that has it.
    #[serde(default = "usual_fonts")]
    pub font: Vec<FontSetting>,
}

/// Where `serve` listens, and which proxies it believes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServeSettings {
    /// Anybody: plain HTTP, behind a reverse proxy that does TLS.
    pub public: SocketAddr,
    /// Units: TLS with client X.509s.
    pub extranet: SocketAddr,
    /// Metrics; a loopback address.
    pub metrics: SocketAddr,
    /// Seal with a time-stamp of our own authority (B-T) where the type does not say at which level.
    pub time_stamps: bool,
    /// Proxies that may name a client's X.509 in `Client-Cert` (RFC 9440): SHA-256 of the
    /// SubjectPublicKeyInfo of the X.509 with which each connects, hexadecimal.
    pub proxies: Vec<String>,
    /// Collector of traces by OTLP over HTTP, such as `http://127.0.0.1:4318`; without one none are made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otlp: Option<String>,
    /// Addresses of reverse proxies before the public listener: the last address of their `X-Forwarded-For` that is
    /// not itself among these is the caller's, by which calls are counted.
    pub forwarders: Vec<IpAddr>,
    /// How often one caller may call.
    pub rates: RateSettings,
}

/// Calls a minute by one caller: a stranger by address, a unit's by person. 0 sets no limit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RateSettings {
    /// Pages, trust material, catalogue.
    pub strangers_reads: u32,
    /// Files and printed codes.
    pub strangers_files: u32,
    /// What is on record.
    pub units_reads: u32,
    /// Files, verifications and pushes.
    pub units_files: u32,
}

impl Default for RateSettings {
    fn default() -> Self {
        Self {
            strangers_reads: 1200,
            strangers_files: 300,
            units_reads: 300_000,
            units_files: 120_000,
        }
    }
}

impl Default for ServeSettings {
    fn default() -> Self {
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Self {
            public: local(8080),
            extranet: local(8443),
            metrics: local(9090),
            time_stamps: true,
            proxies: Vec::new(),
            otlp: None,
            // Whoever reaches a loopback listener is on this machine, as a reverse proxy before it is.
            forwarders: vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            rates: RateSettings::default(),
        }
    }
}

/// One font file of the fallback chain.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FontSetting {
    /// The role in templates; `body` also serves those that are not named.
    #[serde(default = "body")]
    pub role: String,
    /// A TrueType or OpenType file.
    pub path: PathBuf,
    /// Which face of a collection; 0 for a single font.
    #[serde(default)]
    pub index: u32,
}

impl Settings {
    /// Settings of a new installation.
    ///
    /// # Errors
    /// [`Problem::Usage`] for an address that is none.
    pub(crate) fn new(public_url: &str, status_url: &str, centre: &Unit) -> Result<Self, Problem> {
        Ok(Self {
            public_url: web_address("--public-url", public_url)?,
            status_url: web_address("--status-url", status_url)?,
            centre: centre.code.to_string(),
            centre_name: centre.name.clone(),
            database: embedded(),
            serve: ServeSettings::default(),
            font: usual_fonts(),
        })
    }

    /// The settings of the installation in a folder.
    ///
    /// # Errors
    /// [`Problem::NotThere`], [`Problem::Settings`].
    pub(crate) fn of_installation(folder: &DataFolder) -> Result<Self, Problem> {
        let path = folder.settings();
        if !path.exists() {
            return Err(Problem::NotThere {
                path: folder.path().to_owned(),
            });
        }
        Self::read(&path)
    }

    /// The fonts as the signer wants them.
    pub(crate) fn fonts(&self) -> FontSettings {
        by_role(&self.font)
    }

    /// Length of the address in a QR code: `<public>/v#` and 16 characters.
    pub(crate) fn verify_url_len(&self) -> usize {
        self.public_url.len() + "/v#".len() + 16
    }

    /// Reads `yinxin.toml`.
    pub(crate) fn read(path: &Path) -> Result<Self, Problem> {
        let text =
            std::fs::read_to_string(path).map_err(|source| Problem::unreadable(path, source))?;
        toml::from_str(&text).map_err(|error| Problem::Settings {
            path: path.to_owned(),
            reason: Sentence::new(format!("写法有误（{error}）"), error.to_string()),
        })
    }

    /// The text of `yinxin.toml`.
    ///
    /// # Errors
    /// [`Problem::Settings`] of that path.
    pub(crate) fn text(&self, path: &Path) -> Result<String, Problem> {
        toml::to_string_pretty(self).map_err(|error| Problem::Settings {
            path: path.to_owned(),
            reason: Sentence::new(format!("无法写出（{error}）"), error.to_string()),
        })
    }
}

/// The usual fonts, for work without an installation.
pub(crate) fn usual_font_settings() -> FontSettings {
    by_role(&usual_fonts())
}

fn by_role(settings: &[FontSetting]) -> FontSettings {
    let mut fonts = FontSettings {
        body: Vec::new(),
        roles: BTreeMap::new(),
    };
    for FontSetting { role, path, index } in settings {
        let source = FontSource {
            path: path.clone(),
            index: *index,
        };
        match role.as_str() {
            BODY => fonts.body.push(source),
            other => fonts
                .roles
                .entry(other.to_owned())
                .or_default()
                .push(source),
        }
    }
    fonts
}

fn embedded() -> String {
    "embedded".to_owned()
}

const BODY: &str = "body";

fn body() -> String {
    BODY.to_owned()
}

/// Debian's packages fonts-lxgw-wenkai (TrueType, quick to subset) and fonts-noto-cjk.
fn usual_fonts() -> Vec<FontSetting> {
    [
        (
            "/usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf",
            0,
        ),
        ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ]
    .into_iter()
    .map(|(path, index)| FontSetting {
        role: body(),
        path: PathBuf::from(path),
        index,
    })
    .collect()
}

/// An `http` or `https` address without a trailing slash, query or fragment.
fn web_address(option: &'static str, text: &str) -> Result<String, Problem> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let sound = rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.contains(['?', '#', ' ', '"', '<', '>', '\\'])
            && rest.chars().all(|c| c.is_ascii_graphic())
    });
    if !sound {
        return Err(Problem::Usage {
            zh: format!("{option} 应为 http:// 或 https:// 开头的地址，得到“{text}”"),
            en: format!(
                "{option} must be an address that starts with http:// or https://, got {text:?}"
            ),
        });
    }
    Ok(text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Settings, web_address};

    #[test]
    fn addresses_are_plain() {
        for (text, expected) in [
            ("https://zz.example.cn", Some("https://zz.example.cn")),
            ("https://zz.example.cn/", Some("https://zz.example.cn")),
            ("ftp://zz.example.cn", None),
            ("https://", None),
            ("https://zz.example.cn/?a", None),
            ("https://zz 例", None),
        ] {
            assert_eq!(
                web_address("--public-url", text).ok().as_deref(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("yinxin.toml");
        std::fs::write(&path, "public_ulr = \"https://a.example\"\n").unwrap();
        assert!(
            Settings::read(&path)
                .unwrap_err()
                .to_string()
                .contains("public_ulr")
        );
    }
}
