//! The question and its answer, and the search for a chain between them.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use jiff::Timestamp;

use super::crl::Crl;
use super::extensions::{KeyUsage, id};
use super::failure::{PathFailure, Rank, bad_signature, no_issuer};
use super::marks::{Marks, marks};
use super::oid::Oid;
use super::parse::X509;
use super::policy_graph::PolicyInputs;
use super::rules;
use crate::budget::{Meter, PUBLIC_KEY_WORK, Resource};
use crate::suites::{Algorithms, Refused};

/// Everything that the answer depends on.
#[derive(Clone, Copy, Debug)]
pub struct PathRequest<'a> {
    /// The X.509 whose key signed.
    pub leaf: &'a X509,
    /// Others offered for building, in any order, trusted for nothing.
    pub intermediates: &'a [&'a X509],
    /// Anchors of the purpose. Their own constraints and validity count (RFC 5937).
    pub anchors: &'a [&'a X509],
    /// CRLs at hand, complete and delta, trusted for nothing.
    pub crls: &'a [&'a Crl],
    /// The time asked about: best proven time of the signature.
    pub at: Timestamp,
    /// What the leaf's key was used for.
    pub purpose: &'a Purpose,
    /// Whether the answer needs CRLs.
    pub revocation: Revocation,
    /// Algorithms that count.
    pub algorithms: &'a Algorithms,
}

/// What a leaf must be fit for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purpose {
    /// One of these, where the leaf lists usages at all.
    pub key_usage: Option<KeyUsage>,
    /// Rule for extKeyUsage.
    pub extended_key_usage: ExtendedKeyUsage,
    /// Policies: the inputs of RFC 5280 §6.1.1 (c) to (g).
    pub policies: PolicyInputs,
}

/// Rule for extKeyUsage of the leaf; a CA between that lists purposes must list it too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ExtendedKeyUsage {
    /// Whatever it says.
    #[default]
    Any,
    /// This one or anyExtendedKeyUsage, where the leaf lists purposes at all.
    IfListed(Oid),
    /// This one, by name.
    Required(Oid),
}

impl ExtendedKeyUsage {
    pub(super) fn allows(&self, usages: &[Oid]) -> bool {
        match self {
            ExtendedKeyUsage::Any => true,
            ExtendedKeyUsage::IfListed(wanted) | ExtendedKeyUsage::Required(wanted) => usages
                .iter()
                .any(|u| u == wanted || u.content() == id::ANY_EXTENDED_KEY_USAGE),
        }
    }
}

/// Whether revocation is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// Every X.509 below the anchor must be known not to be revoked.
    Required,
    /// The same, where a CRL made after an X.509 had ended speaks about it too, by what it lists:
    /// for files on record that outlive the X.509s they were sealed with.
    RequiredOfEnded,
    /// No CRL is looked at; the caller reports `revocation.not_run`.
    NotRun,
}

/// Instants for which an answer holds, both ends included, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First instant.
    pub from: Timestamp,
    /// Last instant.
    pub to: Timestamp,
}

impl Window {
    pub(super) const ALWAYS: Window = Window {
        from: Timestamp::MIN,
        to: Timestamp::MAX,
    };

    /// Whether the answer holds at `at`; fractions of a second do not count.
    pub fn contains(&self, at: Timestamp) -> bool {
        (self.from..=self.to).contains(&whole_second(at))
    }

    pub(super) fn and(self, other: Window) -> Window {
        Window {
            from: self.from.max(other.from),
            to: self.to.min(other.to),
        }
    }
}

/// A chain that holds, reusable without any signature check for every time in its window: with the
/// same anchors, CRLs, purpose and algorithms the answer there is the same.
#[derive(Clone, Debug)]
pub struct ValidPath {
    /// The leaf first, the anchor last.
    pub chain: Vec<X509>,
    /// When this answer holds.
    pub window: Window,
    /// The CRLs that it rests on, in the order of use; empty with [`Revocation::NotRun`].
    pub crls: Vec<CrlUsed>,
}

/// A CRL that says that an X.509 of the chain is not revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlUsed {
    /// SHA-256 of the CRL in DER.
    pub sha256: [u8; 32],
    /// Its issuer, RFC 4514.
    pub issuer: String,
    /// When it was made.
    pub this_update: Timestamp,
    /// By when the next was promised.
    pub next_update: Option<Timestamp>,
}

/// Longest chain, leaf and anchor included.
const MAX_CHAIN: usize = 12;
/// Work units for looking at one candidate issuer, and for checking one whole chain.
const CANDIDATE_WORK: u64 = 1_000;
const CHAIN_WORK: u64 = 20_000;

