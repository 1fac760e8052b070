//! Private keys in and out in the formats of other software: PKCS#8 (RFC 5958), plain or PBES2-encrypted, PEM or DER.

use pkcs8::der::pem::LineEnding;
use pkcs8::der::{Decode, SecretDocument};
use pkcs8::pkcs5::pbes2;
use pkcs8::{EncryptedPrivateKeyInfo, ObjectIdentifier, PrivateKeyInfo};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::{Error, Sentence, Suite};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// Rounds of PBKDF2 in an exported key (OWASP's figure for HMAC-SHA-256); tests do not wait for them.
const ROUNDS: u32 = if cfg!(test) { 1_000 } else { 600_000 };

/// Reads a private key and says of which suite it is; the PKCS#8 comes back in DER.
pub(super) fn read(
    material: &[u8],
    passphrase: Option<&SecretString>,
) -> Result<(Suite, Zeroizing<Vec<u8>>), Error> {
    let document = unwrap_pem(material)?;
    let document = match EncryptedPrivateKeyInfo::from_der(document.as_bytes()) {
        Ok(encrypted) => decrypt(&encrypted, passphrase)?,
        Err(_) => document,
    };
    let info: PrivateKeyInfo<'_> = document
        .decode_msg()
        .map_err(|_| refuse("不是 PKCS#8 私钥", "it is no PKCS#8 private key"))?;
    let suite = suite_of(&info)?;
    Ok((suite, Zeroizing::new(document.as_bytes().to_vec())))
}

/// Writes a private key as encrypted PKCS#8 in PEM.
pub(super) fn write(
    pkcs8: &[u8],
    passphrase: &SecretString,
    random: &SystemRandom,
) -> Result<Zeroizing<String>, Error> {
    if passphrase.expose_secret().is_empty() {
        return Err(Error::argument(
            "导出的密钥须设口令",
            "an exported key needs a passphrase",
        ));
    }
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    let filled = random.fill(&mut salt).and_then(|()| random.fill(&mut iv));
    filled.map_err(|_| Error::Crypto("random bytes"))?;
    let failed = |_| Error::Crypto("encrypting the exported key");
    let parameters = pbes2::Parameters::pbkdf2_sha256_aes256cbc(ROUNDS, &salt, &iv)
        .map_err(|_| Error::Crypto("PBES2"))?;
    PrivateKeyInfo::from_der(pkcs8)
        .map_err(|_| Error::Crypto("reading the key to export"))?
        .encrypt_with_params(parameters, passphrase.expose_secret())
        .map_err(failed)?
        .to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF)
        .map_err(|_| Error::Crypto("writing PEM"))
}

fn unwrap_pem(material: &[u8]) -> Result<SecretDocument, Error> {
    let Some(text) = std::str::from_utf8(material)
        .ok()
        .filter(|text| text.contains("-----BEGIN"))
    else {
        return SecretDocument::try_from(material)
            .map_err(|_| refuse("既不是 PEM 也不是 DER", "it is neither PEM nor DER"));
    };
    let (label, document) = SecretDocument::from_pem(text.trim())
        .map_err(|_| refuse("PEM 有误", "its PEM is malformed"))?;
    match label {
        "PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" => Ok(document),
        _ => Err(refuse(
            format!("是 {label}；请用 openssl pkcs8 -topk8 转换为 PKCS#8"),
            format!("it is {label:?}; convert it with `openssl pkcs8 -topk8` to PKCS#8"),
        )),
    }
}

fn decrypt(
    encrypted: &EncryptedPrivateKeyInfo<'_>,
    passphrase: Option<&SecretString>,
) -> Result<SecretDocument, Error> {
    let passphrase = passphrase.ok_or_else(|| {
        refuse(
            "私钥已加密；请给出其口令",
            "it is encrypted: give its passphrase",
        )
    })?;
    encrypted.decrypt(passphrase.expose_secret()).map_err(|_| {
        refuse(
            "打不开：口令不正确，或加密方式不是 PBES2",
            "it does not open: wrong passphrase, or an encryption other than PBES2",
        )
    })
}

fn suite_of(info: &PrivateKeyInfo<'_>) -> Result<Suite, Error> {
    let curve = || info.algorithm.parameters_oid().ok();
    match info.algorithm.oid {
        RSA => match modulus_bits(info.private_key) {
            Some(2048 | 3072) => Ok(Suite::RsaPkcs1Sha256),
            Some(bits) => Err(refuse(
                format!("RSA 为 {bits} 位；只接受 2048 和 3072 位"),
                format!("RSA with {bits} bits; 2048 and 3072 are taken"),
            )),
            None => Err(refuse("RSA 密钥有误", "its RSA key is malformed")),
        },
        EC if curve() == Some(P256) => Ok(Suite::EcdsaP256Sha256),
        EC => Err(refuse(
            "不在 P-256 曲线上",
            "it is on another curve than P-256",
        )),
        other => Err(refuse(
            format!("算法 {other} 不是 RSA 或 P-256"),
            format!("algorithm {other} is not RSA or P-256"),
        )),
    }
}

/// Bits of the modulus of an RSAPrivateKey (RFC 8017 §A.1.2: version, then modulus).
fn modulus_bits(key: &[u8]) -> Option<usize> {
    use pkcs8::der::asn1::UintRef;
    use pkcs8::der::{Header, Reader, SliceReader, Tag};
    let mut reader = SliceReader::new(key).ok()?;
    let header = Header::decode(&mut reader)
        .ok()
        .filter(|header| header.tag == Tag::Sequence)?;
    (header.length == reader.remaining_len()).then_some(())?;
    reader.decode::<u8>().ok()?;
    let modulus = reader.decode::<UintRef<'_>>().ok()?;
    let first = modulus.as_bytes().first()?;
    Some(modulus.as_bytes().len() * 8 - first.leading_zeros() as usize)
}

fn refuse(zh: impl Into<String>, en: impl Into<String>) -> Error {
    Error::ImportedKey(Sentence::new(zh, en))
}
