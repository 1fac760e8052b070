//! X.509s in a signature that make the search for a chain costly.

use ring::rand::{SecureRandom, SystemRandom};

use super::End::{Answer, Limit};
use super::signatures::{Draft509, ROOM, by, extension, name, tiny_x509s_of, validity};
use super::{Hostile, Maker, measure};
use crate::forge::der::{self, INTEGER, OCTET_STRING, OID, SEQUENCE, tlv};
use crate::forge::pki::{self, Identity};

#[test]
fn chains_are_bounded() {
    measure(FILES);
}

const FILES: &[Maker] = &[
    ("CAs that all issued each other", Limit, || web(8, 1)),
    (
        "CAs of a long name that all issued each other",
        Limit,
        || web(8, 300),
    ),
    ("CAs of a long name, two keys in turns", Answer, || {
        web(3, 2_000)
    }),
    ("CAs of a long name, five keys", Limit, || web(5, 800)),
    ("CAs of a long name, twelve keys", Limit, || web(12, 120)),
    ("one name for a signer and thousands besides", Limit, || {
        let name = name(1);
        let keys: Vec<_> = (0..10)
            .map(|_| pki::self_signed(pki::person("x")))
            .collect();
        let leaf = Draft509 {
            spki: keys[0].spki(),
            ..Draft509::of(&name, &name)
        };
        let leaf = keys[0].with_x509(leaf.issue(&keys[1]).x509);
        let mut x509s = Vec::new();
        for signer in &keys {
            for subject in &keys {
                let spki = subject.spki();
                x509s.push(
                    Draft509 {
                        spki,
                        ..Draft509::of(&name, &name)
                    }
                    .issue(signer)
                    .x509,
                );
            }
        }
        by(&leaf, |cms| {
            cms.x509s.extend(x509s);
            cms.x509s.extend(tiny_x509s_of(&name, ROOM - 40_000));
        })
    }),
    ("keys of P-384", Limit, p384),
    (
        "a large X.509 and many who might have issued it",
        Limit,
        || {
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
        },
    ),
    ("RSA keys as large as they may be", Limit, || {
        rsa(b"\x01\xff\xff\xff\xff")
    }),
    (
        "RSA keys as large as they may be, usual exponent",
        Limit,
        || rsa(b"\x01\x00\x01"),
    ),
];

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

/// A signer and a key of P-384 that might have issued it, in many X.509s.
fn p384() -> Hostile {
    let name = name(1);
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let x509 = pki::base("x").self_signed(&key).unwrap();
    let spki = pki::self_signed(pki::base("x"))
        .with_x509(x509.der().to_vec())
        .spki();
    let algorithm = der::algorithm(b"\x2a\x86\x48\xce\x3d\x04\x03\x03");
    // Any two numbers below the order make a signature that has to be looked at.
    let number = tlv(INTEGER, &[&[0x55; 48]]);
    let signature = tlv(3, &[&[0], &tlv(SEQUENCE, &[&number, &number])]);
    let one = |serial: u16, subject: &[u8], spki: &[u8]| {
        let version = tlv(0xa0, &[&tlv(INTEGER, &[&[2]])]);
        let serial = tlv(INTEGER, &[&(serial | 0x4000).to_be_bytes()]);
        let fields: [&[u8]; 7] = [
            &version,
            &serial,
            &algorithm,
            &name,
            &validity(),
            subject,
            spki,
        ];
        tlv(SEQUENCE, &[&tlv(SEQUENCE, &fields), &algorithm, &signature])
    };
    let own = pki::self_signed(pki::person("x"));
    let leaf = own.with_x509(one(0, &self::name(2), &own.spki()));
    let candidates: Vec<_> = (1..400).map(|serial| one(serial, &name, &spki)).collect();
    by(&leaf, |cms| cms.x509s.extend(candidates))
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
