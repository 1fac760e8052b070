//! TLS of the extranet: 1.2 and 1.3, the key from the key store, client X.509s of our own CA.
//!
//! A client without an X.509, or with one that has ended, still gets an answer: a problem that says so. Whatever else is
//! wrong with an X.509 ends the handshake. Who a key belongs to is asked of the registry, call by call.

use std::sync::Arc;
use std::time::Duration;

use keys::{Purpose, X509};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig,
    SignatureScheme,
};

use super::tls_key::KeptKey;
use crate::installation::{Installation, off_the_runtime};
use crate::problem::Problem;

/// The configuration of the extranet listener.
///
/// # Errors
/// [`Problem::Keys`] where there is no TLS key with an X.509.
pub(crate) async fn config(installation: &Installation) -> Result<Arc<ServerConfig>, Problem> {
    let own = installation.current(Purpose::Tls)?;
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
    let mut chain = own.chain.clone();
    if chain.len() == 1 {
        // One of our own: clients know the root, and are told what lies between.
        chain.push(authority.x509()?.clone());
    }
    let chain = chain.iter();
    let chain = chain
        .map(|x509| CertificateDer::from(x509.der().to_vec()))
        .collect();
    let (keys, log) = (
        Arc::clone(&installation.keys),
        Arc::clone(&installation.log),
    );
    let key = off_the_runtime(move || KeptKey::open(keys, log, own.id, chain)).await?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_client_cert_verifier(Arc::new(EndedIsToldLater(by_our_ca)))
        .with_cert_resolver(Arc::new(key));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
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
