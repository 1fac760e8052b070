//! Name constraints (RFC 5280 §4.2.1.10): which names lie in a subtree, kind by kind.

use super::extensions::NameConstraints;
use super::name::GeneralName;
use super::parse::X509;
use crate::budget::{Meter, Resource};
use crate::report::Finding;

/// Why names are refused.
#[derive(Debug)]
pub(super) enum Outside {
    NotPermitted(String),
    Excluded(String),
    /// A constraint, or a name under it, whose form cannot be judged.
    Unreadable(String),
    Limit(Finding),
}

/// Work units for holding one name against one constraint.
const COMPARISON_WORK: u64 = 200;

/// Holds every name of `x509` against the constraints of the CAs above it.
pub(super) fn check(
    constraints: &[&NameConstraints],
    x509: &X509,
    meter: &mut Meter,
) -> Result<(), Outside> {
    if constraints.is_empty() {
        return Ok(());
    }
    for name in names_of(x509) {
        for constraint in constraints {
            let subtrees = constraint.permitted.len() + constraint.excluded.len();
            let work = COMPARISON_WORK * subtrees as u64;
            meter.spend(Resource::Work, work).map_err(Outside::Limit)?;
            check_one(&name, constraint)?;
        }
    }
    Ok(())
}

/// Subject, alternative names, and e-mail addresses in the subject when no alternative has one.
fn names_of(x509: &X509) -> Vec<GeneralName> {
    let mut names = x509
        .extensions
        .subject_alt_names
        .clone()
        .unwrap_or_default();
    if !names
        .iter()
        .any(|name| matches!(name, GeneralName::Email(_)))
    {
        let addresses = x509.subject().email_addresses();
        names.extend(addresses.map(|address| GeneralName::Email(address.to_owned())));
    }
    if !x509.subject().is_empty() {
        names.push(GeneralName::Directory(x509.subject().clone()));
    }
    names
}

