//! CMS SignedData (RFC 5652) with one signer, as seals and time-stamp tokens have it.
//!
//! Everything that does not change from one signature to the next is encoded once, in [`SignedDataFrame`]; a signature
//! then costs a few copies. In: issuerAndSerialNumber, SHA-256, the signed attributes contentType, messageDigest and
//! signing-certificate-v2 (RFC 5035) in DER order, the signer's X.509. Out: a signing time, any other X.509.

use crate::asn1::{self, CONTEXT_0, CONTEXT_1, INTEGER, OCTET_STRING, SET, sequence, tlv};
use crate::suite::SHA256_IDENTIFIER;
use crate::{Suite, X509};

/// OID id-data, the content type of a detached seal.
pub const ID_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
/// OID id-ct-TSTInfo, the content type of a time-stamp token (RFC 3161 §2.4.2).
pub const ID_CT_TST_INFO: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04";

const ID_SIGNED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const ID_CONTENT_TYPE: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
const ID_MESSAGE_DIGEST: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
const ID_SIGNING_CERTIFICATE_V2: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f";
const ID_SIGNATURE_TIME_STAMP: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e";

/// The parts of a SignedData that one signer's signatures have in common.
pub struct SignedDataFrame {
    /// version and digestAlgorithms
    head: Vec<u8>,
    /// eContentType
    content_type: &'static [u8],
    /// certificates `[0]`
    x509s: Vec<u8>,
    /// SignerInfo's version, sid and digestAlgorithm
    signer: Vec<u8>,
    suite: Suite,
    attributes: SignedAttributes,
    digest_at: usize,
}

/// Signed attributes as DER `SET OF Attribute`: the message that the key signs (RFC 5652 §5.4).
#[derive(Clone)]
pub struct SignedAttributes(Vec<u8>);

impl SignedAttributes {
    /// The bytes to sign.
    pub fn as_der_set(&self) -> &[u8] {
        &self.0
    }
}

impl SignedDataFrame {
    /// Prepares for signatures of the key of `x509` under `suite` over content of type `content_type` (a DER OID,
    /// [`ID_DATA`] or [`ID_CT_TST_INFO`]).
    pub fn new(x509: &X509, suite: Suite, content_type: &'static [u8]) -> SignedDataFrame {
        // RFC 5652 §5.1: version 3 as soon as the content is not id-data.
        let version: u8 = if content_type == ID_DATA { 1 } else { 3 };
        let serial = tlv(INTEGER, &[x509.serial()]);
        let issuer_and_serial = sequence(&[x509.issuer(), &serial]);
        let (attributes, digest_at) = attributes(content_type, x509.sha256());
        SignedDataFrame {
            head: [tlv(INTEGER, &[&[version]]), tlv(SET, &[SHA256_IDENTIFIER])].concat(),
            content_type,
            x509s: tlv(CONTEXT_0, &[x509.der()]),
            signer: [
                &asn1::unsigned(&[1]),
                issuer_and_serial.as_slice(),
                SHA256_IDENTIFIER,
            ]
            .concat(),
            suite,
            attributes,
            digest_at,
        }
    }

    /// The signed attributes for content with this SHA-256.
    pub fn signed_attributes(&self, digest: &[u8; 32]) -> SignedAttributes {
        let mut attributes = self.attributes.clone();
        attributes.0[self.digest_at..self.digest_at + digest.len()].copy_from_slice(digest);
        attributes
    }

    /// The ContentInfo in DER. `content` is encapsulated when given; `time_stamp`, a TimeStampToken over the
    /// signature, becomes the unsigned attribute signature-time-stamp (RFC 3161 appendix A).
    pub fn assemble(
        &self,
        content: Option<&[u8]>,
        signed: &SignedAttributes,
        signature: &[u8],
        time_stamp: Option<&[u8]>,
    ) -> Vec<u8> {
        let content = content.map(|content| tlv(CONTEXT_0, &[&tlv(OCTET_STRING, &[content])]));
        let content = sequence(&[self.content_type, &content.unwrap_or_default()]);
        let unsigned = time_stamp.map(|token| {
            tlv(
                CONTEXT_1,
                &[&sequence(&[ID_SIGNATURE_TIME_STAMP, &tlv(SET, &[token])])],
            )
        });
        let signer_info = sequence(&[
            &self.signer,
            // The same attributes under the tag [0] IMPLICIT in place of SET.
            &[CONTEXT_0],
            &signed.0[1..],
            self.suite.identifier(),
            &tlv(OCTET_STRING, &[signature]),
            &unsigned.unwrap_or_default(),
        ]);
        let signer_infos = tlv(SET, &[&signer_info]);
        let signed_data = sequence(&[&self.head, &content, &self.x509s, &signer_infos]);
        sequence(&[ID_SIGNED_DATA, &tlv(CONTEXT_0, &[&signed_data])])
    }
}

/// The attributes with a digest of zeros, and where those zeros stand.
fn attributes(content_type: &[u8], x509_sha256: &[u8; 32]) -> (SignedAttributes, usize) {
    let attribute = |id: &[u8], value: &[u8]| sequence(&[id, &tlv(SET, &[value])]);
    let message_digest = attribute(ID_MESSAGE_DIGEST, &tlv(OCTET_STRING, &[&[0; 32]]));
    // ESSCertIDv2 with the default hash SHA-256; issuerSerial left out, the sid says it.
    let cert_id = sequence(&[&tlv(OCTET_STRING, &[x509_sha256])]);
    let set = asn1::set_of(vec![
        attribute(ID_CONTENT_TYPE, content_type),
        message_digest.clone(),
        attribute(
            ID_SIGNING_CERTIFICATE_V2,
            &sequence(&[&sequence(&[&cert_id])]),
        ),
    ]);
    let start = set
        .windows(message_digest.len())
        .position(|window| window == message_digest);
    let digest_at = start.unwrap_or_default() + message_digest.len() - 32;
    (SignedAttributes(set), digest_at)
}
