//! Our own CAs at work: CRLs with what is revoked, and the policy that follows from the key store.
//!
//! What is revoked stands in `revoked.toml` of the data folder, so that every CRL repeats it (RFC 5280 §5).

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use keys::ca::{Crl, CrlRequest, RevocationReason, Revoked};
use keys::{KeyFacts, KeyId, Lifetimes, Purpose, X509};
use registry::Sentence;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::installation::{Installation, off_the_runtime};
use crate::problem::Problem;

/// `revoked.toml`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevokedFile {
    #[serde(default)]
    revoked: Vec<RevokedEntry>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RevokedEntry {
    /// Which authority of ours issued it.
    authority: String,
    /// Serial number in hexadecimal.
    serial: String,
    /// From when on.
    since: Timestamp,
    /// Why.
    reason: Reason,
}

/// Why an X.509 of ours is revoked.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// Its key is no longer secret
    KeyCompromise,
    /// Who holds it has changed
    AffiliationChanged,
    /// A newer one took its place
    Superseded,
    /// It is not needed any more
    CessationOfOperation,
}

impl Installation {
    /// Signs new CRLs of every authority of ours, and writes policy, anchors and CRLs.
    ///
    /// # Errors
    /// [`Problem::Keys`]; [`Problem::Unwritable`].
    pub(crate) async fn issue_crls(&self) -> Result<(), Problem> {
        let listed = self.revoked()?;
        let authorities: Vec<KeyId> = self
            .keys
            .list()?
            .into_iter()
            .filter(|key| {
                matches!(key.purpose, Purpose::Root | Purpose::Ca) && key.retired.is_none()
            })
            .map(|key| key.id)
            .collect();
        let (keys, log) = (Arc::clone(&self.keys), Arc::clone(&self.log));
        let mut crls = off_the_runtime(move || {
            authorities
                .iter()
                .map(|authority| {
                    let revoked = listed.of(authority);
                    keys::issue_crl(&keys, authority, &request(clock::now(), &revoked)?, &*log)
                        .map_err(Problem::from)
                })
                .collect::<Result<Vec<Crl>, Problem>>()
        })
        .await?;
        crls.extend(self.outside_crls()?);
        self.publish(&crls)
    }

    /// Whether a CRL of ours has lived half its life: then new ones are due.
    ///
    /// # Errors
    /// [`Problem::Unreadable`]; [`Problem::Keys`] for a CRL that does not read.
    pub(crate) fn crls_are_half_spent(&self, now: Timestamp) -> Result<bool, Problem> {
        let path = self.folder.crl();
        let pem = fs::read_to_string(&path).map_err(|source| Problem::unreadable(&path, source))?;
        for crl in keys::ca::crls_in(&pem)? {
            let period = keys::ca::period(&crl)?;
            let (spent, whole) = (
                now.duration_since(period.from),
                period.to.duration_since(period.from),
            );
            if spent.as_secs().saturating_mul(2) >= whole.as_secs() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes CRLs of outside CAs that certified a seal key; the policy repeats the newest of each from
    /// its next writing on.
    ///
    /// # Errors
    /// [`Problem::Keys`] says what is wrong with the CRL; [`Problem::Usage`] when a newer one is there.
    pub(crate) fn add_outside_crls(&self, file: &Path) -> Result<(), Problem> {
        let bytes = fs::read(file).map_err(|source| Problem::unreadable(file, source))?;
        let now = clock::now();
        let folder = self.folder.outside_crls();
        fs::create_dir_all(&folder).map_err(|source| Problem::unwritable(&folder, source))?;
        for offered in keys::ca::read_crls(&self.keys, &bytes, now)? {
            let path = folder.join(format!("{}.crl", hex::encode(offered.issuer)));
            let kept = fs::read(&path).ok();
            let kept =
                kept.and_then(|der| keys::ca::read_crls(&self.keys, &der, Timestamp::MIN).ok());
            let newer = kept
                .into_iter()
                .flatten()
                .find(|kept| kept.this_update > offered.this_update);
            if let Some(newer) = newer {
                let (this, that) = (offered.this_update, newer.this_update);
                return Err(Problem::Usage {
                    zh: format!("该 CRL 签发于 {this}；已有更新的一份，签发于 {that}"),
                    en: format!("this CRL is of {this}; a newer one, of {that}, is there already"),
                });
            }
            replace(&path, offered.crl.der())?;
        }
        Ok(())
    }

    fn outside_crls(&self) -> Result<Vec<Crl>, Problem> {
        let folder = self.folder.outside_crls();
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let unreadable = |source| Problem::unreadable(&folder, source);
        let entries = fs::read_dir(&folder).map_err(unreadable)?;
        let mut paths = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(unreadable)?;
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "crl"));
        paths.sort();
        let read = |path| fs::read(path).map(Crl::from_der).map_err(unreadable);
        paths.iter().map(read).collect()
    }