/// Looks for a chain from the leaf to an anchor that keeps every rule at `at`.
///
/// Several candidates are tried within what `meter` has left; the failure of the furthest speaks.
pub fn validate(request: &PathRequest<'_>, meter: &mut Meter) -> Result<ValidPath, PathFailure> {
    let mut search = Search::new(request, meter);
    let goal = Goal {
        purpose: request.purpose,
        anchor: None,
        at: search.at,
    };
    let (nodes, answer) = search.find(LEAF, &goal)?;
    let chain = nodes
        .iter()
        .rev()
        .map(|node| search.pool[*node].clone())
        .collect();
    Ok(ValidPath {
        chain,
        window: answer.window,
        crls: answer.crls,
    })
}

const LEAF: usize = 0;

/// What one search within the pool is for: the leaf, or a CRL issuer beside the path.
#[derive(Clone, Copy)]
pub(super) struct Goal<'g> {
    pub(super) purpose: &'g Purpose,
    /// A CRL issuer must lead to the same anchor as what it speaks about (RFC 5280 §6.3.3 f).
    pub(super) anchor: Option<usize>,
    pub(super) at: Timestamp,
}

/// Where and when a chain holds.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) window: Window,
    pub(super) crls: Vec<CrlUsed>,
}

/// Pool, memory and budget of one request. X.509s are called by their index in the pool.
pub(super) struct Search<'a, 'm> {
    pub(super) pool: Vec<&'a X509>,
    first_anchor: usize,
    marks: Vec<Marks>,
    /// The X.509s of each name that some X.509 has as its subject.
    of_name: Vec<Vec<usize>>,
    /// Those that may have issued an X.509, likely ones first.
    candidates: HashMap<usize, Rc<[usize]>>,
    /// (issued, issuer) → the outcome of that signature.
    signatures: HashMap<(usize, usize), Result<(), Refused>>,
    /// (CRL, issuer) → the outcome of that signature.
    pub(super) crl_signatures: HashMap<(usize, usize), Result<(), Refused>>,
    /// CRL issuers whose own chain is being checked, outermost first.
    pub(super) crl_issuers: Vec<usize>,
    pub(super) crls: &'a [&'a Crl],
    pub(super) algorithms: &'a Algorithms,
    revocation: Revocation,
    at: Timestamp,
    pub(super) meter: &'m mut Meter,
}

impl<'a, 'm> Search<'a, 'm> {
    fn new(request: &PathRequest<'a>, meter: &'m mut Meter) -> Search<'a, 'm> {
        let mut pool = vec![request.leaf];
        let mut known: HashSet<&[u8]> = request.anchors.iter().map(|anchor| anchor.der()).collect();
        known.insert(request.leaf.der());
        pool.extend(
            request
                .intermediates
                .iter()
                .filter(|x509| known.insert(x509.der())),
        );
        let first_anchor = pool.len();
        pool.extend(request.anchors);
        let marks = marks(&pool);
        let mut of_name = vec![Vec::new(); pool.len()];
        // anchors first: the shortest way is tried first
        for node in (first_anchor..pool.len()).chain(1..first_anchor) {
            of_name[marks[node].subject].push(node);
        }
        Search {
            pool,
            first_anchor,
            marks,
            of_name,
            candidates: HashMap::new(),
            signatures: HashMap::new(),
            crl_signatures: HashMap::new(),
            crl_issuers: Vec::new(),
            crls: request.crls,
            algorithms: request.algorithms,
            revocation: request.revocation,
            at: whole_second(request.at),
            meter,
        }
    }

    /// A chain from `target` to an anchor (anchor first), and when it holds.
    pub(super) fn find(
        &mut self,
        target: usize,
        goal: &Goal<'_>,
    ) -> Result<(Vec<usize>, Answer), PathFailure> {
        let mut anchors = self.first_anchor..self.pool.len();
        let itself = anchors.find(|anchor| self.pool[*anchor] == self.pool[target]);
        if let Some(anchor) = itself.filter(|anchor| goal.anchor.is_none_or(|a| a == *anchor)) {
            return self.check(vec![anchor], goal);
        }
        let mut path = vec![target];
        self.extend(&mut path, goal)
    }

    /// Depth first from the last element of `path` (leaf first), every signature checked at once.
    fn extend(
        &mut self,
        path: &mut Vec<usize>,
        goal: &Goal<'_>,
    ) -> Result<(Vec<usize>, Answer), PathFailure> {
        let issued = path[path.len() - 1];
        let mut furthest: Option<PathFailure> = None;
        let candidates = match path.len() {
            0..MAX_CHAIN => self.candidates(issued),
            _ => Rc::default(),
        };
        for &issuer in &*candidates {
            self.spend(CANDIDATE_WORK)?;
            let anchor = issuer >= self.first_anchor;
            if self.is_repeated(path, issuer)
                || (anchor && goal.anchor.is_some_and(|a| a != issuer))
            {
                continue;
            }
            if let Err(refused) = self.issued_by(issued, issuer)? {
                if rank(&furthest) < Rank::Signature {
                    furthest = Some(bad_signature(self.pool[issued], &refused));
                }
                continue;
            }
            path.push(issuer);
            let found = match anchor {
                true => self.check(path.iter().rev().copied().collect(), goal),
                false => self.extend(path, goal),
            };
            path.pop();
            match found {
                Ok(found) => return Ok(found),
                Err(failure) if failure.rank == Rank::Stopped => return Err(failure),
                Err(failure) if failure.rank > rank(&furthest) => furthest = Some(failure),
                Err(_) => {}
            }
        }
        let failure = furthest.unwrap_or_else(|| no_issuer(self.pool[issued]));
        // It shows a name, which may be long.
        self.spend(failure.finding.seen.len() as u64)?;
        Err(failure)
    }

