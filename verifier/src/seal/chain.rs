//! Chains to the anchor of a purpose, validated once and reused while their window holds.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use ring::digest::{SHA256, digest};

use crate::budget::Meter;
use crate::policy::{self, Trust};
use crate::x509::{
    ExtendedKeyUsage, KeyUsage, PathFailure, PathRequest, Purpose, Revocation, ValidPath, X509,
    validate,
};

/// What the key at the chain's end was used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Use {
    Seal,
    TimeStamp,
}

/// Chains that held: a policy has few seal and time-stamp X.509s, so few are kept.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    paths: RwLock<HashMap<Key, Arc<ValidPath>>>,
}

/// A purpose and the SHA-256 of an X.509.
type Key = (Use, [u8; 32]);

const KEPT: usize = 64;

impl Prepared {
    /// The path of that X.509, if it is known to hold at `at`.
    fn find(&self, key: Key, at: Timestamp) -> Option<Arc<ValidPath>> {
        let paths = self.paths.read().unwrap_or_else(PoisonError::into_inner);
        paths
            .get(&key)
            .filter(|path| path.window.contains(at))
            .cloned()
    }

    fn keep(&self, key: Key, path: &Arc<ValidPath>) {
        let mut paths = self.paths.write().unwrap_or_else(PoisonError::into_inner);
        if paths.len() < KEPT || paths.contains_key(&key) {
            paths.insert(key, Arc::clone(path));
        }
    }
}

/// A chain from `leaf` to an anchor of its purpose that holds at `at`, revocation looked at as the
/// trust wants it.
pub(super) fn follow(
    trust: &Trust,
    purpose: Use,
    leaf: &X509,
    offered: &[X509],
    at: Timestamp,
    meter: &mut Meter,
) -> Result<Arc<ValidPath>, PathFailure> {
    let key = (purpose, sha256(leaf.der()));
    if let Some(path) = trust.prepared.find(key, at) {
        return Ok(path);
    }
    let revocation = unless_not_run(trust, Revocation::Required);
    let path = Arc::new(search(
        trust, purpose, leaf, offered, at, revocation, meter,
    )?);
    trust.prepared.keep(key, &path);
    Ok(path)
}

/// The same for a time long past: CRLs made after the end of an X.509 speak about it too. Not kept
/// for others to reuse, who ask more strictly.
pub(super) fn follow_ended(
    trust: &Trust,
    purpose: Use,
    leaf: &X509,
    offered: &[X509],
    at: Timestamp,
    meter: &mut Meter,
) -> Result<ValidPath, PathFailure> {
    let revocation = unless_not_run(trust, Revocation::RequiredOfEnded);
    search(trust, purpose, leaf, offered, at, revocation, meter)
}

/// The same without a look at CRLs: form, signatures, validity.
pub(super) fn follow_form(
    trust: &Trust,
    purpose: Use,
    leaf: &X509,
    offered: &[X509],
    at: Timestamp,
    meter: &mut Meter,
) -> Result<ValidPath, PathFailure> {
    search(trust, purpose, leaf, offered, at, Revocation::NotRun, meter)
}

/// `wanted`, unless the trust is to do without revocation.
fn unless_not_run(trust: &Trust, wanted: Revocation) -> Revocation {
    if trust.revocation {
        wanted
    } else {
        Revocation::NotRun
    }
}

fn search(
    trust: &Trust,
    purpose: Use,
    leaf: &X509,
    offered: &[X509],
    at: Timestamp,
    revocation: Revocation,
    meter: &mut Meter,
) -> Result<ValidPath, PathFailure> {
    let anchor_purpose = match purpose {
        Use::Seal => policy::Purpose::Seal,
        Use::TimeStamp => policy::Purpose::Tsa,
    };
    let anchors: Vec<_> = trust.anchors(anchor_purpose).collect();
    // Without an anchor no chain ends anywhere, whoever signed what.
    let helpers = trust.intermediates.iter().chain(offered);
    let intermediates: Vec<_> = helpers.filter(|_| !anchors.is_empty()).collect();
    let request = PathRequest {
        leaf,
        intermediates: &intermediates,
        anchors: &anchors,
        crls: &trust.crls.iter().collect::<Vec<_>>(),
        at,
        // The extended key usages are `signer`'s and `cms`'s own rules.
        purpose: &Purpose {
            key_usage: Some(KeyUsage::DIGITAL_SIGNATURE.or(KeyUsage::NON_REPUDIATION)),
            extended_key_usage: ExtendedKeyUsage::Any,
            ..Purpose::default()
        },
        revocation,
        algorithms: &trust.algorithms,
    };
    validate(&request, meter)
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}