    /// Revokes the X.509 of a key: the CRLs say so, and the key signs no more. A CA's key still signs
    /// its CRLs, and nothing else. Revoking again changes no date; it mends what a first call left
    /// undone. Returns since when it is revoked.
    ///
    /// # Errors
    /// [`Problem::Usage`] for an X.509 that none of our authorities issued, for an anchor, and for a CA unless
    /// `ca_too`.
    pub(crate) async fn revoke_x509(
        &self,
        key: &KeyId,
        reason: Reason,
        ca_too: bool,
    ) -> Result<Timestamp, Problem> {
        let (facts, all) = (self.keys.facts(key)?, self.keys.list()?);
        let x509 = facts.x509()?;
        let Some(issuer) = issuer_of(x509, &all) else {
            return Err(Problem::Usage {
                zh: format!("{key} 的证书不是本系统的 CA 颁发的；请由颁发它的 CA 吊销"),
                en: format!("the X.509 of {key} is not of our CAs; whoever issued it revokes it"),
            });
        };
        // Nobody reads a CRL about an anchor: whoever trusts it does so by a policy that names it.
        if issuer.id == *key || facts.purpose == Purpose::Root {
            return Err(Problem::Usage {
                zh: format!(
                    "{key} 是信任锚，核验不为信任锚查 CRL，吊销它不起作用；请用 keys revoke --yes 吊销其下的 CA，并向核验方分发不含它的 policy.toml 和 anchors.pem"
                ),
                en: format!(
                    "{key} is an anchor, and no verifier reads a CRL about an anchor; revoke the CAs below it with `keys revoke --yes`, and hand verifiers a policy.toml and an anchors.pem without it"
                ),
            });
        }
        if facts.purpose == Purpose::Ca && !ca_too {
            return Err(Problem::Usage {
                zh: format!("{key} 是 CA，它颁发的全部证书将一并失效，且不能撤回；确认请加 --yes"),
                en: format!(
                    "{key} is a CA: every X.509 that it issued falls with it, and there is no way back; say --yes if that is meant"
                ),
            });
        }
        let (mut listed, now) = (self.revoked()?, clock::now());
        let done = facts.retired.is_some() || facts.purpose == Purpose::Ca;
        if let Some(since) = listed.entry(x509, &issuer.id).filter(|_| done) {
            return Err(Problem::Usage {
                zh: format!("{key} 的证书已于 {since} 吊销，吊销的时间和原因不再改变"),
                en: format!(
                    "the X.509 of {key} is revoked since {since}; time and reason of a revocation stay"
                ),
            });
        }
        if listed.entry(x509, &issuer.id).is_none() {
            listed.revoked.push(RevokedEntry {
                authority: issuer.id.to_string(),
                serial: hex::encode(x509.serial()),
                since: now,
                reason,
            });
            listed.write(&self.folder.revoked())?;
        }
        let since = listed.entry(x509, &issuer.id).unwrap_or(now);
        if !matches!(facts.purpose, Purpose::Root | Purpose::Ca) {
            self.keys.retire(key, since)?;
        }
        let detail = format!(
            "authority={} serial={} since={since} reason={reason:?}",
            issuer.id,
            hex::encode(x509.serial())
        );
        self.record_key_act("key.revoked", key, detail).await?;
        self.issue_crls().await?;
        Ok(since)
    }

    /// What is revoked.
    ///
    /// # Errors
    /// [`Problem::BadFile`], [`Problem::Unreadable`].
    pub(crate) fn revoked(&self) -> Result<RevokedFile, Problem> {
        RevokedFile::read(&self.folder.revoked())
    }

    /// The key of a purpose that signs now: the newest that is not retired, with an X.509 that has
    /// neither ended nor been revoked, nor its CA's.
    ///
    /// # Errors
    /// [`Problem::Usage`] says why there is none and what to do.
    pub(crate) fn current(&self, purpose: Purpose) -> Result<KeyFacts, Problem> {
        let (all, revoked, now) = (self.keys.list()?, self.revoked()?, clock::now());
        let mut candidates: Vec<&KeyFacts> =
            all.iter().filter(|key| key.purpose == purpose).collect();
        candidates.sort_by_key(|key| std::cmp::Reverse(key.created));
        let mut why = None;
        for key in candidates {
            let Ok(x509) = key.x509() else { continue };
            let id = &key.id;
            let (zh, en) = if let Some(since) = revoked.since(x509, &all) {
                (
                    format!("{id} 的证书或其 CA 已于 {since} 吊销"),
                    format!("the X.509 of {id}, or its CA's, is revoked since {since}"),
                )
            } else if key.retired.is_some() {
                continue;
            } else if x509.not_after() < now {
                let end = x509.not_after();
                (
                    format!("{id} 的证书已于 {end} 到期"),
                    format!("the X.509 of {id} ended on {end}"),
                )
            } else {
                return Ok(key.clone());
            };
            why.get_or_insert((zh, en));
        }
        let (zh, en) = why.unwrap_or_else(|| {
            (
                format!("没有已取得证书的 {purpose} 密钥"),
                format!("no {purpose} key with an X.509 is there"),
            )
        });
        let (todo_zh, todo_en) = match purpose {
            Purpose::TimeStamp => (
                "请用 --tsa 指定外部时间戳服务",
                "name an outside time-stamp service with --tsa",
            ),
            _ => (
                "请用 yinxin keys rotate 轮换密钥，或用 yinxin keys csr 向外部 CA 申请",
                "make a new one with `yinxin keys rotate`, or ask an outside CA with `yinxin keys csr`",
            ),
        };
        Err(Problem::Usage {
            zh: format!("没有可用的 {purpose} 密钥：{zh}；{todo_zh}"),
            en: format!("no {purpose} key can sign: {en}; {todo_en}"),
        })
    }
}

