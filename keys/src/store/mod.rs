//! The file key store: a folder with one sealed file a key, unlocked once with one passphrase.
//! It holds no decrypted key: each is deciphered for one reservation and lives in its [`Signer`].
//! Called by `api` (`init`, `keys …`) and whatever signs.

mod durable;
mod envelope;
mod exchange;
mod lock;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rcgen::PublicKeyData;
use ring::rand::SystemRandom;
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::suite::PrivateKey;
use crate::{Error, KeyId, Misuse, Purpose, Reservation, Sentence, Signer, Suite, UseLog, X509};
use envelope::Envelope;
pub use lock::Cost;
use lock::Master;

/// What may be known of a key without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    /// Its name.
    pub id: KeyId,
    /// What it is for.
    pub purpose: Purpose,
    /// How it signs.
    pub suite: Suite,
    /// When it was made or imported.
    pub created: Timestamp,
    /// From when on it signs no more.
    pub retired: Option<Timestamp>,
    /// SubjectPublicKeyInfo in DER.
    pub public_key: Vec<u8>,
    /// Its X.509 and, of an outside CA, the issuers above it; empty until issued.
    pub chain: Vec<X509>,
    /// Earlier X.509s of the same key with their issuers, the oldest first: what was sealed under
    /// them is still verified by them.
    pub former: Vec<Vec<X509>>,
}

impl KeyFacts {
    /// The key's own X.509.
    ///
    /// # Errors
    /// [`Misuse::NoX509`] while none was issued or imported.
    pub fn x509(&self) -> Result<&X509, Error> {
        self.chain
            .first()
            .ok_or_else(|| Misuse::NoX509(self.id.clone()).into())
    }

    /// All X.509s the key ever had, each with its issuers; the oldest first.
    pub fn chains(&self) -> impl Iterator<Item = &[X509]> {
        let all = self.former.iter().chain(std::iter::once(&self.chain));
        all.map(Vec::as_slice).filter(|chain| !chain.is_empty())
    }
}

/// An unlocked key store.
pub struct FileKeyStore {
    dir: PathBuf,
    master: Master,
    random: SystemRandom,
}

impl FileKeyStore {
    /// Makes a new, empty store in `dir` (made with mode 0700 when missing).
    ///
    /// # Errors
    /// [`Error::Exists`] when a store is there; [`Error::Argument`] for an empty passphrase.
    pub fn create(
        dir: &Path,
        passphrase: &SecretString,
        cost: Cost,
    ) -> Result<FileKeyStore, Error> {
        let random = SystemRandom::new();
        durable::create_folder(dir)?;
        let master = lock::create(&dir.join(lock::FILE), passphrase, cost, &random)?;
        Ok(FileKeyStore {
            dir: dir.to_owned(),
            master,
            random,
        })
    }

    /// Unlocks the store in `dir`: one run of Argon2id, the only one in the life of the process.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`], told apart from [`Error::Damaged`].
    pub fn open(dir: &Path, passphrase: &SecretString) -> Result<FileKeyStore, Error> {
        let master = lock::open(&dir.join(lock::FILE), passphrase)?;
        Ok(FileKeyStore {
            dir: dir.to_owned(),
            master,
            random: SystemRandom::new(),
        })
    }

    /// A secret of 32 bytes that follows from the passphrase and `label`, for what lies outside this store but must
    /// open with it: the keys of the registry's records.
    ///
    /// # Errors
    /// [`Error::Crypto`] when the key derivation fails.
    pub fn derived_secret(&self, label: &str) -> Result<Zeroizing<[u8; 32]>, Error> {
        self.master.subkey(&format!("derived {label}"))
    }

    /// Makes a key in the store. RSA keys cannot be made, see [`FileKeyStore::import`].
    ///
    /// # Errors
    /// [`Error::Exists`] when the name is taken.
    pub fn generate(
        &self,
        id: &KeyId,
        purpose: Purpose,
        suite: Suite,
        created: Timestamp,
    ) -> Result<KeyFacts, Error> {
        let pkcs8 = PrivateKey::generate(suite, &self.random)?;
        self.keep_new(id, purpose, suite, &pkcs8, created)
    }

