//! Citizen identity numbers (GB 11643-1999).

use std::fmt;

use jiff::civil::Date;

use crate::units::{CodeFault, fold_width};

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

/// An identity number of 18 characters with a valid date of birth and a right check digit.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CitizenId(String);

impl CitizenId {
    /// Reads a number; full-width digits and a small x are folded first. `today` bounds the date
    /// of birth.
    pub fn parse(text: &str, today: Date) -> Result<Self, CodeFault> {
        let code = fold_width(text);
        let bytes = code.as_bytes();
        if bytes.len() != 18 {
            return Err(CodeFault::Length { expected: "18" });
        }
        let (digits, last) = bytes.split_at(17);
        if !digits.iter().all(u8::is_ascii_digit) || !CHECKS.contains(&last[0]) {
            return Err(CodeFault::Alphabet);
        }
        let birth = date_of(&digits[6..14])?;
        if birth > today {
            return Err(CodeFault::FutureDate);
        }
        let sum: u32 = digits
            .iter()
            .zip(WEIGHTS)
            .map(|(d, weight)| u32::from(d - b'0') * weight)
            .sum();
        if CHECKS[sum as usize % 11] != last[0] {
            return Err(CodeFault::CheckDigit);
        }
        Ok(Self(code))
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads `YYYYMMDD` from digits that were checked to be digits.
fn date_of(digits: &[u8]) -> Result<Date, CodeFault> {
    let number = digits
        .iter()
        .fold(0i32, |n, d| n * 10 + i32::from(d - b'0'));
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    let date = Date::new(year as i16, month as i8, day as i8).map_err(|_| CodeFault::Date)?;
    if date.year() < 1800 {
        return Err(CodeFault::Date);
    }
    Ok(date)
}

impl fmt::Debug for CitizenId {
    /// Never the number itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CitizenId(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn check(text: &str, expect: Result<&str, CodeFault>) {
        let parsed = CitizenId::parse(text, date(2026, 11, 22));
        assert_eq!(
            parsed.as_ref().map(CitizenId::as_str),
            expect.as_ref().map(|s| *s),
            "{text}"
        );
    }

    #[test]
    fn reads_the_samples_of_the_standard() {
        check("11010519491231002X", Ok("11010519491231002X"));
        check("440524188001010014", Ok("440524188001010014"));
        check(
            "１１０１０５１９４９１２３１００２ｘ",
            Ok("11010519491231002X"),
        );
    }

    #[test]
    fn refuses_wrong_ones() {
        check("110105194912310021", Err(CodeFault::CheckDigit));
        check("110105194902300021", Err(CodeFault::Date));
        check("110105209912310021", Err(CodeFault::FutureDate));
        check("11010519491231002A", Err(CodeFault::Alphabet));
        check(
            "1101051949123100",
            Err(CodeFault::Length { expected: "18" }),
        );
        check("110105000001010021", Err(CodeFault::Date));
    }

    #[test]
    fn debug_shows_nothing() {
        let id = CitizenId::parse("11010519491231002X", date(2026, 1, 1)).unwrap();
        assert_eq!(format!("{id:?}"), "CitizenId(..)");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[0-9X]{18}|\\PC*") {
            let _ = CitizenId::parse(&text, date(2026, 1, 1));
        }
    }
}
