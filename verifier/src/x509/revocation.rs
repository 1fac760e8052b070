//! RFC 5280 §6.3: what the CRLs at hand say about one X.509 of a chain at a time.
//!
//! A CRL made after the time asked about still speaks about it, by its revocation dates, as long
//! as it was made within the X.509's validity; entries may leave a CRL after that (§3.3). Any
//! authentic CRL can say "revoked"; only a current one, the newest of its series, "not revoked".

use jiff::{SignedDuration, Timestamp};

use super::crl::{Crl, Entry, Reason, ReasonFlags};
use super::crl_scope::{
    Silent, builds_on, currency, implied_point, in_scope, reasons, same_series,
};
use super::extensions::{DistributionPoint, KeyUsage};
use super::failure::{PathFailure, Rank, called};
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
    pub(super) fn add_to(
        self,
        answer: &mut Answer,
        x509: &X509,
        leaf: bool,
    ) -> Result<(), PathFailure> {
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
            Status::Good { window, crls } => {
                answer.window = answer.window.and(window);
                answer.crls.extend(crls);
                Ok(())
            }
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
    /// Reasons for which the X.509 is not revoked unless `entry` says so.
    reasons: ReasonFlags,
    entry: Option<Entry>,
    window: Window,
    used: Vec<CrlUsed>,
}

impl Search<'_, '_> {
    /// Status of `node` at `at`; `ancestors` are those above it, anchor first.
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
        let mut ended: Vec<usize> = Vec::new();
        let mut why = "no CRL for it is at hand".to_owned();
        for point in &points {
            for &crl in &newest {
                self.spend(MATCH_WORK)?;
                let reasons = reasons(point, crls[crl]);
                let outdated = ended
                    .iter()
                    .any(|newer| same_series(crls[*newer], crls[crl]));
                if outdated || covered.contains(reasons) || !in_scope(crls[crl], point, x509) {
                    continue;
                }
                let said = match self.consult(crl, point, x509, ancestors, at)? {
                    Ok(said) => said,
                    Err(silent) => {
                        why = format!("the CRL of \"{}\" {}", crls[crl].issuer(), silent.why);
                        ended.extend(silent.ended.then_some(crl));
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
    ) -> Result<Result<Said, Silent>, PathFailure> {
        let (complete, of_ended) = (self.crls[crl], self.speaks_of_ended());
        if let Some(unusable) = complete.extensions.unusable {
            return Ok(Err(unusable.into()));
        }
        let (signer, mut window) = match self.signer(crl, point, ancestors, at)? {
            Ok(signer) => signer,
            Err(unsigned) => return Ok(Err(unsigned)),
        };
        let mut used = vec![used_crl(complete)];
        let mut entry = worst(complete.entries(x509.serial(), x509.issuer()));
        if let Some(delta) = self.delta(crl, signer)? {
            let current = currency(delta, x509, at, of_ended).ok();
            match worst(delta.entries(x509.serial(), x509.issuer())) {
                Some(newer) if newer.reason != Reason::REMOVE_FROM_CRL => entry = Some(newer),
                // Off hold again, from the delta on (§6.3.3 k).
                Some(_) if current.is_some() && delta.this_update() <= at => {
                    entry = None;
                    window.from = window.from.max(delta.this_update());
                }
                _ => {}
            }
            if let Some(current) = current {
                window = window.and(current);
                used.push(used_crl(delta));
            }
        }
        let entry = entry.filter(|entry| entry.reason != Reason::REMOVE_FROM_CRL);
        let reasons = match currency(complete, x509, at, of_ended) {
            Ok(current) => {
                window = window.and(current);
                reasons(point, complete)
            }
            // Not "not revoked", but still since when it is revoked.
            Err(silent)
                if entry
                    .as_ref()
                    .is_some_and(|e| e.since <= at || !silent.ended) =>
            {
                ReasonFlags::NONE
            }
            Err(silent) => return Ok(Err(silent)),
        };
        Ok(Ok(Said {
            reasons,
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
    ) -> Result<Result<(usize, Window), Silent>, PathFailure> {
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
        Ok(Err(why.as_str().into()))
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

    /// The newest authentic delta that builds on `crl` (§5.2.4, §6.3.3 c, h).
    fn delta(&mut self, crl: usize, signer: usize) -> Result<Option<&Crl>, PathFailure> {
        let crls = self.crls;
        let mut deltas: Vec<usize> = (0..crls.len())
            .filter(|delta| builds_on(crls[*delta], crls[crl]))
            .collect();
        deltas.sort_by_key(|delta| std::cmp::Reverse(crls[*delta].this_update()));
        for delta in deltas {
            if self.signed_by(delta, signer)? {
                return Ok(Some(crls[delta]));
            }
        }
        Ok(None)
    }
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
