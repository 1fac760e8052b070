//! The policy file: its form in TOML, and every value parsed into what it means.

use jiff::Timestamp;
use serde::Deserialize;

use super::{Prepared, Purpose, SealX509, Source, Trust, pem};
use crate::error::{Error, Sentence};
use crate::suites::{Algorithms, BadAlgorithms};
use crate::x509::{Oid, X509};

/// The only version there is.
const VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    made: String,
    policy_oid: String,
    #[serde(default)]
    anchor: Vec<Anchor>,
    #[serde(default)]
    intermediate: Vec<Intermediate>,
    #[serde(default)]
    seal_x509: Vec<Seal>,
    #[serde(default)]
    crl: Vec<CrlEntry>,
    algorithms: Option<AlgorithmList>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Anchor {
    purpose: Purpose,
    x509: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Intermediate {
    x509: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seal {
    sha256: String,
    x509: Option<String>,
    from: String,
    to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CrlEntry {
    pem: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlgorithmList {
    signature: Vec<String>,
    min_rsa_bits: usize,
}

pub(super) fn read(toml: &str) -> Result<Trust, Error> {
    let file: File = toml::from_str(toml).map_err(|e| Error::PolicySyntax(e.to_string()))?;
    if file.version != VERSION {
        let version = file.version;
        return Err(at(
            "version",
            format!("为 {version}，只认识 {VERSION}；更新版本的 yinxin 也许能读"),
            format!("{version} where only {VERSION} is known; a newer yinxin may read it"),
        ));
    }
    instant("made", &file.made)?;
    let policy_oid = file.policy_oid.parse::<Oid>();
    let policy_oid = policy_oid.map_err(|e| {
        at(
            "policy_oid",
            format!("不是对象标识符（{e}）"),
            e.to_string(),
        )
    })?;
    let anchors = each("anchor", file.anchor, |place, anchor: Anchor| {
        Ok((
            anchor.purpose,
            one_x509(&format!("{place}.x509"), &anchor.x509)?,
        ))
    })?;
    let intermediates = each(
        "intermediate",
        file.intermediate,
        |place, entry: Intermediate| one_x509(&format!("{place}.x509"), &entry.x509),
    )?;
    let crls = each("crl", file.crl, |place, entry: CrlEntry| {
        pem::crls(&entry.pem).map_err(|what| at(format!("{place}.pem"), what.zh, what.en))
    })?;
    Ok(Trust {
        source: Source::Policy(each("seal_x509", file.seal_x509, seal_x509)?),
        anchors,
        intermediates,
        crls: crls.into_iter().flatten().collect(),
        algorithms: file
            .algorithms
            .map_or(Ok(Algorithms::default()), algorithms)?,
        policy_oid,
        revocation: true,
        prepared: Prepared::default(),
    })
}

fn seal_x509(place: &str, entry: Seal) -> Result<SealX509, Error> {
    let sha256_place = format!("{place}.sha256");
    let mut sha256 = [0; 32];
    let lower_case = !entry.sha256.contains(|c: char| c.is_ascii_uppercase());
    if !lower_case || hex::decode_to_slice(&entry.sha256, &mut sha256).is_err() {
        return Err(at(
            sha256_place,
            "不是 64 位小写十六进制数",
            "not 64 lower-case hex digits",
        ));
    }
    let x509 = entry
        .x509
        .map(|text| one_x509(&format!("{place}.x509"), &text))
        .transpose()?;
    if let Some(x509) = &x509 {
        let computed = ring::digest::digest(&ring::digest::SHA256, x509.der());
        if computed.as_ref() != sha256 {
            return Err(at(
                sha256_place,
                "不是旁边 X.509 证书的 SHA-256",
                "not the SHA-256 of the X.509 beside it",
            ));
        }
    }
    let from = instant(&format!("{place}.from"), &entry.from)?;
    let to = instant(&format!("{place}.to"), &entry.to)?;
    if to <= from {
        return Err(at(
            format!("{place}.to"),
            "不晚于 from",
            "not later than `from`",
        ));
    }
    Ok(SealX509 {
        sha256,
        x509,
        from,
        to,
    })
}

fn algorithms(list: AlgorithmList) -> Result<Algorithms, Error> {
    Algorithms::from_names(list.signature.iter().map(String::as_str), list.min_rsa_bits).map_err(
        |e| {
            let zh = match &e {
                BadAlgorithms::UnknownName(name) => format!("没有名为“{name}”的签名算法"),
                BadAlgorithms::RsaBits(bits) => {
                    format!("min_rsa_bits 须在 2048 与 8192 之间，不能是 {bits}")
                }
            };
            at("algorithms", zh, e.to_string())
        },
    )
}

/// Parses a list, each entry knowing its place.
fn each<E, T>(
    name: &str,
    entries: Vec<E>,
    parse: impl Fn(&str, E) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let place = |index| format!("{name}[{index}]");
    entries
        .into_iter()
        .enumerate()
        .map(|(index, entry)| parse(&place(index), entry))
        .collect()
}

fn one_x509(place: &str, text: &str) -> Result<X509, Error> {
    let mut x509s = pem::x509s(text).map_err(|what| at(place, what.zh, what.en))?;
    match (x509s.pop(), x509s.len()) {
        (Some(x509), 0) => Ok(x509),
        (last, more) => {
            let count = more + usize::from(last.is_some());
            Err(at(
                place,
                format!("有 {count} 份 X.509 证书，应恰有一份"),
                format!("{count} X.509s where one belongs"),
            ))
        }
    }
}

fn instant(place: &str, text: &str) -> Result<Timestamp, Error> {
    text.parse().map_err(|e| {
        at(
            place,
            format!("不是时间，例如 2026-11-22T00:00:00Z（{e}）"),
            format!("no instant such as 2026-11-22T00:00:00Z: {e}"),
        )
    })
}

fn at(place: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Error {
    Error::Policy {
        place: place.into(),
        what: Sentence::new(zh, en),
    }
}
