//! An opened key: signs as many messages as were reserved, then no more.

use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::PublicKeyData;
use ring::rand::SystemRandom;

use crate::suite::PrivateKey;
use crate::{Error, KeyFacts, KeyId, Misuse, Purpose, Reservation, Suite, UseLog, X509};

/// The longest message a seal key signs, in bytes. CMS signed attributes take about 170; whole files never fit.
pub const MAX_SEAL_MESSAGE: usize = 16 * 1024;

/// A private key opened under one reservation. Made only by [`crate::FileKeyStore::signer`]; shared by threads.
pub struct Signer {
    facts: KeyFacts,
    private: PrivateKey,
    reservation: Reservation,
    remaining: AtomicU32,
    random: SystemRandom,
}

impl Signer {
    pub(crate) fn new(facts: KeyFacts, private: PrivateKey, reservation: Reservation) -> Signer {
        Signer {
            facts,
            private,
            reservation,
            remaining: AtomicU32::new(reservation.uses),
            random: SystemRandom::new(),
        }
    }

    /// Signs one message under the key's suite, which hashes it, and spends one of the reserved uses.
    ///
    /// A use is spent before the key is touched: a failure may leave a reserved use without a signature, never a
    /// signature without a use. Gives DER `SEQUENCE { r, s }` for ECDSA, the modulus' length of bytes for RSA.
    ///
    /// # Errors
    /// [`Misuse::UsesSpent`]; [`Misuse::MessageTooLong`] above [`MAX_SEAL_MESSAGE`] for a seal key.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        if self.purpose() == Purpose::Seal && message.len() > MAX_SEAL_MESSAGE {
            let key = self.id().clone();
            let (length, max) = (message.len(), MAX_SEAL_MESSAGE);
            return Err(Misuse::MessageTooLong { key, length, max }.into());
        }
        self.spend()?;
        self.private.sign(message, &self.random)
    }

    /// Uses not yet spent.
    pub fn remaining(&self) -> u32 {
        self.remaining.load(Ordering::Relaxed)
    }

    /// Has the log settle what was spent; for groups, by whoever closes them.
    pub(crate) fn settle(&self, log: &dyn UseLog) {
        let spent = self.reservation.uses.saturating_sub(self.remaining());
        log.settle(&self.reservation, spent);
    }

    /// The key's name.
    pub fn id(&self) -> &KeyId {
        &self.facts.id
    }

    /// What the key is for.
    pub fn purpose(&self) -> Purpose {
        self.facts.purpose
    }

    /// How it signs.
    pub fn suite(&self) -> Suite {
        self.facts.suite
    }

    /// SubjectPublicKeyInfo in DER.
    pub fn public_key(&self) -> &[u8] {
        &self.facts.public_key
    }

    /// The X.509 of the key.
    ///
    /// # Errors
    /// [`Misuse::NoX509`] while none was issued or imported.
    pub fn x509(&self) -> Result<&X509, Error> {
        self.facts.x509()
    }

    fn spend(&self) -> Result<(), Error> {
        self.remaining
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            })
            .map(drop)
            .map_err(|_| Misuse::UsesSpent(self.id().clone()).into())
    }
}

/// Names the key; never shows it.
impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer")
            .field("id", self.id())
            .field("remaining", &self.remaining())
            .finish_non_exhaustive()
    }
}

impl PublicKeyData for Signer {
    fn der_bytes(&self) -> &[u8] {
        self.private.der_bytes()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.private.algorithm()
    }
}

/// Lets rcgen write X.509s, CRLs and CSRs with a key of the store.
impl rcgen::SigningKey for Signer {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Signer::sign(self, message).map_err(|error| {
            tracing::warn!(key = %self.id(), %error, "signing for the CA failed");
            rcgen::Error::RemoteKeyError
        })
    }
}
