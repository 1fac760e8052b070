//! Which rulebook applies (design §7): `issued` as soon as any SignerInfo names an X.509 that may
//! seal, verified or not; so a forger cannot choose the milder one.

use std::borrow::Cow;

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
    let issued = sites
        .iter()
        .filter_map(|site| site.cms.as_deref())
        .any(|cms| names_seal(cms, trust));
    if issued {
        Rulebook::Issued
    } else {
        Rulebook::Foreign
    }
}

fn names_seal(cms: &[u8], trust: &Trust) -> bool {
    // What cannot be read names nobody, and fails under either rulebook.
    let der = match cms {
        [_, 0x80, ..] => ber::to_definite(cms).map(Cow::Owned),
        _ => Ok(Cow::Borrowed(cms)),
    };
    let Ok(der) = der else { return false };
    let Ok(signed) = signed_data::parse(&der) else {
        return false;
    };
    match trust.seals() {
        Some(seals) => seals.iter().any(|seal| names(seal, &signed)),
        None => signed
            .x509s
            .iter()
            .any(|der| X509::parse(der).is_ok_and(|x509| signer::bears_our_marks(&x509, trust))),
    }
}

fn names(seal: &SealX509, signed: &SignedData<'_>) -> bool {
    let encloses = signed.x509s.iter().any(|der| sha256(der) == seal.sha256);
    encloses
        || signed
            .signers
            .iter()
            .any(|signer| signer_names(seal, signer))
}

fn signer_names(seal: &SealX509, signer: &SignerInfo<'_>) -> bool {
    let by_hash = named_sha256(signer).is_some_and(|hash| hash == seal.sha256);
    let by_id = seal.x509.as_ref().is_some_and(|x509| match signer.id {
        SignerId::IssuerAndSerial { issuer, serial } => {
            signature::issuer_and_serial(x509.der()).is_ok_and(|of| of == (issuer, serial))
        }
        SignerId::KeyIdentifier(id) => x509.subject_key_id() == Some(id),
    });
    by_hash || by_id
}
