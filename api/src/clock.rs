//! The wall clock. Every other room is told the time; this is where it is read.

use jiff::{SignedDuration, Timestamp};

use crate::problem::Problem;

/// How far the clock may stand behind the last entry on record: several machines differ, none by a day.
const BEHIND: SignedDuration = SignedDuration::from_hours(24);

/// How far it may stand before it: as long as an installation may rest.
const AHEAD: SignedDuration = SignedDuration::from_hours(366 * 24);

/// The present instant.
#[allow(clippy::disallowed_methods)] // this is the one place that may
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Refuses a clock that is far off the last entry on record: what is written under it would bear a wrong day.
///
/// # Errors
/// [`Problem::Usage`].
pub(crate) fn refuse_far_off(now: Timestamp, last: Option<Timestamp>) -> Result<(), Problem> {
    let Some(last) = last else {
        return Ok(());
    };
    let off = now.duration_since(last);
    let (zh, en) = if off < -BEHIND {
        ("早", "before")
    } else if off > AHEAD {
        ("晚", "after")
    } else {
        return Ok(());
    };
    let days = off.abs().as_hours() / 24;
    Err(Problem::Usage {
        zh: format!(
            "本机时间 {now:.0} 比最近一次登记（{last:.0}）{zh} {days} 天；请校正系统时间，确认无误则加 --clock-checked 重新运行"
        ),
        en: format!(
            "the clock of this machine says {now:.0}, {days} days {en} the last entry on record ({last:.0}); set it \
             right, or say --clock-checked if it is"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn a_clock_may_be_off_a_little_and_an_installation_may_rest() {
        let last: Timestamp = "2026-11-25T08:00:00Z".parse().unwrap();
        for (hours, refused) in [
            (0, None),
            (-24, None),
            (-25, Some(("早 1 天", "1 days before"))),
            (366 * 24, None),
            (366 * 24 + 1, Some(("晚 366 天", "366 days after"))),
        ] {
            let asked = refuse_far_off(last + SignedDuration::from_hours(hours), Some(last));
            match (asked, refused) {
                (Ok(()), None) => {}
                (Err(problem), Some((zh, en))) => {
                    assert!(problem.words(Language::Zh).contains(zh), "{problem:?}");
                    assert!(problem.words(Language::En).contains(en), "{problem:?}");
                }
                (asked, _) => panic!("{hours}: {asked:?}"),
            }
        }
        assert!(refuse_far_off(last, None).is_ok(), "nothing is on record");
    }
}
