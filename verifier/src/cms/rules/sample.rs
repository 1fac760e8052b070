//! One good seal and one good token to spoil; a test names the edit and the code it expects.

use std::sync::LazyLock;

use super::{Role, Rule, SignerX509, Subject};
use crate::cms::signed_data;
pub(super) use crate::forge::cms::Cms;
use crate::forge::cms::{self as forge, tst_info};
pub(super) use crate::forge::der::{algorithm, attribute};
use crate::forge::pki::{self, Identity};
use crate::report::Rulebook;
use crate::suites::Algorithms;

/// What a test does to a good signature before it is made.
pub(super) type Edit = fn(&mut Cms);

static SIGNER: LazyLock<Identity> = LazyLock::new(|| pki::self_signed(pki::seal("sample")));
const COVERED: [&[u8]; 2] = [b"the covered ", b"ranges"];

/// A seal's ContentInfo.
pub(super) fn cms(edit: impl FnOnce(&mut Cms)) -> Vec<u8> {
    let mut cms = Cms::seal(
        &SIGNER,
        super::hash(crate::suites::Digest::Sha256, &COVERED).as_ref(),
    );
    edit(&mut cms);
    cms.build(&SIGNER)
}

/// Code that `rule` gives a seal under `issued`.
pub(super) fn issued(rule: Rule, edit: Edit) -> Option<&'static str> {
    judge(
        rule,
        Rulebook::Issued,
        Role::Seal { cades: true },
        &cms(edit),
        &COVERED,
    )
}

/// Code that `rule` gives a seal under `foreign`.
pub(super) fn foreign(rule: Rule, edit: Edit) -> Option<&'static str> {
    judge(
        rule,
        Rulebook::Foreign,
        Role::Seal { cades: true },
        &cms(edit),
        &COVERED,
    )
}

/// Code that `rule` gives a time-stamp token under `issued`.
pub(super) fn token(rule: Rule, edit: Edit) -> Option<&'static str> {
    let info = tst_info(&[1; 32], "20261122000000Z");
    let mut cms = Cms::token(&SIGNER, &info);
    edit(&mut cms);
    judge(
        rule,
        Rulebook::Issued,
        Role::TimeStamp,
        &cms.build(&SIGNER),
        &[&info],
    )
}

pub(super) fn signing_certificate_v1() -> Vec<u8> {
    forge::signing_certificate_v1(&SIGNER.x509)
}

fn judge(
    rule: Rule,
    rulebook: Rulebook,
    role: Role,
    bytes: &[u8],
    content: &[&[u8]],
) -> Option<&'static str> {
    let signed = signed_data::parse(bytes).unwrap();
    let (spki, issuer, serial) = (SIGNER.spki(), SIGNER.issuer(), SIGNER.serial());
    let x509 = SignerX509 {
        der: &SIGNER.x509,
        spki: &spki,
        issuer: &issuer,
        serial: &serial,
    };
    let subject = Subject {
        rulebook,
        role,
        signed: &signed,
        signer: &signed.signers[0],
        x509: Some(x509),
        content,
        algorithms: &Algorithms::default(),
    };
    rule(&subject).map(|finding| finding.code)
}

#[test]
fn the_unspoilt_samples_pass_every_rule() {
    for rule in super::RULES {
        assert_eq!(issued(rule, |_| ()), None);
        assert_eq!(foreign(rule, |_| ()), None);
        assert_eq!(token(rule, |_| ()), None);
    }
}
