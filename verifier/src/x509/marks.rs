//! Names and keys as numbers: they can be long, and a search for a chain holds them against each other on every path.
//!
//! The numbers mean something within one search only.

use std::collections::HashMap;

use super::name::Name;
use super::parse::X509;

/// What tells one X.509 of a search from another.
pub(super) struct Marks {
    pub(super) subject: usize,
    /// The subject that bears its issuer's name; `None` when nobody does.
    pub(super) issuer: Option<usize>,
    pub(super) key: usize,
}

/// The marks of each; every number is below their count.
pub(super) fn marks(pool: &[&X509]) -> Vec<Marks> {
    let mut names: HashMap<&Name, usize> = HashMap::new();
    let mut keys: HashMap<&[u8], usize> = HashMap::new();
    let subjects_and_keys: Vec<(usize, usize)> = pool
        .iter()
        .enumerate()
        .map(|(number, x509)| {
            let subject = *names.entry(x509.subject()).or_insert(number);
            (subject, *keys.entry(x509.spki()).or_insert(number))
        })
        .collect();
    let marks = pool.iter().zip(subjects_and_keys);
    marks
        .map(|(x509, (subject, key))| Marks {
            subject,
            issuer: names.get(x509.issuer()).copied(),
            key,
        })
        .collect()
}
