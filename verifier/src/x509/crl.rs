//! One CRL as its bytes say (RFC 5280 §5). `revocation` decides what it proves.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::der::{self, Malformed, Parsed, Reader, tag};
use super::extensions::{
    AuthorityKeyId, DistributionPointName, Extension, authority_key_id, distribution_point_name,
    id, read_all,
};
use super::name::{GeneralName, Name, general_names};
use super::parse::after_header;
use crate::suites::{Algorithms, Refused, Suite};

/// A well-formed CRL, not yet believed.
#[derive(Clone, Debug)]
pub struct Crl {
    der: Vec<u8>,
    tbs: std::ops::Range<usize>,
    issuer: Name,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    revoked: HashMap<Vec<u8>, Vec<Entry>>,
    pub(crate) extensions: CrlExtensions,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct CrlExtensions {
    pub(crate) authority_key_id: Option<AuthorityKeyId>,
    pub(crate) number: Option<CrlNumber>,
    /// Set on a delta CRL: the complete CRL that it builds on.
    pub(crate) base_number: Option<CrlNumber>,
    pub(crate) scope: Option<Scope>,
    /// A rule of the CRL profile that it breaks, so that it proves nothing (§5.2, §5.3).
    pub(crate) unusable: Option<&'static str>,
}

/// IssuingDistributionPoint (RFC 5280 §5.2.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) name: Option<DistributionPointName>,
    pub(crate) only_user: bool,
    pub(crate) only_ca: bool,
    pub(crate) only_some_reasons: Option<ReasonFlags>,
    pub(crate) indirect: bool,
    pub(crate) only_attribute: bool,
}

/// A revoked entry, under its serial number.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Revocation date, or the invalidity date where that is earlier (§5.3.2).
    pub(crate) since: Timestamp,
    pub(crate) reason: Reason,
    /// certificateIssuer in force for this entry (§5.3.3); `None`: the CRL's issuer.
    pub(crate) issuer: Option<Arc<Vec<GeneralName>>>,
}

/// CRLReason (RFC 5280 §5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reason(u8);

impl Reason {
    pub(crate) const UNSPECIFIED: Reason = Reason(0);
    pub(crate) const CERTIFICATE_HOLD: Reason = Reason(6);
    pub(crate) const REMOVE_FROM_CRL: Reason = Reason(8);

    pub(crate) fn name(self) -> &'static str {
        match self.0 {
            1 => "keyCompromise",
            2 => "cACompromise",
            3 => "affiliationChanged",
            4 => "superseded",
            5 => "cessationOfOperation",
            6 => "certificateHold",
            8 => "removeFromCRL",
            9 => "privilegeWithdrawn",
            10 => "aACompromise",
            _ => "unspecified",
        }
    }
}

/// A set of revocation reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReasonFlags(u16);

impl ReasonFlags {
    pub(crate) const NONE: ReasonFlags = ReasonFlags(0);
    /// keyCompromise to aACompromise; bit 0 is unused.
    pub(crate) const ALL: ReasonFlags = ReasonFlags(0x7f80);

    pub(crate) fn read(content: &[u8]) -> Parsed<ReasonFlags> {
        der::named_bits(content).map(|bits| ReasonFlags(bits & Self::ALL.0))
    }

    pub(crate) fn and(self, other: ReasonFlags) -> ReasonFlags {
        ReasonFlags(self.0 & other.0)
    }

    pub(crate) fn or(self, other: ReasonFlags) -> ReasonFlags {
        ReasonFlags(self.0 | other.0)
    }

    /// Whether every reason of `other` is here.
    pub(crate) fn contains(self, other: ReasonFlags) -> bool {
        self.and(other) == other
    }
}

/// A CRL number of up to 20 octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CrlNumber(Vec<u8>);

