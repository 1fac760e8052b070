//! The seal: from a draft to a file that the centre's key has signed, PAdES B-B or B-T (ETSI EN 319 142-1).
//!
//! The CMS is `keys::cms` with what PAdES wants of it: detached, version 1, no signing time (it stands in /M), the seal
//! X.509 inside and nothing else. Called by the batch, which reserves the key's uses first.

use keys::cms::{ID_DATA, SignedDataFrame};
use keys::{KeyFacts, Misuse, Purpose, Signer, TimeStampSource};
use ring::digest::{SHA256, digest};

use crate::{Draft, Error};

/// What is put into the file besides the signature (ETSI EN 319 142-1, 6).
#[derive(Clone, Copy)]
pub enum Level<'a> {
    /// The signature alone.
    BB,
    /// With a time-stamp over the signature, from here.
    BT(&'a dyn TimeStampSource),
}

/// Bytes to keep in /Contents for a seal of this key at this level; given to the template before the layout.
///
/// Rounded up, so that the next X.509 of the centre, if a little longer, leaves laid-out files as they are.
///
/// # Errors
/// [`keys::Error`] while the key has no X.509.
pub fn contents_reserved(key: &KeyFacts, level: Level<'_>) -> Result<usize, Error> {
    const STEP: usize = 256;
    let frame = SignedDataFrame::new(key.x509()?, key.suite, ID_DATA);
    let attributes = frame.signed_attributes(&[0; 32]);
    let signature = vec![0; key.suite.longest_signature()];
    let token = match level {
        Level::BB => None,
        Level::BT(source) => Some(vec![0; source.longest_token()]),
    };
    let cms = frame.assemble(None, &attributes, &signature, token.as_deref());
    Ok(cms.len().next_multiple_of(STEP))
}

/// Seals one draft. For many, prepare a [`Sealer`] once.
///
/// # Errors
/// As [`Sealer::new`] and [`Sealer::seal`].
pub fn seal(draft: Draft, signer: &Signer, level: Level<'_>) -> Result<Vec<u8>, Error> {
    Sealer::new(signer)?.seal(draft, level)
}

/// An opened seal key with all of the CMS that does not change from one file to the next; shared by threads.
pub struct Sealer<'a> {
    signer: &'a Signer,
    frame: SignedDataFrame,
}

impl<'a> Sealer<'a> {
    /// Prepares for seals with this key.
    ///
    /// # Errors
    /// [`keys::Misuse::Purpose`] unless it is a seal key, [`keys::Misuse::NoX509`] while it has no X.509.
    pub fn new(signer: &'a Signer) -> Result<Sealer<'a>, Error> {
        if signer.purpose() != Purpose::Seal {
            let (key, is) = (signer.id().clone(), signer.purpose());
            return Err(keys::Error::from(Misuse::Purpose {
                key,
                is,
                asked: Purpose::Seal,
            })
            .into());
        }
        let frame = SignedDataFrame::new(signer.x509()?, signer.suite(), ID_DATA);
        Ok(Sealer { signer, frame })
    }

    /// The sealed file: the draft with the CMS in /Contents, in lower-case hexadecimal, zeros behind it.
    ///
    /// # Errors
    /// [`Error::ContentsTooSmall`] when the CMS is longer than what the draft keeps for it; [`keys::Error`] when the
    /// uses are spent or the time-stamp cannot be had. A use is spent in either case.
    pub fn seal(&self, draft: Draft, level: Level<'_>) -> Result<Vec<u8>, Error> {
        let attributes = self.frame.signed_attributes(draft.digest());
        let signature = self.signer.sign(attributes.as_der_set())?;
        let token = match level {
            Level::BB => None,
            Level::BT(source) => Some(source.stamp(&sha256(&signature))?),
        };
        let cms = self
            .frame
            .assemble(None, &attributes, &signature, token.as_deref());
        write_contents(draft, &cms)
    }
}

/// The draft's gap is `<`, zeros, `>`; what the CMS does not fill stays zeros.
fn write_contents(draft: Draft, cms: &[u8]) -> Result<Vec<u8>, Error> {
    let gap = draft.contents_gap();
    let start = gap.start as usize + 1;
    let reserved = (gap.end as usize - 1 - start) / 2;
    if cms.len() > reserved {
        return Err(Error::ContentsTooSmall {
            needed: cms.len(),
            reserved,
        });
    }
    let mut bytes = draft.bytes;
    for (at, byte) in bytes[start..].chunks_exact_mut(2).zip(cms) {
        at.copy_from_slice(&HEX[usize::from(*byte)]);
    }
    Ok(bytes)
}

/// Every byte in lower-case hexadecimal.
const HEX: [[u8; 2]; 256] = {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut table = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = [DIGITS[byte >> 4], DIGITS[byte & 15]];
        byte += 1;
    }
    table
};

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

#[cfg(test)]
mod tests;
