//! RFC 5280 §6.1 over one chain whose signatures already fit: from the anchor down to the leaf.

use super::extensions::{KeyUsage, NameConstraints, id};
use super::failure::{PathFailure, Rank, called};
use super::names_within::{self, Outside};
use super::oid::Oid;
use super::parse::X509;
use super::path::{ExtendedKeyUsage, Purpose, Window};
use super::policy_graph::PolicyGraph;
use super::profile;
use crate::budget::Meter;
use crate::report::SubIndication;
use crate::suites::Algorithms;
use jiff::Timestamp;

/// Checks `chain`, the anchor first; one element alone is an anchor that is itself the leaf.
///
/// The answer is the time in which no X.509 of the chain is out of its validity.
pub(super) fn check(
    chain: &[&X509],
    purpose: &Purpose,
    at: Timestamp,
    algorithms: &Algorithms,
    meter: &mut Meter,
) -> Result<Window, PathFailure> {
    let [cas @ .., leaf] = chain else {
        return Ok(Window::ALWAYS);
    };
    let mut window = Window::ALWAYS;
    for x509 in chain {
        profile::check(x509)?;
        in_validity(x509, at)?;
        algorithms.admits_key(x509.spki()).map_err(|refused| {
            let seen = format!("key of the {}: {refused}", called(x509));
            let sub_indication = SubIndication::CryptoConstraintsFailureNoPoe;
            PathFailure::new(
                Rank::Rule,
                "x509.weak_key",
                sub_indication,
                seen,
                "design 7",
            )
        })?;
        window = window.and(Window {
            from: x509.not_before,
            to: x509.not_after,
        });
    }
    let mut state = State::new(chain, purpose);
    for (depth, ca) in cas.iter().enumerate() {
        if depth > 0 {
            state.check_names(ca, ca.is_self_issued(), meter)?;
            state.check_policies(ca, ca.is_self_issued())?;
            state.pass_on_policies(ca)?;
        }
        state.pass_on_constraints(ca, depth == 0, purpose)?;
    }
    if !cas.is_empty() {
        state.check_names(leaf, false, meter)?;
        state.check_policies(leaf, false)?;
        state.wrap_up(leaf, purpose)?;
    }
    fits_purpose(leaf, purpose)?;
    Ok(window)
}

fn in_validity(x509: &X509, at: Timestamp) -> Result<(), PathFailure> {
    let (not_before, not_after) = x509.validity();
    let seen = if at < not_before {
        format!(
            "the {} is valid from {not_before}, not yet at {at}",
            called(x509)
        )
    } else if at > not_after {
        format!(
            "the {} was valid until {not_after}, no longer at {at}",
            called(x509)
        )
    } else {
        return Ok(());
    };
    let sub_indication = SubIndication::OutOfBoundsNoPoe;
    let clause = "RFC 5280 6.1.3 (a)(2)";
    Err(PathFailure::new(
        Rank::Rule,
        "x509.out_of_validity",
        sub_indication,
        seen,
        clause,
    ))
}

/// State variables of §6.1.2.
struct State<'a> {
    graph: PolicyGraph,
    names: Vec<&'a NameConstraints>,
    explicit_policy: u32,
    inhibit_any: u32,
    policy_mapping: u32,
    max_path_len: u32,
}