impl CrlNumber {
    fn read(value: &[u8]) -> Parsed<CrlNumber> {
        let octets = der::whole(value, Reader::integer)?;
        match octets {
            [first, ..] if first & 0x80 != 0 => Err(Malformed("a negative CRL number")),
            [0, rest @ ..] => Ok(CrlNumber(rest.to_vec())),
            _ => Ok(CrlNumber(octets.to_vec())),
        }
    }
}

impl PartialOrd for CrlNumber {
    fn partial_cmp(&self, other: &CrlNumber) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CrlNumber {
    fn cmp(&self, other: &CrlNumber) -> Ordering {
        (self.0.len(), &self.0).cmp(&(other.0.len(), &other.0))
    }
}

impl Crl {
    /// Reads one CRL in DER, to its last byte.
    pub fn parse(der: &[u8]) -> Result<Crl, Malformed> {
        let (tbs, algorithm, signature) = der::sequence(der, |reader| {
            let tbs = reader.element(tag::SEQUENCE)?;
            let algorithm = reader.element(tag::SEQUENCE)?.whole;
            Ok((tbs, algorithm, reader.bit_string_octets()?))
        })?;
        let mut crl = der::whole(tbs.content, |reader| to_be_signed(reader, algorithm))?;
        crl.tbs = after_header(der, tbs.whole)?;
        crl.der = der.to_vec();
        crl.signature = signature.to_vec();
        Ok(crl)
    }

    /// The encoding it was read from.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Who signs the CRL, not always who issued the X.509s that it lists.
    pub fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// When it was made.
    pub fn this_update(&self) -> Timestamp {
        self.this_update
    }

    /// By when the next one is promised.
    pub fn next_update(&self) -> Option<Timestamp> {
        self.next_update
    }

    pub(crate) fn is_delta(&self) -> bool {
        self.extensions.base_number.is_some()
    }

    /// Entries for the serial number `serial` of the X.509 that `issuer` issued.
    pub(crate) fn entries<'c>(
        &'c self,
        serial: &[u8],
        issuer: &Name,
    ) -> impl Iterator<Item = &'c Entry> {
        let same_issuer = self.issuer == *issuer;
        let issuer = GeneralName::Directory(issuer.clone());
        let entries = self.revoked.get(serial).into_iter().flatten();
        entries.filter(move |entry| match &entry.issuer {
            Some(names) => names.contains(&issuer),
            None => same_issuer,
        })
    }

    pub(crate) fn verify_by(&self, spki: &[u8], algorithms: &Algorithms) -> Result<Suite, Refused> {
        let tbs = self.der.get(self.tbs.clone()).unwrap_or_default();
        algorithms.verify(&self.algorithm, None, spki, tbs, &self.signature)
    }
}

fn to_be_signed(reader: &mut Reader<'_>, outer_algorithm: &[u8]) -> Parsed<Crl> {
    let version = reader.optional(tag::INTEGER)?.map(der::small).transpose()?;
    if version.is_some_and(|version| version != 1) {
        return Err(Malformed("a CRL of a version other than 1 and 2"));
    }
    let algorithm = reader.element(tag::SEQUENCE)?.whole;
    if algorithm != outer_algorithm {
        return Err(Malformed(
            "two different signature algorithms inside and outside",
        ));
    }
    let issuer = Name::read(reader)?;
    let this_update = reader.time()?;
    let next_update = match reader.peek() {
        Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => Some(reader.time()?),
        _ => None,
    };
    let mut entries = Entries::default();
    reader.optional_nested(tag::SEQUENCE, |reader| {
        reader.one_or_more(|reader| reader.nested(tag::SEQUENCE, |reader| entries.take(reader)))
    })?;
    let mut extensions = match reader.optional_nested(tag::constructed(0), extensions)? {
        Some(_) if version.is_none() => return Err(Malformed("extensions in a CRL of version 1")),
        extensions => extensions.unwrap_or_default(),
    };
    if extensions.number.is_none() {
        extensions.unusable = Some("has no CRL number");
    }
    extensions.unusable = extensions.unusable.or(entries.unusable);
    Ok(Crl {
        der: Vec::new(),
        tbs: 0..0,
        issuer,
        this_update,
        next_update,
        revoked: entries.revoked,
        extensions,
        algorithm: algorithm.to_vec(),
        signature: Vec::new(),
    })
}