    /// Those of the issuer's name, likely ones (matching key identifier) first within a kind.
    fn candidates(&mut self, issued: usize) -> Rc<[usize]> {
        if let Some(known) = self.candidates.get(&issued) {
            return Rc::clone(known);
        }
        let name = self.marks[issued].issuer;
        let mut candidates = name.map_or(Vec::new(), |name| self.of_name[name].clone());
        let wanted = self.pool[issued]
            .extensions
            .authority_key_id
            .as_ref()
            .and_then(|id| id.key_id.as_deref());
        candidates.sort_by_key(|node| {
            let found = self.pool[*node].subject_key_id();
            let unlike = wanted.is_some() && found.is_some() && wanted != found;
            (unlike, *node < self.first_anchor)
        });
        let candidates = Rc::from(candidates);
        self.candidates.insert(issued, Rc::clone(&candidates));
        candidates
    }

    /// The same name with the same key brings a path no further.
    fn is_repeated(&self, path: &[usize], issuer: usize) -> bool {
        let of = |node: usize| (self.marks[node].subject, self.marks[node].key);
        path.iter().any(|earlier| of(*earlier) == of(issuer))
    }

    fn issued_by(
        &mut self,
        issued: usize,
        issuer: usize,
    ) -> Result<Result<(), Refused>, PathFailure> {
        if let Some(known) = self.signatures.get(&(issued, issuer)) {
            return Ok(known.clone());
        }
        self.spend(PUBLIC_KEY_WORK + self.pool[issued].der().len() as u64)?;
        let outcome = self.pool[issuer].verify_issued(self.algorithms, self.pool[issued]);
        let outcome = outcome.map(drop);
        self.signatures.insert((issued, issuer), outcome.clone());
        Ok(outcome)
    }

    /// Rules and revocation over a whole chain, the anchor first.
    fn check(
        &mut self,
        nodes: Vec<usize>,
        goal: &Goal<'_>,
    ) -> Result<(Vec<usize>, Answer), PathFailure> {
        self.spend(CHAIN_WORK)?;
        let chain: Vec<&X509> = nodes.iter().map(|node| self.pool[*node]).collect();
        let window = rules::check(&chain, goal.purpose, goal.at, self.algorithms, self.meter)?;
        let mut answer = Answer {
            window,
            crls: Vec::new(),
        };
        if self.revocation == Revocation::NotRun {
            return Ok((nodes, answer));
        }
        let mut worst: Option<PathFailure> = None;
        for below in 1..nodes.len() {
            let (ancestors, x509) = (&nodes[..below], nodes[below]);
            let status = self.status(x509, ancestors, goal.at)?;
            let leaf = below + 1 == nodes.len() && self.crl_issuers.is_empty();
            if let Err(failure) = status.add_to(&mut answer, self.pool[x509], leaf) {
                worst = Some(match worst {
                    Some(other) => revoked_earlier(other, failure),
                    None => failure,
                });
            }
        }
        worst.map_or(Ok((nodes, answer)), Err)
    }

    /// Whether a CRL made after an X.509 had ended speaks about it.
    pub(super) fn speaks_of_ended(&self) -> bool {
        self.revocation == Revocation::RequiredOfEnded
    }

    pub(super) fn spend(&mut self, work: u64) -> Result<(), PathFailure> {
        self.meter
            .spend(Resource::Work, work)
            .map_err(PathFailure::stopped)
    }
}

/// RFC 5280 counts in seconds: fractions are cut off.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// How far the search came; a later failure wins only when it came further.
fn rank(furthest: &Option<PathFailure>) -> Rank {
    furthest
        .as_ref()
        .map_or(Rank::NoIssuer, |failure| failure.rank)
}

/// Of two X.509s of one chain that do not hold, the one revoked first speaks: only before that did
/// the whole chain hold.
fn revoked_earlier(one: PathFailure, other: PathFailure) -> PathFailure {
    let since = |failure: &PathFailure| failure.revoked_since.unwrap_or(Timestamp::MAX);
    if since(&other) < since(&one) {
        other
    } else {
        one
    }
}
