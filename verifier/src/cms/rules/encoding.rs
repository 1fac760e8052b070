//! RFC 5652 §5.4, ISO 32000-2 §12.8.3.3.1, ETSI EN 319 142-1 §5.2: the SignedData is encoded in DER.
//!
//! `foreign` takes indefinite lengths with a remark; other departures from DER fail everywhere.

use std::borrow::Cow;

use crate::cms::rules::{failed, warning};
use crate::cms::{ber, strict};
use crate::report::{Finding, Rulebook, SubIndication};
use crate::x509::der::{self, tag};

const CODE: &str = "cms.not_der";
const CLAUSE: &str = "ISO 32000-2 12.8.3.3.1; RFC 5652 5.4";

/// The encoding in DER, with a remark when it had to be made so.
pub(crate) type InDer<'a> = (Cow<'a, [u8]>, Option<Finding>);

/// `bytes` are one ContentInfo; zeros that fill /Contents have been taken off.
pub(crate) fn check(bytes: &[u8], rulebook: Rulebook) -> Result<InDer<'_>, Finding> {
    let refuse = |what: der::Malformed| failed(CODE, SubIndication::FormatFailure, CLAUSE, what.0);
    let indefinite = matches!(bytes, [_, 0x80, ..]);
    if indefinite && rulebook == Rulebook::Foreign {
        let definite = ber::to_definite(bytes).map_err(refuse)?;
        without_x509s(&definite).map_err(refuse)?;
        let remark = warning(
            CODE,
            CLAUSE,
            "the signature uses lengths of BER, not of DER",
        );
        return Ok((Cow::Owned(definite), Some(remark)));
    }
    match rulebook {
        Rulebook::Issued => strict::check_der(bytes),
        Rulebook::Foreign => without_x509s(bytes),
    }
    .map_err(refuse)?;
    Ok((Cow::Borrowed(bytes), None))
}

/// Checks all but the X.509s and CRLs inside: those are `x509`'s to judge, and the rulebook
/// `foreign` does not answer for a stranger's unused one.
fn without_x509s(bytes: &[u8]) -> der::Parsed<()> {
    der::sequence(bytes, |info| {
        strict::check_der(info.any()?.whole)?;
        info.nested(tag::constructed(0), |wrapped| {
            wrapped.nested(tag::SEQUENCE, |fields| {
                while !fields.is_empty() {
                    let field = fields.any()?;
                    if field.tag & 0xc0 == 0 {
                        strict::check_der(field.whole)?;
                    }
                }
                Ok(())
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cms::rules::sample;

    fn check(bytes: &[u8], rulebook: Rulebook, expect: Result<bool, &str>) {
        let seen = super::check(bytes, rulebook);
        assert_eq!(seen.map(|s| s.1.is_some()).map_err(|f| f.code), expect);
    }

    #[test]
    fn der_alone_is_issued() {
        let good = sample::cms(|_| ());
        let ber = indefinite(&good);
        check(&good, Rulebook::Issued, Ok(false));
        check(&good, Rulebook::Foreign, Ok(false));
        check(&ber, Rulebook::Issued, Err(CODE));
        check(&ber, Rulebook::Foreign, Ok(true));
        check(&good[..good.len() - 1], Rulebook::Foreign, Err(CODE));
        check(
            &[good.as_slice(), &[0]].concat(),
            Rulebook::Foreign,
            Err(CODE),
        );
    }

    #[test]
    fn a_padded_serial_fails() {
        let bad = sample::cms(|cms| cms.serial.splice(..0, [0, 0]).for_each(drop));
        check(&bad, Rulebook::Issued, Err(CODE));
        check(&bad, Rulebook::Foreign, Err(CODE));
    }

    fn indefinite(der: &[u8]) -> Vec<u8> {
        let content = der::sequence(der, |info| {
            Ok([info.any()?.whole, info.any()?.whole].concat())
        });
        [&[0x30, 0x80], content.unwrap().as_slice(), &[0, 0]].concat()
    }
}
