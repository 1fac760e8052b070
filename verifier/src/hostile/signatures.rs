//! Signatures that are costly to open.

use super::End::{Answer, Limit};
use super::{Hostile, Maker, PKI, measure};
use crate::forge::cms::{Cms, time_stamp};
use crate::forge::der::{self, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, attribute, tlv};
use crate::forge::pdf::{Draft, sealed};
use crate::forge::pki::{self, Identity, START};

#[test]
fn signatures_are_bounded() {
    measure(FILES);
}

/// Bytes of CMS that a file of 1 MiB has room for.
pub(super) const ROOM: usize = 522_000;

const FILES: &[Maker] = &[
    ("signed attributes of many types", Answer, || {
        by_somebody(|cms| cms.attributes.extend(attributes(40_000)))
    }),
    ("unsigned attributes of many types", Answer, || {
        by_somebody(|cms| cms.unsigned.extend(attributes(40_000)))
    }),
    ("one attribute of many values", Answer, || {
        let values = vec![[5u8, 0].as_slice(); 255_000];
        by_somebody(|cms| cms.unsigned.push(attribute(der::OID_DATA, &values)))
    }),
    (
        "a good seal beside scraps that are no X.509s",
        Answer,
        || by(&PKI.seal, |cms| cms.x509s.extend(scraps(72_000))),
    ),
    ("a good seal beside empty X.509s", Answer, || {
        by(&PKI.seal, |cms| {
            cms.x509s.extend(vec![vec![0x30, 0]; 255_000])
        })
    }),
    ("a good seal beside tiny X.509s", Answer, || {
        by(&PKI.seal, |cms| cms.x509s.extend(tiny_x509s()))
    }),
    ("tiny X.509s", Answer, || {
        by_somebody(|cms| cms.x509s.extend(tiny_x509s()))
    }),
    ("tiny X.509s and a signer named by key", Answer, || {
        by_somebody(|cms| {
            cms.key_identifier = Some(vec![7; 20]);
            cms.x509s.extend(tiny_x509s());
        })
    }),
    ("empty X.509s under a policy of many seals", Answer, || {
        let mut hostile = by_somebody(|cms| cms.x509s.extend(vec![vec![0x30, 0]; 255_000]));
        for number in 0..1_000 {
            let (from, to) = ("2026-11-22T00:00:00Z", "2029-11-22T00:00:00Z");
            hostile.policy += &format!(
                "[[seal_x509]]\nsha256 = \"{number:064x}\"\nfrom = \"{from}\"\nto = \"{to}\"\n"
            );
        }
        hostile
    }),
    ("many signers", Answer, || {
        by_somebody(|cms| cms.signers = 1_100)
    }),
    ("a signer with a long name", Answer, || {
        let name = name(18_000);
        let leaf = Draft509::of(&name, &name).issue(&pki::self_signed(pki::person("x")));
        by(&leaf, |_| ())
    }),
    ("a signer with a long name at once", Answer, || {
        let name = tlv(SEQUENCE, &[&tlv(SET, &vec![part().as_slice(); 24_000])]);
        let leaf = Draft509::of(&name, &name).issue(&pki::self_signed(pki::person("x")));
        by(&leaf, |_| ())
    }),
    ("a signer with many alternative names", Answer, || {
        let names = tlv(SEQUENCE, &vec![[0x82u8, 0].as_slice(); 255_000]);
        let san = extension(b"\x55\x1d\x11", &names);
        let draft = Draft509 {
            extensions: san,
            ..Draft509::of(&name(1), &name(1))
        };
        by(&draft.issue(&pki::self_signed(pki::person("x"))), |_| ())
    }),
    ("a signer with many distribution points", Answer, || {
        let point = tlv(SEQUENCE, &[&tlv(0xa0, &[&tlv(0xa0, &[&[0x86, 0]])])]);
        let points = tlv(SEQUENCE, &vec![point.as_slice(); 60_000]);
        let extensions = extension(b"\x55\x1d\x1f", &points);
        let draft = Draft509 {
            extensions,
            ..Draft509::of(&name(1), &name(1))
        };
        by(&draft.issue(&pki::self_signed(pki::person("x"))), |_| ())
    }),
    ("as many time-stamps as fit", Limit, || {
        by_stamped(|signature| {
            let one = time_stamp(&PKI.tsa, signature, "20261122080000Z");
            let value = der::children(&one)[1].to_vec();
            let value = der::children(&value)[0].to_vec();
            let count = (ROOM - 3_000) / value.len();
            attribute(
                der::OID_SIGNATURE_TIME_STAMP,
                &vec![value.as_slice(); count],
            )
        })
    }),
    ("time-stamps that are none", Limit, || {
        by_stamped(|_| {
            let values = vec![[5u8, 0].as_slice(); 255_000];
            attribute(der::OID_SIGNATURE_TIME_STAMP, &values)
        })
    }),
    ("BER within BER", Answer, || {
        let file = sealed(
            &Draft {
                reserved: ROOM,
                ..Draft::default()
            },
            |_| {
                let mut ber = [0x30, 0x80].repeat(ROOM / 4 - 10);
                ber.extend([0, 0].repeat(ROOM / 4 - 10));
                ber
            },
        );
        file.into()
    }),
    ("BER in many parts", Answer, || {
        let file = sealed(
            &Draft {
                reserved: ROOM,
                ..Draft::default()
            },
            |_| {
                let parts = [4u8, 0].repeat(ROOM / 2 - 200);
                let open = [0x30u8, 0x80].repeat(14);
                [open, vec![0x24, 0x80], parts, vec![0; 30]].concat()
            },
        );
        file.into()
    }),
    ("elements within elements", Answer, || {
        let mut inner = [5u8, 0].repeat(ROOM / 2 - 600);
        for _ in 0..40 {
            inner = tlv(SEQUENCE, &[&inner]);
        }
        by_somebody(|cms| cms.unsigned.push(attribute(der::OID_DATA, &[&inner])))
    }),
];

