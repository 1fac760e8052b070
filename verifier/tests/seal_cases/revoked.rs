//! Revoked and ended X.509s: what a time-stamp or a record still proves.

use super::*;

#[test]
fn a_revoked_seal_x509() {
    let revoked = |on: i64| {
        let crls = PKI.crls(START + 10 * DAY, &[(&PKI.seal, START + on * DAY)]);
        Trust::from_policy(&PKI.policy(&crls)).unwrap()
    };
    let plain = at(&file(&PKI.seal, |_| ()), &revoked(5), 11);
    check(&plain, "INDETERMINATE/REVOKED_NO_POE", None);
    let until = day(5) - jiff::SignedDuration::from_secs(1);
    assert_eq!(plain.signer_good.map(|good| good.1), Some(until));
    let bytes = stamped(&PKI.seal, &PKI.tsa);
    check(&at(&bytes, &revoked(5), 11), "TOTAL-PASSED", None);
    check(
        &at(&bytes, &revoked(0), 11),
        "INDETERMINATE/REVOKED_NO_POE",
        None,
    );
}

/// Leaf and CA, each revoked never, before or after the sealing; the sealing proven by a time-stamp
/// (of another chain), by a record, or by nothing.
#[test]
fn whatever_link_was_revoked_first_decides() {
    let other = pki::self_signed(pki::ca("another root"));
    let tsa = other.issue(pki::tsa("another time-stamp authority"));
    let anchor = format!(
        "[[anchor]]\npurpose = \"tsa\"\nx509 = \"\"\"{}\"\"\"\n",
        other.pem()
    );
    let trust = |leaf: Option<i64>, ca: Option<i64>| {
        let of = |who, on: Option<i64>| on.map(|on| (who, START + on * DAY));
        let leaf: Vec<_> = of(&PKI.seal, leaf).into_iter().collect();
        let ca: Vec<_> = of(&PKI.seal_ca, ca).into_iter().collect();
        let made = START + 10 * DAY;
        let crls = [
            PKI.root.crl(made, &ca),
            PKI.seal_ca.crl(made, &leaf),
            other.crl(made, &[]),
        ];
        Trust::from_policy(&(PKI.policy(&crls.concat()) + &anchor)).unwrap()
    };
    let (plain, stamped) = (file(&PKI.seal, |_| ()), stamped(&PKI.seal, &tsa));
    let sealed: Timestamp = "2026-11-22T08:00:00Z".parse().unwrap();
    let (never, before, after, later) = (None, Some(0), Some(5), Some(7));
    let (by_leaf, by_ca) = (
        "INDETERMINATE/REVOKED_NO_POE",
        "INDETERMINATE/REVOKED_CA_NO_POE",
    );
    for (leaf, ca, without_proof, good) in [
        (never, never, "TOTAL-PASSED", true),
        (after, never, by_leaf, true),
        (never, after, by_ca, true),
        (after, later, by_leaf, true),
        (later, after, by_ca, true),
        (before, never, by_leaf, false),
        (never, before, by_ca, false),
        // What befalls the other link later heals nothing.
        (before, after, by_leaf, false),
        (after, before, by_ca, false),
        (before, before, by_ca, false),
    ] {
        let case = format!("leaf {leaf:?}, CA {ca:?}");
        let trust = trust(leaf, ca);
        let nothing = at(&plain, &trust, 11);
        assert_eq!(answer(&nothing), without_proof, "{case}");
        let time_stamp = if good { "TOTAL-PASSED" } else { without_proof };
        assert_eq!(answer(&at(&stamped, &trust, 11)), time_stamp, "{case}");
        if without_proof != "TOTAL-PASSED" {
            let window = nothing.signer_good;
            let record = window.is_some_and(|(from, to)| from <= sealed && sealed <= to);
            assert_eq!(record, good, "{case}: {window:?}");
        }
    }
}

#[test]
fn an_ended_x509_is_good_on_record_until_it_ended_or_was_revoked() {
    let mut params = pki::seal("ends soon");
    params.not_after = pki::instant(START + 20 * DAY);
    let ended = PKI.seal_ca.issue(params);
    let good = |revoked: &[(&Identity, i64)]| {
        let toml = PKI
            .policy(&PKI.crls(START + 25 * DAY, revoked))
            .replace(&PKI.seal.sha256(), &ended.sha256())
            .replace(&PKI.seal.pem(), &ended.pem());
        let report = at(
            &file(&ended, |_| ()),
            &Trust::from_policy(&toml).unwrap(),
            26,
        );
        check(&report, "INDETERMINATE/OUT_OF_BOUNDS_NO_POE", None);
        report.signer_good
    };
    let second = jiff::SignedDuration::from_secs(1);
    assert_eq!(good(&[]), Some((day(0), day(20))));
    assert_eq!(
        good(&[(&ended, START + 5 * DAY)]),
        Some((day(0), day(5) - second))
    );
    assert_eq!(good(&[(&ended, START)]), None);
}