/// Gathers entries; a certificateIssuer holds until the next one (§5.3.3).
#[derive(Default)]
struct Entries {
    revoked: HashMap<Vec<u8>, Vec<Entry>>,
    issuer: Option<Arc<Vec<GeneralName>>>,
    unusable: Option<&'static str>,
}

impl Entries {
    fn take(&mut self, reader: &mut Reader<'_>) -> Parsed<()> {
        const CRL_REASON: &[u8] = &[0x55, 0x1d, 0x15];
        const INVALIDITY_DATE: &[u8] = &[0x55, 0x1d, 0x18];
        const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 0x1d];
        let serial = reader.integer()?;
        let mut since = reader.time()?;
        let mut reason = Reason::UNSPECIFIED;
        let extensions = if reader.is_empty() {
            Vec::new()
        } else {
            read_all(reader)?
        };
        for Extension {
            id,
            critical,
            value,
        } in extensions
        {
            match id.content() {
                CRL_REASON => {
                    let code = der::whole(value, |reader| reader.read(tag::ENUMERATED))?;
                    let code = u8::try_from(der::small(code)?);
                    reason = Reason(code.map_err(|_| Malformed("an unknown reason"))?);
                }
                INVALIDITY_DATE => {
                    let date = der::whole(value, |reader| reader.read(tag::GENERALIZED_TIME))?;
                    since = since.min(der::generalized_time(date)?);
                }
                CERTIFICATE_ISSUER => {
                    self.issuer = Some(Arc::new(der::sequence(value, general_names)?));
                }
                _ if critical => self.unusable = Some("has an unknown critical entry extension"),
                _ => {}
            }
        }
        let entry = Entry {
            since,
            reason,
            issuer: self.issuer.clone(),
        };
        self.revoked.entry(serial.to_vec()).or_default().push(entry);
        Ok(())
    }
}

fn extensions(reader: &mut Reader<'_>) -> Parsed<CrlExtensions> {
    const CRL_NUMBER: &[u8] = &[0x55, 0x1d, 0x14];
    const DELTA_CRL_INDICATOR: &[u8] = &[0x55, 0x1d, 0x1b];
    const ISSUING_DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1d, 0x1c];
    let mut found = CrlExtensions::default();
    for Extension {
        id,
        critical,
        value,
    } in read_all(reader)?
    {
        match id.content() {
            CRL_NUMBER => {
                found.number = Some(CrlNumber::read(value)?);
                if critical {
                    found.unusable = Some("marks its CRL number critical");
                }
            }
            DELTA_CRL_INDICATOR => found.base_number = Some(CrlNumber::read(value)?),
            ISSUING_DISTRIBUTION_POINT => found.scope = Some(der::sequence(value, scope)?),
            id::AUTHORITY_KEY_ID => found.authority_key_id = Some(authority_key_id(value)?),
            _ if critical => found.unusable = Some("has an unknown critical extension"),
            _ => {}
        }
    }
    Ok(found)
}

fn scope(reader: &mut Reader<'_>) -> Parsed<Scope> {
    Ok(Scope {
        name: reader.optional_nested(tag::constructed(0), distribution_point_name)?,
        only_user: reader.default_false(tag::context(1))?,
        only_ca: reader.default_false(tag::context(2))?,
        only_some_reasons: reader
            .optional(tag::context(3))?
            .map(ReasonFlags::read)
            .transpose()?,
        indirect: reader.default_false(tag::context(4))?,
        only_attribute: reader.default_false(tag::context(5))?,
    })
}