/// A file under the policy of the house.
fn under_policy(file: Vec<u8>) -> Hostile {
    Hostile {
        file,
        policy: PKI.policy(&PKI.crls(START, &[])),
    }
}

pub(super) fn by(signer: &Identity, edit: impl FnOnce(&mut Cms)) -> Hostile {
    let draft = Draft {
        reserved: ROOM,
        ..Draft::default()
    };
    under_policy(sealed(&draft, |digest| {
        let mut cms = Cms::seal(signer, digest);
        edit(&mut cms);
        let built = cms.build(signer);
        assert!(built.len() <= ROOM, "{} bytes of CMS", built.len());
        built
    }))
}

fn by_somebody(edit: impl FnOnce(&mut Cms)) -> Hostile {
    by(&pki::self_signed(pki::person("somebody")), edit)
}

fn by_stamped(stamp: impl FnOnce(&[u8]) -> Vec<u8>) -> Hostile {
    let draft = Draft {
        reserved: ROOM,
        ..Draft::default()
    };
    let somebody = pki::self_signed(pki::person("somebody"));
    under_policy(sealed(&draft, |digest| {
        Cms::seal(&somebody, digest).build_stamped(&somebody, |signature| Some(stamp(signature)))
    }))
}

/// Attributes, each of a type of its own.
fn attributes(count: u32) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(|number| {
        let arc = [number >> 14, number >> 7, number].map(|part| (part & 0x7f) as u8);
        attribute(&[&[0x2a], arc.as_slice()].concat(), &[&[5, 0]])
    })
}

/// SEQUENCEs that differ.
fn scraps(count: u32) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(|number| {
        tlv(
            SEQUENCE,
            &[&tlv(OCTET_STRING, &[&number.to_be_bytes()[1..]])],
        )
    })
}

/// X.509s as small as they can be read, each with another key.
fn tiny_x509s() -> Vec<Vec<u8>> {
    tiny_x509s_of(&tlv(SEQUENCE, &[]), ROOM - 3_000)
}

/// The same with that name, as many as there is room for.
pub(super) fn tiny_x509s_of(name: &[u8], room: usize) -> Vec<Vec<u8>> {
    let algorithm = der::algorithm(b"\x2a");
    let one = |number: u32| {
        let key = tlv(
            SEQUENCE,
            &[&tlv(OCTET_STRING, &[&number.to_be_bytes()[1..]])],
        );
        let serial = tlv(INTEGER, &[&[1]]);
        let fields: [&[u8]; 6] = [&serial, &algorithm, name, &validity(), name, &key];
        tlv(SEQUENCE, &[&tlv(SEQUENCE, &fields), &algorithm, &[3, 1, 0]])
    };
    let count = room / one(1).len();
    (0..count as u32).map(one).collect()
}

pub(super) fn validity() -> Vec<u8> {
    let from = tlv(0x17, &[b"260101000000Z"]);
    let to = tlv(0x17, &[b"360101000000Z"]);
    tlv(SEQUENCE, &[&from, &to])
}

/// One attribute of a name, as small as can be.
fn part() -> Vec<u8> {
    tlv(SEQUENCE, &[&tlv(OID, &[b"\x2a"]), &tlv(0x0c, &[])])
}

/// A name of so many parts.
pub(super) fn name(parts: usize) -> Vec<u8> {
    let one = tlv(SET, &[&part()]);
    tlv(SEQUENCE, &vec![one.as_slice(); parts])
}

pub(super) fn extension(id: &[u8], value: &[u8]) -> Vec<u8> {
    let one = tlv(SEQUENCE, &[&tlv(OID, &[id]), &tlv(OCTET_STRING, &[value])]);
    tlv(0xa3, &[&tlv(SEQUENCE, &[&one])])
}

/// An X.509 as no library would write it.
pub(super) struct Draft509 {
    pub(super) issuer: Vec<u8>,
    pub(super) subject: Vec<u8>,
    /// Of the signing key itself when empty.
    pub(super) spki: Vec<u8>,
    pub(super) extensions: Vec<u8>,
}

impl Draft509 {
    pub(super) fn of(issuer: &[u8], subject: &[u8]) -> Draft509 {
        Draft509 {
            issuer: issuer.to_vec(),
            subject: subject.to_vec(),
            spki: Vec::new(),
            extensions: Vec::new(),
        }
    }

    /// Signed by that key.
    pub(super) fn issue(self, key: &Identity) -> Identity {
        let algorithm = der::algorithm(der::OID_ECDSA_SHA256);
        let spki = if self.spki.is_empty() {
            key.spki()
        } else {
            self.spki
        };
        let version = tlv(0xa0, &[&tlv(INTEGER, &[&[2]])]);
        let serial = tlv(INTEGER, &[&[1]]);
        let fields: [&[u8]; 8] = [
            &version,
            &serial,
            &algorithm,
            &self.issuer,
            &validity(),
            &self.subject,
            &spki,
            &self.extensions,
        ];
        let tbs = tlv(SEQUENCE, &fields);
        let signature = tlv(3, &[&[0], &key.sign(&tbs)]);
        let x509 = tlv(SEQUENCE, &[&tbs, &algorithm, &signature]);
        key.with_x509(x509)
    }
}
