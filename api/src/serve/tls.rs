//! TLS of the extranet: 1.2 and 1.3, the key from the key store, client X.509s of our own CA.
//!
//! A client without an X.509, or with one that has ended, still gets an answer: a problem that says so. Whatever else is
//! wrong with an X.509 ends the handshake. Who a key belongs to is asked of the registry, call by call.

use std::sync::Arc;
use std::time::Duration;

use keys::{KeyId, Purpose, X509};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ResolvesServerCert, WebPkiClientVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig,
    SignatureScheme,
};

use super::tls_key::{KeptKey, ShownKey};
use crate::installation::{Installation, off_the_runtime};
use crate::problem::Problem;

/// The configuration of the extranet listener, and the key that it shows.
///
/// # Errors
/// [`Problem::Keys`] where there is no TLS key with an X.509.
pub(crate) async fn config(
    installation: &Installation,
) -> Result<(Arc<ServerConfig>, Arc<ShownKey>), Problem> {
    let authority = keys::ca::tls_ca(&installation.keys)?;
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(authority.x509()?.der().to_vec()))
        .map_err(unusable)?;
    let provider = Arc::new(ring::default_provider());
    let by_our_ca =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .allow_unauthenticated()
            .build()
            .map_err(unusable)?;
    let (own, chain) = own(installation)?;
    let key = Arc::new(ShownKey::new(open(installation, own, chain).await?));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_client_cert_verifier(Arc::new(EndedIsToldLater(by_our_ca)))
        .with_cert_resolver(Arc::clone(&key) as Arc<dyn ResolvesServerCert>);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((Arc::new(config), key))
}

/// Shows the TLS key that the key store has now; says whether that is another than before.
///
/// # Errors
/// As for [`config`]; then what was shown before is shown still.
pub(crate) async fn follow(installation: &Installation, shown: &ShownKey) -> Result<bool, Problem> {
    let (own, chain) = own(installation)?;
    if shown.shows(&chain) {
        return Ok(false);
    }
    shown.replace(open(installation, own, chain).await?);
    Ok(true)
}

/// The newest TLS key that is good, with what is shown of it.
fn own(installation: &Installation) -> Result<(KeyId, Vec<CertificateDer<'static>>), Problem> {
    let own = installation.current(Purpose::Tls)?;
    let mut chain = own.chain;
    if chain.len() == 1 {
        // One of our own: clients know the root, and are told what lies between.
        let authority = keys::ca::tls_ca(&installation.keys)?;
        chain.push(authority.x509()?.clone());
    }
    let chain = chain.iter();
    let chain = chain.map(|x509| CertificateDer::from(x509.der().to_vec()));
    Ok((own.id, chain.collect()))
}

async fn open(
    installation: &Installation,
    own: KeyId,
    chain: Vec<CertificateDer<'static>>,
) -> Result<KeptKey, Problem> {
    let (keys, log) = (
        Arc::clone(&installation.keys),
        Arc::clone(&installation.log),
    );
    off_the_runtime(move || KeptKey::open(keys, log, own, chain)).await
}

fn unusable(error: impl std::fmt::Display) -> Problem {
    Problem::Usage {
        zh: format!("TLS 无法使用：{error}"),
        en: format!("TLS cannot be used: {error}"),
    }
}

/// Lets an X.509 that has ended, or has not begun, through to where a person can read why it is refused.
#[derive(Debug)]
struct EndedIsToldLater(Arc<dyn ClientCertVerifier>);

impl ClientCertVerifier for EndedIsToldLater {
    fn offer_client_auth(&self) -> bool {
        self.0.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.0.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match self.0.verify_client_cert(end_entity, intermediates, now) {
            Err(Error::InvalidCertificate(
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. },
            )) => {
                // Everything else about it is looked at as of a moment at which it was good.
                let x509 = X509::parse(end_entity.to_vec())
                    .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
                let begun = x509.not_before().as_second().unsigned_abs() + 1;
                let then = UnixTime::since_unix_epoch(Duration::from_secs(begun));
                self.0.verify_client_cert(end_entity, intermediates, then)
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
