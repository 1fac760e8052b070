//! Which rulebook applies (design §7): `issued` as soon as any SignerInfo names an X.509 that may
//! seal, verified or not; so a forger cannot choose the milder one.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::cms::ber;
use crate::cms::rules::signing_certificate::named_sha256;
use crate::cms::signed_data::{self, SignedData, SignerId, SignerInfo};
use crate::pdf::Site;
use crate::policy::{SealX509, Trust};
use crate::report::Rulebook;
use crate::x509::X509;

use super::chain::sha256;
use super::{signature, signer};

pub(super) fn choose(sites: &[Site], trust: &Trust) -> Rulebook {
    let seals = trust.seals().map(Seals::of);
    let issued = sites
        .iter()
        .filter_map(|site| site.cms.as_deref())
        .any(|cms| names_seal(cms, seals.as_ref(), trust));
    if issued {
        Rulebook::Issued
    } else {
        Rulebook::Foreign
    }
}

fn names_seal(cms: &[u8], seals: Option<&Seals<'_>>, trust: &Trust) -> bool {
    // What cannot be read names nobody, and fails under either rulebook.
    let der = match cms {
        [_, 0x80, ..] => ber::to_definite(cms).map(Cow::Owned),
        _ => Ok(Cow::Borrowed(cms)),
    };
    let Ok(der) = der else { return false };
    let Ok(signed) = signed_data::parse(&der) else {
        return false;
    };
    match seals {
        Some(seals) => seals.named_by(&signed),
        None => signed
            .x509s
            .iter()
            .any(|der| X509::parse(der).is_ok_and(|x509| signer::bears_our_marks(&x509, trust))),
    }
}

/// The X.509s that may seal, by each of the ways in which a signature can name one: a policy may have many, and a
/// signature may enclose many.
struct Seals<'p> {
    digests: HashSet<[u8; 32]>,
    /// Issuer and serial number.
    issued: HashSet<(&'p [u8], &'p [u8])>,
    key_ids: HashSet<&'p [u8]>,
}

impl<'p> Seals<'p> {
    fn of(seals: &'p [SealX509]) -> Self {
        let x509s = || seals.iter().filter_map(|seal| seal.x509.as_ref());
        let issued = x509s().filter_map(|x509| signature::issuer_and_serial(x509.der()).ok());
        Seals {
            digests: seals.iter().map(|seal| seal.sha256).collect(),
            issued: issued.collect(),
            key_ids: x509s().filter_map(X509::subject_key_id).collect(),
        }
    }

    fn named_by(&self, signed: &SignedData<'_>) -> bool {
        let mut x509s = signed.x509s.iter();
        x509s.any(|der| self.digests.contains(&sha256(der)))
            || signed.signers.iter().any(|signer| self.named(signer))
    }

    fn named(&self, signer: &SignerInfo<'_>) -> bool {
        let by_hash = named_sha256(signer).is_some_and(|hash| self.digests.contains(hash));
        by_hash
            || match signer.id {
                SignerId::IssuerAndSerial { issuer, serial } => {
                    self.issued.contains(&(issuer, serial))
                }
                SignerId::KeyIdentifier(id) => self.key_ids.contains(id),
            }
    }
}
