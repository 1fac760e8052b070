//! Somebody who would like to pass for the centre: files that must be refused.
//!
//! Works in a throwaway key store with a log that vouches for anything. It can lay a page out as well
//! as we can; what it has not is the seal key.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};
use keys::ca::{Ca, Profile, Subject, Validity};
use keys::{
    Cost, FileKeyStore, KeyId, Lifetimes, Names, Purpose, Reservation, Suite, UseLog, UseRefused,
};
use secrecy::SecretString;
use signer::{Compiled, Document, Level, Sealer, lay_out};

use crate::clock;
use crate::installation::Installation;
use crate::problem::Problem;

/// A forger at work in a folder that is thrown away.
pub(super) struct Forger {
    keys: FileKeyStore,
    log: VouchesForAnything,
}

impl Forger {
    pub(super) fn set_up(folder: &Path) -> Result<Self, Problem> {
        let keys = FileKeyStore::create(folder, &SecretString::from("forger"), Cost::TEST)?;
        Ok(Self {
            keys,
            log: VouchesForAnything::default(),
        })
    }

    /// Sealed with a key whose X.509 is for TLS: as an agency could that misuses its own.
    pub(super) fn with_a_tls_key(
        &self,
        centre: &Installation,
        compiled: &Compiled,
        document: &Document,
    ) -> Result<Vec<u8>, Problem> {
        let id = KeyId::numbered("misused", 1);
        let now = clock::now();
        let key = self
            .keys
            .generate(&id, Purpose::Seal, Suite::EcdsaP256Sha256, now)?;
        let authority = KeyId::numbered("tls-ca", 1);
        let subject = Subject::new("望澜市民生服务局", "desk.wanglan.example")?;
        let validity = Validity {
            from: now,
            to: in_a_year(now),
        };
        let profile = Profile::Tls {
            hosts: vec!["desk.wanglan.example".to_owned()],
        };
        let issue = |signer: &keys::Signer| {
            Ca::new(signer, None)?.issue(&key.public_key, &subject, &profile, validity)
        };
        let x509 = centre
            .keys
            .with_group(&authority, Purpose::Ca, &*centre.log, 1, issue)?;
        self.keys.attach(&id, vec![x509])?;
        self.seal(&id, compiled, document)
    }

    /// Sealed by a centre of its own, with X.509s that say the same as ours.
    pub(super) fn with_its_own_centre(
        &self,
        compiled: &Compiled,
        document: &Document,
        centre_name: &str,
    ) -> Result<Vec<u8>, Problem> {
        let names = Names {
            centre: centre_name.to_owned(),
            seal: centre_name.to_owned(),
            hosts: vec!["forger.example".to_owned()],
        };
        let lifetimes = Lifetimes::default();
        let own = keys::establish(
            &self.keys,
            &names,
            &lifetimes,
            None,
            clock::now(),
            &self.log,
        )?;
        self.seal(&own.seal, compiled, document)
    }

    fn seal(
        &self,
        id: &KeyId,
        compiled: &Compiled,
        document: &Document,
    ) -> Result<Vec<u8>, Problem> {
        let reservation = self.log.next(1);
        let signer = self
            .keys
            .signer(id, Purpose::Seal, &self.log, reservation)?;
        let draft = lay_out(compiled, document)?;
        Ok(Sealer::new(&signer)?.seal(draft, Level::BB)?)
    }
}

/// The file with one digit of its number changed, where anyone can read it.
pub(super) fn tampered(file: &[u8]) -> Option<Vec<u8>> {
    const KEY: &[u8] = b"\"certificateNumber\":";
    let start = find(file, KEY)? + KEY.len();
    let digit = start + file.get(start..)?.iter().position(u8::is_ascii_digit)?;
    let mut bytes = file.to_vec();
    bytes[digit] = if bytes[digit] == b'9' {
        b'8'
    } else {
        bytes[digit] + 1
    };
    Some(bytes)
}

/// The file without its seal: the form that leads to the signature is unhooked and its fields are gone.
pub(super) fn stripped(file: &[u8]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for (key, other) in [
        (&b"/AcroForm"[..], &b"/FormGone"[..]),
        (b"/FT/Sig", b"/FT/Txt"),
        (b"/Type/Sig", b"/Type/Sgx"),
    ] {
        while let Some(at) = find(&bytes, key) {
            bytes[at..at + key.len()].copy_from_slice(other);
        }
    }
    bytes
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn in_a_year(now: Timestamp) -> Timestamp {
    now.checked_add(SignedDuration::from_hours(24 * 365))
        .unwrap_or(Timestamp::MAX)
}

/// The forger's log: nobody looks.
#[derive(Default)]
struct VouchesForAnything(AtomicU64);

impl VouchesForAnything {
    fn next(&self, uses: u32) -> Reservation {
        Reservation {
            number: self.0.fetch_add(1, Ordering::Relaxed),
            uses,
        }
    }
}

impl UseLog for VouchesForAnything {
    fn confirm(&self, _: &KeyId, _: Purpose, _: &Reservation) -> Result<(), UseRefused> {
        Ok(())
    }

    fn reserve(&self, _: &KeyId, _: Purpose, uses: u32) -> Result<Reservation, UseRefused> {
        Ok(self.next(uses))
    }

    fn settle(&self, _: &Reservation, _: u32) {}
}
