//! The extensions that path validation reads (RFC 5280 §4.2), each exactly as its syntax says.

use super::crl::ReasonFlags;
use super::der::{self, Malformed, Parsed, Reader, tag};
use super::name::{GeneralName, Name, general_names};
use super::oid::Oid;

/// Extensions of one X.509. What is absent is `None`; nothing is assumed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extensions {
    pub(crate) authority_key_id: Option<AuthorityKeyId>,
    pub(crate) subject_key_id: Option<Vec<u8>>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) certificate_policies: Option<Vec<Oid>>,
    pub(crate) policy_mappings: Option<Vec<PolicyMapping>>,
    pub(crate) subject_alt_names: Option<Vec<GeneralName>>,
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) name_constraints: Option<NameConstraints>,
    pub(crate) policy_constraints: Option<PolicyConstraints>,
    pub(crate) extended_key_usage: Option<Vec<Oid>>,
    pub(crate) inhibit_any_policy: Option<u32>,
    pub(crate) distribution_points: Vec<DistributionPoint>,
    /// Every extension that is marked critical.
    pub(crate) critical: Vec<Oid>,
    /// Critical ones that nothing here processes: the X.509 may not be used (§4.2).
    pub(crate) unknown_critical: Option<Oid>,
}

/// AuthorityKeyIdentifier; the issuer-and-serial form helps no rule here and is only checked.
#[derive(Clone, Debug)]
pub(crate) struct AuthorityKeyId {
    pub(crate) key_id: Option<Vec<u8>>,
}

#[derive(Clone, Debug)]
pub(crate) struct BasicConstraints {
    pub(crate) ca: bool,
    pub(crate) path_len: Option<u32>,
}

#[derive(Clone, Debug)]
pub(crate) struct PolicyMapping {
    pub(crate) issuer_domain: Oid,
    pub(crate) subject_domain: Oid,
}

#[derive(Clone, Debug)]
pub(crate) struct PolicyConstraints {
    pub(crate) require_explicit_policy: Option<u32>,
    pub(crate) inhibit_policy_mapping: Option<u32>,
}

#[derive(Clone, Debug)]
pub(crate) struct NameConstraints {
    pub(crate) permitted: Vec<GeneralName>,
    pub(crate) excluded: Vec<GeneralName>,
}

#[derive(Clone, Debug)]
pub(crate) struct DistributionPoint {
    pub(crate) name: Option<DistributionPointName>,
    pub(crate) reasons: Option<ReasonFlags>,
    pub(crate) crl_issuer: Option<Vec<GeneralName>>,
}

/// Kept relative until the issuer is known that it is relative to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DistributionPointName {
    Full(Vec<GeneralName>),
    /// Content of the RelativeDistinguishedName.
    Relative(Vec<u8>),
}

/// What a key may be used for (RFC 5280 §4.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// digitalSignature.
    pub const DIGITAL_SIGNATURE: KeyUsage = KeyUsage(0x8000);
    /// nonRepudiation, also called contentCommitment.
    pub const NON_REPUDIATION: KeyUsage = KeyUsage(0x4000);
    /// keyCertSign.
    pub const KEY_CERT_SIGN: KeyUsage = KeyUsage(0x0400);
    /// cRLSign.
    pub const CRL_SIGN: KeyUsage = KeyUsage(0x0200);

    /// The usages of both.
    pub const fn or(self, other: KeyUsage) -> KeyUsage {
        KeyUsage(self.0 | other.0)
    }

    /// Whether one of `wanted` is among these.
    pub(crate) fn allows(self, wanted: KeyUsage) -> bool {
        self.0 & wanted.0 != 0
    }
}

/// OIDs as content octets.
pub(crate) mod id {
    pub(crate) const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 0x0e];
    pub(crate) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
    pub(crate) const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
    pub(crate) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
    pub(crate) const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x1e];
    pub(crate) const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 0x1f];
    pub(crate) const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 0x20];
    pub(crate) const POLICY_MAPPINGS: &[u8] = &[0x55, 0x1d, 0x21];
    pub(crate) const AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1d, 0x23];
    pub(crate) const POLICY_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x24];
    pub(crate) const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
    pub(crate) const FRESHEST_CRL: &[u8] = &[0x55, 0x1d, 0x2e];
    pub(crate) const INHIBIT_ANY_POLICY: &[u8] = &[0x55, 0x1d, 0x36];
    pub(crate) const ANY_POLICY: &[u8] = &[0x55, 0x1d, 0x20, 0x00];
    pub(crate) const ANY_EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25, 0x00];
}

