//! A root, an issuing CA for seals and time-stamps, one for TLS, and what they issue.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CustomExtension, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SerialNumber,
};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use time::OffsetDateTime;

use super::der;

/// The policy of our own CA.
pub const POLICY_OID: &str = "2.25.81190498473162560997243110861558770852";
const POLICY_ARCS: &[u8] =
    b"\x69\xfa\x94\xdc\xa8\xbd\xf2\xa2\x8f\xdf\x83\xd9\xed\x94\x95\x85\xcf\xd9\x24";

/// 2026-11-22T00:00:00Z, in unix seconds.
pub const START: i64 = 1_795_305_600;
pub const DAY: i64 = 86_400;

/// An X.509 with its key.
#[derive(Clone)]
pub struct Identity {
    pub x509: Vec<u8>,
    pub pkcs8: Vec<u8>,
    params: CertificateParams,
}

impl Identity {
    /// The same key under another X.509.
    pub fn with_x509(&self, x509: Vec<u8>) -> Identity {
        Identity {
            x509,
            ..self.clone()
        }
    }

    pub fn sha256(&self) -> String {
        hex::encode(ring::digest::digest(&ring::digest::SHA256, &self.x509))
    }

    pub fn pem(&self) -> String {
        pem("CERTIFICATE", &self.x509)
    }

    /// Issuer Name, whole element.
    pub fn issuer(&self) -> Vec<u8> {
        tbs_field(&self.x509, 3)
    }

    /// Content octets of the serial number.
    pub fn serial(&self) -> Vec<u8> {
        der::content(&tbs_field(&self.x509, 1)).to_vec()
    }

    /// SubjectPublicKeyInfo, whole element.
    pub fn spki(&self) -> Vec<u8> {
        tbs_field(&self.x509, 6)
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let key = EcdsaKeyPair::from_pkcs8(algorithm, &self.pkcs8, &random).unwrap();
        key.sign(&random, message).unwrap().as_ref().to_vec()
    }

    fn key(&self) -> KeyPair {
        KeyPair::try_from(self.pkcs8.as_slice()).unwrap()
    }

    /// Issues under this CA.
    pub fn issue(&self, params: CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&self.params, self.key());
        let x509 = params.signed_by(&key, &issuer).unwrap().der().to_vec();
        Identity {
            x509,
            pkcs8: key.serialize_der(),
            params,
        }
    }

    /// CRL of this CA over `revoked` (X.509, unix seconds), good for 30 days from `from`.
    pub fn crl(&self, from: i64, revoked: &[(&Identity, i64)]) -> String {
        let revoked_certs = revoked
            .iter()
            .map(|(identity, at)| RevokedCertParams {
                serial_number: SerialNumber::from_slice(&identity.serial()),
                revocation_time: instant(*at),
                reason_code: None,
                invalidity_date: None,
            })
            .collect();
        let params = CertificateRevocationListParams {
            this_update: instant(from),
            next_update: instant(from + 30 * DAY),
            crl_number: SerialNumber::from(1u64),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let issuer = Issuer::from_params(&self.params, self.key());
        params.signed_by(&issuer).unwrap().pem().unwrap()
    }
}

/// The whole house: what `init` makes.
pub struct Pki {
    pub root: Identity,
    pub seal_ca: Identity,
    pub tls_ca: Identity,
    pub seal: Identity,
    pub tsa: Identity,
    pub tls: Identity,
}

impl Pki {
    pub fn new() -> Pki {
        let root = self_signed(ca("测试根"));
        let mut seal_ca = ca("测试印章 CA");
        seal_ca.custom_extensions.push(policies());
        let seal_ca = root.issue(seal_ca);
        let tls_ca = root.issue(ca("测试 TLS CA"));
        let seal = seal_ca.issue(seal("测试认证中心"));
        let tsa = seal_ca.issue(tsa("测试时间戳"));
        let tls = tls_ca.issue(tls("agency.example"));
        Pki {
            root,
            seal_ca,
            tls_ca,
            seal,
            tsa,
            tls,
        }
    }

