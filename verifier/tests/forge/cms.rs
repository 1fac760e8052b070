//! SignedData and time-stamp tokens, every field open to be spoilt before the signature is made.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};

use super::der::{self, OCTET_STRING, OID, SEQUENCE, SET, attribute, set_of, tlv};
use super::pki::Identity;

/// SignedData with one signer, good as [`Cms::seal`] and [`Cms::token`] make it.
pub struct Cms {
    pub version: u8,
    pub digest_algorithms: Vec<Vec<u8>>,
    pub content_type: Vec<u8>,
    pub content: Option<Vec<u8>>,
    pub x509s: Vec<Vec<u8>>,
    pub crls: Option<Vec<u8>>,
    /// How often the SignerInfo stands there.
    pub signers: usize,
    pub signer_version: u8,
    pub issuer: Vec<u8>,
    pub serial: Vec<u8>,
    pub key_identifier: Option<Vec<u8>>,
    pub digest_algorithm: Vec<u8>,
    /// Signed attributes, each whole.
    pub attributes: Vec<Vec<u8>>,
    /// Written in the reverse of DER order.
    pub shuffled: bool,
    /// Signed in DER order even if shuffled.
    pub signed_in_order: bool,
    pub signature_algorithm: Vec<u8>,
    /// One bit of the signature's last octet is flipped.
    pub spoilt: bool,
    /// Unsigned attributes, each whole.
    pub unsigned: Vec<Vec<u8>>,
}

impl Cms {
    /// A detached B-B signature over bytes with that SHA-256.
    pub fn seal(signer: &Identity, content_sha256: &[u8]) -> Cms {
        Cms {
            version: 1,
            digest_algorithms: vec![der::algorithm(der::OID_SHA256)],
            content_type: der::OID_DATA.to_vec(),
            content: None,
            x509s: vec![signer.x509.clone()],
            crls: None,
            signers: 1,
            signer_version: 1,
            issuer: signer.issuer(),
            serial: signer.serial(),
            key_identifier: None,
            digest_algorithm: der::algorithm(der::OID_SHA256),
            attributes: vec![
                attribute(der::OID_CONTENT_TYPE, &[&tlv(OID, &[der::OID_DATA])]),
                attribute(
                    der::OID_MESSAGE_DIGEST,
                    &[&tlv(OCTET_STRING, &[content_sha256])],
                ),
                signing_certificate_v2(&signer.x509),
            ],
            shuffled: false,
            signed_in_order: false,
            signature_algorithm: der::algorithm(der::OID_ECDSA_SHA256),
            spoilt: false,
            unsigned: vec![],
        }
    }

    /// A token over this TSTInfo.
    pub fn token(tsa: &Identity, tst_info: &[u8]) -> Cms {
        let mut cms = Cms::seal(tsa, digest(&SHA256, tst_info).as_ref());
        cms.version = 3;
        cms.content_type = der::OID_TST_INFO.to_vec();
        cms.content = Some(tst_info.to_vec());
        cms.attributes[0] = attribute(der::OID_CONTENT_TYPE, &[&tlv(OID, &[der::OID_TST_INFO])]);
        cms
    }

    /// Takes the signed attribute of that type away.
    pub fn remove(&mut self, oid: &[u8]) {
        let head = tlv(OID, &[oid]);
        self.attributes
            .retain(|attribute| !der::content(attribute).starts_with(&head));
    }

    /// ContentInfo, signed by `signer`.
    pub fn build(&self, signer: &Identity) -> Vec<u8> {
        self.build_stamped(signer, |_| None)
    }

