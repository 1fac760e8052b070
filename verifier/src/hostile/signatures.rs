//! Signatures that are costly to open, and X.509s that are costly to build chains of.

use ring::rand::{SecureRandom, SystemRandom};

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
const ROOM: usize = 522_000;

const FILES: &[Maker] = &[
    ("signed attributes of many types", || {
        by_somebody(|cms| cms.attributes.extend(attributes(40_000)))
    }),
    ("unsigned attributes of many types", || {
        by_somebody(|cms| cms.unsigned.extend(attributes(40_000)))
    }),
    ("one attribute of many values", || {
        let values = vec![[5u8, 0].as_slice(); 255_000];
        by_somebody(|cms| cms.unsigned.push(attribute(der::OID_DATA, &values)))
    }),
    ("a good seal beside scraps that are no X.509s", || {
        by(&PKI.seal, |cms| cms.x509s.extend(scraps(72_000)))
    }),
    ("a good seal beside empty X.509s", || {
        by(&PKI.seal, |cms| {
            cms.x509s.extend(vec![vec![0x30, 0]; 255_000])
        })
    }),
    ("a good seal beside tiny X.509s", || {
        by(&PKI.seal, |cms| cms.x509s.extend(tiny_x509s()))
    }),
    ("tiny X.509s", || {
        by_somebody(|cms| cms.x509s.extend(tiny_x509s()))
    }),
    ("tiny X.509s and a signer named by key", || {
        by_somebody(|cms| {
            cms.key_identifier = Some(vec![7; 20]);
            cms.x509s.extend(tiny_x509s());
        })
    }),
    ("many signers", || by_somebody(|cms| cms.signers = 1_100)),
    ("a signer with a long name", || {
        let name = name(18_000);
        let leaf = Draft509::of(&name, &name).issue(&pki::self_signed(pki::person("x")));
        by(&leaf, |_| ())
    }),
    ("a signer with a long name at once", || {
        let name = tlv(SEQUENCE, &[&tlv(SET, &vec![part().as_slice(); 24_000])]);
        let leaf = Draft509::of(&name, &name).issue(&pki::self_signed(pki::person("x")));
        by(&leaf, |_| ())
    }),
    ("a signer with many alternative names", || {
        let names = tlv(SEQUENCE, &vec![[0x82u8, 0].as_slice(); 255_000]);
        let san = extension(b"\x55\x1d\x11", &names);
        let draft = Draft509 {
            extensions: san,
            ..Draft509::of(&name(1), &name(1))
        };
        by(&draft.issue(&pki::self_signed(pki::person("x"))), |_| ())
    }),
    ("a signer with many distribution points", || {
        let point = tlv(SEQUENCE, &[&tlv(0xa0, &[&tlv(0xa0, &[&[0x86, 0]])])]);
        let points = tlv(SEQUENCE, &vec![point.as_slice(); 60_000]);
        let extensions = extension(b"\x55\x1d\x1f", &points);
        let draft = Draft509 {
            extensions,
            ..Draft509::of(&name(1), &name(1))
        };
        by(&draft.issue(&pki::self_signed(pki::person("x"))), |_| ())
    }),
    ("CAs that all issued each other", || web(8, 1)),
    ("CAs of a long name that all issued each other", || {
        web(8, 300)
    }),
    ("CAs of a long name, two keys in turns", || web(3, 2_000)),
    ("a large X.509 and many who might have issued it", || {
        let issuer = name(1);
        let filler = extension(b"\x2a\x03", &tlv(OCTET_STRING, &[&[7; 420_000]]));
        let draft = Draft509 {
            extensions: filler,
            ..Draft509::of(&issuer, &name(2))
        };
        let leaf = draft.issue(&pki::self_signed(pki::person("x")));
        let candidates = (0..260).map(|_| {
            let key = pki::self_signed(pki::person("y"));
            Draft509 {
                spki: key.spki(),
                ..Draft509::of(&issuer, &issuer)
            }
            .issue(&key)
            .x509
        });
        let candidates: Vec<_> = candidates.collect();
        by(&leaf, |cms| cms.x509s.extend(candidates))
    }),
    ("RSA keys as large as they may be", || {
        rsa(b"\x01\xff\xff\xff\xff")
    }),
    ("RSA keys as large as they may be, usual exponent", || {
        rsa(b"\x01\x00\x01")
    }),
    ("as many time-stamps as fit", || {
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
    ("BER within BER", || {
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
    ("BER in many parts", || {
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
    ("elements within elements", || {
        let mut inner = [5u8, 0].repeat(ROOM / 2 - 400);
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

fn by(signer: &Identity, edit: impl FnOnce(&mut Cms)) -> Hostile {
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
    let empty = tlv(SEQUENCE, &[]);
    let algorithm = der::algorithm(b"\x2a");
    let one = |number: u32| {
        let key = tlv(
            SEQUENCE,
            &[&tlv(OCTET_STRING, &[&number.to_be_bytes()[1..]])],
        );
        let serial = tlv(INTEGER, &[&[1]]);
        let fields: [&[u8]; 6] = [&serial, &algorithm, &empty, &validity(), &empty, &key];
        tlv(SEQUENCE, &[&tlv(SEQUENCE, &fields), &algorithm, &[3, 1, 0]])
    };
    let count = (ROOM - 3_000) / one(1).len();
    (0..count as u32).map(one).collect()
}

fn validity() -> Vec<u8> {
    let from = tlv(0x17, &[b"260101000000Z"]);
    let to = tlv(0x17, &[b"360101000000Z"]);
    tlv(SEQUENCE, &[&from, &to])
}

/// One attribute of a name, as small as can be.
fn part() -> Vec<u8> {
    tlv(SEQUENCE, &[&tlv(OID, &[b"\x2a"]), &tlv(0x0c, &[])])
}

/// A name of so many parts.
fn name(parts: usize) -> Vec<u8> {
    let one = tlv(SET, &[&part()]);
    tlv(SEQUENCE, &vec![one.as_slice(); parts])
}

fn extension(id: &[u8], value: &[u8]) -> Vec<u8> {
    let one = tlv(SEQUENCE, &[&tlv(OID, &[id]), &tlv(OCTET_STRING, &[value])]);
    tlv(0xa3, &[&tlv(SEQUENCE, &[&one])])
}

/// An X.509 as no library would write it.
struct Draft509 {
    issuer: Vec<u8>,
    subject: Vec<u8>,
    /// Of the signing key itself when empty.
    spki: Vec<u8>,
    extensions: Vec<u8>,
}

impl Draft509 {
    fn of(issuer: &[u8], subject: &[u8]) -> Draft509 {
        Draft509 {
            issuer: issuer.to_vec(),
            subject: subject.to_vec(),
            spki: Vec::new(),
            extensions: Vec::new(),
        }
    }

    /// Signed by that key.
    fn issue(self, key: &Identity) -> Identity {
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

/// A signer of a name, and for each of the keys under that name an X.509 from each of the others.
fn web(keys: usize, parts: usize) -> Hostile {
    let name = name(parts);
    let key = || pki::self_signed(pki::person("x"));
    let keys: Vec<Identity> = (0..keys).map(|_| key()).collect();
    let own = key();
    let mut draft = Draft509::of(&name, &self::name(1));
    draft.spki = own.spki();
    let leaf = own.with_x509(draft.issue(&keys[0]).x509);
    let mut x509s = Vec::new();
    for signer in &keys {
        for subject in &keys {
            let mut draft = Draft509::of(&name, &name);
            draft.spki = subject.spki();
            x509s.push(draft.issue(signer).x509);
        }
    }
    by(&leaf, |cms| cms.x509s.extend(x509s))
}

/// A signer and many RSA keys that might have issued it.
fn rsa(exponent: &[u8]) -> Hostile {
    let name = name(1);
    let random = SystemRandom::new();
    let algorithm = tlv(
        SEQUENCE,
        &[
            &tlv(OID, &[b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"]),
            &[5, 0],
        ],
    );
    let x509 = |spki: &[u8], subject: &[u8]| {
        let version = tlv(0xa0, &[&tlv(INTEGER, &[&[2]])]);
        let serial = tlv(INTEGER, &[&[1]]);
        let fields: [&[u8]; 7] = [
            &version,
            &serial,
            &algorithm,
            &name,
            &validity(),
            subject,
            spki,
        ];
        let signature = tlv(3, &[&[0], &[0x55; 1024]]);
        tlv(SEQUENCE, &[&tlv(SEQUENCE, &fields), &algorithm, &signature])
    };
    let key = || {
        let mut modulus = vec![0u8; 1025];
        random.fill(&mut modulus[1..]).unwrap();
        modulus[1] |= 0x80;
        modulus[1024] |= 1;
        let key = tlv(
            SEQUENCE,
            &[&tlv(INTEGER, &[&modulus]), &tlv(INTEGER, &[exponent])],
        );
        let rsa = tlv(
            SEQUENCE,
            &[
                &tlv(OID, &[b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"]),
                &[5, 0],
            ],
        );
        tlv(SEQUENCE, &[&rsa, &tlv(3, &[&[0], &key])])
    };
    let own = pki::self_signed(pki::person("x"));
    let leaf = own.with_x509(x509(&own.spki(), &self::name(2)));
    let candidates: Vec<_> = (0..220).map(|_| x509(&key(), &name)).collect();
    by(&leaf, |cms| cms.x509s.extend(candidates))
}