    /// CRLs of all three CAs, PEM.
    pub fn crls(&self, from: i64, revoked: &[(&Identity, i64)]) -> String {
        [
            self.root.crl(from, &[]),
            self.seal_ca.crl(from, revoked),
            self.tls_ca.crl(from, &[]),
        ]
        .concat()
    }

    /// A policy file that names the seal X.509 from [`START`] for three years.
    pub fn policy(&self, crls: &str) -> String {
        let mut policy = format!(
            "version = 1\nmade = \"2026-11-22T00:00:00Z\"\npolicy_oid = \"{POLICY_OID}\"\n"
        );
        for purpose in ["seal", "tsa", "tls"] {
            let pem = self.root.pem();
            policy += &format!("[[anchor]]\npurpose = \"{purpose}\"\nx509 = \"\"\"{pem}\"\"\"\n");
        }
        for intermediate in [&self.seal_ca, &self.tls_ca] {
            policy += &format!(
                "[[intermediate]]\nx509 = \"\"\"{}\"\"\"\n",
                intermediate.pem()
            );
        }
        policy += &format!(
            "[[seal_x509]]\nsha256 = \"{}\"\nx509 = \"\"\"{}\"\"\"\nfrom = \"2026-11-22T00:00:00Z\"\nto = \"2029-11-22T00:00:00Z\"\n",
            self.seal.sha256(),
            self.seal.pem(),
        );
        policy + &format!("[[crl]]\npem = \"\"\"{crls}\"\"\"\n")
    }
}

pub fn self_signed(params: CertificateParams) -> Identity {
    let key = KeyPair::generate().unwrap();
    let x509 = params.self_signed(&key).unwrap().der().to_vec();
    Identity {
        x509,
        pkcs8: key.serialize_der(),
        params,
    }
}

/// Ten years from a day before [`START`].
pub fn base(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = instant(START - DAY);
    params.not_after = instant(START + 3650 * DAY);
    params.use_authority_key_identifier_extension = true;
    params
}

pub fn ca(name: &str) -> CertificateParams {
    let mut params = base(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Our own seal X.509: EKU documentSigning and the policy OID.
pub fn seal(name: &str) -> CertificateParams {
    let mut params = base(name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(vec![
        1, 3, 6, 1, 5, 5, 7, 3, 36,
    ])];
    params.custom_extensions.push(policies());
    params
}

/// certificatePolicies with our policy.
pub fn policies() -> CustomExtension {
    let policy = der::tlv(der::SEQUENCE, &[&der::tlv(der::OID, &[POLICY_ARCS])]);
    CustomExtension::from_oid_content(&[2, 5, 29, 32], der::tlv(der::SEQUENCE, &[&policy]))
}

/// RFC 3161 §2.3: exactly timeStamping, critical.
pub fn tsa(name: &str) -> CertificateParams {
    let mut params = base(name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let time_stamping = der::tlv(der::OID, &[b"\x2b\x06\x01\x05\x05\x07\x03\x08"]);
    let mut eku = CustomExtension::from_oid_content(
        &[2, 5, 29, 37],
        der::tlv(der::SEQUENCE, &[&time_stamping]),
    );
    eku.set_criticality(true);
    params.custom_extensions.push(eku);
    params
}

pub fn tls(name: &str) -> CertificateParams {
    let mut params = base(name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    params
}

/// A person's X.509 of an outside CA: no EKU, no policy.
pub fn person(name: &str) -> CertificateParams {
    let mut params = base(name);
    params.key_usages = vec![KeyUsagePurpose::ContentCommitment];
    params
}

pub fn instant(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

fn tbs_field(x509: &[u8], at: usize) -> Vec<u8> {
    der::children(der::children(x509)[0])[at].to_vec()
}

pub fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(|l| std::str::from_utf8(l).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
