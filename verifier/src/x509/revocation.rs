//! RFC 5280 §6.3: what the CRLs at hand say about one X.509 of a chain at a time.
//!
//! A CRL made after the time asked about still speaks about it, by its revocation dates, as long
//! as it was made within the X.509's validity; entries may leave a CRL after that (§3.3).

use jiff::{SignedDuration, Timestamp};

use super::crl::{Crl, Entry, Reason, ReasonFlags, Scope};
use super::extensions::{DistributionPoint, DistributionPointName, KeyUsage};
use super::failure::{PathFailure, Rank, called};
use super::name::{GeneralName, Name};
use super::parse::X509;
use super::path::{Answer, CrlUsed, Goal, Purpose, Search, Window};
use crate::budget::PUBLIC_KEY_WORK;
use crate::report::SubIndication;

/// What is known about one X.509.
pub(super) enum Status {
    /// Not revoked, by these CRLs, within this window.
    Good {
        window: Window,
        crls: Vec<CrlUsed>,
    },
    Revoked {
        since: Timestamp,
        reason: Reason,
    },
    /// No CRL decides; why not.
    Unknown(String),
}

/// CRL issuers whose status needs another CRL issuer, and so on: more levels than any real PKI has.
const MAX_CRL_ISSUERS: usize = 4;
/// Work units for holding one CRL against one distribution point.
const MATCH_WORK: u64 = 500;

impl Status {
    /// Adds this status to what is known of the chain, or says why the chain does not hold.
    pub(super) fn into_answer(
        self,
        so_far: Answer,
        x509: &X509,
        leaf: bool,
    ) -> Result<Answer, PathFailure> {
        const CLAUSE: &str = "RFC 5280 6.3.3";
        let fail = |code, sub_indication, seen| {
            Err(PathFailure::new(
                Rank::Revocation,
                code,
                sub_indication,
                seen,
                CLAUSE,
            ))
        };
        match self {
            Status::Good { window, crls } => Ok(Answer {
                window: so_far.window.and(window),
                crls: [so_far.crls, crls].concat(),
            }),
            Status::Unknown(why) => {
                let seen = format!(
                    "whether the {} is revoked is not known: {why}",
                    called(x509)
                );
                fail("revocation.not_known", SubIndication::TryLater, seen)
            }
            Status::Revoked {
                since,
                reason: Reason::CERTIFICATE_HOLD,
            } => {
                let seen = format!("the {} is on hold since {since}", called(x509));
                fail("revocation.on_hold", SubIndication::TryLater, seen)
            }
            Status::Revoked { since, reason } => {
                let reason = reason.name();
                let seen = format!("the {} is revoked since {since} ({reason})", called(x509));
                let (code, sub_indication) = match leaf {
                    true => ("revocation.revoked", SubIndication::RevokedNoPoe),
                    false => ("revocation.ca_revoked", SubIndication::RevokedCaNoPoe),
                };
                let mut failure =
                    PathFailure::new(Rank::Revocation, code, sub_indication, seen, CLAUSE);
                failure.revoked_since = Some(since);
                Err(failure)
            }
        }
    }
}

/// What one complete CRL, with its delta, adds.
struct Said {
    reasons: ReasonFlags,
    entry: Option<Entry>,
    window: Window,
    used: Vec<CrlUsed>,
}

impl Search<'_, '_> {
    /// Status of `node` at `at`; `ancestors`, anchor first, are already known to hold.
    pub(super) fn status(
        &mut self,
        node: usize,
        ancestors: &[usize],
        at: Timestamp,
    ) -> Result<Status, PathFailure> {
        let x509 = self.pool[node];
        let mut points = x509.extensions.distribution_points.clone();
        points.push(implied_point(x509));
        let crls = self.crls;
        let mut newest: Vec<usize> = (0..crls.len()).filter(|at| !crls[*at].is_delta()).collect();
        newest.sort_by_key(|at| std::cmp::Reverse(crls[*at].this_update()));

        let mut covered = ReasonFlags::NONE;
        let mut window = Window::ALWAYS;
        let mut used = Vec::new();
        let mut why = "no CRL for it is at hand".to_owned();
        for point in &points {
            for &crl in &newest {
                self.spend(MATCH_WORK)?;
                let reasons = reasons(point, crls[crl]);
                if covered.contains(reasons) || !in_scope(crls[crl], point, x509) {
                    continue;
                }
                let said = match self.consult(crl, point, x509, ancestors, at)? {
                    Ok(said) => said,
                    Err(unusable) => {
                        let issuer = crls[crl].issuer();
                        why = format!("the CRL of \"{issuer}\" {unusable}");
                        continue;
                    }
                };
                window = window.and(said.window);
                match said.entry {
                    Some(Entry { since, reason, .. }) if since <= at => {
                        return Ok(Status::Revoked { since, reason });
                    }
                    // Revoked later: the answer holds until then.
                    Some(entry) => window.to = window.to.min(just_before(entry.since)),
                    None => {}
                }
                covered = covered.or(said.reasons);
                used.extend(said.used);
                if covered.contains(ReasonFlags::ALL) {
                    return Ok(Status::Good { window, crls: used });
                }
            }
        }
        if covered != ReasonFlags::NONE {
            why = "the CRLs at hand leave some reasons out".to_owned();
        }
        Ok(Status::Unknown(why))
    }

