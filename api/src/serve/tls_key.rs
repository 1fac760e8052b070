//! The TLS key at work: opened for groups of uses that the registry has on record, refilled before they run out.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use keys::{FileKeyStore, KeyId, Purpose, Signer, Suite};
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, Signer as TlsSigner, SigningKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};

use crate::use_log::RegistryUseLog;

/// Handshakes for which uses are reserved at once, and the rest at which more are.
const GROUP: u32 = 4096;
const LOW: u32 = 1024;

/// The key that handshakes show: changed while the service runs, when its X.509 was renewed or another took its place.
pub(crate) struct ShownKey(RwLock<KeptKey>);

impl ShownKey {
    /// Shows a key.
    pub(crate) fn new(key: KeptKey) -> Self {
        Self(RwLock::new(key))
    }

    /// Whether it shows these X.509s.
    pub(crate) fn shows(&self, chain: &[CertificateDer<'static>]) -> bool {
        self.certified().cert == chain
    }

    /// Shows another from the next handshake on; connections that are open go on.
    pub(crate) fn replace(&self, key: KeptKey) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = key;
    }

    fn certified(&self) -> Arc<CertifiedKey> {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&shown.certified)
    }
}

/// A key of the store as rustls uses it.
pub(crate) struct KeptKey {
    certified: Arc<CertifiedKey>,
}

impl KeptKey {
    /// Opens the key; waits for the database, so it is called off the runtime.
    ///
    /// # Errors
    /// Those of the key store.
    pub(crate) fn open(
        keys: Arc<FileKeyStore>,
        log: Arc<RegistryUseLog>,
        id: KeyId,
        chain: Vec<CertificateDer<'static>>,
    ) -> Result<Self, keys::Error> {
        let signer = keys.signer_for_group(&id, Purpose::Tls, &*log, GROUP)?;
        let shared = Arc::new(Shared {
            keys,
            log,
            id,
            signer: RwLock::new(Arc::new(signer)),
            refilling: AtomicBool::new(false),
        });
        Ok(Self {
            certified: Arc::new(CertifiedKey::new(chain, Arc::new(Handle(shared)))),
        })
    }
}

struct Shared {
    keys: Arc<FileKeyStore>,
    log: Arc<RegistryUseLog>,
    id: KeyId,
    signer: RwLock<Arc<Signer>>,
    refilling: AtomicBool,
}

impl Shared {
    fn signer(&self) -> Arc<Signer> {
        Arc::clone(&self.signer.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reserves the next group on a thread that may wait; handshakes go on under the one before.
    fn refill_if_low(self: &Arc<Self>, left: u32) {
        if left > LOW || self.refilling.swap(true, Ordering::AcqRel) {
            return;
        }
        let shared = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let log = &*shared.log;
            match shared
                .keys
                .signer_for_group(&shared.id, Purpose::Tls, log, GROUP)
            {
                Ok(signer) => {
                    *shared
                        .signer
                        .write()
                        .unwrap_or_else(PoisonError::into_inner) = Arc::new(signer);
                }
                Err(error) => tracing::error!(%error, "no uses of the TLS key could be reserved"),
            }
            shared.refilling.store(false, Ordering::Release);
        });
    }
}

struct Handle(Arc<Shared>);

impl SigningKey for Handle {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn TlsSigner>> {
        let signer = self.0.signer();
        let wanted: &[SignatureScheme] = match signer.suite() {
            Suite::EcdsaP256Sha256 => &[SignatureScheme::ECDSA_NISTP256_SHA256],
            Suite::RsaPkcs1Sha256 => &[SignatureScheme::RSA_PKCS1_SHA256],
            Suite::Ed25519 => &[SignatureScheme::ED25519],
        };
        let scheme = *wanted.iter().find(|scheme| offered.contains(scheme))?;
        self.0.refill_if_low(signer.remaining());
        Some(Box::new(OneHandshake { signer, scheme }))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        match self.0.signer().suite() {
            Suite::EcdsaP256Sha256 => SignatureAlgorithm::ECDSA,
            Suite::RsaPkcs1Sha256 => SignatureAlgorithm::RSA,
            Suite::Ed25519 => SignatureAlgorithm::ED25519,
        }
    }
}

struct OneHandshake {
    signer: Arc<Signer>,
    scheme: SignatureScheme,
}

impl TlsSigner for OneHandshake {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.signer
            .sign(message)
            .map_err(|error| Error::General(error.to_string()))
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}

impl ResolvesServerCert for ShownKey {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.certified())
    }
}

impl fmt::Debug for ShownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShownKey")
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({})", self.0.id)
    }
}

impl fmt::Debug for OneHandshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OneHandshake({:?})", self.scheme)
    }
}
