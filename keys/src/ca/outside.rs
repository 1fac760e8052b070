//! The way to a licensed outside CA: a request (PKCS#10, RFC 2986) for one of our keys, and the import of the answer.

use base64::Engine;
use jiff::Timestamp;
use rcgen::{CertificateParams, KeyUsagePurpose};

use super::profile::document_signing;
use super::{Subject, demand};
use crate::{Error, FileKeyStore, KeyFacts, KeyId, Purpose, Sentence, Signer, X509};

/// A certificate signing request in PEM for a seal key, asking for digitalSignature and contentCommitment.
///
/// # Errors
/// [`crate::Misuse::Purpose`] for another kind of key.
pub fn request(signer: &Signer, subject: &Subject) -> Result<String, Error> {
    demand(signer, signer.purpose() == Purpose::Seal, Purpose::Seal)?;
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = subject.distinguished_name()?;
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
    ];
    params.extended_key_usages = vec![document_signing()];
    Ok(params.serialize_request(signer)?.pem()?)
}

/// Takes the CA's answer for a key: PEM with the seal X.509 and those of its issuers, in any order. The last issuer
/// becomes the anchor of the policy.
///
/// # Errors
/// [`Error::OutsideCa`] when no X.509 in it holds our public key, it has ended, its key usage has neither
/// digitalSignature nor nonRepudiation, or no issuer is there.
pub fn import_answer(
    store: &FileKeyStore,
    id: &KeyId,
    answer: &[u8],
    now: Timestamp,
) -> Result<KeyFacts, Error> {
    let facts = store.facts(id)?;
    let mut offered = read_pem(answer)?;
    let position = offered
        .iter()
        .position(|x509| x509.public_key() == facts.public_key)
        .ok_or_else(|| {
            refuse(
                format!("其中没有含 {id} 公钥的 X.509 证书；请核对密钥名和文件"),
                format!("no X.509 in it holds the public key of {id}"),
            )
        })?;
    let own = offered.swap_remove(position);
    if own.not_after() < now {
        return Err(refuse(
            format!("其 X.509 证书已于 {} 到期；请另行申请", own.not_after()),
            format!("its X.509 ended on {}", own.not_after()),
        ));
    }
    if !own.may_sign_documents()? {
        return Err(refuse(
            "其密钥用法既无 digitalSignature 也无 nonRepudiation；请另行申请",
            "its key usage has neither digitalSignature nor nonRepudiation",
        ));
    }
    store.attach(id, chain(own, offered)?)
}

/// From the seal X.509 upwards as far as signatures lead.
fn chain(own: X509, mut offered: Vec<X509>) -> Result<Vec<X509>, Error> {
    let mut chain = vec![own];
    while let Some(last) = chain.last().filter(|last| !last.is_self_issued()) {
        let mut above = None;
        for (position, candidate) in offered.iter().enumerate() {
            if last.is_signed_by(candidate)? {
                above = Some(position);
                break;
            }
        }
        let Some(position) = above else { break };
        chain.push(offered.swap_remove(position));
    }
    if chain.len() < 2 {
        return Err(refuse(
            "其中没有签发者的 X.509 证书；请附上该 CA 直至其根的证书",
            "it holds no X.509 that issued ours: append those of the CA, up to its root",
        ));
    }
    Ok(chain)
}

fn read_pem(text: &[u8]) -> Result<Vec<X509>, Error> {
    let text = std::str::from_utf8(text).unwrap_or_default();
    let ders = blocks(text, "CERTIFICATE")?;
    if ders.is_empty() {
        let begin = "-----BEGIN CERTIFICATE-----";
        return Err(refuse(
            format!("不是 PEM：没有 {begin}"),
            format!("it is no PEM: no {begin}"),
        ));
    }
    ders.into_iter().map(X509::parse).collect()
}

/// The DER of every PEM block with this label.
pub(super) fn blocks(text: &str, label: &str) -> Result<Vec<Vec<u8>>, Error> {
    let (begin, end) = (
        format!("-----BEGIN {label}-----"),
        format!("-----END {label}-----"),
    );
    let blocks = text.split(&begin).skip(1).map(|block| {
        let (body, _) = block
            .split_once(&end)
            .ok_or_else(|| refuse("PEM 不完整；请重新取得", "its PEM is cut"))?;
        let body: String = body.split_whitespace().collect();
        let der = base64::engine::general_purpose::STANDARD.decode(body);
        der.map_err(|_| refuse("PEM 有误；请重新取得", "its PEM is malformed"))
    });
    blocks.collect()
}

pub(super) fn refuse(zh: impl Into<String>, en: impl Into<String>) -> Error {
    Error::OutsideCa(Sentence::new(zh, en))
}