    /// Imports an RSA-2048, RSA-3072 or P-256 private key: PKCS#8 in PEM or DER, encrypted (PBES2) when a passphrase
    /// is given for it.
    ///
    /// # Errors
    /// [`Error::ImportedKey`] says what is wrong with the key; [`Error::Exists`] when the name is taken.
    pub fn import(
        &self,
        id: &KeyId,
        purpose: Purpose,
        material: &[u8],
        passphrase: Option<&SecretString>,
        created: Timestamp,
    ) -> Result<KeyFacts, Error> {
        let (suite, pkcs8) = exchange::read(material, passphrase)?;
        self.keep_new(id, purpose, suite, &pkcs8, created)
    }

    /// The facts of one key.
    ///
    /// # Errors
    /// [`Error::UnknownKey`]; [`Error::Damaged`] when its file was altered.
    pub fn facts(&self, id: &KeyId) -> Result<KeyFacts, Error> {
        Ok(self.read(id)?.facts)
    }

    /// The facts of all keys, by name.
    pub fn list(&self) -> Result<Vec<KeyFacts>, Error> {
        let mut ids: Vec<KeyId> = durable::names(&self.dir)?
            .iter()
            .filter_map(|name| name.strip_suffix(envelope::SUFFIX)?.parse().ok())
            .collect();
        ids.sort();
        ids.iter().map(|id| self.facts(id)).collect()
    }

    /// Stores the X.509 of a key, followed by those of its issuers where an outside CA made it. An
    /// earlier one of the key is kept beside it.
    ///
    /// # Errors
    /// [`Error::X509`] when the first is not for this key.
    pub fn attach(&self, id: &KeyId, chain: Vec<X509>) -> Result<KeyFacts, Error> {
        let mut envelope = self.read(id)?;
        if chain
            .first()
            .is_none_or(|x509| x509.public_key() != envelope.facts.public_key)
        {
            return Err(Error::X509(Sentence::new(
                format!("所含公钥不是 {id} 的公钥"),
                format!("the X.509 holds another public key than {id}"),
            )));
        }
        let facts = &mut envelope.facts;
        let before = std::mem::replace(&mut facts.chain, chain);
        facts.former.push(before);
        let now = facts.chain.first();
        facts
            .former
            .retain(|earlier| earlier.first().is_some_and(|x509| Some(x509) != now));
        self.rewrite(envelope)
    }

    /// Retires a key: it signs no more; its file and X.509 stay.
    pub fn retire(&self, id: &KeyId, at: Timestamp) -> Result<KeyFacts, Error> {
        let mut envelope = self.read(id)?;
        envelope.facts.retired.get_or_insert(at);
        self.rewrite(envelope)
    }

    /// Opens a key for the uses of one reservation.
    ///
    /// # Errors
    /// [`Misuse::Purpose`], [`Misuse::Retired`]; [`Error::Log`] when the log does not vouch for the reservation.
    pub fn signer(
        &self,
        id: &KeyId,
        purpose: Purpose,
        log: &dyn UseLog,
        reservation: Reservation,
    ) -> Result<Signer, Error> {
        let (facts, pkcs8) = self.unseal(id, purpose, log, &reservation)?;
        let private = PrivateKey::from_pkcs8(facts.suite, &pkcs8, &self.random).map_err(|_| {
            Error::damaged(
                &self.path(id),
                ("其中的密钥有误", "the key inside is malformed"),
            )
        })?;
        Ok(Signer::new(facts, private, reservation))
    }

    /// Reserves uses, opens the key for `work`, and has the log settle what that spent; for keys whose uses have no
    /// plan.
    pub fn with_group<T, E: From<Error>>(
        &self,
        id: &KeyId,
        purpose: Purpose,
        log: &dyn UseLog,
        uses: u32,
        work: impl FnOnce(&Signer) -> Result<T, E>,
    ) -> Result<T, E> {
        let signer = self.signer_for_group(id, purpose, log, uses)?;
        let done = work(&signer);
        signer.settle(log);
        done
    }