/// One Extension: `SEQUENCE { extnID, critical DEFAULT FALSE, extnValue }`.
pub(crate) struct Extension<'a> {
    pub(crate) id: Oid,
    pub(crate) critical: bool,
    pub(crate) value: &'a [u8],
}

/// The Extensions SEQUENCE that comes next: at least one, none twice (RFC 5280 §4.2).
pub(crate) fn read_all<'a>(reader: &mut Reader<'a>) -> Parsed<Vec<Extension<'a>>> {
    let all = reader.nested(tag::SEQUENCE, |reader| reader.one_or_more(read_one))?;
    let mut ids: Vec<_> = all.iter().map(|extension| &extension.id).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Malformed("an extension stands twice"));
    }
    Ok(all)
}

fn read_one<'a>(reader: &mut Reader<'a>) -> Parsed<Extension<'a>> {
    reader.nested(tag::SEQUENCE, |reader| {
        Ok(Extension {
            id: reader.oid()?,
            critical: reader.default_false(tag::BOOLEAN)?,
            value: reader.read(tag::OCTET_STRING)?,
        })
    })
}

impl Extensions {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Parsed<Extensions> {
        let mut extensions = Extensions::default();
        for extension in read_all(reader)? {
            let known = extensions.take(&extension)?;
            if extension.critical {
                if !known {
                    extensions.unknown_critical = Some(extension.id.clone());
                }
                extensions.critical.push(extension.id);
            }
        }
        Ok(extensions)
    }

    pub(crate) fn is_critical(&self, id: &[u8]) -> bool {
        self.critical
            .iter()
            .any(|critical| critical.content() == id)
    }

    /// Reads one extension; false when it is not one that is processed.
    fn take(&mut self, extension: &Extension<'_>) -> Parsed<bool> {
        let value = extension.value;
        match extension.id.content() {
            id::AUTHORITY_KEY_ID => self.authority_key_id = Some(authority_key_id(value)?),
            id::SUBJECT_KEY_ID => {
                let octets = der::whole(value, |reader| reader.read(tag::OCTET_STRING))?;
                self.subject_key_id = Some(octets.to_vec());
            }
            id::KEY_USAGE => {
                let bits = der::whole(value, |reader| {
                    der::named_bits(reader.read(tag::BIT_STRING)?)
                })?;
                self.key_usage = Some(KeyUsage(bits));
            }
            id::CERTIFICATE_POLICIES => self.certificate_policies = Some(policies(value)?),
            id::POLICY_MAPPINGS => self.policy_mappings = Some(policy_mappings(value)?),
            id::SUBJECT_ALT_NAME => {
                self.subject_alt_names = Some(der::sequence(value, general_names)?);
            }
            id::BASIC_CONSTRAINTS => self.basic_constraints = Some(basic_constraints(value)?),
            id::NAME_CONSTRAINTS => self.name_constraints = Some(name_constraints(value)?),
            id::POLICY_CONSTRAINTS => self.policy_constraints = Some(policy_constraints(value)?),
            id::EXTENDED_KEY_USAGE => {
                let usages = der::sequence(value, |reader| reader.one_or_more(Reader::oid))?;
                self.extended_key_usage = Some(usages);
            }
            id::INHIBIT_ANY_POLICY => {
                let skip = der::whole(value, |reader| der::small(reader.integer()?))?;
                self.inhibit_any_policy = Some(skip);
            }
            id::CRL_DISTRIBUTION_POINTS => {
                self.distribution_points = der::sequence(value, |reader| {
                    reader.one_or_more(|reader| reader.nested(tag::SEQUENCE, distribution_point))
                })?;
            }
            // Where a delta CRL lies; every CRL at hand is looked at anyway.
            id::FRESHEST_CRL => {}
            _ => return Ok(false),
        }
        Ok(true)
    }
}

pub(crate) fn authority_key_id(value: &[u8]) -> Parsed<AuthorityKeyId> {
    der::sequence(value, |reader| {
        let key_id = reader.optional(tag::context(0))?.map(<[u8]>::to_vec);
        let issuer = reader.optional_nested(tag::constructed(1), general_names)?;
        let serial = reader
            .optional(tag::context(2))?
            .map(der::integer)
            .transpose()?;
        if issuer.is_some() != serial.is_some() {
            return Err(Malformed(
                "an authority key identifier with half an issuer and serial",
            ));
        }
        Ok(AuthorityKeyId { key_id })
    })
}

