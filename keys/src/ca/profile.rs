//! What stands in each kind of X.509 (RFC 5280), and the names it may carry.

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose,
};

use crate::Error;
use crate::asn1::{OID, sequence, tlv};

/// The policy under which our own CA issues seal X.509s: 2.25 and the UUID 3d14b8a1-ef24-43ef-83b3-b4a150b3eca4.
pub const POLICY_OID: &str = "2.25.81190498473162560997243110861558770852";

/// [`POLICY_OID`] as the content of a DER OBJECT IDENTIFIER.
const POLICY_OID_DER: &[u8] =
    b"\x69\xfa\x94\xdc\xa8\xbd\xf2\xa2\x8f\xdf\x83\xd9\xed\x94\x95\x85\xcf\xd9\x24";

const ID_CERTIFICATE_POLICIES: &[u64] = &[2, 5, 29, 32];
const ID_EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37];
/// id-kp-timeStamping
const TIME_STAMPING: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x03\x08";
/// id-kp-documentSigning (RFC 9336)
const DOCUMENT_SIGNING: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 36];

/// A kind of X.509.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Profile {
    /// The root: signs issuing CAs.
    Root,
    /// Issuing CA of seal and time-stamp X.509s; bears our policy.
    SealCa,
    /// Issuing CA of TLS X.509s.
    TlsCa,
    /// Seal: digitalSignature and contentCommitment, EKU documentSigning, our policy.
    Seal,
    /// Time-stamp authority: EKU timeStamping alone and critical (RFC 3161 §2.3).
    TimeStamp,
    /// TLS server and client under these host names or addresses (none for a client).
    Tls {
        /// DNS names or IP addresses of the server.
        hosts: Vec<String>,
    },
    /// TLS client alone: a person or system of a unit.
    TlsClient,
}

impl Profile {
    pub(super) fn params(&self) -> Result<CertificateParams, Error> {
        let hosts = match self {
            Profile::Tls { hosts } => hosts.clone(),
            _ => Vec::new(),
        };
        let mut params = CertificateParams::new(hosts)?;
        params.is_ca = match self {
            Profile::Root => IsCa::Ca(BasicConstraints::Constrained(1)),
            Profile::SealCa | Profile::TlsCa => IsCa::Ca(BasicConstraints::Constrained(0)),
            Profile::Seal | Profile::TimeStamp | Profile::Tls { .. } | Profile::TlsClient => {
                IsCa::ExplicitNoCa
            }
        };
        params.key_usages = match self {
            Profile::Root | Profile::SealCa | Profile::TlsCa => {
                vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign]
            }
            Profile::Seal => {
                vec![
                    KeyUsagePurpose::DigitalSignature,
                    KeyUsagePurpose::ContentCommitment,
                ]
            }
            Profile::TimeStamp | Profile::Tls { .. } | Profile::TlsClient => {
                vec![KeyUsagePurpose::DigitalSignature]
            }
        };
        match self {
            Profile::Seal => {
                params.extended_key_usages = vec![document_signing()];
                params.custom_extensions.push(policies());
            }
            Profile::SealCa => params.custom_extensions.push(policies()),
            Profile::TimeStamp => params.custom_extensions.push(critical_time_stamping()),
            Profile::Tls { .. } => {
                params.extended_key_usages = vec![
                    ExtendedKeyUsagePurpose::ServerAuth,
                    ExtendedKeyUsagePurpose::ClientAuth,
                ];
            }
            Profile::TlsClient => {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            }
            Profile::Root | Profile::TlsCa => {}
        }
        Ok(params)
    }
}

/// Whom an X.509 names: country CN, an organisation and a common name, in Chinese or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    organisation: String,
    common_name: String,
}

impl Subject {
    /// Each name has 1 to 64 characters (RFC 5280 appendix A.1, ub-organization-name, ub-common-name).
    ///
    /// # Errors
    /// [`Error::Argument`] naming the one that has not.
    pub fn new(organisation: &str, common_name: &str) -> Result<Subject, Error> {
        for name in [organisation, common_name] {
            let length = name.chars().count();
            if !(1..=64).contains(&length) || name.trim() != name {
                return Err(Error::argument(
                    format!("名称“{name}”不能写入 X.509 证书；须为 1 至 64 个字符，首尾无空格"),
                    format!(
                        "{name:?} cannot stand in an X.509: 1 to 64 characters, no space at the ends"
                    ),
                ));
            }
        }
        Ok(Subject {
            organisation: organisation.to_owned(),
            common_name: common_name.to_owned(),
        })
    }

    pub(super) fn distinguished_name(&self) -> Result<DistinguishedName, Error> {
        let country = "CN".try_into()?;
        let mut name = DistinguishedName::new();
        name.push(DnType::CountryName, DnValue::PrintableString(country));
        name.push(DnType::OrganizationName, self.organisation.as_str());
        name.push(DnType::CommonName, self.common_name.as_str());
        Ok(name)
    }
}

pub(super) fn document_signing() -> ExtendedKeyUsagePurpose {
    ExtendedKeyUsagePurpose::Other(DOCUMENT_SIGNING.to_vec())
}

fn policies() -> CustomExtension {
    let information = sequence(&[&tlv(OID, &[POLICY_OID_DER])]);
    CustomExtension::from_oid_content(ID_CERTIFICATE_POLICIES, sequence(&[&information]))
}

fn critical_time_stamping() -> CustomExtension {
    let usages = sequence(&[&tlv(OID, &[TIME_STAMPING])]);
    let mut extension = CustomExtension::from_oid_content(ID_EXTENDED_KEY_USAGE, usages);
    extension.set_criticality(true);
    extension
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_oid_is_the_same_in_text_and_der() {
        let arc = POLICY_OID_DER[1..]
            .iter()
            .fold(0u128, |value, byte| value << 7 | u128::from(byte & 0x7f));
        assert_eq!(POLICY_OID_DER[0], 2 * 40 + 25);
        assert_eq!(POLICY_OID, format!("2.25.{arc}"));
        assert_eq!(arc, 0x3d14b8a1_ef24_43ef_83b3_b4a150b3eca4);
    }

    #[test]
    fn names_are_measured_in_characters() {
        let longest = "印".repeat(64);
        assert!(Subject::new(&longest, "印章").is_ok());
        for bad in ["", " 印", &"印".repeat(65)] {
            let error = Subject::new("某市电子证照认证中心", bad)
                .unwrap_err()
                .to_string();
            assert!(error.contains("1 to 64 characters"), "{error}");
        }
    }
}