    /// The same for whoever keeps the key open; what it spent is not settled when it is dropped.
    pub fn signer_for_group(
        &self,
        id: &KeyId,
        purpose: Purpose,
        log: &dyn UseLog,
        uses: u32,
    ) -> Result<Signer, Error> {
        let reservation = log.reserve(id, purpose, uses)?;
        let opened = self.signer(id, purpose, log, reservation);
        if opened.is_err() {
            log.settle(&reservation, 0);
        }
        opened
    }

    /// The private key as encrypted PKCS#8 in PEM (PBES2: PBKDF2-HMAC-SHA-256, AES-256-CBC) under a passphrase of its
    /// own. Opens the key, so it takes a reservation too.
    pub fn export(
        &self,
        id: &KeyId,
        purpose: Purpose,
        log: &dyn UseLog,
        reservation: Reservation,
        passphrase: &SecretString,
    ) -> Result<Zeroizing<String>, Error> {
        let (_, pkcs8) = self.unseal(id, purpose, log, &reservation)?;
        exchange::write(&pkcs8, passphrase, &self.random)
    }

    fn keep_new(
        &self,
        id: &KeyId,
        purpose: Purpose,
        suite: Suite,
        pkcs8: &[u8],
        created: Timestamp,
    ) -> Result<KeyFacts, Error> {
        // CMS would want SHA-512 with it (RFC 8419), viewers do not know it: no seals, no X.509s.
        if suite == Suite::Ed25519 && purpose != Purpose::Checkpoint {
            return Err(Error::argument(
                format!("ed25519 只用于审计检查点，不能用于{}", purpose.zh()),
                format!("ed25519 is for checkpoints, not for {purpose}"),
            ));
        }
        let private =
            PrivateKey::from_pkcs8(suite, pkcs8, &self.random).map_err(Error::ImportedKey)?;
        let facts = KeyFacts {
            id: id.clone(),
            purpose,
            suite,
            created,
            retired: None,
            public_key: private.subject_public_key_info(),
            chain: Vec::new(),
            former: Vec::new(),
        };
        let envelope = Envelope::seal(facts, pkcs8, &self.master, &self.random)?;
        durable::write_new(&self.path(id), &envelope.encode(&self.master)?)?;
        Ok(envelope.facts)
    }

    /// The only place where a private key is deciphered: right purpose, not retired, vouched for by the log.
    fn unseal(
        &self,
        id: &KeyId,
        purpose: Purpose,
        log: &dyn UseLog,
        reservation: &Reservation,
    ) -> Result<(KeyFacts, Zeroizing<Vec<u8>>), Error> {
        let envelope = self.read(id)?;
        let is = envelope.facts.purpose;
        if is != purpose {
            return Err(Misuse::Purpose {
                key: id.clone(),
                is,
                asked: purpose,
            }
            .into());
        }
        if envelope.facts.retired.is_some() {
            return Err(Misuse::Retired(id.clone()).into());
        }
        log.confirm(id, purpose, reservation)?;
        let pkcs8 = envelope.unseal(&self.master).ok_or_else(|| {
            Error::damaged(
                &self.path(id),
                ("加密的密钥打不开", "the sealed key does not open"),
            )
        })?;
        Ok((envelope.facts, pkcs8))
    }

    fn read(&self, id: &KeyId) -> Result<Envelope, Error> {
        let path = self.path(id);
        let bytes = std::fs::read(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::UnknownKey(id.clone()),
            _ => Error::disk("read", &path)(error),
        })?;
        let envelope =
            Envelope::decode(&bytes, &self.master).map_err(|why| Error::damaged(&path, why))?;
        if envelope.facts.id != *id {
            return Err(Error::damaged(
                &path,
                ("其中是另一名称的密钥", "it holds the key of another name"),
            ));
        }
        Ok(envelope)
    }

    fn rewrite(&self, envelope: Envelope) -> Result<KeyFacts, Error> {
        let path = self.path(&envelope.facts.id);
        durable::replace(&path, &envelope.encode(&self.master)?)?;
        Ok(envelope.facts)
    }

    fn path(&self, id: &KeyId) -> PathBuf {
        self.dir.join(format!("{id}{}", envelope::SUFFIX))
    }
}

#[cfg(test)]
mod tests;