    /// Authenticates one CRL (and a delta on top) and reads what it says; or why it says nothing.
    fn consult(
        &mut self,
        crl: usize,
        point: &DistributionPoint,
        x509: &X509,
        ancestors: &[usize],
        at: Timestamp,
    ) -> Result<Result<Said, String>, PathFailure> {
        let complete = self.crls[crl];
        if let Some(unusable) = complete.extensions.unusable {
            return Ok(Err(unusable.to_owned()));
        }
        let mut window = match currency(complete, x509, at) {
            Ok(window) => window,
            Err(stale) => return Ok(Err(stale)),
        };
        let (signer, issuer_window) = match self.signer(crl, point, ancestors, at)? {
            Ok(signer) => signer,
            Err(unsigned) => return Ok(Err(unsigned)),
        };
        window = window.and(issuer_window);
        let mut used = vec![used_crl(complete)];
        let mut entry = worst(complete.entries(x509.serial(), x509.issuer()));
        if let Some((delta, delta_window)) = self.delta(crl, signer, x509, at)? {
            used.push(used_crl(delta));
            window = window.and(delta_window);
            match worst(delta.entries(x509.serial(), x509.issuer())) {
                // Off hold again, from the delta on (§6.3.3 k).
                Some(Entry {
                    reason: Reason::REMOVE_FROM_CRL,
                    ..
                }) => {
                    if delta.this_update() <= at {
                        entry = None;
                        window.from = window.from.max(delta.this_update());
                    }
                }
                Some(newer) => entry = Some(newer),
                None => {}
            }
        }
        let entry = entry.filter(|entry| entry.reason != Reason::REMOVE_FROM_CRL);
        Ok(Ok(Said {
            reasons: reasons(point, complete),
            entry,
            window,
            used,
        }))
    }

    /// Who signed the CRL: a CA above the X.509, or a CRL issuer with a chain to the same anchor
    /// (§6.3.3 f, g). With it the time in which that one may speak.
    fn signer(
        &mut self,
        crl: usize,
        point: &DistributionPoint,
        ancestors: &[usize],
        at: Timestamp,
    ) -> Result<Result<(usize, Window), String>, PathFailure> {
        let issuer = self.crls[crl].issuer();
        let named = |node: &usize| self.pool[*node].subject() == issuer;
        let above: Vec<usize> = ancestors.iter().copied().filter(named).collect();
        let beside: Vec<usize> = (1..self.pool.len())
            .filter(named)
            .filter(|node| {
                !above
                    .iter()
                    .any(|known| self.pool[*known] == self.pool[*node])
            })
            .collect();
        let mut why = "is signed by nobody at hand".to_owned();
        for (node, is_above) in above
            .iter()
            .map(|node| (*node, true))
            .chain(beside.iter().map(|node| (*node, false)))
        {
            let usage = self.pool[node].extensions.key_usage;
            if !usage.is_none_or(|usage| usage.allows(KeyUsage::CRL_SIGN)) {
                why = "comes from a key that may not sign CRLs".to_owned();
                continue;
            }
            if !self.signed_by(crl, node)? {
                why = "has a signature that does not fit, or of an algorithm that does not count"
                    .to_owned();
                continue;
            }
            if is_above {
                return Ok(Ok((node, Window::ALWAYS)));
            }
            match self.crl_issuer_window(crl, node, point, ancestors[0], at)? {
                Ok(window) => return Ok(Ok((node, window))),
                Err(failure) => why = failure,
            }
        }
        Ok(Err(why))
    }

    /// Whether a CRL issuer beside the path holds, and when. It is judged at the time it spoke,
    /// where that is later than `at`.
    fn crl_issuer_window(
        &mut self,
        crl: usize,
        node: usize,
        point: &DistributionPoint,
        anchor: usize,
        at: Timestamp,
    ) -> Result<Result<Window, String>, PathFailure> {
        if self.crl_issuers.contains(&node) {
            // It speaks about itself. That counts where the CA says so by naming it (§4.2.1.13).
            return Ok(match point.crl_issuer {
                Some(_) => Ok(Window::ALWAYS),
                None => Err("is signed by the key whose own state is in question".to_owned()),
            });
        }
        if self.crl_issuers.len() >= MAX_CRL_ISSUERS {
            return Ok(Err(
                "comes from a CRL issuer that needs too many others".to_owned()
            ));
        }
        let this_update = self.crls[crl].this_update();
        let purpose = Purpose {
            key_usage: Some(KeyUsage::CRL_SIGN),
            ..Purpose::default()
        };
        let goal = Goal {
            purpose: &purpose,
            anchor: Some(anchor),
            at: at.max(this_update),
        };
        self.crl_issuers.push(node);
        let found = self.find(node, &goal);
        self.crl_issuers.pop();
        match found {
            Ok((_, Answer { mut window, .. })) => {
                if window.from <= this_update {
                    window.from = Timestamp::MIN; // judged at this_update for every earlier time
                }
                Ok(Ok(window))
            }
            Err(failure) if failure.rank == Rank::Stopped => Err(failure),
            Err(failure) => Ok(Err(format!(
                "comes from an issuer that does not hold: {}",
                failure.finding.seen
            ))),
        }
    }

