//! Who may do what, by kind of unit, over both databases.

use jiff::SignedDuration;
use jiff::civil::date;

use super::*;
use crate::Registry;
use crate::certificates::TypeCode;
use crate::persons::{Person, Roles};
use crate::testing::{
    AGENCY, CENTRE, TYPE, on_both, person, publish, push_as, rows, story_time, unit,
};
use crate::units::{Authority, Succession};

const OTHER: &str = "91350100M000100Y43";
const SUCCESSOR: &str = "11990100MB01000285";
const DESK: &str = "11990100MB01000360";
const NOBODY: &str = "91350100M000300Y19";

fn code(text: &str) -> CreditCode {
    CreditCode::parse(text).unwrap()
}

fn right(agency: &str) -> Authority {
    let type_code = TypeCode::parse(TYPE).unwrap();
    Authority::new(code(agency), type_code, date(2025, 1, 1), None, "示例条例").unwrap()
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T>) -> Option<&'static str> {
    outcome.err().map(|error| error.code())
}

/// An agency with its right, its successor from the story's second day on, another agency, a desk.
async fn city(registry: &Registry) {
    publish(registry, str::to_owned).await;
    let (units, centre, now) = (registry.units(), person("root", CENTRE), story_time());
    for (code, kind) in [
        (OTHER, UnitKind::Agency),
        (SUCCESSOR, UnitKind::Agency),
        (DESK, UnitKind::Desk),
    ] {
        units
            .register(unit(code, kind), &centre, now)
            .await
            .unwrap();
    }
    let reform = Succession {
        predecessor: code(AGENCY),
        successor: code(SUCCESSOR),
        from: date(2026, 11, 23),
        legal_basis: "机构改革方案".into(),
    };
    units.succeed(reform, &centre, now).await.unwrap();
}

#[test]
fn each_unit_does_what_is_its_own() {
    on_both(|registry| async move {
        city(&registry).await;
        let (units, agency, desk) = (registry.units(), code(AGENCY), unit(DESK, UnitKind::Desk));
        let (licence, file) = (Some(About::Licence), Some(About::File));
        let acts = [
            Act::Register(&desk),
            Act::KeepRights,
            Act::Deliver(&agency),
            Act::Decide(&agency, None),
            Act::Decide(&agency, licence),
            Act::Decide(&agency, file),
        ];
        let (today, tomorrow) = (story_time(), story_time() + SignedDuration::from_hours(24));
        for (who, when, expected) in [
            (AGENCY, today, [false, false, true, true, true, true]),
            (AGENCY, tomorrow, [false, false, true, true, true, true]),
            (SUCCESSOR, today, [false; 6]),
            (SUCCESSOR, tomorrow, [false, false, true, true, true, true]),
            (CENTRE, today, [true, true, true, false, false, true]),
            (OTHER, today, [false; 6]),
            (DESK, today, [false; 6]),
            (NOBODY, today, [false; 6]),
        ] {
            for (act, may) in acts.into_iter().zip(expected) {
                let outcome = units.may(&person("p", who), act, when).await;
                assert_eq!(outcome.is_ok(), may, "{who} {act:?} {when}");
            }
        }
    });
}

#[test]
fn rooms_ask_before_they_act() {
    on_both(|registry| async move {
        city(&registry).await;
        let (units, now) = (registry.units(), story_time());
        for (n, (who, delivers, keeps)) in [
            (AGENCY, None, Some("not_the_centre")),
            (CENTRE, None, None),
            (SUCCESSOR, Some("not_your_agency"), Some("not_the_centre")),
            (OTHER, Some("not_your_agency"), Some("not_the_centre")),
            (DESK, Some("not_your_agency"), Some("not_the_centre")),
            (NOBODY, Some("not_your_agency"), Some("not_the_centre")),
        ]
        .into_iter()
        .enumerate()
        {
            let by = person("p", who);
            let (body, key) = (rows(0, 1), n.to_string());
            let pushed = push_as(&registry, &by, AGENCY, &key, &body).await;
            assert_eq!(refusal(pushed), delivers, "{who} delivers");
            let reform = Succession {
                predecessor: code(OTHER),
                successor: code(AGENCY),
                from: date(2027, 1, 1),
                legal_basis: "机构改革方案".into(),
            };
            let acts = [
                units.authorise(right(OTHER), &by, now).await,
                units.succeed(reform, &by, now).await,
                units.register(unit(NOBODY, UnitKind::Desk), &by, now).await,
                units.register(unit(who, UnitKind::Centre), &by, now).await,
            ];
            for act in acts {
                assert_eq!(refusal(act), keeps, "{who} keeps units");
            }
        }
        let rights = units.rights(&TypeCode::parse(TYPE).unwrap()).await.unwrap();
        assert_eq!(rights.len(), 2, "the agency's, and the one the centre gave");
    });
}

