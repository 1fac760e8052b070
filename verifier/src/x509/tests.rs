//! Stories over a small PKI: one root, one issuing CA, one leaf, and what the CRLs say of it.

use jiff::Timestamp;
use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CustomExtension, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason,
    RevokedCertParams, SerialNumber,
};
use time::OffsetDateTime;

use super::*;
use crate::budget::{Budgets, Meter};
use crate::report::SubIndication;
use crate::suites::Algorithms;

const DOCUMENT_SIGNING: &str = "1.3.6.1.5.5.7.3.36";

/// Seconds since the epoch of day `number` of the story.
fn day(number: i64) -> i64 {
    1_790_000_000 + number * 86_400
}

fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn date(second: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(second).unwrap()
}

/// A CA with its key; `below` signs what stands under it.
struct Ca {
    issuer: Issuer<'static, KeyPair>,
    x509: X509,
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (date(day(0)), date(day(1000)));
    params
}

fn leaf_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "seal");
    params.serial_number = Some(SerialNumber::from(7u64));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(vec![
        1, 3, 6, 1, 5, 5, 7, 3, 36,
    ])];
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = (date(day(10)), date(day(100)));
    params
}

fn root(params: CertificateParams) -> Ca {
    let key = KeyPair::generate().unwrap();
    let x509 = X509::parse(params.self_signed(&key).unwrap().der()).unwrap();
    Ca {
        issuer: Issuer::new(params, key),
        x509,
    }
}

impl Ca {
    fn ca(&self, params: CertificateParams) -> Ca {
        let key = KeyPair::generate().unwrap();
        let x509 = X509::parse(params.signed_by(&key, &self.issuer).unwrap().der()).unwrap();
        Ca {
            issuer: Issuer::new(params, key),
            x509,
        }
    }

    fn leaf(&self, params: CertificateParams) -> X509 {
        let key = KeyPair::generate().unwrap();
        X509::parse(params.signed_by(&key, &self.issuer).unwrap().der()).unwrap()
    }

    /// A CRL of days `from` to `to`; `revoked` holds serial numbers, days and reasons.
    fn crl(&self, from: i64, to: i64, revoked: &[(&X509, i64, RevocationReason)]) -> Crl {
        let revoked = revoked
            .iter()
            .map(|(x509, since, reason)| RevokedCertParams {
                serial_number: SerialNumber::from_slice(x509.serial()),
                revocation_time: date(day(*since)),
                reason_code: Some(*reason),
                invalidity_date: None,
            });
        let params = CertificateRevocationListParams {
            this_update: date(day(from)),
            next_update: date(day(to)),
            crl_number: SerialNumber::from(from as u64),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Crl::parse(params.signed_by(&self.issuer).unwrap().der()).unwrap()
    }
}

/// Root, issuing CA and leaf, and the CRLs at hand.
struct Story {
    root: Ca,
    issuing: Ca,
    leaf: X509,
    crls: Vec<Crl>,
    purpose: Purpose,
    budgets: Budgets,
}

fn story() -> Story {
    story_of(ca_params("root"), ca_params("issuing"), leaf_params())
}

fn story_of(
    root_params: CertificateParams,
    issuing: CertificateParams,
    leaf: CertificateParams,
) -> Story {
    let root = root(root_params);
    let issuing = root.ca(issuing);
    let leaf = issuing.leaf(leaf);
    let crls = vec![root.crl(10, 200, &[]), issuing.crl(10, 60, &[])];
    let purpose = Purpose {
        key_usage: Some(KeyUsage::DIGITAL_SIGNATURE.or(KeyUsage::NON_REPUDIATION)),
        extended_key_usage: ExtendedKeyUsage::Required(DOCUMENT_SIGNING.parse().unwrap()),
        ..Purpose::default()
    };
    Story {
        root,
        issuing,
        leaf,
        crls,
        purpose,
        budgets: Budgets::default(),
    }
}

impl Story {
    fn ask(&self, at: i64, revocation: Revocation) -> Result<ValidPath, PathFailure> {
        let request = PathRequest {
            leaf: &self.leaf,
            intermediates: &[&self.issuing.x509],
            anchors: &[&self.root.x509],
            crls: &self.crls.iter().collect::<Vec<_>>(),
            at: instant(day(at)),
            purpose: &self.purpose,
            revocation,
            algorithms: &Algorithms::default(),
        };
        validate(&request, &mut Meter::new(&self.budgets, 1).unwrap())
    }

