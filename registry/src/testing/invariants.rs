//! The invariants of batches, stated once and checked after every story and every fault.

use ring::digest::{SHA256, digest};

use crate::Registry;
use crate::store::invariants;

/// Says what is broken; empty when all of it holds:
///
/// - every acknowledged row has exactly one certificate, one identifier, one file, or a row error;
/// - nothing stands twice: identifiers, places in status lists, plans, files;
/// - every use of a key is accounted for: results ≤ uses ≤ reserved, and every gap is explained;
/// - every stored file opens and has the digest on record;
/// - both chains of the log are whole, and record and log tell of the same.
pub async fn check_invariants(registry: &Registry) -> Vec<String> {
    let mut broken = invariants::broken(registry.store())
        .await
        .expect("the database answers");
    for (identifier, sha256) in invariants::issued(registry.store()).await.expect("files") {
        match registry.batches().file(&identifier).await {
            Ok(bytes) if digest(&SHA256, &bytes).as_ref() == sha256 => {}
            Ok(_) => broken.push(format!("the file of {identifier} has another digest")),
            Err(error) => broken.push(format!("the file of {identifier} does not open: {error}")),
        }
    }
    let faults = registry
        .audit()
        .verify()
        .await
        .expect("the log is readable");
    broken.extend(faults.iter().map(ToString::to_string));
    let apart = registry.audit().unrecorded().await;
    let apart = apart.expect("the record is readable");
    broken.extend(apart.iter().map(ToString::to_string));
    broken
}