fn check_one(name: &GeneralName, constraint: &NameConstraints) -> Result<(), Outside> {
    let shown = || format!("{name:?}");
    let same_kind = |base: &&GeneralName| base.kind() == name.kind();
    for base in constraint.excluded.iter().filter(same_kind) {
        if within(name, base, Subtree::Excluded)? {
            return Err(Outside::Excluded(shown()));
        }
    }
    let mut permitted = constraint.permitted.iter().filter(same_kind).peekable();
    if permitted.peek().is_none() {
        return Ok(());
    }
    for base in permitted {
        if within(name, base, Subtree::Permitted)? {
            return Ok(());
        }
    }
    Err(Outside::NotPermitted(shown()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Subtree {
    Permitted,
    Excluded,
}

fn within(name: &GeneralName, base: &GeneralName, subtree: Subtree) -> Result<bool, Outside> {
    let unreadable = || Outside::Unreadable(format!("{name:?} under {base:?}"));
    match (name, base) {
        (GeneralName::Directory(name), GeneralName::Directory(base)) => Ok(name.is_within(base)),
        (GeneralName::Dns(name), GeneralName::Dns(base)) => {
            dns_within(name, base, subtree).ok_or_else(unreadable)
        }
        (GeneralName::Email(name), GeneralName::Email(base)) => {
            email_within(name, base).ok_or_else(unreadable)
        }
        (GeneralName::Uri(name), GeneralName::Uri(base)) => {
            uri_within(name, base).ok_or_else(unreadable)
        }
        (GeneralName::Ip(name), GeneralName::Ip(base)) => {
            ip_within(name, base).ok_or_else(unreadable)
        }
        _ => Err(unreadable()),
    }
}

/// `None` when either is no DNS name. A wildcard stands for every name that it could match.
fn dns_within(name: &str, base: &str, subtree: Subtree) -> Option<bool> {
    if !(is_host_name(base) || base.is_empty()) {
        return None;
    }
    match name.strip_prefix("*.") {
        Some(rest) if is_host_name(rest) => {
            let may_match_inside = subtree == Subtree::Excluded && is_below(base, rest);
            Some(is_below(rest, base) || may_match_inside)
        }
        None if is_host_name(name) => Some(is_below(name, base)),
        _ => None,
    }
}

/// A whole mailbox, every address of a host, or of a domain after a leading period.
fn email_within(name: &str, base: &str) -> Option<bool> {
    let (local, host) = mailbox(name)?;
    if let Some((base_local, base_host)) = base.rsplit_once('@') {
        mailbox(base)?;
        return Some(local == base_local && host.eq_ignore_ascii_case(base_host));
    }
    host_within(host, base)
}

/// Local part and host; quoted local parts are not read.
fn mailbox(address: &str) -> Option<(&str, &str)> {
    let (local, host) = address.rsplit_once('@')?;
    let plain = !local.is_empty() && !local.contains(['@', '"', '\\', ' ']);
    (plain && is_host_name(host)).then_some((local, host))
}

/// The host of the URI; one without a host, or with an address for it, is not judged (§4.2.1.10).
fn uri_within(name: &str, base: &str) -> Option<bool> {
    let (_, rest) = name.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    is_host_name(host).then(|| host_within(host, base))?
}

/// `host` itself, or everything below `.domain`.
fn host_within(host: &str, base: &str) -> Option<bool> {
    match base.strip_prefix('.') {
        Some(domain) if is_host_name(domain) => {
            Some(is_below(host, domain) && !host.eq_ignore_ascii_case(domain))
        }
        None if is_host_name(base) => Some(host.eq_ignore_ascii_case(base)),
        _ => None,
    }
}

fn ip_within(name: &[u8], base: &[u8]) -> Option<bool> {
    if !matches!(name.len(), 4 | 16) || !matches!(base.len(), 8 | 32) {
        return None;
    }
    let (network, mask) = base.split_at(base.len() / 2);
    let bits = |octets: &[u8]| {
        octets
            .iter()
            .fold(0u128, |sum, octet| sum << 8 | u128::from(*octet))
    };
    let host_part = !bits(mask) & (u128::MAX >> (128 - 8 * mask.len()));
    if !host_part.checked_add(1).is_none_or(u128::is_power_of_two) {
        return None; // not a mask in CIDR style
    }
    let inside =
        network.len() == name.len() && bits(network) & bits(mask) == bits(name) & bits(mask);
    Some(inside)
}

/// `name` is `base` or ends in `.base`; everything lies below the empty name.
fn is_below(name: &str, base: &str) -> bool {
    if base.is_empty() {
        return true;
    }
    let Some((head, tail)) = name
        .len()
        .checked_sub(base.len())
        .and_then(|at| name.split_at_checked(at))
    else {
        return false;
    };
    tail.eq_ignore_ascii_case(base) && (head.is_empty() || head.ends_with('.'))
}

/// Preferred name syntax (RFC 1034 §3.5, RFC 1123 §2.1), which RFC 5280 §4.2.1.6 asks of a dNSName.
pub(super) fn is_host_name(name: &str) -> bool {
    let label = |label: &str| {
        let inner = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let numeric = |label: &str| label.bytes().all(|octet| octet.is_ascii_digit());
    name.len() <= 253 && name.split('.').all(label) && !name.rsplit('.').next().is_some_and(numeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_lie_within_their_domains() {
        let check = |name: &str, base: &str, expect: Option<bool>| {
            assert_eq!(
                dns_within(name, base, Subtree::Permitted),
                expect,
                "{name} in {base}"
            );
        };
        check("example.com", "example.com", Some(true));
        check("a.EXAMPLE.com", "example.com", Some(true));
        check("badexample.com", "example.com", Some(false));
        check("com", "example.com", Some(false));
        check("example.com", "", Some(true));
        check("*.example.com", "example.com", Some(true));
        check("*.example.com", "a.example.com", Some(false));
        check("example.com", ".example.com", None);
        check("a_b.example.com", "example.com", None);
        assert_eq!(
            dns_within("*.example.com", "a.example.com", Subtree::Excluded),
            Some(true)
        );
        assert_eq!(
            dns_within("*.example.org", "a.example.com", Subtree::Excluded),
            Some(false)
        );
    }

    #[test]
    fn addresses_and_uris_lie_within_hosts_and_domains() {
        assert_eq!(email_within("a@Example.com", "example.com"), Some(true));
        assert_eq!(email_within("a@b.example.com", "example.com"), Some(false));
        assert_eq!(email_within("a@b.example.com", ".example.com"), Some(true));
        assert_eq!(email_within("a@example.com", ".example.com"), Some(false));
        assert_eq!(email_within("a@example.com", "A@example.com"), Some(false));
        assert_eq!(email_within("a@b@example.com", "example.com"), None);
        assert_eq!(
            uri_within("http://a.example.com:80/x?y", ".example.com"),
            Some(true)
        );
        assert_eq!(
            uri_within("http://a.example.com@evil.org/", ".example.com"),
            Some(false)
        );
        assert_eq!(uri_within("urn:x", ".example.com"), None);
    }

    #[test]
    fn ip_addresses_lie_within_networks() {
        assert_eq!(
            ip_within(&[10, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 0, 0]),
            Some(true)
        );
        assert_eq!(
            ip_within(&[11, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 0, 0]),
            Some(false)
        );
        assert_eq!(
            ip_within(&[10, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 255, 0]),
            None
        );
        assert_eq!(ip_within(&[10, 1, 2, 3], &[0; 8]), Some(true));
        assert_eq!(ip_within(&[0; 16], &[0; 32]), Some(true));
        assert_eq!(ip_within(&[0; 16], &[0; 8]), Some(false));
        assert_eq!(ip_within(&[10, 1, 2], &[0; 8]), None);
    }
}