impl<'a> State<'a> {
    fn new(chain: &[&X509], purpose: &Purpose) -> State<'a> {
        let beyond = u32::try_from(chain.len()).unwrap_or(u32::MAX);
        let unless = |inhibited: bool| if inhibited { 0 } else { beyond };
        State {
            graph: PolicyGraph::new(),
            names: Vec::new(),
            explicit_policy: unless(purpose.policies.require_explicit),
            inhibit_any: unless(purpose.policies.inhibit_any),
            policy_mapping: unless(purpose.policies.inhibit_mapping),
            max_path_len: beyond,
        }
    }

    /// §6.1.3 (b) and (c). A self-issued CA is free, so that a CA can change its key.
    fn check_names(&self, x509: &X509, free: bool, meter: &mut Meter) -> Result<(), PathFailure> {
        if free {
            return Ok(());
        }
        names_within::check(&self.names, x509, meter).map_err(|outside| {
            let seen = match outside {
                Outside::Limit(finding) => return PathFailure::stopped(finding),
                Outside::NotPermitted(name) => format!(
                    "{name} of the {} is not among the permitted names",
                    called(x509)
                ),
                Outside::Excluded(name) => {
                    format!("{name} of the {} is among the excluded names", called(x509))
                }
                Outside::Unreadable(what) => format!(
                    "name constraints on the {} cannot be judged: {what}",
                    called(x509)
                ),
            };
            PathFailure::constraint("x509.name_constraints", seen, "RFC 5280 6.1.3 (b), (c)")
        })
    }

    /// §6.1.3 (d) to (f).
    fn check_policies(&mut self, x509: &X509, self_issued_ca: bool) -> Result<(), PathFailure> {
        let any_allowed = self.inhibit_any > 0 || self_issued_ca;
        self.graph
            .descend(x509.extensions.certificate_policies.as_deref(), any_allowed);
        if self.explicit_policy == 0 && self.graph.is_null() {
            return Err(no_policy(x509));
        }
        Ok(())
    }

    /// §6.1.4 (a), (b), (h) to (j). An anchor's own policies are no part of a path (§6.1.1 d): which
    /// ones are acceptable is the caller's to say.
    fn pass_on_policies(&mut self, ca: &X509) -> Result<(), PathFailure> {
        let extensions = &ca.extensions;
        let mappings = extensions.policy_mappings.as_deref().unwrap_or_default();
        let is_any = |policy: &Oid| policy.content() == id::ANY_POLICY;
        if mappings
            .iter()
            .any(|m| is_any(&m.issuer_domain) || is_any(&m.subject_domain))
        {
            let seen = format!("the {} maps from or to anyPolicy", called(ca));
            return Err(PathFailure::constraint(
                "x509.policy",
                seen,
                "RFC 5280 6.1.4 (a)",
            ));
        }
        self.graph.map(mappings, self.policy_mapping > 0);
        if !ca.is_self_issued() {
            self.explicit_policy = self.explicit_policy.saturating_sub(1);
            self.policy_mapping = self.policy_mapping.saturating_sub(1);
            self.inhibit_any = self.inhibit_any.saturating_sub(1);
        }
        if let Some(constraints) = &extensions.policy_constraints {
            lower(
                &mut self.explicit_policy,
                constraints.require_explicit_policy,
            );
            lower(&mut self.policy_mapping, constraints.inhibit_policy_mapping);
        }
        lower(&mut self.inhibit_any, extensions.inhibit_any_policy);
        Ok(())
    }

    /// §6.1.4 (g), (k) to (n): what `ca` imposes on those below. An anchor's own constraints count
    /// too (RFC 5937).
    fn pass_on_constraints(
        &mut self,
        ca: &'a X509,
        anchor: bool,
        purpose: &Purpose,
    ) -> Result<(), PathFailure> {
        let extensions = &ca.extensions;
        let refuse = |code, what: &str, clause| {
            let seen = format!("the {} {what}", called(ca));
            Err(PathFailure::constraint(code, seen, clause))
        };
        self.names.extend(&extensions.name_constraints);
        if !ca.is_ca() {
            return refuse("x509.not_a_ca", "is no CA", "RFC 5280 6.1.4 (k)");
        }
        if !anchor && !ca.is_self_issued() {
            if self.max_path_len == 0 {
                return refuse(
                    "x509.path_length",
                    "is one CA too many",
                    "RFC 5280 6.1.4 (l)",
                );
            }
            self.max_path_len -= 1;
        }
        let path_len = extensions
            .basic_constraints
            .as_ref()
            .and_then(|basic| basic.path_len);
        lower(&mut self.max_path_len, path_len);
        if !extensions
            .key_usage
            .is_none_or(|usage| usage.allows(KeyUsage::KEY_CERT_SIGN))
        {
            return refuse(
                "x509.key_usage",
                "may not sign X.509s",
                "RFC 5280 6.1.4 (n)",
            );
        }
        // Not in RFC 5280, but how CAs are held to their trade everywhere: a CA that lists
        // purposes vouches for those only.
        let usages = extensions.extended_key_usage.as_deref();
        if !anchor && !usages.is_none_or(|usages| purpose.extended_key_usage.allows(usages)) {
            return refuse(
                "x509.extended_key_usage",
                "is a CA for other purposes",
                "RFC 5280 4.2.1.12",
            );
        }
        Ok(())
    }

    /// §6.1.5.
    fn wrap_up(mut self, leaf: &X509, purpose: &Purpose) -> Result<(), PathFailure> {
        self.explicit_policy = self.explicit_policy.saturating_sub(1);
        let constraints = leaf.extensions.policy_constraints.as_ref();
        if constraints.is_some_and(|constraints| constraints.require_explicit_policy == Some(0)) {
            self.explicit_policy = 0;
        }
        let valid = self.graph.acceptable_of(&purpose.policies.acceptable);
        if self.explicit_policy == 0 && valid.is_empty() {
            return Err(no_policy(leaf));
        }
        Ok(())
    }
}

fn lower(value: &mut u32, limit: Option<u32>) {
    *value = limit.map_or(*value, |limit| limit.min(*value));
}

fn no_policy(x509: &X509) -> PathFailure {
    let seen = format!("no acceptable policy holds for the {}", called(x509));
    PathFailure::constraint("x509.policy", seen, "RFC 5280 6.1.5 (g)")
}

/// What the caller needs the leaf's key for.
fn fits_purpose(leaf: &X509, purpose: &Purpose) -> Result<(), PathFailure> {
    let extensions = &leaf.extensions;
    let usable = |wanted| {
        extensions
            .key_usage
            .is_none_or(|usage| usage.allows(wanted))
    };
    if !purpose.key_usage.is_none_or(usable) {
        let seen = format!("the {} is not for this key usage", called(leaf));
        return Err(PathFailure::constraint(
            "x509.key_usage",
            seen,
            "RFC 5280 4.2.1.3",
        ));
    }
    let usages = extensions.extended_key_usage.as_deref();
    let fits = match (&purpose.extended_key_usage, usages) {
        (ExtendedKeyUsage::Required(wanted), Some(usages)) => usages.contains(wanted),
        (ExtendedKeyUsage::Required(_), None) => false,
        (rule, usages) => usages.is_none_or(|usages| rule.allows(usages)),
    };
    if !fits {
        let seen = format!("the {} is not for this extended key usage", called(leaf));
        return Err(PathFailure::constraint(
            "x509.extended_key_usage",
            seen,
            "RFC 5280 4.2.1.12",
        ));
    }
    Ok(())
}
