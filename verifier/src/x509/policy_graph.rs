//! The policies under which a path is valid: RFC 5280 §6.1 with the graph of RFC 9618, whose size
//! is linear where a tree's can be exponential.

use std::collections::{BTreeMap, BTreeSet};

use super::extensions::{PolicyMapping, id};
use super::oid::Oid;

/// Policies a caller is ready to accept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyInputs {
    /// user-initial-policy-set; empty stands for anyPolicy.
    pub acceptable: Vec<Oid>,
    /// initial-explicit-policy: the path must be valid for one of them.
    pub require_explicit: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_mapping: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any: bool,
}

/// Key of the anyPolicy node; no real policy compares equal to it.
type Policy = Option<Oid>;

/// One depth of the graph: policy → what the next depth may assert, and its parents.
type Level = BTreeMap<Policy, Node>;

#[derive(Clone, Debug)]
struct Node {
    expected: BTreeSet<Policy>,
    parents: BTreeSet<Policy>,
}

/// valid_policy_graph; `levels` is empty when the graph is NULL.
pub(crate) struct PolicyGraph {
    levels: Vec<Level>,
}

fn policy(oid: &Oid) -> Policy {
    (oid.content() != id::ANY_POLICY).then(|| oid.clone())
}

impl PolicyGraph {
    /// A single anyPolicy node at depth zero (§6.1.2 a).
    pub(crate) fn new() -> PolicyGraph {
        let root = Node {
            expected: BTreeSet::from([None]),
            parents: BTreeSet::new(),
        };
        PolicyGraph {
            levels: vec![Level::from([(None, root)])],
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.levels.is_empty()
    }

    /// Adds the depth of one X.509 (§6.1.3 d, e). `any_allowed`: anyPolicy counts in it.
    pub(crate) fn descend(&mut self, asserted: Option<&[Oid]>, any_allowed: bool) {
        let (Some(asserted), Some(above)) = (asserted, self.levels.last()) else {
            self.levels.clear();
            return;
        };
        // Which nodes above expect a policy; RFC 9618 §5.3 joins them as parents of one node.
        let mut expecting: BTreeMap<&Policy, BTreeSet<Policy>> = BTreeMap::new();
        for (valid, node) in above {
            for expected in &node.expected {
                expecting.entry(expected).or_default().insert(valid.clone());
            }
        }
        let mut level = Level::new();
        let mut add = |valid: Policy, parents: BTreeSet<Policy>| {
            level.insert(
                valid.clone(),
                Node {
                    expected: BTreeSet::from([valid]),
                    parents,
                },
            );
        };
        let asserted: BTreeSet<Policy> = asserted.iter().map(policy).collect();
        for valid in asserted.iter().filter(|asserted| asserted.is_some()) {
            match expecting.get(valid) {
                Some(parents) => add(valid.clone(), parents.clone()),
                None if above.contains_key(&None) => add(valid.clone(), BTreeSet::from([None])),
                None => {}
            }
        }
        if any_allowed && asserted.contains(&None) {
            for (expected, parents) in &expecting {
                if !asserted.contains(*expected) || expected.is_none() {
                    add((*expected).clone(), parents.clone());
                }
            }
        }
        self.levels.push(level);
        self.prune();
    }

    /// Applies the policy mappings of a CA (§6.1.4 b).
    pub(crate) fn map(&mut self, mappings: &[PolicyMapping], mapping_allowed: bool) {
        let mut targets: BTreeMap<Policy, BTreeSet<Policy>> = BTreeMap::new();
        for mapping in mappings {
            let target = targets.entry(policy(&mapping.issuer_domain)).or_default();
            target.insert(policy(&mapping.subject_domain));
        }
        let Some(level) = self.levels.last_mut() else {
            return;
        };
        let any = level.contains_key(&None);
        for (mapped, expected) in targets {
            match level.get_mut(&mapped) {
                Some(_) if !mapping_allowed => drop(level.remove(&mapped)),
                Some(node) => node.expected = expected,
                None if mapping_allowed && any => {
                    level.insert(
                        mapped,
                        Node {
                            expected,
                            parents: BTreeSet::from([None]),
                        },
                    );
                }
                None => {}
            }
        }
        self.prune();
    }

    /// user-constrained-policy-set (§6.1.5 g); `None` in it stands for anyPolicy.
    pub(crate) fn acceptable_of(&self, acceptable: &[Oid]) -> BTreeSet<Policy> {
        let Some(last) = self.levels.last() else {
            return BTreeSet::new();
        };
        // What the anchor's own domain calls them: nodes directly below anyPolicy.
        let mut authority: BTreeSet<Policy> = BTreeSet::new();
        for level in &self.levels {
            let below_any = level
                .iter()
                .filter(|(_, node)| node.parents.contains(&None));
            authority.extend(below_any.filter_map(|(valid, _)| valid.clone()).map(Some));
        }
        if last.contains_key(&None) {
            authority.insert(None);
        }
        let wanted: BTreeSet<Policy> = acceptable.iter().map(policy).collect();
        if wanted.is_empty() || wanted.contains(&None) {
            authority
        } else if authority.contains(&None) {
            wanted
        } else {
            authority.intersection(&wanted).cloned().collect()
        }
    }

    /// Removes what has no child in the depth below; all gone means NULL (§6.1.3 d 3).
    fn prune(&mut self) {
        for depth in (1..self.levels.len()).rev() {
            let parents = self.levels[depth].values().flat_map(|node| &node.parents);
            let parents: BTreeSet<Policy> = parents.cloned().collect();
            self.levels[depth - 1].retain(|valid, _| parents.contains(valid));
        }
        if self.levels.last().is_some_and(Level::is_empty) {
            self.levels.clear();
        }
    }
}
