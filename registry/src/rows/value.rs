//! One value, read as the kind of its field.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::{Date, date};

use super::check::Blobs;
use super::error::Rule;
use super::raw::{RawValue, blob_digest};
use super::text;
use crate::certificates::{CitizenId, FieldValue, Image};
use crate::types::{CodeEntry, Field, FieldKind};
use crate::units::{CreditCode, RegionCode, fold_width};

/// The day by which other systems write 长期.
const SENTINEL: Date = date(2099, 12, 31);

/// What a value is read against beside its field.
pub(super) struct Context<'a> {
    pub(super) today: Date,
    pub(super) blobs: &'a Blobs,
}

/// Reads a value; `None` where there is none.
pub(super) fn read(
    field: &Field,
    raw: &RawValue,
    context: &Context<'_>,
) -> Result<Option<FieldValue>, Rule> {
    let value = match raw {
        RawValue::Empty => None,
        RawValue::Text(text) if text.trim().is_empty() => None,
        RawValue::Text(text) => Some(from_text(field, text, context)?),
        RawValue::Number(digits) if field.kind == FieldKind::Number => Some(number(digits)?),
        RawValue::Number(_) => return Err(Rule::NumericCell),
        RawValue::Uncalculated => return Err(Rule::Uncalculated),
        RawValue::Day(day) if is_date(field) => Some(FieldValue::Date(*day)),
        RawValue::Base64(text) if is_image(field) => {
            let bytes = STANDARD.decode(text.trim()).map_err(|_| Rule::Image)?;
            Some(image(field, Arc::from(bytes))?)
        }
        RawValue::Day(_) | RawValue::Base64(_) | RawValue::List(_) | RawValue::Other => {
            return Err(Rule::Kind {
                expected: expected(&field.kind),
            });
        }
    };
    match (&field.pattern, value.as_ref().and_then(FieldValue::text)) {
        (Some(pattern), Some(text)) if !pattern.matches(&text) => Err(Rule::Pattern),
        _ => Ok(value),
    }
}

fn from_text(field: &Field, raw: &str, context: &Context<'_>) -> Result<FieldValue, Rule> {
    match &field.kind {
        FieldKind::Text { max_length } => bounded(text::line(raw)?, *max_length),
        FieldKind::Paragraph { max_length } => bounded(text::paragraph(raw)?, *max_length),
        FieldKind::Number => number(raw),
        FieldKind::Date { unlimited } => day(raw, *unlimited),
        FieldKind::Code(entries) => coded(entries, raw),
        FieldKind::Image { .. } => {
            let digest = blob_digest(raw).ok_or(Rule::Kind {
                expected: expected(&field.kind),
            })?;
            image(
                field,
                context
                    .blobs
                    .get(&digest)
                    .cloned()
                    .ok_or(Rule::ImageMissing)?,
            )
        }
        FieldKind::CitizenId => CitizenId::parse(raw, context.today)
            .map(|id| FieldValue::Text(id.as_str().to_owned()))
            .map_err(Rule::Code),
        FieldKind::CreditCode => CreditCode::parse(raw)
            .map(|code| FieldValue::Text(code.to_string()))
            .map_err(Rule::Code),
        FieldKind::RegionCode => RegionCode::parse(raw)
            .map(|code| FieldValue::Text(code.to_string()))
            .map_err(Rule::Code),
    }
}

fn bounded(text: String, max: usize) -> Result<FieldValue, Rule> {
    if text.chars().count() > max {
        return Err(Rule::TooLong { max });
    }
    Ok(FieldValue::Text(text))
}

/// A decimal number: sign, digits, at most one point; no grouping, no exponent.
fn number(raw: &str) -> Result<FieldValue, Rule> {
    let folded = fold_width(raw);
    let (sign, digits) = match folded.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", folded.as_str()),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(whole) || !is_digits(part) || folded.len() > 30 {
        return Err(Rule::Number);
    }
    let trimmed = match digits.trim_start_matches('0') {
        rest if rest.is_empty() || rest.starts_with('.') => format!("0{rest}"),
        rest => rest.to_owned(),
    };
    Ok(FieldValue::Number(format!("{sign}{trimmed}")))
}

/// A day as `2026-01-31`, `2026年1月31日`, `20260131`, `2026/1/31` or `2026.1.31`.
fn day(raw: &str, unlimited: bool) -> Result<FieldValue, Rule> {
    let folded = fold_width(raw);
    if unlimited && folded == "长期" {
        return Ok(FieldValue::Unlimited);
    }
    let day = parse_day(&folded).ok_or(Rule::Date)?;
    Ok(if unlimited && day == SENTINEL {
        FieldValue::Unlimited
    } else {
        FieldValue::Date(day)
    })
}

