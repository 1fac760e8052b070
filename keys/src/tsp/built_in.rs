//! The built-in time-stamp authority, for the demo and closed use.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};

use super::{TimeStampSource, message_imprint};
use crate::asn1::{GENERALIZED_TIME, OID, sequence, tlv, unsigned};
use crate::cms::{ID_CT_TST_INFO, SignedDataFrame};
use crate::x509::sha256;
use crate::{Error, FileKeyStore, KeyId, Misuse, Purpose, Signer, Suite, UseLog};

/// The policy under which the built-in authority stamps: 2.25 and the UUID f29e9fad-4a63-454a-9a8e-40b685c63146.
pub const TSA_POLICY_OID: &str = "2.25.322496796516219141193761611219080720710";

/// [`TSA_POLICY_OID`] as the content of a DER OBJECT IDENTIFIER.
const TSA_POLICY_OID_DER: &[u8] =
    b"\x69\x83\xe5\x9e\xcf\xeb\xa9\xa6\x9a\x95\x95\x9a\xc7\x90\x96\xe8\xae\x98\xe2\x46";

/// Accuracy { seconds 1 }: genTime is cut to whole seconds.
const ACCURACY: &[u8] = b"\x30\x03\x02\x01\x01";

/// Uses reserved at a time.
const GROUP: u32 = 10_000;

/// A time-stamp authority with a key of the store; shared by threads.
pub struct BuiltInTsa {
    store: Arc<FileKeyStore>,
    log: Arc<dyn UseLog>,
    key: KeyId,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    frame: SignedDataFrame,
    longest_token: usize,
    open: RwLock<Arc<Signer>>,
    random: SystemRandom,
}

impl BuiltInTsa {
    /// Opens the key for a first group of uses. `clock` gives the time that is stamped.
    ///
    /// # Errors
    /// [`Misuse::Purpose`] when the key is not for time-stamps, [`Misuse::NoX509`] while it has none.
    pub fn new(
        store: Arc<FileKeyStore>,
        log: Arc<dyn UseLog>,
        key: KeyId,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<BuiltInTsa, Error> {
        let signer = store.signer_for_group(&key, Purpose::TimeStamp, log.as_ref(), GROUP)?;
        let frame = SignedDataFrame::new(signer.x509()?, signer.suite(), ID_CT_TST_INFO);
        Ok(BuiltInTsa {
            longest_token: longest_token(&frame, signer.suite()),
            frame,
            open: RwLock::new(Arc::new(signer)),
            store,
            log,
            key,
            clock: Box::new(clock),
            random: SystemRandom::new(),
        })
    }

    /// Signs with the open group; when that is spent, with the next one.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        loop {
            let signer = Arc::clone(&self.open.read().unwrap_or_else(PoisonError::into_inner));
            match signer.sign(message) {
                Err(Error::Misuse(Misuse::UsesSpent(_))) => self.next_group(&signer)?,
                done => return done,
            }
        }
    }

    fn next_group(&self, spent: &Arc<Signer>) -> Result<(), Error> {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been here first.
        if Arc::ptr_eq(&open, spent) {
            let (purpose, log) = (Purpose::TimeStamp, self.log.as_ref());
            *open = Arc::new(
                self.store
                    .signer_for_group(&self.key, purpose, log, GROUP)?,
            );
            spent.settle(log);
        }
        Ok(())
    }
}

/// What is left of the open group is given back to the log.
impl Drop for BuiltInTsa {
    fn drop(&mut self) {
        let open = self.open.get_mut().unwrap_or_else(PoisonError::into_inner);
        open.settle(self.log.as_ref());
    }
}

impl TimeStampSource for BuiltInTsa {
    fn stamp(&self, sha256_of_data: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let mut serial = [0; 16];
        self.random
            .fill(&mut serial)
            .map_err(|_| Error::Crypto("random bytes"))?;
        let info = tst_info(sha256_of_data, &serial, (self.clock)());
        let attributes = self.frame.signed_attributes(&sha256(&info));
        let signature = self.sign(attributes.as_der_set())?;
        Ok(self
            .frame
            .assemble(Some(&info), &attributes, &signature, None))
    }

    fn longest_token(&self) -> usize {
        self.longest_token
    }
}

/// TSTInfo (RFC 3161 §2.4.2): version, policy, imprint, serial number, time in whole seconds, accuracy.
fn tst_info(imprint: &[u8; 32], serial: &[u8; 16], at: Timestamp) -> Vec<u8> {
    let time = at.strftime("%Y%m%d%H%M%SZ").to_string();
    sequence(&[
        &unsigned(&[1]),
        &tlv(OID, &[TSA_POLICY_OID_DER]),
        &message_imprint(imprint),
        &unsigned(serial),
        &tlv(GENERALIZED_TIME, &[time.as_bytes()]),
        ACCURACY,
    ])
}

/// The length of a token with the longest serial number and signature.
fn longest_token(frame: &SignedDataFrame, suite: Suite) -> usize {
    let info = tst_info(&[0; 32], &[0xff; 16], Timestamp::UNIX_EPOCH);
    let attributes = frame.signed_attributes(&[0; 32]);
    frame
        .assemble(
            Some(&info),
            &attributes,
            &vec![0; suite.longest_signature()],
            None,
        )
        .len()
}
