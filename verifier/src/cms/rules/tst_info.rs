//! RFC 3161 §2.4.2, ETSI EN 319 422 §5.2: TSTInfo is well formed, of version 1, without an
//! extension that must not be ignored.

use crate::cms::rules::failed;
use crate::cms::time_stamp::{TstInfo, parse};
use crate::report::{Finding, SubIndication};

const CLAUSE: &str = "RFC 3161 2.4.2";

pub(crate) fn check(bytes: &[u8]) -> Result<TstInfo<'_>, Finding> {
    let bad = |code, seen: &str| failed(code, SubIndication::FormatFailure, CLAUSE, seen);
    let info = parse(bytes).map_err(|what| bad("timestamp.malformed", what.0))?;
    if info.version != 1 {
        return Err(bad("timestamp.version", "TSTInfo is not of version 1"));
    }
    if info.critical_extension {
        return Err(bad(
            "timestamp.extension",
            "TSTInfo has an unknown critical extension",
        ));
    }
    Ok(info)
}

#[cfg(test)]
mod tests {
    use crate::forge::cms::tst_info;

    fn check(edit: fn(&mut Vec<u8>), expect: Option<&str>) {
        let mut bytes = tst_info(&[1; 32], "20261122080000Z");
        edit(&mut bytes);
        assert_eq!(super::check(&bytes).err().map(|f| f.code), expect);
    }

    #[test]
    fn version_1_in_form() {
        check(|_| (), None);
        check(|bytes| bytes[4] = 2, Some("timestamp.version"));
        check(|bytes| bytes.truncate(20), Some("timestamp.malformed"));
        check(
            |bytes| {
                // [1] { Extension { 1.2.3, critical, "" } }
                bytes.extend(b"\xa1\x0b\x30\x09\x06\x02\x2a\x03\x01\x01\xff\x04\x00");
                bytes[1] += 13;
            },
            Some("timestamp.extension"),
        );
    }
}