fn basic_constraints(value: &[u8]) -> Parsed<BasicConstraints> {
    der::sequence(value, |reader| {
        let ca = reader.default_false(tag::BOOLEAN)?;
        let path_len = reader.optional(tag::INTEGER)?.map(der::small).transpose()?;
        Ok(BasicConstraints { ca, path_len })
    })
}

fn policies(value: &[u8]) -> Parsed<Vec<Oid>> {
    let policies = der::sequence(value, |reader| {
        reader.one_or_more(|reader| {
            reader.nested(tag::SEQUENCE, |reader| {
                let policy = reader.oid()?;
                reader.optional_nested(tag::SEQUENCE, |reader| {
                    reader.one_or_more(|reader| reader.nested(tag::SEQUENCE, policy_qualifier))
                })?;
                Ok(policy)
            })
        })
    })?;
    let mut sorted: Vec<_> = policies.iter().collect();
    sorted.sort_unstable();
    match sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        true => Err(Malformed("a policy stands twice")),
        false => Ok(policies),
    }
}

/// Checked in form only: what a qualifier says is for people.
fn policy_qualifier(reader: &mut Reader<'_>) -> Parsed<()> {
    reader.oid()?;
    reader.any()?;
    Ok(())
}

fn policy_mappings(value: &[u8]) -> Parsed<Vec<PolicyMapping>> {
    der::sequence(value, |reader| {
        reader.one_or_more(|reader| {
            reader.nested(tag::SEQUENCE, |reader| {
                Ok(PolicyMapping {
                    issuer_domain: reader.oid()?,
                    subject_domain: reader.oid()?,
                })
            })
        })
    })
}

fn policy_constraints(value: &[u8]) -> Parsed<PolicyConstraints> {
    der::sequence(value, |reader| {
        let mut skip = |number| {
            reader
                .optional(tag::context(number))?
                .map(der::small)
                .transpose()
        };
        let constraints = PolicyConstraints {
            require_explicit_policy: skip(0)?,
            inhibit_policy_mapping: skip(1)?,
        };
        match constraints {
            PolicyConstraints {
                require_explicit_policy: None,
                inhibit_policy_mapping: None,
            } => Err(Malformed("policy constraints that constrain nothing")),
            _ => Ok(constraints),
        }
    })
}

fn name_constraints(value: &[u8]) -> Parsed<NameConstraints> {
    let subtree = |reader: &mut Reader<'_>| {
        reader.nested(tag::SEQUENCE, |reader| {
            let base = GeneralName::read(reader)?;
            // minimum DEFAULT 0, maximum absent (RFC 5280 §4.2.1.10)
            if !reader.is_empty() {
                return Err(Malformed("a name constraint with minimum or maximum"));
            }
            Ok(base)
        })
    };
    der::sequence(value, |reader| {
        let mut subtrees = |number| {
            let some = reader.optional_nested(tag::constructed(number), |reader| {
                reader.one_or_more(subtree)
            })?;
            Ok(some.unwrap_or_default())
        };
        let constraints = NameConstraints {
            permitted: subtrees(0)?,
            excluded: subtrees(1)?,
        };
        if constraints.permitted.is_empty() && constraints.excluded.is_empty() {
            return Err(Malformed("name constraints that constrain nothing"));
        }
        Ok(constraints)
    })
}

fn distribution_point(reader: &mut Reader<'_>) -> Parsed<DistributionPoint> {
    let point = DistributionPoint {
        name: reader.optional_nested(tag::constructed(0), distribution_point_name)?,
        reasons: reader
            .optional(tag::context(1))?
            .map(ReasonFlags::read)
            .transpose()?,
        crl_issuer: reader.optional_nested(tag::constructed(2), general_names)?,
    };
    if point.name.is_none() && point.crl_issuer.is_none() {
        return Err(Malformed(
            "a distribution point that names neither a place nor a CRL issuer",
        ));
    }
    Ok(point)
}

/// DistributionPointName (RFC 5280 §4.2.1.13), also in a CRL's issuing distribution point.
pub(crate) fn distribution_point_name(reader: &mut Reader<'_>) -> Parsed<DistributionPointName> {
    if reader.peek() == Some(tag::constructed(0)) {
        return reader
            .nested(tag::constructed(0), general_names)
            .map(DistributionPointName::Full);
    }
    let relative = reader.read(tag::constructed(1))?;
    Name::default().with_relative(relative)?;
    Ok(DistributionPointName::Relative(relative.to_vec()))
}
