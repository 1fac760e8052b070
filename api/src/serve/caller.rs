//! Who is at the other end of a connection, and who calls: the key of an X.509, mapped to a person on record at each
//! call. A key that was ended counts no more from the next call on, on open connections and resumed sessions too.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use keys::X509;
use registry::persons::{KeyDigest, Subject};
use ring::digest::{SHA256, digest};
use rustls::pki_types::CertificateDer;

use super::app::App;
use super::refusal::Refusal;
use crate::clock;

/// What is known of a connection: whence it comes, and the client's X.509, whose key it has proven to hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    address: IpAddr,
    key: Option<ProvenKey>,
}

/// A key that was proven in a handshake, by us or by a proxy that is listed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProvenKey {
    digest: KeyDigest,
    ends: jiff::Timestamp,
}

impl Peer {
    /// Nothing was shown.
    pub(crate) fn unknown(address: IpAddr) -> Self {
        Self { address, key: None }
    }

    /// The chain that a TLS handshake has verified.
    pub(crate) fn of_chain(address: IpAddr, chain: Option<&[CertificateDer<'_>]>) -> Self {
        let own = chain.and_then(|chain| chain.first());
        let own = own.and_then(|der| X509::parse(der.to_vec()).ok());
        Self {
            address,
            key: own.map(|x509| ProvenKey::of(&x509)),
        }
    }

    /// The key, if one was shown.
    pub(crate) fn key(&self) -> Option<ProvenKey> {
        self.key
    }

    /// Whence it comes.
    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }
}

impl ProvenKey {
    pub(super) fn of(x509: &X509) -> Self {
        Self {
            digest: key_digest(x509.public_key()),
            ends: x509.not_after(),
        }
    }

    /// End of its X.509.
    pub(crate) fn ends(&self) -> jiff::Timestamp {
        self.ends
    }

    /// By which the registry knows it.
    pub(crate) fn digest(&self) -> KeyDigest {
        self.digest
    }
}

/// SHA-256 of a SubjectPublicKeyInfo in DER.
pub(crate) fn key_digest(public_key: &[u8]) -> KeyDigest {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, public_key).as_ref());
    KeyDigest(out)
}

/// Who calls, as a handler takes it. Put into the request by [`super::access`], after the roles were checked.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    subject: Arc<Subject>,
    key: KeyDigest,
}

impl Caller {
    /// Finds who stands behind a proven key.
    ///
    /// # Errors
    /// 401 that says what is missing.
    pub(crate) async fn of(app: &App, key: Option<ProvenKey>) -> Result<Self, Refusal> {
        let Some(key) = key else {
            return Err(Refusal::new(
                StatusCode::UNAUTHORIZED,
                "x509_missing",
                "未出示客户端证书；请使用本单位管理员发放的证书连接",
                "no client X.509 was shown; connect with the one that your unit's administrator issued",
            ));
        };
        let now = clock::now();
        if key.ends < now {
            return Err(Refusal::new(
                StatusCode::UNAUTHORIZED,
                "x509_ended",
                format!("客户端证书已于 {} 到期；请由本单位管理员重新发放", key.ends),
                format!(
                    "the client X.509 ended {}; have your unit's administrator enrol a new key",
                    key.ends
                ),
            ));
        }
        match app.registry().persons().subject(key.digest, now).await? {
            Some(subject) => Ok(Self {
                subject: Arc::new(subject),
                key: key.digest,
            }),
            None => Err(not_standing()),
        }
    }

    /// Asks again, for answers that take long: whoever's key was ended hears no more.
    ///
    /// # Errors
    /// 401 where key or person have ended; 503 where that cannot be asked.
    pub(crate) async fn still_stands(&self, app: &App) -> Result<(), Refusal> {
        let persons = app.registry().persons();
        match persons.subject(self.key, clock::now()).await? {
            Some(_) => Ok(()),
            None => Err(not_standing()),
        }
    }

    /// The person on record.
    pub(crate) fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Account and unit, as the audit names them.
    pub(crate) fn name(&self) -> String {
        self.subject.actor().to_string()
    }
}

fn not_standing() -> Refusal {
    Refusal::new(
        StatusCode::UNAUTHORIZED,
        "key_not_standing",
        "该密钥未登记、已停用或其人员已离任；请由本单位管理员重新登记",
        "this key is not on record, was ended, or its person acts no more; have your unit's administrator enrol a new key",
    )
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller.ok_or_else(|| {
            tracing::error!(path = %parts.uri.path(), "a route asks who calls, and its rule does not");
            Refusal::role_missing()
        })
    }
}