    /// As [`Cms::build`], with the unsigned attribute that `stamp` makes of the signature.
    pub fn build_stamped(
        &self,
        signer: &Identity,
        stamp: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
    ) -> Vec<u8> {
        let mut written = self.attributes.clone();
        written.sort();
        let sorted = written.concat();
        if self.shuffled {
            written.reverse();
        }
        let written = written.concat();
        let message = tlv(
            SET,
            &[if self.signed_in_order {
                &sorted
            } else {
                &written
            }],
        );
        let mut signature = signer.sign(&message);
        if self.spoilt {
            *signature.last_mut().unwrap() ^= 1;
        }
        let mut unsigned = self.unsigned.clone();
        unsigned.extend(stamp(&signature));
        let optional = |tag, content: Vec<u8>| match content.len() {
            0 => vec![],
            _ => tlv(tag, &[&content]),
        };
        let id = match &self.key_identifier {
            Some(key) => tlv(0x80, &[key]),
            None => tlv(
                SEQUENCE,
                &[&self.issuer, &tlv(der::INTEGER, &[&self.serial])],
            ),
        };
        let signer_info = tlv(
            SEQUENCE,
            &[
                &tlv(der::INTEGER, &[&[self.signer_version]]),
                &id,
                &self.digest_algorithm,
                &optional(0xa0, written),
                &self.signature_algorithm,
                &tlv(OCTET_STRING, &[&signature]),
                &optional(0xa1, unsigned.concat()),
            ],
        );
        let content = match &self.content {
            Some(content) => tlv(0xa0, &[&tlv(OCTET_STRING, &[content])]),
            None => vec![],
        };
        let signed_data = tlv(
            SEQUENCE,
            &[
                &tlv(der::INTEGER, &[&[self.version]]),
                &set_of(self.digest_algorithms.clone()),
                &tlv(SEQUENCE, &[&tlv(OID, &[&self.content_type]), &content]),
                &optional(0xa0, self.x509s.concat()),
                &self.crls.as_ref().map_or(vec![], |crls| tlv(0xa1, &[crls])),
                &tlv(SET, &[&signer_info.repeat(self.signers)]),
            ],
        );
        tlv(
            SEQUENCE,
            &[
                &tlv(OID, &[der::OID_SIGNED_DATA]),
                &tlv(0xa0, &[&signed_data]),
            ],
        )
    }
}

pub fn signing_certificate_v2(x509: &[u8]) -> Vec<u8> {
    let hash = tlv(OCTET_STRING, &[digest(&SHA256, x509).as_ref()]);
    let ids = tlv(SEQUENCE, &[&tlv(SEQUENCE, &[&hash])]);
    attribute(der::OID_SIGNING_CERTIFICATE_V2, &[&tlv(SEQUENCE, &[&ids])])
}

pub fn signing_certificate_v1(x509: &[u8]) -> Vec<u8> {
    let hash = tlv(
        OCTET_STRING,
        &[digest(&SHA1_FOR_LEGACY_USE_ONLY, x509).as_ref()],
    );
    let ids = tlv(SEQUENCE, &[&tlv(SEQUENCE, &[&hash])]);
    attribute(der::OID_SIGNING_CERTIFICATE, &[&tlv(SEQUENCE, &[&ids])])
}

/// TSTInfo over that SHA-256, `generalized` as in `20261122000000Z`.
pub fn tst_info(imprint: &[u8], generalized: &str) -> Vec<u8> {
    let message_imprint = tlv(
        SEQUENCE,
        &[
            &der::algorithm(der::OID_SHA256),
            &tlv(OCTET_STRING, &[imprint]),
        ],
    );
    tlv(
        SEQUENCE,
        &[
            &tlv(der::INTEGER, &[&[1]]),
            &tlv(OID, &[&[0x2a, 0x03]]),
            &message_imprint,
            &tlv(der::INTEGER, &[&[7]]),
            &tlv(0x18, &[generalized.as_bytes()]),
        ],
    )
}

/// The unsigned attribute with a token over `signature`.
pub fn time_stamp(tsa: &Identity, signature: &[u8], generalized: &str) -> Vec<u8> {
    let info = tst_info(digest(&SHA256, signature).as_ref(), generalized);
    attribute(
        der::OID_SIGNATURE_TIME_STAMP,
        &[&Cms::token(tsa, &info).build(tsa)],
    )
}
