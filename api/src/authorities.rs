//! Our own CAs at work: CRLs with what is revoked, and the policy that follows from the key store.
//!
//! What is revoked stands in `revoked.toml` of the data folder, so that every CRL repeats it (RFC 5280 §5).

use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use keys::ca::{Crl, CrlRequest, RevocationReason, Revoked};
use keys::{KeyId, Lifetimes, Purpose};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::installation::{Installation, off_the_runtime};
use crate::problem::Problem;

/// `revoked.toml`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RevokedFile {
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
        let listed = read(&self.folder.revoked())?;
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
        let crls = off_the_runtime(move || {
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
        self.publish(&crls)
    }

    /// Notes that the X.509 of a key is revoked; the next CRLs say so.
    ///
    /// # Errors
    /// [`Problem::Usage`] for an X.509 that none of our authorities issued.
    pub(crate) async fn revoke_x509(&self, key: &KeyId, reason: Reason) -> Result<(), Problem> {
        let facts = self.keys.facts(key)?;
        let x509 = facts.x509()?.clone();
        let issuer = self.keys.list()?.into_iter().find(|authority| {
            matches!(authority.purpose, Purpose::Root | Purpose::Ca)
                && authority
                    .x509()
                    .is_ok_and(|own| x509.is_signed_by(own).unwrap_or(false))
        });
        let Some(issuer) = issuer else {
            return Err(Problem::Usage {
                zh: format!("{key} 的证书不是本系统的 CA 颁发的；请由颁发它的 CA 吊销"),
                en: format!("the X.509 of {key} is not of our CAs; whoever issued it revokes it"),
            });
        };
        let mut listed = read(&self.folder.revoked())?;
        listed.revoked.push(RevokedEntry {
            authority: issuer.id.to_string(),
            serial: hex::encode(x509.serial()),
            since: clock::now(),
            reason,
        });
        let text = toml::to_string(&listed).map_err(|error| Problem::said(error.to_string()))?;
        let path = self.folder.revoked();
        fs::write(&path, text).map_err(|source| Problem::unwritable(&path, source))?;
        self.issue_crls().await
    }
}

impl RevokedFile {
    fn of(&self, authority: &KeyId) -> Vec<Revoked> {
        let own = self
            .revoked
            .iter()
            .filter(|entry| entry.authority == authority.to_string());
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

/// The next CRL: its number is its second, which only grows.
fn request(now: Timestamp, revoked: &[Revoked]) -> Result<CrlRequest<'_>, Problem> {
    let lifetime = SignedDuration::from_hours(24 * i64::from(Lifetimes::default().crl));
    Ok(CrlRequest {
        number: now.as_second().unsigned_abs(),
        this_update: now,
        next_update: now
            .checked_add(lifetime)
            .map_err(|e| Problem::said(e.to_string()))?,
        revoked,
    })
}

fn read(path: &Path) -> Result<RevokedFile, Problem> {
    match fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).map_err(|error| Problem::BadFile {
            path: path.to_owned(),
            reason: error.to_string(),
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(RevokedFile::default()),
        Err(source) => Err(Problem::unreadable(path, source)),
    }
}