#[test]
fn the_first_centre_puts_itself_on_record() {
    on_both(|registry| async move {
        let (units, now) = (registry.units(), story_time());
        let register = async |who, code, kind| {
            refusal(
                units
                    .register(unit(code, kind), &person("p", who), now)
                    .await,
            )
        };
        let refused = Some("not_the_centre");
        for (who, code, kind, expected) in [
            (AGENCY, AGENCY, UnitKind::Agency, refused),
            (AGENCY, CENTRE, UnitKind::Centre, refused),
            (CENTRE, CENTRE, UnitKind::Centre, None),
            (AGENCY, AGENCY, UnitKind::Centre, refused),
            (CENTRE, AGENCY, UnitKind::Agency, None),
        ] {
            assert_eq!(
                register(who, code, kind).await,
                expected,
                "{who} {code} {kind:?}"
            );
        }
    });
}

/// One organisation that is centre and agency: each of its persons acts as what they are registered under.
#[test]
fn a_person_of_two_kinds_of_unit_in_one_acts_as_one_of_them() {
    on_both(|registry| async move {
        city(&registry).await;
        let (units, persons, now) = (registry.units(), registry.persons(), story_time());
        let root = person("root", CENTRE);
        for (code, kind) in [(CENTRE, UnitKind::Agency), (AGENCY, UnitKind::Desk)] {
            let unit = unit(code, kind);
            units.register(unit, &root, now).await.unwrap();
        }
        let register = async |account, code, kind, role| {
            let person = Person {
                actor: person(account, code),
                kind,
                roles: Roles::parse([role], kind).unwrap(),
                ended: None,
            };
            refusal(persons.register(&person, &root, now).await)
        };
        for (account, code, kind, role, expected) in [
            ("keeper", CENTRE, UnitKind::Centre, "centre_operator", None),
            ("issuer", CENTRE, UnitKind::Agency, "clerk", None),
            ("officer", AGENCY, UnitKind::Desk, "desk_officer", None),
            ("clerk", AGENCY, UnitKind::Agency, "clerk", None),
            (
                "keeper",
                CENTRE,
                UnitKind::Agency,
                "clerk",
                Some("account_taken"),
            ),
            (
                "clerk",
                AGENCY,
                UnitKind::Desk,
                "desk_officer",
                Some("account_taken"),
            ),
            // New roles of the same person.
            ("clerk", AGENCY, UnitKind::Agency, "clerk", None),
        ] {
            let got = register(account, code, kind, role).await;
            assert_eq!(got, expected, "{account}@{code} {kind:?}");
        }
        let (own, other) = (code(CENTRE), code(AGENCY));
        let (licence, file) = (Some(About::Licence), Some(About::File));
        for (account, unit, act, expected) in [
            ("keeper", CENTRE, Act::KeepRights, true),
            ("keeper", CENTRE, Act::Decide(&own, licence), false),
            ("keeper", CENTRE, Act::Decide(&own, file), true),
            ("keeper", CENTRE, Act::Deliver(&other), true),
            ("issuer", CENTRE, Act::KeepRights, false),
            ("issuer", CENTRE, Act::Decide(&own, licence), true),
            ("issuer", CENTRE, Act::Decide(&other, file), false),
            ("issuer", CENTRE, Act::Deliver(&other), false),
            ("officer", AGENCY, Act::Decide(&other, licence), false),
            ("officer", AGENCY, Act::Deliver(&other), false),
            ("clerk", AGENCY, Act::Decide(&other, licence), true),
            // Nobody the record knows: whoever runs the command vouches for them.
            ("nobody", CENTRE, Act::Decide(&own, licence), true),
        ] {
            let outcome = units.may(&person(account, unit), act, now).await;
            assert_eq!(outcome.is_ok(), expected, "{account}@{unit} {act:?}");
        }
    });
}