    /// Sub-indication and code on day `at`, with CRLs.
    #[track_caller]
    fn fails(&self, at: i64, sub_indication: SubIndication, code: &str) {
        let failure = self
            .ask(at, Revocation::Required)
            .expect_err("must not hold");
        let seen = &failure.finding.seen;
        assert_eq!(
            (failure.sub_indication, failure.finding.code),
            (sub_indication, code),
            "{seen}"
        );
    }

    #[track_caller]
    fn holds(&self, at: i64) -> ValidPath {
        self.ask(at, Revocation::Required).expect("must hold")
    }
}

#[test]
fn a_chain_holds_as_long_as_its_x509s_and_crls_do() {
    let story = story();
    let valid = story.holds(20);
    assert_eq!(
        valid.chain,
        [
            story.leaf.clone(),
            story.issuing.x509.clone(),
            story.root.x509.clone()
        ]
    );
    assert_eq!(
        valid.window,
        Window {
            from: instant(day(10)),
            to: instant(day(60))
        }
    );
    let used: Vec<_> = valid.crls.iter().map(|crl| crl.issuer.as_str()).collect();
    assert_eq!(used, ["CN=root", "CN=issuing"]);

    let without = story.ask(20, Revocation::NotRun).unwrap();
    assert_eq!(
        without.window,
        Window {
            from: instant(day(10)),
            to: instant(day(100))
        }
    );
    assert!(without.crls.is_empty());
}

#[test]
fn outside_the_validity_a_proof_of_time_is_needed() {
    let story = story();
    story.fails(5, SubIndication::OutOfBoundsNoPoe, "x509.out_of_validity");
    story.fails(101, SubIndication::OutOfBoundsNoPoe, "x509.out_of_validity");
}

#[test]
fn without_a_current_crl_try_later() {
    let mut story = story();
    story.fails(61, SubIndication::TryLater, "revocation.not_known");
    story.crls.pop();
    story.fails(20, SubIndication::TryLater, "revocation.not_known");
}

#[test]
fn revocation_counts_from_its_date_on() {
    let mut story = story();
    let compromised = [(&story.leaf, 30, RevocationReason::KeyCompromise)];
    story.crls.push(story.issuing.crl(40, 90, &compromised));
    story.fails(30, SubIndication::RevokedNoPoe, "revocation.revoked");
    story.fails(80, SubIndication::RevokedNoPoe, "revocation.revoked");
    let failure = story.ask(45, Revocation::Required).unwrap_err();
    assert_eq!(failure.revoked_since, Some(instant(day(30))));
    // before, it holds, and no longer than until then
    let valid = story.holds(29);
    assert_eq!(
        valid.window,
        Window {
            from: instant(day(10)),
            to: instant(day(30) - 1)
        }
    );
}

#[test]
fn the_newest_crl_speaks() {
    let mut story = story();
    let hold = [(&story.leaf, 15, RevocationReason::CertificateHold)];
    story.crls[1] = story.issuing.crl(20, 90, &hold);
    story.fails(50, SubIndication::TryLater, "revocation.on_hold");
    story.crls.push(story.issuing.crl(40, 90, &[]));
    story.holds(50);
}

#[test]
fn an_ended_crl_can_still_say_revoked_and_older_ones_say_nothing_beside_it() {
    let mut story = story();
    let compromised = [(&story.leaf, 30, RevocationReason::KeyCompromise)];
    let older = story.issuing.crl(20, 95, &[]);
    story.crls = vec![
        story.root.crl(10, 200, &[]),
        older,
        story.issuing.crl(40, 50, &compromised),
    ];
    story.fails(60, SubIndication::RevokedNoPoe, "revocation.revoked");
    story.crls[2] = story.issuing.crl(40, 50, &[]);
    story.fails(60, SubIndication::TryLater, "revocation.not_known");
    story.holds(45);
}

#[test]
fn a_crl_made_after_the_leaf_ended_may_have_dropped_it() {
    let mut story = story();
    story.crls = vec![
        story.root.crl(10, 200, &[]),
        story.issuing.crl(99, 150, &[]),
    ];
    story.holds(50);
    story.crls[1] = story.issuing.crl(101, 150, &[]);
    story.fails(50, SubIndication::TryLater, "revocation.not_known");
}

#[test]
fn a_revoked_ca_takes_its_leaves_with_it() {
    let mut story = story();
    let revoked = [(&story.issuing.x509, 15, RevocationReason::CaCompromise)];
    story.crls[0] = story.root.crl(10, 200, &revoked);
    story.fails(20, SubIndication::RevokedCaNoPoe, "revocation.ca_revoked");
    story.holds(14);
}

#[test]
fn a_crl_of_another_key_says_nothing() {
    let mut story = story();
    let impostor = root(ca_params("issuing"));
    story.crls[1] = impostor.crl(10, 60, &[]);
    story.fails(20, SubIndication::TryLater, "revocation.not_known");
}

#[test]
fn what_the_key_is_for_binds() {
    let constraints = SubIndication::ChainConstraintsFailure;
    let mut other = leaf_params();
    other.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let story = story_of(ca_params("root"), ca_params("issuing"), other);
    story.fails(20, constraints, "x509.extended_key_usage");

    let mut other = leaf_params();
    other.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    let story = story_of(ca_params("root"), ca_params("issuing"), other);
    story.fails(20, constraints, "x509.key_usage");

    let mut tls_ca = ca_params("issuing");
    tls_ca.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let story = story_of(ca_params("root"), tls_ca, leaf_params());
    story.fails(20, constraints, "x509.extended_key_usage");

    let mut no_ca = ca_params("root");
    no_ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let story = story_of(no_ca, ca_params("issuing"), leaf_params());
    story.fails(20, constraints, "x509.path_length");
}

#[test]
fn a_demanded_policy_must_stand_in_every_x509_below_the_anchor() {
    // certificatePolicies with 2.25.1 alone
    let policy =
        || CustomExtension::from_oid_content(&[2, 5, 29, 32], vec![0x30, 5, 0x30, 3, 6, 1, 0x69]);
    let with = |mut params: CertificateParams| {
        params.custom_extensions.push(policy());
        params
    };
    let demanding = |mut story: Story, policy: &str| {
        story.purpose.policies.acceptable = vec![policy.parse().unwrap()];
        story.purpose.policies.require_explicit = true;
        story
    };
    let both = || {
        story_of(
            ca_params("root"),
            with(ca_params("issuing")),
            with(leaf_params()),
        )
    };
    let constraints = SubIndication::ChainConstraintsFailure;
    demanding(both(), "2.25").holds(20);
    demanding(both(), "2.26").fails(20, constraints, "x509.policy");
    let only_leaf = story_of(ca_params("root"), ca_params("issuing"), with(leaf_params()));
    demanding(only_leaf, "2.25").fails(20, constraints, "x509.policy");
}

#[test]
fn an_impostor_and_a_stranger_have_no_chain() {
    let mut story = story();
    let impostor = root(ca_params("issuing"));
    story.leaf = impostor.leaf(leaf_params());
    story.fails(
        20,
        SubIndication::NoCertificateChainFound,
        "x509.bad_signature",
    );
    story.leaf = root(ca_params("stranger")).leaf(leaf_params());
    story.fails(20, SubIndication::NoCertificateChainFound, "x509.no_chain");
}

#[test]
fn an_anchor_may_be_the_leaf_itself() {
    let mut story = story();
    story.purpose = Purpose::default();
    story.leaf = story.root.x509.clone();
    assert_eq!(story.holds(20).chain, [story.root.x509.clone()]);
}

#[test]
fn work_is_bounded_and_running_out_is_said() {
    let mut story = story();
    story.budgets.work = 3 * crate::budget::PUBLIC_KEY_WORK;
    story.fails(20, SubIndication::Generic, "limit.exceeded");
}

/// Days `from` and `to` of a CRL, and the day and whether it is a hold when it lists the leaf.
fn any_crl() -> impl Strategy<Value = (i64, i64, Option<(i64, bool)>)> {
    (
        1..120i64,
        1..60i64,
        prop::option::of((1..130i64, any::<bool>())),
    )
        .prop_map(|(from, length, revoked)| (from, from + length, revoked))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What lets callers keep a chain instead of asking again.
    #[test]
    fn within_its_window_an_answer_stays_the_same(
        crls in prop::collection::vec(any_crl(), 1..4),
        at in 10..100i64,
    ) {
        thread_local!(static STORY: std::cell::RefCell<Story> = story().into());
        STORY.with_borrow_mut(|story| -> Result<(), TestCaseError> {
            story.crls.truncate(1);
            for (from, to, revoked) in crls {
                let reason = |hold| match hold {
                    true => RevocationReason::CertificateHold,
                    false => RevocationReason::Superseded,
                };
                let revoked = revoked.map(|(since, hold)| (&story.leaf, since, reason(hold)));
                story.crls.push(story.issuing.crl(from, to, revoked.as_slice()));
            }
            let Ok(valid) = story.ask(at, Revocation::Required) else { return Ok(()) };
            prop_assert!(valid.window.contains(instant(day(at))));
            for other in (0..130).filter(|other| valid.window.contains(instant(day(*other)))) {
                let again = story.ask(other, Revocation::Required);
                let again = again.map_err(|failure| TestCaseError::fail(failure.finding.seen))?;
                prop_assert_eq!(&again.chain, &valid.chain);
            }
            Ok(())
        })?;
    }
}

/// Flips, cuts and inserts octets.
fn mutated(der: &[u8], edits: &[(u8, prop::sample::Index, u8)]) -> Vec<u8> {
    let mut der = der.to_vec();
    for (edit, at, octet) in edits {
        if der.is_empty() {
            break;
        }
        let at = at.index(der.len());
        match edit % 3 {
            0 => der[at] ^= octet | 1,
            1 => drop(der.remove(at)),
            _ => der.insert(at, *octet),
        }
    }
    der
}

proptest! {
    #[test]
    fn mutated_x509s_and_crls_never_panic_and_never_hold(
        edits in prop::collection::vec((any::<u8>(), any::<prop::sample::Index>(), any::<u8>()), 1..6)
    ) {
        thread_local!(static STORY: Story = story());
        STORY.with(|story| -> Result<(), TestCaseError> {
            let der = mutated(story.leaf.der(), &edits);
            if let Ok(leaf) = X509::parse(&der) {
                prop_assert_eq!(leaf.der(), &der[..]);
                let _ = (leaf.subject().to_string(), leaf.policies().len());
                let request = PathRequest {
                    leaf: &leaf,
                    intermediates: &[&story.issuing.x509],
                    anchors: &[&story.root.x509],
                    crls: &story.crls.iter().collect::<Vec<_>>(),
                    at: instant(day(20)),
                    purpose: &story.purpose,
                    revocation: Revocation::Required,
                    algorithms: &Algorithms::default(),
                };
                let answer = validate(&request, &mut Meter::new(&story.budgets, 1).unwrap());
                prop_assert!(answer.is_err() || der == story.leaf.der());
            }
            let _ = Crl::parse(&mutated(story.crls[1].der(), &edits));
            Ok(())
        })?;
    }
}
