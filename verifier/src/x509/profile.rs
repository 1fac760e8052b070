//! What RFC 5280 §4 asks of a single X.509 wherever it stands in a path.

use super::extensions::{KeyUsage, id};
use super::failure::{PathFailure, called};
use super::name::GeneralName;
use super::names_within::is_host_name;
use super::parse::X509;

/// The first rule that `x509` breaks by itself.
pub(super) fn check(x509: &X509) -> Result<(), PathFailure> {
    match broken_rule(x509) {
        Some((what, clause)) => {
            let seen = format!("{} {what}", called(x509));
            Err(PathFailure::constraint("x509.profile", seen, clause))
        }
        None => Ok(()),
    }
}

fn broken_rule(x509: &X509) -> Option<(String, &'static str)> {
    let extensions = &x509.extensions;
    if let Some(unknown) = &extensions.unknown_critical {
        return Some((
            format!("has the unknown critical extension {unknown}"),
            "RFC 5280 4.2",
        ));
    }
    let names = extensions.subject_alt_names.as_deref().unwrap_or_default();
    let may_sign = extensions
        .key_usage
        .is_some_and(|usage| usage.allows(KeyUsage::KEY_CERT_SIGN));
    let ca = x509.is_ca();
    let path_len = extensions
        .basic_constraints
        .as_ref()
        .and_then(|basic| basic.path_len);
    let broken = [
        (x509.version != 3, "is not of version 3", "RFC 5280 4.1.2.1"),
        (
            x509.issuer().is_empty(),
            "has an empty issuer",
            "RFC 5280 4.1.2.4",
        ),
        (
            ca && x509.subject().is_empty(),
            "is a CA without a name",
            "RFC 5280 4.1.2.6",
        ),
        (
            x509.subject().is_empty() && !extensions.is_critical(id::SUBJECT_ALT_NAME),
            "has no subject and no critical alternative name",
            "RFC 5280 4.2.1.6",
        ),
        (
            extensions.is_critical(id::AUTHORITY_KEY_ID),
            "marks its authority key identifier critical",
            "RFC 5280 4.2.1.1",
        ),
        (
            extensions.is_critical(id::SUBJECT_KEY_ID),
            "marks its subject key identifier critical",
            "RFC 5280 4.2.1.2",
        ),
        (
            !ca && may_sign,
            "may sign X.509s but is not a CA",
            "RFC 5280 4.2.1.3",
        ),
        (
            !ca && path_len.is_some(),
            "limits a path but is not a CA",
            "RFC 5280 4.2.1.9",
        ),
        (
            !ca && extensions.name_constraints.is_some(),
            "constrains names but is not a CA",
            "RFC 5280 4.2.1.10",
        ),
        (
            !names.iter().all(is_well_formed),
            "has an alternative name that is no such name",
            "RFC 5280 4.2.1.6",
        ),
    ];
    let found = broken.into_iter().find(|(breaks, _, _)| *breaks);
    found.map(|(_, what, clause)| (what.to_owned(), clause))
}

fn is_well_formed(name: &GeneralName) -> bool {
    match name {
        GeneralName::Dns(name) => is_host_name(name.strip_prefix("*.").unwrap_or(name)),
        GeneralName::Email(address) => address.contains('@'),
        GeneralName::Ip(octets) => matches!(octets.len(), 4 | 16),
        GeneralName::Uri(_) | GeneralName::Directory(_) | GeneralName::Other(_) => true,
    }
}
