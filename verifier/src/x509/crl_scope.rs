//! About which X.509s, from where, for which reasons and when one CRL speaks (RFC 5280 §6.3.3 a–d).

use jiff::Timestamp;

use super::crl::{Crl, ReasonFlags, Scope};
use super::extensions::{DistributionPoint, DistributionPointName};
use super::name::{GeneralName, Name};
use super::parse::X509;
use super::path::Window;

/// Why a CRL adds nothing.
pub(super) struct Silent {
    pub(super) why: String,
    /// It is authentic but out of date, which the older ones of its series cannot mend.
    pub(super) ended: bool,
}

impl From<&str> for Silent {
    fn from(why: &str) -> Silent {
        Silent {
            why: why.to_owned(),
            ended: false,
        }
    }
}

/// Reasons that `crl` covers through `point` (§6.3.3 d).
pub(super) fn reasons(point: &DistributionPoint, crl: &Crl) -> ReasonFlags {
    let listed = crl
        .extensions
        .scope
        .as_ref()
        .and_then(|scope| scope.only_some_reasons);
    point
        .reasons
        .unwrap_or(ReasonFlags::ALL)
        .and(listed.unwrap_or(ReasonFlags::ALL))
}

/// A point for CRLs that no distribution point names: those of the issuer itself (§6.3.3, end).
pub(super) fn implied_point(x509: &X509) -> DistributionPoint {
    let issuer = vec![GeneralName::Directory(x509.issuer().clone())];
    DistributionPoint {
        name: Some(DistributionPointName::Full(issuer)),
        reasons: None,
        crl_issuer: None,
    }
}

/// Whether the CRL speaks about `x509` through `point` (§6.3.3 b).
pub(super) fn in_scope(crl: &Crl, point: &DistributionPoint, x509: &X509) -> bool {
    let everything = Scope::default();
    let scope = crl.extensions.scope.as_ref().unwrap_or(&everything);
    let issuer_fits = match &point.crl_issuer {
        Some(names) => {
            scope.indirect && names.contains(&GeneralName::Directory(crl.issuer().clone()))
        }
        None => crl.issuer() == x509.issuer(),
    };
    let kind_fits = !(scope.only_attribute
        || scope.only_user && x509.is_ca()
        || scope.only_ca && !x509.is_ca());
    issuer_fits && kind_fits && place_fits(scope, crl.issuer(), point, x509)
}

fn place_fits(scope: &Scope, crl_issuer: &Name, point: &DistributionPoint, x509: &X509) -> bool {
    let Some(place) = &scope.name else {
        return true;
    };
    let places = full_names(place, crl_issuer);
    let wanted = match (&point.name, &point.crl_issuer) {
        (Some(name), Some(issuers)) => {
            let named = issuers.iter().find_map(|issuer| match issuer {
                GeneralName::Directory(name) => Some(name),
                _ => None,
            });
            full_names(name, named.unwrap_or(x509.issuer()))
        }
        (Some(name), None) => full_names(name, x509.issuer()),
        (None, issuers) => issuers.clone().unwrap_or_default(),
    };
    places.iter().any(|place| wanted.contains(place))
}

fn full_names(name: &DistributionPointName, issuer: &Name) -> Vec<GeneralName> {
    match name {
        DistributionPointName::Full(names) => names.clone(),
        DistributionPointName::Relative(relative) => issuer
            .with_relative(relative)
            .map(GeneralName::Directory)
            .into_iter()
            .collect(),
    }
}

/// When `crl` says "not revoked" of `x509`, if `at` is such a time; `of_ended`: also when it was
/// made after the end of `x509`.
pub(super) fn currency(
    crl: &Crl,
    x509: &X509,
    at: Timestamp,
    of_ended: bool,
) -> Result<Window, Silent> {
    let this_update = crl.this_update();
    let Some(next_update) = crl.next_update() else {
        return Err("does not say when the next one comes".into());
    };
    let from = if of_ended || this_update <= x509.not_after {
        Timestamp::MIN
    } else {
        this_update
    };
    let window = Window {
        from,
        to: next_update.max(this_update),
    };
    if window.contains(at) {
        Ok(window)
    } else if at < from {
        Err(format!("was made at {this_update}, after the X.509 ended")
            .as_str()
            .into())
    } else {
        let why = format!("was good until {next_update}, not at {at}");
        Err(Silent { why, ended: true })
    }
}

/// By one issuer and key over one scope: each speaks in place of the earlier ones.
pub(super) fn same_series(one: &Crl, other: &Crl) -> bool {
    let key = |crl: &Crl| {
        crl.extensions
            .authority_key_id
            .as_ref()
            .and_then(|id| id.key_id.clone())
    };
    one.issuer() == other.issuer()
        && one.extensions.scope == other.extensions.scope
        && key(one) == key(other)
}

/// A delta for this complete CRL or an older one, and not older than it (§5.2.4).
pub(super) fn builds_on(delta: &Crl, complete: &Crl) -> bool {
    let (theirs, ours) = (&delta.extensions, &complete.extensions);
    let follows = match (&theirs.base_number, &theirs.number, &ours.number) {
        (Some(base), Some(number), Some(complete)) => base <= complete && number >= complete,
        _ => false,
    };
    follows && theirs.unusable.is_none() && same_series(delta, complete)
}