/// Reads a day in one of the accepted forms, with full-width digits folded.
pub(super) fn parse_day(text: &str) -> Option<Date> {
    let parts: Vec<&str> = if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        vec![&text[..4], &text[4..6], &text[6..]]
    } else if let Some(text) = text.strip_suffix('日') {
        text.split(['年', '月']).collect()
    } else {
        let separator = ['-', '/', '.'].into_iter().find(|c| text.contains(*c))?;
        text.split(separator).collect()
    };
    let [year, month, day] = parts[..] else {
        return None;
    };
    let is_digits = |text: &str, most| {
        (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    if year.len() != 4 || !is_digits(year, 4) || !is_digits(month, 2) || !is_digits(day, 2) {
        return None;
    }
    let day = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    (day.year() >= 1800).then_some(day)
}

fn coded(entries: &[CodeEntry], raw: &str) -> Result<FieldValue, Rule> {
    let text = raw.trim();
    let folded = fold_width(text);
    let means = |entry: &&CodeEntry| {
        entry.code == text || entry.label == text || entry.code.eq_ignore_ascii_case(&folded)
    };
    let entry = entries.iter().find(means).ok_or(Rule::NotInCodeList)?;
    Ok(FieldValue::Coded {
        code: entry.code.clone(),
        label: entry.label.clone(),
    })
}

fn image(field: &Field, bytes: Arc<[u8]>) -> Result<FieldValue, Rule> {
    match field.kind {
        FieldKind::Image { max_bytes } if bytes.len() > max_bytes => {
            Err(Rule::ImageTooLarge { max: max_bytes })
        }
        _ => Image::recognise(bytes)
            .map(FieldValue::Image)
            .ok_or(Rule::Image),
    }
}

fn is_date(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Date { .. })
}

fn is_image(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Image { .. })
}

fn expected(kind: &FieldKind) -> (&'static str, &'static str) {
    match kind {
        FieldKind::Text { .. } | FieldKind::Paragraph { .. } => ("文本", "text"),
        FieldKind::Number => ("数值", "a number"),
        FieldKind::Date { .. } => ("日期", "a date"),
        FieldKind::Code(_) => ("代码", "a code"),
        FieldKind::Image { .. } => (
            "图片：sha256:摘要，或 {\"base64\": …}",
            "a picture: sha256:DIGEST, or {\"base64\": …}",
        ),
        FieldKind::CitizenId => ("公民身份号码（文本）", "a citizen identity number as text"),
        FieldKind::CreditCode => ("统一社会信用代码（文本）", "a social credit code as text"),
        FieldKind::RegionCode => ("行政区划代码（文本）", "a region code as text"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_in_many_ways() {
        for good in [
            "2026-01-31",
            "2026年1月31日",
            "20260131",
            "2026/1/31",
            "2026.1.31",
            "２０２６－０１－３１",
        ] {
            assert_eq!(
                parse_day(&fold_width(good)),
                Some(date(2026, 1, 31)),
                "{good}"
            );
        }
        for bad in [
            "2026-02-30",
            "2026-1-31-1",
            "26-1-31",
            "31.1.2026",
            "2026-001-1",
            "",
            "日",
            "1.1.1",
            "2026-+1-01",
            "0001-01-01",
        ] {
            assert_eq!(parse_day(bad), None, "{bad}");
        }
        assert!(day("长期", true) == Ok(FieldValue::Unlimited));
        assert!(day("2099-12-31", true) == Ok(FieldValue::Unlimited));
        assert!(day("2099-12-31", false) == Ok(FieldValue::Date(SENTINEL)));
        assert!(day("长期", false) == Err(Rule::Date));
    }

    #[test]
    fn numbers_are_decimal() {
        for (raw, expect) in [
            ("12.50", "12.50"),
            ("007", "7"),
            ("0", "0"),
            ("-0.5", "-0.5"),
            ("１２", "12"),
            ("00.5", "0.5"),
        ] {
            assert!(
                number(raw) == Ok(FieldValue::Number(expect.into())),
                "{raw}"
            );
        }
        for bad in ["", "-", "1e3", "1,000", "1.", ".5", "1.2.3", "一"] {
            assert!(number(bad) == Err(Rule::Number), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(raw in "\\PC{0,12}|[0-9年月日./-]{0,12}") {
            let _ = (day(&raw, true), number(&raw));
        }
    }
}
