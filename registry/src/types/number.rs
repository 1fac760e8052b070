//! The printed number (证照编号) of a certificate: from the row, or by a rule of the type.

use crate::Sentence;
use crate::units::{CreditCode, RegionCode};

/// Where the number comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberRule {
    /// A text field of the row.
    Field(String),
    /// Built by the registry when the certificate is planned.
    Pattern(NumberPattern),
}

/// A pattern such as `示许{year}-{sequence:6}`.
///
/// `{year}` of issue, `{agency}` credit code, `{region}` of the agency, `{sequence:N}`: at least N
/// digits, counted from 1 per type, agency and year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberPattern(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Year,
    Agency,
    Region,
    Sequence { digits: usize },
}

impl NumberPattern {
    /// Reads a pattern. It must hold a sequence, else two certificates had one number.
    pub fn parse(pattern: &str) -> Result<Self, Sentence> {
        let mut parts = Vec::new();
        let mut rest = pattern;
        while let Some((literal, tail)) = rest.split_once('{') {
            let (name, tail) = tail
                .split_once('}')
                .ok_or_else(|| Sentence::new("有 { 没有 }；请补上", "a { has no }; close it"))?;
            if literal.contains('}') {
                return Err(unopened());
            }
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            parts.push(Part::parse(name)?);
            rest = tail;
        }
        if rest.contains('}') {
            return Err(unopened());
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        match parts
            .iter()
            .filter(|part| matches!(part, Part::Sequence { .. }))
            .count()
        {
            1 => Ok(Self(parts)),
            _ => Err(Sentence::new(
                "编号须恰有一个 {sequence:N}，否则会有两份证照编号相同",
                "a number needs exactly one {sequence:N}, else two certificates share a number",
            )),
        }
    }

    /// Builds a number.
    pub fn render(
        &self,
        year: i16,
        agency: &CreditCode,
        region: &RegionCode,
        sequence: u64,
    ) -> String {
        let part = |part: &Part| match part {
            Part::Literal(text) => text.clone(),
            Part::Year => format!("{year:04}"),
            Part::Agency => agency.to_string(),
            Part::Region => region.to_string(),
            Part::Sequence { digits } => format!("{sequence:0digits$}"),
        };
        self.0.iter().map(part).collect()
    }
}

impl NumberPattern {
    /// A made-up number as long as any that it builds: a region of twelve digits, a hundred million in a year.
    pub fn longest(&self) -> String {
        let part = |part: &Part| match part {
            Part::Literal(text) => text.clone(),
            Part::Year => "8".repeat(4),
            Part::Agency => "8".repeat(18),
            Part::Region => "8".repeat(12),
            Part::Sequence { digits } => "8".repeat((*digits).max(9)),
        };
        self.0.iter().map(part).collect()
    }
}

impl Part {
    fn parse(name: &str) -> Result<Self, Sentence> {
        match name {
            "year" => Ok(Self::Year),
            "agency" => Ok(Self::Agency),
            "region" => Ok(Self::Region),
            _ => match name.strip_prefix("sequence:").map(str::parse) {
                Some(Ok(digits @ 1..=12)) => Ok(Self::Sequence { digits }),
                Some(_) => Err(Sentence::new(
                    "流水号为 1 至 12 位，例如 {sequence:6}",
                    "a sequence has 1 to 12 digits, such as {sequence:6}",
                )),
                None => Err(Sentence::new(
                    "请用 {year}、{agency}、{region} 或 {sequence:N}",
                    "use {year}, {agency}, {region} or {sequence:N}",
                )),
            },
        }
    }
}

fn unopened() -> Sentence {
    Sentence::new("有 } 没有 {；请补上", "a } has no {; open it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_numbers() {
        let agency = CreditCode::parse("11990000MB99990094").unwrap();
        let region = RegionCode::parse("990100").unwrap();
        for (pattern, expect) in [
            ("示许〔{year}〕{sequence:1}号", "示许〔2026〕7号"),
            ("{region}{year}{sequence:6}", "9901002026000007"),
            ("{agency}-{sequence:2}", "11990000MB99990094-07"),
        ] {
            let number = NumberPattern::parse(pattern)
                .unwrap()
                .render(2026, &agency, &region, 7);
            assert_eq!(number, expect);
        }
    }

    #[test]
    fn refuses_patterns_that_cannot_number() {
        for pattern in [
            "",
            "{year}",
            "{sequence:6}{sequence:6}",
            "{sequence:0}",
            "{sequence",
            "a}{sequence:1}",
            "{day}{sequence:1}",
        ] {
            assert!(NumberPattern::parse(pattern).is_err(), "{pattern}");
        }
    }
}