/// The authority of ours that issued an X.509.
fn issuer_of<'k>(x509: &X509, all: &'k [KeyFacts]) -> Option<&'k KeyFacts> {
    all.iter().find(|authority| {
        matches!(authority.purpose, Purpose::Root | Purpose::Ca)
            && authority
                .x509()
                .is_ok_and(|own| x509.is_signed_by(own).unwrap_or(false))
    })
}

impl RevokedFile {
    pub(crate) fn read(path: &Path) -> Result<RevokedFile, Problem> {
        match fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text).map_err(|error| {
                let zh = format!("写法有误（{error}）");
                Problem::bad_file(path, Sentence::new(zh, error.to_string()))
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(RevokedFile::default())
            }
            Err(source) => Err(Problem::unreadable(path, source)),
        }
    }

    fn write(&self, path: &Path) -> Result<(), Problem> {
        let text = toml::to_string(self).map_err(|error| {
            Problem::usage(format!("吊销记录无法写出（{error}）"), error.to_string())
        })?;
        replace(path, text.as_bytes())
    }

    /// Since when an X.509 counts as revoked: its own date or that of an authority of ours above it,
    /// whichever comes first.
    pub(crate) fn since(&self, x509: &X509, all: &[KeyFacts]) -> Option<Timestamp> {
        let issuer = issuer_of(x509, all)?;
        // A root stands above itself and is on no CRL.
        let above = issuer.x509().ok().filter(|above| *above != x509);
        let above = above.and_then(|above| self.since(above, all));
        self.entry(x509, &issuer.id).into_iter().chain(above).min()
    }

    fn entry(&self, x509: &X509, authority: &KeyId) -> Option<Timestamp> {
        let serial = hex::encode(x509.serial());
        let own =
            |entry: &&RevokedEntry| entry.authority == authority.as_str() && entry.serial == serial;
        self.revoked.iter().find(own).map(|entry| entry.since)
    }

    /// What the CRL of an authority says, each serial number once.
    fn of(&self, authority: &KeyId) -> Vec<Revoked> {
        let own = self.revoked.iter().enumerate().filter(|(at, entry)| {
            let same = |other: &RevokedEntry| {
                other.authority == entry.authority && other.serial == entry.serial
            };
            entry.authority == authority.as_str() && !self.revoked[..*at].iter().any(same)
        });
        let own = own.map(|(_, entry)| entry);
        own.filter_map(|entry| {
            Some(Revoked {
                serial: hex::decode(&entry.serial).ok()?,
                since: entry.since,
                reason: match entry.reason {
                    Reason::KeyCompromise => RevocationReason::KeyCompromise,
                    Reason::AffiliationChanged => RevocationReason::AffiliationChanged,
                    Reason::Superseded => RevocationReason::Superseded,
                    Reason::CessationOfOperation => RevocationReason::CessationOfOperation,
                },
            })
        })
        .collect()
    }
}

/// Never leaves half a file: without these no CRL or no policy could be made any more.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let beside = path.with_extension("new");
    let unwritable = |source| Problem::unwritable(path, source);
    let mut file = fs::File::create(&beside).map_err(unwritable)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&beside, path))
        .map_err(unwritable)
}

/// The next CRL: its number is its second, which only grows.
fn request(now: Timestamp, revoked: &[Revoked]) -> Result<CrlRequest<'_>, Problem> {
    let lifetime = SignedDuration::from_hours(24 * i64::from(Lifetimes::default().crl));
    Ok(CrlRequest {
        number: now.as_second().unsigned_abs(),
        this_update: now,
        next_update: now.checked_add(lifetime).map_err(|e| {
            Problem::usage(format!("系统时钟偏差过大（{e}）；请校准"), e.to_string())
        })?,
        revoked,
    })
}
