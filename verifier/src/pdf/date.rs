//! Dates (ISO 32000-1 7.9.4): `D:YYYYMMDDHHmmSSOHH'mm'`, everything after the year optional.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// The instant that a date string names; without an offset it is taken as UTC.
pub(crate) fn parse(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.trim_end();
    let text = text.strip_prefix("D:").unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (stamp, zone) = text.split_at(digits.min(14));
    if !matches!(stamp.len(), 4 | 6 | 8 | 10 | 12 | 14) {
        return None;
    }
    let field = |at: usize, length: usize, default: i16| match stamp.get(at..at + length) {
        Some(digits) => digits.parse::<i16>().ok(),
        None => Some(default),
    };
    let small = |at, default| field(at, 2, default).and_then(|value| i8::try_from(value).ok());
    let civil = DateTime::new(
        field(0, 4, 0)?,
        small(4, 1)?,
        small(6, 1)?,
        small(8, 0)?,
        small(10, 0)?,
        small(12, 0)?,
        0,
    );
    let zone = TimeZone::fixed(parse_offset(zone)?);
    civil
        .ok()?
        .to_zoned(zone)
        .ok()
        .map(|zoned| zoned.timestamp())
}

/// `Z`, `+HH'mm'`, `-HH'mm`, `+HH`, nothing; some writers put `Z00'00'`.
fn parse_offset(zone: &str) -> Option<Offset> {
    let sign = match zone.bytes().next() {
        None => return Some(Offset::UTC),
        Some(b'Z' | b'+') => 1,
        Some(b'-') => -1,
        _ => return None,
    };
    let rest = zone.get(1..)?;
    let (hours, minutes) = rest.split_once('\'').unwrap_or((rest, ""));
    let number = |text: &str| match text {
        "" => Some(0),
        text if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse::<i32>().ok()
        }
        _ => None,
    };
    let (hours, minutes) = (
        number(hours)?,
        number(minutes.strip_suffix('\'').unwrap_or(minutes))?,
    );
    let zero = zone.starts_with('Z') && (hours, minutes) != (0, 0);
    if zero || hours > 23 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_are_read_in_every_usual_spelling() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(
                super::parse(text.as_bytes())
                    .map(|t| t.to_string())
                    .as_deref(),
                expect,
                "{text}"
            );
        };
        check("D:20260102030405+08'00'", Some("2026-01-01T19:04:05Z"));
        check("D:20260102030405-01'30", Some("2026-01-02T04:34:05Z"));
        check("D:20260102030405Z", Some("2026-01-02T03:04:05Z"));
        check("D:20260102030405Z00'00'", Some("2026-01-02T03:04:05Z"));
        check("20260102030405", Some("2026-01-02T03:04:05Z"));
        check("D:2026", Some("2026-01-01T00:00:00Z"));
        check("D:20261302", None);
        check("D:202", None);
        check("D:20260102030405+99'00'", None);
        check("yesterday", None);
    }
}
