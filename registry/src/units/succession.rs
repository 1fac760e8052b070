//! Reforms of government: one agency takes over another's certificates from a day on (design §4).

use jiff::civil::Date;

use super::CreditCode;

/// From `from` on, `successor` acts on what `predecessor` issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Succession {
    /// Who issued.
    pub predecessor: CreditCode,
    /// Who acts from then on.
    pub successor: CreditCode,
    /// First day.
    pub from: Date,
    /// The decision behind it.
    pub legal_basis: String,
}

/// Whether `actor` may act on a day for what `agency` issued: it is the agency itself, or its
/// successor through any number of reforms that had taken effect by then.
pub fn acts_for(
    successions: &[Succession],
    actor: &CreditCode,
    agency: &CreditCode,
    day: Date,
) -> bool {
    let mut heirs = vec![agency];
    let mut next = 0;
    while let Some(&heir) = heirs.get(next) {
        if heir == actor {
            return true;
        }
        let in_force = successions
            .iter()
            .filter(|s| s.predecessor == *heir && s.from <= day);
        for succession in in_force {
            if !heirs.contains(&&succession.successor) {
                heirs.push(&succession.successor);
            }
        }
        next += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const OLD: &str = "11990000MB99990094";
    const NEW: &str = "11990000MB9999017Y";
    const NEWEST: &str = "91350100M000100Y43";

    fn code(text: &str) -> CreditCode {
        CreditCode::parse(text).unwrap()
    }

    fn succession(predecessor: &str, successor: &str, from: Date) -> Succession {
        Succession {
            predecessor: code(predecessor),
            successor: code(successor),
            from,
            legal_basis: "机构改革方案".into(),
        }
    }

    #[test]
    fn successors_act_from_their_day_on() {
        let reforms = [
            succession(OLD, NEW, date(2025, 1, 1)),
            succession(NEW, NEWEST, date(2026, 1, 1)),
            // A circle, as when a reform is undone, must not hang.
            succession(NEWEST, OLD, date(2027, 1, 1)),
        ];
        for (actor, agency, day, expected) in [
            (OLD, OLD, date(2024, 1, 1), true),
            (NEW, OLD, date(2024, 12, 31), false),
            (NEW, OLD, date(2025, 1, 1), true),
            (NEWEST, OLD, date(2025, 6, 1), false),
            (NEWEST, OLD, date(2026, 1, 1), true),
            (OLD, NEW, date(2026, 6, 1), false),
            (OLD, NEW, date(2027, 6, 1), true),
        ] {
            let may = acts_for(&reforms, &code(actor), &code(agency), day);
            assert_eq!(may, expected, "{actor} for {agency} on {day}");
        }
    }
}