    fn signed_by(&mut self, crl: usize, node: usize) -> Result<bool, PathFailure> {
        if let Some(known) = self.crl_signatures.get(&(crl, node)) {
            return Ok(known.is_ok());
        }
        self.spend(PUBLIC_KEY_WORK)?;
        let outcome = self.crls[crl]
            .verify_by(self.pool[node].spki(), self.algorithms)
            .map(drop);
        let fits = outcome.is_ok();
        self.crl_signatures.insert((crl, node), outcome);
        Ok(fits)
    }

    /// The newest current delta that builds on `crl` (§5.2.4, §6.3.3 c, h).
    fn delta(
        &mut self,
        crl: usize,
        signer: usize,
        x509: &X509,
        at: Timestamp,
    ) -> Result<Option<(&'_ Crl, Window)>, PathFailure> {
        let (crls, complete) = (self.crls, self.crls[crl]);
        let mut deltas: Vec<usize> = (0..crls.len())
            .filter(|delta| builds_on(crls[*delta], complete))
            .collect();
        deltas.sort_by_key(|delta| std::cmp::Reverse(crls[*delta].this_update()));
        for delta in deltas {
            let Ok(window) = currency(crls[delta], x509, at) else {
                continue;
            };
            if self.signed_by(delta, signer)? {
                return Ok(Some((crls[delta], window)));
            }
        }
        Ok(None)
    }
}

/// Reasons that `crl` covers through `point` (§6.3.3 d).
fn reasons(point: &DistributionPoint, crl: &Crl) -> ReasonFlags {
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
fn implied_point(x509: &X509) -> DistributionPoint {
    let issuer = vec![GeneralName::Directory(x509.issuer().clone())];
    DistributionPoint {
        name: Some(DistributionPointName::Full(issuer)),
        reasons: None,
        crl_issuer: None,
    }
}

/// Whether the CRL speaks about `x509` through `point` (§6.3.3 b).
fn in_scope(crl: &Crl, point: &DistributionPoint, x509: &X509) -> bool {
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

/// When `crl` speaks about `x509`, if `at` is such a time.
fn currency(crl: &Crl, x509: &X509, at: Timestamp) -> Result<Window, String> {
    let this_update = crl.this_update();
    let Some(next_update) = crl.next_update() else {
        return Err("does not say when the next one comes".to_owned());
    };
    let from = if this_update <= x509.not_after {
        Timestamp::MIN
    } else {
        this_update
    };
    let window = Window {
        from,
        to: next_update.max(this_update),
    };
    match window.contains(at) {
        true => Ok(window),
        false if at < from => Err(format!("was made at {this_update}, after the X.509 ended")),
        false => Err(format!("was good until {next_update}, not at {at}")),
    }
}

/// A delta over the same scope, by the same key, for this complete CRL or an older one (§5.2.4).
fn builds_on(delta: &Crl, complete: &Crl) -> bool {
    let (theirs, ours) = (&delta.extensions, &complete.extensions);
    let key = |crl: &Crl| {
        crl.extensions
            .authority_key_id
            .as_ref()
            .and_then(|id| id.key_id.clone())
    };
    let follows = match (&theirs.base_number, &theirs.number, &ours.number) {
        (Some(base), Some(number), Some(complete)) => base <= complete && number >= complete,
        _ => false,
    };
    follows
        && theirs.unusable.is_none()
        && delta.issuer() == complete.issuer()
        && theirs.scope == ours.scope
        && key(delta) == key(complete)
}

/// Of several entries for one X.509 the earliest; one that takes back a hold comes last.
fn worst<'e>(entries: impl Iterator<Item = &'e Entry>) -> Option<Entry> {
    entries
        .min_by_key(|e| (e.reason == Reason::REMOVE_FROM_CRL, e.since))
        .cloned()
}

fn just_before(instant: Timestamp) -> Timestamp {
    instant
        .checked_sub(SignedDuration::from_secs(1))
        .unwrap_or(Timestamp::MIN)
}

fn used_crl(crl: &Crl) -> CrlUsed {
    let digest = ring::digest::digest(&ring::digest::SHA256, crl.der());
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(digest.as_ref());
    CrlUsed {
        sha256,
        issuer: crl.issuer().to_string(),
        this_update: crl.this_update(),
        next_update: crl.next_update(),
    }
}
