//! ISO 32000-2 §12.8.3.3.1, RFC 3161 §2.4.2: exactly one SignerInfo.

use crate::cms::rules::failed;
use crate::cms::signed_data::{SignedData, SignerInfo};
use crate::report::{Finding, SubIndication};

const CLAUSE: &str = "ISO 32000-2 12.8.3.3.1; RFC 3161 2.4.2";

pub(crate) fn check<'a>(signed: &'a SignedData<'a>) -> Result<&'a SignerInfo<'a>, Finding> {
    match signed.signers.as_slice() {
        [signer] => Ok(signer),
        signers => {
            let seen = format!("{} SignerInfos where one is allowed", signers.len());
            Err(failed(
                "cms.signer_infos",
                SubIndication::FormatFailure,
                CLAUSE,
                seen,
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cms::rules::sample;
    use crate::cms::signed_data::parse;

    fn check(signers: usize, expect: Option<&str>) {
        let bytes = sample::cms(|cms| cms.signers = signers);
        let signed = parse(&bytes).unwrap();
        assert_eq!(
            super::check(&signed).err().map(|f| f.code),
            expect,
            "{signers}"
        );
    }

    #[test]
    fn one_and_only_one() {
        check(1, None);
        check(0, Some("cms.signer_infos"));
        check(2, Some("cms.signer_infos"));
    }
}
