//! TSTInfo (RFC 3161 §2.4.2) taken apart, nothing verified.

use jiff::{SignedDuration, Timestamp};

use super::signed_data::{Algorithm, algorithm};
use crate::x509::der::{self, Malformed, Parsed, Reader, tag};

/// What a time-stamp says.
pub(crate) struct TstInfo<'a> {
    pub(crate) version: u32,
    pub(crate) imprint_algorithm: Algorithm<'a>,
    pub(crate) imprint: &'a [u8],
    pub(crate) gen_time: Timestamp,
    /// An extension that nobody may ignore.
    pub(crate) critical_extension: bool,
}

/// Reads TSTInfo to its end.
pub(crate) fn parse(bytes: &[u8]) -> Parsed<TstInfo<'_>> {
    der::sequence(bytes, |fields| {
        let version = der::small(fields.integer()?)?;
        fields.read(tag::OID)?; // the TSA's policy: whose, the anchor of its purpose says
        let (imprint_algorithm, imprint) = fields.nested(tag::SEQUENCE, |imprint| {
            Ok((algorithm(imprint)?, imprint.read(tag::OCTET_STRING)?))
        })?;
        fields.integer()?;
        let gen_time = instant(fields.read(tag::GENERALIZED_TIME)?)?;
        fields.optional(tag::SEQUENCE)?; // accuracy
        fields.default_false(tag::BOOLEAN)?; // ordering
        fields.optional(tag::INTEGER)?; // nonce: the asker's to check
        fields.optional(tag::constructed(0))?; // tsa: a hint (RFC 3161 §2.4.2)
        let critical_extension = fields
            .optional_nested(tag::constructed(1), has_critical)?
            .unwrap_or(false);
        Ok(TstInfo {
            version,
            imprint_algorithm,
            imprint,
            gen_time,
            critical_extension,
        })
    })
}

fn has_critical(extensions: &mut Reader<'_>) -> Parsed<bool> {
    let each = extensions.one_or_more(|list| {
        list.nested(tag::SEQUENCE, |extension| {
            extension.read(tag::OID)?;
            let critical = extension.default_false(tag::BOOLEAN)?;
            extension.read(tag::OCTET_STRING)?;
            Ok(critical)
        })
    })?;
    Ok(each.contains(&true))
}

/// GeneralizedTime in Zulu, here with a fraction of a second allowed (no trailing zero).
fn instant(content: &[u8]) -> Parsed<Timestamp> {
    const BAD: Malformed = Malformed("a genTime with a broken fraction");
    let Some(point) = content.iter().position(|octet| *octet == b'.') else {
        return der::generalized_time(content);
    };
    let (seconds, fraction) = content.split_at(point);
    let digits = fraction
        .strip_prefix(b".")
        .and_then(|f| f.strip_suffix(b"Z"))
        .ok_or(BAD)?;
    let in_form = matches!(digits, [.., b'1'..=b'9']) && digits.iter().all(u8::is_ascii_digit);
    if !in_form || digits.len() > 9 {
        return Err(BAD);
    }
    let nanoseconds = digits
        .iter()
        .chain(std::iter::repeat(&b'0'))
        .take(9)
        .fold(0i64, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    let whole = der::generalized_time(&[seconds, b"Z"].concat())?;
    whole
        .checked_add(SignedDuration::from_nanos(nanoseconds))
        .map_err(|_| BAD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::cms::tst_info;

    fn check(gen_time: &str, expect: Option<&str>) {
        let bytes = tst_info(&[1; 32], gen_time);
        let seen = parse(&bytes).ok().map(|info| info.gen_time.to_string());
        assert_eq!(seen.as_deref(), expect, "{gen_time}");
    }

    #[test]
    fn gen_time_may_bear_a_fraction() {
        check("20261122080000Z", Some("2026-11-22T08:00:00Z"));
        check("20261122080000.25Z", Some("2026-11-22T08:00:00.25Z"));
        check("20261122080000.250Z", None);
        check("20261122080000.Z", None);
        check("20261122080000.25", None);
        check("20261122080000+0800", None);
        check("20261322080000Z", None);
    }

    #[test]
    fn nothing_may_follow() {
        let mut bytes = tst_info(&[1; 32], "20261122080000Z");
        bytes.push(0);
        assert!(parse(&bytes).is_err());
    }
}
